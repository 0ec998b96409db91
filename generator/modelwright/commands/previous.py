"""`--previous`: the objects that a cluster has by now, from files or from a revision of Git, and what changing them breaks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from modelwright.commands.common import compiled, misuse
from modelwright.problems import Problem

if TYPE_CHECKING:
    from modelwright.judge.updates import Identity
    from modelwright.model import Manifest, Source
    from modelwright.pipeline import Build

F = Callable[..., Any]
CHANGES = ("MW601", "MW602")
"""The codes that are about a change, and not about what is there now."""


def revision_option(command: F) -> F:
    """`--previous REV` of commands that compile."""
    text = "A Git revision: also tell what the cluster refuses to change of what the workspace deployed then."
    return click.option("--previous", "revision", metavar="REV", help=text)(command)


Found = tuple[dict["Identity", Mapping[str, Any]], list[Problem], dict[str, str]]


def objects(wheres: Sequence[str], paths: Sequence[str]) -> Found:
    """The objects in files and folders, or in `paths` as they were at a revision; what is wrong with those files, and
    their texts. A file or folder goes before a revision of the same name."""
    from modelwright.judge.updates import by_identity
    from modelwright.yamlio import decode, read

    found: dict[Identity, Mapping[str, Any]] = {}
    problems: list[Problem] = []
    texts: dict[str, str] = {}
    for where in wheres:
        is_path = Path(where).exists()
        for name, data in (_files(Path(where)) if is_path else _of_revision(where, paths)).items():
            text, wrong = decode(data, name)
            documents, more = ((), ()) if wrong else read(text, name)
            found.update(by_identity(each for each in documents if isinstance(each, dict)))
            if is_path:
                problems += [*wrong, *more]
                texts[name] = text
    return found, problems, texts


def _files(where: Path) -> dict[str, bytes]:
    files = sorted(p for p in where.rglob("*") if p.suffix in (".yaml", ".yml")) if where.is_dir() else [where]
    try:
        return {str(file): file.read_bytes() for file in files if file.is_file()}
    except OSError as error:
        misuse(f"{error.filename}: {error.strerror}")


def _of_revision(revision: str, paths: Sequence[str], suffixes: tuple[str, ...] = (".yaml", ".yml")) -> dict[str, bytes]:
    import os

    from modelwright.load.revisions import NoRevision, at_revision

    if "-" in paths:
        misuse(f"there is no file or folder {revision!r}, and standard input has no revisions")
    try:
        found = at_revision(Path(), revision, [os.path.relpath(path) for path in paths])
    except NoRevision as reason:
        misuse(f"{revision!r} is no file, no folder and no revision of Git: {_safe(reason)}")
    return {name: data for name, data in found.items() if name.endswith(suffixes)}


def _safe(reason: Exception) -> str:
    from modelwright.report.locate import safe

    return safe(str(reason).partition("\n")[0])


def compiled_since(root: Path, sources: Sequence[Source], jobs: int | None, revision: str | None) -> Build:
    """The workspace compiled and judged, and what clusters refuse to change since a revision, where one is named."""
    if not revision:
        return compiled(sources, jobs)
    from dataclasses import replace

    from modelwright.pipeline import build

    result = build(sources)
    found, suppressed = change_problems(root, revision, result)
    return replace(result, problems=(*result.problems, *found), suppressed=result.suppressed + suppressed)


def change_problems(root: Path, revision: str, result: Build) -> tuple[tuple[Problem, ...], int]:
    """What the clusters refuse to change of what the workspace deployed at a revision, and how much of it is suppressed."""
    from modelwright.judge import judge
    from modelwright.judge.own import own_kinds
    from modelwright.judge.updates import by_identity
    from modelwright.problems import merged
    from modelwright.suppress import suppress

    before = {cluster: by_identity(each.data for each in made) for cluster, made in _deployed(_compiled(root, revision)).items()}
    own, _ = own_kinds(result.workspace)
    found: list[Problem] = []
    for place, manifests in _deployed(result).items():
        old = before.get(place)
        stage = _stage(place, result)
        if old and stage:
            name, cluster = stage
            judged = judge(manifests, cluster.release, name, own.get(cluster.name), old)
            found += [problem for problem in judged if problem.code in CHANGES]
    return suppress(merged(found), result.sources, result.workspace.document)


def _deployed(result: Build) -> dict[str, list[Manifest]]:
    """What is deployed where: `dev` for an environment, `clusters/a` for a cluster."""
    found: dict[str, list[Manifest]] = {}
    for folder, manifests in result.tree.built.items():
        head, _, rest = folder.partition("/")
        if head != "base":
            found.setdefault(f"clusters/{rest.partition('/')[0]}" if head == "clusters" else head, []).extend(manifests)
    return found


def _stage(place: str, result: Build) -> tuple[str, Any] | None:
    """An environment that a place stands for, and its cluster."""
    for name, stage in result.workspace.environments.items():
        if place in (name, f"clusters/{stage.cluster.name}"):
            return name, stage.cluster
    return None


def _compiled(root: Path, revision: str) -> Build:
    """The workspace as it was at a revision, compiled."""
    import tempfile

    from modelwright.load.files import gather
    from modelwright.load.revisions import NoRevision, at_revision
    from modelwright.pipeline import build

    try:
        files = at_revision(root, revision)
    except NoRevision as reason:
        misuse(f"--previous needs a revision of Git, and {revision!r} is none here: {_safe(reason)}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path, data in files.items():
            if not path.startswith("overlays/"):
                file = folder / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(data)
        sources, _ = gather(name)
    return build(sources)
