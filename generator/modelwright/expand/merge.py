"""JSON merge patch (RFC 7396) over data: null deletes, maps merge, all else is replaced."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def merge(base: Any, patch: Any) -> Any:
    """`base` with `patch` merged over it; neither is changed."""
    if not isinstance(patch, Mapping):
        return patch
    merged = dict(base) if isinstance(base, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge(merged.get(key), value)
    return merged
