"""Places made concrete: which line and column a problem is about, and text made safe to print."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from modelwright.model import Mark
from modelwright.patterns import pattern
from modelwright.problems import Problem
from modelwright.records import dataclass
from modelwright.yamlio.finder import Finder

_COMMANDS = pattern(r"\A\s*(:):|(#)#(?:vso|teamcity)?\[")
"""What a CI system reading a log obeys: GitHub's `::error` at the start of a line and `##[error]` anywhere
in it (actions/runner, ActionCommand.cs), Azure's `##vso[`, TeamCity's `##teamcity[`."""

_SHORT = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}


@dataclass(frozen=True, slots=True)
class Located:
    """A problem with its mark, and the marks of its related places."""

    problem: Problem
    mark: Mark | None
    related: tuple[tuple[str, Mark], ...]


def located(problems: Iterable[Problem], sources: Mapping[str, str]) -> list[Located]:
    """All problems with their marks, in the order a person reads files; those without a place come first."""
    finder = Finder(sources)
    found = [
        Located(
            problem,
            None if problem.place is None else finder.mark(problem.place),
            tuple((text, finder.mark(place)) for text, place in problem.related),
        )
        for problem in problems
    ]
    return sorted(found, key=_order)


def _order(item: Located) -> tuple[str, int, int, str, str]:
    mark = item.mark
    where = (mark.file, mark.line, mark.column) if mark else ("", 0, 0)
    return (*where, item.problem.code, item.problem.message)


def safe(text: str) -> str:
    """Text that cannot move a cursor, colour a terminal, reorder letters, start a line or command a CI.

    What is taken out stays visible, as an escape such as `\\x1b`.
    """
    return text if _harmless(text) else "".join(cells(text))


def cells(text: str) -> list[str]:
    """Each character of `text` as `safe` shows it."""
    if _harmless(text):
        return list(text)
    shown = [c if c.isprintable() else _escaped(c) for c in text]
    for match in _COMMANDS.finditer(text):
        at = match.start(match.lastindex or 0)
        shown[at] = f"\\x{ord(text[at]):02x}"
    return shown


def _harmless(text: str) -> bool:
    return text.isprintable() and not _COMMANDS.search(text)


def _escaped(c: str) -> str:
    code = ord(c)
    if code < 0x100:
        return _SHORT.get(c) or f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
