"""What a hole of a template holds: data, or nothing, and which blueprint words it was read from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from math import isfinite
from operator import is_
from typing import Any

from modelwright.model import Path
from modelwright.records import dataclass

OPEN, CLOSE = "\ue000", "\ue001"
"""Private-use characters around a hole's number in the text that Jinja gives back."""

MAX_HOLES = 20_000
MAX_SIZE = 4_000_000
"""Bound on what one rendering fills in: one for each value and one for each character."""
MAX_WORK = 1_000_000
"""Bound on what loops, filters and comparisons look at in one rendering, counted the same way."""


class Omit:
    """The type of `OMIT`. It is false, equals only absent values, and stays absent in sums."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "OMIT"

    def __reduce__(self) -> str:
        return "OMIT"

    def __bool__(self) -> bool:
        return False

    def __eq__(self, other: object) -> bool:
        return other is None or other is self

    def __hash__(self) -> int:
        return hash(None)

    def __contains__(self, item: object) -> bool:
        return False

    def __lt__(self, other: object) -> bool:
        return False

    __le__ = __gt__ = __ge__ = __lt__

    def __add__(self, other: object) -> Omit:
        return self

    __radd__ = __sub__ = __rsub__ = __add__


OMIT = Omit()
"""A value that is not there: its key vanishes, and parents emptied by that vanish too."""


@dataclass(frozen=True, slots=True)
class Derived:
    """A value computed in Python, and the paths of the blueprint words it was computed from."""

    value: Any
    sources: tuple[Path, ...]

    def __bool__(self) -> bool:
        return bool(self.value)


def derived(value: Any, *paths: Path | str) -> Derived:
    """`value` with its sources; a path may be written with dots: `derived(uri, "spec.source.path")`."""
    return Derived(value, tuple(tuple(p.split(".")) if isinstance(p, str) else p for p in paths))


class Unfit(Exception):
    """A template asks for something its values cannot give. Caught where the rendering began."""

    def __init__(self, message: str, hint: str = "", hole: int = -1) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.hole = hole


class TooLarge(Exception):
    """A bound was reached. Caught where the rendering began."""


Note = tuple[int, tuple[Any, ...], tuple[tuple[int, tuple[Path, ...]], ...]]
"""Of one hole: number of its expression, steps of the loops around it, and derived values read in it."""


class Meter:
    """What may still be spent."""

    __slots__ = ("left",)

    def __init__(self, left: float) -> None:
        self.left = left

    def spend(self, size: int) -> None:
        self.left -= size
        if self.left < 0:
            raise TooLarge


class Sink:
    """Collects the holes of one rendering and counts what it costs. `roots` are the values it reads."""

    __slots__ = ("absent", "looked", "made", "notes", "roots", "stretches", "touched", "values")

    def __init__(self, roots: Mapping[Any, Any] | None = None, stretches: Sequence[Stretch] = ()) -> None:
        self.roots: Mapping[Any, Any] = roots or {}
        self.stretches = stretches
        self.values: list[Any] = []
        self.absent = 0
        """A bit for each hole of a stretch that holds nothing."""
        self.notes: list[Note] = []
        self.touched: list[tuple[int, tuple[Path, ...]]] = []
        self.made = Meter(MAX_SIZE)
        """For what goes into the manifest."""
        self.looked = Meter(MAX_WORK)
        """For what expressions look at."""


def take(value: Any, sink: Sink, number: int, *steps: Any) -> str:
    """Keep a hole's value; give the token that stands for it in the text."""
    values = sink.values
    index = len(values)
    if index >= MAX_HOLES:
        raise TooLarge
    touched = sink.touched
    if touched:
        sink.notes.append((number, steps, tuple(touched)))
        sink.touched = []
    else:
        sink.notes.append((number, steps, ()))
    if type(value) is str:
        sink.made.spend(len(value))
    values.append(value)
    return f"{OPEN}{index}{CLOSE}"


class Stretch:
    """Holes that each read one path of the values, and the text around them: most of a template, taken in one go.

    `texts` stand before each hole and after the last; `reads` are the numbers and paths of the holes. Most of what a
    template can read no blueprint says, so the paths are kept as a tree, of which only what the values hold is visited.
    """

    __slots__ = ("_absent", "_kept", "_notes", "_nothing", "_reads", "_texts", "_tree")

    def __init__(self, texts: Sequence[str], reads: Sequence[tuple[int, Path]]) -> None:
        self._texts = tuple(texts)
        self._reads = tuple(reads)
        self._notes: tuple[Note, ...] = tuple((number, (), ()) for number, _ in reads)
        self._nothing, self._absent = [OMIT] * len(self._reads), (1 << len(self._reads)) - 1
        self._tree = _Branch()
        for offset, (_, path) in enumerate(reads):
            self._tree.grow(path).holes.append(offset)
        self._kept: Callable[[int], str] = lru_cache(maxsize=16)(self._text)

    def parts(self) -> tuple[tuple[str, ...], tuple[tuple[int, Path], ...]]:
        """What it was made of."""
        return self._texts, self._reads

    def take(self, sink: Sink) -> str:
        """Keep the values of all holes; give the text, with a token for each."""
        start = len(sink.values)
        if start + len(self._reads) > MAX_HOLES:
            raise TooLarge
        sink.values += self._nothing
        sink.absent |= self._absent << start
        sink.notes += self._notes
        self._tree.take(sink.roots, sink, start)
        return self._kept(start)

    def _text(self, start: int) -> str:
        """The text where its first hole is the rendering's hole `start`: of nothing else does it depend."""
        tokens = (f"{OPEN}{index}{CLOSE}" for index in range(start, start + len(self._reads)))
        return "".join(part for pair in zip(self._texts, (*tokens, ""), strict=True) for part in pair)


class _Branch:
    """The holes that read one value, and the branches of those that read fields of it."""

    __slots__ = ("below", "holes")

    def __init__(self) -> None:
        self.holes: list[int] = []
        self.below: dict[Any, _Branch] = {}

    def grow(self, path: Path) -> _Branch:
        """The branch at a path, made where it is missing."""
        branch = self
        for step in path:
            branch = branch.below.setdefault(step, _Branch())
        return branch

    def take(self, value: Any, sink: Sink, start: int) -> None:
        """Put what is in a value (neither None nor OMIT) into the holes below; the stretch begins at hole `start`."""
        for hole in self.holes:
            if type(value) is str:
                sink.made.spend(len(value))
            sink.values[start + hole] = value
            sink.absent ^= 1 << start + hole
        below = self.below
        if not below:
            return
        if type(value) is dict:
            # From the shorter of the two, which is nearly always the value.
            if len(value) < len(below):
                for step, item in value.items():
                    if step in below and item is not None and item is not OMIT:
                        below[step].take(item, sink, start)
            else:
                for step, branch in below.items():
                    item = value.get(step)
                    if item is not None and item is not OMIT:
                        branch.take(item, sink, start)
            return
        for step, branch in below.items():
            item = field(value, step)
            if item is not None and item is not OMIT:
                branch.take(item, sink, start)


def stretch(number: int, sink: Sink) -> str:
    """Take a stretch of the template."""
    return sink.stretches[number].take(sink)


def peek(value: Any, sink: Sink) -> Any:
    """A value whose presence or truth is asked."""
    while type(value) is Derived:
        value = value.value
    return OMIT if value is None else value


def look(value: Any, sink: Sink, position: int) -> Any:
    """A value that is computed with, as plain data; sources of a derived one are noted at `position`."""
    while type(value) is Derived:
        if position >= 0 and value.sources:
            sink.touched.append((position, value.sources))
        value = value.value
    return plain(value, sink.looked)


def each(value: Any, sink: Sink, order: str) -> list[tuple[Any, Any]]:
    """What a loop goes through, as (step of the path, item). `order` asks for the pairs of a map."""
    sources: tuple[Path, ...] = ()
    while type(value) is Derived:
        value, sources = value.value, value.sources or sources
    if value is None or value is OMIT:
        return []
    if isinstance(value, Mapping):
        sink.looked.spend(len(value))
        keys = sorted(value, key=lambda k: (str(k).casefold(), str(k))) if order == "dictsort" else list(value)
        if not order:
            return [(key, key) for key in keys]
        return [(key, (key, _below(value[key], sources))) for key in keys]
    if isinstance(value, list | tuple) and not order:
        sink.looked.spend(len(value))
        return [(i, _below(item, sources)) for i, item in enumerate(value)]
    wanted = "a map" if order else "a list or a map"
    raise Unfit(f"a loop here needs {wanted}, and gets {kind_of(value)}")


def field(value: Any, step: Any) -> Any:
    """The field `step` of a value; absent where there is none. A derived value's fields have its sources."""
    sources: tuple[Path, ...] = ()
    while type(value) is Derived:
        value, sources = value.value, value.sources or sources
    if isinstance(value, Mapping):
        found = value.get(step, OMIT)
    elif isinstance(value, list | tuple) and type(step) is int and 0 <= step < len(value):
        found = value[step]
    else:
        return OMIT
    return OMIT if found is None else _below(found, sources)


def _below(value: Any, sources: tuple[Path, ...]) -> Any:
    return Derived(value, sources) if sources and type(value) is not Derived else value


def plain(value: Any, meter: Meter) -> Any:
    """Plain data of a value: derived ones unwrapped, absent members gone, parents emptied by that gone too.

    What is plain already is given back as it is, so that variants share what they do not change.
    """
    kind = type(value)
    while kind is Derived:
        value = value.value
        kind = type(value)
    if kind is str:
        # As `spend`, without the call: most values are text.
        meter.left -= len(value) + 1
        if meter.left < 0:
            raise TooLarge
        return value
    if kind is int or kind is bool:
        return value
    if value is None or value is OMIT:
        return OMIT
    # `Mapping` and `|` are slow to ask, so the usual types are asked for first.
    if kind is dict or isinstance(value, Mapping):
        meter.spend(len(value) + 1)
        whole = kind is dict
        made = {}
        for key, item in value.items():
            inner = plain(item, meter)
            name = key if type(key) is str else text(key)
            whole = whole and inner is item and name is key
            if inner is not OMIT and name is not OMIT:
                made[name] = inner
        if whole and len(made) == len(value):
            return value
        return made if made or not value else OMIT
    if kind is list or isinstance(value, list | tuple):
        meter.spend(len(value) + 1)
        items = [inner for item in value if (inner := plain(item, meter)) is not OMIT]
        if kind is list and len(items) == len(value) and all(map(is_, items, value)):
            return value
        return items if items or not value else OMIT
    if isinstance(value, float):
        if not isfinite(value):
            raise Unfit(f"`{value}` is a number that a manifest cannot hold")
        return value
    if isinstance(value, str | int):
        return value
    raise Unfit(f"a hole gives {kind_of(value)}, which a manifest cannot hold")


def text(value: Any) -> Any:
    """A value as it stands within text or as a key; OMIT where it is absent."""
    while type(value) is Derived:
        value = value.value
    if type(value) is str:
        return value
    if value is None or value is OMIT:
        return OMIT
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and not isfinite(value):
        raise Unfit(f"`{value}` is a number that a manifest cannot hold")
    if isinstance(value, str | int | float):
        return str(value)
    raise Unfit(f"{kind_of(value)} cannot stand within text", "give it a key of its own, or use `join`")


def kind_of(value: Any) -> str:
    """The type of a value in plain words."""
    if value is None or value is OMIT:
        return "nothing"
    words = ((bool, "true or false"), (str, "text"), (int | float, "a number"), (Mapping, "a map"), (list | tuple, "a list"))
    return next((word for kind, word in words if isinstance(value, kind)), f"a value of type `{type(value).__name__}`")
