"""`"%s has %d".format([...])` (cel-go `ext/formatting.go` and `formatting_v2.go`)."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Decimal

from modelwright.cel.library import NEVER, conversions, method, tenth
from modelwright.cel.values import (
    MAX_SIZE,
    BudgetError,
    Duration,
    EvalError,
    Timestamp,
    TypeValue,
    Uint,
    keys,
    type_name,
    weight,
)
from modelwright.typed import Any

_CLAUSE = re.compile(r"%(?:%|(?:\.([0-9]{1,4}))?([A-Za-z])?)")
_SPECIAL = {"NaN", "Infinity", "-Infinity"}


@method("format", "string, list<dyn> -> string", cost=lambda text, _: tenth(len(text)), since=NEVER)
def _format(pattern: str, args: list[Any]) -> str:
    return filled(pattern, args, clause)


def filled(pattern: str, args: list[Any], write: Callable[[str, str | None, Any], str]) -> str:
    """The pattern with its clauses replaced by what `write(verb, precision, value)` makes of them."""
    weight(args)
    parts: list[str] = []
    size = used = done = 0
    for found in _CLAUSE.finditer(pattern):
        parts.append(pattern[done : found.start()])
        done = found.end()
        if found[0] == "%%":
            parts.append("%")
            continue
        if found[2] is None:
            raise EvalError(f"unexpected end of format string or unrecognized clause `{found[0]}`")
        if used >= len(args):
            raise EvalError(f"index {used} out of range")
        parts.append(write(found[2], found[1], args[used]))
        used += 1
        size += len(parts[-1])
        if size > MAX_SIZE:
            raise BudgetError
    if used < len(args):
        raise EvalError(f"too many arguments supplied to format: {len(args)} for {used}")
    return "".join(parts) + pattern[done:]


def clause(verb: str, precision: str | None, value: Any) -> str:
    """A value as a verb writes it."""
    digits = int(precision) if precision else 6
    if verb == "s":
        return text(value)
    if verb == "d":
        return _decimal(value)
    if verb == "f":
        return _number(value, verb, lambda number: fixed(number, digits))
    if verb == "e":
        return _number(value, verb, lambda number: f"{number:.{digits}e}")
    if verb == "b":
        return _integer(value, "b") if type(value) is not bool else str(int(value))
    if verb in "xX":
        if type(value) is str or type(value) is bytes:
            shown = (value.encode() if isinstance(value, str) else value).hex()
            return shown.upper() if verb == "X" else shown
        return _integer(value, verb)
    if verb == "o":
        return _integer(value, "o")
    raise EvalError(f'could not parse formatting clause: unrecognized formatting clause "{verb}"')


def _refused(verb: str, value: Any) -> EvalError:
    return EvalError(f"error during formatting: clause `%{verb}` does not take {type_name(value)}")


def _integer(value: Any, verb: str) -> str:
    if type(value) is int or type(value) is Uint:
        return format(int(value), verb)
    raise _refused(verb, value)


def _decimal(value: Any) -> str:
    if type(value) is float:
        return special(value) or conversions.text_of_double(value)
    return _integer(value, "d")


def special(value: float) -> str:
    """How a number that is none is written; empty for all others."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return ""


def _number(value: Any, verb: str, shown: Any) -> str:
    if type(value) is str and value in _SPECIAL:
        return value
    if type(value) not in (float, int, Uint):
        raise _refused(verb, value)
    number = float(value)
    return special(number) or str(shown(number))


def fixed(number: float, digits: int) -> str:
    """With so many digits after the point, rounded half to even on the exact value."""
    exact = Decimal(number)
    return (
        format(exact, f".{digits}f")
        if abs(exact) < 10**20
        else format(exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN, _wide()), "f")
    )


def _wide() -> Any:
    from decimal import Context

    return Context(prec=20_000)


def text(value: Any) -> str:
    """Any value as `%s` writes it."""
    if isinstance(value, str):
        return value
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, float):
        return special(value) or conversions.text_of_double(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, list):
        return f"[{', '.join(map(text, value))}]"
    if isinstance(value, dict):
        pairs = sorted((text(key), text(each)) for key, each in zip(keys(value), value.values(), strict=True))
        return "{" + ", ".join(f"{key}: {each}" for key, each in pairs) + "}"
    if isinstance(value, Timestamp):
        return conversions.text_of_timestamp(value)
    if isinstance(value, Duration):
        return conversions.text_of_duration(value)
    if isinstance(value, TypeValue):
        return value.name
    raise _refused("s", value)
