"""Problems for people: the line that is wrong, with carets under the place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from modelwright.model import Mark
from modelwright.problems import Effect, Problem
from modelwright.report.locate import Located, cells, located, safe

WIDTH = 160
"""Columns of a source line worth showing."""
LEAD = 60
"""Columns kept to the left of the carets where a line is cut."""
DOTS = "..."
DIM = "2"
COLORS = {"error": "31;1", "warning": "33;1", "note": "36;1"}
EFFECTS: dict[Effect, str] = {
    "broken": "the cluster accepts it, and it never becomes ready",
    "ignored": "the cluster accepts it, and does nothing with it",
    "drift": "the cluster rewrites it, so Git and cluster differ for ever",
}
"""What is worth saying beyond the severity; `rejected` is what one expects of an error."""


def render(
    problems: Iterable[Problem],
    sources: Mapping[str, str],
    *,
    color: bool = False,
    suppressed: int = 0,
    everywhere: Collection[str] = (),
    lines: Mapping[str, Mapping[int, str]] | None = None,
) -> str:
    """The whole report, ending in a line that counts.

    `everywhere` names all environments of the workspace: a problem in each of them lists none. `lines` are lines to show
    of files whose whole text is not kept, by file and number.
    """
    found = located(problems, sources)
    shown = _Lines(sources, _concealed(found), lines or {})
    blocks = [_block(item, shown, frozenset(everywhere), color) for item in found]
    return "\n".join([*blocks, _summary(found, suppressed)]) + "\n"


def _concealed(found: list[Located]) -> frozenset[tuple[str, int]]:
    """File and line of everything that holds a credential, whichever problem would show it."""
    marks = (item.mark for item in found if item.problem.conceal)
    return frozenset((m.file, line) for m in marks if m for line in range(m.line, m.end_line + 1))


def position(mark: Mark) -> str:
    """`file:line:column`, safe to print."""
    return f"{safe(mark.file)}:{mark.line}:{mark.column}"


def _summary(found: list[Located], suppressed: int) -> str:
    counts = Counter(item.problem.severity for item in found)
    words = [
        f"{counts[s]} {s}{'s' if counts[s] > 1 else ''}" for s in ("error", "warning", "note") if counts[s]
    ]
    text = ", ".join(words) or "no problems"
    return f"{text} ({suppressed} suppressed)" if suppressed else text


def _block(item: Located, lines: _Lines, everywhere: frozenset[str], color: bool) -> str:
    mark, problem = item.mark, item.problem
    hue = COLORS[problem.severity]
    where = f"{position(mark)}: " if mark else ""
    code = _paint(safe(problem.code), hue, color)
    severity = "" if problem.severity == "error" else f"{problem.severity}: "
    block = [f"{where}{code} {severity}{safe(problem.message)}{_stages(problem, everywhere)}"]
    line = lines.at(mark) if mark else None
    if mark and line is not None:
        shown, indent, carets = _excerpt(line, mark)
        bar = _paint("|", DIM, color)
        block.append(f" {mark.line} {bar} {shown}".rstrip())
        block.append(f" {' ' * len(str(mark.line))} {bar} {indent}{_paint(carets, hue, color)}")
    if problem.effect in EFFECTS:
        block.append(_paint(f"  = {EFFECTS[problem.effect]}", DIM, color))
    if problem.hint:
        block.append(f"  = hint: {safe(problem.hint)}")
    block += [f"  = {safe(text)}: {position(other)}" for text, other in item.related]
    return "\n".join(block) + "\n"


def _stages(problem: Problem, everywhere: frozenset[str]) -> str:
    named = problem.environments
    if not named or (everywhere and everywhere <= set(named)):
        return ""
    return f" [{', '.join(map(safe, named))}]"


def _paint(text: str, style: str, color: bool) -> str:
    return f"\x1b[{style}m{text}\x1b[0m" if color and text else text


class _Lines:
    """Splits each file at most once, and keeps what must not be shown."""

    def __init__(
        self,
        sources: Mapping[str, str],
        concealed: frozenset[tuple[str, int]],
        kept: Mapping[str, Mapping[int, str]],
    ) -> None:
        self._sources = sources
        self._concealed = concealed
        self._kept = kept
        self._split: dict[str, list[str]] = {}

    def at(self, mark: Mark) -> str | None:
        """The line a mark starts in, where its text is at hand and may be shown."""
        if (mark.file, mark.line) in self._concealed:
            return None
        kept = self._kept.get(mark.file)
        if kept is not None and mark.line in kept:
            return kept[mark.line]
        lines = self._split.get(mark.file)
        if lines is None:
            text = self._sources.get(mark.file)
            # Lines end as marks count them; a byte order mark takes no column.
            lines = [line.removesuffix("\r") for line in text.removeprefix("\ufeff").split("\n")] if text else []
            self._split[mark.file] = lines
        return lines[mark.line - 1] if 1 <= mark.line <= len(lines) else None


def _excerpt(line: str, mark: Mark) -> tuple[str, str, str]:
    """What to show of a line; below it, the spaces before the carets and the carets."""
    shown = cells(line)
    widths = [_wide(cell) for cell in shown]
    start = min(mark.column - 1, len(shown))
    end = min(mark.end_column - 1, len(shown)) if mark.end_line == mark.line else len(line.rstrip())
    first, last = _window(widths, start)
    before = sum(widths[first:start])
    under = max(1, sum(widths[start : min(end, last)]))
    left = DOTS if first else ""
    right = DOTS if last < len(shown) else ""
    return f"{left}{''.join(shown[first:last])}{right}", " " * (len(left) + before), "^" * under


def _window(widths: list[int], start: int) -> tuple[int, int]:
    """The stretch of a line to show: all of it, or what fits `WIDTH` with some text before `start`."""
    if sum(widths) <= WIDTH:
        return 0, len(widths)
    room = WIDTH - 2 * len(DOTS)
    first, lead = start, 0
    reach = LEAD if start < len(widths) else room
    while first and lead + widths[first - 1] <= reach:
        first -= 1
        lead += widths[first]
    last, taken = first, 0
    while last < len(widths) and taken + widths[last] <= room:
        taken += widths[last]
        last += 1
    while last == len(widths) and first and taken + widths[first - 1] <= room:
        first -= 1
        taken += widths[first]
    return first, last


def _wide(text: str) -> int:
    """Columns a terminal takes for `text`: combining marks none, wide letters two (UAX 11)."""
    if text.isascii():
        return len(text)
    import unicodedata

    return sum(0 if _no_width(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _no_width(c: str) -> bool:
    import unicodedata

    return unicodedata.category(c) in ("Mn", "Me")
