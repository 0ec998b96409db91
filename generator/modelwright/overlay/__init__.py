"""Manifests -> a tree of bases and overlays that kustomize builds back to exactly those manifests."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence

from modelwright.model import Component, Manifest, Named, Shared, Tree
from modelwright.overlay.characters import lost_characters, suspicious
from modelwright.overlay.difference import difference
from modelwright.overlay.layout import Files, folder_names, in_base, put_component, put_projects, put_shared
from modelwright.overlay.merge import apply
from modelwright.overlay.ownership import fitted, owned_twice
from modelwright.overlay.patch import Patch
from modelwright.problems import Problem, merged

__all__ = ["Patch", "apply", "assemble", "difference", "folder_names", "in_base", "overlay"]


def overlay(
    components: Sequence[Component],
    folders: Mapping[tuple[str, str, str], str],
    scoped: Mapping[str, Container[tuple[str, str]]] | None = None,
) -> tuple[Tree, tuple[Problem, ...]]:
    """Lay out some components: bases and overlays; report objects that their folders cannot hold.

    `folders` holds the folder of each component (by project, kind and name) that is not called as the component is;
    `scoped` names, per environment, further kinds (group and kind) of cluster scope.
    """
    files = Files()
    problems: list[Problem] = []
    for component in components:
        fitting, found = fitted(component, scoped or {})
        problems += found
        document = component.document
        folder = folders.get((component.project, document.kind, document.name), document.name)
        put_component(files, fitting, folder)
    if suspicious(files.texts.values()):
        for component in components:
            for environment, manifests in component.variants.items():
                problems += lost_characters(manifests, environment)
    return Tree(files.texts, files.built, files.owners), merged(problems)


def assemble(trees: Iterable[Tree], shared: Sequence[Shared]) -> tuple[Tree, tuple[Problem, ...]]:
    """One tree of all components and shared folders; report objects that two folders would write."""
    files = Files()
    for tree in trees:
        files.texts.update(tree.files)
        files.owners.update(tree.owners)
        files.built.update(tree.built)
        files.named.update(tree.named)
    problems: list[Problem] = []
    for folder in shared:
        if suspicious(put_shared(files, folder)):
            environment = folder.folder.partition("/")[0]
            problems += lost_characters(folder.manifests, "" if environment in ("clusters", "argocd") else environment)
    put_projects(files)
    texts = {path: files.texts[path] for path in sorted(files.texts)}
    objects: dict[str, Sequence[Manifest | Named]] = {**files.built, **files.named}
    return Tree(texts, files.built, files.owners, files.named), merged([*problems, *owned_twice(objects)])
