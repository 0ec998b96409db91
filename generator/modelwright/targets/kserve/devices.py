"""Devices of models on several nodes that KServe does not take for GPUs.

Source: kserve `pkg/utils/utils.go` (HasUnknownGpuResourceType, IsValidCustomGPUArray), `pkg/constants/constants.go`
(DefaultGPUResourceTypeList).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from modelwright.model import Path
from modelwright.rules.check import Row, Run
from modelwright.typed import Any

GPU_TYPES = "serving.kserve.io/gpu-resource-types"
"""Annotation: a list of further resources that are GPUs, as JSON."""
GPUS = ("nvidia.com/gpu", "amd.com/gpu", "intel.com/gpu", "habana.ai/gaudi")
_KNOWN = frozenset({"cpu", "memory", "storage", "ephemeral-storage", *GPUS})


def unknown_devices(service: Mapping[str, Any], run: Run) -> Iterator[Row]:
    """A row for each resource of a model on several nodes that is no GPU to KServe, once for a container; or one for
    an annotation that is no list of names. `service` is an InferenceService with a `workerSpec`."""
    annotations = _annotations(service)
    for above, container in _asked(service["spec"]["predictor"]):
        for path, message, hint in unknown_gpus(container, annotations):
            if path is None:
                yield ("metadata", "annotations", GPU_TYPES), message, hint
                return
            yield (*above, *path), message, hint


def unknown_gpus(container: Mapping[str, Any], annotations: Any) -> Iterator[tuple[Path | None, str, str]]:
    """Rows `(path below the container, message, hint)`; the path is None where the annotation itself is wrong.

    `annotations` are those that may name further types (HasUnknownGpuResourceType in kserve pkg/utils, from 0.15).
    """
    more = annotations.get(GPU_TYPES) if isinstance(annotations, Mapping) else None
    known = _KNOWN
    if more:
        named = _json_texts(more)
        if named is None:
            yield None, f"annotation `{GPU_TYPES}` is no list of texts in JSON", """write it as '["nvidia.com/mig-1g.5gb"]'"""
            return
        known = known.union(named)
    told = set()
    resources = container.get("resources")
    for part in ("limits", "requests"):
        amounts = resources.get(part) if isinstance(resources, dict) else None
        for resource in amounts if isinstance(amounts, dict) else ():
            if resource not in known and resource not in told:
                told.add(resource)
                message = f"over several nodes KServe knows no resource `{resource}`"
                yield ("resources", part, resource), message, f"if it is a GPU, name it in annotation `{GPU_TYPES}`"


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


def _json_texts(text: Any) -> list[str] | None:
    """The texts of a list in JSON, one or more and none of them empty; None where it is none."""
    import json

    try:
        found = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return None
    good = isinstance(found, list) and found and all(isinstance(each, str) and each for each in found)
    return found if good else None
