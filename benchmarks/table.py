"""A benchmark's tables, for a terminal and as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    """A title, columns of which the first is text and all others figures, and notes on how to read them."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()


def text(tables: Sequence[Table]) -> str:
    return "\n\n".join(_text(table) for table in tables) + "\n"


def markdown(tables: Sequence[Table]) -> str:
    return "\n\n".join(_markdown(table) for table in tables) + "\n"


def _text(table: Table) -> str:
    lines = (table.columns, *table.rows)
    widths = [max(len(line[i]) for line in lines) for i in range(len(table.columns))]

    def aligned(line: tuple[str, ...]) -> str:
        figures = (cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True))
        return "  ".join((line[0].ljust(widths[0]), *figures)).rstrip()

    return "\n".join((table.title, "", *(aligned(line) for line in lines), "", *table.notes)).rstrip()


def _markdown(table: Table) -> str:
    rule = ("---", *("---:" for _ in table.columns[1:]))
    lines = (f"| {' | '.join(line)} |" for line in (table.columns, rule, *table.rows))
    notes = ("", *(f"- {note}" for note in table.notes)) if table.notes else ()
    return "\n".join((f"## {table.title}", "", *lines, *notes))


def seconds(value: float) -> str:
    return f"{value:,.2f} s"


def milliseconds(value: float) -> str:
    return f"{value * 1000:,.1f} ms"


def megabytes(value: int | None) -> str:
    return "unknown" if value is None else f"{value / 1e6:,.0f} MB"


def ratio(value: float) -> str:
    return f"{value:,.2f}" if value < 10 else f"{value:,.0f}" if value >= 100 else f"{value:,.1f}"
