"""Problems for people: the line that is wrong, with a caret under the place."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping

from modelwright.model import Mark
from modelwright.problems import Problem
from modelwright.report.locate import Located, located, safe

WIDTH = 160
COLORS = {"error": "31;1", "warning": "33;1", "note": "36;1"}
EFFECTS = {
    "broken": "the cluster accepts it, and it never becomes ready",
    "ignored": "the cluster accepts it, and does nothing with it",
    "drift": "the cluster rewrites it, so Git and cluster differ for ever",
}
"""What is worth saying beyond the severity; `rejected` is what one expects of an error."""


def render(problems: Iterable[Problem], sources: Mapping[str, str], *, color: bool = False, suppressed: int = 0) -> str:
    """The whole report, ending in a line that counts."""
    found = located(problems, sources)
    blocks = [_block(item, sources, color) for item in found]
    return "\n".join([*blocks, _summary(found, suppressed)]) + "\n"


def _summary(found: list[Located], suppressed: int) -> str:
    counts = Counter(item.problem.severity for item in found)
    words = [f"{counts[s]} {s}{'s' if counts[s] > 1 else ''}" for s in ("error", "warning", "note") if counts[s]]
    text = ", ".join(words) or "no problems"
    return f"{text} ({suppressed} suppressed)" if suppressed else text


def _block(item: Located, sources: Mapping[str, str], color: bool) -> str:
    problem = item.problem
    where = f"{position(item.mark)}: " if item.mark else ""
    stages = f" [{', '.join(problem.environments)}]" if problem.environments else ""
    code = _paint(problem.code, COLORS[problem.severity], color)
    severity = "" if problem.severity == "error" else f"{problem.severity}: "
    lines = [f"{where}{code} {severity}{safe(problem.message)}{safe(stages)}"]
    if item.mark is not None:
        lines += _excerpt(item.mark, sources, color)
    if problem.effect in EFFECTS:
        lines.append(f"  = {EFFECTS[problem.effect]}")
    if problem.hint:
        lines.append(f"  = hint: {safe(problem.hint)}")
    lines += [f"  = {safe(text)}: {position(mark)}" for text, mark in item.related]
    return "\n".join(lines) + "\n"


def position(mark: Mark) -> str:
    """`file:line:column`, safe to print."""
    return f"{safe(mark.file)}:{mark.line}:{mark.column}"


def _paint(text: str, style: str, color: bool) -> str:
    return f"\x1b[{style}m{text}\x1b[0m" if color else text


def _excerpt(mark: Mark, sources: Mapping[str, str], color: bool) -> list[str]:
    text = sources.get(mark.file)
    lines = text.splitlines() if text is not None else []
    if not 1 <= mark.line <= len(lines):
        return []
    line = lines[mark.line - 1]
    start = min(mark.column - 1, len(line))
    end = min(mark.end_column - 1, len(line)) if mark.end_line == mark.line else len(line)
    cut = max(0, start - WIDTH // 2) if len(line) > WIDTH else 0
    shown = line[cut : cut + WIDTH]
    before = _wide(safe(line[cut:start]))
    under = max(1, _wide(safe(line[start : max(end, start + 1)][: WIDTH - (start - cut)])))
    number = str(mark.line)
    gutter = " " * len(number)
    dots = "..." if cut else ""
    carets = _paint("^" * under, "31;1", color)
    return [f" {number} | {dots}{safe(shown)}", f" {gutter} | {' ' * (before + len(dots))}{carets}"]


def _wide(text: str) -> int:
    """Columns a terminal takes for `text`."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
