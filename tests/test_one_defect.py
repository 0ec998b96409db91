"""One defect, one problem: with the effect that the cluster's answer has, at the line that is to be changed."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from modelwright.model import Mark, Place
from modelwright.yamlio.finder import Finder
from tests.scaffold import compiled

CASES: list[Mapping[str, Any]] = yaml.safe_load((Path(__file__).parent / "cases/one/defects.yaml").read_text())
HERE = "# here"


def text(case: Mapping[str, Any]) -> str:
    """The case's blueprints."""
    for word, name in (("model", "iris"), ("runtime", "mine")):
        if word in case:
            head = f"apiVersion: modelwright/v1\nkind: {word.capitalize()}\nmetadata: {{name: {name}}}\nspec:\n"
            return head + textwrap.indent(f"{case[word]}environments: {{dev: {{}}}}\n", "  ")
    return str(case["documents"])


def line(written: str) -> int:
    """The marked one."""
    (found,) = (number for number, each in enumerate(written.splitlines(), 1) if each.endswith(HERE))
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_one_defect_is_one_problem_at_its_line(case: Mapping[str, Any]) -> None:
    written = text(case)
    problems = compiled(written).problems
    finder = Finder({"blueprints/blueprint.yaml": written})
    places = [finder.mark(p.place) if isinstance(p.place, Place) else p.place for p in problems]
    told = [(f"{p.code} {p.effect}", at.line if isinstance(at, Mark) else 0) for p, at in zip(problems, places, strict=True)]
    assert told == [(case["finds"], line(written))]


def test_there_are_many() -> None:
    assert len(CASES) >= 60
