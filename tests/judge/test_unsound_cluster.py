"""A version that cannot be read is one problem, not one more for every model."""

from __future__ import annotations

from tests.scaffold import HEAD, PLATFORM

from modelwright.model import Source
from modelwright.pipeline import build

MODEL = """\
apiVersion: modelwright/v1
kind: Model
metadata: {name: iris}
spec: {format: sklearn, source: gs://models/iris, size: small, environments: {dev: {}}}
"""


def test_a_misspelt_version_is_told_once() -> None:
    platform = PLATFORM.replace('"0.20"', '"v0.20"')
    texts = {"modelwright.yaml": HEAD, "blueprints/platform.yaml": platform, "blueprints/iris.yaml": MODEL}
    assert [p.code for p in build([Source(path, text) for path, text in texts.items()]).problems] == ["MW204"]
