"""Numbers beyond the standard (cel-go `ext/math.go`). Kubernetes does not have them."""

from __future__ import annotations

import math
from collections.abc import Callable

from modelwright.cel.library import NEVER, function
from modelwright.cel.values import INT_MAX, INT_MIN, UINT_MAX, EvalError, Uint, compare_numbers, no_overload
from modelwright.typed import Any

_NUMBERS = ("int", "uint", "double")


def _extreme(name: str, sign: int) -> None:
    def best(*args: Any) -> Any:
        found = args[0]
        for each in args[1:]:
            if compare_numbers(found, each) == sign:
                found = each
        return found

    def of_list(items: list[Any]) -> Any:
        if not items:
            raise EvalError(f"{name}(list) argument must not be empty")
        for item in items:
            if type(item) not in (int, Uint, float):
                raise no_overload(name, items)
        return best(*items)

    for kind in _NUMBERS:
        function(name, f"{kind} -> {kind}", since=NEVER)(best)
        function(name, f"list<{kind}> -> {kind}", since=NEVER)(of_list)
        for other in _NUMBERS:
            result = kind if kind == other else "dyn"
            function(name, f"{kind}, {other} -> {result}", since=NEVER)(best)


_extreme("math.greatest", -1)
_extreme("math.least", 1)


def _double(name: str, call: Callable[[float], Any], result: str = "double") -> None:
    function(name, f"double -> {result}", since=NEVER)(call)


def _whole(operation: Callable[[float], int]) -> Callable[[float], float]:
    return lambda value: value if not math.isfinite(value) else math.copysign(float(operation(value)), value)


def _round(value: float) -> int:
    """Half away from zero."""
    whole = math.trunc(value)
    return whole + (1 if value > 0 else -1) * (abs(value - whole) >= 0.5)


_double("math.ceil", _whole(math.ceil))
_double("math.floor", _whole(math.floor))
_double("math.round", _whole(_round))
_double("math.trunc", _whole(math.trunc))
_double("math.isInf", math.isinf, "bool")
_double("math.isNaN", math.isnan, "bool")
_double("math.isFinite", math.isfinite, "bool")
_double("math.abs", abs)
_double("math.sign", lambda value: value if math.isnan(value) else float((value > 0) - (value < 0)))
function("math.sign", "int -> int", since=NEVER)(lambda value: (value > 0) - (value < 0))
function("math.sign", "uint -> uint", since=NEVER)(lambda value: Uint(value > 0))
function("math.abs", "uint -> uint", since=NEVER)(lambda value: value)


@function("math.abs", "int -> int", since=NEVER)
def _abs(value: int) -> int:
    if value == INT_MIN:
        raise EvalError("integer overflow")
    return abs(value)


@function("math.sqrt", "double -> double", "int -> double", "uint -> double", since=NEVER)
def _sqrt(value: float) -> float:
    return math.sqrt(value) if value >= 0 else math.nan


def _signed(value: int) -> int:
    value &= UINT_MAX
    return value - 2**64 if value > INT_MAX else value


def _bits(name: str, operation: Callable[[int, int], int]) -> None:
    function(name, "int, int -> int", since=NEVER)(lambda a, b: _signed(operation(a, b)))
    function(name, "uint, uint -> uint", since=NEVER)(lambda a, b: Uint(operation(int(a), int(b))))


_bits("math.bitAnd", lambda a, b: a & b)
_bits("math.bitOr", lambda a, b: a | b)
_bits("math.bitXor", lambda a, b: a ^ b)
function("math.bitNot", "int -> int", since=NEVER)(lambda a: ~a)
function("math.bitNot", "uint -> uint", since=NEVER)(lambda a: Uint(~int(a) & UINT_MAX))


def _shift(name: str, operation: Callable[[int, int], int]) -> None:
    """Bits fall off the end; a right shift fills with zeros."""

    def shifted(value: int, by: int) -> int:
        if by < 0:
            raise EvalError(f"{name}() negative offset: {by}")
        return operation(int(value) & UINT_MAX, by) & UINT_MAX if by < 64 else 0

    function(name, "int, int -> int", since=NEVER)(lambda a, b: _signed(shifted(a, b)))
    function(name, "uint, int -> uint", since=NEVER)(lambda a, b: Uint(shifted(a, b)))


_shift("math.bitShiftLeft", lambda a, b: a << b)
_shift("math.bitShiftRight", lambda a, b: a >> b)
