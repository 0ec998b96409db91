"""`modelwright schemas`: the kinds that are known, and those that a cluster brings."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from modelwright.commands.common import exit_code, misuse, show
from modelwright.model import Release

if TYPE_CHECKING:
    from modelwright.importing.compare import Difference
    from modelwright.importing.gather import Gathered, Given
    from modelwright.judge.catalog import Catalog
    from modelwright.judge.intake import Defined

F = TypeVar("F", bound=Callable[..., Any])
SUFFIXES = (".yaml", ".yml", ".json")
SHOWN = 60
"""Differences of one kind that text shows; JSON has all."""


@click.group(
    "schemas",
    epilog="""\b
Examples:
  modelwright schemas list inference                   what is known, by part of a name
  kubectl get crd -o yaml | modelwright schemas import -o crds -
  modelwright schemas diff my-fork/crds                how they differ from what is packaged""",
)
def command() -> None:
    """List the kinds that are known, import those of a cluster, compare the two."""


def _form(command: F) -> F:
    kinds = click.Choice(["text", "json"])
    return click.option("--format", "form", type=kinds, default="text", show_default=True, help="How to print.")(command)


def _release_options(command: F) -> F:
    """Which cluster to look at."""
    rows = (
        ("--kubeflow-pipelines", "Kubeflow Pipelines minor version."),
        ("--open-data-hub", "Open Data Hub release."),
        ("--kserve", "KServe minor version."),
        ("--kubernetes", "Kubernetes minor version."),
    )
    for flag, text in rows:
        command = click.option(flag, default="", metavar="X.Y", help=text)(command)
    return click.option("--cluster", metavar="NAME", help="The versions of a Cluster blueprint of the workspace.")(command)


def _release(directory: str, cluster: str | None, **versions: str) -> Release | None:
    """The release that was asked for, if any."""
    from modelwright.judge.releases import VERSION

    if cluster:
        from modelwright.commands.common import read_workspace, root_of
        from modelwright.load import load, split
        from modelwright.problems import did_you_mean
        from modelwright.resolve import resolve

        blueprints, files, _ = split(read_workspace(root_of(directory))[0])
        clusters = resolve(load(blueprints)[0], files=files)[0].clusters
        if cluster not in clusters:
            misuse(f"there is no cluster {cluster!r}; {did_you_mean(cluster, list(clusters))}")
        return clusters[cluster].release
    for word, version in versions.items():
        if version and not VERSION.fullmatch(version):
            misuse(f"--{word.replace('_', '-')} {version!r} is no version, such as 1.33")
    if not any(versions.values()):
        return None
    return Release(**{**versions, "kubernetes": versions["kubernetes"] or "1.33"})


@command.command(
    "list",
    epilog="""\b
Examples:
  modelwright schemas list                           every kind, with the releases that have it
  modelwright schemas list istio gateway             kinds and projects with these words
  modelwright schemas list --kserve 0.17 serving     what one release serves""",
)
@click.argument("words", nargs=-1)
@_release_options
@_form
@click.pass_obj
def list_(directory: str, /, words: tuple[str, ...], form: str, cluster: str | None, **versions: str) -> None:
    """List the kinds that are known: apiVersion, kind, and the releases that serve it."""
    from modelwright.judge.catalog import catalog

    release = _release(directory, cluster, **versions)
    known = catalog(release) if release else None
    rows = [row for row in _rows(known) if all(word.lower() in _searched(row) for word in words)]
    if form == "json":
        click.echo(json.dumps({"version": 1, "kinds": rows}, indent=2))
        return
    if not rows:
        click.echo("no such kind", err=True)
        raise SystemExit(1)
    widths = [max(len(row[word]) for row in rows) for word in ("apiVersion", "kind")]
    for row in rows:
        marks = ", ".join([*map(_of_project, row["releases"]), *(["deprecated"] if row["deprecated"] else [])])
        click.echo(f"{row['apiVersion']:{widths[0]}}  {row['kind']:{widths[1]}}  {marks}")


def _searched(row: dict[str, Any]) -> str:
    return " ".join([row["apiVersion"], row["kind"], *(each["project"] for each in row["releases"])]).lower()


def _of_project(row: dict[str, str]) -> str:
    span = row["from"] if row["from"] == row["to"] else f"{row['from']} to {row['to']}"
    return f"{row['project']} {span}"


def _rows(known: Catalog | None) -> Iterator[dict[str, Any]]:
    """Every kind; with a catalog those that it serves. Kinds built into Kubernetes come last."""
    from modelwright.judge.builtin import CLUSTER_SCOPED, core_minors, core_names
    from modelwright.judge.packages import custom_kind, kinds, ranges, served, title

    for key in sorted(kinds()):
        api, _, kind = key.rpartition("/")
        here = served(known.platform, api, kind) if known else None
        if known and here is None:
            continue
        spans = _joined([here] if here else ranges(api, kind))
        last = custom_kind(here or ranges(api, kind)[-1])
        releases = [{"project": title(family), "from": first, "to": to} for family, first, to in spans]
        yield _row(api, kind, last.namespaced, last.deprecated, releases)
    found: dict[tuple[str, str], list[str]] = {}
    for minor in [known.minor] if known else core_minors():
        for name in core_names(minor):
            found.setdefault(name, []).append(minor)
    for (api, kind), minors in sorted(found.items()):
        releases = [{"project": "Kubernetes", "from": minors[0], "to": minors[-1]}]
        yield _row(api, kind, kind not in CLUSTER_SCOPED, False, releases)


def _row(api: str, kind: str, namespaced: bool, deprecated: bool, releases: list[dict[str, str]]) -> dict[str, Any]:
    scope = "Namespaced" if namespaced else "Cluster"
    return {"apiVersion": api, "kind": kind, "scope": scope, "deprecated": deprecated, "releases": releases}


def _joined(rows: Sequence[Any]) -> list[list[str]]:
    """Ranges of releases, whatever changed in between."""
    from modelwright.judge.packages import neighbours

    spans: list[list[str]] = []
    for row in rows:
        if spans and spans[-1][0] == row.family and neighbours(row.family, spans[-1][2], row.first):
            spans[-1][2] = row.last
        else:
            spans.append([row.family, row.first, row.last])
    return spans


@command.command(
    "import",
    epilog="""\b
Examples:
  kubectl get crd -o yaml | modelwright schemas import -o blueprints/crds -
  modelwright schemas import -o blueprints/crds vendor/kserve.yaml vendor/more/
A Cluster names the files: `crds: [crds/*.yaml]`.""",
)
@click.argument("paths", nargs=-1, required=True)
@click.option("-o", "--output", metavar="DIR", help="Where to write a file for each kind. Default: print them.")
@click.option("--kubernetes", default="1.33", show_default=True, metavar="X.Y", help="Kubernetes minor version.")
def import_(paths: tuple[str, ...], output: str | None, kubernetes: str) -> None:
    """Make compact schemas of CustomResourceDefinitions: files, folders, or `-` for standard input.

    They say what the definitions say, without prose, in about a twentieth of the space; each file has all served
    versions of one kind.
    """
    from modelwright.importing.gather import files_of

    made = _gathered(paths, kubernetes)
    ready = next((each for each in made.kinds.values() if each.compact), None)
    if ready is not None:
        misuse(f"{ready.place.file} is such a compact file already")
    files = files_of(made.kinds.values())
    if output is None:
        click.echo("---\n".join(files.values()), nl=False)
        return
    _write(Path(output), files)
    click.echo(f"{len(files)} kind{'' if len(files) == 1 else 's'} in {output}", err=True)


def _gathered(paths: tuple[str, ...], kubernetes: str) -> Gathered:
    """What the inputs define; where it is not sound, the command ends with what is wrong."""
    from modelwright.importing.gather import gather
    from modelwright.judge.releases import VERSION

    if not VERSION.fullmatch(kubernetes):
        misuse(f"--kubernetes {kubernetes!r} is no version, such as 1.33")
    made = gather(_inputs(paths), Release(kubernetes))
    if made.problems:
        from contextlib import redirect_stdout

        with redirect_stdout(sys.stderr):
            show(made.problems, made.texts, "text")
    if not made.sound:
        raise SystemExit(exit_code(made.problems, "error"))
    if not made.kinds:
        misuse("there is no CustomResourceDefinition in these files")
    return made


def _inputs(paths: tuple[str, ...]) -> Iterator[Given]:
    from modelwright.importing.gather import Given
    from modelwright.yamlio.read import LARGE, MAX_BYTES

    most = MAX_BYTES * LARGE + 1
    for path in paths:
        place = Path(path)
        if path == "-":
            yield Given("<stdin>", sys.stdin.buffer.read(most))
        elif place.is_dir():
            for file in sorted(p for p in place.rglob("*") if p.suffix in SUFFIXES and p.is_file()):
                yield Given(str(file), _content(file, most), found=True)
        elif place.is_file():
            yield Given(path, _content(place, most))
        else:
            misuse(f"there is no file or folder {path!r}")


def _content(file: Path, most: int) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(most)
    except OSError as error:
        misuse(f"{file}: {error.strerror}")


def _write(folder: Path, files: dict[str, str]) -> None:
    """Write the files; one that somebody else wrote is left alone, and then all are."""
    from modelwright.importing.gather import is_ours

    for name in files:
        path = folder / name
        if path.is_symlink() or (path.exists() and not (path.is_file() and is_ours(path.read_text("utf-8", "replace")))):
            misuse(f"{path} is not a file that this command made: move it, or write elsewhere")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        misuse(f"{error.filename}: {error.strerror}")


@command.command(
    "diff",
    epilog="""\b
Examples:
  modelwright schemas diff my-fork/crds                 against the nearest packaged release
  modelwright schemas diff --open-data-hub 3.4 crds/    against what that release has
  modelwright schemas diff --cluster prod-a crds/ --format json""",
)
@click.argument("paths", nargs=-1, required=True)
@_release_options
@_form
@click.pass_obj
def diff(directory: str, /, paths: tuple[str, ...], form: str, cluster: str | None, **versions: str) -> None:
    """Compare definitions with the packaged ones: fields, types, bounds, choices, required fields, rules.

    Without a release each kind is compared with the one it differs least from. The exit code is 0 whatever differs.
    """
    release = _release(directory, cluster, **versions)
    made = _gathered(paths, release.kubernetes if release else "1.33")
    rows = [row for each in made.kinds.values() for row in _compared(each, release)]
    if form == "json":
        click.echo(json.dumps({"version": 1, "kinds": rows}, indent=2))
        return
    for row in rows:
        click.echo("\n".join(_described(row)))


def _compared(each: Defined, release: Release | None) -> Iterator[dict[str, Any]]:
    """A row for each version of a kind, on either side."""
    from modelwright.importing.compare import differences
    from modelwright.judge.kinds import packaged
    from modelwright.judge.packages import kinds, platform, ranges, served

    here = platform(release) if release else None
    known = {key.rpartition("/")[0] for key in kinds() if key.split("/")[0] == each.group and key.split("/")[2] == each.kind}
    mine = {f"{version.group}/{version.version}": version for version in each.versions}
    for api in sorted({*known, *mine}):
        row = served(here, api, each.kind) if here else None
        others = ([row] if row else []) if here else list(ranges(api, each.kind))
        if api not in mine:
            if others:
                yield _compared_row(api, each.kind, others[-1], [], "yours do not serve it")
            continue
        own = packaged(dict(mine[api].schema), each.namespaced)
        if not others:
            yield _compared_row(api, each.kind, None, [], "it is not packaged" + (" for this release" if here else ""))
            continue
        yield min((_against(api, each.kind, own, other, differences) for other in others), key=lambda r: len(r["differences"]))


def _against(api: str, kind: str, own: Any, row: Any, differences: Any) -> dict[str, Any]:
    from modelwright.judge.packages import custom_kind

    return _compared_row(api, kind, row, list(differences(own, custom_kind(row))), "")


def _compared_row(api: str, kind: str, row: Any, found: list[Difference], note: str) -> dict[str, Any]:
    from modelwright.judge.packages import title

    release = f"{title(row.family)} {row.last}" if row else None
    rows = [
        {"path": d.where, "what": d.word, "yours": d.mine, "packaged": d.other, "elsewhere": d.elsewhere}
        for d in found
    ]
    return {"apiVersion": api, "kind": kind, "packaged": release, "note": note, "differences": rows}


def _described(row: dict[str, Any]) -> Iterator[str]:
    from modelwright.report.locate import safe

    name = safe(f"{row['apiVersion']} {row['kind']}")
    if row["note"]:
        yield f"{name}: {row['note']}"
        return
    found = row["differences"]
    yield f"{name}: " + (f"{len(found)} differences from" if len(found) != 1 else "1 difference from") + f" {row['packaged']}"
    for each in found[:SHOWN]:
        sign = "-" if each["yours"] is None else "+" if each["packaged"] is None else "~"
        where, what = each["path"] or "(the object)", each["what"].removeprefix("x-kubernetes-")
        told = ", ".join(f"{side} {_shown(each[side])}" for side in ("yours", "packaged") if each[side] is not None)
        again = f" (and at {each['elsewhere']} other places)" if each["elsewhere"] else ""
        yield safe(f"  {sign} {where}: {what}: {told}{again}")
    if len(found) > SHOWN:
        yield f"  and {len(found) - SHOWN} more: --format json has all"


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 100 else text[:97] + "..."
