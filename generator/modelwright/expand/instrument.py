"""Prepares a template's syntax tree: each hole keeps its value, each read names its blueprint path.

What a hole reads is known from the tree alone, except for the steps of loops, which it takes along.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from modelwright.expand.grammar import for_targets, path_of
from modelwright.expand.holes import Stretch
from modelwright.model import Path


@dataclass(frozen=True, slots=True)
class Turn:
    """The step of a path that a loop takes: which item of a list, which key of a map."""

    loop: int
    """How many loops are around that one."""


Pattern = tuple[str | int | Turn, ...]
"""A value path with the steps of loops left open."""


@dataclass(frozen=True, slots=True)
class Hole:
    """One `{{ expression }}`: its line, and the paths that each of its reads may mean."""

    line: int
    reads: tuple[tuple[Pattern, ...], ...]

    def sources(self, steps: tuple[Any, ...], touched: tuple[tuple[int, tuple[Path, ...]], ...]) -> tuple[Path, ...]:
        """The value paths read in one filling; `touched` are derived values, which name their own sources."""
        own = dict(touched)
        found: dict[Path, None] = {}
        for position, patterns in enumerate(self.reads):
            paths = own.get(position) or tuple(concrete(pattern, steps) for pattern in patterns)
            found.update(dict.fromkeys(paths))
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Read:
    """A path that the template reads somewhere, in a hole, a condition or a loop."""

    pattern: Pattern
    line: int
    words: str
    """The path as the template spells it."""


def concrete(pattern: Pattern, steps: tuple[Any, ...]) -> Path:
    """A pattern with the steps of the loops around a hole put in."""
    return tuple(steps[step.loop] if isinstance(step, Turn) else step for step in pattern)


Mode = Literal["raw", "truth", "data"]
"""What becomes of an operand: handed on with its sources, asked for presence, or computed with."""
Bound = Mapping[str, tuple[tuple[Pattern, bool], ...]]
"""Names a loop binds -> where their values are; False where only the surroundings are known."""

SINK = "__sink"


class Instrument:
    """Rewrites one tree in place and keeps what it learns of it."""

    def __init__(self, nodes: Any) -> None:
        self._nodes = nodes
        self.holes: list[Hole] = []
        self.reads: list[Read] = []
        self.stretches: list[Stretch] = []
        self._hole: list[tuple[Pattern, ...]] | None = None

    def body(self, statements: list[Any], bound: Bound, loops: int) -> None:
        for statement in statements:
            match type(statement).__name__:
                case "Output":
                    statement.nodes = [*self._outputs(statement.nodes, bound, loops)]
                case "If":
                    self._if(statement, bound, loops)
                case "For":
                    self._for(statement, bound, loops)

    def _if(self, node: Any, bound: Bound, loops: int) -> None:
        node.test = self._expression(node.test, bound, "truth")
        self.body(node.body, bound, loops)
        for branch in node.elif_:
            self._if(branch, bound, loops)
        self.body(node.else_, bound, loops)

    def _for(self, node: Any, bound: Bound, loops: int) -> None:
        """`for x in xs` -> `for (step, x) in each(xs)`, so that holes know which item they are about."""
        nodes, line = self._nodes, node.lineno
        order, over = "", node.iter
        if type(over).__name__ == "Filter" and over.name in ("dictsort", "items"):
            order, over = over.name, over.node
        inside = {**bound, **self._bound(node, over, order, bound, loops)}
        over = self._expression(over, bound, "raw")
        node.iter = self._call(over, "__each", line, nodes.Const(order, lineno=line))
        step = nodes.Name(f"__step{loops}", "store", lineno=line)
        node.target = nodes.Tuple([step, node.target], "store", lineno=line)
        if node.test is not None:
            node.test = self._expression(node.test, inside, "truth")
        self.body(node.body, inside, loops + 1)
        self.body(node.else_, bound, loops)

    def _bound(self, node: Any, over: Any, order: str, bound: Bound, loops: int) -> Bound:
        names = for_targets(node)
        path = path_of(over)
        found: dict[str, tuple[tuple[Pattern, bool], ...]] = {"loop": ()}
        for i, name in enumerate(names):
            below: Pattern = (Turn(loops),) if order or len(names) == 1 else (Turn(loops), i)
            if path:
                found[name] = tuple(((*base, *below), True) if exact else (base, False) for base, exact in _places(path, bound))
            else:
                found[name] = tuple((base, False) for inner in _paths(over) for base, _ in _places(inner, bound))
        return found

    def _outputs(self, children: list[Any], bound: Bound, loops: int) -> Iterator[Any]:
        """The children, with holes that need no evaluation gathered into stretches."""
        texts, reads, line = [""], [], 0
        for child in children:
            path = path_of(child) if not loops else ()
            made = self._output(child, bound, loops)
            if type(child).__name__ == "TemplateData":
                texts[-1] += child.data
            elif path:
                reads.append((len(self.holes) - 1, path))
                texts.append("")
                line = line or child.lineno
            else:
                yield from self._stretch(texts, reads, line)
                yield made
                texts, reads, line = [""], [], 0
        yield from self._stretch(texts, reads, line)

    def _stretch(self, texts: list[str], reads: list[tuple[int, Path]], line: int) -> Iterator[Any]:
        if reads:
            self.stretches.append(Stretch(texts, reads))
            yield self._call(self._nodes.Const(len(self.stretches) - 1, lineno=line), "__stretch", line)
        elif texts[0]:
            yield self._nodes.TemplateData(texts[0], lineno=line)

    def _output(self, node: Any, bound: Bound, loops: int) -> Any:
        if type(node).__name__ == "TemplateData":
            return node
        nodes, line = self._nodes, node.lineno
        self._hole = []
        value = self._expression(node, bound, "raw")
        self.holes.append(Hole(line, tuple(self._hole)))
        self._hole = None
        steps = [nodes.Name(f"__step{i}", "load", lineno=line) for i in range(loops)]
        return self._call(value, "__take", line, nodes.Const(len(self.holes) - 1, lineno=line), *steps)

    def _expression(self, node: Any, bound: Bound, mode: Mode) -> Any:
        nodes = self._nodes
        path = path_of(node)
        if path:
            return self._read(node, path, bound, mode)
        match type(node).__name__:
            case "And" | "Or":
                node.left = self._expression(node.left, bound, mode)
                node.right = self._expression(node.right, bound, mode)
            case "Not" | "Test":
                node.node = self._expression(node.node, bound, "truth")
            case "CondExpr":
                # Values before the condition: a problem points at the first path read.
                node.expr1 = self._expression(node.expr1, bound, mode)
                other = node.expr2 or nodes.Const(None, lineno=node.lineno)
                node.expr2 = self._expression(other, bound, mode)
                node.test = self._expression(node.test, bound, "truth")
            case "Compare":
                node.expr = self._expression(node.expr, bound, "data")
                for operand in node.ops:
                    operand.expr = self._expression(operand.expr, bound, "data")
            case "Add" | "Sub":
                node.left = self._expression(node.left, bound, "data")
                node.right = self._expression(node.right, bound, "data")
            case "Filter":
                below: Mode = mode if node.name == "default" else "data"
                node.node = self._expression(node.node, bound, below)
                node.args = [self._expression(argument, bound, below) for argument in node.args]
                node.name = f"_{node.name}"
            case "Concat":
                parts = nodes.List([self._expression(part, bound, "data") for part in node.nodes], lineno=node.lineno)
                return nodes.Filter(parts, "__concat", [], [], None, None, lineno=node.lineno)
            case "List" | "Tuple":
                node.items = [self._expression(item, bound, mode) for item in node.items]
            case "Dict":
                for pair in node.items:
                    pair.key = self._expression(pair.key, bound, "data")
                    pair.value = self._expression(pair.value, bound, mode)
        return node

    def _read(self, node: Any, path: Path, bound: Bound, mode: Mode) -> Any:
        patterns = tuple(dict.fromkeys(pattern for pattern, _ in _places(path, bound)))
        words = ".".join(str(step) for step in path)
        self.reads += [Read(pattern, node.lineno, words) for pattern in patterns]
        position = -1
        if self._hole is not None and patterns:
            position = len(self._hole)
            self._hole.append(patterns)
        if mode == "raw":
            return node
        if mode == "truth":
            return self._call(node, "__peek", node.lineno)
        return self._call(node, "__look", node.lineno, self._nodes.Const(position, lineno=node.lineno))

    def _call(self, node: Any, name: str, line: int, *arguments: Any) -> Any:
        sink = self._nodes.Name(SINK, "load", lineno=line)
        return self._nodes.Filter(node, name, [sink, *arguments], [], None, None, lineno=line)


def _places(path: Path, bound: Bound) -> tuple[tuple[Pattern, bool], ...]:
    """Where a path as written leads: from the root, or from where a loop's name stands."""
    places = bound.get(str(path[0]))
    if places is None:
        return ((path, True),)
    return tuple(((*base, *path[1:]), True) if exact else (base, False) for base, exact in places)


def _paths(node: Any) -> list[Path]:
    path = path_of(node)
    return [path] if path else [found for child in node.iter_child_nodes() for found in _paths(child)]
