"""Plain manifests of the author's own (`extras`): carried along as they are, never read as templates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from modelwright.load import manifests, matching
from modelwright.model import Manifest, Path, Variant
from modelwright.overlay.identity import identity
from modelwright.problems import Problem
from modelwright.resolve.workspace import Workspace

EXTRAS: Path = ("spec", "extras")


def carried(variant: Variant, workspace: Workspace) -> tuple[list[Manifest], list[Problem]]:
    """The manifests of the files that a variant names: in the order of the names, a name's files by path, each once."""
    found: dict[str, None] = {}
    for index, name in enumerate(variant.values["spec"].get("extras") or ()):
        # A name is relative to the blueprint that says it, which may be the environment's.
        said = variant.place((*EXTRAS, index)).file
        found.update(dict.fromkeys(matching(said, name, workspace.files)))
    made: list[Manifest] = []
    problems: list[Problem] = []
    for file in found:
        documents, wrong = manifests(file, workspace.files[file])
        problems += wrong
        made += [Manifest(_at_home(d.data, variant), variant=variant, place=d.place()) for d in documents]
    return made, problems


def _at_home(data: Mapping[str, Any], variant: Variant) -> Mapping[str, Any]:
    """A RoleBinding whose service accounts are of its own namespace, where it does not say another.

    The API server demands the namespace (kubernetes pkg/apis/rbac/validation), which differs per environment.
    """
    subjects = data.get("subjects")
    if data.get("kind") != "RoleBinding" or not isinstance(subjects, list):
        return data
    filled = [
        {**subject, "namespace": variant.namespace}
        if isinstance(subject, Mapping) and subject.get("kind") == "ServiceAccount" and not subject.get("namespace")
        else subject
        for subject in subjects
    ]
    return {**data, "subjects": filled}


def unsaid(patch: Mapping[str, Any], stated: Any) -> dict[str, Any]:
    """The part of a merge patch that contradicts nothing stated: in a manifest of their own the author has the word."""
    if not isinstance(stated, Mapping):
        return {}
    left: dict[str, Any] = {}
    for key, value in patch.items():
        if key not in stated:
            left[key] = value
        elif isinstance(value, Mapping):
            inner = unsaid(value, stated[key])
            left |= {key: inner} if inner else {}
    return left


def once(manifests: Iterable[Manifest], environment: str) -> tuple[list[Manifest], list[Problem]]:
    """The manifests without those that come a second time, and MW306 for each of these."""
    seen: dict[tuple[str, str, str], Manifest] = {}
    kept: list[Manifest] = []
    problems: list[Problem] = []
    for manifest in manifests:
        first = seen.setdefault(identity(manifest), manifest)
        if first is manifest or manifest.place is None or not manifest.name:
            kept.append(manifest)
            continue
        there = first.origin(("metadata", "name"))
        ours = first.place is None
        kind = first.variant.document.kind if first.variant else ""
        problems.append(
            Problem(
                "MW306",
                f"{manifest.kind} `{manifest.name}` is made by the {kind} itself"
                if ours
                else f"{manifest.kind} `{manifest.name}` is written twice",
                replace(manifest.place, path=("metadata", "name")),
                f"remove it here; to change it, say so under `manifests: {{{manifest.kind}: ...}}`"
                if ours
                else "keep one of them",
                environments=(environment,),
                related=(("the other one", there),) if there else (),
            )
        )
    return kept, problems
