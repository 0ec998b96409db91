"""`buildMetadata`: where objects come from, told in labels and annotations (api/resource/origin.go)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from modelwright.kustomize.nodes import Map, put, text_node
from modelwright.kustomize.refusal import At
from modelwright.kustomize.resource import ORIGIN, TRANSFORMATIONS, Resource, Resources

MANAGED_BY = "kustomize-v5.8.1"
"""The release whose ways this builder follows."""


def annotate(resources: Resources, at: At) -> None:
    """`managedByLabel`: say which kustomize built the objects."""
    for item in resources:
        metadata = item.metadata(at)
        labels = metadata.get("labels")
        if not isinstance(labels, Map):
            labels = Map(at)
            metadata["labels"] = labels
        put(labels, "app.kubernetes.io/managed-by", text_node(MANAGED_BY, at))


def tell(resources: Resources, options: Sequence[str]) -> None:
    """`originAnnotations` and `transformerAnnotations`."""
    for item in resources:
        if "originAnnotations" in options and item.origin is not None:
            _annotation(item, ORIGIN, "".join(f"{line}\n" for line in _lines(item.origin)))
        if "transformerAnnotations" in options and item.transformations:
            entries = []
            for step in item.transformations:
                lines = _lines(step)
                entries += [f"- {lines[0]}\n", *(f"  {line}\n" for line in lines[1:])]
            _annotation(item, TRANSFORMATIONS, "".join(entries))


def _annotation(item: Resource, key: str, text: str) -> None:
    metadata = item.metadata(item.at)
    held = metadata.get("annotations")
    if not isinstance(held, Map):
        held = Map(item.at)
        metadata["annotations"] = held
    held[key] = text_node(text, item.at)


def _lines(origin: Mapping[str, object]) -> list[str]:
    lines = []
    for key, value in origin.items():
        if isinstance(value, Mapping):
            lines += [f"{key}:", *(f"  {name}: {text}" for name, text in value.items())]
        else:
            lines.append(f"{key}: {clean_trail(str(value))}")
    return lines


def clean_trail(path: str) -> str:
    """A path as Go's `filepath.Join` leaves it: steps up stay only at its start."""
    up: list[str] = []
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            if parts:
                parts.pop()
            else:
                up.append(part)
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(up + parts) or "."
