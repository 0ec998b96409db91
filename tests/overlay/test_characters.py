"""Characters that kustomize does not keep are told at their place; all others come through a real build."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from tests.scaffold import compiled
from tests.tools import KUSTOMIZE, build

from modelwright.yamlio import emit

MODEL = """\
apiVersion: modelwright/v1
kind: Model
metadata: {name: iris}
spec:
  format: sklearn
  source: gs://models/iris
  env:
    GREETING: "a%sb"
  environments: {dev: {}}
"""
LOST = (*range(0x7F, 0xA0), 0xFFFE, 0xFFFF)


@pytest.mark.parametrize("code", LOST)
def test_a_lost_character_is_one_problem_at_its_value(code: int) -> None:
    (problem,) = compiled(MODEL % f"\\u{code:04x}").problems
    assert (problem.code, problem.message) == ("MW450", f"kustomize cannot keep the character U+{code:04X}")
    assert problem.place is not None and "GREETING" in problem.place.path  # type: ignore[union-attr]


def test_text_that_only_looks_like_an_escape_is_fine() -> None:
    assert compiled(MODEL % "\\\\x7f").problems == ()


@pytest.mark.parametrize("version", KUSTOMIZE)
def test_kustomize_keeps_all_other_characters(version: str, tmp_path: Path) -> None:
    codes = [c for c in range(0x10000) if c not in LOST and not 0xD800 <= c <= 0xDFFF]
    data = {f"k{at}": "".join(map(chr, codes[at : at + 256])) for at in range(0, len(codes), 256)}
    data |= {"mixed": "a\u2028b\u2029c\ufeff\u200b\U0001f600\U0001fffe"}
    object_ = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}, "data": data}
    (tmp_path / "x.yaml").write_text(emit(object_), encoding="utf-8")
    (tmp_path / "kustomization.yaml").write_text("resources: [x.yaml]\n")
    assert yaml.safe_load(build(version, tmp_path))["data"] == data
