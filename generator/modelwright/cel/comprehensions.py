"""Macros over lists and maps. Semantics: langdef, "Macros", and cel-go `ext/comprehensions.go`."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from modelwright.cel.library import NEVER
from modelwright.cel.syntax import Macro, Node
from modelwright.cel.types import BOOL, INT, Type, inner, listing, mapped, optional
from modelwright.cel.values import (
    BudgetError,
    EvalError,
    Map,
    Optional,
    key_of,
    keys,
    mapping,
    show,
    type_name,
)
from modelwright.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modelwright.cel.closures import Compiled, Compiler

Frame = list[Any]
Code = Callable[[Frame], Any]
Steps = Callable[[Frame], Iterable[Any]]

_STEP = 2
"""What a step costs beside its body."""


def macro(compiler: Compiler, node: Macro) -> Compiled:
    """The closure of a macro and its type. Raises CelError."""
    source, of = compiler.compile(node.range)
    if node.name == "bind":
        return _bind(compiler, node, source, of)
    if node.name in ("optMap", "optFlatMap"):
        return _optional(compiler, node, source, of)
    if compiler.minor is not None and compiler.minor < _since(node):
        return compiler.fail(f"undeclared reference to '{node.name}'", node)
    if of.kind not in ("list", "map", "dyn"):
        return compiler.fail(f"expression of type '{of}' cannot be range of a comprehension", node)
    before = compiler.cost
    names = dict(zip(node.variables, _variable_types(of, len(node.variables)), strict=True))

    def body(places: list[int]) -> Compiled:
        made = [compiler.compile(part) for part in node.bodies]
        each = compiler.cost - before + _STEP
        steps = _steps(source, places, each, node.offset)
        made_of: Compiled = _MAKERS[node.name](compiler, node, steps, made, of)
        return made_of

    result: Compiled = compiler.bound(names, body)
    return result


def _since(node: Macro) -> int:
    """The minor of Kubernetes that knows the macro."""
    if node.name == "sortBy":
        return 34
    if len(node.variables) == 2:
        return 32
    return NEVER if node.name == "existsOne" else 0


def _variable_types(of: Type, count: int) -> list[Type]:
    if of.kind == "list":
        return [inner(of)] if count == 1 else [INT, inner(of)]
    return [inner(of), inner(of, 1)][:count]


def _steps(source: Code, places: list[int], each: int, offset: int) -> Steps:
    """Sets the variables for one item after the other, and charges for it."""
    first = places[0]

    def single(f: Frame) -> Iterable[Any]:
        for item in _elements(source(f), offset):
            f[0] -= each
            if f[0] < 0:
                raise BudgetError
            f[first] = item
            yield item

    if len(places) == 1:
        return single
    second = places[1]

    def double(f: Frame) -> Iterable[Any]:
        for key, value in _pairs(source(f), offset):
            f[0] -= each
            if f[0] < 0:
                raise BudgetError
            f[first], f[second] = key, value
            yield key

    return double


def _elements(value: Any, offset: int) -> Iterable[Any]:
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        return keys(value)
    raise EvalError(f"expression of type '{type_name(value)}' cannot be range of a comprehension", offset)


def _pairs(value: Any, offset: int) -> Iterable[tuple[Any, Any]]:
    if isinstance(value, list):
        return enumerate(value)
    _elements(value, offset)
    return zip(keys(value), value.values(), strict=True)


def _truth(value: Any, offset: int) -> bool:
    if value is True or value is False:
        return bool(value)
    raise EvalError(f"no such overload: {type_name(value)} is not bool", offset)


def _predicate(compiler: Compiler, of: Type, node: Node) -> None:
    if of.kind not in ("bool", "dyn"):
        compiler.fail(f"expected type 'bool' but found '{of}'", node)


def _every(decisive: bool) -> Any:
    """`all` and `exists`: as a chain of `&&` or `||`, errors give way to a decision."""

    def make(compiler: Compiler, node: Macro, steps: Steps, made: list[Compiled], _: Type) -> Compiled:
        code, of = made[0]
        _predicate(compiler, of, node.bodies[0])
        other, offset = not decisive, node.offset

        def run(f: Frame) -> Any:
            failed: EvalError | None = None
            for _ in steps(f):
                try:
                    value = code(f)
                except EvalError as error:
                    failed = failed or error
                    continue
                if value is decisive:
                    return decisive
                if value is not other:
                    failed = failed or EvalError(f"no such overload: {type_name(value)} is not bool", offset)
            if failed:
                raise failed
            return other

        return run, BOOL

    return make


def _one(compiler: Compiler, node: Macro, steps: Steps, made: list[Compiled], _: Type) -> Compiled:
    code, of = made[0]
    _predicate(compiler, of, node.bodies[0])
    offset = node.offset
    return (lambda f: sum(_truth(code(f), offset) for _ in steps(f)) == 1), BOOL


def _filter(compiler: Compiler, node: Macro, steps: Steps, made: list[Compiled], of: Type) -> Compiled:
    code, predicate = made[0]
    _predicate(compiler, predicate, node.bodies[0])
    offset = node.offset
    return (lambda f: [item for item in steps(f) if _truth(code(f), offset)]), listing(inner(of))


def _list(compiler: Compiler, node: Macro, steps: Steps, made: list[Compiled], _: Type) -> Compiled:
    """`map` and `transformList`, with or without a filter."""
    code, of = made[-1]
    if len(made) == 1:
        return (lambda f: [code(f) for _ in steps(f)]), listing(of)
    kept, predicate = made[0]
    _predicate(compiler, predicate, node.bodies[0])
    offset = node.offset
    return (lambda f: [code(f) for _ in steps(f) if _truth(kept(f), offset)]), listing(of)


def _sort(compiler: Compiler, node: Macro, steps: Steps, made: list[Compiled], of: Type) -> Compiled:
    """The items in the order of what the body makes of each."""
    code, offset = made[0][0], node.offset

    def run(f: Frame) -> list[Any]:
        pairs = [(item, code(f)) for item in steps(f)]
        f[0] -= 2 * len(pairs) ** 2
        if f[0] < 0:
            raise BudgetError
        from modelwright.cel.library.lists import in_order

        try:
            return in_order([item for item, _ in pairs], [key for _, key in pairs])
        except EvalError as error:
            raise EvalError(error.message, offset) from None

    return run, listing(inner(of))


def _map(compiler: Compiler, node: Macro, steps: Steps, made: list[Compiled], source: Type) -> Compiled:
    """`transformMap`: the same keys, other values; a list's keys are its indices."""
    code, of = made[-1]
    kept: Code = made[0][0] if len(made) == 2 else lambda _: True
    if len(made) == 2:
        _predicate(compiler, made[0][1], node.bodies[0])
    offset = node.offset

    def run(f: Frame) -> dict[Any, Any]:
        return mapping((key, code(f)) for key in steps(f) if _truth(kept(f), offset))

    return run, mapped(INT if source.kind == "list" else inner(source), of)


def _entries(compiler: Compiler, node: Macro, steps: Steps, made: list[Compiled], _: Type) -> Compiled:
    """`transformMapEntry`: each step gives a map, all of them are merged."""
    code, of = made[-1]
    kept: Code = made[0][0] if len(made) == 2 else lambda _: True
    if len(made) == 2:
        _predicate(compiler, made[0][1], node.bodies[0])
    if of.kind not in ("map", "dyn"):
        compiler.fail(f"expected a map but found '{of}'", node)
    offset = node.offset

    def run(f: Frame) -> dict[Any, Any]:
        merged: dict[Any, Any] = Map()
        for _ in steps(f):
            if not _truth(kept(f), offset):
                continue
            entry = code(f)
            if not isinstance(entry, dict):
                raise EvalError(f"no such overload: {type_name(entry)} is no map", offset)
            for key, value in zip(keys(entry), entry.values(), strict=True):
                if key_of(key) in merged:
                    raise EvalError(f"insert failed: key {show(key)} already exists", offset)
                merged[key_of(key)] = value
        return merged

    return run, of


def _bind(compiler: Compiler, node: Macro, source: Code, of: Type) -> Compiled:
    if compiler.minor is not None:
        return compiler.fail("undeclared reference to 'cel.bind': Kubernetes does not have it", node)

    def body(places: list[int]) -> Compiled:
        code, result = compiler.compile(node.bodies[0])
        place = places[0]

        def run(f: Frame) -> Any:
            try:
                f[place] = source(f)
            except EvalError as error:
                f[place] = error
            return code(f)

        return run, result

    result: Compiled = compiler.bound({node.variables[0]: of}, body, lazy=True)
    return result


def _optional(compiler: Compiler, node: Macro, source: Code, of: Type) -> Compiled:
    if of.kind not in ("optional", "dyn"):
        return compiler.fail(f"found no matching overload for '{node.name}' applied to '({of})'", node)
    flat, offset = node.name == "optFlatMap", node.offset

    def body(places: list[int]) -> Compiled:
        code, result = compiler.compile(node.bodies[0])
        place = places[0]

        def run(f: Frame) -> Any:
            value = source(f)
            if type(value) is not Optional:
                raise EvalError(f"no such overload: {node.name}({type_name(value)})", offset)
            if not value.present:
                return value
            f[place] = value.value
            made = code(f)
            return made if flat else Optional(made)

        return run, (result if flat else optional(result))

    result: Compiled = compiler.bound({node.variables[0]: inner(of)}, body)
    return result


_MAKERS: dict[str, Any] = {
    "all": _every(False),
    "exists": _every(True),
    "exists_one": _one,
    "existsOne": _one,
    "filter": _filter,
    "map": _list,
    "sortBy": _sort,
    "transformList": _list,
    "transformMap": _map,
    "transformMapEntry": _entries,
}
