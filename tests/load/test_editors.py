"""What an editor marks red is what `load` refuses, judged by an independent validator."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from tests.drawing import draw
from tests.test_drawn import drawn, spoil

from modelwright.cli import cli
from modelwright.load import kinds, load
from modelwright.model import Source
from modelwright.problems import Problem
from modelwright.yamlio import emit, read

ROOT = Path(__file__).resolve().parents[2]
SHAPE = frozenset({"MW201", "MW202", "MW203", "MW204", "MW205", "MW220"})
"""Codes of mistakes that a schema can state."""
BEYOND = ("is more than `max`", "`target` must be at most 100", "is no key", "leads out of the workspace")
"""Words of shape mistakes that the editors' schemas leave to `load`: rules between two fields, and file names."""
NEVER = frozenset({"MW207", "MW214", "MW215", "MW216"})
"""Names, amounts and credentials: editors are not told, and must not be held to them."""


@cache
def validator(kind: str) -> jsonschema.Draft202012Validator:
    result = CliRunner().invoke(cli, ["schema", kind])
    assert result.exit_code == 0
    schema = json.loads(result.output)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("kind", kinds())
def test_the_metaschema_holds(kind: str) -> None:
    assert validator(kind).schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def blueprints() -> Iterator[Any]:
    corpus = ROOT / "tests" / "corpus" / "workspace"
    for top in (ROOT, corpus):
        for path in (top / "modelwright.yaml", *sorted((top / "blueprints").rglob("*.yaml"))):
            for index, document in enumerate(read(path.read_text(), path.name)[0]):
                if document and str(document.get("apiVersion", "")).startswith("modelwright/"):
                    yield pytest.param(document, id=f"{path.relative_to(ROOT)}:{index}")


@pytest.mark.parametrize("document", list(blueprints()))
def test_blueprints_that_compile_are_valid(document: dict[str, Any]) -> None:
    errors = [f"{e.json_path}: {e.message[:200]}" for e in validator(document["kind"]).iter_errors(document)]
    assert errors == []


def shape_mistakes() -> Iterator[Any]:
    for path in sorted((ROOT / "tests" / "cases" / "bad").glob("*.yaml")):
        _, problems = load([Source("blueprints/case.yaml", path.read_text())])
        if problems and all(stated(problem) for problem in problems):
            yield pytest.param(path, id=path.stem)


def stated(problem: Problem) -> bool:
    """Whether the editors' schemas state the rule."""
    return problem.code in SHAPE and not any(words in problem.message for words in BEYOND)


@pytest.mark.parametrize("path", list(shape_mistakes()))
def test_shape_mistakes_are_refused(path: Path) -> None:
    documents = [d for d in read(path.read_text(), path.name)[0] if d]
    assert not all(validator(d["kind"]).is_valid(d) for d in documents)


def agree(document: dict[str, Any]) -> None:
    if document.get("kind") not in kinds():
        return
    _, problems = load([Source("blueprints/a.yaml", emit(document))])
    again = read(emit(document), "a.yaml")[0][0]
    valid = validator(document["kind"]).is_valid(again)
    if any(stated(p) for p in problems):
        assert not valid, [(p.code, p.message, p.place) for p in problems]
    elif not problems:
        errors = [f"{e.json_path}: {e.message[:300]}" for e in validator(document["kind"]).iter_errors(again)]
        assert errors == [], emit(document)
    else:
        assert all(p.code in {*NEVER, *SHAPE, "MW107", "MW206", "MW218"} for p in problems), problems


@drawn(6)
@given(st.integers(0, 2**32).map(Random))
def test_editors_and_load_agree_on_drawn_blueprints(rng: Random) -> None:
    for source in draw(rng).sources(lambda: rng.random() < 0.5):
        for document in read(source.text, source.path)[0] if source.path.endswith(".yaml") else ():
            agree(document)


@drawn(25)
@given(st.integers(0, 2**32).map(Random))
def test_editors_and_load_agree_on_spoilt_blueprints(rng: Random) -> None:
    workspace = draw(rng)
    for _ in range(3):
        spoil(rng, workspace)
    for documents in workspace.blueprints.values():
        for document in documents:
            agree(document)
