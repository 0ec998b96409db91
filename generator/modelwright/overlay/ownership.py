"""Every object has one owner, and lives in a folder that kustomize may put into a namespace."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import replace

from modelwright.model import Component, Manifest, Named, Path
from modelwright.overlay.identity import cluster_scoped, group, identity
from modelwright.overlay.layout import in_base, namespace_of
from modelwright.problems import Problem, Resource

NAME = ("metadata", "name")


def fitted(component: Component, scoped: Mapping[str, Container[tuple[str, str]]]) -> tuple[Component, list[Problem]]:
    """The component without objects that its folder cannot hold, and MW407 for each of those.

    Kustomize's `namespace:` sets the namespace of every object in a folder, cluster-scoped custom resources among
    them; a build flattens lists, drops objects marked as local configuration and refuses those without a name.
    """
    problems: list[Problem] = []
    variants = {}
    for environment, manifests in component.variants.items():
        namespace = namespace_of(manifests)
        own = scoped.get(environment, ())
        variants[environment] = tuple(m for m in manifests if not _report(m, namespace, environment, own, problems))
    if not problems:
        return component, []
    namespace = namespace_of(component.base)
    own = {kind for kind in map(_kind, component.base) if any(kind in scoped.get(e, ()) for e in component.variants)}
    base = tuple(m for m in component.base if _misplaced(m, namespace, own) is None)
    return replace(component, base=base, variants=variants), problems


def _kind(manifest: Manifest) -> tuple[str, str]:
    return group(manifest), manifest.kind


def _report(
    manifest: Manifest, namespace: str, environment: str, own: Container[tuple[str, str]], problems: list[Problem]
) -> bool:
    found = _misplaced(manifest, namespace, own)
    if found is None:
        return False
    message, hint, path = found
    place, about = manifest.origin(path), _resource(manifest)
    problems.append(Problem("MW407", message, place, hint, environments=(environment,), resource=about, path=path))
    return True


def _misplaced(manifest: Manifest, namespace: str, own: Container[tuple[str, str]]) -> tuple[str, str, Path] | None:
    kind, name = manifest.kind, manifest.name
    called = f"{kind} `{name}`"
    hint = "objects outside the component's own namespace belong to the platform team's repository"
    if cluster_scoped(manifest) or (own and _kind(manifest) in own):
        return f"{called} does not belong in a component folder: it has no namespace", hint, ("kind",)
    if manifest.namespace and manifest.namespace != namespace:
        where = f"it is in namespace `{manifest.namespace}`, not in the component's own"
        if manifest.place is not None:
            hint = "remove its namespace: each environment fills in its own"
        return f"{called} does not belong in a component folder: {where}", hint, ("metadata", "namespace")
    if kind.endswith("List") and isinstance(manifest.data.get("items"), list | tuple):
        what = f"{called if name else f'this {kind}'} is a list of objects"
        return what, "write each of its items as a document of its own", ("kind",)
    if not name:
        what = f"this {kind or 'object'} has no `metadata.name`"
        return f"{what}: a file in Git needs a fixed one", "replace `generateName` by `name`", ("metadata",)
    annotations = (manifest.data.get("metadata") or {}).get("annotations")
    local = "config.kubernetes.io/local-config"
    if isinstance(annotations, Mapping) and annotations.get(local) not in (None, "false"):
        path = ("metadata", "annotations", local)
        return f"kustomize leaves {called} out: it is marked as local configuration", "remove the annotation", path
    return _moved_subject(manifest, namespace, called) if kind == "RoleBinding" else None


def _moved_subject(manifest: Manifest, namespace: str, called: str) -> tuple[str, str, Path] | None:
    """Subjects named `default` follow the folder's namespace, of whatever kind they are (api/filters/namespace)."""
    subjects = manifest.data.get("subjects")
    for index, subject in enumerate(subjects if isinstance(subjects, list | tuple) else ()):
        named = isinstance(subject, Mapping) and subject.get("name") == "default"
        if named and subject.get("namespace") != namespace:
            what = f"kustomize moves the subject `default` of {called} to the component's own namespace"
            return what, "name another service account", ("subjects", index)
    return None


def owned_twice(built: Mapping[str, Sequence[Manifest | Named]]) -> Iterator[Problem]:
    """MW406: one object, two folders of an environment (or of a cluster) that write it."""
    seen: dict[tuple[str, ...], Manifest | Named] = {}
    for folder, manifests in sorted(built.items()):
        head, _, rest = folder.partition("/")
        if in_base(folder):
            continue
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


def _resource(manifest: Manifest | Named) -> Resource:
    return Resource(manifest.api_version, manifest.kind, manifest.name, manifest.namespace)


