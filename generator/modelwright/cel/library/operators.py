"""Arithmetic. Numbers overflow with an error, and never mix (langdef, "Numeric Values")."""

from __future__ import annotations

import math
from collections.abc import Callable

from modelwright.cel.library import function, tenth
from modelwright.cel.values import (
    INT_MAX,
    INT_MIN,
    MAX_SIZE,
    UINT_MAX,
    BudgetError,
    Duration,
    EvalError,
    KeyedList,
    SetList,
    Timestamp,
    Uint,
    scalar,
)
from modelwright.typed import Any

MIN_TIME, MAX_TIME = -62_135_596_800_000_000_000, 253_402_300_799_999_999_999
"""0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999999999Z, in nanoseconds since 1970."""


def int64(value: int) -> int:
    """The value, where it is an int of CEL. Raises EvalError."""
    if INT_MIN <= value <= INT_MAX:
        return value
    raise EvalError("integer overflow")


def uint64(value: int) -> Uint:
    """The value as a uint of CEL. Raises EvalError."""
    if 0 <= value <= UINT_MAX:
        return Uint(value)
    raise EvalError("unsigned integer overflow")


def duration(nanos: int) -> Duration:
    """A duration, where it is in range (as many nanoseconds as an int holds). Raises EvalError."""
    if INT_MIN <= nanos <= INT_MAX:
        return Duration(nanos)
    raise EvalError("duration overflow")


def timestamp(nanos: int, offset: int = 0) -> Timestamp:
    """A timestamp of the years 1 to 9999. Raises EvalError."""
    if MIN_TIME <= nanos <= MAX_TIME:
        return Timestamp(nanos, offset)
    raise EvalError("timestamp overflow")


def _walk(left: Any, right: Any) -> int:
    total = len(left) + len(right)
    if total > MAX_SIZE:
        raise BudgetError
    return tenth(total)


def _quotient(a: int, b: int) -> int:
    if b == 0:
        raise EvalError("division by zero")
    return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)


def _remainder(a: int, b: int) -> int:
    if b == 0:
        raise EvalError("modulus by zero")
    if a == INT_MIN and b == -1:
        raise EvalError("integer overflow")
    return int(math.fmod(a, b)) if abs(a) < 2**53 and abs(b) < 2**53 else a - b * _quotient(a, b)


def _divide(a: float, b: float) -> float:
    if b == 0.0:
        if a == 0.0 or math.isnan(a):
            return math.nan
        return math.copysign(math.inf, a) * math.copysign(1.0, b)
    return a / b


def _integers(name: str, operation: Callable[[int, int], int]) -> None:
    @function(name, "int, int -> int")
    def _signed(a: int, b: int) -> int:
        result = operation(a, b)
        return result if INT_MIN <= result <= INT_MAX else int64(result)

    @function(name, "uint, uint -> uint")
    def _unsigned(a: int, b: int) -> Uint:
        return uint64(operation(int(a), int(b)))


_integers("_+_", lambda a, b: a + b)
_integers("_-_", lambda a, b: a - b)
_integers("_*_", lambda a, b: a * b)
_integers("_/_", _quotient)
_integers("_%_", _remainder)
function("_+_", "double, double -> double")(lambda a, b: a + b)
function("_-_", "double, double -> double")(lambda a, b: a - b)
function("_*_", "double, double -> double")(lambda a, b: a * b)
function("_/_", "double, double -> double")(_divide)
function("_+_", "string, string -> string", cost=_walk)(lambda a, b: a + b)
function("_+_", "bytes, bytes -> bytes", cost=_walk)(lambda a, b: a + b)
function("_+_", "duration, duration -> duration")(lambda a, b: duration(a.nanos + b.nanos))
function("_+_", "timestamp, duration -> timestamp")(lambda a, b: timestamp(a.nanos + b.nanos, a.offset))
function("_+_", "duration, timestamp -> timestamp")(lambda a, b: timestamp(a.nanos + b.nanos, b.offset))
function("_-_", "duration, duration -> duration")(lambda a, b: duration(a.nanos - b.nanos))
function("_-_", "timestamp, timestamp -> duration")(lambda a, b: duration(a.nanos - b.nanos))
function("_-_", "timestamp, duration -> timestamp")(lambda a, b: timestamp(a.nanos - b.nanos, a.offset))
function("-_", "int -> int")(lambda a: int64(-a))
function("-_", "double -> double")(lambda a: -a)


@function("_+_", "list<A>, list<A> -> list<A>", cost=_walk)
def _concatenate(a: list[Any], b: list[Any]) -> list[Any]:
    """Lists of list type `set` and `map` merge, as in apiserver `pkg/cel/common/values.go`."""
    if isinstance(a, SetList):
        known = {scalar(item) for item in a}
        return SetList([*a, *(item for item in b if scalar(item) not in known)])
    if isinstance(a, KeyedList):
        # The right side's item of a name takes the place of the left side's.
        places = {scalar(a.identity(item)): index for index, item in enumerate(a)}
        merged = list(a)
        for item in b:
            place = places.get(scalar(a.identity(item)))
            if place is None:
                merged.append(item)
            else:
                merged[place] = item
        return KeyedList(merged, a.keys)
    return [*a, *b]
