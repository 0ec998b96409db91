"""The part of Jinja that templates may use: enough to say what a manifest is, too little to run anything."""

from __future__ import annotations

from typing import Any

from modelwright.model import Mark, Path
from modelwright.problems import Problem, did_you_mean

NODES = frozenset(
    {
        "Template", "Output", "TemplateData", "Name", "Getattr", "Getitem", "Const", "If", "For", "Test", "Compare",
        "Operand", "And", "Or", "Not", "CondExpr", "Concat", "Filter", "List", "Tuple", "Dict", "Pair", "Add", "Sub",
    }
)
FILTERS = frozenset(
    ["default", "lower", "upper", "trim", "join", "length", "first", "last", "sort", "unique", "dictsort", "items", "int", "string", "replace"]
)
TESTS = frozenset(["defined", "undefined", "none", "string", "number", "mapping", "sequence", "boolean", "true", "false"])


def check(tree: Any, file: str, roots: frozenset[str] | None) -> list[Problem]:
    """Everything in a template's syntax tree that is not allowed, or names an unknown root."""
    problems: list[Problem] = []
    _walk(tree, file, roots, frozenset(), problems)
    return problems


def _walk(node: Any, file: str, roots: frozenset[str] | None, bound: frozenset[str], problems: list[Problem]) -> None:
    name = type(node).__name__
    if name not in NODES:
        hint = "templates may use holes, `if`, `for` and a few filters"
        problems.append(Problem("MW303", f"`{name.lower()}` is not allowed in a template", _line(file, node), hint))
        return
    if name == "Filter" and node.name not in FILTERS:
        hint = did_you_mean(node.name, sorted(FILTERS))
        problems.append(Problem("MW303", f"the filter `{node.name}` is not allowed", _line(file, node), hint))
    elif name == "Test" and node.name not in TESTS:
        hint = did_you_mean(node.name, sorted(TESTS))
        problems.append(Problem("MW303", f"the test `{node.name}` is not allowed", _line(file, node), hint))
    elif name == "Getattr" and node.attr.startswith("_"):
        problems.append(Problem("MW303", f"`{node.attr}` is not a field", _line(file, node), "fields do not start with `_`"))
    elif name == "Getitem" and type(node.arg).__name__ != "Const":
        problems.append(Problem("MW303", "an index must be written out", _line(file, node), "use `for` to go through a list"))
    elif name == "Name" and (node.name.startswith("_") or node.name in ("self", "super", "caller", "varargs")):
        problems.append(Problem("MW303", f"`{node.name}` is not a value", _line(file, node), "templates read blueprint words"))
    elif name == "Name" and roots is not None and node.ctx == "load" and node.name not in roots | bound:
        hint = did_you_mean(node.name, sorted(roots))
        problems.append(Problem("MW302", f"templates know no `{node.name}`", _line(file, node), hint))
    if name == "For":
        if node.recursive:
            problems.append(Problem("MW303", "`recursive` is not allowed in a template", _line(file, node)))
        targets = {node.target.name} if type(node.target).__name__ == "Name" else {n.name for n in node.target.items}
        bound = bound | targets | {"loop"}
    for child in node.iter_child_nodes():
        _walk(child, file, roots, bound, problems)


def _line(file: str, node: Any) -> Mark:
    return Mark(file, node.lineno, 1, node.lineno, 2)


def path_of(node: Any) -> Path:
    """The value path an expression names: `spec.format.name` -> ("spec", "format", "name"); empty for others."""
    name = type(node).__name__
    if name == "Name":
        return (node.name,)
    if name == "Getattr":
        above = path_of(node.node)
        return (*above, node.attr) if above else ()
    if name == "Getitem" and type(node.arg).__name__ == "Const" and isinstance(node.arg.value, str | int):
        above = path_of(node.node)
        return (*above, node.arg.value) if above else ()
    return ()


def reads(node: Any) -> tuple[Path, ...]:
    """All value paths an expression reads, the first written first."""
    whole = path_of(node)
    if whole:
        return (whole,)
    found: list[Path] = []
    for child in node.iter_child_nodes():
        found += [path for path in reads(child) if path not in found]
    return tuple(found)
