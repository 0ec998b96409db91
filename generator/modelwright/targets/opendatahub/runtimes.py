"""A serving runtime in the form the dashboard gives it when it copies a template into a project."""

from __future__ import annotations

import json
from collections.abc import Mapping

from modelwright.expand.template import Derived
from modelwright.model import Manifest, Variant
from modelwright.resolve.workspace import Workspace
from modelwright.targets.opendatahub.display import DASHBOARD, metadata, shown
from modelwright.typed import Any


def serving_runtime(manifest: Manifest, variant: Variant, workspace: Workspace) -> dict[str, Any]:
    """Labels and annotations of a runtime; `multiModel` is always said in templates (odh-model-controller config/runtimes)."""
    own = variant.values["metadata"]
    words: Mapping[str, Any] = variant.values["spec"].get("template") or {}
    accelerators = words.get("accelerators")
    stated = {
        "openshift.io/display-name": ("displayName", words.get("displayName")),
        "opendatahub.io/template-name": ("name", words.get("name")),
        "opendatahub.io/template-display-name": ("displayName", words.get("displayName")),
        "opendatahub.io/recommended-accelerators": ("accelerators", None if accelerators is None else json.dumps(accelerators)),
        "opendatahub.io/apiProtocol": ("apiProtocol", words.get("apiProtocol")),
        "opendatahub.io/runtime-version": ("version", words.get("version")),
        "opendatahub.io/serving-runtime-scope": ("scope", words.get("scope")),
    }
    template = {key: Derived(value, (("spec", "template", word),)) for key, (word, value) in stated.items() if value}
    patch: dict[str, Any] = {"metadata": metadata(manifest, DASHBOARD, {**template, **shown(own)})}
    if "multiModel" not in (manifest.data.get("spec") or {}):
        patch["spec"] = {"multiModel": False}
    return patch
