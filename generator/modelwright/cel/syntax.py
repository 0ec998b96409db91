"""What an expression is made of: its tree."""

from __future__ import annotations

from typing import Any

from modelwright.records import dataclass


@dataclass(frozen=True, slots=True)
class Node:
    """Any part of an expression; `offset` is where it stands in the text."""

    offset: int


@dataclass(frozen=True, slots=True)
class Literal(Node):
    value: Any


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A variable or a type; a leading dot is part of the name."""

    name: str


@dataclass(frozen=True, slots=True)
class Select(Node):
    """`operand.field`, `operand.?field`, and `has(operand.field)` as a test."""

    operand: Node
    field: str
    optional: bool = False
    test: bool = False
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Index(Node):
    """`operand[key]` and `operand[?key]`."""

    operand: Node
    key: Node
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Call(Node):
    """`name(args)` or `target.name(args)`; operators are named `_+_` and so on."""

    name: str
    args: tuple[Node, ...]
    target: Node | None = None


@dataclass(frozen=True, slots=True)
class Logic(Node):
    """`a && b && c`, or the same of `||`; flat, so that long chains are not deep."""

    word: str
    terms: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Choice(Node):
    """`condition ? yes : no`."""

    condition: Node
    yes: Node
    no: Node


@dataclass(frozen=True, slots=True)
class ListOf(Node):
    """`[a, ?b]`: items, each with whether it is optional."""

    items: tuple[tuple[Node, bool], ...]


@dataclass(frozen=True, slots=True)
class MapOf(Node):
    """`{key: value, ?key: value}`: entries, each with whether it is optional."""

    entries: tuple[tuple[Node, Node, bool], ...]


@dataclass(frozen=True, slots=True)
class Message(Node):
    """`Type{field: value}`: a protobuf message, which Kubernetes has none of."""

    name: str


@dataclass(frozen=True, slots=True)
class Macro(Node):
    """A comprehension or binding: `name` over `range`, its variables, and the expressions that see them."""

    name: str
    range: Node
    variables: tuple[str, ...]
    bodies: tuple[Node, ...]
