"""Which fields a check cannot do without: where one is absent the check cannot be broken, and is not asked.

The expression is followed with one path absent and all else unknown; each part gives the set of what may come out.
An access to what is absent is an error, and an error breaks nothing. Semantics: `cel/`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from modelwright.cel.syntax import (
    Call,
    Choice,
    Index,
    ListOf,
    Literal,
    Logic,
    Macro,
    MapOf,
    Name,
    Node,
    Select,
)
from modelwright.records import dataclass
from modelwright.typed import Any

Keys = tuple[str, ...]
"""Keys from `self` down."""


@dataclass(frozen=True, slots=True)
class Known:
    """A value that is known; lists only empty."""

    value: Any


ERROR, OTHER, NONE = "error", "other", "none"
Outcomes = frozenset[Any]
_TRUE, _FALSE = Known(True), Known(False)
_EMPTY = Known(())
ANYTHING: Outcomes = frozenset({ERROR, OTHER, NONE, _TRUE, _FALSE, _EMPTY})
_BOOLEAN: Outcomes = frozenset({ERROR, _TRUE, _FALSE})


def needed(broken: Node) -> tuple[Keys, ...]:
    """Paths from `self` without which `broken` is never true; the longest ones, in order."""
    found = [keys for keys in sorted(set(_mentioned(broken))) if _TRUE not in outcomes(broken, keys)]
    return _longest(found)


def of_object(condition: Node) -> Node:
    """A condition about `object` as one about `self`."""
    if isinstance(condition, Name):
        return Name(condition.offset, "self") if condition.name == "object" else condition
    return type(condition)(*map(_renamed, condition.values()))


def _renamed(value: Any) -> Any:
    if isinstance(value, Node):
        return of_object(value)
    return tuple(map(_renamed, value)) if isinstance(value, tuple) else value


def needed_list(each: Node) -> tuple[Keys, ...]:
    """Paths from `self` without which the list or map `each` has no items."""
    found = [
        keys for keys in sorted(set(_mentioned(each))) if outcomes(each, keys) <= {ERROR, _EMPTY, NONE}
    ]
    return _longest(found)


def _longest(found: list[Keys]) -> tuple[Keys, ...]:
    return tuple(keys for keys in found if not any(o[: len(keys)] == keys and o != keys for o in found))


def parts(node: Node) -> Iterator[Node]:
    """What a part is made of."""
    if isinstance(node, Select):
        yield node.operand
    elif isinstance(node, Index):
        yield from (node.operand, node.key)
    elif isinstance(node, Call):
        yield from node.args
        if node.target is not None:
            yield node.target
    elif isinstance(node, Logic):
        yield from node.terms
    elif isinstance(node, Choice):
        yield from (node.condition, node.yes, node.no)
    elif isinstance(node, ListOf):
        yield from (item for item, _ in node.items)
    elif isinstance(node, MapOf):
        for key, value, _ in node.entries:
            yield from (key, value)
    elif isinstance(node, Macro):
        yield node.range
        yield from node.bodies


def _mentioned(node: Node) -> Iterator[Keys]:
    """Paths that an expression names, and those above them."""
    keys = _path(node)
    if keys:
        yield from (keys[:length] for length in range(1, len(keys) + 1))
    if isinstance(node, Call) and node.name == "_in_" and isinstance(node.args[0], Literal):
        group = _path(node.args[1])
        if group is not None and isinstance(node.args[0].value, str):
            yield (*group, node.args[0].value)
    for part in parts(node):
        yield from _mentioned(part)


_TYPES = frozenset(["bool", "bytes", "double", "int", "list", "map", "null_type", "string", "type", "uint"])
"""Names of the language, as in `type(self) == int`."""


def names(node: Node, hidden: frozenset[str] = frozenset()) -> Iterator[str]:
    """Variables that an expression reads, without those it makes itself."""
    if isinstance(node, Name) and node.name not in hidden and node.name not in _TYPES:
        yield node.name
    if isinstance(node, Macro):
        yield from names(node.range, hidden)
        for body in node.bodies:
            yield from names(body, hidden | set(node.variables))
        return
    for part in parts(node):
        yield from names(part, hidden)


def comprehends(node: Node) -> bool:
    """Whether an expression goes through a list or map."""
    return isinstance(node, Macro) or any(map(comprehends, parts(node)))


def _path(node: Node) -> Keys | None:
    """The keys of `self.a['b'].?c`; None for what is no such chain."""
    if isinstance(node, Name):
        return () if node.name == "self" else None
    if isinstance(node, Select):
        above = _path(node.operand)
        return None if above is None else (*above, node.field)
    if isinstance(node, Index) and isinstance(node.key, Literal) and isinstance(node.key.value, str):
        above = _path(node.operand)
        return None if above is None else (*above, node.key.value)
    return None


def outcomes(node: Node, absent: Keys) -> Outcomes:
    """What may come out of an expression whose path `absent` is not there."""
    if isinstance(node, Literal):
        return frozenset({Known(node.value)})
    if isinstance(node, Select | Index):
        return _access(node, absent)
    if isinstance(node, Logic):
        return _logic(node, absent)
    if isinstance(node, Choice):
        return _choice(node, absent)
    if isinstance(node, ListOf):
        return frozenset({OTHER, ERROR}) if node.items else frozenset({_EMPTY})
    if isinstance(node, Macro):
        return _macro(node, absent)
    if isinstance(node, Call):
        return _call(node, absent)
    return ANYTHING


def _access(node: Select | Index, absent: Keys) -> Outcomes:
    keys = _path(node)
    operand = outcomes(node.operand, absent) if not isinstance(node.operand, Name) else ANYTHING
    if operand == {ERROR}:
        return operand
    gone = keys is not None and keys[: len(absent)] == absent
    if isinstance(node, Select) and node.test:
        return frozenset({_FALSE}) if gone or operand == {NONE} else _BOOLEAN
    if operand == {NONE} or (gone and _lenient(node)):
        return frozenset({NONE})
    return frozenset({ERROR}) if gone else ANYTHING


def _lenient(node: Node) -> bool:
    """Whether a chain gives an optional value: `self.?a.b` does."""
    return isinstance(node, Select | Index) and (node.optional or _lenient(node.operand))


def _truth(found: Outcomes) -> Outcomes:
    return frozenset(each if each in (_TRUE, _FALSE) else ERROR for each in found)


def _logic(node: Logic, absent: Keys) -> Outcomes:
    decisive = _TRUE if node.word == "||" else _FALSE
    other = _FALSE if node.word == "||" else _TRUE
    result: Outcomes = frozenset({other})
    for term in node.terms:
        given = _truth(outcomes(term, absent))
        result = frozenset(_joined(a, b, decisive) for a in result for b in given)
    return result


def _joined(left: Any, right: Any, decisive: Known) -> Any:
    if decisive in (left, right):
        return decisive
    return ERROR if ERROR in (left, right) else left


def _choice(node: Choice, absent: Keys) -> Outcomes:
    condition = _truth(outcomes(node.condition, absent))
    result: set[Any] = set()
    if ERROR in condition:
        result.add(ERROR)
    if _TRUE in condition:
        result |= outcomes(node.yes, absent)
    if _FALSE in condition:
        result |= outcomes(node.no, absent)
    return frozenset(result)


def _macro(node: Macro, absent: Keys) -> Outcomes:
    given = outcomes(node.range, absent)
    if node.name in ("bind", "optMap", "optFlatMap"):
        return frozenset({NONE}) if given == {NONE} and node.name != "bind" else ANYTHING
    empty = {"all": _TRUE, "exists": _FALSE, "exists_one": _FALSE, "existsOne": _FALSE}.get(node.name, _EMPTY)
    result: set[Any] = set()
    for each in given:
        if each == _EMPTY:
            result.add(empty)
        elif each == OTHER:
            result |= ANYTHING
        else:
            result.add(ERROR)
    return frozenset(result)


def _call(node: Call, absent: Keys) -> Outcomes:
    args = [outcomes(arg, absent) for arg in (*((node.target,) if node.target else ()), *node.args)]
    if node.name == "!_":
        turned = {_TRUE: _FALSE, _FALSE: _TRUE}
        return frozenset(turned.get(each, ERROR) for each in args[0])
    if node.name == "orValue":
        rest = args[0] - {NONE}
        return (args[1] if NONE in args[0] else frozenset()) | (ANYTHING if rest else frozenset())
    if node.name == "hasValue":
        return frozenset({_FALSE}) if args[0] == {NONE} else _BOOLEAN
    if node.name == "_in_":
        return _membership(node, args, absent)
    if any(arg == {ERROR} for arg in args):
        return frozenset({ERROR})
    if node.name == "size" and args[0] == {_EMPTY}:
        return frozenset({Known(0)})
    if all(len(arg) == 1 and isinstance(next(iter(arg)), Known) for arg in args):
        return _compared(node.name, [next(iter(arg)).value for arg in args])
    return ANYTHING


def _membership(node: Call, args: list[Outcomes], absent: Keys) -> Outcomes:
    if args[1] == {ERROR} or args[0] == {ERROR}:
        return frozenset({ERROR})
    group, item = _path(node.args[1]), node.args[0]
    gone = group is not None and isinstance(item, Literal) and (*group, item.value) == absent
    return frozenset({_FALSE}) if gone or args[1] == {_EMPTY} else _BOOLEAN


def _compared(name: str, values: list[Any]) -> Outcomes:
    """Comparisons of known texts or whole numbers; all else is unknown."""
    if len(values) != 2 or type(values[0]) is not type(values[1]) or type(values[0]) not in (int, str, bool):
        return ANYTHING
    a, b = values
    made = {"_==_": a == b, "_!=_": a != b, "_<_": a < b, "_<=_": a <= b, "_>_": a > b, "_>=_": a >= b}
    return frozenset({Known(made[name])}) if name in made else ANYTHING


def together(nodes: Iterable[Node]) -> frozenset[str]:
    """The variables that several expressions read."""
    return frozenset(name.removeprefix(".") for node in nodes for name in names(node))
