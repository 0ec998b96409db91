"""What people are told of slips that were found in public manifests."""

from __future__ import annotations

from typing import Any

from modelwright.judge import judge
from modelwright.model import Manifest, Release


def said(kind: str, version: str, spec: dict[str, Any], annotations: dict[str, str] | None = None) -> list[tuple[str, str]]:
    data = {
        "apiVersion": f"serving.kserve.io/{version}",
        "kind": kind,
        "metadata": {"name": "one", **({"annotations": annotations} if annotations else {})},
        "spec": spec,
    }
    return [(problem.message, problem.hint) for problem in judge([Manifest(data)], Release("1.33", "0.20"))]


def test_a_template_names_a_field_without_its_way() -> None:
    spec = {"template": {"containers": [{"name": "main", "args": ["{{ .Parallelism.Tensor }}", "{{ .Metadata.Name }}"]}]}}
    assert [message for message, _ in said("LLMInferenceServiceConfig", "v1alpha2", spec)] == [
        "a service has no field `Parallelism`, only `.Spec.Parallelism`",
        "a service has no field `Metadata`",
    ]


def test_an_ingress_beside_a_route_is_to_be_dropped_alone() -> None:
    spec: dict[str, Any] = {"model": {"uri": "hf://a/b", "name": "b"}, "router": {"ingress": {}, "route": {}}}
    assert said("LLMInferenceService", "v1alpha2", spec)[0][1] == "drop `ingress`: the `route` is enough"
    del spec["router"]["route"]
    assert said("LLMInferenceService", "v1alpha2", spec)[0][1] == "drop `ingress`, and say `route: {}`"


def test_annotations_for_another_mode_are_counted() -> None:
    spec = {"predictor": {"model": {"modelFormat": {"name": "sklearn"}, "storageUri": "gs://a/b"}}}
    mode = {"serving.kserve.io/deploymentMode": "Standard"}
    tail = "nothing in Standard mode: only Knative reads such annotations"
    one = {**mode, "serving.knative.dev/visibility": "x"}
    assert said("InferenceService", "v1beta1", spec, one) == [(f"annotation `serving.knative.dev/visibility` does {tail}", "drop it")]
    several = {**one, "autoscaling.knative.dev/target": "7"}
    ((message, hint),) = said("InferenceService", "v1beta1", spec, several)
    assert message == f"annotation `serving.knative.dev/visibility` and 1 more do {tail}"
    assert hint == "say `minReplicas`, `maxReplicas`, `scaleMetric` or `scaleTarget` of the component"


def test_what_is_meant_for_the_models_server_belongs_to_the_model() -> None:
    spec = {
        "predictor": {
            "model": {"modelFormat": {"name": "vLLM"}, "storageUri": "gs://a/b"},
            "containers": [{"name": "kserve-container", "env": [{"name": "A", "value": "b"}]}],
        }
    }
    assert said("InferenceService", "v1beta1", spec)[0] == (
        "the predictor says more than one model: `model` and `kserve-container`",
        "keep one; what the model's server needs, such as `env`, is said in `model`",
    )
