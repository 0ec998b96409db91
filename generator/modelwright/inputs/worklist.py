"""What there is to judge below the paths that somebody named: files to judge by themselves, and folders to build.

Everything comes once, in the order of the paths, and of names below a folder.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator, Sequence

from modelwright.inputs.files import KUSTOMIZATIONS, Found, Piece, of_chart, stdin, texts, walk
from modelwright.inputs.kustomizations import Kustomization, Plan, kustomization, plan
from modelwright.problems import Problem
from modelwright.records import dataclass
from modelwright.typed import BinaryIO

TEMPLATED = "not judged, as Helm makes manifests of them: `helm template CHART | modelwright validate -`"
DEEPEST_PATCH = 4
"""So many folders up from a file its kustomization is looked for."""


@dataclass(frozen=True, slots=True)
class Files:
    """Files to be read and judged, each by itself."""

    paths: tuple[str, ...]
    met: bool
    """Whether they were met in a folder, rather than named: they may be anything then."""


@dataclass(frozen=True, slots=True)
class Stream:
    """Standard input, piece by piece as it comes."""

    pieces: Iterator[Piece | Problem]


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder with a kustomization, to be built."""

    path: str
    files: tuple[str, ...] = ()
    """Files around it that are manifests of their own, as far as they were looked for."""


@dataclass(frozen=True, slots=True)
class Remark:
    """What is left out of it, or built, and why: nothing is passed over silently."""

    what: str
    names: tuple[str, ...]


Work = Files | Stream | Folder | Problem | Remark


def work(paths: Sequence[str], stream: BinaryIO | None) -> Iterator[Work]:
    """Everything below `paths`, which exist; `stream` is what `-` stands for."""
    done: set[str] = set()
    alone: list[str] = []
    for path in paths:
        if path != "-" and not os.path.isdir(path):
            if _first(path, done):
                alone += yield from _named(path, done)
            continue
        yield Files(tuple(alone), met=False)
        alone.clear()
        if path == "-" and stream is not None:
            yield Stream(stdin(stream))
        else:
            # What is below one folder comes but once: links to folders are not followed.
            yield from _in_folder(walk(os.path.normpath(path)), done if len(paths) > 1 else None)
    yield Files(tuple(alone), met=False)


def _first(path: str, done: set[str]) -> bool:
    """Whether a path was not met before."""
    whole = os.path.abspath(path)
    first = whole not in done
    done.add(whole)
    return first


def _in_folder(found: Found, done: set[str] | None) -> Iterator[Work]:
    yield from found.problems
    yield Remark(TEMPLATED, found.charts)
    loose = found.files
    if found.folders:
        known = (*found.files, *found.folders)
        heads = [_kustomization(folder, known) for folder in found.folders]
        planned = plan(heads, found.files)
        loose = planned.loose
        yield from _remarks(planned)
        patches = frozenset().union(*(each.inputs for each in heads))
        own = tuple(file for file in found.files if file not in patches)
        folders = planned.build if done is None else tuple(folder for folder in planned.build if _first(folder, done))
        yield Remark("built", folders)
        for folder in folders:
            yield Folder(folder, own)
    yield Files(loose if done is None else tuple(file for file in loose if _first(file, done)), met=True)


def _remarks(planned: Plan) -> Iterator[Remark]:
    yield Remark("not built, as nothing here uses these components", planned.unused)
    yield Remark("not judged, as no kustomization names them", planned.unnamed)


def _named(path: str, done: set[str]) -> Generator[Work, None, tuple[str, ...]]:
    """What a file that somebody named leads to where it is no manifest of its own; returns it where it is one."""
    if of_chart(path):
        yield Remark(TEMPLATED, (path,))
        return ()
    whose = _whose(path) if os.path.isfile(path) else None
    if whose is None:
        return (path,)
    if whose.component:
        yield Remark("not judged, as only what uses these components can be built", (whose.folder,))
    elif _first(whose.folder, done):
        yield Remark("built", (whose.folder,))
        yield Folder(whose.folder)
    return ()


def _whose(file: str) -> Kustomization | None:
    """The kustomization that a file is, or one near that uses it as no manifest of its own, such as a patch."""
    file = os.path.normpath(file)
    folder = os.path.dirname(file) or "."
    own = os.path.basename(file) in KUSTOMIZATIONS
    for _ in range(DEEPEST_PATCH):
        if own or os.path.isfile(head(folder)):
            found = _kustomization(folder, (file,))
            if own or file in found.inputs:
                return found
        if folder in (".", os.sep):
            break
        folder = os.path.dirname(folder) or "."
    return None


def _kustomization(folder: str, known: Sequence[str]) -> Kustomization:
    from modelwright.yamlio import read

    file = head(folder)
    documents = read(texts([file]).get(file, ""), file)[0]
    return kustomization(folder, documents[0] if documents else None, known)


def head(folder: str) -> str:
    """The file that makes a folder one for kustomize."""
    files = (name if folder == "." else os.path.join(folder, name) for name in KUSTOMIZATIONS)
    return next(filter(os.path.isfile, files), os.path.join(folder, KUSTOMIZATIONS[0]))
