"""ModelMesh's own rules, one object per rule: what its webhook refuses, its controllers refuse, and nobody reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from modelwright.judge import judge_document
from modelwright.model import Release
from modelwright.yamlio import read

SHARED = Path(__file__).parents[3] / "shared"
RELEASE = Release("1.31", "0.15")
SERVING = "serving.kserve.io/"


def found(data: dict[str, Any], release: Release = RELEASE) -> list[tuple[str, str]]:
    """Codes of ModelMesh with the place each is about."""
    return [(code, ".".join(map(str, path))) for code, path, *_ in judge_document(data, release) if code.startswith("MW7")]


def runtime(annotations: dict[str, str] | None = None, container: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "serving.kserve.io/v1alpha1",
        "kind": "ServingRuntime",
        "metadata": {"name": "r", "annotations": {f"{SERVING}{key}": value for key, value in (annotations or {}).items()}},
        "spec": {
            "multiModel": True,
            "supportedModelFormats": [{"name": "x", "version": "1"}],
            "containers": [{"name": "mlserver", "image": "i", **(container or {})}],
            **spec,
        },
    }


def model(annotations: dict[str, str] | None = None, **predictor: Any) -> dict[str, Any]:
    words = {"deploymentMode": "ModelMesh", **(annotations or {})}
    return {
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "metadata": {"name": "m", "annotations": {f"{SERVING}{key}": value for key, value in words.items()}},
        "spec": {"predictor": predictor},
    }


CLASS = "metadata.annotations.serving.kserve.io/autoscalerClass"


@pytest.mark.parametrize(
    ("annotations", "spec", "place"),
    [
        ({"autoscalerClass": "kpa"}, {}, CLASS),
        ({"autoscalerClass": "hpa", "metrics": "rps"}, {}, "metadata.annotations.serving.kserve.io/metrics"),
        ({"targetUtilizationPercentage": "101"}, {}, "metadata.annotations.serving.kserve.io/targetUtilizationPercentage"),
        ({"targetUtilizationPercentage": "0.5"}, {}, "metadata.annotations.serving.kserve.io/targetUtilizationPercentage"),
        ({"autoscalerClass": "hpa"}, {"replicas": 2}, "spec.replicas"),
        ({"autoscalerClass": "hpa", "min-scale": "0", "max-scale": "2"}, {}, "metadata.annotations.serving.kserve.io/min-scale"),
        ({"autoscalerClass": "hpa", "min-scale": "2"}, {}, "metadata.annotations.serving.kserve.io/min-scale"),
        ({"autoscalerClass": "hpa", "min-scale": "3", "max-scale": "2"}, {}, "metadata.annotations.serving.kserve.io/max-scale"),
        ({"autoscalerClass": "hpa", "max-scale": "many"}, {}, "metadata.annotations.serving.kserve.io/max-scale"),
    ],
)
def test_the_webhook_refuses(annotations: dict[str, str], spec: dict[str, Any], place: str) -> None:
    assert found(runtime(annotations, **spec)) == [("MW702", place)]
    assert "MW702" not in {code for code, _ in found(runtime(annotations, **{**spec, "multiModel": False}))}


@pytest.mark.parametrize(
    "annotations",
    [
        {"autoscalerClass": "hpa", "metrics": "memory", "targetUtilizationPercentage": "100", "min-scale": "2", "max-scale": "2"},
        {"autoscalerClass": "hpa"},
        {"min-scale": "5", "max-scale": "2"},
    ],
)
def test_the_webhook_takes(annotations: dict[str, str]) -> None:
    assert found(runtime(annotations)) == []


@pytest.mark.parametrize(
    ("container", "spec", "place"),
    [
        ({}, {"builtInAdapter": {"serverType": "mlservr"}}, "spec.builtInAdapter.serverType"),
        ({}, {"builtInAdapter": {"serverType": "triton"}}, "spec.builtInAdapter.serverType"),
        ({"name": "mm"}, {}, "spec.containers.0.name"),
        ({"name": "mm-own"}, {}, "spec.containers.0.name"),
        ({"readinessProbe": {"httpGet": {"port": 1}}}, {}, "spec.containers.0.readinessProbe"),
        ({"lifecycle": {}}, {}, "spec.containers.0.lifecycle"),
        ({"ports": [{"name": "prometheus", "containerPort": 1}]}, {}, "spec.containers.0.ports.0.name"),
        ({"ports": [{"containerPort": 1}, {"containerPort": 11899}]}, {}, "spec.containers.0.ports.1.containerPort"),
        ({}, {"volumes": [{"name": "models-dir", "emptyDir": {}}]}, "spec.volumes.0.name"),
        ({}, {"volumes": [{"name": "mm-x", "emptyDir": {}}]}, "spec.volumes.0.name"),
    ],
)
def test_the_controller_refuses(container: dict[str, Any], spec: dict[str, Any], place: str) -> None:
    assert found(runtime(None, container, **spec)) == [("MW703", place)]
    assert found(runtime(None, container, **spec, disabled=True)) == []


@pytest.mark.parametrize("odd", [None, 3, "x", [], [3], {}, {"name": []}, [{"name": [], "ports": [{"name": [], "containerPort": {}}]}]])
def test_values_of_any_shape_are_left_to_the_schema(odd: Any) -> None:
    for field in ("containers", "volumes", "builtInAdapter", "replicas"):
        found(runtime({"autoscalerClass": "hpa"}, **{field: odd}))
    for field in ("model", "sklearn", "containers"):
        found(model(**{field: odd}))


def test_a_runtime_made_for_kserve_is_not_held_to_it() -> None:
    assert found(runtime(None, {"name": "kserve-container", "ports": [{"containerPort": 8080}]})) == []


def test_a_release_without_modelmesh_has_no_such_rules() -> None:
    assert found(runtime({"autoscalerClass": "kpa"}), Release("1.33", "0.20", "3.5")) == []


MODEL = {"modelFormat": {"name": "onnx"}, "storageUri": "s3://b/m"}


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        (model(model=MODEL), []),
        (model(sklearn={"storageUri": "pvc://p/m", "protocolVersion": "v2"}), []),
        (model(model={**MODEL, "name": "", "resources": {}}), []),
        (model(model={"modelFormat": {"name": "onnx"}, "storage": {"key": "k", "path": ""}}), []),
        (model(model=MODEL, minReplicas=2), [("MW700", "spec.predictor.minReplicas")]),
        (model(model={**MODEL, "args": ["x"]}), [("MW700", "spec.predictor.model.args")]),
        (model(model=MODEL, sklearn={"storageUri": "s3://b/m"}), [("MW765", "spec.predictor")]),
        (model(containers=[{"name": "x", "image": "i"}]), [("MW701", "spec.predictor.containers")]),
        (model(model={"modelFormat": {"name": "onnx"}}), [("MW701", "spec.predictor.model")]),
        (model(model={**MODEL, "storage": {"path": "m"}}), [("MW701", "spec.predictor.model.storageUri")]),
        (model(model={**MODEL, "storageUri": "hf://me/m"}), [("MW701", "spec.predictor.model.storageUri")]),
        (
            model({"servingRuntime": "r"}, model={**MODEL, "runtime": "r"}),
            [("MW701", "metadata.annotations.serving.kserve.io/servingRuntime")],
        ),
    ],
)
def test_a_model(data: dict[str, Any], wanted: list[tuple[str, str]]) -> None:
    assert found(data) == wanted


def test_a_model_served_by_kserve_is_not_held_to_it() -> None:
    data = model(containers=[{"name": "kserve-container", "image": "i"}])
    data["metadata"]["annotations"] = {f"{SERVING}deploymentMode": "RawDeployment"}
    assert found(data) == []


def test_what_modelmesh_itself_brings_is_clean() -> None:
    folder = SHARED / "data" / "modelmesh" / "v0.12.0"
    if not folder.is_dir():
        pytest.skip("ModelMesh's own manifests are not beside this checkout")
    kinds = ("ServingRuntime", "ClusterServingRuntime", "InferenceService")
    objects = [d for f in sorted(folder.rglob("*.yaml")) for d in read(f.read_text(), f.name)[0] if d and d.get("kind") in kinds]
    assert len(objects) >= 12
    assert [each["metadata"]["name"] for each in objects if found(each)] == []
