"""Conversions between types (langdef, "Type conversions"; texts of numbers and times as Go's `strconv` and `time`)."""

from __future__ import annotations

import calendar
import datetime
import math
import re
from decimal import Decimal

from modelwright.cel.library import function, tenth
from modelwright.cel.library.operators import MAX_TIME, MIN_TIME, int64, uint64
from modelwright.cel.values import (
    INT_MAX,
    INT_MIN,
    SECOND,
    UINT_MAX,
    Duration,
    EvalError,
    Timestamp,
    Uint,
    show,
)

_INT = re.compile(r"[+-]?[0-9]{1,40}")
_UINT = re.compile(r"[0-9]{1,40}")
_FLOAT = re.compile(
    r"[+-]?(?:(?:[0-9](?:_?[0-9])*\.?(?:[0-9](?:_?[0-9])*)?|\.[0-9](?:_?[0-9])*)(?:[eE][+-]?[0-9]+)?|inf|infinity|nan)",
    re.IGNORECASE,
)
_HEX_FLOAT = re.compile(r"[+-]?0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)[pP][+-]?[0-9]+")
_BOOLS = dict.fromkeys(("1", "t", "T", "true", "TRUE", "True"), True) | dict.fromkeys(
    ("0", "f", "F", "false", "FALSE", "False"), False
)
_TIME = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{1,2}):([0-9]{2}):([0-9]{2})(?:[.,]([0-9]+))?(Z|[+-][0-9]{2}:[0-9]{2})"
)
_SPAN = re.compile(r"([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)")
_UNITS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": 1_000_000,
    "s": SECOND,
    "m": 60 * SECOND,
    "h": 3600 * SECOND,
}

function("bool", "bool -> bool")(lambda value: value)
function("bytes", "bytes -> bytes")(lambda value: value)
function("double", "double -> double")(lambda value: value)
function("duration", "duration -> duration")(lambda value: value)
function("int", "int -> int")(lambda value: value)
function("string", "string -> string")(lambda value: value)
function("timestamp", "timestamp -> timestamp")(lambda value: value)
function("uint", "uint -> uint")(lambda value: value)
function("int", "uint -> int")(lambda value: int64(int(value)))
function("int", "timestamp -> int")(lambda value: value.nanos // SECOND)
function("int", "duration -> int")(lambda value: value.nanos)
function("uint", "int -> uint")(uint64)
function("double", "int -> double", "uint -> double")(float)
function("string", "int -> string", "uint -> string")(lambda value: str(int(value)))
function("string", "bool -> string")(lambda value: "true" if value else "false")
function("bytes", "string -> bytes", cost=lambda text: tenth(len(text)))(str.encode)


@function("int", "double -> int")
def int_of_double(value: float) -> int:
    """Towards zero."""
    if INT_MIN < value < INT_MAX:
        return int(value)
    raise EvalError("integer overflow")


@function("int", "string -> int")
def int_of_text(text: str) -> int:
    """A decimal number, with or without a sign."""
    if _INT.fullmatch(text) and INT_MIN <= int(text) <= INT_MAX:
        return int(text)
    raise EvalError(f"type conversion error from {show(text)} to 'int'")


@function("uint", "double -> uint")
def uint_of_double(value: float) -> Uint:
    """Towards zero."""
    if 0 <= value < UINT_MAX:
        return Uint(int(value))
    raise EvalError("unsigned integer overflow")


@function("uint", "string -> uint")
def uint_of_text(text: str) -> Uint:
    """A decimal number without a sign."""
    if _UINT.fullmatch(text) and int(text) <= UINT_MAX:
        return Uint(int(text))
    raise EvalError(f"type conversion error from {show(text)} to 'uint'")


@function("double", "string -> double")
def double_of_text(text: str) -> float:
    """What Go's `ParseFloat` reads."""
    if len(text) <= 10_000:
        if _FLOAT.fullmatch(text):
            value = float(text)
            if not (math.isinf(value) and "n" not in text.lower()):
                return value
        elif _HEX_FLOAT.fullmatch(text):
            try:
                return float.fromhex(text)
            except OverflowError:
                pass
    raise EvalError(f"type conversion error from {show(text)} to 'double'")


@function("bool", "string -> bool")
def bool_of_text(text: str) -> bool:
    """What Go's `ParseBool` reads."""
    if text in _BOOLS:
        return _BOOLS[text]
    raise EvalError(f"type conversion error from {show(text)} to 'bool'")


@function("string", "bytes -> string", cost=lambda data: tenth(len(data)))
def text_of_bytes(data: bytes) -> str:
    """UTF-8, and nothing else."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise EvalError("invalid UTF-8 in bytes, cannot convert to string") from None


@function("string", "double -> string")
def text_of_double(value: float) -> str:
    """The shortest text that reads back, as Go's `FormatFloat(value, 'g', -1, 64)`."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    sign, digits, exponent = _shortest(value)
    point = len(digits) + exponent
    if value and not -4 <= point - 1 < 6:
        power = point - 1
        fraction = "." + digits[1:] if len(digits) > 1 else ""
        return f"{sign}{digits[0]}{fraction}e{'-' if power < 0 else '+'}{abs(power):02d}"
    return sign + plain(digits, exponent)


def _shortest(value: float) -> tuple[str, str, int]:
    parts = Decimal(repr(value)).as_tuple()
    digits = "".join(map(str, parts.digits)).lstrip("0") or "0"
    stripped = digits.rstrip("0") or "0"
    exponent = int(parts.exponent) + len(digits) - len(stripped)
    return ("-" if parts.sign else ""), stripped, exponent if value else 0


def plain(digits: str, exponent: int) -> str:
    """Digits and an exponent of ten without an exponent."""
    if exponent >= 0:
        return digits + "0" * exponent
    padded = digits.rjust(1 - exponent, "0")
    return f"{padded[:exponent]}.{padded[exponent:]}"


@function("string", "duration -> string")
def text_of_duration(value: Duration) -> str:
    """Seconds: `1.5s`."""
    sign, digits, exponent = _shortest(value.nanos / SECOND)
    return sign + plain(digits, exponent) + "s"


@function("string", "timestamp -> string")
def text_of_timestamp(value: Timestamp) -> str:
    """RFC 3339, in the zone it was written in, with as much of the second as there is."""
    seconds, nanos = divmod(value.nanos, SECOND)
    date = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=seconds)
    zone = "Z"
    try:
        if value.offset:
            date += datetime.timedelta(minutes=value.offset)
            hours, minutes = divmod(abs(value.offset), 60)
            zone = f"{'-' if value.offset < 0 else '+'}{hours:02d}:{minutes:02d}"
    except OverflowError:
        pass  # within a day of the first or last year: in UTC
    fraction = f".{nanos:09d}".rstrip("0") if nanos else ""
    return f"{date.isoformat()}{fraction}{zone}"


@function("timestamp", "int -> timestamp")
def timestamp_of_int(seconds: int) -> Timestamp:
    """Seconds since 1970."""
    nanos = seconds * SECOND
    if MIN_TIME <= nanos <= MAX_TIME:
        return Timestamp(nanos)
    raise EvalError("timestamp overflow")


@function("timestamp", "string -> timestamp")
def timestamp_of(text: str) -> Timestamp:
    """RFC 3339."""
    found = _TIME.fullmatch(text)
    failed = EvalError(f"type conversion error from {show(text)} to 'google.protobuf.Timestamp'")
    if not found:
        raise failed
    year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
    if not (1 <= month <= 12 and hour < 24 and minute < 60 and second < 60 and year >= 1):
        raise failed
    if not 1 <= day <= calendar.monthrange(year, month)[1]:
        raise failed
    zone = found[8]
    offset = 0
    if zone != "Z":
        hours, minutes = int(zone[1:3]), int(zone[4:6])
        if hours > 24 or minutes > 59:
            raise failed
        offset = (hours * 60 + minutes) * (-60 if zone[0] == "-" else 60)
    seconds = calendar.timegm((year, month, day, hour, minute, second)) - offset
    nanos = seconds * SECOND + int((found[7] or "0")[:9].ljust(9, "0"))
    if not MIN_TIME <= nanos <= MAX_TIME:
        raise failed
    return Timestamp(nanos, offset // 60)


@function("duration", "string -> duration")
def duration_of(text: str) -> Duration:
    """What Go's `ParseDuration` reads: `1h30m`, `-1.5s`, `0`."""
    rest = text[1:] if text[:1] in ("-", "+") else text
    failed = EvalError(f"type conversion error from {show(text)} to 'google.protobuf.Duration'")
    if rest == "0":
        return Duration(0)
    total = 0
    place = 0
    while place < len(rest):
        found = _SPAN.match(rest, place)
        if not found or len(found[1]) > 1_000:
            raise failed
        whole, _, fraction = found[1].partition(".")
        unit = _UNITS[found[2]]
        total += int(whole or "0") * unit + int(fraction or "0") * unit // 10 ** len(fraction)
        if total > INT_MAX + 1:
            raise failed
        place = found.end()
    total = -total if text[:1] == "-" else total
    if not rest or not INT_MIN <= total <= INT_MAX:
        raise failed
    return Duration(total)
