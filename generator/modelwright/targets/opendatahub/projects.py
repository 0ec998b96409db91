"""A namespace as a project of the dashboard."""

from __future__ import annotations

from modelwright.model import Manifest, Variant
from modelwright.resolve.workspace import Workspace
from modelwright.targets.opendatahub.display import DASHBOARD, metadata
from modelwright.typed import Any


def namespace(manifest: Manifest, variant: Variant, workspace: Workspace) -> dict[str, Any]:
    """The labels of a project.

    The dashboard lists namespaces by the first, and takes the platform that serves a project's models from the
    second (odh-dashboard packages/kserve/extensions.ts).
    """
    return {"metadata": metadata(manifest, DASHBOARD | {"modelmesh-enabled": "false"}, {})}
