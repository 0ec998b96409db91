"""Every object has one owner, and lives in a folder that kustomize may put into a namespace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from modelwright.model import Component, Manifest
from modelwright.overlay.identity import cluster_scoped, identity
from modelwright.overlay.layout import namespace_of
from modelwright.problems import Problem, Resource

NAME = ("metadata", "name")


def misplaced(component: Component) -> Iterator[Problem]:
    """MW407: kustomize's `namespace:` would move these objects, or stop at them.

    It sets the namespace of every object in a folder, cluster-scoped custom resources among them; it flattens
    lists, drops objects marked as local configuration and refuses those without a name.
    """
    for environment, manifests in component.variants.items():
        namespace = namespace_of(manifests)
        for manifest in manifests:
            found = _misplaced(manifest, namespace)
            if found is not None:
                message, hint, path = found
                yield Problem(
                    "MW407",
                    message,
                    manifest.origin(path),
                    hint,
                    environments=(environment,),
                    resource=_resource(manifest),
                    path=path,
                )


def _misplaced(manifest: Manifest, namespace: str) -> tuple[str, str, tuple[str, ...]] | None:
    called = f"{manifest.kind} `{manifest.name}`"
    hint = "objects outside the component's own namespace belong to the platform team's repository"
    if cluster_scoped(manifest):
        return f"{called} does not belong in a component folder: it has no namespace", hint, ("kind",)
    if manifest.namespace and manifest.namespace != namespace:
        where = f"it is in namespace `{manifest.namespace}`, the component in `{namespace}`"
        return f"{called} does not belong in a component folder: {where}", hint, ("metadata", "namespace")
    if not manifest.name:
        what = f"this {manifest.kind or 'object'} has no `metadata.name`"
        return f"{what}: a file in Git needs a fixed one", "replace `generateName` by `name`", ("metadata",)
    if manifest.kind.endswith("List") and isinstance(manifest.data.get("items"), list | tuple):
        return f"{called} is a list of objects", "write each of its items as a document of its own", ("kind",)
    annotations = (manifest.data.get("metadata") or {}).get("annotations")
    local = "config.kubernetes.io/local-config"
    if isinstance(annotations, Mapping) and annotations.get(local) not in (None, "false"):
        path = ("metadata", "annotations", local)
        return f"kustomize leaves {called} out: it is marked as local configuration", "remove the annotation", path
    return None


def owned_twice(built: Mapping[str, Sequence[Manifest]]) -> Iterator[Problem]:
    """MW406: one object, two folders of an environment (or of a cluster) that write it."""
    seen: dict[tuple[str, ...], Manifest] = {}
    for folder, manifests in sorted(built.items()):
        head, _, rest = folder.partition("/")
        stage = rest if head == "clusters" else head
        for manifest in manifests:
            key = (head, stage, manifest.namespace, *identity(manifest))
            first = seen.setdefault(key, manifest)
            if first is manifest:
                continue
            there = first.origin(NAME)
            where = f" in namespace `{manifest.namespace}`" if manifest.namespace else ""
            yield Problem(
                "MW406",
                f"{manifest.kind} `{manifest.name}` is made twice{where}",
                manifest.origin(NAME),
                "rename one of them, or give them different projects",
                environments=() if head == "clusters" else (stage,),
                resource=_resource(manifest),
                path=NAME,
                related=(("the other one", there),) if there else (),
            )


def _resource(manifest: Manifest) -> Resource:
    return Resource(manifest.api_version, manifest.kind, manifest.name, manifest.namespace)


