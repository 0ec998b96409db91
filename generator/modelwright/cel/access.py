"""Variables, fields and items: `self`, `self.field`, `self.list[0]`, and their optional forms."""

from __future__ import annotations

from collections.abc import Callable

from modelwright.cel.types import DYN, Type, inner
from modelwright.cel.values import EvalError, Optional, key_of, show, type_name
from modelwright.typed import Any

Frame = list[Any]
Code = Callable[[Frame], Any]
UNSET: Any = object()
"""A variable without a value."""


def local(slot: int) -> Code:
    """A variable of a comprehension."""
    return lambda f: f[slot]


def lazy(slot: int) -> Code:
    """A variable bound to a value or to the error in its place, which is raised where it is read."""

    def run(f: Frame) -> Any:
        value = f[slot]
        if type(value) is EvalError:
            raise value
        return value

    return run


def variable(slot: int, name: str, offset: int) -> Code:
    """A variable of the expression."""

    def run(f: Frame) -> Any:
        value = f[slot]
        if value is UNSET:
            raise EvalError(f"no such attribute: {name}", offset)
        return value

    return run


def field_of(of: Type, field: str) -> tuple[str, Any, Type]:
    """What is wrong with a field of a type, or the field's key in the data, and its type."""
    if of.kind == "optional":
        return field_of(inner(of), field)
    if of.kind == "dyn":
        return "", field, DYN
    if of.kind == "map":
        return "", field, inner(of, 1)
    if of.kind == "object" and of.fields is not None:
        known = of.fields.known.get(field)
        if known is None:
            return f"undefined field '{field}'", None, DYN
        return "", known[0], known[1]()
    return f"type '{of}' does not support field selection", None, DYN


def item_of(of: Type, key: Type) -> Type | str:
    """The type of an item, or what is wrong with asking for it."""
    if of.kind == "optional":
        return item_of(inner(of), key)
    if of.kind == "dyn":
        return DYN
    if of.kind == "list" and key.kind in ("int", "dyn"):
        return inner(of)
    if of.kind == "map" and (key == inner(of) or "dyn" in (key.kind, inner(of).kind)):
        return inner(of, 1)
    return f"found no matching overload for '_[_]' applied to '({of}, {key})'"


def select(operand: Code, slot: int | None, field: str, offset: int) -> Code:
    """`operand.field`; `slot`: where the operand's value is, if it is a variable."""

    def other(f: Frame) -> Any:
        value = operand(f)
        if isinstance(value, dict):
            raise EvalError(f"no such key: {field}", offset)
        if type(value) is Optional:
            return _optional_select(value, field, offset)
        raise EvalError(f"type '{type_name(value)}' does not support field selection", offset)

    def run(f: Frame) -> Any:
        try:
            return operand(f)[field]
        except (KeyError, TypeError):
            return other(f)

    if slot is None:
        return run
    place = slot

    def direct(f: Frame) -> Any:
        try:
            return f[place][field]
        except (KeyError, TypeError):
            return other(f)

    return direct


def _optional_select(value: Optional, field: str, offset: int) -> Any:
    if not value.present:
        return value
    inside = value.value
    if not isinstance(inside, dict):
        raise EvalError(f"type '{type_name(inside)}' does not support field selection", offset)
    return Optional(inside[field]) if field in inside else Optional.none


def optional_field(operand: Code, field: str, asked: bool, offset: int) -> Code:
    """`operand.?field`, and any field of an optional value."""

    def run(f: Frame) -> Any:
        value = operand(f)
        if type(value) is Optional:
            return _optional_select(value, field, offset)
        if not asked:
            raise EvalError(f"type '{type_name(value)}' does not support field selection", offset)
        return _optional_select(Optional(value), field, offset)

    return run


def test(operand: Code, field: str, offset: int) -> Code:
    """`has(operand.field)`."""

    def run(f: Frame) -> Any:
        value = operand(f)
        if isinstance(value, dict):
            return field in value
        if type(value) is Optional:
            return _optional_select(value, field, offset).present
        raise EvalError(f"type '{type_name(value)}' does not support field selection", offset)

    return run


def get(value: Any, key: Any, offset: int) -> Any:
    """An item of a list or map. Raises EvalError."""
    if isinstance(value, list):
        index = _index(key, offset)
        if 0 <= index < len(value):
            return value[index]
        raise EvalError(f"index out of bounds: {index}", offset)
    if isinstance(value, dict):
        try:
            return value[key_of(key)]
        except KeyError:
            raise EvalError(f"no such key: {show(key)}", offset) from None
    raise EvalError(f"no such overload: _[_]({type_name(value)}, {type_name(key)})", offset)


def _index(key: Any, offset: int) -> int:
    cls = type(key)
    if cls is float and key.is_integer():
        return int(key)
    if cls is bool or not isinstance(key, int):
        raise EvalError(f"unsupported index type '{type_name(key)}' in list", offset)
    return key


def item(operand: Code, key: Code, offset: int) -> Code:
    """`operand[key]`."""

    def run(f: Frame) -> Any:
        value = operand(f)
        index = key(f)
        if type(value) is dict and type(index) is str:
            try:
                return value[index]
            except KeyError:
                raise EvalError(f"no such key: {show(index)}", offset) from None
        if type(value) is Optional:
            return _optional_item(value, index, offset)
        return get(value, index, offset)

    return run


def _optional_item(value: Optional, key: Any, offset: int) -> Optional:
    if not value.present:
        return value
    inside = value.value
    if isinstance(inside, list):
        index = _index(key, offset)
        return Optional(inside[index]) if 0 <= index < len(inside) else Optional.none
    if isinstance(inside, dict):
        try:
            return Optional(inside[key_of(key)])
        except KeyError:
            return Optional.none
    return Optional(get(inside, key, offset))


def optional_item(operand: Code, key: Code, asked: bool, offset: int) -> Code:
    """`operand[?key]`, and any item of an optional value."""

    def run(f: Frame) -> Any:
        value = operand(f)
        index = key(f)
        if type(value) is Optional:
            return _optional_item(value, index, offset)
        return _optional_item(Optional(value), index, offset) if asked else get(value, index, offset)

    return run


def present(value: Any, offset: int) -> bool:
    """Whether an optional item of a list or map is there."""
    if type(value) is not Optional:
        raise EvalError(f"cannot initialize an optional item from '{type_name(value)}'", offset)
    return value.present
