"""A cluster's own definitions of kinds (`crds` of a Cluster): what they define is judged by them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field

from modelwright.judge.kinds import KindSchema, stored, stored_kind
from modelwright.load import matching, read_manifests
from modelwright.model import Place, Release
from modelwright.problems import Problem
from modelwright.records import dataclass
from modelwright.resolve.workspace import Cluster, Workspace

Name = tuple[str, str]
"""apiVersion and kind; or group and kind."""


@dataclass(frozen=True, slots=True)
class OwnKinds(Mapping[Name, KindSchema]):
    """Kinds by `(apiVersion, kind)`. They travel to other processes as text, and are parsed when asked for."""

    texts: Mapping[Name, str] = field(default_factory=dict)
    covered: frozenset[Name] = frozenset()
    """`(group, kind)` of each: in all its versions, such a kind is what these definitions say."""
    cluster_scoped: frozenset[Name] = frozenset()
    """`(group, kind)` of those that belong to no namespace."""

    def __getitem__(self, name: Name) -> KindSchema:
        return stored_kind(self.texts[name])

    def __iter__(self) -> Iterator[Name]:
        return iter(self.texts)

    def __len__(self) -> int:
        return len(self.texts)


Own = tuple[dict[str, OwnKinds], tuple[Problem, ...]]

Kind = tuple[str, str, bool, tuple[tuple[str, str], ...], Place]
"""Group, kind, namespaced, the text of each version, and where it is defined."""

File = tuple[str, str, Release]
"""Path and text of a file, and what it is read for."""

Definitions = tuple[tuple[Kind, ...], tuple[Problem, ...]]


def own_kinds(workspace: Workspace, run: Callable[..., Iterable[Definitions]] = map) -> Own:
    """The kinds that each cluster defines itself, by the cluster's name; and what is wrong with their files.

    `run` applies a function to each file: definitions are large, and need not be read at every run.
    """
    named = {cluster.name: _files(cluster, workspace) for cluster in workspace.clusters.values()}
    files = list(dict.fromkeys(file for files in named.values() for file in files))
    read = dict(zip(files, run(definitions, files), strict=True)) if files else {}
    made: dict[str, OwnKinds] = {}
    problems: list[Problem] = []
    for name, own in named.items():
        if own:
            made[name], found = _of_cluster(read[file] for file in own)
            problems += found
    return made, tuple(problems)


def _files(cluster: Cluster, workspace: Workspace) -> list[File]:
    names = (cluster.document.data.get("spec") or {}).get("crds") or ()
    found = dict.fromkeys(f for name in names for f in matching(cluster.document.file, name, workspace.files))
    return [(file, workspace.files[file], Release(cluster.release.kubernetes)) for file in found]


def _of_cluster(files: Iterable[Definitions]) -> tuple[OwnKinds, list[Problem]]:
    texts: dict[Name, str] = {}
    seen: dict[Name, Place] = {}
    scoped: set[Name] = set()
    problems: list[Problem] = []
    for kinds, found in files:
        problems += found
        for group, kind, namespaced, versions, place in kinds:
            first = seen.setdefault((group, kind), place)
            if first is not place:
                there = (("the other one", first),)
                what = f"the kind {kind} of `{group}` is defined twice"
                problems.append(Problem("MW231", what, place, "keep the one that the cluster has", related=there))
                continue
            texts.update(((api, kind), text) for api, text in versions)
            scoped |= set() if namespaced else {(group, kind)}
    return OwnKinds(texts, frozenset(seen), frozenset(scoped)), problems


def definitions(source: File) -> Definitions:
    """The kinds that a file defines, and what is wrong with it."""
    from modelwright.judge.intake import definitions as defined

    file, text, release = source
    documents, wrong = read_manifests(file, text)
    kinds, found = defined(documents, release)
    rows = tuple(
        (each.group, each.kind, each.namespaced, tuple((f"{v.group}/{v.version}", stored(v)) for v in each.versions), each.place)
        for each in kinds
    )
    return rows, (*wrong, *found)
