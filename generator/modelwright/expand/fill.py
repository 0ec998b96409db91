"""Skeletons: what a template's text is once parsed, with slots where holes were; and filling them with data."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import inf
from typing import Any

from modelwright.expand.holes import CLOSE, OMIT, OPEN, Derived, Meter, Sink, Unfit, plain, text
from modelwright.expand.instrument import Hole
from modelwright.model import Path
from modelwright.records import dataclass

TOKEN = re.compile(f"{OPEN}([0-9]+){CLOSE}")
NULLS = frozenset({"null", "Null", "NULL", "~"})


@dataclass(frozen=True, slots=True)
class Slot:
    """One hole that is a whole value."""

    index: int


@dataclass(frozen=True, slots=True)
class Text:
    """Text with holes in it: pieces of text and numbers of holes."""

    parts: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Map:
    """Keys (text, or a hole) and what is below them."""

    items: tuple[tuple[str | Slot | Text, Any], ...]


@dataclass(frozen=True, slots=True)
class Many:
    """Items of a list."""

    items: tuple[Any, ...]


def skeleton(document: Any, null_at: Callable[[Path], bool]) -> Any:
    """A parsed document with its tokens turned into slots.

    A key left without a value, because an `if` or `for` below it gave nothing, is absent; a null that is
    written out stays (a patch deletes with it). `null_at` tells which of the two stands at a path.
    Raises Unfit where one hole would be filled in twice.
    """
    seen: set[int] = set()

    def prepared(node: Any, path: Path) -> Any:
        if isinstance(node, dict):
            return Map(tuple((words(key), prepared(value, (*path, key))) for key, value in node.items()))
        if isinstance(node, list):
            return Many(tuple(prepared(item, (*path, i)) for i, item in enumerate(node)))
        if isinstance(node, str):
            return words(node)
        return OMIT if node is None and not null_at(path) else node

    def words(written: str) -> Any:
        if OPEN not in written:
            return written
        parts: list[str | int] = []
        for i, part in enumerate(TOKEN.split(written)):
            if i % 2:
                parts.append(once(int(part)))
            elif part:
                parts.append(part)
        alone = len(parts) == 1 and isinstance(parts[0], int)
        return Slot(int(parts[0])) if alone else Text(tuple(parts))

    def once(index: int) -> int:
        # Bounds what a small text can grow to; a forged number is caught by the reader of the text.
        if index in seen:
            raise Unfit("a hole behind a YAML anchor would be filled in twice", "write it out instead of the alias", index)
        seen.add(index)
        return index

    return prepared(document, ())


def pruned(node: Any, absent: int) -> Any:
    """A skeleton without what holes that are absent would fill; OMIT where nothing is left. `absent` has a bit for each.

    `fill` makes the same of both: what could still be wrong in spite of an absent hole stays.
    """
    kind = type(node)
    if kind is Map:
        items = [
            (key, left)
            for key, below in node.items
            if not _lost(key, absent) and ((left := pruned(below, absent)) is not OMIT or type(key) is not str)
        ]
        return Map(tuple(items)) if items or not node.items else OMIT
    if kind is Many:
        kept = [left for item in node.items if (left := pruned(item, absent)) is not OMIT]
        return Many(tuple(kept)) if kept or not node.items else OMIT
    return OMIT if _lost(node, absent) else node


def _lost(node: Any, absent: int) -> bool:
    """Whether a hole is absent before anything else in a text could be unfit."""
    if type(node) is Text:
        first = next(part for part in node.parts if isinstance(part, int))
        return bool(absent >> first & 1)
    return type(node) is Slot and bool(absent >> node.index & 1)


def fill(node: Any, sink: Sink) -> Any:
    """The data a skeleton makes with these holes; OMIT where all of it is absent. Raises Unfit and TooLarge."""
    kind = type(node)
    if kind is Map:
        return _map(node, sink)
    if kind is Slot:
        return _slot(node.index, sink)
    if kind is Text:
        return _text(node, sink)
    if kind is Many:
        items = [made for item in node.items if (made := fill(item, sink)) is not OMIT]
        return items if items or not node.items else OMIT
    return node


def _map(node: Map, sink: Sink) -> Any:
    values = sink.values
    made: dict[str, Any] = {}
    for key, below in node.items:
        name = key if type(key) is str else _key(key, sink)
        if name is OMIT:
            continue
        kind = type(below)
        if kind is Slot:
            value = values[below.index]
            # Most holes are absent, or plain text whose size was counted when it was taken.
            if value is not OMIT and type(value) is not str:
                value = _slot(below.index, sink)
        else:
            value = _map(below, sink) if kind is Map else below if kind is str else fill(below, sink)
        if value is OMIT:
            continue
        if name in made:
            hole = next((i for i in _holes(key)), -1)
            raise Unfit(f"the key `{name}` is filled in twice in one map", "keep one of the two", hole)
        made[name] = value
    return made if made or not node.items else OMIT


def _slot(index: int, sink: Sink) -> Any:
    try:
        return plain(sink.values[index], sink.made)
    except Unfit as unfit:
        raise Unfit(unfit.message, unfit.hint, index) from None


def _key(key: Any, sink: Sink) -> Any:
    return _text(Text((key.index,)) if type(key) is Slot else key, sink)


def _text(node: Text, sink: Sink) -> Any:
    made: list[str] = []
    for part in node.parts:
        if isinstance(part, str):
            made.append(part)
            continue
        try:
            piece = text(sink.values[part])
        except Unfit as unfit:
            raise Unfit(unfit.message, unfit.hint, part) from None
        if piece is OMIT:
            return OMIT
        made.append(piece)
    whole = "".join(made)
    sink.made.spend(len(whole))
    return whole


def _holes(node: Any) -> tuple[int, ...]:
    if type(node) is Slot:
        return (node.index,)
    return tuple(part for part in node.parts if isinstance(part, int)) if type(node) is Text else ()


Found = Iterator[tuple[Path, tuple[Path, ...]]]


class Origins(Mapping[Path, tuple[Path, ...]]):
    """Path in a manifest -> paths of the values read for it. Worked out on first use: only problems ask."""

    __slots__ = ("_found", "_holes", "_sink", "_skeleton")

    def __init__(self, skeleton: Any, sink: Sink, holes: Sequence[Hole]) -> None:
        self._skeleton = skeleton
        self._sink = sink
        self._holes = holes
        self._found: dict[Path, tuple[Path, ...]] | None = None

    def _all(self) -> dict[Path, tuple[Path, ...]]:
        if self._found is None:
            found: dict[Path, tuple[Path, ...]] = {}
            for path, sources in _origins(self._skeleton, (), self._sink, self._holes):
                if sources:
                    found.setdefault(path, sources)
            self._found = found
        return self._found

    def __getitem__(self, path: Path) -> tuple[Path, ...]:
        return self._all()[path]

    def __iter__(self) -> Iterator[Path]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def __repr__(self) -> str:
        return repr(self._all())

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, (self._all(),)


class Layered(Mapping[Path, tuple[Path, ...]]):
    """Origins of what was laid over a manifest, then those of the manifest itself; still worked out on first use.

    A value laid over hides what was below its path. `around` are the maps on the way to such values: they are
    their origin only where the manifest itself names none.
    """

    __slots__ = ("_around", "_below", "_own")

    def __init__(
        self,
        own: Mapping[Path, tuple[Path, ...]],
        below: Mapping[Path, tuple[Path, ...]],
        around: Mapping[Path, tuple[Path, ...]] | None = None,
    ) -> None:
        self._own = own
        self._below = below
        self._around = around or {}

    def __getitem__(self, path: Path) -> tuple[Path, ...]:
        if path in self._own:
            return self._own[path]
        if path in self._below and not self._hidden(path):
            return self._below[path]
        return self._around[path]

    def _hidden(self, path: Path) -> bool:
        return any(path[:depth] in self._own for depth in range(1, len(path)))

    def __iter__(self) -> Iterator[Path]:
        below = (path for path in self._below if not self._hidden(path))
        return iter(dict.fromkeys((*self._own, *below, *self._around)))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _origins(node: Any, path: Path, sink: Sink, holes: Sequence[Hole]) -> Found:
    """Origins below a skeleton, absent holes at the path where they would have been."""
    if type(node) is Map:
        for key, below in node.items:
            name = key if isinstance(key, str) else _key(key, sink)
            if name is OMIT:
                continue
            yield from _origins(below, (*path, name), sink, holes)
            if not isinstance(key, str):
                yield (*path, name), _sources(_holes(key), sink, holes)
    elif type(node) is Many:
        yield from _listed(node, path, sink, holes)
    elif type(node) is Slot:
        yield from _below(sink.values[node.index], path, _sources((node.index,), sink, holes))
    elif type(node) is Text:
        yield path, _sources(_holes(node), sink, holes)


def _listed(node: Many, path: Path, sink: Sink, holes: Sequence[Hole]) -> Found:
    """Origins in a list. Items that vanished come last: at their index stands the item after them."""
    # Counted apart: what is asked later must not run into the bounds of the rendering.
    again = Sink()
    again.values = sink.values
    gone = []
    index = 0
    for item in node.items:
        if fill(item, again) is OMIT:
            gone.append((item, index))
        else:
            yield from _origins(item, (*path, index), sink, holes)
            index += 1
    for item, index in gone:
        yield from _origins(item, (*path, index), sink, holes)


def _sources(indexes: tuple[int, ...], sink: Sink, holes: Sequence[Hole]) -> tuple[Path, ...]:
    found: dict[Path, None] = {}
    for index in indexes:
        value = sink.values[index]
        number, steps, touched = sink.notes[index]
        own = value.sources if isinstance(value, Derived) else ()
        found.update(dict.fromkeys(own or holes[number].sources(steps, touched)))
    return tuple(found)


def _below(value: Any, path: Path, sources: tuple[Path, ...]) -> Found:
    """Origins of a hole's value and of all in it: what is below a value as written was written below it."""
    exact = True
    while isinstance(value, Derived):
        sources, exact, value = value.sources or sources, False, value.value
    yield path, sources
    for name, step, item in _members(value):
        if exact and len(sources) == 1:
            yield from _below(item, (*path, name), ((*sources[0], step),))
        else:
            yield from _inner(item, (*path, name))


def _inner(value: Any, path: Path) -> Found:
    """Origins of derived values somewhere within a value whose own origin is known above it."""
    if isinstance(value, Derived):
        yield from _below(value, path, value.sources)
    else:
        for name, _, item in _members(value):
            yield from _inner(item, (*path, name))


def _members(value: Any) -> Iterator[tuple[str | int, Any, Any]]:
    """What a value holds, as (step in the manifest, step in the value, item); items that vanish come last."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield text(key), key, item
    elif isinstance(value, list | tuple):
        gone: list[tuple[int, int, Any]] = []
        index = 0
        for step, item in enumerate(value):
            if plain(item, Meter(inf)) is OMIT:
                gone.append((index, step, item))
            else:
                yield index, step, item
                index += 1
        yield from gone
