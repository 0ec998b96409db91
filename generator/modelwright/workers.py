"""Work spread over processes. Results come back in order, so that nothing depends on which process was faster."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence

from modelwright.typed import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")

FEWEST = 4
"""Fewer chunks than this are done before a second process has started."""

_work: tuple[Callable[[Any], Any], Sequence[Any]] | None = None
"""Task and chunks of a worker: a forked one has them without being sent anything."""


def available() -> int:
    """CPUs this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def spread(jobs: int) -> Callable[[Callable[[T], R], Sequence[T]], Iterator[R]]:
    """A `map` over at most `jobs` processes; this process alone where that is as fast.

    Task, chunks and results must be picklable. An exception in a process is raised here.
    """

    def run(task: Callable[[T], R], chunks: Sequence[T]) -> Iterator[R]:
        if jobs < 2 or len(chunks) < FEWEST:
            yield from map(task, chunks)
            return
        from concurrent.futures import ProcessPoolExecutor

        # Done here first: what it loads and compiles is then there in every forked process.
        yield task(chunks[0])
        with ProcessPoolExecutor(jobs, _context(), _adopt, (task, chunks)) as pool:
            yield from pool.map(_call, range(1, len(chunks)))

    return run


def _context() -> Any:
    """Fork where it is sound: it starts in milliseconds and shares what is loaded already."""
    from multiprocessing import get_context

    return get_context("fork" if sys.platform == "linux" else None)


def _adopt(task: Callable[[Any], Any], chunks: Sequence[Any]) -> None:
    global _work
    _work = task, chunks


def _call(number: int) -> Any:
    assert _work is not None
    task, chunks = _work
    return task(chunks[number])
