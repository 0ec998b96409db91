"""Open Data Hub over the platforms it carries: what its dashboard, webhooks and controllers read from objects.

It decorates what other targets make, and makes a model's token objects itself; templates stay those of others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import PurePath

from modelwright.model import Manifest, Variant
from modelwright.resolve.workspace import Workspace
from modelwright.targets import Pieces, Target, is_map
from modelwright.targets.opendatahub import connections, models, projects, runtimes, words
from modelwright.typed import Any

Patch = Mapping[str, Any]

DECORATIONS: Mapping[str, Callable[[Manifest, Variant, Workspace], Patch | None]] = {
    "ExternalSecret": connections.external_secret,
    "SealedSecret": connections.sealed_secret,
    "InferenceService": models.inference_service,
    "Namespace": projects.namespace,
    "ServingRuntime": runtimes.serving_runtime,
    "ClusterServingRuntime": runtimes.serving_runtime,
}
"""Kind -> what is laid over it."""


MAPS = (("predictor", "model", "storage"), ("encryptedData",))
"""Paths below `spec` along which decorations look for maps."""


def decorate(manifest: Manifest, variant: Variant, workspace: Workspace) -> Patch | None:
    """What Open Data Hub reads from this object, where the environment's cluster runs it."""
    over = DECORATIONS.get(manifest.kind)
    if over is None or not workspace.environments[variant.environment].cluster.release.open_data_hub:
        return None
    # A workspace's own template may make anything, for the judge to tell.
    whole = all(is_map(manifest.data, "spec", *path) for path in MAPS)
    return over(manifest, variant, workspace) if whole else None


def pieces(variant: Variant, workspace: Workspace) -> Pieces:
    """A model's token objects, and words that do something else than they say."""
    if variant.document.kind != "Model":
        return (), ()
    problems = tuple(words.problems(variant, workspace))
    return models.token(variant, workspace), problems


TARGET = Target(
    name="opendatahub",
    kinds=frozenset({"Model", "Runtime"}),
    folder=PurePath(__file__).parent,
    pieces=pieces,
    decorate=decorate,
)
