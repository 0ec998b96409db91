"""Which file goes where below `overlays/`.

    base/<project>/<component>/           the component, as its reference environment has it
    <env>/<project>/<component>/          namespace, base and patches
    <env>/<project>/project/              the project's own objects, whole
    <env>/<project>/                      all of it: one Argo CD Application
    clusters/<cluster>/                   objects of cluster scope, once per cluster, whole
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from modelwright.model import Component, Manifest, Shared
from modelwright.overlay.difference import Patch, difference, replacement, same
from modelwright.overlay.merge import apply
from modelwright.yamlio import emit

KUSTOMIZATION = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}


@dataclass(slots=True)
class Files:
    """The tree while it is being laid out."""

    texts: dict[str, str] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    built: dict[str, tuple[Manifest, ...]] = field(default_factory=dict)

    def put(self, path: str, owner: str, data: Any) -> None:
        self.texts[path] = emit(data)
        self.owners[path] = owner


def names(manifests: Sequence[Manifest]) -> list[str]:
    """A file name per object: its kind, with its name where the kind comes twice."""
    counts = Counter(m.kind for m in manifests)
    made = []
    for manifest in manifests:
        stem = manifest.kind.lower()
        made.append(stem if counts[manifest.kind] == 1 else f"{stem}-{manifest.name}")
    return made


def component_folders(components: Sequence[Component]) -> list[str]:
    """A folder name per component: its name; with its kind first where a Model already has that name."""
    taken: dict[tuple[str, str], str] = {}
    ordered = sorted(range(len(components)), key=lambda i: components[i].document.kind != "Model")
    chosen = [""] * len(components)
    for index in ordered:
        component = components[index]
        name = component.document.name
        if (component.project, name) in taken or name == "project":
            name = f"{component.document.kind.lower()}-{name}"
        taken[(component.project, name)] = component.document.kind
        chosen[index] = name
    return chosen


def put_component(files: Files, component: Component, folder: str) -> None:
    """The base of a component and a folder per environment."""
    owner = f"{component.document.kind}/{component.document.name}"
    base = [replace_namespace(m, "") for m in component.base]
    stems = names(base)
    at = f"base/{component.project}/{folder}"
    for stem, manifest in zip(stems, base, strict=True):
        files.put(f"{at}/{stem}.yaml", owner, manifest.data)
    files.put(f"{at}/kustomization.yaml", owner, {**KUSTOMIZATION, "resources": [f"{s}.yaml" for s in sorted(stems)]})
    files.built[at] = tuple(base)
    for environment, manifests in component.variants.items():
        if manifests:
            _put_variant(files, component, folder, environment, manifests, base, owner)


def _put_variant(
    files: Files,
    component: Component,
    folder: str,
    environment: str,
    manifests: Sequence[Manifest],
    base: Sequence[Manifest],
    owner: str,
) -> None:
    at = f"{environment}/{component.project}/{folder}"
    resources = [f"../../../base/{component.project}/{folder}"]
    patches: list[dict[str, Any]] = []
    known = {_identity(m): m for m in base}
    wanted = {_identity(m) for m in manifests}
    counts = Counter(m.kind for m in (*base, *(m for m in manifests if _identity(m) not in known)))
    namespace = next((m.variant.namespace for m in manifests if m.variant), "")
    for manifest in manifests:
        stem = manifest.kind.lower() if counts[manifest.kind] < 2 else f"{manifest.kind.lower()}-{manifest.name}"
        before = known.get(_identity(manifest))
        if before is None:
            files.put(f"{at}/{stem}.yaml", owner, replace_namespace(manifest, "").data)
            resources.append(f"{stem}.yaml")
            continue
        for patch in _patches(before.data, replace_namespace(manifest, "").data):
            path = f"patch-{stem}.yaml" if patch.form == "merge" else f"patch-{stem}-list.yaml"
            files.put(f"{at}/{path}", owner, patch.body)
            patches.append(_entry(path, patch, before))
    for manifest in base:
        if _identity(manifest) not in wanted:
            stem = manifest.kind.lower() if counts[manifest.kind] < 2 else f"{manifest.kind.lower()}-{manifest.name}"
            path = f"delete-{stem}.yaml"
            gone = {"apiVersion": manifest.api_version, "kind": manifest.kind, "metadata": {"name": manifest.name}}
            files.put(f"{at}/{path}", owner, {"$patch": "delete", **gone})
            patches.append({"path": path})
    kustomization: dict[str, Any] = {**KUSTOMIZATION, "namespace": namespace, "resources": resources}
    if patches:
        kustomization["patches"] = patches
    files.put(f"{at}/kustomization.yaml", owner, kustomization)
    files.built[at] = tuple(replace_namespace(m, namespace) for m in manifests)


def _patches(base: Mapping[str, Any], want: Mapping[str, Any]) -> tuple[Patch, ...]:
    if base == want and same(base, want):
        return ()
    found = difference(base, want)
    try:
        if same(apply(base, found), dict(want)):
            return found
    except (ValueError, LookupError, TypeError):
        pass
    return replacement(base, want)


def _entry(path: str, patch: Patch, manifest: Manifest) -> dict[str, Any]:
    if patch.form == "merge":
        return {"path": path}
    group, _, version = manifest.api_version.rpartition("/")
    target = {"group": group, "version": version, "kind": manifest.kind, "name": manifest.name}
    return {"path": path, "target": {k: v for k, v in target.items() if v}}


def _identity(manifest: Manifest) -> tuple[str, str, str]:
    return manifest.api_version, manifest.kind, manifest.name


def replace_namespace(manifest: Manifest, namespace: str) -> Manifest:
    """The manifest in another namespace; without one where `namespace` is empty."""
    metadata = {k: v for k, v in (manifest.data.get("metadata") or {}).items() if k != "namespace"}
    if namespace:
        metadata["namespace"] = namespace
    return replace(manifest, data={**manifest.data, "metadata": metadata})


def put_shared(files: Files, shared: Shared) -> None:
    """A folder of whole objects, each with its own namespace."""
    stems = names(shared.manifests)
    for stem, manifest in zip(stems, shared.manifests, strict=True):
        files.put(f"{shared.folder}/{stem}.yaml", shared.owner, manifest.data)
    kustomization = {**KUSTOMIZATION, "resources": [f"{s}.yaml" for s in sorted(stems)]}
    files.put(f"{shared.folder}/kustomization.yaml", shared.owner, kustomization)
    files.built[shared.folder] = shared.manifests


def put_projects(files: Files) -> None:
    """A kustomization over all folders of a project in an environment."""
    inside: dict[str, list[str]] = {}
    for folder in files.built:
        parts = folder.split("/")
        if len(parts) == 3 and parts[0] != "base":
            inside.setdefault("/".join(parts[:2]), []).append(parts[2])
    for project, folders in inside.items():
        owner = f"Project/{project.partition('/')[2]}"
        ordered = sorted(folders, key=lambda f: (f != "project", f))
        files.put(f"{project}/kustomization.yaml", owner, {**KUSTOMIZATION, "resources": ordered})
