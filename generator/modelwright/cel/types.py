"""Static types: what is known of a value before there is one.

Names in signatures are those of `values.kind_of`, with parameters in brackets and one-letter variables:
`list<A>, A -> int`. Assignability follows cel-go's `checker/types.go`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

from modelwright.cel.values import NAMES
from modelwright.patterns import pattern
from modelwright.records import dataclass, field


@dataclass(frozen=True, slots=True)
class Type:
    """A type: its kind, and the types of its items, or of its keys and values."""

    kind: str
    of: tuple[Type, ...] = ()
    fields: Fields | None = field(default=None, compare=False, repr=False)
    """The fields of an object, where `kind` is `object`; `name` tells objects apart."""
    name: str = ""

    def __str__(self) -> str:
        inside = ", ".join(map(str, self.of))
        name = self.name or NAMES.get(self.kind, self.kind)
        return f"{name}({inside})" if inside else name


@dataclass(frozen=True, slots=True)
class Fields:
    """Fields of an object: how an expression names each -> the key in the data, and a way to its type."""

    known: Mapping[str, tuple[str, Callable[[], Type]]]


DYN = Type("dyn")
FREE = Type("dyn", name="dyn ")
"""The items of an empty list: of whatever type is asked for. Only `settled` types leave the compiler."""
NULL, BOOL, INT, UINT, DOUBLE = (Type(kind) for kind in ("null", "bool", "int", "uint", "double"))
STRING, BYTES, TIMESTAMP, DURATION = (Type(kind) for kind in ("string", "bytes", "timestamp", "duration"))
_OPAQUE = frozenset({"quantity", "ip", "cidr", "url", "semver", "format"})
_NULLABLE = _OPAQUE | {"timestamp", "duration", "object", "optional"}
_WORD = pattern(r"\s*([A-Za-z]+|[<>,])")


def listing(item: Type) -> Type:
    """The type of a list."""
    return Type("list", (item,))


def mapped(key: Type, value: Type) -> Type:
    """The type of a map."""
    return Type("map", (key, value))


def optional(value: Type) -> Type:
    """The type of a value that may be absent."""
    return Type("optional", (value,))


def inner(of: Type, index: int = 0) -> Type:
    """The type of a container's items (or of its values, `index` 1); dyn where that is not known."""
    return of.of[index] if len(of.of) > index else DYN


def is_variable(of: Type) -> bool:
    """Whether a signature's type stands for any type."""
    return len(of.kind) == 1


@lru_cache(maxsize=1024)
def signature(text: str) -> tuple[tuple[Type, ...], Type]:
    """Parameters and result of `string, int -> list<string>`."""
    params, result = text.split("->")
    return tuple(_types(params)), _types(result)[0]


def _types(text: str) -> list[Type]:
    words = [word for word in _WORD.findall(text) if word != ","]
    result: list[Type] = []
    stack = [result]
    for word in words:
        if word == "<":
            stack.append([])
        elif word == ">":
            inside = stack.pop()
            stack[-1][-1] = Type(stack[-1][-1].kind, tuple(inside))
        else:
            stack[-1].append(Type(word))
    return result


def fits(param: Type, given: Type, bound: dict[str, Type]) -> bool:
    """Whether a value of type `given` may stand where `param` is asked for; `bound` learns the variables."""
    if is_variable(param):
        known = bound.get(param.kind)
        if known is None or known == FREE:
            bound[param.kind] = given
            return True
        if "dyn" in (known.kind, given.kind):
            bound[param.kind] = known if given == FREE else DYN
            return True
        if given == NULL or known == NULL:
            if given != NULL:
                bound[param.kind] = given
            return given == known or _takes_null(known if given == NULL else given)
        if fits(known, given, {}):
            return True
        if fits(given, known, {}):
            bound[param.kind] = given
            return True
        return False
    if param.kind == "dyn" or given.kind == "dyn":
        return True
    if given == NULL and param != NULL:
        return _takes_null(param)
    if param.kind != given.kind or param.name != given.name:
        return False
    if param.kind == "type":
        return True
    return all(fits(a, b, bound) for a, b in zip(param.of, given.of, strict=False))


def _takes_null(of: Type) -> bool:
    return of.kind in _NULLABLE


def filled(of: Type, bound: Mapping[str, Type]) -> Type:
    """A signature's type with its variables put in."""
    if is_variable(of):
        return bound.get(of.kind, FREE)
    return Type(of.kind, tuple(filled(part, bound) for part in of.of)) if of.of else of


def join(left: Type, right: Type) -> Type:
    """The type of a value that is one or the other."""
    if left == right or right == FREE:
        return left
    if left == FREE:
        return right
    if DYN in (left, right):
        return DYN
    if left == NULL and _takes_null(right):
        return right
    if right == NULL and _takes_null(left):
        return left
    alike = left.kind == right.kind and left.name == right.name and len(left.of) == len(right.of)
    if alike and left.of and fits(left, right, {}):
        return Type(left.kind, tuple(map(join, left.of, right.of)))
    return DYN


def is_open(of: Type) -> bool:
    """Whether something in the type is left open."""
    return of == FREE or any(map(is_open, of.of))


def settled(of: Type) -> Type:
    """The type without anything left open."""
    if of == FREE:
        return DYN
    return Type(of.kind, tuple(map(settled, of.of)), of.fields, of.name) if of.of else of
