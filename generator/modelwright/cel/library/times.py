"""Parts of timestamps and durations (langdef, "Timezones" and the accessors of the standard library)."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from functools import lru_cache

from modelwright.cel.library import method
from modelwright.cel.values import SECOND, Duration, EvalError, Timestamp, show

_OFFSET = re.compile(r"([+-]?[0-9]{1,3}):([+-]?[0-9]{1,3})")
_NAMED = re.compile(r"[A-Z][A-Za-z0-9_+-]*(?:/[A-Z][A-Za-z0-9_+-]*)*")
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_PARTS: dict[str, Callable[[datetime.datetime], int]] = {
    "getFullYear": lambda date: date.year,
    "getMonth": lambda date: date.month - 1,
    "getDayOfYear": lambda date: date.timetuple().tm_yday - 1,
    "getDayOfMonth": lambda date: date.day - 1,
    "getDate": lambda date: date.day,
    "getDayOfWeek": lambda date: date.isoweekday() % 7,
    "getHours": lambda date: date.hour,
    "getMinutes": lambda date: date.minute,
    "getSeconds": lambda date: date.second,
    "getMilliseconds": lambda date: date.microsecond // 1000,
}


@lru_cache(maxsize=256)
def _zone(name: str) -> datetime.tzinfo:
    if name in ("", "UTC"):
        return datetime.UTC
    found = _OFFSET.fullmatch(name)
    if found:
        # As cel-go `common/types/timestamp.go`: the sign of the hours is the whole's.
        hours, minutes = int(found[1]), int(found[2])
        offset = hours * 60 + (-minutes if hours < 0 else minutes)
        if abs(offset) < 24 * 60:
            return datetime.timezone(datetime.timedelta(minutes=offset))
    elif _NAMED.fullmatch(name):
        from importlib.resources import files
        from zoneinfo import ZoneInfo

        # The packaged zones rather than the machine's: the same answer everywhere.
        file = files("tzdata").joinpath("zoneinfo", *name.split("/"))
        if file.is_file():
            with file.open("rb") as data:
                return ZoneInfo.from_file(data, name)
    raise EvalError(f"unknown time zone {show(name)}")


def _date(value: Timestamp, zone: str) -> datetime.datetime:
    utc = _EPOCH + datetime.timedelta(microseconds=value.nanos // 1000)
    try:
        return utc.astimezone(_zone(zone))
    except OverflowError:
        raise EvalError("timestamp overflow") from None


def _declare(name: str, part: Callable[[datetime.datetime], int]) -> None:
    @method(name, "timestamp -> int", "timestamp, string -> int")
    def _part(value: Timestamp, zone: str = "UTC") -> int:
        return part(_date(value, zone))


for _name, _read in _PARTS.items():
    _declare(_name, _read)


def _whole(nanos: int, unit: int) -> int:
    return nanos // unit if nanos >= 0 else -(-nanos // unit)


@method("getHours", "duration -> int")
def _hours(value: Duration) -> int:
    return _whole(value.nanos, 3600 * SECOND)


@method("getMinutes", "duration -> int")
def _minutes(value: Duration) -> int:
    return _whole(value.nanos, 60 * SECOND)


@method("getSeconds", "duration -> int")
def _seconds(value: Duration) -> int:
    return _whole(value.nanos, SECOND)


@method("getMilliseconds", "duration -> int")
def _milliseconds(value: Duration) -> int:
    """Only the part below a second, as the language's own cases have it."""
    return _whole(value.nanos, SECOND // 1000)
