"""Texts beyond the standard (cel-go `ext/strings.go`); places count characters from 0."""

from __future__ import annotations

from modelwright.cel.library import function, method, tenth
from modelwright.cel.values import MAX_SIZE, BudgetError, EvalError
from modelwright.typed import Any

_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
_UPPER = {code: code - 32 for code in range(ord("a"), ord("z") + 1)}
_SPACES = "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
_QUOTED = str.maketrans(
    {
        "\a": "\\a",
        "\b": "\\b",
        "\f": "\\f",
        "\n": "\\n",
        "\r": "\\r",
        "\t": "\\t",
        "\v": "\\v",
        "\\": "\\\\",
        '"': '\\"',
    }
)


def _walk(text: str, *_: Any) -> int:
    return tenth(len(text))


def _rebuild(text: str, *_: Any) -> int:
    return -(-len(text) // 5)


def _outside(place: int) -> EvalError:
    return EvalError(f"index out of range: {place}")


method("lowerAscii", "string -> string", cost=_walk)(lambda text: text.translate(_LOWER))
method("upperAscii", "string -> string", cost=_walk)(lambda text: text.translate(_UPPER))
method("trim", "string -> string", cost=_walk)(lambda text: text.strip(_SPACES))
method("reverse", "string -> string", cost=_walk, since=1000)(lambda text: text[::-1])


@method("charAt", "string, int -> string")
def _char_at(text: str, place: int) -> str:
    if not 0 <= place <= len(text):
        raise _outside(place)
    return text[place : place + 1]


@method("indexOf", "string, string -> int", "string, string, int -> int", cost=_walk)
def _index_of(text: str, part: str, start: int = 0) -> int:
    if not part:
        return start
    if start < 0:
        raise _outside(start)
    return text.find(part, start)


@method("lastIndexOf", "string, string -> int", cost=_walk)
def _last_index_of(text: str, part: str) -> int:
    return text.rfind(part)


@method("lastIndexOf", "string, string, int -> int", cost=_walk)
def _last_index_before(text: str, part: str, start: int) -> int:
    """The last place at or before `start`."""
    if not part:
        return start
    if start < 0:
        raise _outside(start)
    return text.rfind(part, 0, start + len(part)) if start < len(text) else -1


@method("substring", "string, int -> string", cost=_walk)
def _substring(text: str, start: int) -> str:
    if not 0 <= start <= len(text):
        raise _outside(start)
    return text[start:]


@method("substring", "string, int, int -> string", cost=_walk)
def _substring_range(text: str, start: int, end: int) -> str:
    if start > end:
        raise EvalError(f"invalid substring range. start: {start}, end: {end}")
    for place in (start, end):
        if not 0 <= place <= len(text):
            raise _outside(place)
    return text[start:end]


def _bounded(size: int) -> None:
    if size > MAX_SIZE:
        raise BudgetError


@method("replace", "string, string, string -> string", "string, string, string, int -> string", cost=_rebuild)
def _replace(text: str, old: str, new: str, limit: int = -1) -> str:
    count = text.count(old)
    count = min(count, limit) if limit >= 0 else count
    _bounded(len(text) + count * len(new))
    return text.replace(old, new, count)


@method("split", "string, string -> list<string>", "string, string, int -> list<string>", cost=_rebuild)
def _split(text: str, separator: str, limit: int = -1) -> list[str]:
    if limit == 0:
        return []
    if separator:
        return text.split(separator, limit - 1 if limit > 0 else -1)
    if 0 < limit < len(text):
        return [*text[: limit - 1], text[limit - 1 :]]
    return list(text)


def _joined(items: list[Any], separator: str = "") -> int:
    return -(-sum(len(item) + len(separator) for item in items if isinstance(item, str)) // 5)


@method("join", "list<string> -> string", "list<string>, string -> string", cost=_joined, since=29)
def _join(items: list[Any], separator: str = "") -> str:
    for item in items:
        if not isinstance(item, str):
            raise EvalError("join: invalid input: every item has to be a string")
    _bounded(sum(map(len, items)) + len(separator) * len(items))
    return separator.join(items)


@function("strings.quote", "string -> string", cost=_walk, since=29)
def quote(text: str) -> str:
    """The text as CEL would write it."""
    return f'"{text.translate(_QUOTED)}"'
