"""The values of CEL, as Python holds them.

`bool`, `int` (64 bits, signed), `float`, `str`, `bytes`, `None`, `list` and `dict` stand for themselves; the rest is
here. Equality and order follow the language definition (google/cel-spec, `doc/langdef.md`): numbers compare across
their types, everything else of two types is unequal.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from modelwright.records import dataclass, field
from modelwright.typed import Any, ClassVar

INT_MIN, INT_MAX, UINT_MAX = -(2**63), 2**63 - 1, 2**64 - 1
SECOND = 1_000_000_000
MAX_SIZE = 16_000_000
"""Characters or items of the largest value an expression may make."""
MAX_WEIGHT = 2_000_000
"""Values within a value, at most, where something walks through all of them."""


class EvalError(Exception):
    """A value that cannot be had. Logical operators may absorb it."""

    def __init__(self, message: str, offset: int | None = None) -> None:
        super().__init__(message)
        self.message, self.offset = message, offset


class BudgetError(Exception):
    """The cost limit is spent. Nothing absorbs it."""


class Uint(int):
    """An unsigned integer of 64 bits."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, order=True)
class Duration:
    """A span of time, in nanoseconds."""

    nanos: int


@dataclass(frozen=True, slots=True, order=True)
class Timestamp:
    """An instant, in nanoseconds since 1970 in UTC."""

    nanos: int
    offset: int = field(default=0, compare=False)
    """Minutes east of UTC in which it was written; only texts made of it show that."""


@dataclass(frozen=True, slots=True)
class TypeValue:
    """A type as a value, such as `int` in `type(1) == int`."""

    name: str


class Optional:
    """A value that may be absent."""

    __slots__ = ("present", "value")
    none: ClassVar[Optional]

    def __init__(self, value: Any, present: bool = True) -> None:
        self.value, self.present = value, present


Optional.none = Optional(None, present=False)


class BoolKey:
    """`true` or `false` as the key of a map; Python's own would equal 1 or 0."""

    __slots__ = ("value",)

    def __init__(self, value: bool) -> None:
        self.value = value


class Map(dict[Any, Any]):
    """A map with a key that is a `BoolKey`; all other maps are plain dictionaries."""

    __slots__ = ()


class SetList(list[Any]):
    """A list of list type `set`: equal in any order, and added to without duplicates."""

    __slots__ = ()


class KeyedList(list[Any]):
    """A list of list type `map`: its items are told apart by `keys`."""

    __slots__ = ("keys",)

    def __init__(self, items: Iterable[Any], keys: tuple[str, ...]) -> None:
        super().__init__(items)
        self.keys = keys

    def identity(self, item: Any) -> tuple[Any, ...]:
        """What two items of the same name have in common."""
        return tuple(item.get(key) for key in self.keys) if isinstance(item, dict) else (item,)


NUMBERS = frozenset({int, Uint, float})
ORDERED = frozenset({int, Uint, float, str, bytes, bool, Timestamp, Duration})
_TRUE, _FALSE = BoolKey(True), BoolKey(False)
_KINDS: dict[type, str] = {
    type(None): "null",
    bool: "bool",
    int: "int",
    Uint: "uint",
    float: "double",
    str: "string",
    bytes: "bytes",
    list: "list",
    SetList: "list",
    KeyedList: "list",
    tuple: "list",
    dict: "map",
    Map: "map",
    Timestamp: "timestamp",
    Duration: "duration",
    TypeValue: "type",
    Optional: "optional",
}
NAMES = {
    "null": "null_type",
    "timestamp": "google.protobuf.Timestamp",
    "duration": "google.protobuf.Duration",
    "optional": "optional_type",
    "quantity": "kubernetes.Quantity",
    "ip": "net.IP",
    "cidr": "net.CIDR",
    "url": "kubernetes.URL",
    "semver": "kubernetes.Semver",
    "format": "kubernetes.NamedFormat",
}
"""Kinds whose type value is named otherwise."""


def opaque(kind: str, *classes: type) -> None:
    """Make the values of a library known, under one kind."""
    for each in classes:
        _KINDS[each] = kind


def kind_of(cls: type) -> str:
    """The kind of the values of a class; `dyn` for a stranger."""
    return _KINDS.get(cls, "dyn")


def type_name(value: Any) -> str:
    """The name of a value's type, as `type(value)` shows it."""
    kind = kind_of(type(value))
    return NAMES.get(kind, kind)


def key_of(key: Any) -> Any:
    """A map's key as Python stores it. Raises KeyError for what can be no key of any map."""
    cls = type(key)
    if cls is str or cls is int or cls is Uint:
        return key
    if cls is bool:
        return _TRUE if key else _FALSE
    if cls is float and key.is_integer():
        return int(key)
    raise KeyError(key)


def keys(value: dict[Any, Any]) -> list[Any]:
    """The keys of a map, as CEL sees them."""
    if type(value) is Map:
        return [key.value if type(key) is BoolKey else key for key in value]
    return list(value)


def mapping(entries: Iterable[tuple[Any, Any]], once: bool = True) -> dict[Any, Any]:
    """A map of entries. Raises EvalError for a key of a wrong type, and (`once`) for one given twice."""
    result: dict[Any, Any] = {}
    plain = True
    for key, value in entries:
        if type(key) is float or kind_of(type(key)) not in ("bool", "int", "uint", "string"):
            raise EvalError(f"unsupported key type: {type_name(key)}")
        stored = key_of(key)
        if once and stored in result:
            raise EvalError(f"Failed with repeated key: {show(key)}")
        plain = plain and type(stored) is not BoolKey
        result[stored] = value
    return result if plain else Map(result)


def equal(left: Any, right: Any) -> bool:
    """Whether two values are equal, whatever their types."""
    cls, other = type(left), type(right)
    if cls is other and (cls is str or cls is int or cls is bool or cls is bytes):
        return bool(left == right)
    if cls in NUMBERS and other in NUMBERS:
        return compare_numbers(left, right) == 0
    if isinstance(left, list) and isinstance(right, list):
        return _equal_lists(left, right)
    if isinstance(left, dict) and isinstance(right, dict):
        return len(left) == len(right) and all(
            key in right and equal(value, right[key]) for key, value in left.items()
        )
    if cls is Optional and other is Optional:
        return left.present == right.present and (not left.present or equal(left.value, right.value))
    return cls is other and bool(left == right)


def _equal_lists(left: list[Any], right: list[Any]) -> bool:
    if len(left) != len(right):
        return False
    if isinstance(left, SetList):
        return {scalar(item) for item in left} == {scalar(item) for item in right}
    if isinstance(left, KeyedList):
        known = {scalar(left.identity(item)): item for item in right}
        return all(equal(item, known.get(scalar(left.identity(item)), known)) for item in left)
    return all(map(equal, left, right))


def scalar(value: Any) -> Any:
    """Something with a hash that is the same for equal values; sets and keys of lists hold little but scalars."""
    if isinstance(value, (list, tuple)):
        return tuple(map(scalar, value))
    if isinstance(value, dict):
        return frozenset((key, scalar(each)) for key, each in value.items())
    return (type(value) in NUMBERS, kind_of(type(value)) if type(value) not in NUMBERS else "", value)


def weight(value: Any, most: int = MAX_WEIGHT) -> int:
    """How many values a value is made of, shared ones counted each time. Raises BudgetError beyond `most`.

    A value that shares its parts (`[a, a]` of `[b, b]` ...) may be far larger than the memory it takes.
    """
    total = 0
    waiting = [value]
    while waiting:
        each = waiting.pop()
        total += 1
        if isinstance(each, (list, dict)):
            total += len(each)
            waiting += [
                item
                for item in (each if isinstance(each, list) else each.values())
                if isinstance(item, (list, dict, Optional))
            ]
        elif type(each) is Optional:
            waiting.append(each.value)
        if total > most:
            raise BudgetError
    return total


def compare_numbers(left: Any, right: Any) -> int | None:
    """-1, 0 or 1; None where one is not a number."""
    if type(left) is float and type(right) is float:
        if math.isnan(left) or math.isnan(right):
            return None
    elif type(left) is float or type(right) is float:
        return _compare_mixed(left, right)
    return int(left > right) - int(left < right)


def _compare_mixed(left: Any, right: Any) -> int | None:
    """As cel-go `common/types/compare.go`: within the integer's range both are compared as doubles."""
    if type(right) is not float:
        swapped = _compare_mixed(right, left)
        return None if swapped is None else -swapped
    if math.isnan(right):
        return None
    number = float(left)
    return (number > right) - (number < right)


def compare(left: Any, right: Any) -> int | None:
    """-1, 0 or 1 for two values that have an order; None for a number that is none. Raises EvalError for others."""
    cls, other = type(left), type(right)
    if cls in NUMBERS and other in NUMBERS:
        return compare_numbers(left, right)
    if cls is other and cls in ORDERED:
        return int(left > right) - int(left < right)
    raise no_overload("comparison", left, right)


def no_overload(name: str, *args: Any) -> EvalError:
    """The error of a function that does not take these values."""
    shown = ", ".join(type_name(arg) for arg in args)
    return EvalError(f"no such overload: {name}({shown})")


def show(value: Any) -> str:
    """A value for a message, short."""
    text = f"'{value}'" if isinstance(value, str) else str(value)
    return text if len(text) <= 80 else text[:77] + "..."


def size_of(value: Any) -> int:
    """What a value weighs when a function walks through it: characters, bytes, items, else 1."""
    cls = type(value)
    if cls is str or cls is bytes or isinstance(value, (list, dict)):
        return len(value)
    if cls is Optional and value.present:
        return size_of(value.value)
    return 1
