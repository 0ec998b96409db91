"""A cluster's own CustomResourceDefinitions (`crds` of a Cluster): the kinds they define are judged by them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from modelwright.judge.catalog import KindSchema, stored_kind
from modelwright.judge.structural import odd_keyword
from modelwright.load import matching, read_manifests
from modelwright.model import Document, Manifest, Path, Place, Release
from modelwright.problems import Problem
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
    file, text, release = source
    documents, wrong = read_manifests(file, text)
    problems = list(wrong)
    kinds: list[Kind] = []
    for document in documents:
        for place, data in _items(document):
            if not isinstance(data, Mapping) or data.get("kind") != "CustomResourceDefinition":
                kind = f"a {str(data.get('kind'))[:60]}" if isinstance(data, Mapping) else "something else"
                what = f"`crds` needs CustomResourceDefinitions, and this is {kind}"
                problems.append(Problem("MW230", what, place, "get them by `kubectl get crd NAME -o yaml`"))
                continue
            found = _defects(data, place, release)
            problems += found
            if not found:
                kinds.append(_kind(data, place))
    return tuple(kinds), tuple(problems)


def _items(document: Document) -> Iterator[tuple[Place, Any]]:
    """The objects of a document: itself, or the items of a list as `kubectl get -o yaml` writes it."""
    items = document.data.get("items")
    if document.kind.endswith("List") and isinstance(items, list):
        for index, item in enumerate(items):
            yield document.place(("items", index)), item
    else:
        yield document.place(), document.data


def _kind(crd: Mapping[str, Any], place: Place) -> Kind:
    from modelwright.importing.crds import ImportedKind, facts, served

    spec = crd["spec"]
    group, kind, namespaced = spec["group"], spec["names"]["kind"], spec["scope"] == "Namespaced"
    found = (ImportedKind(group, name, kind, namespaced, facts(schema)) for name, schema in served(crd))
    return group, kind, namespaced, tuple((f"{group}/{each.version}", each.text()) for each in found), place


def _bare(crd: Mapping[str, Any]) -> Mapping[str, Any]:
    """A definition without its schemas, which are by far the most of it."""
    spec = crd.get("spec")
    versions = spec.get("versions") if isinstance(spec, Mapping) else None
    if not isinstance(spec, Mapping) or not isinstance(versions, list):
        return crd
    bare = [{**v, "schema": {"openAPIV3Schema": {"type": "object"}}} if _has_schema(v) else v for v in versions]
    return {**crd, "spec": {**spec, "versions": bare}}


def _has_schema(version: Any) -> bool:
    schema = version.get("schema") if isinstance(version, Mapping) else None
    return isinstance(schema, Mapping) and set(schema) == {"openAPIV3Schema"}


def _defects(crd: Mapping[str, Any], place: Place, release: Release) -> list[Problem]:
    """What keeps a definition from being used: what the API server would refuse in it, and schemas that say nothing."""
    from modelwright.judge import judge

    found = [p for p in judge([Manifest(_bare(crd), place=place)], release) if p.severity == "error"]
    if found:
        return found
    for index, version in enumerate(crd["spec"]["versions"]):
        schema = (version.get("schema") or {}).get("openAPIV3Schema")
        at: Path = ("spec", "versions", index, "schema", "openAPIV3Schema")
        odd = None if schema is None else odd_keyword(schema, at)
        if odd is not None:
            path, what = odd
            hint = "the API server refuses such a definition"
            return [Problem("MW232", what, replace(place, path=(*place.path, *path)), hint)]
    return []
