"""The filters and tests templates may use. Jinja's names and meanings, but total: absent in, absent out.

Arguments arrive as plain data (see `holes.look`), so none of these can meet an object of ours or Python's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any

from modelwright.expand.holes import MAX_SIZE, OMIT, Derived, TooLarge, Unfit, kind_of, text

MAX_DIGITS = 40
"""Digits of a number that text may be read as; none that a cluster can hold has more."""


def default(value: Any, other: Any = OMIT, falsy: bool = False) -> Any:
    """`other` where `value` is absent, or with `falsy` where it is empty, zero or false."""
    inner = value
    while type(inner) is Derived:
        inner = inner.value
    return other if _gone(inner) or (falsy and not inner) else value


def lower(value: Any) -> Any:
    return _text(value).lower()


def upper(value: Any) -> Any:
    return _text(value).upper()


def trim(value: Any) -> Any:
    return _text(value).strip()


def replace(value: Any, old: Any, new: Any) -> Any:
    whole, old, new = _text(value), _text(old), _text(new)
    _bounded(len(whole) + whole.count(old) * len(new))
    return whole.replace(old, new)


def string(value: Any) -> Any:
    return text(value)


def integer(value: Any, other: Any = OMIT) -> Any:
    """A whole number; `other`, or nothing, where the value is not one."""
    if isinstance(value, float):
        return int(value) if isfinite(value) else other
    if isinstance(value, int):
        return int(value)
    digits = value.strip() if isinstance(value, str) else ""
    bare = digits[1:] if digits[:1] in ("-", "+") else digits
    return int(digits) if bare.isascii() and bare.isdigit() and len(bare) <= MAX_DIGITS else other


def join(value: Any, between: Any = "") -> Any:
    parts = [text(item) for item in _items(value)]
    between = _text(between)
    _bounded(sum(map(len, parts)) + len(between) * len(parts))
    return between.join(parts)


def length(value: Any) -> Any:
    if isinstance(value, str | list | tuple | Mapping):
        return len(value)
    raise Unfit(f"{kind_of(value)} has no length")


def first(value: Any) -> Any:
    return next(iter(_items(value)), OMIT)


def last(value: Any) -> Any:
    items = _items(value)
    return items[-1] if items else OMIT


def sort(value: Any) -> Any:
    """Numbers by size, texts by character, numbers before texts. Lists and maps have no order."""
    items = _items(value)
    for item in items:
        if isinstance(item, list | tuple | Mapping):
            raise Unfit(f"{kind_of(item)} has no place in an order", "sort a list of texts or numbers")
    return sorted(items, key=lambda item: (1, 0, item) if isinstance(item, str) else (0, item, ""))


def unique(value: Any) -> Any:
    """Each item once, where it stood first. `1`, `1.0` and `true` are three things, as in a manifest."""
    seen: dict[str, Any] = {}
    for item in _items(value):
        seen.setdefault(repr(item), item)
    return list(seen.values())


def items(value: Any) -> Any:
    return [[key, _map(value)[key]] for key in _map(value)]


def dictsort(value: Any) -> Any:
    return [[key, _map(value)[key]] for key in sorted(_map(value), key=lambda k: (k.casefold(), k))]


def concat(parts: Any) -> Any:
    """What `~` makes: one text; nothing where a part is absent, as for a hole within text."""
    made = [text(part) for part in parts]
    if OMIT in made:
        return OMIT
    _bounded(sum(map(len, made)))
    return "".join(made)


def _text(value: Any) -> str:
    made = text(value)
    return "" if made is OMIT else str(made)


def _items(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return list(value)
    if isinstance(value, list | tuple):
        return list(value)
    raise Unfit(f"this filter needs a list, and gets {kind_of(value)}")


def _map(value: Any) -> Mapping[str, Any]:
    if isinstance(value, Mapping):
        return value
    raise Unfit(f"this filter needs a map, and gets {kind_of(value)}")


def _gone(value: Any) -> bool:
    return value is None or value is OMIT


def _bounded(size: int) -> None:
    if size > MAX_SIZE:
        raise TooLarge


def _absent_through(function: Callable[..., Any]) -> Callable[..., Any]:
    def total(value: Any, *arguments: Any) -> Any:
        return OMIT if _gone(value) else function(value, *arguments)

    return total


FILTERS: dict[str, tuple[Callable[..., Any], int, int]] = {
    "default": (default, 1, 2),
    **{
        name: (_absent_through(function), fewest, most)
        for name, function, fewest, most in (
            ("dictsort", dictsort, 0, 0),
            ("first", first, 0, 0),
            ("int", integer, 0, 1),
            ("items", items, 0, 0),
            ("join", join, 0, 1),
            ("last", last, 0, 0),
            ("length", length, 0, 0),
            ("lower", lower, 0, 0),
            ("replace", replace, 2, 2),
            ("sort", sort, 0, 0),
            ("string", string, 0, 0),
            ("trim", trim, 0, 0),
            ("unique", unique, 0, 0),
            ("upper", upper, 0, 0),
        )
    },
}
"""Name -> function, and how few and how many arguments it takes."""

TESTS: dict[str, Callable[[Any], bool]] = {
    "defined": lambda value: not _gone(value),
    "undefined": lambda value: _gone(value),
    "none": lambda value: _gone(value),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "mapping": lambda value: isinstance(value, Mapping),
    "sequence": lambda value: isinstance(value, list | tuple),
    "true": lambda value: value is True,
    "false": lambda value: value is False,
}
"""As in Jinja, but `sequence` is a list only, and null is as absent as what is not there."""
