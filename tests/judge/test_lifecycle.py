"""Deprecated and removed API versions say what replaces them, and since when."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from modelwright.judge import catalog, judge_document
from modelwright.judge.catalog import NATIVE_GROUPS, core_kind, core_minors
from modelwright.judge.lifecycle import ages, moved
from modelwright.model import Release

CRDS = Path(__file__).parents[3] / "shared" / "crds"


def told(api_version: str, kind: str, minor: str = "1.33", **versions: str) -> tuple[str, str, str]:
    """Code, message and hint of the one thing to say about an object's version."""
    release = Release(minor, versions.pop("kserve", "0.20"), **versions)
    data = {"apiVersion": api_version, "kind": kind, "metadata": {"name": "x"}}
    notes = [note for note in judge_document(data, release) if note[0] in ("MW140", "MW505", "MW506")]
    if not notes:
        return "", "", ""
    ((code, _, message, hint),) = notes
    return code, message, hint


GONE = [
    ("extensions/v1beta1", "Ingress", "1.33", "1.22", "write `apiVersion: networking.k8s.io/v1`"),
    ("extensions/v1beta1", "Deployment", "1.30", "1.16", "write `apiVersion: apps/v1`"),
    ("apps/v1beta2", "StatefulSet", "1.33", "1.16", "write `apiVersion: apps/v1`"),
    ("batch/v1beta1", "CronJob", "1.25", "1.25", "write `apiVersion: batch/v1`"),
    ("autoscaling/v2beta2", "HorizontalPodAutoscaler", "1.26", "1.26", "write `apiVersion: autoscaling/v2`"),
    ("flowcontrol.apiserver.k8s.io/v1beta1", "FlowSchema", "1.28", "1.26", "write `apiVersion: flowcontrol.apiserver.k8s.io/v1beta3`"),
    ("flowcontrol.apiserver.k8s.io/v1beta2", "FlowSchema", "1.33", "1.29", "write `apiVersion: flowcontrol.apiserver.k8s.io/v1`"),
    ("policy/v1beta1", "PodDisruptionBudget", "1.33", "1.25", "write `apiVersion: policy/v1`"),
    ("policy/v1beta1", "PodSecurityPolicy", "1.33", "1.25", "admission of pods is Pod Security's now: label the namespace `pod-security.kubernetes.io/enforce`"),
]


@pytest.mark.parametrize(("api", "kind", "minor", "removed", "hint"), GONE)
def test_what_is_gone(api: str, kind: str, minor: str, removed: str, hint: str) -> None:
    message = f"{kind} `{api}` is gone since Kubernetes {removed}; this cluster runs {minor}"
    assert told(api, kind, minor) == ("MW506", message, hint)


DEPRECATED = [
    ("v1", "Endpoints", "1.33", "Endpoints `v1` is deprecated since Kubernetes 1.33", "use EndpointSlice of `discovery.k8s.io/v1`"),
    ("v1", "ComponentStatus", "1.30", "ComponentStatus `v1` is deprecated since Kubernetes 1.19", ""),
    (
        "autoscaling/v2beta2",
        "HorizontalPodAutoscaler",
        "1.25",
        "HorizontalPodAutoscaler `autoscaling/v2beta2` is deprecated since Kubernetes 1.23, and gone in 1.26",
        "write `apiVersion: autoscaling/v2`",
    ),
    (
        "resource.k8s.io/v1beta1",
        "ResourceClaim",
        "1.35",
        "ResourceClaim `resource.k8s.io/v1beta1` is deprecated since Kubernetes 1.35, and gone in 1.38",
        "write `apiVersion: resource.k8s.io/v1`",
    ),
    (
        "kueue.x-k8s.io/v1beta1",
        "LocalQueue",
        "1.33",
        "LocalQueue `kueue.x-k8s.io/v1beta1` is deprecated",
        "write `apiVersion: kueue.x-k8s.io/v1beta2`",
    ),
]


@pytest.mark.parametrize(("api", "kind", "minor", "message", "hint"), DEPRECATED)
def test_what_is_deprecated(api: str, kind: str, minor: str, message: str, hint: str) -> None:
    assert told(api, kind, minor) == ("MW140", message, hint)


@pytest.mark.parametrize(
    ("api", "kind", "minor"),
    [
        ("v1", "Endpoints", "1.32"),
        ("resource.k8s.io/v1beta1", "ResourceClaim", "1.34"),
        ("apps/v1", "Deployment", "1.37"),
        ("kueue.x-k8s.io/v1beta2", "LocalQueue", "1.33"),
        ("serving.kserve.io/v1alpha1", "LLMInferenceService", "1.33"),
    ],
)
def test_what_is_not_deprecated_yet(api: str, kind: str, minor: str) -> None:
    assert told(api, kind, minor) == ("", "", "")


@pytest.mark.parametrize(
    ("api", "kind", "hint"),
    [
        ("serving.kubeflow.org/v1alpha2", "InferenceService", "KServe 0.7 brought its successor: write `apiVersion: serving.kserve.io/v1beta1`"),
        ("networking.x-k8s.io/v1alpha1", "HTTPRoute", "Gateway API 0.4 brought its successor: write `apiVersion: gateway.networking.k8s.io/v1`"),
        (
            "inference.networking.x-k8s.io/v1alpha1",
            "InferencePool",
            "Gateway API Inference Extension 1.0 brought its successor: write `apiVersion: inference.networking.k8s.io/v1`",
        ),
        ("kubeflow.org/v1", "PyTorchJob", "Kubeflow Trainer 2.0 brought its successor: use TrainJob of `trainer.kubeflow.org/v1alpha1`"),
    ],
)
def test_groups_that_moved(api: str, kind: str, hint: str) -> None:
    code, _, said = told(api, kind)
    assert code in ("MW505", "MW506") and said == hint


def test_nothing_is_served_after_the_table_says_it_is_gone() -> None:
    for (api, kind), age in ages().items():
        group, _, version = api.rpartition("/")
        for minor in core_minors() if age.removed and group in NATIVE_GROUPS else ():
            served = core_kind(minor, group, version, kind) is not None
            assert not served or order(minor) < order(age.removed), (api, kind, minor)


def order(minor: str) -> tuple[int, ...]:
    return tuple(map(int, minor.split(".")))


def test_what_replaces_a_kind_is_served_when_it_is_gone() -> None:
    for (api, kind), age in ages().items():
        if age.instead and age.removed:
            minor = max((age.removed, "1.25"), key=order)
            if order(minor) <= order(core_minors()[-1]) and kind not in ("AdmissionReview",):
                assert catalog(Release(minor)).schema(age.instead, kind), (api, kind)


def test_the_groups_that_moved_name_what_is_there() -> None:
    assert {kind for _, kind in moved()} >= {"InferenceService", "HTTPRoute", "TFJob"}


def definitions() -> Iterator[dict[str, Any]]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    for path in CRDS.rglob("*.yaml"):
        if "deprecated: true" in path.read_text():
            yield from (each for each in yaml.load_all(path.read_text(), Loader=loader) if each)


@pytest.mark.skipif(not CRDS.is_dir(), reason="the official definitions are not beside this checkout")
def test_every_version_that_its_definition_calls_deprecated_is_known() -> None:
    found = {
        (f"{crd['spec']['group']}/{version['name']}", crd["spec"]["names"]["kind"])
        for crd in definitions()
        for version in crd["spec"]["versions"]
        if version.get("deprecated") and version["served"]
    }
    assert len(found) > 5
    assert found <= set(ages())
