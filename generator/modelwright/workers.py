"""Work spread over processes: `spread` where results come back, in order, so that nothing depends on which process was
faster; `share` where the work leaves its traces on disk and gives nothing back.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from modelwright.typed import Any, NoReturn, TypeVar

T = TypeVar("T")
R = TypeVar("R")

FEWEST = 4
"""Fewer chunks than this are done before a second process has started."""
SHARED = 512
"""Fewer items than this for each process are done before a second one has started."""
_GLANCE = 64
"""So many items a helping process does before it looks whether it is still wanted."""

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


def share(work: Callable[[Sequence[T]], None], items: Sequence[T], jobs: int) -> None:
    """Do `work` for all items, some in each of at most `jobs` processes: it may be called many times, with a few each.

    An OSError of any of them is raised here, when all have ended; its file name says what it was about.
    """
    jobs = min(jobs, len(items) // SHARED) if sys.platform == "linux" else 1
    if jobs < 2:
        work(items)
        return
    ends = [len(items) * number // jobs for number in range(jobs + 1)]
    helpers = [_helper(work, items[start:end]) for start, end in pairwise(ends[1:])]
    try:
        work(items[: ends[1]])
    finally:
        told = [_awaited(*helper) for helper in helpers]
    for error in told:
        if error is not None:
            raise error


def _helper(work: Callable[[Sequence[T]], None], items: Sequence[T]) -> tuple[int, int]:
    """Start a process that works on the items; its id, and where it says what stopped it."""
    ours, theirs = os.pipe()
    child = os.fork()
    if not child:
        _help(work, items, theirs)
    os.close(theirs)
    return child, ours


def _help(work: Callable[[Sequence[T]], None], items: Sequence[T], told: int) -> NoReturn:
    code = 1
    try:
        parent = os.getppid()
        for start in range(0, len(items), _GLANCE):
            if os.getppid() != parent:
                break  # it was killed, and nobody waits for what we do
            work(items[start : start + _GLANCE])
        code = 0
    except OSError as error:
        os.write(told, f"{error.errno or 0}\0{error.strerror or ''}\0{error.filename or ''}".encode(errors="surrogateescape"))
    finally:
        # Not as Python ends: what is buffered or registered belongs to the other process.
        os._exit(code)


def _awaited(child: int, told: int) -> OSError | None:
    """What stopped a helping process; None where it did all it had to."""
    with os.fdopen(told, "rb") as file:
        words = file.read().decode(errors="surrogateescape").split("\0")
    if not os.waitpid(child, 0)[1]:
        return None
    number, reason, name = words if len(words) == 3 else ("0", "a process that helped has ended", "")
    return OSError(int(number), reason, name)
