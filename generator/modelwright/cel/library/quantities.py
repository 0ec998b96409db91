"""Quantities (apiserver `pkg/cel/library/quantity.go`)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context, Decimal

from modelwright import quantities
from modelwright.cel.library import function, method, tenth
from modelwright.cel.values import INT_MAX, INT_MIN, EvalError, opaque

_EXACT = Context(prec=400)
_SINCE = 28


@dataclass(frozen=True, slots=True)
class Quantity:
    """An amount; equal amounts are equal however they are written."""

    amount: Decimal


opaque("quantity", Quantity)


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
    return Quantity(amount)


function("isQuantity", "string -> bool", cost=_walk, since=_SINCE)(quantities.is_quantity)
function("sign", "quantity -> int", since=_SINCE)(lambda q: (q.amount > 0) - (q.amount < 0))
method("sign", "quantity -> int", since=_SINCE)(lambda q: (q.amount > 0) - (q.amount < 0))
method("isGreaterThan", "quantity, quantity -> bool", since=_SINCE)(lambda a, b: _sign(a, b) == 1)
method("isLessThan", "quantity, quantity -> bool", since=_SINCE)(lambda a, b: _sign(a, b) == -1)
method("compareTo", "quantity, quantity -> int", since=_SINCE)(_sign)
method("asApproximateFloat", "quantity -> double", since=_SINCE)(lambda q: float(q.amount))


@method("isInteger", "quantity -> bool", since=_SINCE)
def _is_integer(value: Quantity) -> bool:
    return value.amount == value.amount.to_integral_value(context=_EXACT) and INT_MIN <= value.amount <= INT_MAX


@method("asInteger", "quantity -> int", since=_SINCE)
def _as_integer(value: Quantity) -> int:
    if not _is_integer(value):
        raise EvalError("cannot convert value to integer")
    return int(value.amount)


@method("add", "quantity, quantity -> quantity", since=_SINCE)
def _add(a: Quantity, b: Quantity) -> Quantity:
    return Quantity(_EXACT.add(a.amount, b.amount))


@method("add", "quantity, int -> quantity", since=_SINCE)
def _add_int(a: Quantity, b: int) -> Quantity:
    return Quantity(_EXACT.add(a.amount, Decimal(b)))


@method("sub", "quantity, quantity -> quantity", since=_SINCE)
def _sub(a: Quantity, b: Quantity) -> Quantity:
    return Quantity(_EXACT.subtract(a.amount, b.amount))


@method("sub", "quantity, int -> quantity", since=_SINCE)
def _sub_int(a: Quantity, b: int) -> Quantity:
    return Quantity(_EXACT.subtract(a.amount, Decimal(b)))
