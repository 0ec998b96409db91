"""Conditions about the whole object: asked once for an object, and only where a check comes to them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from modelwright.rules import check
from modelwright.rules.steps import conjuncts
from tests.rules.test_engine import book, found

HEAD = "groups: [serving.kserve.io]\nnames: {raw: \"inferenceService.metadata.?labels.?mode.orValue('') == 'raw'\"}\n"
PAGE = "MW999: {title: t, effect: rejected, what: w, why: y, checks: [%s]}\n"
CHECK = '{subject: "InferenceService:spec.predictor.containers.*.image", when: "$raw && self != \'b\'", require: "self == \'a\'", message: "{self}"}'
SERVICE = """
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata: {name: churn, labels: {mode: %s}}
spec: {predictor: {containers: [{image: a}, {image: b}, {image: c}, {image: d}]}}
"""


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("a", ["a"]),
        ("a && b", ["a", "b"]),
        ("(a && (b)) && !c", ["a", "b", "!c"]),
        ("a || b", ["a || b"]),
        ("a && (b || c)", ["a", "b || c"]),
        ("a && b ? c : d", ["a && b ? c : d"]),
        ("x.?y.orValue(true) && x[?'y'].hasValue()", ["x.?y.orValue(true)", "x[?'y'].hasValue()"]),
        ("(a && b) == (c && d)", ["(a && b) == (c && d)"]),
        ("x.all(i, i > 0 && i < 9) && '&&' in y", ["x.all(i, i > 0 && i < 9)", "'&&' in y"]),
        ("!(a && b)", ["!(a && b)"]),
        ("(a).size() && f((b))", ["(a).size()", "f((b))"]),
        ("[a && b]", ["[a && b]"]),
    ],
)
def test_terms(text: str, terms: list[str]) -> None:
    assert conjuncts(text) == terms


@pytest.mark.parametrize(("mode", "wanted"), [("raw", ["c", "d"]), ("other", [])])
def test_a_condition_about_the_whole_object_is_asked_once(
    mode: str, wanted: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = book(tmp_path, PAGE % CHECK, "kserve", HEAD)
    asked: list[str] = []

    class Counted(check.Expression):
        __slots__ = ("text",)

        def __init__(self, text: str) -> None:
            super().__init__(text)
            self.text = text

        def value(self, *given: Any) -> Any:
            asked.append(self.text)
            return super().value(*given)

    monkeypatch.setattr(check, "Expression", Counted)
    check.expression.cache_clear()
    try:
        told = found(monkeypatch, made, SERVICE % mode)
    finally:
        check.expression.cache_clear()
    assert [text.rpartition(": ")[2] for text in told] == wanted
    assert sum("inferenceService" in text for text in asked) == 1
    assert len(asked) == (1 + 4 + len(wanted) if wanted else 1)


def test_it_is_not_asked_where_no_check_comes_to_it(tmp_path: Path) -> None:
    [row] = book(tmp_path, PAGE % CHECK, "kserve", HEAD).rows
    assert "given" not in row and row["once"] == ["inferenceService.metadata.?labels.?mode.orValue('') == 'raw'"]
    assert row["when"] == "self != 'b'" and row["reads"] == row["free"] == ["inferenceService"]
