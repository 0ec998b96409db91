"""Problems as workflow commands, which GitHub Actions shows beside the lines (actions/toolkit packages/core/src/command.ts).

GitHub shows 10 errors, 10 warnings and 10 notices of a step as annotations, and drops the others without a word; those
are printed as plain lines of the log.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from modelwright.problems import Problem, Severity
from modelwright.report.frame import PLAIN, Frame, words, worst_first
from modelwright.report.locate import Located, located, safe

SHOWN = 10
"""Annotations of a kind that GitHub shows of one step."""
COMMANDS: Mapping[Severity, str] = {"error": "error", "warning": "warning", "note": "notice"}


def render(problems: Iterable[Problem], sources: Mapping[str, str], frame: Frame = PLAIN) -> str:
    """A line for each problem, then one that counts."""
    found = located(problems, sources)
    counts: Counter[str] = Counter()
    lines, rest = [], []
    for item in worst_first(found):
        severity = item.problem.severity
        counts[severity] += 1
        if counts[severity] <= SHOWN:
            lines.append(_command(item, frame))
        else:
            rest.append(_line(item, frame))
    said = [f"{counts[s]} {s}{'s' if counts[s] > 1 else ''}" for s in ("error", "warning", "note") if counts[s]]
    total = ", ".join(said) or "no problems"
    if frame.suppressed:
        total += f" ({frame.suppressed} suppressed)"
    if rest:
        total += f"; the last {len(rest)} are not annotations: GitHub shows {SHOWN} of a kind"
    return "\n".join((*lines, *rest, total)) + "\n"


def _command(item: Located, frame: Frame) -> str:
    problem, mark = item.problem, item.mark
    properties = {"title": problem.code}
    if mark is not None:
        last = max(mark.end_column - 1, mark.column) if mark.end_line == mark.line else mark.column
        properties = {
            "file": safe(frame.path(mark.file)),
            "line": str(mark.line),
            "endLine": str(mark.end_line),
            "col": str(mark.column),
            "endColumn": str(last),
            **properties,
        }
    stated = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    text = words(item) + (f"\nhint: {safe(problem.hint)}" if problem.hint else "")
    return f"::{COMMANDS[problem.severity]} {stated}::{_data(text)}"


def _line(item: Located, frame: Frame) -> str:
    mark = item.mark
    where = f"{safe(frame.path(mark.file))}:{mark.line}:{mark.column}: " if mark else ""
    return f"{where}{item.problem.code} {item.problem.severity}: {words(item)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
