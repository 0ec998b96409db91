"""Sources of volumes.

Source: kubernetes/kubernetes `pkg/apis/core/validation/validation.go` (ValidatePersistentVolumeSpec).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from modelwright.rules.check import Row, Run

_NOT_SOURCES = frozenset(
    "accessModes capacity claimRef mountOptions nodeAffinity persistentVolumeReclaimPolicy storageClassName "
    "volumeAttributesClassName volumeMode".split()
)


def persistent_source(value: Any, run: Run) -> Iterator[Row]:
    """The spec of a PersistentVolume."""
    if isinstance(value, dict):
        found = [word for word in value if word not in _NOT_SOURCES]
        if not found:
            yield (), "the volume has no source", "such as `csi`, `nfs` or `local`"
        elif len(found) > 1:
            yield (found[1],), f"the volume has several sources: {', '.join(found)[:100]}", "keep one"
