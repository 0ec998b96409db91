"""Values that may be absent (cel-go `cel/library.go`, "OptionalTypes")."""

from __future__ import annotations

from modelwright.cel.library import function, method
from modelwright.cel.values import Duration, EvalError, Optional, Timestamp, no_overload
from modelwright.typed import Any

function("optional.of", "A -> optional<A>", since=28)(Optional)
function("optional.none", "-> optional<A>", since=28)(lambda: Optional.none)
method("hasValue", "optional<A> -> bool", since=28)(lambda value: value.present)
method("orValue", "optional<A>, A -> A", since=28)(lambda a, b: a.value if a.present else b)
method("or", "optional<A>, optional<A> -> optional<A>", since=28)(lambda a, b: a if a.present else b)
_FALSY: tuple[Any, ...] = (None, False, 0, 0.0, "", b"", [], {}, Duration(0), Timestamp(0))


@function("optional.ofNonZeroValue", "A -> optional<A>", since=28)
def of_non_zero(value: Any) -> Optional:
    """Absent where the value is the zero of its type."""
    zero = any(isinstance(value, type(each)) and value == each for each in _FALSY)
    return Optional.none if zero else Optional(value)


@method("value", "optional<A> -> A", since=28)
def value_of(value: Optional) -> Any:
    """The value. Raises EvalError where there is none."""
    if value.present:
        return value.value
    raise EvalError("optional.none() dereference")


@method("unwrapOpt", "list<optional<A>> -> list<A>", since=32)
@function("optional.unwrap", "list<optional<A>> -> list<A>", since=32)
def _unwrap(items: list[Any]) -> list[Any]:
    """The values that are there."""
    for item in items:
        if not isinstance(item, Optional):
            raise no_overload("optional.unwrap", item)
    return [item.value for item in items if item.present]


@method("first", "list<A> -> optional<A>", since=34)
def _first(items: list[Any]) -> Optional:
    return Optional(items[0]) if items else Optional.none


@method("last", "list<A> -> optional<A>", since=34)
def _last(items: list[Any]) -> Optional:
    return Optional(items[-1]) if items else Optional.none
