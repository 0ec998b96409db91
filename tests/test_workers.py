"""Work spread over processes gives what one process gives, in the same order."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pytest

from modelwright.chunks import CHUNK
from modelwright.model import Source
from modelwright.pipeline import build
from modelwright.workers import FEWEST, spread
from tests import scaffold

MODEL = """\
apiVersion: modelwright/v1
kind: Model
metadata: {{name: model-{n}}}
spec: {{format: onnx, source: "gs://models/{n}", size: {size}, replicas: {replicas}, environments: {{dev: {{replicas: 2}}}}}}
"""


def scaled(factor: int, chunk: Sequence[int]) -> list[int]:
    if -1 in chunk:
        raise ValueError("minus one")
    return [factor * item for item in chunk]


def test_results_come_in_order() -> None:
    chunks = [[n, n + 1] for n in range(40)]
    assert list(spread(2)(partial(scaled, 3), chunks)) == list(map(partial(scaled, 3), chunks))


def test_an_error_in_a_process_is_raised_here() -> None:
    with pytest.raises(ValueError, match="minus one"):
        list(spread(2)(partial(scaled, 3), [[n] for n in (1, 2, 3, 4, 5, -1)]))


def test_two_processes_compile_as_one_does() -> None:
    texts = [MODEL.format(n=n, size="tiny" if n % 50 == 7 else "small", replicas=n % 3) for n in range(CHUNK * (FEWEST + 1))]
    sources = (*scaffold.sources(), *(Source(f"blueprints/{n:04}.yaml", text) for n, text in enumerate(texts)))
    alone, together = build(sources), build(sources, whole=False, run=spread(2))
    assert together.tree.files == alone.tree.files and len(alone.tree.files) > len(texts)
    assert together.problems == alone.problems
    assert [p.code for p in alone.problems].count("MW209") == 4
    assert {f: [m.name for m in ms] for f, ms in together.tree.built.items()} == {
        f: [m.name for m in ms] for f, ms in alone.tree.built.items()
    }
