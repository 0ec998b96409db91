"""Where a value of a manifest was written: the line a person has to change."""

from __future__ import annotations

from typing import Any

import pytest

from modelwright.model import Place
from modelwright.problems import Problem
from modelwright.report.locate import located
from tests.scaffold import compiled

MODEL = """\
apiVersion: modelwright/v1
kind: Model
metadata: {name: iris}
spec:
  format: sklearn
  source: gs://b/m
  replicas: {min: 1, max: 4}
  logger: http://log
  affinity: {nodeAffinity: {}, podAffinity: {}}
  resources:
    cpu: 1
    limits:
      cpu: 2
  mounts:
    /cache:
      volume: cache
      emptyDir: {}
  transformer:
    image: a:1
    size: small
  manifests:
    InferenceService:
      spec:
        predictor:
          hostAliases:
          - ip: 10.0.0.1
            hostnames: [a]
  environments:
    dev:
      replicas: 2
      logger: {mode: all}
      affinity: {podAffinity: {preferredDuringSchedulingIgnoredDuringExecution: []}}
      mounts:
        /cache:
          readOnly: true
      env:
        A: {secret: s/k}
"""
LINES: dict[str, tuple[tuple[Any, ...], int]] = {
    "a shorthand of an override": (("spec", "predictor", "minReplicas"), 30),
    "a shorthand below an override": (("spec", "predictor", "logger", "url"), 8),
    "a field of an override": (("spec", "predictor", "logger", "mode"), 31),
    "part of a map": (("spec", "predictor", "affinity", "podAffinity", "preferredDuringSchedulingIgnoredDuringExecution"), 32),
    "a request": (("spec", "predictor", "model", "resources", "requests", "cpu"), 11),
    "a limit": (("spec", "predictor", "model", "resources", "limits", "cpu"), 13),
    "a volume's name": (("spec", "predictor", "volumes", 0, "name"), 16),
    "of a mount, changed": (("spec", "predictor", "model", "volumeMounts", 0, "readOnly"), 35),
    "of a reference": (("spec", "predictor", "model", "env", 0, "valueFrom", "secretKeyRef", "key"), 37),
    "inside a list of `manifests`": (("spec", "predictor", "hostAliases", 0, "hostnames", 0), 27),
}


@pytest.mark.parametrize(("path", "line"), LINES.values(), ids=LINES.keys())
def test_the_line(path: tuple[Any, ...], line: int) -> None:
    result = compiled(MODEL)
    assert result.problems == ()
    [manifest] = result.tree.built["dev/risk/iris"]
    node: Any = manifest.data
    for step in path:
        node = node[step]
    [found] = located([Problem("MW901", "", manifest.origin(path))], result.sources)
    assert found.mark is not None and (found.mark.file, found.mark.line) == ("blueprints/blueprint.yaml", line)


def test_a_size_is_found_in_its_environment() -> None:
    [manifest] = compiled(MODEL).tree.built["dev/risk/iris"]
    assert manifest.data["spec"]["transformer"]["containers"][0]["resources"]["limits"] == {"cpu": "1", "memory": "2Gi"}
    path = ("spec", "transformer", "containers", 0, "resources", "limits", "memory")
    assert manifest.origin(path) == Place("blueprints/platform.yaml", 1, ("spec", "sizes", "small", "memory"))


def test_null_in_manifests_deletes_what_was_made() -> None:
    override = "manifests: {InferenceService: {spec: {predictor: {maxReplicas: null}}}}"
    text = MODEL.replace("      replicas: 2\n", f"      {override}\n").replace("          hostAliases:", "          minReplicas: null\n          hostAliases:")
    [manifest] = compiled(text).tree.built["dev/risk/iris"]
    assert {"minReplicas", "maxReplicas"} & manifest.data["spec"]["predictor"].keys() == set()
    assert manifest.data["spec"]["predictor"]["hostAliases"]
