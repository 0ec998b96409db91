"""Lists as sets (cel-go `ext/sets.go`)."""

from __future__ import annotations

from modelwright.cel.library import function
from modelwright.cel.values import equal, weight
from modelwright.typed import Any

_PAIR = "list<A>, list<A> -> bool"


def _pairs(a: list[Any], b: list[Any]) -> int:
    return len(a) * max(len(b), weight(b) // 10) + 1


def _both(a: list[Any], b: list[Any]) -> int:
    return 2 * _pairs(a, b)


def _has(items: list[Any], item: Any) -> bool:
    return any(equal(item, each) for each in items)


@function("sets.contains", _PAIR, cost=_pairs, since=29)
def _contains(a: list[Any], b: list[Any]) -> bool:
    return all(_has(a, item) for item in b)


@function("sets.intersects", _PAIR, cost=_pairs, since=29)
def _intersects(a: list[Any], b: list[Any]) -> bool:
    return any(_has(b, item) for item in a)


@function("sets.equivalent", _PAIR, cost=_both, since=29)
def _equivalent(a: list[Any], b: list[Any]) -> bool:
    return _contains(a, b) and _contains(b, a)
