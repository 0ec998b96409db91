"""ModelMesh: many models in the pods of few runtimes. InferenceService, multi-model ServingRuntime, storage-config."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath

from modelwright.model import Manifest, Variant
from modelwright.resolve.workspace import Workspace
from modelwright.targets import Target
from modelwright.targets.modelmesh.storage import shared
from modelwright.targets.modelmesh.values import pieces
from modelwright.typed import Any


def decorate(manifest: Manifest, variant: Variant, workspace: Workspace) -> Mapping[str, Any] | None:
    """The label by which ModelMesh serves a namespace other than its controller's own."""
    if manifest.kind != "Namespace" or "modelmesh" not in variant.values.get("modes", ()):
        return None
    return {"metadata": {"labels": {"modelmesh-enabled": "true"}}}


TARGET = Target(
    name="modelmesh",
    kinds=frozenset({"Model", "Runtime"}),
    folder=PurePath(__file__).parent,
    pieces=pieces,
    shared=shared,
    decorate=decorate,
    modes=frozenset({"modelmesh"}),
)
