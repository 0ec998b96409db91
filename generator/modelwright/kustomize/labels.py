"""Label selectors, as `labelSelector` and `annotationSelector` state them (apimachinery `pkg/labels/selector.go`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

Test = Callable[[Mapping[str, str]], bool]

_TOKEN = re.compile(r"\s*(==|!=|=|!|\(|\)|,|>|<|[^\s=!(),<>]+)")
_KEY = re.compile(
    r"(?:[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?){0,126}/)?"
    r"[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?\Z"
)
_VALUE = re.compile(r"(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?\Z")
_SIGNS = frozenset(("==", "!=", "=", "!", "(", ")", ",", ">", "<"))


def matches(selector: str, labels: Mapping[str, str]) -> bool:
    """Whether labels satisfy a selector; an empty one is always satisfied. Raises ValueError where it cannot be read."""
    return all(test(labels) for test in parsed(selector))


@lru_cache(maxsize=256)
def parsed(selector: str) -> tuple[Test, ...]:
    """The requirements of a selector. Raises ValueError."""
    if not selector.strip():
        return ()
    tokens: list[str] = []
    position = 0
    text = selector.rstrip()
    while position < len(text):
        found = _TOKEN.match(text, position)
        if not found:
            raise ValueError(f"`{text[position:][:20]}` cannot be read")
        tokens.append(found[1])
        position = found.end()
    tests: list[Test] = []
    rest = tokens
    while True:
        test, rest = _requirement(rest)
        tests.append(test)
        if not rest:
            return tuple(tests)
        if rest[0] != "," or len(rest) < 2:
            raise ValueError("a `,` and another requirement is expected" if rest[0] != "," else "nothing follows the `,`")
        rest = rest[1:]


def _requirement(tokens: list[str]) -> tuple[Test, list[str]]:
    denied = tokens[0] == "!"
    if denied:
        tokens = tokens[1:]
    if not tokens or tokens[0] in _SIGNS:
        raise ValueError("a key is expected")
    key, rest = tokens[0], tokens[1:]
    if not _KEY.match(key):
        raise ValueError(f"`{key}` is no label key")
    if not rest or rest[0] == ",":
        return (_lacks(key) if denied else _has(key)), rest
    sign, rest = rest[0], rest[1:]
    if sign in ("in", "notin"):
        values, rest = _values(rest)
        _checked(values)
        return (_one_of if sign == "in" else _none_of)(key, frozenset(values)), rest
    if sign not in ("=", "==", "!=", ">", "<"):
        raise ValueError("one of `=`, `==`, `!=`, `in`, `notin`, `<`, `>` is expected")
    if not rest or rest[0] == ",":
        value = ""
    elif rest[0] in _SIGNS:
        raise ValueError("a value is expected")
    else:
        value, rest = rest[0], rest[1:]
    if sign in (">", "<"):
        if not _is_number(value):
            raise ValueError(f"`{value}` is no whole number")
        return _compared(key, sign, int(value)), rest
    _checked([value])
    return (_none_of if sign == "!=" else _one_of)(key, frozenset([value])), rest


def _values(tokens: list[str]) -> tuple[list[str], list[str]]:
    if not tokens or tokens[0] != "(" or ")" not in tokens:
        raise ValueError("a list in parentheses is expected")
    end = tokens.index(")")
    values, before = [], ","
    for token in tokens[1:end]:
        if token == ",":
            if before == ",":
                values.append("")
        elif token in _SIGNS or before != ",":
            raise ValueError("values with `,` between them are expected")
        else:
            values.append(token)
        before = token
    if before == ",":
        values.append("")
    return values, tokens[end + 1 :]


def _checked(values: list[str]) -> None:
    for value in values:
        if not _VALUE.match(value):
            raise ValueError(f"`{value}` is no label value")


def _has(key: str) -> Test:
    return lambda labels: key in labels


def _lacks(key: str) -> Test:
    return lambda labels: key not in labels


def _one_of(key: str, values: frozenset[str]) -> Test:
    return lambda labels: key in labels and labels[key] in values


def _none_of(key: str, values: frozenset[str]) -> Test:
    return lambda labels: key not in labels or labels[key] not in values


def _compared(key: str, sign: str, bound: int) -> Test:
    def test(labels: Mapping[str, str]) -> bool:
        text = labels.get(key, "")
        if not _is_number(text):
            return False
        return int(text) > bound if sign == ">" else int(text) < bound

    return test


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[-+]?[0-9]{1,19}", text) is not None
