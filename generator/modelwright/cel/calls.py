"""Functions and operators: which overload a call means, found once where the types are known, else by the values."""

from __future__ import annotations

import operator
from collections.abc import Callable

from modelwright.cel.library import Overload, functions
from modelwright.cel.syntax import Call, ListOf, Literal, Name, Node
from modelwright.cel.types import BOOL, DYN, Type, filled, fits, inner, is_open, is_variable
from modelwright.cel.values import (
    BudgetError,
    EvalError,
    Optional,
    compare,
    equal,
    key_of,
    kind_of,
    no_overload,
    size_of,
    type_name,
    weight,
)
from modelwright.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modelwright.cel.closures import Compiled, Compiler

Frame = list[Any]
Code = Callable[[Frame], Any]
_PLAIN = frozenset({int, str, float})
_ORDERS: dict[str, tuple[Callable[[Any, Any], bool], frozenset[int]]] = {
    "_<_": (operator.lt, frozenset({-1})),
    "_<=_": (operator.le, frozenset({-1, 0})),
    "_>_": (operator.gt, frozenset({1})),
    "_>=_": (operator.ge, frozenset({0, 1})),
}
_NUMERIC = frozenset({"int", "uint", "double"})
_ORDERED = _NUMERIC | {"string", "bytes", "bool", "timestamp", "duration"}


def call(compiler: Compiler, node: Call) -> Compiled:
    """The closure of a call and its type. Raises CelError."""
    name = node.name
    if node.target is not None:
        qualified = _qualified(compiler, node)
        if qualified in ("math.greatest", "math.least") and len(node.args) > 2:
            items = ListOf(node.offset, tuple((arg, False) for arg in node.args))
            return _function(compiler, node, qualified, (items,), member=False)
        if qualified:
            return _function(compiler, node, qualified, node.args, member=False)
        return _function(compiler, node, name, (node.target, *node.args), member=True)
    if name in ("_==_", "_!=_"):
        return _equality(compiler, node)
    if name in _ORDERS:
        return _order(compiler, node)
    if name == "_in_":
        return _membership(compiler, node)
    if name == "!_":
        return _negation(compiler, node)
    return _function(compiler, node, name.removeprefix("."), node.args, member=False)


def _qualified(compiler: Compiler, node: Call) -> str:
    """`math.greatest`, where `math` is no variable but the first part of a function's name."""
    from modelwright.cel.closures import dotted

    name = dotted(node.target) if node.target else None
    if name is None or (isinstance(node.target, Name) and compiler.variable(node.target)):
        return ""
    full = f"{name}.{node.name}".removeprefix(".")
    return full if full in functions() else ""


def _mismatch(compiler: Compiler, node: Node, name: str, types: list[Type]) -> Compiled:
    shown = ", ".join(map(str, types))
    return compiler.fail(f"found no matching overload for '{name}' applied to '({shown})'", node)


def _function(compiler: Compiler, node: Call, name: str, args: tuple[Node, ...], member: bool) -> Compiled:
    known = [
        each for each in functions().get(name, ()) if compiler.minor is None or each.since <= compiler.minor
    ]
    if not known:
        if member:
            compiler.compile(args[0])  # what the function is called on may be unknown too: said first
        return compiler.fail(f"undeclared reference to '{name}'", node)
    made = compiler.arguments(args, name == "format")
    codes, types = [code for code, _ in made], [of for _, of in made]
    shaped = [each for each in known if each.member == member and len(each.params) == len(args)]
    if not shaped:
        return _mismatch(compiler, node, name, types)
    results: list[Type] = []
    candidates: list[Overload] = []
    for each in shaped:
        bound: dict[str, Type] = {}
        if all(fits(param, of, bound) for param, of in zip(each.params, types, strict=True)):
            candidates.append(each)
            results.append(filled(each.result, bound))
    if not candidates:
        if compiler.checked:
            return _mismatch(compiler, node, name, types)
        candidates, results = shaped, [DYN]
    # The first overload settles what an argument leaves open, as in cel-go's checker.
    sure = all(of == results[0] for of in results) or any(map(is_open, types))
    result = results[0] if sure else DYN
    _check_literals(compiler, node, name, args)
    if member and name in ("or", "orValue"):
        return _lazily(name, codes, node.offset), result
    return _dispatch(name, codes, candidates, node.offset), result


def _lazily(name: str, codes: list[Code], offset: int) -> Code:
    """`or` and `orValue`, whose argument is evaluated only where there is no value."""
    optional, other = codes

    def run(f: Frame) -> Any:
        value = optional(f)
        if type(value) is not Optional:
            return value  # as cel-go: what cannot be absent is there
        if value.present:
            return value.value if name == "orValue" else value
        fallback = other(f)
        if name == "or" and type(fallback) is not Optional:
            raise EvalError(f"no such overload: {name}(optional_type, {type_name(fallback)})", offset)
        return fallback

    return run


def _check_literals(compiler: Compiler, node: Call, name: str, args: tuple[Node, ...]) -> None:
    """Kubernetes refuses constant texts that are no duration, timestamp or pattern, since 1.29."""
    place = {"matches": 1, "find": 1, "findAll": 1, "duration": 0, "timestamp": 0}.get(name)
    if place is None or compiler.minor is None or len(args) <= place:
        return
    literal = args[place]
    if isinstance(literal, Literal) and isinstance(literal.value, str):
        from modelwright.cel.library import conversions, regex
        from modelwright.cel.tokens import CelError

        check = {"duration": conversions.duration_of, "timestamp": conversions.timestamp_of}.get(
            name, regex.compiled
        )
        try:
            check(literal.value)
        except EvalError as error:
            raise CelError(f"invalid {name} argument: {error.message}", literal.offset, "type") from None


def _dispatch(name: str, codes: list[Code], candidates: list[Overload], offset: int) -> Code:
    chosen: dict[Any, Overload] = {}

    def choose(values: tuple[Any, ...]) -> Overload:
        kinds = [kind_of(type(value)) for value in values]
        for each in candidates:
            if all(
                is_variable(param) or param.kind in ("dyn", kind)
                for param, kind in zip(each.params, kinds, strict=True)
            ):
                return each
        raise no_overload(name, *values)

    def invoke(f: Frame, key: Any, values: tuple[Any, ...]) -> Any:
        try:
            each = chosen.get(key)
            if each is None:
                each = chosen[key] = choose(values)
            if each.cost is not None:
                f[0] -= each.cost(*values)
                if f[0] < 0:
                    raise BudgetError
            return each.call(*values)
        except EvalError as error:
            raise error if error.offset is not None else EvalError(error.message, offset) from None

    if len(codes) == 1:
        only = codes[0]

        def unary(f: Frame) -> Any:
            value = only(f)
            return invoke(f, type(value), (value,))

        return unary
    if len(codes) == 2:
        first, second = codes

        def binary(f: Frame) -> Any:
            left = first(f)
            right = second(f)
            return invoke(f, (type(left), type(right)), (left, right))

        return binary

    def general(f: Frame) -> Any:
        values = tuple(code(f) for code in codes)
        return invoke(f, tuple(map(type, values)), values)

    return general


def _equality(compiler: Compiler, node: Call) -> Compiled:
    (left, left_type), (right, right_type) = (compiler.compile(arg) for arg in node.args)
    bound: dict[str, Type] = {}
    variable = Type("A")
    if compiler.checked and not (fits(variable, left_type, bound) and fits(variable, right_type, bound)):
        return _mismatch(compiler, node, node.name, [left_type, right_type])
    same = node.name == "_==_"

    def run(f: Frame) -> bool:
        a = left(f)
        b = right(f)
        if type(a) is type(b) and type(a) in _PLAIN:
            return (a == b) is same
        _charge(f, a, b)
        return equal(a, b) is same

    return run, BOOL


def _charge(f: Frame, a: Any, b: Any) -> None:
    """The cost of comparing two values, whatever is in them."""
    size = min(size_of(a), size_of(b))
    if isinstance(a, (list, dict, Optional)) and isinstance(b, (list, dict, Optional)):
        size = min(weight(a), weight(b))
    if size > 10:
        f[0] -= size // 10
        if f[0] < 0:
            raise BudgetError


def _order(compiler: Compiler, node: Call) -> Compiled:
    (left, left_type), (right, right_type) = (compiler.compile(arg) for arg in node.args)
    kinds = {left_type.kind, right_type.kind} - {"dyn"}
    if not kinds <= _ORDERED or (len(kinds) == 2 and not kinds <= _NUMERIC):
        return _mismatch(compiler, node, node.name, [left_type, right_type])
    plain, accepted = _ORDERS[node.name]
    name, offset = node.name, node.offset

    def run(f: Frame) -> bool:
        a = left(f)
        b = right(f)
        if type(a) is type(b) and type(a) in _PLAIN:
            return plain(a, b)
        try:
            return compare(a, b) in accepted
        except EvalError:
            raise EvalError(no_overload(name, a, b).message, offset) from None

    return run, BOOL


def _membership(compiler: Compiler, node: Call) -> Compiled:
    (item, item_type), (group, group_type) = (compiler.compile(arg) for arg in node.args)
    bound: dict[str, Type] = {}
    kind = group_type.kind
    if kind not in ("list", "map", "dyn") or (
        kind != "dyn"
        and compiler.checked
        and not (fits(Type("A"), inner(group_type), bound) and fits(Type("A"), item_type, bound))
    ):
        return _mismatch(compiler, node, "@in", [item_type, group_type])
    offset = node.offset
    known = _texts(node.args[1])

    def among(f: Frame) -> bool:
        a = item(f)
        f[0] -= len(known)
        if f[0] < 0:
            raise BudgetError
        return type(a) is str and a in known

    if known:
        return among, BOOL

    def run(f: Frame) -> bool:
        a = item(f)
        b = group(f)
        if isinstance(b, dict):
            try:
                return key_of(a) in b
            except KeyError:
                return False
        if isinstance(b, list):
            f[0] -= len(b) if type(a) in _PLAIN else len(b) * max(1, weight(a) // 10)
            if f[0] < 0:
                raise BudgetError
            if type(a) is str:
                return a in b
            return any(equal(a, each) for each in b)
        raise EvalError(no_overload("@in", a, b).message, offset)

    return run, BOOL


def _texts(node: Node) -> frozenset[str]:
    """The texts of a literal list that holds nothing else."""
    items = node.items if isinstance(node, ListOf) else ()
    plain = [item.value for item, optional in items if isinstance(item, Literal) and not optional]
    texts = frozenset(value for value in plain if isinstance(value, str))
    return texts if len(texts) == len(items) else frozenset()


def _negation(compiler: Compiler, node: Call) -> Compiled:
    code, of = compiler.compile(node.args[0])
    if of.kind not in ("bool", "dyn"):
        return _mismatch(compiler, node, "!_", [of])
    offset = node.offset

    def run(f: Frame) -> bool:
        value = code(f)
        if value is True:
            return False
        if value is False:
            return True
        raise EvalError(f"no such overload: !_({type_name(value)})", offset)

    return run, BOOL
