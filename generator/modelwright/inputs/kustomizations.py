"""Which folders kustomize would build, and which files are its input rather than manifests of their own."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterator, Mapping, Sequence

from modelwright.records import dataclass
from modelwright.typed import Any

_RESOURCES = ("resources", "bases", "components")
_FOLDERS = (*_RESOURCES, "generators", "transformers", "validators", "configurations", "crds")
"""Fields that may name folders (kustomize api/types/kustomization.go)."""


@dataclass(frozen=True, slots=True)
class Kustomization:
    """The kustomization of a folder."""

    folder: str
    component: bool
    """Whether it is a Component, which only others build."""
    uses: frozenset[str]
    """Folders and files that it names."""
    inputs: frozenset[str]
    """Of those, files that are no manifests of their own: patches, settings, files of generators."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do with the files of some folders."""

    build: tuple[str, ...]
    """Folders to build: no other kustomization here builds them."""
    unused: tuple[str, ...]
    """Components that nothing here uses."""
    loose: tuple[str, ...]
    """Files to judge by themselves."""
    unnamed: tuple[str, ...]
    """Files beside a kustomization that none names: they go nowhere."""


def kustomization(folder: str, data: Any, known: Collection[str]) -> Kustomization:
    """What the kustomization of a folder names, of the files and folders that are known."""
    fields = data if isinstance(data, Mapping) else {}
    known = frozenset(known)
    resources = {path for field in _RESOURCES for path in _paths(folder, fields.get(field))} & known
    others = {path for field in _FOLDERS for path in _paths(folder, fields.get(field))} & known
    rest = (path for field, value in fields.items() if field not in _FOLDERS for path in _paths(folder, value))
    # A word such as a namespace may be a folder's name by chance; no file is called so.
    others |= {path for path in rest if path in known and "." in posixpath.basename(path)}
    uses = frozenset((resources | others) - {folder})
    return Kustomization(folder, fields.get("kind") == "Component", uses, frozenset(others - resources))


def _paths(folder: str, value: Any) -> Iterator[str]:
    """Every text in a value as a path; of `key=path` the path, as generators name files."""
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            if "\n" not in node and "://" not in node:
                yield posixpath.normpath(posixpath.join(folder, node))
                if "=" in node:
                    yield posixpath.normpath(posixpath.join(folder, node.partition("=")[2]))
        elif isinstance(node, Mapping):
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node


def plan(kustomizations: Sequence[Kustomization], files: Sequence[str]) -> Plan:
    """Every folder is built once, from the top: a base only as part of what uses it. Loose files are what remains."""
    each = {found.folder: found for found in kustomizations}
    used = {path for found in kustomizations for path in found.uses}
    tops = [folder for folder, found in each.items() if folder not in used and not found.component]
    reached = _reached(tops, each)
    for folder in sorted(each):
        # Folders that use each other in a circle: one of them is built, to be told so.
        if folder not in reached and folder in used and not each[folder].component:
            tops.append(folder)
            reached |= _reached([folder], each)
    beside = {file: posixpath.dirname(file) or "." for file in files}
    return Plan(
        tuple(sorted(tops)),
        tuple(sorted(folder for folder in each if each[folder].component and folder not in reached)),
        tuple(file for file in files if file not in used and beside[file] not in each),
        tuple(file for file in files if file not in used and beside[file] in each and not _is_head(file)),
    )


def _reached(tops: Sequence[str], each: Mapping[str, Kustomization]) -> set[str]:
    seen: set[str] = set()
    waiting = list(tops)
    while waiting:
        folder = waiting.pop()
        if folder in each and folder not in seen:
            seen.add(folder)
            waiting += each[folder].uses
    return seen


def _is_head(file: str) -> bool:
    from modelwright.inputs.files import KUSTOMIZATIONS

    return posixpath.basename(file) in KUSTOMIZATIONS
