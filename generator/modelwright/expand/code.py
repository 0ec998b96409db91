"""What a compiled template needs to run: the little of Jinja's runtime that our part of its language asks for.

Jinja reads a template and writes a Python function for it; running that function takes no Jinja, so a command whose
templates are compiled already (compiled.py) does not load it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import CodeType
from typing import Any

from modelwright.expand import holes
from modelwright.expand.holes import OMIT
from modelwright.expand.words import FILTERS, TESTS, concat
from modelwright.records import dataclass

LOOP = frozenset({"index", "index0", "first", "last", "length"})
"""What a template may ask of `loop`."""

_MISSING = object()


class Turns:
    """A loop and its `loop`: gives each item with itself."""

    __slots__ = ("_ahead", "_items", "_known", "index0")

    def __init__(self, items: Iterable[Any], _: object = None) -> None:
        self._known = len(items) if isinstance(items, list) else -1
        self._items = iter(items)
        self._ahead: list[Any] = []
        """Items that were looked at before their turn."""
        self.index0 = -1

    def __iter__(self) -> Iterator[tuple[Any, Turns]]:
        return self

    def __next__(self) -> tuple[Any, Turns]:
        item = self._ahead.pop(0) if self._ahead else next(self._items)
        self.index0 += 1
        return item, self

    @property
    def index(self) -> int:
        return self.index0 + 1

    @property
    def first(self) -> bool:
        return not self.index0

    @property
    def last(self) -> bool:
        if not self._ahead:
            self._ahead += [item for _, item in zip(range(1), self._items, strict=False)]
        return not self._ahead

    @property
    def length(self) -> int:
        if self._known < 0:
            self._ahead += self._items
            self._known = self.index + len(self._ahead)
        return self._known


class _World:
    """What a compiled template sees beside its values: our filters and tests, and fields of data instead of attributes."""

    filters: Mapping[str, Callable[..., Any]] = {
        "__take": holes.take, "__stretch": holes.stretch, "__peek": holes.peek, "__look": holes.look, "__each": holes.each, "__concat": concat,
        **{f"_{name}": function for name, (function, _, _) in FILTERS.items()},
    }  # fmt: skip
    tests = TESTS
    concat = "".join

    @staticmethod
    def undefined(*_: Any, **__: Any) -> Any:
        return OMIT

    @staticmethod
    def getattr(value: Any, name: str) -> Any:
        # The first case is nearly every one; it only saves time.
        if type(value) is dict:
            found = value.get(name)
            return OMIT if found is None else found
        if type(value) is Turns:
            return getattr(value, name) if name in LOOP else OMIT
        return holes.field(value, name)

    getitem = staticmethod(holes.field)


class _Values:
    """The values of one rendering, by the words a template begins a path with."""

    __slots__ = ("_roots",)

    def __init__(self, roots: Mapping[str, Any]) -> None:
        self._roots = roots

    def resolve_or_missing(self, word: str) -> Any:
        return self._roots.get(word, _MISSING)


WORLD = _World()


@dataclass(frozen=True, slots=True)
class Code:
    """A compiled template, ready to run."""

    root: Callable[[_Values], Iterator[str]]
    filename: str
    """What tracebacks call it."""
    lines: tuple[tuple[int, int], ...]
    """(line of the template, line of the code), in order."""

    @classmethod
    def of(cls, code: CodeType) -> Code:
        """The function in what Jinja wrote: a module, of which our templates use this much."""
        module: dict[str, Any] = {
            "environment": WORLD, "missing": _MISSING, "LoopContext": Turns, "Undefined": WORLD.undefined,
        }  # fmt: skip
        exec(code, module)  # of a template that `grammar` has let pass
        pairs = (pair.split("=") for pair in module["debug_info"].split("&") if pair)
        return cls(module["root"], code.co_filename, tuple((int(line), int(at)) for line, at in pairs))

    def pieces(self, values: Mapping[str, Any]) -> Iterator[str]:
        """The text it makes of `values`, bit by bit."""
        return self.root(_Values(values))

    def line(self, number: int) -> int:
        """The line of the template that a line of the code is from."""
        return next((line for line, at in reversed(self.lines) if at <= number), 1)
