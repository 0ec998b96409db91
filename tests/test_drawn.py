"""Whole workspaces, drawn from the language's own schemas: what holds for every one of them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelwright.manual import codes
from modelwright.model import Manifest, Place
from modelwright.pipeline import Build, build
from modelwright.report.locate import located
from modelwright.yamlio import read
from tests.drawing import Drawn, any_value, draw, sound

MORE = int(os.environ.get("MODELWRIGHT_EXAMPLES", "0"))
"""Examples per property; without it a small number, the same ones each time."""


def drawn(examples: int) -> Any:
    return settings(
        max_examples=MORE or examples, derandomize=not MORE, deadline=None, suppress_health_check=list(HealthCheck)
    )


CODES = frozenset(codes())
MARK = re.compile(r"mark-[0-9]+\b")
seeds = st.integers(0, 2**32).map(Random)


def check_problems(result: Build) -> None:
    """Each problem has a known code and a place that exists."""
    for item in located(result.problems, result.sources):
        assert item.problem.code in CODES
        assert item.mark is not None and item.mark.file in result.sources, item.problem
        assert 1 <= item.mark.line <= result.sources[item.mark.file].count("\n") + 1, item.problem


@drawn(8)
@given(seeds)
def test_a_build_tells_its_problems_at_their_places(rng: Random) -> None:
    check_problems(build(draw(rng).sources(lambda: rng.random() < 0.5)))


@drawn(25)
@given(seeds)
def test_nothing_a_person_can_write_raises(rng: Random) -> None:
    workspace = draw(rng)
    for _ in range(rng.randint(1, 4)):
        spoil(rng, workspace)
    result = build(workspace.sources())
    check_problems(result)
    assert not (result.sound and "\u202e" in "".join(result.tree.files))


def spoil(rng: Random, workspace: Drawn) -> None:
    """Put anything at some place of some blueprint."""
    node: Any = rng.choice(rng.choice(list(workspace.blueprints.values())))
    while True:
        steps = list(node) if isinstance(node, dict) else list(range(len(node)))
        if not steps:
            return
        step = rng.choice(steps)
        if not isinstance(node[step], dict | list) or rng.random() < 0.2:
            break
        node = node[step]
    if isinstance(node, dict) and rng.random() < 0.3:
        node[rng.choice(("nmae", "spec", "image", "$patch", "limits", "a b", ""))] = any_value(rng)
    else:
        node[step] = any_value(rng)


@drawn(8)
@given(seeds)
def test_order_and_form_change_nothing(rng: Random) -> None:
    """The same blueprints read in another order, or with shorthands, give the same bytes."""
    workspace = sound(draw(rng))
    first = build(workspace.sources())
    assert first.sound
    shuffled = list(workspace.sources())
    rng.shuffle(shuffled)
    for again in (build(shuffled), build(workspace.sources(lambda: True))):
        assert again.tree.files == first.tree.files
        assert report(again) == report(first)


def report(result: Build) -> list[tuple[str, str]]:
    return [(item.problem.code, item.problem.message) for item in located(result.problems, result.sources)]


@drawn(8)
@given(seeds)
def test_every_value_leads_to_a_blueprint(rng: Random) -> None:
    """And to the very place: a text that stands once in the workspace is found below its origin."""
    result = build(draw(rng).sources(lambda: rng.random() < 0.5))
    texts = {path: read(text, path)[0] for path, text in result.sources.items() if path.endswith(".yaml")}
    for manifests in result.tree.built.values():
        for manifest in manifests:
            for path, leaf in leaves(manifest.data):
                check_origin(manifest, path, leaf, texts)


def check_origin(manifest: Manifest, path: tuple[Any, ...], leaf: Any, texts: Mapping[str, tuple[Any, ...]]) -> None:
    place = manifest.origin(path)
    assert isinstance(place, Place), (manifest.kind, path)
    node: Any = texts[place.file][place.document]
    for step in place.path:
        node = node[step]
    marks = MARK.findall(leaf) if isinstance(leaf, str) else []
    if marks and place.path[-2:] != ("source", "connection"):
        assert any(mark in repr(node) for mark in marks), (manifest.kind, path, leaf, place)


def leaves(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    inner = node.items() if isinstance(node, Mapping) else enumerate(node) if isinstance(node, list | tuple) else None
    if inner is None:
        yield path, node
    for step, child in inner or ():
        yield from leaves(child, (*path, step))
