"""Objects that are judged together: two that may not both be there, and one that changes another."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.rules.judging import release

from modelwright.judge import _CHANGED, _CHANGING, _CLAIMING, judge
from modelwright.judge import _identity as identity
from modelwright.judge.beside import _CHANGING as OTHERS
from modelwright.judge.beside import CLAIMS, TOGETHER, claims, findings
from modelwright.judge.words import dotted
from modelwright.model import Manifest, Place
from modelwright.rules.releases import Facts
from modelwright.yamlio import read

CASES = Path(__file__).parent / "beside.yaml"


def _cases() -> list[Any]:
    documents, problems = read(CASES.read_text(encoding="utf-8"), CASES.name)
    assert not problems, problems
    return [pytest.param(row, id=row["story"]) for row in documents[0]]


def _manifest(words: Mapping[str, Any]) -> Manifest:
    """An object from few words: `{ServingRuntime: a, namespace: n, labels:, annotations:, ...}`, and what is not one of
    these at the top of the object."""
    (kind, name), *rest = words.items()
    about = {"name": name}
    data: dict[str, Any] = {"apiVersion": KINDS[kind], "kind": kind, "metadata": about}
    for word, value in rest:
        (about if word in ("namespace", "labels", "annotations") else data)[word] = value
    return Manifest(data, place=Place("all.yaml"))


KINDS = {
    "ServingRuntime": "serving.kserve.io/v1alpha1",
    "ClusterServingRuntime": "serving.kserve.io/v1alpha1",
    "LocalModelCache": "serving.kserve.io/v1alpha1",
    "InferenceService": "serving.kserve.io/v1beta1",
    "LLMInferenceService": "serving.kserve.io/v1alpha1",
    "Account": "nim.opendatahub.io/v1",
    "HardwareProfile": "infrastructure.opendatahub.io/v1",
    "Namespace": "v1",
    "Secret": "v1",
}
OURS = {"MW745", "MW746", "MW747", "MW749", "MW758", "MW759", "MW785", "MW793"}


@pytest.mark.parametrize("case", _cases())
def test_a_story(case: Mapping[str, Any]) -> None:
    manifests = [_manifest(words) for words in case["objects"]]
    old = {identity(each): each.data for each in manifests} if case.get("there") else None
    found = judge(manifests, release(case.get("release")), previous=old)
    told = [f"{p.code} {p.effect} {p.resource.name if p.resource else ''} {dotted(p.path)}" for p in found if p.code in OURS]
    assert told == list(case.get("finds") or ())


def test_every_kind_that_is_compared_is_looked_for() -> None:
    assert {kind for _, kind in CLAIMS} == _CLAIMING and {kind for _, kind in TOGETHER} == _CHANGED and set(OTHERS) == _CHANGING


def test_the_other_one_is_named() -> None:
    both = [_manifest({"Account": name, "namespace": "team", "spec": {}}) for name in ("first", "second")]
    ((about, found),) = findings(both, Facts(open_data_hub="3.5"))
    assert about.name == "second"
    assert found.message == "Account `first` is in the namespace already, and NIM takes one"


def test_two_runtimes_are_told_once_however_much_they_share() -> None:
    formats = [{"name": f"f{n}", "autoSelect": True, "priority": 1} for n in range(50)]
    spec = {"protocolVersions": ["v1", "v2"], "supportedModelFormats": formats}
    found = list(findings([_manifest({"ServingRuntime": name, "spec": spec}) for name in "ab"], Facts()))
    assert len(found) == 1


@pytest.mark.parametrize("value", [None, 1, "a", [], [1, None, ["a"]], {"a": 1}, [{"name": [], "autoSelect": True, "priority": {}}]])
def test_any_value_may_stand_anywhere(value: Any) -> None:
    paths = [
        *("spec", "metadata", "spec.supportedModelFormats", "spec.protocolVersions", "spec.sourceModelUri", "spec.scheduling"),
        *("spec.scheduling.node", "spec.scheduling.kueue", "metadata.labels", "metadata.annotations", "metadata.namespace"),
        *("spec.predictor", "spec.predictor.model", "spec.predictor.nodeSelector", "spec.predictor.model.storageUri"),
        *("stringData", "data"),
    ]
    marks = {"opendatahub.io/connections": "store", "opendatahub.io/hardware-profile-name": "gpu"}
    for path in paths:
        manifests = []
        for kind in KINDS:
            name = {"Secret": "store", "HardwareProfile": "gpu", "Namespace": "team"}.get(kind, "x")
            data: Any = _manifest({kind: name, "namespace": "team", "annotations": dict(marks), "spec": {}}).data
            *above, last = path.split(".")
            inner = data
            for step in above:
                inner = inner.setdefault(step, {})
            inner[last] = value
            manifests.append(Manifest(data))
            list(claims(data))
        list(findings(manifests, Facts(kserve="0.15", open_data_hub="2.35")))
