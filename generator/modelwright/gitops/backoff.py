"""How often, and how patiently, a lost race is run again."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

TRIES = 200
SECONDS = 300.0
LOCKED = 20
"""Tries, a quarter of a minute, for a branch that stays locked: locks are held for milliseconds."""
_FIRST, _LONGEST = 0.02, 2.0


def tries() -> Iterator[int]:
    """Counts tries from 0, sleeping before each but the first: twice as long every time, at random from nothing to that.

    Jitter keeps publishers that lost the same race from meeting again (exponential back-off with full jitter).
    """
    end = time.monotonic() + SECONDS
    for number in range(TRIES):
        yield number
        if time.monotonic() > end:
            return
        time.sleep(random.uniform(0, min(_LONGEST, _FIRST * 2 ** min(number, 10))))
