"""What Open Data Hub's webhooks leave of a model, as far as the model itself tells."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from modelwright.rules.check import Run
from modelwright.rules.releases import Facts
from modelwright.targets.opendatahub.admission import foreign_address, unwanted_model
from modelwright.targets.opendatahub.defaulting import default_inference_service
from modelwright.targets.pipelines.parameters import unreadable

HUB = Facts(kserve="0.20", open_data_hub="3.5")
CONNECTED = {"opendatahub.io/connections": "store"}


def _model(model: Any, annotations: Any, **predictor: Any) -> dict[str, Any]:
    metadata = {"name": "iris", "namespace": "team", "annotations": annotations}
    return {"apiVersion": "serving.kserve.io/v1beta1", "kind": "InferenceService", "metadata": metadata, "spec": {"predictor": {"model": model, **predictor}}}


def test_a_connection_names_its_secret_and_its_path() -> None:
    stated = _model({"modelFormat": {"name": "onnx"}}, {**CONNECTED, "opendatahub.io/connection-path": "models/iris"})
    before = copy.deepcopy(stated)
    made = default_inference_service(stated, HUB)
    assert made.object["spec"]["predictor"]["model"]["storage"] == {"key": "store", "path": "models/iris"}
    assert made.findings == ()
    assert stated == before


def test_the_path_that_is_said_stays() -> None:
    stated = _model({"storage": {"path": "mine", "key": "store"}}, {**CONNECTED, "opendatahub.io/connection-path": "models/iris"})
    assert default_inference_service(stated, HUB).object == stated


def test_images_get_the_connection_as_a_pull_secret() -> None:
    made = default_inference_service(_model({"storageUri": "oci://quay.io/me/iris:1"}, CONNECTED), HUB)
    assert made.object["spec"]["predictor"]["imagePullSecrets"] == [{"name": "store"}]
    assert made.findings == ()


def test_a_profile_is_of_the_models_namespace_unless_said() -> None:
    name, namespace = "opendatahub.io/hardware-profile-name", "opendatahub.io/hardware-profile-namespace"
    assert default_inference_service(_model({}, {name: "gpu"}), HUB).object["metadata"]["annotations"] == {name: "gpu", namespace: "team"}
    stated = _model({}, {name: "gpu", namespace: "platform"})
    assert default_inference_service(stated, HUB).object == stated


@pytest.mark.parametrize(
    ("stated", "facts"),
    [
        (_model({"storage": {"key": "other"}}, CONNECTED), Facts(kserve="0.20")),
        (_model({"storage": {"key": "other"}}, {}), HUB),
        (_model({"storageUri": "s3://a/b"}, CONNECTED), HUB),
        (_model({"storageUri": "s3://a/b"}, {"opendatahub.io/connections": ""}), HUB),
    ],
    ids=["elsewhere", "without a connection", "an address, whose type the Secret knows", "a connection without name"],
)
def test_what_is_left_as_it_is(stated: dict[str, Any], facts: Facts) -> None:
    assert default_inference_service(stated, facts).object is stated


@pytest.mark.parametrize("value", [None, 1, "a", True, [], [1, None, {}, []], {}, {"a": 1}])
def test_any_value_may_stand_anywhere(value: Any) -> None:
    for stated in (
        {"metadata": value, "spec": value},
        {"metadata": {"annotations": value}},
        {"metadata": {"annotations": {**CONNECTED, "opendatahub.io/connection-path": value}}, "spec": {"predictor": {"model": {}}}},
        {"metadata": {"annotations": {"opendatahub.io/hardware-profile-name": value}, "namespace": value}},
        _model(value, CONNECTED),
        _model({"storage": value}, CONNECTED),
        _model({"storage": {"key": value, "path": value}}, CONNECTED),
        _model({"storageUri": "oci://a"}, CONNECTED, imagePullSecrets=value),
        _model({"storageUri": value}, {"opendatahub.io/connections": value}),
    ):
        default_inference_service(stated, HUB)
    run = Run({"metadata": value}, "", "", True, HUB)
    list(unwanted_model({"name": value, "namespace": value}, run))
    list(foreign_address(value, run))
    list(foreign_address("http://a.b.svc", run))
    list(unreadable(value, run))
