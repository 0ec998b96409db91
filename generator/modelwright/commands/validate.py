"""`modelwright validate`: judge manifests that anyone wrote."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from modelwright.commands.common import exit_code, misuse, report_options, root_of, show
from modelwright.model import Document, Manifest, Place, Release
from modelwright.problems import Problem


@click.command(
    "validate",
    epilog="""\b
Examples:
  modelwright validate overlays/                   every manifest below a folder
  kustomize build overlays/prod/risk | modelwright validate -
  modelwright validate --kserve 0.17 --kubernetes 1.33 model.yaml
  modelwright validate --cluster prod-a model.yaml the versions of a Cluster blueprint""",
)
@click.argument("paths", nargs=-1, required=True)
@click.option("--cluster", metavar="NAME", help="Judge by a Cluster blueprint of the workspace, and its `judge` settings.")
@click.option("--kubernetes", default="1.33", show_default=True, metavar="X.Y", help="Kubernetes minor version.")
@click.option("--kserve", default="0.20", show_default=True, metavar="X.Y", help="KServe minor version.")
@click.option("--open-data-hub", default="", metavar="X.Y", help="Open Data Hub release, where it is installed.")
@click.option("--strict", is_flag=True, help="A kind that cannot be judged is an error.")
@report_options
@click.pass_obj
def command(
    directory: str,
    paths: tuple[str, ...],
    cluster: str | None,
    kubernetes: str,
    kserve: str,
    open_data_hub: str,
    strict: bool,
    form: str,
    fail_on: str,
) -> None:
    """Judge manifests as the API server would: files, folders, or `-` for standard input.

    A comment `# modelwright: ignore MW504 reason` on a line, or above it, suppresses a problem there.
    """
    from dataclasses import replace

    from modelwright.judge import judge
    from modelwright.suppress import suppress

    release, head, texts = Release(kubernetes, kserve, open_data_hub), None, dict[str, str]()
    if cluster:
        release, head, texts = _of_workspace(directory, cluster)
    manifests: list[Manifest] = []
    problems: list[Problem] = []
    for name, data in _inputs(paths):
        found, wrong, text = _manifests(name, data)
        manifests += found
        problems += wrong
        texts[name] = text
    problems += judge(manifests, release)
    if strict:
        problems = [replace(p, level="error") if p.code == "MW505" else p for p in problems]
    left, suppressed = suppress(problems, texts, head)
    show(left, texts, form, suppressed)
    if form == "text" and not left:
        click.echo(f"{len(manifests)} manifests judged", err=True)
    raise SystemExit(exit_code(left, fail_on))


def _of_workspace(directory: str, name: str) -> tuple[Release, Document | None, dict[str, str]]:
    """The release of one of its clusters; its head, whose `judge` counts here too, with the head's text."""
    from modelwright.commands.common import read_workspace
    from modelwright.load import load
    from modelwright.problems import did_you_mean
    from modelwright.resolve import resolve

    sources, _ = read_workspace(root_of(directory))
    workspace, _ = resolve(load(sources)[0])
    if name not in workspace.clusters:
        misuse(f"there is no cluster {name!r}; {did_you_mean(name, list(workspace.clusters))}")
    head = workspace.document
    return workspace.clusters[name].release, head, {s.path: s.text for s in sources if head and s.path == head.file}


def _inputs(paths: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    for path in paths:
        if path == "-":
            yield "<stdin>", sys.stdin.buffer.read()
            continue
        place = Path(path)
        if place.is_dir():
            files = sorted(p for p in place.rglob("*") if p.suffix in (".yaml", ".yml") and p.is_file())
        elif place.is_file():
            files = [place]
        else:
            misuse(f"there is no file or folder {path!r}")
        for file in files:
            try:
                yield str(file), file.read_bytes()
            except OSError as error:
                misuse(f"{file}: {error.strerror}")


def _manifests(name: str, data: bytes) -> tuple[list[Manifest], list[Problem], str]:
    from modelwright.yamlio import decode, read

    text, problems = decode(data, name)
    if problems:
        return [], list(problems), text
    documents, problems = read(text, name)
    manifests = []
    found = list(problems)
    for index, document in enumerate(documents):
        place = Place(name, index)
        if document is None or _kustomize(document):
            continue
        items = document.get("items") if isinstance(document, dict) and document.get("kind") == "List" else None
        for number, item in enumerate(items if isinstance(items, list) else [document]):
            where = Place(name, index, ("items", number)) if items else place
            if isinstance(item, dict):
                manifests.append(Manifest(item, place=where))
            else:
                found.append(Problem("MW508", "not a Kubernetes object", where, "a manifest is a map with apiVersion and kind"))
    return manifests, found, text


def _kustomize(document: object) -> bool:
    """Files that are kustomize's own input rather than something a cluster gets."""
    if isinstance(document, list):
        return all(isinstance(item, dict) and "op" in item for item in document)
    return isinstance(document, dict) and str(document.get("apiVersion", "")).startswith("kustomize.config.k8s.io/")
