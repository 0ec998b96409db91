"""What the dashboard shows of an object, and how our words give way to the author's own."""

from __future__ import annotations

from collections.abc import Mapping

from modelwright.expand.template import Derived
from modelwright.model import Manifest
from modelwright.typed import Any

DASHBOARD = {"opendatahub.io/dashboard": "true"}
"""The label that the dashboard lists objects by."""


def shown(words: Mapping[str, Any], at: tuple[str, ...] = ("metadata",)) -> dict[str, Any]:
    """Annotations from a blueprint's title and description."""
    found = {"openshift.io/display-name": "title", "openshift.io/description": "description"}
    return {key: Derived(str(words[word]), ((*at, word),)) for key, word in found.items() if words.get(word)}


def unsaid(manifest: Manifest, field: str, words: Mapping[str, Any]) -> dict[str, Any]:
    """Those of `words` that the object's `field` (labels or annotations) does not say already."""
    there = (manifest.data.get("metadata") or {}).get(field) or {}
    return {key: value for key, value in words.items() if key not in there}


def metadata(manifest: Manifest, labels: Mapping[str, Any], annotations: Mapping[str, Any]) -> dict[str, Any]:
    """A patch of an object's metadata that leaves what is there."""
    parts = {"labels": unsaid(manifest, "labels", labels), "annotations": unsaid(manifest, "annotations", annotations)}
    return {field: words for field, words in parts.items() if words}
