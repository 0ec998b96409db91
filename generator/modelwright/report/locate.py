"""Places made concrete: which line and column a problem is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from modelwright.model import Mark, Place
from modelwright.problems import Problem


@dataclass(frozen=True, slots=True)
class Located:
    """A problem with its mark, and the marks of its related places."""

    problem: Problem
    mark: Mark | None
    related: tuple[tuple[str, Mark], ...]


def located(problems: Iterable[Problem], sources: Mapping[str, str]) -> list[Located]:
    """All problems with their marks, in the order a person reads files."""
    finder = _Finder(sources)
    found = [
        Located(p, finder.mark(p.place), tuple((text, finder.sure(place)) for text, place in p.related))
        for p in problems
    ]
    return sorted(found, key=_order)


def _order(item: Located) -> tuple[str, int, int, str, str]:
    mark = item.mark
    where = (mark.file, mark.line, mark.column) if mark else ("", 0, 0)
    return (*where, item.problem.code, item.problem.message)


class _Finder:
    """Parses each document at most once."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        self.sources = sources
        self.known: dict[tuple[str, int], object] = {}

    def mark(self, place: Place | Mark | None) -> Mark | None:
        return None if place is None else self.sure(place)

    def sure(self, place: Place | Mark) -> Mark:
        if isinstance(place, Mark):
            return place
        text = self.sources.get(place.file)
        if text is None:
            return Mark(place.file, 1, 1, 1, 2)
        from modelwright.yamlio import Marks, marks

        key = (place.file, place.document)
        if key not in self.known:
            self.known[key] = marks(text, place.file, place.document)
        found = self.known[key]
        assert isinstance(found, Marks)
        return found.mark(place.path, place.key)


def safe(text: str) -> str:
    """Text that cannot move a cursor, colour a terminal, reorder letters or start a new line."""
    return "".join(c if c.isprintable() or c == " " else _escaped(c) for c in text)


def _escaped(c: str) -> str:
    code = ord(c)
    return {"\n": "\\n", "\t": "\\t", "\r": "\\r"}.get(c) or (f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}")
