"""A canary's own source: a second predictor in standard mode, the predictor itself with Knative."""

from __future__ import annotations

from typing import Any

import pytest
from tests.scaffold import compiled

MODEL = """\
apiVersion: modelwright/v1
kind: Model
metadata: {name: iris}
spec:
  format: sklearn
  mode: MODE
  source: gs://models/iris/3
  canary: {traffic: 10, source: "gs://models/iris/4"}
  environments: {dev: {}}
"""


@pytest.mark.parametrize(("mode", "main", "canary"), [("knative", "4", None), ("standard", "3", "4")])
def test_the_new_version_comes_from_the_canarys_source(mode: str, main: str, canary: str | None) -> None:
    result = compiled(MODEL.replace("MODE", mode))
    assert result.problems == ()
    spec: dict[str, Any] = result.tree.built["dev/risk/iris"][0].data["spec"]
    assert spec["predictor"]["model"]["storageUri"] == f"gs://models/iris/{main}"
    found = [each["predictor"]["model"]["storageUri"] for each in spec.get("canary", ())]
    assert found == ([f"gs://models/iris/{canary}"] if canary else [])
