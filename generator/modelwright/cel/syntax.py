"""What an expression is made of: its tree. Parts are never changed once they are made.

Plain classes: data classes would cost every cold start more than all else that is imported for an expression.
"""

from __future__ import annotations

from modelwright.typed import Any


class Node:
    """Any part of an expression; `offset` is where it stands in the text."""

    __slots__ = ("offset",)

    def __init__(self, offset: int) -> None:
        self.offset = offset

    def values(self) -> list[Any]:
        """What it was made of, in the order in which it is made."""
        return [getattr(self, name) for cls in reversed(type(self).__mro__) for name in getattr(cls, "__slots__", ())]


class Literal(Node):
    __slots__ = ("value",)

    def __init__(self, offset: int, value: Any) -> None:
        self.offset, self.value = offset, value


class Name(Node):
    """A variable or a type; a leading dot is part of the name."""

    __slots__ = ("name",)

    def __init__(self, offset: int, name: str) -> None:
        self.offset, self.name = offset, name


class Select(Node):
    """`operand.field`, `operand.?field`, and `has(operand.field)` as a test."""

    __slots__ = ("operand", "field", "optional", "test", "quoted")  # noqa: RUF023 the order of the arguments

    def __init__(
        self, offset: int, operand: Node, field: str, optional: bool = False, test: bool = False, quoted: bool = False
    ) -> None:
        self.offset, self.operand, self.field = offset, operand, field
        self.optional, self.test, self.quoted = optional, test, quoted


class Index(Node):
    """`operand[key]` and `operand[?key]`."""

    __slots__ = ("operand", "key", "optional")  # noqa: RUF023 the order of the arguments

    def __init__(self, offset: int, operand: Node, key: Node, optional: bool = False) -> None:
        self.offset, self.operand, self.key, self.optional = offset, operand, key, optional


class Call(Node):
    """`name(args)` or `target.name(args)`; operators are named `_+_` and so on."""

    __slots__ = ("name", "args", "target")  # noqa: RUF023 the order of the arguments

    def __init__(self, offset: int, name: str, args: tuple[Node, ...], target: Node | None = None) -> None:
        self.offset, self.name, self.args, self.target = offset, name, args, target


class Logic(Node):
    """`a && b && c`, or the same of `||`; flat, so that long chains are not deep."""

    __slots__ = ("word", "terms")  # noqa: RUF023 the order of the arguments

    def __init__(self, offset: int, word: str, terms: tuple[Node, ...]) -> None:
        self.offset, self.word, self.terms = offset, word, terms


class Choice(Node):
    """`condition ? yes : no`."""

    __slots__ = ("condition", "yes", "no")  # noqa: RUF023 the order of the arguments

    def __init__(self, offset: int, condition: Node, yes: Node, no: Node) -> None:
        self.offset, self.condition, self.yes, self.no = offset, condition, yes, no


class ListOf(Node):
    """`[a, ?b]`: items, each with whether it is optional."""

    __slots__ = ("items",)

    def __init__(self, offset: int, items: tuple[tuple[Node, bool], ...]) -> None:
        self.offset, self.items = offset, items


class MapOf(Node):
    """`{key: value, ?key: value}`: entries, each with whether it is optional."""

    __slots__ = ("entries",)

    def __init__(self, offset: int, entries: tuple[tuple[Node, Node, bool], ...]) -> None:
        self.offset, self.entries = offset, entries


class Message(Node):
    """`Type{field: value}`: a protobuf message, which Kubernetes has none of."""

    __slots__ = ("name",)

    def __init__(self, offset: int, name: str) -> None:
        self.offset, self.name = offset, name


class Macro(Node):
    """A comprehension or binding: `name` over `range`, its variables, and the expressions that see them."""

    __slots__ = ("name", "range", "variables", "bodies")  # noqa: RUF023 the order of the arguments

    def __init__(
        self, offset: int, name: str, range: Node, variables: tuple[str, ...], bodies: tuple[Node, ...]
    ) -> None:
        self.offset, self.name, self.range = offset, name, range
        self.variables, self.bodies = variables, bodies
