"""Devices of workers that KServe does not take for GPUs.

Source: kserve `pkg/utils/utils.go` (HasUnknownGpuResourceType, IsValidCustomGPUArray).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from modelwright.rules.check import Row, Run

ANNOTATION = "serving.kserve.io/gpu-resource-types"
"""A JSON list of more names."""
KNOWN = frozenset(
    ["cpu", "memory", "storage", "ephemeral-storage", "nvidia.com/gpu", "amd.com/gpu", "intel.com/gpu", "habana.ai/gaudi"]
)


def unknown_devices(service: Mapping[str, Any], run: Run) -> Iterator[Row]:
    """A row for each resource of a model on several nodes that is no GPU to KServe, once for a container; or one for
    an annotation that is no list of names. `service` is an InferenceService with a `workerSpec`."""
    predictor = service["spec"]["predictor"]
    asked = list(_asked(predictor))
    if not asked:
        return
    stated = _annotations(service).get(ANNOTATION)
    names = _names(stated) if isinstance(stated, str) and stated else []
    if names is None:
        yield ("metadata", "annotations", ANNOTATION), "this is no JSON list of resource names", 'write `["vendor.com/gpu"]`'
        return
    for path, container in asked:
        told = set()
        resources = container.get("resources")
        for part in ("limits", "requests"):
            amounts = resources.get(part) if isinstance(resources, dict) else None
            for name in amounts if isinstance(amounts, dict) else ():
                if name not in KNOWN and name not in names and name not in told:
                    told.add(name)
                    yield (
                        (*path, "resources", part, name),
                        f"KServe does not know `{name}` as a GPU, and takes nothing else for a model on several nodes",
                        f"name it in annotation `{ANNOTATION}`: '[\"{name}\"]'",
                    )


def _asked(predictor: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], Mapping[str, Any]]]:
    """The model's container and those of the workers, with their paths."""
    model, workers = predictor.get("model"), predictor.get("workerSpec")
    if isinstance(model, dict):
        yield ("spec", "predictor", "model"), model
    containers = workers.get("containers") if isinstance(workers, dict) else None
    for index, container in enumerate(containers if isinstance(containers, list) else ()):
        if isinstance(container, dict):
            yield ("spec", "predictor", "workerSpec", "containers", index), container


def _annotations(service: Mapping[str, Any]) -> Mapping[str, Any]:
    metadata = service.get("metadata")
    found = metadata.get("annotations") if isinstance(metadata, dict) else None
    return found if isinstance(found, dict) else {}


def _names(text: str) -> list[str] | None:
    """The names in a JSON list; None where it is no list of names, or an empty one."""
    import json

    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, list) or not found or not all(isinstance(each, str) and each for each in found):
        return None
    return found
