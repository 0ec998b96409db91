"""One publisher at a time, by a lock that ends with its process, however it ends."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

PATIENCE = 60.0
"""Seconds to wait for another publisher. After that work goes on without the lock: it saves work, and every
branch is guarded by compare-and-swap as well."""
_MODE = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)


@contextmanager
def alone(path: str) -> Iterator[int | None]:
    """Hold the lock at `path`; yields its file descriptor, or None where no lock could be had."""
    try:
        import fcntl

        handle = os.open(path, _MODE, 0o666)
    except (ImportError, OSError):
        yield None
        return
    try:
        end, held = time.monotonic() + PATIENCE, False
        while not held and time.monotonic() < end:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                held = True
            except BlockingIOError:
                time.sleep(0.01)
            except OSError:
                break  # some network file systems have no locks
        yield handle if held else None
    finally:
        os.close(handle)
