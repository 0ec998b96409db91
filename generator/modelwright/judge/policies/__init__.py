"""ValidatingAdmissionPolicies as rules of one's own: files of policies, their bindings and parameters.

Played as the API server plays them when an object is created: kubernetes/apiserver
`pkg/admission/plugin/policy/validating` (dispatcher.go, validator.go), `policy/generic` and `policy/matching`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from modelwright.model import Document, Manifest, Path, Place, Release
from modelwright.problems import Problem
from modelwright.records import dataclass
from modelwright.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modelwright.judge.catalog import Catalog
    from modelwright.resolve.workspace import Cluster, Workspace

Entry = tuple[str, str, int, Path]
"""An object as JSON text, and where it is written: file, document, path."""


@dataclass(frozen=True, slots=True)
class Policies:
    """What one cluster admits by. It travels to other processes as text, and is compiled when first asked."""

    entries: tuple[Entry, ...] = ()
    minor: int = 0
    """The minor of Kubernetes whose functions expressions may use."""
    spoilt: frozenset[str] = frozenset()
    """Kinds of which some object was left out: what seems to be missing may be that."""


def read_policies(documents: Iterable[Document], release: Release) -> tuple[Policies, tuple[Problem, ...]]:
    """The policies, bindings, parameters and namespaces of some documents, and what is wrong with them.

    Objects that the API server would refuse are told and left out. Of one policy, what cannot be judged is told once.
    """
    from modelwright.judge import judge
    from modelwright.judge.policies.read import odd_policies

    entries: list[Entry] = []
    problems: list[Problem] = []
    spoilt: set[str] = set()
    for document in documents:
        for place, data in _items(document):
            wrong = judge([Manifest(data, place=place)], release)
            problems += (p for p in wrong if p.code != "MW505")
            if any(problem.severity == "error" for problem in wrong):
                spoilt.add(str(data.get("kind")))
            else:
                entries.append((json.dumps(data), place.file, place.document, place.path))
    policies = Policies(tuple(entries), _minor(release), frozenset(spoilt))
    return policies, (*problems, *odd_policies(policies))


def cluster_policies(
    workspace: Workspace, run: Callable[..., Iterable[tuple[tuple[Entry, ...], tuple[Problem, ...]]]] = map
) -> tuple[dict[str, Policies], tuple[Problem, ...]]:
    """What each cluster admits by, by its name: the workspace's policies and its own; and what is wrong with their files.

    `run` applies a function to the files of each cluster.
    """
    named = {cluster.name: files for cluster in workspace.clusters.values() if (files := _files(cluster, workspace))}
    read = list(run(_read, list(named.values()))) if named else []
    minors = {name: _minor(files[0][2]) for name, files in named.items()}
    made = {name: Policies(entries, minors[name]) for name, (entries, _) in zip(named, read, strict=True)}
    return made, tuple(dict.fromkeys(problem for _, problems in read for problem in problems))


def _files(cluster: Cluster, workspace: Workspace) -> tuple[tuple[str, str, Release], ...]:
    from modelwright.load import matching

    found: dict[str, None] = {}
    for document in (workspace.document, cluster.document):
        names = (document.data.get("spec") or {}).get("policies") if document else None
        for name in names if isinstance(names, list) else ():
            found.update(dict.fromkeys(matching(document.file, name, workspace.files) if document else ()))
    release = Release(cluster.release.kubernetes)
    return tuple((file, workspace.files[file], release) for file in found)


def _read(files: Sequence[tuple[str, str, Release]]) -> tuple[tuple[Entry, ...], tuple[Problem, ...]]:
    from modelwright.load import read_manifests

    documents: list[Document] = []
    problems: list[Problem] = []
    for file, text, _ in files:
        found, wrong = read_manifests(file, text)
        documents += found
        problems += wrong
    policies, wrong = read_policies(documents, files[0][2])
    return policies.entries, (*problems, *wrong)


def _minor(release: Release) -> int:
    return int(release.kubernetes.split(".")[1]) if release.kubernetes.count(".") else 0


def _items(document: Document) -> Iterable[tuple[Place, Mapping[str, Any]]]:
    items = document.data.get("items")
    if document.kind == "List" and isinstance(items, list):
        for index, item in enumerate(items):
            if isinstance(item, Mapping):
                yield document.place(("items", index)), item
    else:
        yield document.place(), document.data


def policy_problems(
    manifests: Sequence[tuple[Manifest, Mapping[str, Any] | None]], policies: Policies, known: Catalog, environment: str = ""
) -> list[Problem]:
    """What policies say of manifests that the API server takes otherwise, in the order of the manifests.

    Beside each is the object that it replaces, if there is one: then it is an update.
    """
    from modelwright.judge.policies.play import play
    from modelwright.judge.policies.read import rules_of

    rules = rules_of(policies)
    if not rules.bound:
        return []
    named = [m for m, _ in manifests if m.kind == "Namespace" and m.api_version == "v1"]
    rules = replace(rules, namespaces={**rules.namespaces, **{m.name: m.data for m in named}})
    # What cannot be judged is the same for many objects.
    return list(dict.fromkeys(each for m, old in manifests for each in play(m, old, rules, known, environment)))
