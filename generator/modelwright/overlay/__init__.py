"""Manifests -> a tree of bases and overlays that kustomize builds back to exactly those manifests."""

from __future__ import annotations

from collections.abc import Sequence

from modelwright.model import Component, Manifest, Shared, Tree
from modelwright.overlay.layout import Files, component_folders, put_component, put_projects, put_shared
from modelwright.problems import Problem

__all__ = ["overlay"]


def overlay(components: Sequence[Component], shared: Sequence[Shared]) -> tuple[Tree, tuple[Problem, ...]]:
    """Lay out bases, overlays and shared folders; report objects that two folders would own."""
    files = Files()
    for component, folder in zip(components, component_folders(components), strict=True):
        put_component(files, component, folder)
    for folder_of in shared:
        put_shared(files, folder_of)
    put_projects(files)
    return Tree(files.texts, files.built, files.owners), _owned_twice(files)


def _owned_twice(files: Files) -> tuple[Problem, ...]:
    seen: dict[tuple[str, ...], Manifest] = {}
    problems: list[Problem] = []
    for folder, manifests in files.built.items():
        stage = folder.partition("/")[0]
        if stage == "base":
            continue
        for manifest in manifests:
            group = manifest.api_version.rpartition("/")[0]
            key = (stage, group, manifest.kind, manifest.namespace, manifest.name)
            first = seen.setdefault(key, manifest)
            if first is not manifest:
                there = first.origin(("metadata", "name"))
                problems.append(
                    Problem(
                        "MW406",
                        f"{manifest.kind} `{manifest.name}` is made twice in namespace `{manifest.namespace}`",
                        manifest.origin(("metadata", "name")),
                        "rename one of them, or give them different projects",
                        environments=(stage,),
                        related=(("the other one", there),) if there else (),
                    )
                )
    return tuple(problems)
