"""`size`, texts and `type` of the standard library (langdef, "List of Standard Definitions")."""

from __future__ import annotations

from modelwright.cel.library import function, method, tenth
from modelwright.cel.library.regex import matches, pattern_cost
from modelwright.cel.values import NAMES, TypeValue, kind_of
from modelwright.typed import Any

_SIZES = ("string -> int", "bytes -> int", "list<A> -> int", "map<A, B> -> int")
_TEXTS = "string, string -> bool"


def _traverse(text: str, _: str) -> int:
    return tenth(len(text))


function("size", *_SIZES)(len)
method("size", *_SIZES)(len)
method("startsWith", _TEXTS, cost=_traverse)(str.startswith)
method("endsWith", _TEXTS, cost=_traverse)(str.endswith)
method("contains", _TEXTS, cost=lambda a, b: tenth(len(a)) * tenth(len(b)))(str.__contains__)
method("matches", _TEXTS, cost=pattern_cost)(matches)
function("matches", _TEXTS, cost=pattern_cost)(matches)
function("dyn", "A -> dyn")(lambda value: value)


@function("type", "A -> type<A>")
def type_of(value: Any) -> TypeValue:
    """The type of a value, as a value."""
    kind = kind_of(type(value))
    return TypeValue(NAMES.get(kind, kind))
