"""Sources of volumes.

Source: kubernetes/kubernetes `pkg/apis/core/validation/validation.go` (ValidatePersistentVolumeSpec,
validateProjectionSources).
"""

from __future__ import annotations

from collections.abc import Iterator

from modelwright.rules.check import Row, Run
from modelwright.typed import Any

_NOT_SOURCES = frozenset(
    ["accessModes", "capacity", "claimRef", "mountOptions", "nodeAffinity", "persistentVolumeReclaimPolicy", "storageClassName", "volumeAttributesClassName", "volumeMode"]
)


def persistent_source(value: Any, run: Run) -> Iterator[Row]:
    """The spec of a PersistentVolume."""
    if isinstance(value, dict):
        found = [word for word in value if word not in _NOT_SOURCES]
        if not found:
            yield (), "the volume has no source", "such as `csi`, `nfs` or `local`"
        elif len(found) > 1:
            yield (found[1],), f"the volume has several sources: {', '.join(found)[:100]}", "keep one"


def projected_paths(value: Any, run: Run) -> Iterator[Row]:
    """A projected volume: files of several sources at one path."""
    sources = value.get("sources")
    seen: set[str] = set()
    for index, source in enumerate(sources if isinstance(sources, list) else ()):
        for word in ("secret", "configMap", "downwardAPI"):
            block = source.get(word) if isinstance(source, dict) else None
            items = block.get("items") if isinstance(block, dict) else None
            for at, item in enumerate(items if isinstance(items, list) else ()):
                path = item.get("path") if isinstance(item, dict) else None
                if isinstance(path, str) and path:
                    if path in seen:
                        yield ("sources", index, word, "items", at, "path"), f"two files are at `{path[:80]}`", ""
                    seen.add(path)
