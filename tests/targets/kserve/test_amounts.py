"""Amounts in other words are told at once, and at a place that holds them all."""

from __future__ import annotations

from typing import Any

from modelwright.judge import judge
from modelwright.model import Manifest, Release


def said(limits: dict[str, Any], requests: dict[str, Any]) -> list[tuple[str, str, str]]:
    model = {
        "modelFormat": {"name": "sklearn"},
        "storageUri": "gs://models/iris",
        "resources": {"limits": limits, "requests": requests},
    }
    service = {
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "metadata": {"name": "iris"},
        "spec": {"predictor": {"model": model}},
    }
    found = judge([Manifest(service)], Release("1.33", "0.20"))
    return [(".".join(map(str, problem.path[3:])), problem.message, problem.hint) for problem in found]


def test_one_amount_is_told_where_it_stands() -> None:
    assert said({"cpu": "1000m"}, {"cpu": "1"}) == [
        ("resources.limits.cpu", 'KServe makes `"1"` of `1000m`', 'write `"1"`, or Argo CD shows the difference for ever')
    ]


def test_several_are_told_at_what_holds_them() -> None:
    assert said({"cpu": 1, "memory": "1024Mi"}, {"cpu": 1}) == [
        (
            "resources",
            'KServe rewrites 3 amounts: `requests.cpu: 1` becomes `"1"`, `limits.cpu: 1` becomes `"1"`, '
            '`limits.memory: 1024Mi` becomes `"1Gi"`',
            "write them as it does, or Argo CD shows the difference for ever",
        )
    ]


def test_many_are_counted() -> None:
    limits = {"cpu": 1, "memory": "1024Mi", "ephemeral-storage": "1024Mi", "nvidia.com/gpu": 1}
    ((place, message, _),) = said(limits, {"cpu": 1})
    assert (place, message[:24], message[-11:]) == ("resources", "KServe rewrites 5 amount", " and 1 more")
