"""Problems for a pull request's comment or a job's summary: the report as text, in a fence that nothing in it can end.

Inside a fence Markdown has no links, HTML, mentions or images.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from modelwright.problems import Problem
from modelwright.report.frame import PLAIN, Frame
from modelwright.report.text import render as as_text

LONGEST = 60_000
"""Characters; a comment holds 65,536 on GitHub."""


def render(problems: Iterable[Problem], sources: Mapping[str, str], frame: Frame = PLAIN) -> str:
    """What was counted as a heading, then the whole report, cut where it is too long for a comment."""
    text = as_text(problems, sources, suppressed=frame.suppressed, lines=frame.lines)
    *blocks, count = text.rstrip("\n").split("\n\n")
    body = "\n\n".join(blocks)
    if not body:
        return f"**{count}**\n"
    rest = ""
    if len(body) > LONGEST:
        body = body[:LONGEST].rpartition("\n\n")[0] or body[:LONGEST]
        rest = "\nThe report is longer than a comment may be: see the log for the rest.\n"
    longest = max((len(run) for run in re.findall("`+", body)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"**{count}**\n\n{fence}text\n{body}\n{fence}\n{rest}"
