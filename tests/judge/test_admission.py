"""Webhooks change an object before it is judged; what they moved is told where a person wrote it."""

from __future__ import annotations

from typing import Any

import pytest

from modelwright.judge import admission
from modelwright.judge.admission import Admitted, admit
from modelwright.model import Release
from modelwright.rules.releases import Facts

STATED: dict[str, Any] = {"apiVersion": "example.com/v1", "kind": "Model", "spec": {"sklearn": {"uri": "gs://a"}}}


def _framework(data: Any, facts: Facts) -> Admitted:
    spec = data["spec"]
    told = ("MW760", ("spec", "sklearn"), "becomes `model`", "", "drift")
    return Admitted({**data, "spec": {"model": spec["sklearn"]}}, ((("spec", "model"), ("spec", "sklearn")),), (told,))


def _address(data: Any, facts: Facts) -> Admitted:
    model = data["spec"]["model"]
    told = ("MW760", ("spec", "model", "uri"), "becomes `address`", "", "drift")
    moved = ((("spec", "model", "address"), ("spec", "model", "uri")),)
    return Admitted({**data, "spec": {"model": {"address": model["uri"]}}}, moved, (told,))


def test_one_webhook_sees_what_another_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "functions", lambda api_version, kind: [_framework, _address])
    made = admit(STATED, Facts())
    assert made.object["spec"] == {"model": {"address": "gs://a"}}
    assert STATED["spec"] == {"sklearn": {"uri": "gs://a"}}
    assert made.stated(("spec", "model", "address")) == ("spec", "sklearn", "uri")
    assert made.stated(("spec", "model", "other")) == ("spec", "sklearn", "other")
    assert made.stated(("spec", "replicas")) == ("spec", "replicas")
    assert [row[1] for row in made.findings] == [("spec", "sklearn"), ("spec", "sklearn", "uri")]


def test_what_no_webhook_is_for_stays_itself() -> None:
    assert admit(STATED, Facts()).object is STATED


@pytest.mark.parametrize(
    ("release", "mode"),
    [
        (Release("1.33"), ""),
        (Release("1.33", "0.15"), "Knative"),
        (Release("1.33", "0.20", mode="standard"), "Standard"),
        (Release("1.33", "0.15", "2.35"), "Knative"),
        (Release("1.33", "0.20", "3.5"), "Standard"),
        (Release("1.33", "0.15", "2.35", mode="modelmesh"), "ModelMesh"),
    ],
)
def test_the_mode_of_what_says_nothing_is_the_clusters(release: Release, mode: str) -> None:
    assert release.default_mode == mode
