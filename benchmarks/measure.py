"""Time, CPU and memory of programs, children included."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

EVERY = 0.02  # seconds between two looks at a program's memory
PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Usage:
    """Seconds of wall clock and of CPU, in user and in system mode; peak bytes, where they were watched."""

    wall: float
    user: float
    system: float
    peak: int | None = None

    @property
    def cpu(self) -> float:
        return self.user + self.system

    def times(self, factor: float) -> Usage:
        return Usage(self.wall * factor, self.user * factor, self.system * factor, self.peak)


def timed(work: Callable[[], object]) -> Usage:
    """What `work` and the programs it waits for use; nothing of this process itself."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    work()
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Usage(wall, after.ru_utime - before.ru_utime, after.ru_stime - before.ru_stime)


def run(
    command: Sequence[str],
    environment: Mapping[str, str] | None = None,
    watch: bool = False,
    folder: Path | None = None,
) -> Usage:
    """Run a program to its end; stops the benchmark, with what the program said, where it fails.

    With `watch`, its peak memory is that of all processes it started, together, at one moment.
    """
    peaks: list[int] = []

    def work() -> None:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **(environment or {})},
            stdout=subprocess.DEVNULL,
            stderr=said,
            start_new_session=True,  # its processes are known by their session, whoever is their parent
        )
        while watch and process.poll() is None:
            peaks.append(sum(_memory(pid) for pid in _session(process.pid)))
            time.sleep(EVERY)
        if process.wait():
            said.seek(0)
            sys.exit(f"{' '.join(command)} failed:\n{said.read().decode(errors='replace')[-2000:]}")

    with tempfile.TemporaryFile() as said:
        usage = timed(work)
    return Usage(usage.wall, usage.user, usage.system, max(peaks, default=0) or None)


def median(usages: Sequence[Usage]) -> Usage:
    """The median of each figure by itself; of peaks, the highest."""
    return Usage(
        statistics.median(u.wall for u in usages),
        statistics.median(u.user for u in usages),
        statistics.median(u.system for u in usages),
        max((u.peak for u in usages if u.peak), default=None),
    )


def _session(leader: int) -> Iterator[int]:
    for folder in PROC.glob("[0-9]*"):
        try:
            # The program's name, in brackets, may hold blanks: read from behind it. proc(5): state, ppid, pgrp, session.
            session = int((folder / "stat").read_text().rpartition(")")[2].split()[3])
        except OSError:
            continue  # it ended meanwhile
        if session == leader:
            yield int(folder.name)


def _memory(pid: int) -> int:
    """Bytes of a process: its share (PSS) where the kernel tells, else all that is resident; 0 if it ended."""
    try:
        text = (PROC / str(pid) / "smaps_rollup").read_text()
    except (FileNotFoundError, PermissionError):
        return _resident(pid)
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in text.splitlines() if line.startswith("Pss:")), 0)


def _resident(pid: int) -> int:
    try:
        pages = (PROC / str(pid) / "statm").read_text().split()[1]
    except OSError:
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")
