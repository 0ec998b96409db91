"""Which project a blueprint belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modelwright.model import Document


def spec_of(document: Document | None) -> Mapping[str, Any]:
    """What stands under `spec`, as its author wrote it."""
    spec = document.data.get("spec") if document else None
    return spec if type(spec) is dict or isinstance(spec, Mapping) else {}


def projects_of(head: Document | None) -> Mapping[str, Mapping[str, Any]]:
    """The projects that modelwright.yaml names, with what it says of each."""
    projects = spec_of(head).get("projects") or {}
    return {name: facts or {} for name, facts in projects.items()}


def project_of(document: Document, head: Document | None) -> str:
    """The project of a component: its own word, the workspace's default, its only project, or its name."""
    own = spec_of(document).get("project") or spec_of(head).get("defaultProject")
    if own:
        return str(own)
    projects = list(projects_of(head))
    return projects[0] if projects else (head.name if head else "default")
