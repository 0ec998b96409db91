"""Templates are manifests with holes, and a hole is filled with data, never with text.

Jinja evaluates each `{{ hole }}` and leaves one private token in the text; the value waits on a list. The
text between is YAML of our own, parsed once per shape into a skeleton, and the skeleton is filled with the
values. So lists, maps, quotes, braces and line breaks pass untouched, and no value can become syntax.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache, lru_cache
from itertools import islice
from pathlib import Path as FilePath
from types import CodeType
from typing import Any

from modelwright.expand import compiled, grammar
from modelwright.expand.code import WORLD, Code
from modelwright.expand.fill import NULLS, TOKEN, Origins, fill, pruned, skeleton
from modelwright.expand.grammar import Sheet
from modelwright.expand.holes import (
    CLOSE,
    MAX_HOLES,
    OMIT,
    OPEN,
    Derived,
    Sink,
    TooLarge,
    Unfit,
    derived,
    kind_of,
)
from modelwright.expand.instrument import SINK, Instrument, Learned, Pattern, Turn
from modelwright.model import Mark, Path
from modelwright.problems import Problem, did_you_mean
from modelwright.records import dataclass

__all__ = ["OMIT", "Derived", "Rendered", "Template", "check_paths", "compile_template", "derived"]

MAX_TEMPLATE = 256 * 1024
MAX_TEXT = 1024 * 1024
SHAPES = 512
MAX_KEPT = 32 * 1024
"""Longer texts are parsed each time, so that kept shapes have bounded size."""
ANY = "*"
"""Stands in `Template.paths` and in shapes for any item of a list and any key of a map."""
FORGED = re.compile(r"\\(?:u|U0000)[eE]00[01]")
"""A token's characters, written as an escape in quoted YAML."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """One document a template gave, and which value paths each of its values was read from."""

    data: dict[str, Any]
    origins: Mapping[Path, tuple[Path, ...]]


@dataclass(frozen=True, slots=True)
class _Shape:
    """What one text of tokens parses to."""

    skeletons: tuple[Any, ...] = ()
    failure: tuple[str, str, int, int] | None = None
    """Message, hint, line in the text, and number of the nearest hole above (-1: none)."""


class Template:
    """A compiled template. Make one with `compile_template`."""

    __slots__ = ("_code", "_holes", "_kept", "_pruned", "_reads", "_sheet", "_stretches", "code", "learned", "name")

    def __init__(self, sheet: Sheet, code: CodeType, learned: Learned) -> None:
        self.name = sheet.name
        self.code = code
        self.learned = learned
        self._sheet = sheet
        self._code = Code.of(code)
        self._holes, self._reads, self._stretches = learned
        self._kept: Callable[[tuple[str, ...]], _Shape] = lru_cache(maxsize=SHAPES)(_shape)
        self._pruned: Callable[[tuple[str, ...], int], tuple[Any, ...]] = lru_cache(maxsize=SHAPES)(self._without)

    def render(self, values: Mapping[str, Any]) -> tuple[tuple[Rendered, ...], tuple[Problem, ...]]:
        """Fill the template. Documents that vanish whole are left out."""
        sink = Sink(values, self._stretches)
        try:
            text, size = _bounded(self._code.pieces({**values, SINK: sink}))
            shape = self._kept(text) if size <= MAX_KEPT else _shape(text)
            if shape.failure is not None:
                return (), (self._unread(shape.failure, "".join(text), sink),)
            left = self._pruned(text, sink.absent) if size <= MAX_KEPT else shape.skeletons
            return self._filled(shape, left, sink), ()
        except TooLarge:
            problem = self._problem("the template makes too much: it is too large", f"at most {MAX_HOLES} holes, and 1 MiB of text", 1)
        except Unfit as unfit:
            line = self._line_of(unfit.hole, sink) if unfit.hole >= 0 else self._line_in(unfit)
            problem = self._problem(unfit.message, unfit.hint or "see what the blueprint gives here", line)
        except (TypeError, ValueError, ArithmeticError) as error:
            # Only comparisons, sums and pairs of names are left to Python itself.
            problem = self._problem("the values here do not fit together", _mismatch(error), self._line_in(error))
        except RecursionError:
            problem = self._problem("the values nest too deep", "flatten them", 1)
        return (), (problem,)

    def paths(self) -> frozenset[Path]:
        """Every value path a hole, condition or loop reads, in branches not taken too.

        An item of a list or map that a loop goes through has the step `*`.
        """
        return frozenset(_open(read.pattern) for read in self._reads)

    def reads(self) -> tuple[tuple[Path, Mark], ...]:
        """The same, each with its place in the template, in the order of the text."""
        return tuple((_open(read.pattern), self._sheet.mark(read.line, read.words)) for read in self._reads)

    def _without(self, text: tuple[str, ...], absent: int) -> tuple[Any, ...]:
        return tuple(pruned(node, absent) for node in self._kept(text).skeletons)

    def _filled(self, shape: _Shape, skeletons: tuple[Any, ...], sink: Sink) -> tuple[Rendered, ...]:
        made = []
        for node, left in zip(shape.skeletons, skeletons, strict=True):
            data = fill(left, sink)
            if data is OMIT:
                continue
            if not isinstance(data, dict):
                raise Unfit(f"a document of a template is a map, and this is {kind_of(data)}", "start with `apiVersion:`")
            if data:
                made.append(Rendered(data, Origins(node, sink, self._holes)))
        return tuple(made)

    def _unread(self, failure: tuple[str, str, int, int], text: str, sink: Sink) -> Problem:
        """A problem of the text as YAML, at the template's line: that of the hole above, and on from there."""
        message, hint, line, hole = failure
        if hole >= 0:
            token = text.index(f"{OPEN}{hole}{CLOSE}")
            line = self._line_of(hole, sink) + max(0, line - 1 - text.count("\n", 0, token))
        return self._problem(message, hint, min(line, len(self._sheet.lines)))

    def _line_of(self, hole: int, sink: Sink) -> int:
        return self._holes[sink.notes[hole][0]].line

    def _line_in(self, error: BaseException) -> int:
        line, trace = 1, error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == self._code.filename:
                line = self._code.line(trace.tb_lineno)
            trace = trace.tb_next
        return line

    def _problem(self, message: str, hint: str, line: int) -> Problem:
        return Problem("MW301", message, self._sheet.mark(line), hint)


def packaged_template(source: FilePath, name: str) -> tuple[Template | None, tuple[Problem, ...]]:
    """Compile a template that comes with the tool, unless that was done before."""
    text = source.read_text(encoding="utf-8")
    found = compiled.get(source, text)
    if found is not None:
        return Template(_sheet(text, name), *found), ()
    template, problems = compile_template(text, name)
    if template is not None:
        compiled.put(source, text, template.code, template.learned)
    return template, problems


def compile_template(
    text: str, name: str, roots: frozenset[str] | None = None
) -> tuple[Template | None, tuple[Problem, ...]]:
    """Compile a template, or say what in it is not allowed (MW303), unknown (MW302) or wrong (MW301)."""
    from jinja2 import TemplateSyntaxError, nodes

    sheet = _sheet(text, name)
    if len(text) > MAX_TEMPLATE:
        return None, (Problem("MW301", "the template is too large", sheet.mark(1), f"at most {MAX_TEMPLATE // 1024} KiB"),)
    for character in (OPEN, CLOSE):
        if character in text:
            line = text.count("\n", 0, text.index(character)) + 1
            message = "the template holds a private-use character (U+E000 or U+E001)"
            return None, (Problem("MW301", message, sheet.mark(line, character), "remove it"),)
    environment = _environment()
    try:
        tree = environment.parse(text)
        problems = grammar.check(tree, sheet, roots)
        if problems:
            return None, problems
        instrument = Instrument(nodes)
        instrument.body(tree.body, {}, 0)
        code = _code(environment, tree, name)
    except TemplateSyntaxError as error:
        hint = "holes are `{{ word.word }}`; `{% if ... %}` and `{% for ... %}` need their `{% end... %}`"
        return None, (Problem("MW301", f"the template cannot be read: {error.message}", sheet.mark(error.lineno), hint),)
    except (RecursionError, MemoryError, SyntaxError, ValueError):
        # Python's own limits: brackets and loops within each other, digits of a number.
        hint = "flatten its loops, brackets and sums, and shorten its numbers"
        return None, (Problem("MW301", "the template nests too deep", sheet.mark(1), hint),)
    return Template(sheet, code, instrument.learned()), ()


def _sheet(text: str, name: str) -> Sheet:
    return Sheet(name, tuple(text.splitlines()) or ("",))


def check_paths(template: Template, shape: Mapping[str, Any]) -> tuple[Problem, ...]:
    """Paths a template reads that values of this shape never have (MW302).

    A shape is a map of known keys, each with the shape below it; None allows anything below, and the key
    `*` gives the shape of every item of a list or of a map with keys of its own.
    """
    problems: dict[Problem, None] = {}
    for path, mark in template.reads():
        node: Mapping[str, Any] | None = shape
        for depth, step in enumerate(path):
            if node is None or (step == ANY and ANY not in node):
                break
            if step in node or ANY in node:
                node = node[step] if isinstance(step, str) and step in node else node[ANY]
                continue
            place = "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in path[:depth])[1:]
            message = f"`{place}` has no `{step}`" if place else f"there is no `{step}` here"
            problems[Problem("MW302", message, mark, did_you_mean(str(step), sorted(node)))] = None
            break
    return tuple(problems)


def _open(pattern: Pattern) -> Path:
    return tuple(ANY if isinstance(step, Turn) else step for step in pattern)


def _bounded(pieces: Iterator[str]) -> tuple[tuple[str, ...], int]:
    """A rendering's text, in the pieces that it comes in, and its length. These are the same objects each time, mostly:
    cheaper to tell apart than the text."""
    # Counted some at a time: a check for each piece would take as long as making it.
    made: list[str] = []
    size = 0
    while some := list(islice(pieces, 64)):
        size += sum(map(len, some))
        if size > MAX_TEXT:
            raise TooLarge
        made += some
    return tuple(made), size


def _mismatch(error: Exception) -> str:
    if isinstance(error, ValueError):
        return "a loop with two names needs pairs: use `| dictsort` or `| items`"
    return "numbers compare and add with numbers, texts with texts"


def _shape(pieces: tuple[str, ...]) -> _Shape:
    from modelwright.yamlio import read

    text = "".join(pieces)
    forged = FORGED.search(text)
    if forged is not None:
        position = forged.start()
        message = "the template holds a private-use character (U+E000 or U+E001)"
        return _Shape(failure=(message, "remove it", text.count("\n", 0, position) + 1, _hole_before(text, position)))
    documents, problems = read(text, "")
    for problem in problems:
        line, column = (problem.place.line, problem.place.column) if isinstance(problem.place, Mark) else (1, 1)
        position = sum(len(each) for each in text.splitlines(keepends=True)[: line - 1]) + column - 1
        message = f"the template is not YAML: {TOKEN.sub('{{ ... }}', problem.message)}"
        hint = problem.hint or "check quotes and indentation here"
        return _Shape(failure=(message, hint, line, _hole_before(text, position)))
    try:
        nulls = (_null_at(text, i) for i in range(len(documents)))
        return _Shape(tuple(skeleton(document, null_at) for document, null_at in zip(documents, nulls, strict=True)))
    except Unfit as unfit:
        return _Shape(failure=(unfit.message, unfit.hint, 1, unfit.hole))


def _hole_before(text: str, position: int) -> int:
    last = -1
    for found in TOKEN.finditer(text, 0, position + 1):
        last = int(found[1])
    return last


def _null_at(text: str, index: int) -> Callable[[Path], bool]:
    """Whether a null of the document at `index` is written out, rather than nothing being there."""
    lines = text.splitlines()

    @cache
    def marks() -> Any:
        from modelwright.yamlio.marks import marks

        return marks(text, "", index)

    def null_at(path: Path) -> bool:
        mark = marks().mark(path)
        return lines[mark.line - 1][mark.column - 1 : mark.end_column - 1] in NULLS if lines else False

    return null_at


@cache
def _environment() -> Any:
    """Jinja to read and compile with. It runs nothing: see `code`, whose names it must know."""
    from jinja2.sandbox import SandboxedEnvironment

    environment: Any = SandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, autoescape=False, optimized=False, cache_size=0
    )
    environment.globals.clear()
    environment.filters = dict(WORLD.filters)
    environment.tests = dict(WORLD.tests)
    return environment


def _code(environment: Any, tree: Any, name: str) -> CodeType:
    """What Jinja makes of an instrumented tree, without its first line, the names it would load of itself."""
    text: str = environment.compile(tree, name, raw=True)
    first, _, rest = text.partition("\n")
    assert first.startswith("from jinja2.runtime import "), first
    return compile(f"\n{rest}", f"<{name}>", "exec")
