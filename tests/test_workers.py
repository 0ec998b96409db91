"""Work spread over processes gives what one process gives, in the same order."""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest

from modelwright import workers
from modelwright.chunks import CHUNK
from modelwright.model import Source
from modelwright.pipeline import build
from modelwright.workers import FEWEST, share, spread
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
    objects = {f: [m.name for m in ms] for f, ms in alone.tree.built.items() if not f.startswith("base/")}
    light = {**together.tree.built, **together.tree.named}
    assert {f: [m.name for m in ms] for f, ms in light.items()} == objects and list(together.tree.built) == ["dev/risk/project"]


def noted(folder: Path, items: Sequence[int]) -> None:
    for item in items:
        if item < 0:
            raise OSError(errno.ENOSPC, "No space left on device", f"item {item}")
        with (folder / str(item)).open("x") as file:
            file.write(str(os.getpid()))


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "SHARED", 10)


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("jobs", [1, 2, 3, 8])
def test_shared_work_is_done_once(jobs: int, tmp_path: Path) -> None:
    share(partial(noted, tmp_path), range(1000), jobs)
    assert sorted(int(each.name) for each in tmp_path.iterdir()) == list(range(1000))
    by = {each.read_text() for each in tmp_path.iterdir()}
    assert str(os.getpid()) in by and len(by) == (jobs if sys.platform == "linux" else 1)


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("at", [3, 999])
def test_what_the_disk_refuses_a_helper_is_raised_here(at: int, tmp_path: Path) -> None:
    items = [-1 if n == at else n for n in range(1000)]
    with pytest.raises(OSError, match="No space") as caught:
        share(partial(noted, tmp_path), items, 2)
    assert (caught.value.errno, caught.value.filename) == (errno.ENOSPC, "item -1")


@pytest.mark.usefixtures("few")
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no process helps")
def test_a_helper_that_is_killed_is_no_success(tmp_path: Path) -> None:
    here = os.getpid()

    def work(items: Sequence[int]) -> None:
        if os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)

    with pytest.raises(OSError, match="has ended"):
        share(work, range(100), 2)
