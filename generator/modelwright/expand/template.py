"""Templates are manifests with holes, and a hole is filled with data, never with text.

Jinja evaluates each `{{ hole }}` and leaves one private token in the text; the value waits on a list. The
text between is YAML of our own, parsed once per shape into a skeleton, and the skeleton is filled with the
values. So lists, maps, quotes, braces and line breaks pass untouched, and no value can become syntax.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from modelwright.expand import grammar
from modelwright.model import Mark, Path
from modelwright.problems import Problem

OPEN, CLOSE = "\ue000", "\ue001"
TOKEN = re.compile(f"{OPEN}([0-9]+){CLOSE}")
MAX_HOLES = 20_000
MAX_TEXT = 1_000_000
SHAPES = 512


class _Omit:
    __slots__ = ()

    def __repr__(self) -> str:
        return "OMIT"


OMIT = _Omit()
"""A value that is not there: its key vanishes, and parents emptied by that vanish too."""


@dataclass(frozen=True, slots=True)
class Derived:
    """A value computed from blueprint words, and the paths of those words."""

    value: Any
    sources: tuple[Path, ...]

    def __bool__(self) -> bool:
        return bool(self.value)


@dataclass(frozen=True, slots=True)
class Rendered:
    """One document a template gave, and which value paths each of its values was read from."""

    data: dict[str, Any]
    origins: dict[Path, tuple[Path, ...]]


class _TooMuch(Exception):
    pass


@dataclass(frozen=True, slots=True)
class _Hole:
    value: Any
    expression: int


class _Sink:
    """Collects the values of one rendering."""

    __slots__ = ("holes",)

    def __init__(self) -> None:
        self.holes: list[_Hole] = []

    def take(self, value: Any, expression: int) -> str:
        if len(self.holes) >= MAX_HOLES:
            raise _TooMuch
        self.holes.append(_Hole(value, expression))
        return f"{OPEN}{len(self.holes) - 1}{CLOSE}"


class Template:
    """A compiled template. Make one with `compile_template`."""

    __slots__ = ("_compiled", "_expressions", "_shapes", "name")

    def __init__(self, name: str, compiled: Any, expressions: tuple[tuple[Path, ...], ...]) -> None:
        self.name = name
        self._compiled = compiled
        self._expressions = expressions
        self._shapes: OrderedDict[str, Any] = OrderedDict()

    def render(self, values: Mapping[str, Any]) -> tuple[tuple[Rendered, ...], tuple[Problem, ...]]:
        """Fill the template. Documents that vanish whole are left out."""
        from jinja2 import TemplateError

        sink = _Sink()
        try:
            text = self._compiled.render({**values, "__sink": sink})
        except _TooMuch:
            return (), (self._problem("MW301", "the template makes too much", f"at most {MAX_HOLES} values"),)
        except (TemplateError, TypeError, ValueError, KeyError, IndexError, RecursionError, AttributeError) as error:
            return (), (self._problem("MW301", f"the template failed: {_first_line(error)}", "check what the hole reads", error),)
        if len(text) > MAX_TEXT:
            return (), (self._problem("MW301", "the template makes too much", f"at most {MAX_TEXT} characters"),)
        skeletons, problems = self._skeleton(text)
        made = []
        for skeleton in skeletons:
            origins: dict[Path, tuple[Path, ...]] = {}
            data = _fill(skeleton, sink.holes, self._expressions, (), origins)
            if isinstance(data, dict) and data:
                made.append(Rendered(data, origins))
        return tuple(made), problems

    def paths(self) -> frozenset[Path]:
        """Every value path any hole reads, in branches not taken too."""
        return frozenset(path for paths in self._expressions for path in paths)

    def _skeleton(self, text: str) -> tuple[tuple[Any, ...], tuple[Problem, ...]]:
        from modelwright.yamlio import read

        known = self._shapes.get(text)
        if known is not None:
            self._shapes.move_to_end(text)
            return known  # type: ignore[no-any-return]
        documents, problems = read(text, self.name)
        found = (
            tuple(_prepared(d) for d in documents if d is not None),
            tuple(self._problem("MW301", f"the template is not YAML once filled: {p.message}", p.hint) for p in problems),
        )
        self._shapes[text] = found
        if len(self._shapes) > SHAPES:
            self._shapes.popitem(last=False)
        return found

    def _problem(self, code: str, message: str, hint: str, error: BaseException | None = None) -> Problem:
        line = 1
        trace = error.__traceback__ if error else None
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == "<template>":
                line = trace.tb_lineno
            trace = trace.tb_next
        return Problem(code, message, Mark(self.name, line, 1, line, 2), hint)


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]


def compile_template(
    text: str, name: str, roots: frozenset[str] | None = None
) -> tuple[Template | None, tuple[Problem, ...]]:
    """Compile a template, or say what in it is not allowed (MW303), unknown (MW302) or wrong (MW301)."""
    from jinja2 import TemplateSyntaxError, nodes

    environment = _environment()
    if OPEN in text or CLOSE in text:
        mark = Mark(name, 1, 1, 1, 2)
        return None, (Problem("MW301", "the template holds private-use characters", mark, "remove them"),)
    try:
        tree = environment.parse(text)
    except TemplateSyntaxError as error:
        mark = Mark(name, error.lineno, 1, error.lineno, 2)
        return None, (Problem("MW301", f"template syntax: {error.message}", mark, "see the Jinja line named here"),)
    except RecursionError:
        return None, (Problem("MW301", "the template nests too deep", Mark(name, 1, 1, 1, 2), "flatten it"),)
    problems = grammar.check(tree, name, roots)
    if problems:
        return None, tuple(problems)
    expressions: list[tuple[Path, ...]] = []
    _instrument(tree, nodes, expressions, {})
    code = environment.compile(tree, name, "<template>")
    compiled = environment.template_class.from_code(environment, code, {}, None)
    return Template(name, compiled, tuple(expressions)), ()


def _instrument(node: Any, nodes: Any, expressions: list[tuple[Path, ...]], bound: dict[str, Path]) -> None:
    """Turn every hole into a call that keeps its value, and note which paths it reads."""
    if isinstance(node, nodes.For):
        over = [_absolute(path, bound) for path in grammar.reads(node.iter)]
        names = [node.target.name] if isinstance(node.target, nodes.Name) else [n.name for n in node.target.items]
        bound = {**bound, **{name: over[0] for name in names if over}}
    if isinstance(node, nodes.Output):
        made = []
        for child in node.nodes:
            if isinstance(child, nodes.TemplateData):
                made.append(child)
                continue
            expressions.append(tuple(_absolute(path, bound) for path in grammar.reads(child)))
            line = child.lineno
            sink = nodes.Getattr(nodes.Name("__sink", "load", lineno=line), "take", "load", lineno=line)
            number = nodes.Const(len(expressions) - 1, lineno=line)
            made.append(nodes.Call(sink, [child, number], [], None, None, lineno=line))
        node.nodes = made
        return
    for child in node.iter_child_nodes():
        _instrument(child, nodes, expressions, bound)


def _absolute(path: Path, bound: Mapping[str, Path]) -> Path:
    above = bound.get(str(path[0]))
    return path if above is None else (*above, *path[1:])


@cache
def _environment() -> Any:
    from jinja2 import ChainableUndefined
    from jinja2.sandbox import SandboxedEnvironment

    class Environment(SandboxedEnvironment):
        """Fields only: `values.items` is the field `items`, never a method."""

        def getattr(self, obj: Any, attribute: str) -> Any:
            return self.getitem(obj, attribute)

        def getitem(self, obj: Any, argument: Any) -> Any:
            if isinstance(obj, _Sink):
                return obj.take
            if isinstance(obj, Derived):
                obj = obj.value
            if isinstance(obj, Mapping | list | tuple) and not (
                isinstance(obj, list | tuple) and not isinstance(argument, int)
            ):
                try:
                    return obj[argument]
                except (LookupError, TypeError):
                    pass
            if type(obj).__name__ == "LoopContext" and argument in ("index", "index0", "first", "last", "length"):
                return getattr(obj, argument)
            return self.undefined(name=str(argument))

    environment = Environment(
        undefined=ChainableUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, autoescape=False
    )
    environment.globals.clear()
    return environment


# A prepared skeleton: maps and lists hold `_Slot`s where tokens were.
@dataclass(frozen=True, slots=True)
class _Slot:
    """One hole that is a whole value."""

    index: int


@dataclass(frozen=True, slots=True)
class _Mixed:
    """Text with holes in it: alternating text and hole index."""

    parts: tuple[str | int, ...]


def _prepared(node: Any) -> Any:
    if isinstance(node, dict):
        return _Map(tuple((_prepared_text(k), _prepared(v)) for k, v in node.items()))
    if isinstance(node, list):
        return [_prepared(item) for item in node]
    return _prepared_text(node) if isinstance(node, str) else node


@dataclass(frozen=True, slots=True)
class _Map:
    items: tuple[tuple[Any, Any], ...]


def _prepared_text(text: str) -> Any:
    if OPEN not in text:
        return text
    whole = TOKEN.fullmatch(text)
    if whole:
        return _Slot(int(whole[1]))
    parts: list[str | int] = []
    at = 0
    for found in TOKEN.finditer(text):
        parts += [text[at : found.start()], int(found[1])]
        at = found.end()
    parts.append(text[at:])
    return _Mixed(tuple(parts))


def _fill(node: Any, holes: list[_Hole], expressions: Any, path: Path, origins: dict[Path, tuple[Path, ...]]) -> Any:
    if isinstance(node, _Map):
        filled: dict[str, Any] = {}
        for key, value in node.items:
            name = key if isinstance(key, str) else _text(key, holes)
            if name is OMIT:
                continue
            made = _fill(value, holes, expressions, (*path, name), origins)
            if made is not OMIT:
                filled[name] = made
        return filled if filled or not node.items else OMIT
    if isinstance(node, list):
        items: list[Any] = []
        for item in node:
            made = _fill(item, holes, expressions, (*path, len(items)), origins)
            if made is not OMIT:
                items.append(made)
        return items if items or not node else OMIT
    if isinstance(node, _Slot):
        hole = holes[node.index]
        value = hole.value
        origins[path] = value.sources if isinstance(value, Derived) else expressions[hole.expression]
        return unwrap(value, path, origins)
    if isinstance(node, _Mixed):
        sources: list[Path] = []
        for part in node.parts:
            if isinstance(part, int):
                value = holes[part].value
                sources += value.sources if isinstance(value, Derived) else expressions[holes[part].expression]
        origins[path] = tuple(sources)
        return _text(node, holes)
    return node


def _text(node: Any, holes: list[_Hole]) -> Any:
    parts = (node.index,) if isinstance(node, _Slot) else node.parts
    made = []
    for part in parts:
        if isinstance(part, str):
            made.append(part)
            continue
        value = unwrap(holes[part].value, (), {})
        if value is OMIT:
            return OMIT
        made.append(str(value).lower() if isinstance(value, bool) else str(value))
    return "".join(made)


def unwrap(value: Any, path: Path, origins: dict[Path, tuple[Path, ...]]) -> Any:
    """Plain data of a hole's value; absent members vanish, and the sources of derived ones are noted."""
    kind = type(value)
    if kind is str or kind is int or kind is bool or kind is float:
        return value
    if value is None or value is OMIT:
        return OMIT
    if kind is Derived:
        if value.sources:
            origins[path] = value.sources
        return unwrap(value.value, path, origins)
    if isinstance(value, Mapping):
        made = {}
        for key, item in value.items():
            inner = unwrap(item, (*path, key), origins)
            if inner is not OMIT:
                made[str(key)] = inner
        return made if made or not value else OMIT
    if isinstance(value, list | tuple):
        items: list[Any] = []
        for item in value:
            inner = unwrap(item, (*path, len(items)), origins)
            if inner is not OMIT:
                items.append(inner)
        return items
    from jinja2 import Undefined

    return OMIT if isinstance(value, Undefined) else str(value)
