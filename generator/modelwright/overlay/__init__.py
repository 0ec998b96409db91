"""Manifests -> a tree of bases and overlays that kustomize builds back to exactly those manifests."""

from __future__ import annotations

from collections.abc import Sequence

from modelwright.model import Component, Shared, Tree
from modelwright.overlay.difference import difference
from modelwright.overlay.layout import Files, component_folders, put_component, put_projects, put_shared
from modelwright.overlay.merge import apply
from modelwright.overlay.ownership import fitted, owned_twice
from modelwright.overlay.patch import Patch
from modelwright.problems import Problem, merged

__all__ = ["Patch", "apply", "difference", "overlay"]


def overlay(components: Sequence[Component], shared: Sequence[Shared]) -> tuple[Tree, tuple[Problem, ...]]:
    """Lay out bases, overlays and shared folders; report objects that no folder, or two of them, can own."""
    files = Files()
    problems: list[Problem] = []
    for folder, component in sorted(zip(component_folders(components), components, strict=True), key=_place):
        fitting, found = fitted(component)
        problems += found
        put_component(files, fitting, folder)
    for folder_of in shared:
        put_shared(files, folder_of)
    put_projects(files)
    problems += owned_twice(files.built)
    return Tree(files.texts, files.built, files.owners), merged(problems)


def _place(found: tuple[str, Component]) -> tuple[str, str]:
    folder, component = found
    return component.project, folder
