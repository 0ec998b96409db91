"""Which file goes where below `overlays/`.

    base/<project>/<component>/           the component, as its reference environment has it
    <env>/<project>/<component>/          namespace, base and patches
    <env>/<project>/project/              the project's own objects, whole
    <env>/<project>/                      all of it: one Argo CD Application
    clusters/<cluster>/                   objects of cluster scope, once per cluster, whole
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any

from modelwright.model import Component, Manifest, Named, Shared
from modelwright.overlay.difference import difference
from modelwright.overlay.identity import in_namespace, settled, with_subjects
from modelwright.overlay.patch import Patch
from modelwright.records import dataclass
from modelwright.yamlio import emit

Key = tuple[str, str, str]
"""What kustomize finds an object by: apiVersion, kind and name."""

Keyed = Sequence[tuple[Key, Manifest]]

BASE = "base"
"""Folder of all bases."""

PROJECT = "project"
"""Folder of the objects that belong to a project rather than to one of its components."""


def in_base(folder: str) -> bool:
    """Whether a folder holds what a component is before an environment has its say."""
    return folder.startswith(f"{BASE}/")


@dataclass(slots=True)
class Files:
    """The tree while it is being laid out."""

    texts: dict[str, str] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    built: dict[str, tuple[Manifest, ...]] = field(default_factory=dict)
    named: dict[str, tuple[Named, ...]] = field(default_factory=dict)

    def put(self, path: str, owner: str, data: Any) -> None:
        self.texts[path] = emit(data)
        self.owners[path] = owner

    def put_kustomization(
        self, folder: str, owner: str, resources: Iterable[str], namespace: str = "", patches: Sequence[Any] = ()
    ) -> None:
        self.put(f"{folder}/kustomization.yaml", owner, kustomization(resources, namespace, patches))


def kustomization(
    resources: Iterable[str], namespace: str = "", patches: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """A kustomization. It names nothing and numbers nothing: no prefixes, hashes, labels or `openapi`."""
    made: dict[str, Any] = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}
    if namespace:
        made["namespace"] = namespace
    made["resources"] = list(resources)
    if patches:
        made["patches"] = list(patches)
    return made


def patch_entry(path: str, data: Mapping[str, Any], patch: Patch) -> dict[str, Any]:
    """How a kustomization lists a patch of the object `data`.

    A merge patch names its object itself: kustomize then fails when there is none, while an unmatched target is
    passed over in silence. Names in a target are regular expressions, anchored at both ends.
    """
    if patch.form == "merge":
        return {"path": path}
    group, _, version = str(data["apiVersion"]).rpartition("/")
    name = re.sub(r"([\\.+*?()|\[\]{}^$])", r"\\\1", str(data["metadata"]["name"]))
    target = {"group": group, "version": version, "kind": data["kind"], "name": name}
    return {"path": path, "target": {key: value for key, value in target.items() if value}}


def stems(keys: Iterable[Key]) -> dict[Key, str]:
    """A file name without ending per object: its kind, with its name where the kind comes twice.

    Names are unique on file systems that ignore case, and hold no characters that any system forbids.
    """
    unique = dict.fromkeys(keys)
    counts = Counter(key[1].lower() for key in unique)
    used = {"kustomization"}
    made: dict[Key, str] = {}
    for key in unique:
        kind, name = key[1].lower(), key[2]
        stem = kind if counts[kind] == 1 and kind not in used else f"{kind}-{name}"
        stem = re.sub(r"[^A-Za-z0-9.-]", "-", stem)
        number, chosen = 1, stem
        while chosen.lower() in used:
            number += 1
            chosen = f"{stem}-{number}"
        used.add(chosen.lower())
        made[key] = chosen
    return made


def folder_names(components: Iterable[tuple[str, str, str]]) -> dict[tuple[str, str, str], str]:
    """Folders of the components (project, kind, name) that cannot have their own name: their kind goes in front.

    Two components of one name are told apart so; a model keeps its name.
    """
    found = list(components)
    kinds: dict[tuple[str, str], set[str]] = {}
    for project, kind, name in found:
        kinds.setdefault((project, name), set()).add(kind)
    taken = set(kinds)
    chosen = {}
    for project, kind, name in found:
        alone = len(kinds[project, name]) == 1 or kind == "Model"
        if name == PROJECT or not alone:
            folder = f"{kind.lower()}-{name}"
            while (project, folder) in taken:
                folder += "-x"
            taken.add((project, folder))
            chosen[project, kind, name] = folder
    return chosen


def put_component(files: Files, component: Component, folder: str) -> None:
    """The base of a component and a folder per environment."""
    owner = f"{component.document.kind}/{component.document.name}"
    base = [(key, in_namespace(m, "")) for key, m in _keyed(component.base)]
    stages = {environment: _keyed(component.variants[environment]) for environment in sorted(component.variants)}
    named = stems(key for keyed in (base, *stages.values()) for key, _ in keyed)
    differences = _differences(dict(base), stages)
    base = [(key, m) for key, m in base if key not in differences.impossible]
    at = f"{BASE}/{component.project}/{folder}"
    for key, manifest in base:
        files.put(f"{at}/{named[key]}.yaml", owner, manifest.data)
    if base:
        files.put_kustomization(at, owner, sorted(f"{named[key]}.yaml" for key, _ in base))
        files.built[at] = tuple(m for _, m in base)
    for environment, manifests in stages.items():
        if manifests:
            _put_variant(files, component, folder, environment, base, manifests, differences, named)


@dataclass(slots=True)
class _Differences:
    """Per environment and object the patches; and the objects no patch can express, which no base may hold."""

    patches: dict[tuple[str, Key], tuple[Patch, ...]] = field(default_factory=dict)
    impossible: set[Key] = field(default_factory=set)


def _differences(base: Mapping[Key, Manifest], stages: Mapping[str, Keyed]) -> _Differences:
    found = _Differences()
    for environment, manifests in stages.items():
        for key, manifest in manifests:
            known = base.get(key)
            if known is None:
                continue
            patches = difference(known.data, manifest.data)
            if patches is None:
                found.impossible.add(key)
            elif patches:
                found.patches[environment, key] = patches
    return found


def _put_variant(
    files: Files,
    component: Component,
    folder: str,
    environment: str,
    base: Keyed,
    manifests: Keyed,
    differences: _Differences,
    named: Mapping[Key, str],
) -> None:
    owner = f"{component.document.kind}/{component.document.name}"
    at = f"{environment}/{component.project}/{folder}"
    namespace = namespace_of(component.variants[environment])
    present = {key for key, _ in manifests}
    known = {key for key, _ in base}
    patches: list[dict[str, Any]] = []
    whole = []
    for key, _ in base:
        if key not in present:
            path = f"delete-{named[key]}.yaml"
            files.put(f"{at}/{path}", owner, _deletion(key))
            patches.append({"path": path})
    for key, manifest in manifests:
        if key not in known:
            whole.append(f"{named[key]}.yaml")
            files.put(f"{at}/{whole[-1]}", owner, settled(manifest.data))
        for patch in differences.patches.get((environment, key), ()) if key in known else ():
            path = f"patch-{named[key]}.yaml" if patch.form == "merge" else f"patch-{named[key]}-list.yaml"
            files.put(f"{at}/{path}", owner, patch.body)
            patches.append(patch_entry(path, manifest.data, patch))
    resources = [f"../../../{BASE}/{component.project}/{folder}"] if base else []
    files.put_kustomization(at, owner, [*resources, *sorted(whole)], namespace, patches)
    files.built[at] = with_subjects(tuple(in_namespace(m, namespace) for _, m in manifests), namespace)


def _keyed(manifests: Iterable[Manifest]) -> Keyed:
    return [((m.api_version, m.kind, m.name), m) for m in manifests]


def _deletion(key: Key) -> dict[str, Any]:
    api_version, kind, name = key
    return {"$patch": "delete", "apiVersion": api_version, "kind": kind, "metadata": {"name": name}}


def namespace_of(manifests: Sequence[Manifest]) -> str:
    """The namespace of a component in an environment: its variant's, else the first one stated."""
    for manifest in manifests:
        if manifest.variant is not None:
            return manifest.variant.namespace
    return next((m.namespace for m in manifests if m.namespace), "")


def put_shared(files: Files, shared: Shared) -> list[str]:
    """A folder of whole objects, each with its own namespace; gives their texts."""
    if not shared.manifests:
        return []
    keyed = _keyed(shared.manifests)
    named = stems(key for key, _ in keyed)
    for key, manifest in keyed:
        files.put(f"{shared.folder}/{named[key]}.yaml", shared.owner, manifest.data)
    files.put_kustomization(shared.folder, shared.owner, sorted(f"{stem}.yaml" for stem in named.values()))
    files.built[shared.folder] = shared.manifests
    return [files.texts[f"{shared.folder}/{stem}.yaml"] for stem in named.values()]


def put_projects(files: Files) -> None:
    """A kustomization over all folders of a project in an environment."""
    inside: dict[str, list[str]] = {}
    for folder in (*files.built, *files.named):
        parts = folder.split("/")
        if len(parts) == 3 and not in_base(folder):
            inside.setdefault("/".join(parts[:2]), []).append(parts[2])
    for project, folders in sorted(inside.items()):
        ordered = sorted(folders, key=lambda folder: (folder != PROJECT, folder))
        files.put_kustomization(project, f"Project/{project.partition('/')[2]}", ordered)
