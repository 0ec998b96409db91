"""What ModelMesh's webhook refuses, what its controllers refuse later, and what it reads nothing of.

Only the webhook speaks at apply; the rest shows in a status, or nowhere. Sources, all in modelmesh-serving 0.12:
controllers/servingruntime_webhook.go, controllers/servingruntime_validator.go, and
pkg/predictor_source/inferenceservice_registry.go for models.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from modelwright.judge.names import Note
from modelwright.model import Path
from modelwright.problems import Effect, closest

SERVING = "serving.kserve.io"
RUNTIMES = frozenset({"ServingRuntime", "ClusterServingRuntime"})
FRAMEWORKS = frozenset(
    {"sklearn", "xgboost", "lightgbm", "tensorflow", "onnx", "pytorch", "triton", "pmml", "huggingface", "paddle"}
)
MODEL_FIELDS = frozenset({"modelFormat", "protocolVersion", "runtime", "storageUri", "storage", "name"})
SCHEMES = ("pvc://", "s3://", "gs://", "http://", "https://")

SERVER_TYPES = ("mlserver", "ovms", "torchserve", "triton")
"""Adapters that are built in (config/controller/manager ConfigMap, `builtInServerTypes`)."""

CONTAINER_NAMES = frozenset({"mm", "rest-proxy", "puller"})
VOLUME_NAMES = frozenset({"etcd-config", "models-dir", "domain-socket", "storage-config", "tc-config"})
PORT_NAMES = frozenset({"grpc", "http", "prometheus"})
PORTS = frozenset({8080, 8085, 8089, 8090, *range(11881, 11900)})
PREFIX = "mm-"
"""Reserved for ModelMesh's own containers and volumes."""

EFFECTS: Mapping[str, Effect] = {"MW700": "ignored", "MW701": "broken", "MW702": "rejected", "MW703": "broken"}


def notes(data: Mapping[str, Any], kind: str) -> Iterator[Note]:
    """What is wrong with an InferenceService in ModelMesh mode, or with a multi-model runtime."""
    annotations = _map(_map(data.get("metadata")).get("annotations"))
    spec = _map(data.get("spec"))
    if kind in RUNTIMES and spec.get("multiModel") is True:
        yield from _autoscaling(annotations, spec)
        if spec.get("disabled") is not True:
            yield from _pods(spec)
    elif kind == "InferenceService" and annotations.get(f"{SERVING}/deploymentMode") == "ModelMesh":
        yield from _model(annotations, _map(spec.get("predictor")), spec)


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _items(value: Any) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for index, item in enumerate(value if isinstance(value, list) else ()):
        if isinstance(item, Mapping):
            yield index, item


def _model(annotations: Mapping[str, Any], predictor: Mapping[str, Any], spec: Mapping[str, Any]) -> Iterator[Note]:
    blocks = [word for word in predictor if word == "model" or word in FRAMEWORKS]
    at: Path = ("spec", "predictor")
    if len(blocks) != 1:
        what = " and ".join(f"`{word}`" for word in blocks) or "no model"
        yield "MW701", at, f"ModelMesh serves one model of a format; here is {what}", "say one `model`"
        return
    (block,) = blocks
    if "explainer" in spec:
        yield "MW700", ("spec", "explainer"), "ModelMesh ignores `explainer`", ""
    for field in predictor:
        if field != block:
            yield "MW700", (*at, field), f"ModelMesh ignores `{field}`", "models share the pods of their runtime: say it there"
    model = _map(predictor[block])
    for field in model:
        if field not in MODEL_FIELDS and model[field] not in ({}, [], None, ""):
            yield "MW700", (*at, block, field), f"ModelMesh ignores `{field}`", "models share the pods of their runtime: say it there"
    if model.get("runtime") and f"{SERVING}/servingRuntime" in annotations:
        path = ("metadata", "annotations", f"{SERVING}/servingRuntime")
        yield "MW701", path, "the runtime is named twice, here and in `runtime`", "keep `runtime`"
    yield from _files(model, (*at, block))


def _files(model: Mapping[str, Any], at: Path) -> Iterator[Note]:
    uri, path = model.get("storageUri"), _map(model.get("storage")).get("path")
    if uri and path:
        yield "MW701", (*at, "storageUri"), "the model's files are said twice, by `storageUri` and by `storage.path`", "keep one"
    elif not uri and path is None:
        yield "MW701", at, "ModelMesh is not told where the model's files are", "say `storageUri`, or `storage` with its `path`"
    elif isinstance(uri, str) and uri and not uri.startswith(SCHEMES):
        known = ", ".join(SCHEMES)
        yield "MW701", (*at, "storageUri"), f"ModelMesh cannot fetch `{uri[:80]}`", f"it knows {known}"


def _autoscaling(annotations: Mapping[str, Any], spec: Mapping[str, Any]) -> Iterator[Note]:
    def at(word: str) -> Path:
        return "metadata", "annotations", f"{SERVING}/{word}"

    said = {str(key).removeprefix(f"{SERVING}/"): str(value) for key, value in annotations.items()}
    scaler, target = said.get("autoscalerClass"), said.get("targetUtilizationPercentage")
    if scaler is not None and scaler != "hpa":
        yield "MW702", at("autoscalerClass"), f"ModelMesh knows no autoscaler `{scaler}`", "write `hpa`"
    if target is not None and not 1 <= _whole(target) <= 100:
        yield "MW702", at("targetUtilizationPercentage"), f"`{target}` is no percentage from 1 to 100", ""
    if scaler != "hpa":
        return
    metric = said.get("metrics")
    if metric is not None and metric not in ("cpu", "memory"):
        yield "MW702", at("metrics"), f"ModelMesh does not scale by `{metric}`", "write `cpu` or `memory`"
    if spec.get("replicas") is not None:
        yield "MW702", ("spec", "replicas"), "`replicas` are said beside an autoscaler", "drop one of the two"
    least, most = said.get("min-scale", "1"), said.get("max-scale", "1")
    if _whole(least) < 1:
        yield "MW702", at("min-scale"), f"`{least}` is no number of pods from 1 on", ""
    elif _whole(most) < _whole(least):
        word = "max-scale" if "max-scale" in said else "min-scale"
        yield "MW702", at(word), f"at least {least} pods are more than at most {most}", "say `max-scale` (1 where absent)"


def _whole(text: str) -> int:
    return int(text) if text.lstrip("+-").isascii() and text.lstrip("+-").isdigit() and len(text) < 10 else -1


def _pods(spec: Mapping[str, Any]) -> Iterator[Note]:
    names = [container.get("name") for _, container in _items(spec.get("containers"))]
    if "kserve-container" in names:
        return  # made for KServe, which serves it to models that name it, whatever `multiModel` says
    server = _map(spec.get("builtInAdapter")).get("serverType")
    if server is not None:
        at: Path = ("spec", "builtInAdapter", "serverType")
        if server not in SERVER_TYPES:
            near = closest(str(server), list(SERVER_TYPES))
            hint = f"did you mean `{near}`?" if near else f"built in: {', '.join(SERVER_TYPES)}"
            yield "MW703", at, f"ModelMesh has no built-in adapter `{server}`", hint
        elif server not in names:
            yield "MW703", at, f"the adapter looks for a container called `{server}`", f"call the server's container `{server}`"
    for index, container in _items(spec.get("containers")):
        yield from _container(container, ("spec", "containers", index))
    for index, volume in _items(spec.get("volumes")):
        name = str(volume.get("name"))
        if name in VOLUME_NAMES or name.startswith(PREFIX):
            yield "MW703", ("spec", "volumes", index, "name"), f"ModelMesh keeps the volume name `{name}` for itself", "choose another name"


def _container(container: Mapping[str, Any], at: Path) -> Iterator[Note]:
    name = str(container.get("name"))
    if name in CONTAINER_NAMES or name.startswith(PREFIX):
        yield "MW703", (*at, "name"), f"ModelMesh keeps the container name `{name}` for itself", "choose another name"
    for field in ("readinessProbe", "lifecycle"):
        if container.get(field) is not None:
            yield "MW703", (*at, field), f"ModelMesh refuses containers with a `{field}`: it has its own", "drop it"
    for index, port in _items(container.get("ports")):
        called, number = port.get("name"), port.get("containerPort")
        if isinstance(called, str) and called in PORT_NAMES:
            path: Path = (*at, "ports", index, "name")
            yield "MW703", path, f"ModelMesh keeps the port name `{called}` for itself", "choose another name"
        elif isinstance(number, int) and number in PORTS:
            path = (*at, "ports", index, "containerPort")
            yield "MW703", path, f"ModelMesh keeps port {number} for itself", "let the server listen elsewhere"
