"""An InferenceService as the dashboard writes it, and the objects that ask callers for a token."""

from __future__ import annotations

from collections.abc import Mapping

from modelwright.expand.template import Derived
from modelwright.model import Manifest, Path, Variant, minor
from modelwright.resolve.workspace import Workspace
from modelwright.targets import Piece
from modelwright.targets.opendatahub import connections
from modelwright.targets.opendatahub.display import DASHBOARD, metadata, shown
from modelwright.typed import Any

GENERATIVE = frozenset({"vLLM", "caikit"})
"""Formats of the runtimes for generative models (odh-model-controller config/runtimes, annotation model-type)."""

VISIBILITY = "networking.kserve.io/visibility"
REGISTRY = {"model": "registered-model-id", "version": "model-version-id"}
TOKEN = "default-name"
"""What the dashboard calls a model's first token."""


def inference_service(manifest: Manifest, variant: Variant, workspace: Workspace) -> dict[str, Any]:
    """Display, access, connection and hardware profile of a model."""
    words = variant.values["spec"]
    annotations = shown(variant.values["metadata"])
    labels = {**DASHBOARD, **_registry(words)}
    if minor(workspace.environments[variant.environment].cluster.release.open_data_hub) >= (3, 0):
        annotations["opendatahub.io/model-type"] = _model_type(words)
    mode = workspace.mode(variant)
    if mode == "modelmesh":
        return {"metadata": metadata(manifest, labels, annotations)}
    named, predictor = connections.named(manifest, variant, workspace)
    found, further = _profile(variant)
    annotations = {**annotations, **_access(words), **named, **found}
    patch = metadata(manifest, labels, annotations)
    visibility = (words.get("access") or {}).get("visibility")
    if visibility and mode != "knative" and VISIBILITY not in (variant.values["metadata"].get("labels") or {}):
        # Routes are made only for services so labelled (odh-model-controller, reconciler of raw routes).
        source = (("spec", "access", "visibility"),)
        patch.setdefault("labels", {})[VISIBILITY] = Derived("exposed", source) if visibility == "external" else None
    over = {**predictor, **further}
    return {"metadata": patch, **({"spec": {"predictor": over}} if over else {})}


def _model_type(words: Mapping[str, Any]) -> Any:
    name = (words.get("format") or {}).get("name")
    return Derived("generative" if name in GENERATIVE else "predictive", (("spec", "format"),))


def _access(words: Mapping[str, Any]) -> dict[str, Any]:
    access: Mapping[str, Any] = words.get("access") or {}
    auth, timeout = access.get("auth"), access.get("timeout")
    found = {}
    if auth is not None:
        key = "security.opendatahub.io/enable-auth"
        found[key] = Derived("true" if auth else "false", (("spec", "access", "auth"),))
    if timeout:
        found["haproxy.router.openshift.io/timeout"] = Derived(timeout, (("spec", "access", "timeout"),))
    return found


def _registry(words: Mapping[str, Any]) -> dict[str, Any]:
    entry = words.get("registry") or {}
    return {
        f"modelregistry.opendatahub.io/{label}": Derived(str(entry[word]), (("spec", "registry", word),))
        for word, label in REGISTRY.items()
        if entry.get(word)
    }


def profile(variant: Variant) -> tuple[Mapping[str, Any], Path]:
    """The hardware profile a model is placed by, its own or its size's, and the word that names it."""
    for values, at in ((variant.values["spec"], ("spec",)), (variant.values["size"], ("size",))):
        found = values.get("hardwareProfile")
        if found:
            return ({"name": found} if isinstance(found, str) else found), (*at, "hardwareProfile")
    return {}, ()


def _profile(variant: Variant) -> tuple[dict[str, Any], dict[str, Any]]:
    """Annotations that name the profile, and a patch of `predictor` without what the profile brings itself.

    The webhook puts a profile's tolerations before those that are there (odh-model-controller
    internal/webhook/serving): the cluster's own for GPUs are left to it.
    """
    found, at = profile(variant)
    keys = ("name", "namespace")
    annotations = {
        f"opendatahub.io/hardware-profile-{key}": Derived(found[key], ((*at, key), at)) for key in keys if found.get(key)
    }
    stated = (variant.values["spec"].get("tolerations"), variant.values["size"].get("tolerations"))
    return annotations, {"tolerations": None} if found and stated == (None, None) else {}


def token(variant: Variant, workspace: Workspace) -> tuple[Piece, ...]:
    """The account that may call a model which asks for a token, its role, and the Secret that will hold the token."""
    release = workspace.environments[variant.environment].cluster.release
    auth = (variant.values["spec"].get("access") or {}).get("auth")
    if not auth or not release.open_data_hub or workspace.mode(variant) == "modelmesh":
        return ()
    name = variant.document.name
    source = (("metadata", "name"), ("spec", "access", "auth"))
    access = {
        word: Derived(text, source)
        for word, text in {
            "model": name,
            "account": f"{name}-sa",
            "role": f"{name}-view-role",
            "binding": f"{name}-view",
            "secret": f"{TOKEN}-{name}-sa",
            "token": TOKEN,
        }.items()
    }
    return (Piece("token.yaml.j2", {"access": access}),)
