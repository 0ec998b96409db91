"""Metrics of autoscalers.

Source: kubernetes/kubernetes `pkg/apis/autoscaling/validation/validation.go` (validateMetricSpec).
"""

from __future__ import annotations

from collections.abc import Iterator

from modelwright.rules.check import Row, Run
from modelwright.typed import Any

_SOURCES = {
    "Object": "object",
    "Pods": "pods",
    "Resource": "resource",
    "ContainerResource": "containerResource",
    "External": "external",
}


def metric(value: Any, run: Run) -> Iterator[Row]:
    """A metric: the block that its type names, and no other."""
    kind = value.get("type") if isinstance(value, dict) else None
    wanted = _SOURCES.get(kind) if isinstance(kind, str) else None
    if wanted is None:
        return
    if wanted not in value:
        yield (wanted,), f"`type: {kind}` needs `{wanted}`", ""
        return
    for word in _SOURCES.values():
        if word != wanted and word in value:
            yield (word,), f"`type: {kind}` takes no `{word}`", "write it as a metric of its own"
            return
