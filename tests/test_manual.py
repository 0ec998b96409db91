"""Each page of the manual is true: Wrong gives exactly its code, Right gives nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from modelwright.judge.ir import judge_file
from modelwright.manual import codes, page, pages
from modelwright.model import Source
from modelwright.pipeline import build
from modelwright.problems import Problem
from modelwright.suppress import kept
from tests.kustomize import manual as kustomizations
from tests.rules.judging import judged
from tests.scaffold import sources

PIPELINE = (Path(__file__).parent / "judge" / "ir" / "train.yaml").read_text()
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
    assert [p.code for p in found(pages()[code], "wrong")] == [code]


@pytest.mark.parametrize("code", WITH_EXAMPLE)
def test_the_page_tells_whether_the_problem_can_be_suppressed(code: str) -> None:
    (problem,) = found(pages()[code], "wrong")
    assert kept(code, pages()[code]["effect"]) == kept(code, problem.effect)


@pytest.mark.parametrize("code", WITH_EXAMPLE)
def test_right_gives_nothing(code: str) -> None:
    assert found(pages()[code], "right") == ()


def found(page: Mapping[str, Any], side: str) -> tuple[Problem, ...]:
    """What is wrong with one side of a page: blueprints, manifests, a kustomization, or lines of the sound pipeline."""
    if page.get("of") == "kustomization":
        return kustomizations.found(page[side])
    if page.get("of") != "pipeline":
        first = re.search(r"^apiVersion: *(\S+)", page[side], re.MULTILINE)
        of_rules = "checks" in page or page.get("of") == "manifest"
        if of_rules and first and not first[1].startswith("modelwright/"):
            return judged(page[side], page.get("release"))
        files = [Source("blueprints/train.yaml", PIPELINE)] if "ir: train.yaml" in page[side] else []
        return build((*sources(page[side]), *files)).problems
    lines = page["right"].rstrip().splitlines()
    place = re.search("^( *)" + "\\n\\1".join(map(re.escape, lines)) + "$", PIPELINE, re.MULTILINE)
    assert place, "no such lines in the sound pipeline"
    instead = "\n".join(place[1] + line for line in page[side].rstrip().splitlines())
    text = PIPELINE[: place.start()] + instead + PIPELINE[place.end() :]
    return judge_file(text, "train.yaml", "2.17")[1]
