"""The part of Jinja that templates may use: enough to say what a manifest is, too little to run anything.

Jinja2 parses; whatever its syntax tree holds beyond the nodes named here is refused before it is compiled.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite
from typing import Any

from modelwright.expand.code import LOOP
from modelwright.expand.words import FILTERS, TESTS
from modelwright.model import Mark, Path
from modelwright.problems import Problem, did_you_mean
from modelwright.records import dataclass

NODES = frozenset(
    {
        "Add", "And", "Compare", "Concat", "CondExpr", "Const", "Dict", "Filter", "For", "Getattr", "Getitem", "If",
        "List", "Name", "Not", "Operand", "Or", "Output", "Pair", "Sub", "Template", "TemplateData", "Test", "Tuple",
    }
)  # fmt: skip
COMPARISONS = frozenset({"eq", "ne", "lt", "lteq", "gt", "gteq", "in", "notin"})
MAX_DEPTH = 60
SPELLED = {
    "Assign": "`set`", "AssignBlock": "`set`", "Block": "`block`", "Call": "a call", "CallBlock": "`call`",
    "Div": "`/`", "Extends": "`extends`", "FilterBlock": "a `filter` block", "FloorDiv": "`//`",
    "FromImport": "`from`", "Import": "`import`", "Include": "`include`", "Macro": "`macro`", "Mod": "`%`",
    "Mul": "`*`", "NSRef": "`namespace`", "Neg": "a negative number", "Pos": "`+` before a value", "Pow": "`**`",
    "Scope": "`autoescape`", "ScopedEvalContextModifier": "`autoescape`", "Slice": "a slice", "With": "`with`",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sheet:
    """The text of a template, to point into."""

    name: str
    lines: tuple[str, ...]

    def mark(self, line: int, words: str = "") -> Mark:
        """The mark of `words` in a line, or of the whole line."""
        text = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        start = text.find(words) if words else -1
        if start < 0:
            start, words = len(text) - len(text.lstrip()), text.strip()
        return Mark(self.name, line, start + 1, line, start + 1 + max(len(words), 1))


def check(tree: Any, sheet: Sheet, roots: frozenset[str] | None) -> tuple[Problem, ...]:
    """Everything in a template's syntax tree that is not allowed (MW303), or names an unknown root (MW302)."""
    return tuple(_Walk(sheet, roots).node(tree, frozenset(), 0))


@dataclass(frozen=True, slots=True)
class _Walk:
    sheet: Sheet
    roots: frozenset[str] | None

    def node(self, node: Any, bound: frozenset[str], depth: int) -> Iterator[Problem]:
        name = type(node).__name__
        if name not in NODES:
            hint = "templates have holes, `if`, `for` and a few filters; compute the rest in a value"
            yield self._forbidden(node, f"{SPELLED.get(name, f'`{name.lower()}`')} is not allowed in a template", hint)
            return
        if depth > MAX_DEPTH:
            yield Problem("MW301", "the template nests too deep", self.sheet.mark(_line(node)), "flatten it")
            return
        match name:
            case "Filter":
                yield from self._filter(node)
            case "Test":
                yield from self._test(node)
            case "Compare":
                yield from self._compare(node)
            case "Getattr":
                yield from self._getattr(node, bound)
            case "Getitem":
                yield from self._getitem(node)
            case "Const":
                yield from self._const(node)
            case "Name":
                yield from self._name(node, bound)
            case "For":
                yield from self._for(node, bound, depth)
                return
        if name == "Getattr" and _is_loop(node.node) and "loop" in bound:
            return
        for child in node.iter_child_nodes():
            yield from self.node(child, bound, depth + 1)

    def _filter(self, node: Any) -> Iterator[Problem]:
        if node.name not in FILTERS:
            hint = did_you_mean(node.name, sorted(FILTERS))
            yield self._forbidden(node, f"the filter `{node.name}` is not allowed in a template", hint, node.name)
            return
        _, fewest, most = FILTERS[node.name]
        if node.kwargs or node.dyn_args is not None or node.dyn_kwargs is not None:
            yield self._forbidden(node, f"arguments of `{node.name}` are given by place only", "drop the name, `*` or `**`")
        elif not fewest <= len(node.args) <= most:
            wants = f"{fewest}" if fewest == most else f"{fewest} to {most}"
            yield self._forbidden(node, f"`{node.name}` takes {wants} arguments, not {len(node.args)}", "", node.name)

    def _test(self, node: Any) -> Iterator[Problem]:
        if node.name not in TESTS:
            hint = did_you_mean(node.name, sorted(TESTS))
            yield self._forbidden(node, f"the test `{node.name}` is not allowed in a template", hint, node.name)
        elif node.args or node.kwargs or node.dyn_args is not None or node.dyn_kwargs is not None:
            yield self._forbidden(node, f"the test `{node.name}` takes no arguments", "", node.name)

    def _compare(self, node: Any) -> Iterator[Problem]:
        for operand in node.ops:
            if operand.op not in COMPARISONS:
                yield self._forbidden(node, f"the comparison `{operand.op}` is not allowed in a template", "")

    def _getattr(self, node: Any, bound: frozenset[str]) -> Iterator[Problem]:
        if node.attr.startswith("_"):
            yield self._forbidden(node, f"`{node.attr}` is not a field", "no field starts with `_`", node.attr)
        elif _is_loop(node.node) and "loop" in bound and node.attr not in LOOP:
            yield self._forbidden(node, f"`loop.{node.attr}` is not allowed", did_you_mean(node.attr, sorted(LOOP)), node.attr)

    def _getitem(self, node: Any) -> Iterator[Problem]:
        constant = type(node.arg).__name__ == "Const" and type(node.arg.value) in (str, int)
        if not constant and type(node.arg).__name__ in NODES:
            hint = "use `for` to go through a list or a map"
            yield self._forbidden(node, "what stands in `[ ]` must be written out", hint)
        elif constant and str(node.arg.value).startswith("__"):
            yield self._forbidden(node, f"`{node.arg.value}` is not a field", "no field starts with `__`", node.arg.value)

    def _const(self, node: Any) -> Iterator[Problem]:
        if isinstance(node.value, float) and not isfinite(node.value):
            yield self._forbidden(node, "this number is too large for a manifest", "quote it if text is meant")

    def _name(self, node: Any, bound: frozenset[str]) -> Iterator[Problem]:
        word = node.name
        if word.startswith("_") or word in ("self", "super", "caller", "varargs", "kwargs"):
            yield self._forbidden(node, f"`{word}` is not a value", "templates read blueprint words", word)
        elif word == "loop":
            inside = "loop" in bound and node.ctx == "load"
            hint = f"use {', '.join(f'`loop.{w}`' for w in sorted(LOOP))}" if inside else "it exists within `for` only"
            yield self._forbidden(node, "`loop` is not a value by itself", hint, word)
        elif self.roots is not None and node.ctx == "load" and word not in self.roots | bound:
            hint = did_you_mean(word, sorted(self.roots | bound))
            yield Problem("MW302", f"there is no `{word}` here", self.sheet.mark(node.lineno, word), hint)

    def _for(self, node: Any, bound: frozenset[str], depth: int) -> Iterator[Problem]:
        if node.recursive:
            yield self._forbidden(node, "`recursive` is not allowed in a template", "write the levels out", "recursive")
        targets = for_targets(node)
        if not targets:
            hint = "write `for item in ...` or `for key, value in ... | dictsort`"
            yield self._forbidden(node, "a loop takes one name, or a pair of names", hint)
            return
        yield from self.node(node.target, bound, depth + 1)
        yield from self.node(node.iter, bound, depth + 1)
        inside = bound | frozenset(targets) | {"loop"}
        if node.test is not None:
            # Jinja knows no `loop` in the loop's own filter.
            yield from self.node(node.test, inside - {"loop"}, depth + 1)
        for child in node.body:
            yield from self.node(child, inside, depth + 1)
        for child in node.else_:
            yield from self.node(child, bound, depth + 1)

    def _forbidden(self, node: Any, message: str, hint: str, words: str = "") -> Problem:
        return Problem("MW303", message, self.sheet.mark(_line(node), words), hint)


def _line(node: Any) -> int:
    """The line of a node; some that Jinja makes up have none of their own."""
    return node.lineno or next((line for child in node.iter_child_nodes() if (line := _line(child))), 0)


def _is_loop(node: Any) -> bool:
    return type(node).__name__ == "Name" and node.name == "loop"


def for_targets(node: Any) -> tuple[str, ...]:
    """The names a `for` binds: one, or a pair; none where it binds in another way."""
    target = node.target
    if type(target).__name__ == "Name":
        return (target.name,)
    names = tuple(item.name for item in target.items if type(item).__name__ == "Name")
    return names if len(names) == len(target.items) == 2 else ()


def path_of(node: Any) -> Path:
    """The value path an expression names: `spec.format.name` -> ("spec", "format", "name"); empty for others."""
    steps: list[str | int] = []
    while type(node).__name__ in ("Getattr", "Getitem"):
        steps.append(node.attr if type(node).__name__ == "Getattr" else node.arg.value)
        node = node.node
    return (node.name, *reversed(steps)) if type(node).__name__ == "Name" else ()
