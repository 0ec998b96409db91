"""How often, and how patiently, a lost race is run again."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

TRIES = 400
SECONDS = 600.0
LOCKED = 20
"""Tries for a branch that stays locked: locks are held for milliseconds."""
_FIRST, _LONGEST = 0.02, 2.0
_OLD, _SHORT = 15, 0.2
"""After so many tries the sleeps are short: who lost often goes before newcomers, and nobody loses for ever."""


def tries() -> Iterator[int]:
    """Counts tries from 0, sleeping before each but the first: twice as long every time, at random from nothing to that.

    Jitter keeps publishers that lost the same race from meeting again (exponential back-off with full jitter).
    """
    end = time.monotonic() + SECONDS
    for number in range(TRIES):
        yield number
        if time.monotonic() > end:
            return
        longest = _SHORT if number >= _OLD else min(_LONGEST, _FIRST * 2**number)
        time.sleep(random.uniform(0, longest))
