"""Quantities (apiserver `pkg/cel/library/quantity.go`)."""

from __future__ import annotations

import re
from decimal import Context, Decimal

from modelwright import quantities
from modelwright.cel.library import function, method, tenth
from modelwright.cel.values import INT_MAX, INT_MIN, EvalError, opaque
from modelwright.records import dataclass, field

_EXACT = Context(prec=400)
_SINCE = 28


@dataclass(frozen=True, slots=True)
class Quantity:
    """An amount; equal amounts are equal however they are written."""

    amount: Decimal
    scale: int | None = field(compare=False)
    """The power of ten it is counted in, as the server keeps it; None for what it keeps as a decimal."""


opaque("quantity", Quantity)


_NUMBER = re.compile(r"[+-]?0*([0-9]*)\.?([0-9]*)(.*)")
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}


def _scale(text: str, amount: Decimal) -> int | None:
    """As `ParseQuantity` of apimachinery `pkg/api/resource/quantity.go`, which does not reduce what is written."""
    found = _NUMBER.fullmatch(text)
    assert found, text
    whole, fraction, suffix = found.groups()
    whole = whole or "0"
    if suffix in _BINARY:
        # Only whole numbers that surely fit are counted, others are decimals.
        room = 15 - len(whole) - int(_BINARY[suffix] * 3 / 10) - 1
        return 0 if room >= 0 and not fraction and abs(amount) <= INT_MAX else None
    scale = _DECIMAL[suffix] if suffix in _DECIMAL else int(suffix[1:])
    scale -= len(fraction)
    return scale if len(whole) + len(fraction) <= 18 and scale >= -9 else None


def _sum(a: Quantity, b: Quantity, sign: int) -> Quantity:
    amount = _EXACT.add(a.amount, b.amount * sign)
    if a.scale is None or b.scale is None:
        return Quantity(amount, None)
    if not b.amount:
        return a
    scale = min(a.scale, b.scale) if a.amount else b.scale
    fits = all(abs(each.scaleb(-scale, _EXACT)) <= INT_MAX for each in (amount, a.amount, b.amount))
    return Quantity(amount, scale if fits else None)


def _walk(text: str) -> int:
    return tenth(len(text))


def _sign(a: Quantity, b: Quantity) -> int:
    return (a.amount > b.amount) - (a.amount < b.amount)


@function("quantity", "string -> quantity", cost=_walk, since=_SINCE)
def quantity_of(text: str) -> Quantity:
    """What the server reads as a quantity."""
    amount = quantities.quantity(text)
    if amount is None:
        raise EvalError("quantities must match the regular expression of Kubernetes' quantities")
    return Quantity(amount, _scale(text, amount))


function("isQuantity", "string -> bool", cost=_walk, since=_SINCE)(quantities.is_quantity)
function("sign", "quantity -> int", since=_SINCE)(lambda q: (q.amount > 0) - (q.amount < 0))
method("isGreaterThan", "quantity, quantity -> bool", since=_SINCE)(lambda a, b: _sign(a, b) == 1)
method("isLessThan", "quantity, quantity -> bool", since=_SINCE)(lambda a, b: _sign(a, b) == -1)
method("compareTo", "quantity, quantity -> int", since=_SINCE)(_sign)


@method("asApproximateFloat", "quantity -> double", since=_SINCE)
def _float(value: Quantity) -> float:
    if not value.scale:
        return float(value.amount)
    return float(value.amount.scaleb(-value.scale, _EXACT)) * 10.0**value.scale


@method("isInteger", "quantity -> bool", since=_SINCE)
def _is_integer(value: Quantity) -> bool:
    """Only where it is counted in whole ones: `1000m` and `1.0` are not, as on the server."""
    return value.scale is not None and value.scale >= 0 and INT_MIN <= value.amount <= INT_MAX


@method("asInteger", "quantity -> int", since=_SINCE)
def _as_integer(value: Quantity) -> int:
    if not _is_integer(value):
        raise EvalError("cannot convert value to integer")
    return int(value.amount)


@method("add", "quantity, quantity -> quantity", since=_SINCE)
def _add(a: Quantity, b: Quantity) -> Quantity:
    return _sum(a, b, 1)


@method("add", "quantity, int -> quantity", since=_SINCE)
def _add_int(a: Quantity, b: int) -> Quantity:
    return _sum(a, Quantity(Decimal(b), 0), 1)


@method("sub", "quantity, quantity -> quantity", since=_SINCE)
def _sub(a: Quantity, b: Quantity) -> Quantity:
    return _sum(a, b, -1)


@method("sub", "quantity, int -> quantity", since=_SINCE)
def _sub_int(a: Quantity, b: int) -> Quantity:
    return _sum(a, Quantity(Decimal(b), 0), -1)
