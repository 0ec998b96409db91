"""`modelwright validate`: judge manifests that anyone wrote."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelwright.commands.common import exit_code, misuse, report_options, root_of, show
from modelwright.model import Document, Manifest, Place, Release
from modelwright.problems import Problem

if TYPE_CHECKING:
    from modelwright.judge.own import OwnKinds


@click.command(
    "validate",
    epilog="""\b
Examples:
  modelwright validate overlays/                   every manifest below a folder
  kustomize build overlays/prod/risk | modelwright validate -
  modelwright validate --kserve 0.17 --kubernetes 1.33 model.yaml
  modelwright validate --cluster prod-a model.yaml the versions of a Cluster blueprint
  modelwright validate --previous main deploy/     also what the cluster refuses to change""",
)
@click.argument("paths", nargs=-1, required=True)
@click.option("--cluster", metavar="NAME", help="Judge by a Cluster blueprint of the workspace, and its `judge` settings.")
@click.option("--kubernetes", default="1.33", show_default=True, metavar="X.Y", help="Kubernetes minor version.")
@click.option("--kserve", default="0.20", show_default=True, metavar="X.Y", help="KServe minor version.")
@click.option("--open-data-hub", default="", metavar="X.Y", help="Open Data Hub release, where it is installed.")
@click.option("--kubeflow-pipelines", default="", metavar="X.Y", help="Kubeflow Pipelines minor version, where it matters; 2.14 is the oldest known.")
@click.option(
    "--previous",
    multiple=True,
    metavar="PATH|REV",
    help="What the cluster has by now: files, folders, or a Git revision of the same paths. Changes that it refuses are told.",
)
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
    kubeflow_pipelines: str,
    previous: tuple[str, ...],
    strict: bool,
    form: str,
    fail_on: str,
) -> None:
    """Judge manifests as the API server would: files, folders, or `-` for standard input.

    Compiled pipelines, as kfp writes them, are judged too.

    A comment `# modelwright: ignore MW504 reason` on a line, or above it, suppresses a problem there.
    """
    import re
    from dataclasses import replace

    from modelwright.judge import judge
    from modelwright.judge.ir import OLDEST, judge_file, order
    from modelwright.judge.releases import flag_problems
    from modelwright.suppress import suppress

    asked = {"--kubernetes": kubernetes, "--kserve": kserve, "--open-data-hub": open_data_hub, "--kubeflow-pipelines": kubeflow_pipelines}
    for option, version in asked.items():
        if version and not re.fullmatch(r"[0-9]{1,4}([.][0-9]{1,4}){1,2}", version):
            misuse(f"{option} {version!r} is no version, such as 1.33")
    if kubeflow_pipelines and order(kubeflow_pipelines) < order(OLDEST):
        click.echo(f"Kubeflow Pipelines {OLDEST} is the oldest release known: {kubeflow_pipelines} is judged as that", err=True)
    release, texts = Release(kubernetes, kserve, open_data_hub, kubeflow_pipelines), dict[str, str]()
    own, head = None, None
    manifests: list[Manifest] = []
    problems: list[Problem] = []
    pipelines = 0
    if cluster:
        release, own, head, texts, unfit = _of_workspace(directory, cluster)
        problems += unfit
    else:
        problems += flag_problems(release)
    for name, data in _inputs(paths):
        found, wrong, text = _manifests(name, data)
        if found is None:
            wrong = list(judge_file(text, name, release.kubeflow_pipelines)[1])
            pipelines += 1
        manifests += found or ()
        problems += wrong
        texts[name] = text
    before = None
    if previous:
        from modelwright.commands.previous import objects

        before, wrong, old_texts = objects(previous, paths)
        problems += wrong
        texts = old_texts | texts
    problems += judge(manifests, release, own=own, previous=before)
    if strict:
        problems = [replace(p, level="error") if p.code == "MW505" else p for p in problems]
    left, suppressed = suppress(problems, texts, head)
    show(left, texts, form, suppressed)
    if form == "text" and not left:
        beside = f", {pipelines} compiled pipeline{'s' if pipelines > 1 else ''}" if pipelines else ""
        click.echo(f"{len(manifests)} manifest{'' if len(manifests) == 1 else 's'}{beside} judged", err=True)
    raise SystemExit(exit_code(left, fail_on))


def _of_workspace(
    directory: str, name: str
) -> tuple[Release, OwnKinds | None, Document | None, dict[str, str], tuple[Problem, ...]]:
    """The release of one of its clusters, and the kinds it defines itself; its head, whose `judge` counts here too; the
    texts of the head and of files that blueprints name; and what is wrong with the cluster's own kinds."""
    from dataclasses import replace

    from modelwright.commands.common import read_workspace
    from modelwright.judge.own import own_kinds
    from modelwright.judge.releases import release_problems
    from modelwright.load import load, split
    from modelwright.problems import did_you_mean
    from modelwright.resolve import resolve

    sources, _ = read_workspace(root_of(directory))
    blueprints, files, _ = split(sources)
    workspace, _ = resolve(load(blueprints)[0], files=files)
    if name not in workspace.clusters:
        misuse(f"there is no cluster {name!r}; {did_you_mean(name, list(workspace.clusters))}")
    cluster = workspace.clusters[name]
    own, found = own_kinds(replace(workspace, clusters={name: cluster}))
    head = workspace.document
    said = {cluster.document.file, *([head.file] if head else ())}
    texts = files | {s.path: s.text for s in sources if s.path in said}
    return cluster.release, own.get(name), head, texts, (*found, *release_problems([cluster]))


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


def _manifests(name: str, data: bytes) -> tuple[list[Manifest] | None, list[Problem], str]:
    """The manifests in a file; None where it is a compiled pipeline."""
    from modelwright.judge.ir import is_pipeline
    from modelwright.yamlio import decode, read

    text, problems = decode(data, name)
    if problems:
        return [], list(problems), text
    documents, problems = read(text, name)
    if any(map(is_pipeline, documents)) and not any(isinstance(each, dict) and "apiVersion" in each for each in documents):
        return None, [], text
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
