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
from dataclasses import dataclass, field
from typing import Any

from modelwright.model import Component, Manifest, Shared
from modelwright.overlay.difference import difference
from modelwright.overlay.identity import in_namespace, settled, with_subjects
from modelwright.overlay.patch import Patch
from modelwright.yamlio import emit

Key = tuple[str, str, str]
"""What kustomize finds an object by: apiVersion, kind and name."""

BASE = "base"
"""Folder of all bases."""

PROJECT = "project"
"""Folder of the objects that belong to a project rather than to one of its components."""


@dataclass(slots=True)
class Files:
    """The tree while it is being laid out."""

    texts: dict[str, str] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    built: dict[str, tuple[Manifest, ...]] = field(default_factory=dict)

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


def stems(manifests: Iterable[Manifest], taken: Iterable[str] = ()) -> dict[Key, str]:
    """A file name without ending per object: its kind, with its name where the kind comes twice.

    Names are unique on file systems that ignore case, and hold no characters that any system forbids.
    """
    unique = {_key(m): m for m in manifests}
    counts = Counter(m.kind.lower() for m in unique.values())
    used = {"kustomization", *taken}
    made: dict[Key, str] = {}
    for key, manifest in unique.items():
        kind = manifest.kind.lower()
        stem = kind if counts[kind] == 1 and kind not in used else f"{kind}-{manifest.name}"
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
    differences = _differences(component)
    base = [m for m in component.base if _key(m) not in differences.impossible]
    named = stems([*component.base, *(m for variant in component.variants.values() for m in variant)])
    at = f"{BASE}/{component.project}/{folder}"
    for manifest in base:
        stem = named[_key(manifest)]
        files.put(f"{at}/{stem}.yaml", owner, settled(manifest.data))
    if base:
        resources = sorted(f"{named[_key(m)]}.yaml" for m in base)
        files.put_kustomization(at, owner, resources)
        files.built[at] = tuple(in_namespace(m, "") for m in base)
    for environment, manifests in sorted(component.variants.items()):
        if manifests:
            _put_variant(files, component, folder, environment, base, differences, named, owner)


@dataclass(slots=True)
class _Differences:
    """Per environment and object the patches; and the objects no patch can express, which no base may hold."""

    patches: dict[tuple[str, Key], tuple[Patch, ...]] = field(default_factory=dict)
    impossible: set[Key] = field(default_factory=set)


def _differences(component: Component) -> _Differences:
    known = {_key(m): m.data for m in component.base}
    found = _Differences()
    for environment, manifests in component.variants.items():
        for manifest in manifests:
            key = _key(manifest)
            base = known.get(key)
            if base is None:
                continue
            patches = difference(base, manifest.data)
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
    base: Sequence[Manifest],
    differences: _Differences,
    named: Mapping[Key, str],
    owner: str,
) -> None:
    at = f"{environment}/{component.project}/{folder}"
    manifests = component.variants[environment]
    namespace = namespace_of(manifests)
    present = {_key(m) for m in manifests}
    known = {_key(m) for m in base}
    patches: list[dict[str, Any]] = []
    whole = []
    for manifest in base:
        key = _key(manifest)
        if key not in present:
            path = f"delete-{named[key]}.yaml"
            files.put(f"{at}/{path}", owner, _deletion(manifest))
            patches.append({"path": path})
    for manifest in manifests:
        key = _key(manifest)
        if key not in known:
            whole.append(f"{named[key]}.yaml")
            files.put(f"{at}/{whole[-1]}", owner, settled(manifest.data))
        for patch in differences.patches.get((environment, key), ()) if key in known else ():
            path = f"patch-{named[key]}.yaml" if patch.form == "merge" else f"patch-{named[key]}-list.yaml"
            files.put(f"{at}/{path}", owner, patch.body)
            patches.append(patch_entry(path, manifest.data, patch))
    resources = [f"../../../{BASE}/{component.project}/{folder}"] if base else []
    files.put_kustomization(at, owner, [*resources, *sorted(whole)], namespace, patches)
    files.built[at] = with_subjects(tuple(in_namespace(m, namespace) for m in manifests), namespace)


def _key(manifest: Manifest) -> Key:
    return manifest.api_version, manifest.kind, manifest.name


def _deletion(manifest: Manifest) -> dict[str, Any]:
    gone = {"apiVersion": manifest.api_version, "kind": manifest.kind, "metadata": {"name": manifest.name}}
    return {"$patch": "delete", **gone}


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
    named = stems(shared.manifests)
    for manifest in shared.manifests:
        files.put(f"{shared.folder}/{named[_key(manifest)]}.yaml", shared.owner, manifest.data)
    files.put_kustomization(shared.folder, shared.owner, sorted(f"{stem}.yaml" for stem in named.values()))
    files.built[shared.folder] = shared.manifests
    return [files.texts[f"{shared.folder}/{stem}.yaml"] for stem in named.values()]


def put_projects(files: Files) -> None:
    """A kustomization over all folders of a project in an environment."""
    inside: dict[str, list[str]] = {}
    for folder in files.built:
        parts = folder.split("/")
        if len(parts) == 3 and parts[0] != BASE:
            inside.setdefault("/".join(parts[:2]), []).append(parts[2])
    for project, folders in sorted(inside.items()):
        ordered = sorted(folders, key=lambda folder: (folder != PROJECT, folder))
        files.put_kustomization(project, f"Project/{project.partition('/')[2]}", ordered)
