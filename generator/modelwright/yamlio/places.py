"""Positions in a text as lines and columns, counted as editors count them."""

from __future__ import annotations

from modelwright.model import Mark
from modelwright.patterns import pattern
from modelwright.typed import Any

_ODD_BREAK = pattern("\r(?!\n)|[\x85\u2028\u2029]")


def at(text: str, position: int) -> tuple[int, int]:
    """Line and column, from 1, of a position in the text."""
    return text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)


def has_odd_breaks(text: str) -> bool:
    """Whether libyaml counts lines where editors do not: lone carriage returns, U+0085, U+2028, U+2029."""
    return _ODD_BREAK.search(text) is not None


def span(file: str, text: str, start: Any, end: Any, odd: bool) -> Mark:
    """The mark from `start` to `end` (PyYAML marks), or of the first character where they span lines."""
    if odd:
        line, column = at(text, start.index)
        end_line, end_column = at(text, end.index)
    else:
        line, column, end_line, end_column = start.line + 1, start.column + 1, end.line + 1, end.column + 1
    if end_line != line or end_column <= column:
        return Mark(file, line, column, line, column + 1)
    return Mark(file, line, column, line, end_column)
