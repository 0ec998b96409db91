"""What the overlay room needs to know of plain data: sameness, copies, pointers, numbers that survive."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_PLAIN = frozenset({str, int, float, bool})
_ABSENT = object()

EXACT = 2**53
"""Beyond this, JSON6902 rounds: kustomize sends the whole object through JSON numbers (facts/peers.md d)."""


def same(a: Any, b: Any) -> bool:
    """Equal as the API server sees it: `1` is `1.0` but not `true`, `null` is not absence, order of keys is nothing."""
    if a is b:
        return True
    sort = type(a)
    if sort is type(b) and sort in _PLAIN:
        return bool(a == b)
    if sort is dict or isinstance(a, Mapping):
        if (type(b) is not dict and not isinstance(b, Mapping)) or len(a) != len(b):
            return False
        # The hot path: variants of one component share most of their text.
        for key, value in a.items():
            other = b.get(key, _ABSENT)
            if value is other:
                continue
            if type(value) is str and type(other) is str:
                if value != other:
                    return False
            elif other is _ABSENT or not same(value, other):
                return False
        return True
    if sort is list or isinstance(a, list | tuple):
        return (type(b) is list or isinstance(b, list | tuple)) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(b, Mapping | list | tuple) or sort is bool or type(b) is bool:
        return False
    return bool(a == b)


def plain(value: Any) -> Any:
    """A deep copy in dicts and lists."""
    if type(value) in _PLAIN:
        return value
    if type(value) is dict or isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def exact(value: Any) -> bool:
    """True when every number in `value` survives JSON6902."""
    sort = type(value)
    if sort is str:
        return True
    if sort is dict or isinstance(value, Mapping):
        for item in value.values():  # noqa: SIM110  twice as fast as all() of a generator, and this is the hot path
            if type(item) is not str and not exact(item):
                return False
        return True
    if sort is list or isinstance(value, list | tuple):
        return all(map(exact, value))
    return not isinstance(value, int) or -EXACT <= value <= EXACT


def pointer(*steps: str | int) -> str:
    """A JSON pointer (RFC 6901)."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def steps_of(path: str) -> list[str]:
    """The steps of a JSON pointer."""
    return [step.replace("~1", "/").replace("~0", "~") for step in path.split("/")[1:]]
