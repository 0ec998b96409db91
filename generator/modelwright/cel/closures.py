"""A tree to Python closures, with what is known of their types.

A closure takes a frame (a list): place 0 holds the budget that is left, the rest the variables. Each closure is made
once, when the expression is compiled, for what is known then; the usual case (fields of maps, numbers and texts of
the same type) takes the shortest way, everything else the general one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from modelwright.cel import access, calls, comprehensions, logic
from modelwright.cel.syntax import (
    Call,
    Choice,
    Index,
    ListOf,
    Literal,
    Logic,
    Macro,
    MapOf,
    Message,
    Name,
    Node,
    Select,
)
from modelwright.cel.tokens import CelError
from modelwright.cel.types import DYN, FREE, Type, inner, join, listing, mapped
from modelwright.cel.values import NAMES, EvalError, TypeValue, kind_of, mapping
from modelwright.typed import Any

Frame = list[Any]
Code = Callable[[Frame], Any]
Compiled = tuple[Code, Type]

_TYPE_NAMES = ("bool", "bytes", "double", "int", "list", "map", "string", "uint", "type")
TYPE_VALUES: Mapping[str, TypeValue] = {name: TypeValue(name) for name in (*_TYPE_NAMES, *NAMES.values())}
"""Types an expression may name."""
_TYPES = {name: Type(kind) for kind, name in NAMES.items()} | {
    "list": listing(DYN),
    "map": mapped(DYN, DYN),
    "type": Type("type"),
}


class Compiler:
    """One expression's compilation: its variables, their places in the frame, and what its parts cost."""

    def __init__(
        self, variables: Mapping[str, Type], checked: bool, minor: int | None, container: str
    ) -> None:
        self.variables = variables
        self.checked = checked
        self.minor = minor
        self._uniform = minor is not None
        """Whether the items of a literal have to be of one type."""
        self.slots: dict[str, int] = {}
        """Variable -> its place, of those the expression reads."""
        self.size = 1
        self.cost = 0
        self._scope: dict[str, Compiled] = {}
        self._places: dict[Code, int] = {}
        """Closures that only read a variable -> its place."""
        self._prefixes = [*_prefixes(container), ""]

    def compile(self, node: Node) -> Compiled:
        """The closure of a part and its type. Raises CelError."""
        method: Callable[[Any], Compiled] = getattr(self, "_" + type(node).__name__.lower())
        self.cost += 1
        return method(node)

    def bound(self, names: Mapping[str, Type], body: Callable[[list[int]], Any], lazy: bool = False) -> Any:
        """What `body` makes of the places of new local variables; a lazy one may hold an error."""
        outer = dict(self._scope)
        places = []
        for name, of in names.items():
            code = (access.lazy if lazy else access.local)(self.size)
            self._scope[name] = code, of
            if not lazy:
                self._places[code] = self.size
            places.append(self.size)
            self.size += 1
        result = body(places)
        self._scope = outer
        return result

    def arguments(self, nodes: tuple[Node, ...], free: bool) -> list[Compiled]:
        """The arguments of a call; where `free`, literals in them may mix types."""
        before = self._uniform
        self._uniform = before and not free
        made = [self.compile(each) for each in nodes]
        self._uniform = before
        return made

    def fail(self, message: str, node: Node) -> Compiled:
        """A part that cannot be: refused now, or when it is reached where types are not checked."""
        if self.checked:
            raise CelError(message, node.offset, "type")
        offset = node.offset

        def run(_: Frame) -> Any:
            raise EvalError(message, offset)

        return run, DYN

    def _literal(self, node: Literal) -> Compiled:
        return constant(node.value), Type(kind_of(type(node.value)))

    def _name(self, node: Name) -> Compiled:
        found = self.variable(node)
        return found or self.fail(f"undeclared reference to '{node.name}'", node)

    def variable(self, node: Node) -> Compiled | None:
        """The variable or type that a dotted name means, the longest name first; None where it is neither."""
        name = dotted(node)
        if name is None:
            return None
        absolute = name.startswith(".")
        if name in self._scope:
            return self._scope[name]
        if name.partition(".")[0] in self._scope and not absolute:
            return None
        for prefix in [""] if absolute else self._prefixes:
            full = prefix + name.removeprefix(".")
            if full in self.variables:
                slot = self.slots.get(full, 0)
                if not slot:
                    slot = self.slots[full] = self.size
                    self.size += 1
                code = access.variable(slot, full, node.offset)
                self._places[code] = slot
                return code, self.variables[full]
            if full in TYPE_VALUES:
                return constant(TYPE_VALUES[full]), Type("type", (_TYPES.get(full, Type(full)),))
        return None

    def _select(self, node: Select) -> Compiled:
        if not (node.test or node.optional or node.quoted):
            found = self.variable(node)
            if found:
                return found
        if node.quoted and self.minor is not None:
            raise CelError("names in backticks are not known to Kubernetes", node.offset)
        operand, of = self.compile(node.operand)
        kept, field, result = access.field_of(of, node.field)
        if field is None:
            return self.fail(kept, node)
        if node.test:
            self.cost -= 1
            return access.test(operand, field, node.offset), Type("bool")
        if node.optional or of.kind == "optional":
            lenient = access.optional_field(operand, field, node.optional, node.offset)
            return lenient, Type("optional", (inner(result) if result.kind == "optional" else result,))
        return access.select(operand, self._places.get(operand), field, node.offset), result

    def _index(self, node: Index) -> Compiled:
        operand, of = self.compile(node.operand)
        key, key_type = self.compile(node.key)
        result = access.item_of(of, key_type)
        if isinstance(result, str):
            return self.fail(result, node)
        if node.optional or of.kind == "optional":
            return access.optional_item(operand, key, node.optional, node.offset), Type("optional", (result,))
        return access.item(operand, key, node.offset), result

    def _call(self, node: Call) -> Compiled:
        return calls.call(self, node)

    def _logic(self, node: Logic) -> Compiled:
        terms = []
        for term in node.terms:
            code, of = self.compile(term)
            if self.checked and of.kind not in ("bool", "dyn"):
                return self.fail(f"found no matching overload for '_{node.word}_' applied to '({of})'", term)
            terms.append(code)
        return logic.chain(terms, node.word == "||", node.offset), Type("bool")

    def _choice(self, node: Choice) -> Compiled:
        condition, of = self.compile(node.condition)
        if self.checked and of.kind not in ("bool", "dyn"):
            return self.fail(f"found no matching overload for '_?_:_' applied to '({of}, ...)'", node)
        (yes, yes_type), (no, no_type) = self.compile(node.yes), self.compile(node.no)
        result = join(yes_type, no_type)
        if (
            self.checked
            and result == DYN
            and DYN not in (yes_type, no_type)
            and not _alike(yes_type, no_type)
        ):
            return self.fail(
                f"found no matching overload for '_?_:_' applied to '(bool, {yes_type}, {no_type})'", node
            )
        return logic.choice(condition, yes, no, node.offset), result

    def _listof(self, node: ListOf) -> Compiled:
        self.cost += 9
        made = [(*self.compile(item), optional) for item, optional in node.items]
        types = [inner(of) if optional else of for _, of, optional in made]
        of = self._common(types, node)
        if not any(optional for _, _, optional in made):
            codes = [code for code, _, _ in made]
            if all(isinstance(item, Literal) for item, _ in node.items):
                literal = [item.value for item, _ in node.items if isinstance(item, Literal)]
                return (lambda _: literal.copy()), listing(of)
            return (lambda f: [code(f) for code in codes]), listing(of)
        parts = [(code, optional) for code, _, optional in made]

        def run(f: Frame) -> Any:
            items: list[Any] = []
            for code, optional in parts:
                value = code(f)
                if not optional:
                    items.append(value)
                elif access.present(value, node.offset):
                    items.append(value.value)
            return items

        return run, listing(of)

    def _mapof(self, node: MapOf) -> Compiled:
        self.cost += 29
        made = [(self.compile(key), self.compile(value), optional) for key, value, optional in node.entries]
        key_type = self._common([of for (_, of), _, _ in made], node)
        value_type = self._common([inner(of) if optional else of for _, (_, of), optional in made], node)
        parts = [(key, value, optional) for (key, _), (value, _), optional in made]

        def entries(f: Frame) -> Any:
            for key, value, optional in parts:
                name, given = key(f), value(f)
                if not optional:
                    yield name, given
                elif access.present(given, node.offset):
                    yield name, given.value

        once = self.minor is None

        def run(f: Frame) -> dict[Any, Any]:
            try:
                return mapping(entries(f), once)
            except EvalError as error:
                raise EvalError(error.message, error.offset or node.offset) from None

        return run, mapped(key_type, value_type)

    def _common(self, types: list[Type], node: Node) -> Type:
        """The type of all items. Kubernetes refuses literals whose items differ, as `HomogeneousAggregateLiterals`."""
        if not types:
            return FREE
        result = types[0]
        for of in types[1:]:
            joined = join(result, of)
            if self._uniform and not _same(result, of):
                raise CelError(f"expected type '{result}' but found '{of}'", node.offset, "type")
            result = joined
        return result

    def _message(self, node: Message) -> Compiled:
        return self.fail(f"undeclared reference to '{node.name}': there are no messages here", node)

    def _macro(self, node: Macro) -> Compiled:
        return comprehensions.macro(self, node)


def constant(value: Any) -> Code:
    """The closure that always gives this value."""
    return lambda _: value


def dotted(node: Node) -> str | None:
    """The name that a chain of plain selections spells."""
    parts: list[str] = []
    while isinstance(node, Select) and not (node.test or node.optional or node.quoted):
        parts.append(node.field)
        node = node.operand
    if not isinstance(node, Name):
        return None
    return ".".join([node.name, *reversed(parts)])


def _prefixes(container: str) -> list[str]:
    parts = container.split(".") if container else []
    return [".".join(parts[:count]) + "." for count in range(len(parts), 0, -1)]


def _same(left: Type, right: Type) -> bool:
    """Whether two types are equal but for what an empty list leaves open."""
    if left == right or FREE in (left, right):
        return True
    same = left.kind == right.kind and left.name == right.name and len(left.of) == len(right.of)
    return same and bool(left.of) and all(map(_same, left.of, right.of))


def _alike(left: Type, right: Type) -> bool:
    return (
        left.kind == right.kind
        and bool(left.of)
        and any(DYN in (a, b) or _alike(a, b) for a, b in zip(left.of, right.of, strict=False))
    )
