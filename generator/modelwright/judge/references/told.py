"""What is told of references in files: the lines they stand on are looked for only now, in the files that have some."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from modelwright.judge.references import Lack
from modelwright.model import Document, Mark, Place
from modelwright.problems import Problem
from modelwright.records import replace
from modelwright.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from modelwright.judge.file import Verdict

_NEXT = re.compile(r"^---(?=\s|\Z)", re.MULTILINE)


def told(
    lacks: Sequence[tuple[Lack, Problem]], text_of: Callable[[str], str | None], head: Document | None
) -> tuple[tuple[Problem, ...], int, dict[str, dict[int, str]]]:
    """The problems at their lines, how many somebody decided to live with, and the lines to show.

    `text_of` gives the text of a file; None where it cannot be read again, such as standard input.
    """
    from modelwright.judge.file import keep_lines
    from modelwright.suppress import suppress

    files: dict[str, list[tuple[Lack, Problem]]] = {}
    for lack, problem in lacks:
        files.setdefault(lack.ask.place.file if lack.ask.place else "", []).append((lack, problem))
    problems: list[Problem] = []
    lines: dict[str, dict[int, str]] = {}
    hidden = 0
    for file, rows in files.items():
        text = text_of(file) if file else None
        marked = _marked(file, text, rows)
        if text is not None:
            left, suppressed = suppress(marked, {file: text}, head)
            marked = [problem for problem in left if problem.place is not None and problem.place.file == file]
            hidden += suppressed
            keep_lines(lines.setdefault(file, {}), marked, text)
        problems += marked
    return tuple(problems), hidden, lines


def _marked(file: str, text: str | None, rows: Sequence[tuple[Lack, Problem]]) -> list[Problem]:
    if text is None:
        return [replace(problem, place=Mark(file, lack.ask.line + 1, 1, lack.ask.line + 1, 2)) for lack, problem in rows]
    marks = _marks(file, text, [(lack.ask.line, problem.place) for lack, problem in rows])
    return [replace(problem, place=mark) for (_, problem), mark in zip(rows, marks, strict=True)]


def _marks(file: str, text: str, places: Sequence[tuple[int, Place | Mark | None]]) -> list[Mark | None]:
    """Each place, in documents that are counted from a line on, as a mark in the text."""
    from modelwright.yamlio.finder import Finder

    starts = _line_starts(text)
    finders: dict[tuple[int, bool], Finder] = {}
    found: list[Mark | None] = []
    for line, place in places:
        if not isinstance(place, Place):
            found.append(place)
            continue
        first = place.document == 0
        finder = finders.get((line, first))
        if finder is None:
            part = text[starts[min(line, len(starts) - 1)] :]
            finder = finders[line, first] = Finder({file: _document(part) if first else part})
        mark = finder.mark(place)
        found.append(replace(mark, line=mark.line + line, end_line=mark.end_line + line))
    return found


def _line_starts(text: str) -> list[int]:
    return [0, *(found.end() for found in re.finditer("\n", text))]


def _document(text: str) -> str:
    """The first document of a text alone."""
    if text.startswith("%"):
        return text
    first = 0 if not _NEXT.match(text) else 3
    # A file may open with comments, and a `---` below them.
    end = _NEXT.search(text, first)
    while end and not re.sub(r"^\s*(#.*)?$", "", text[first : end.start()], flags=re.MULTILINE).strip():
        first = end.end()
        end = _NEXT.search(text, first)
    return text[: end.start()] if end else text


def readable(texts: Mapping[str, str]) -> Callable[[str], str | None]:
    """Reads files that are at hand, or on disk."""

    def read(file: str) -> str | None:
        if file in texts:
            return texts[file]
        from modelwright.inputs.files import small
        from modelwright.yamlio import decode

        found = small(file)
        if found is None:
            return None
        text, wrong = decode(found[0], file)
        return None if wrong else text

    return read


def with_references(
    problems: tuple[Problem, ...], hidden: int, verdict: Verdict, texts: Mapping[str, str], head: Document | None
) -> tuple[tuple[Problem, ...], int, Mapping[str, Mapping[int, str]]]:
    """Problems, the number of suppressed ones, and lines to show, with those of references."""
    found, suppressed, lines = told(verdict.lacks, readable(texts), head)
    files = {*verdict.lines, *lines}
    together = {file: {**verdict.lines.get(file, {}), **lines.get(file, {})} for file in files}
    return tuple(dict.fromkeys((*problems, *found))), hidden + suppressed, together
