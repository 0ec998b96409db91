"""Schedules and time zones of CronJobs.

Sources: robfig/cron v3 `parser.go` (ParseStandard) and kubernetes/kubernetes `pkg/apis/batch/validation`
(validateScheduleFormat, validateTimeZone).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from modelwright.rules.check import Row, Run
from modelwright.typed import Any

_MONTHS = dict(zip(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], range(1, 13), strict=True))
_DAYS = dict(zip(["sun", "mon", "tue", "wed", "thu", "fri", "sat"], range(7), strict=True))
_FIELDS: tuple[tuple[str, int, int, dict[str, int]], ...] = (
    ("minute", 0, 59, {}),
    ("hour", 0, 23, {}),
    ("day of the month", 1, 31, {}),
    ("month", 1, 12, _MONTHS),
    ("day of the week", 0, 6, _DAYS),
)
_WORDS = frozenset(["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"])
_DURATION = re.compile(r"[-+]?(0|((\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h))+)")
_NUMBER = re.compile(r"\+?[0-9]{1,9}")
_ZONE_PART = re.compile(r"[A-Za-z.\-_0-9+]{1,14}")
_LONGEST = 1000
_HINT = 'five fields: minute, hour, day of the month, month, day of the week, such as "30 2 * * 1-5"; or `@daily`'


def schedule(value: Any, run: Run) -> Iterator[Row]:
    """`schedule` of a CronJob."""
    if isinstance(value, str):
        said = schedule_advice(value)
        if said:
            yield (), f"`{value[:80]}` is not a schedule: {said}", _HINT


@lru_cache(maxsize=1024)
def schedule_advice(text: str) -> str:
    """Why a schedule is refused; empty when it is fine."""
    if "TZ" in text:
        return "the time zone belongs under `timeZone`"
    if len(text) > _LONGEST:
        return "it is too long"
    if text.startswith("@every "):
        return "" if _DURATION.fullmatch(text[7:]) else "after `@every` comes a duration, such as `1h30m`"
    if text.startswith("@"):
        return "" if text in _WORDS else "there is no such word"
    parts = text.split()
    if len(parts) != len(_FIELDS):
        return f"it has {len(parts)} fields, and needs 5"
    for part, (name, low, high, words) in zip(parts, _FIELDS, strict=True):
        for item in filter(None, part.split(",")):
            said = _range_advice(item, low, high, words)
            if said:
                return f"`{item}` is no {name}: {said}"
    return ""


def _range_advice(text: str, low: int, high: int, words: dict[str, int]) -> str:
    ends, *steps = text.split("/")
    first, *last = ends.split("-")
    if len(steps) > 1 or len(last) > 1:
        return "it has too many parts"
    step = _number(steps[0], {}) if steps else 1
    if step is None or step == 0:
        return "a step is a number from 1"
    if first in ("*", "?"):
        return ""
    start = _number(first, words)
    # `5/10` means from 5 to the end.
    end = _number(last[0], words) if last else high if steps else start
    if start is None or end is None:
        return "it must be a number" + (", or a name of three letters" if words else "")
    if start < low or end > high:
        return f"allowed are {low} to {high}"
    return "it begins after its end" if start > end else ""


def _number(text: str, words: dict[str, int]) -> int | None:
    if text.lower() in words:
        return words[text.lower()]
    return int(text) if text.isascii() and _NUMBER.fullmatch(text) else None


def zone(value: Any, run: Run) -> Iterator[Row]:
    """`timeZone` of a CronJob."""
    if isinstance(value, str) and not known_zone(value):
        yield (), f"there is no time zone `{value[:80]}`", "such as `Europe/Berlin` or `Etc/UTC`"


@lru_cache(maxsize=256)
def known_zone(name: str) -> bool:
    """Whether a cluster knows a time zone by that name."""
    if not name or name.lower() == "local":
        return False
    for part in name.split("/"):
        if part in (".", "..") or part.startswith("-") or not _ZONE_PART.fullmatch(part):
            return False
    return name == "UTC" or _loads(name) or not _loads("Europe/Berlin")  # a machine without the database knows none


def _loads(name: str) -> bool:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    except (LookupError, OSError, ValueError):
        return False
    return True
