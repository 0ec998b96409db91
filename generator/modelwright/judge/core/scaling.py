"""Metrics of autoscalers.

Source: kubernetes/kubernetes `pkg/apis/autoscaling/validation/validation.go` (validateMetricSpec).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from modelwright.rules.check import Row, Run

_SOURCES = {
    "Object": "object",
    "Pods": "pods",
    "Resource": "resource",
    "ContainerResource": "containerResource",
    "External": "external",
}


def metric(value: Any, run: Run) -> Iterator[Row]:
    """A metric: the block that its type names, and no other."""
    wanted = _SOURCES.get(value.get("type")) if isinstance(value, dict) and isinstance(value.get("type"), str) else None
    if wanted is None:
        return
    if wanted not in value:
        yield (wanted,), f"`type: {value['type']}` needs `{wanted}`", ""
        return
    for word in _SOURCES.values():
        if word != wanted and word in value:
            yield (word,), f"`type: {value['type']}` takes no `{word}`", "write it as a metric of its own"
            return
