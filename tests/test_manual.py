"""Each page of the manual is true: Wrong gives exactly its code, Right gives nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from modelwright.manual import codes, page, pages
from modelwright.suppress import kept
from tests.scaffold import compiled

GENERATOR = Path(__file__).parent.parent / "generator"
WITH_EXAMPLE = [code for code in codes() if pages()[code].get("wrong")]


def test_every_code_has_a_page() -> None:
    used = {
        code
        for path in GENERATOR.rglob("*.py")
        for code in re.findall(r'"(MW[0-9]{3})"', path.read_text())
        if path.name != "pipeline.py"
    }
    assert used - set(codes()) == set()


@pytest.mark.parametrize("code", codes())
def test_a_page_prints(code: str) -> None:
    text = page(code)
    assert text is not None and text.startswith(f"{code}: ")
    assert {"title", "effect", "what", "why"} <= set(pages()[code])


@pytest.mark.parametrize("code", WITH_EXAMPLE)
def test_wrong_gives_exactly_this_code(code: str) -> None:
    assert [p.code for p in compiled(pages()[code]["wrong"]).problems] == [code]


@pytest.mark.parametrize("code", WITH_EXAMPLE)
def test_the_page_tells_whether_the_problem_can_be_suppressed(code: str) -> None:
    (problem,) = compiled(pages()[code]["wrong"]).problems
    assert kept(code, pages()[code]["effect"]) == kept(code, problem.effect)


@pytest.mark.parametrize("code", WITH_EXAMPLE)
def test_right_gives_nothing(code: str) -> None:
    assert compiled(pages()[code]["right"]).problems == ()
