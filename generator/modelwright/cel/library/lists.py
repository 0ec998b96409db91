"""Lists: Kubernetes' own functions (apiserver `pkg/cel/library/lists.go`) and cel-go's (`ext/lists.go`)."""

from __future__ import annotations

from functools import cmp_to_key
from itertools import pairwise

from modelwright.cel.library import function, functions, method
from modelwright.cel.values import (
    MAX_SIZE,
    ORDERED,
    BudgetError,
    Duration,
    EvalError,
    Uint,
    compare,
    equal,
    kind_of,
    no_overload,
    weight,
)
from modelwright.typed import Any

_ORDERED = ("int", "uint", "double", "bool", "duration", "timestamp", "string", "bytes")
_SUMMABLE = {"int": 0, "uint": Uint(0), "double": 0.0, "duration": Duration(0)}


def _each(items: list[Any], *_: Any) -> int:
    return len(items)


def _find(items: list[Any], item: Any) -> int:
    return len(items) * max(1, weight(item) // 10)


def _flat(items: list[Any], _: int = 1) -> int:
    return weight(items)


def _squared(items: list[Any]) -> int:
    return 2 * len(items) * max(len(items), weight(items) // 10) + 11


def _comparable(name: str, items: list[Any]) -> None:
    if any(type(item) not in ORDERED for item in items):
        raise no_overload(name, items)


def _order(a: Any, b: Any) -> int:
    """Values of types that do not compare leave each other in place, as in Kubernetes' functions."""
    try:
        return compare(a, b) or 0
    except EvalError:
        return 0


def _sorted(items: list[Any]) -> bool:
    _comparable("isSorted", items)
    return all(_order(a, b) <= 0 for a, b in pairwise(items))


def _least(items: list[Any], sign: int) -> Any:
    if not items:
        raise EvalError(f"{'min' if sign > 0 else 'max'} called on empty list")
    found = items[0]
    _comparable("min" if sign > 0 else "max", items)
    for item in items[1:]:
        if _order(found, item) == sign:
            found = item
    return found


for _kind in _ORDERED:
    method("isSorted", f"list<{_kind}> -> bool", cost=_each)(_sorted)
    method("min", f"list<{_kind}> -> {_kind}", cost=_each)(lambda items: _least(items, 1))
    method("max", f"list<{_kind}> -> {_kind}", cost=_each)(lambda items: _least(items, -1))


def _sum(items: list[Any], zero: Any) -> Any:
    kind = kind_of(type(items[0])) if items else kind_of(type(zero))
    if kind not in _SUMMABLE:
        raise no_overload("sum", items)
    add = next(each.call for each in functions()["_+_"] if each.params[0].kind == kind)
    total = _SUMMABLE[kind]
    for item in items:
        if type(item) is not type(total):
            raise no_overload("_+_", total, item)
        total = add(total, item)
    return total


def _declare_sum(kind: str, zero: Any) -> None:
    method("sum", f"list<{kind}> -> {kind}", cost=_each)(lambda items: _sum(items, zero))


for _kind, _zero in _SUMMABLE.items():
    _declare_sum(_kind, _zero)


@method("indexOf", "list<A>, A -> int", cost=_find)
def _index_of(items: list[Any], item: Any) -> int:
    return next((index for index, each in enumerate(items) if equal(each, item)), -1)


@method("lastIndexOf", "list<A>, A -> int", cost=_find)
def _last_index_of(items: list[Any], item: Any) -> int:
    return next((index for index in range(len(items) - 1, -1, -1) if equal(items[index], item)), -1)


@method("slice", "list<A>, int, int -> list<A>", cost=_each, since=34)
def _slice(items: list[Any], start: int, end: int) -> list[Any]:
    if not 0 <= start <= end <= len(items):
        raise EvalError(f"cannot slice({start}, {end}), list is length {len(items)}")
    return items[start:end]


@method("flatten", "list<A> -> list<dyn>", "list<A>, int -> list<dyn>", cost=_flat, since=34)
def _flatten(items: list[Any], depth: int = 1) -> list[Any]:
    if depth < 0:
        raise EvalError("level must be non-negative")
    flat: list[Any] = []
    for item in items:
        if depth and isinstance(item, list):
            flat += _flatten(item, depth - 1)
        else:
            flat.append(item)
    return flat


def in_order(items: list[Any], by: list[Any]) -> list[Any]:
    """The items in the order of their keys `by`. Raises EvalError for keys without an order."""
    for key in by:
        if type(key) not in ORDERED:
            raise EvalError("list elements must be comparable")
        if type(key) is not type(by[0]):
            raise EvalError("list elements must have the same type")
    order = cmp_to_key(lambda a, b: compare(a, b) or 0)
    return [items[index] for index in sorted(range(len(items)), key=lambda index: order(by[index]))]


for _kind in _ORDERED:
    method("sort", f"list<{_kind}> -> list<{_kind}>", cost=_squared, since=34)(
        lambda items: in_order(items, items)
    )


def _many(count: int) -> int:
    return max(count, 0) + 11


@function("lists.range", "int -> list<int>", cost=_many, since=34)
def _range(count: int) -> list[int]:
    if count > MAX_SIZE:
        raise BudgetError
    return list(range(count))


@method("reverse", "list<A> -> list<A>", cost=_each, since=34)
def _reverse(items: list[Any]) -> list[Any]:
    return items[::-1]


@method("distinct", "list<A> -> list<A>", cost=_squared, since=34)
def _distinct(items: list[Any]) -> list[Any]:
    kept: list[Any] = []
    for item in items:
        if not any(equal(item, each) for each in kept):
            kept.append(item)
    return kept
