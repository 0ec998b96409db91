"""Problems as GitLab's code quality report (docs.gitlab.com/ci/testing/code_quality, "Code Quality report format").

An array; `fingerprint` must be of one problem only, and `location.path` relative to the repository without `./`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from modelwright.model import Mark
from modelwright.problems import Problem, Severity
from modelwright.report.frame import HEAD, PLAIN, Frame, fingerprints, words
from modelwright.report.locate import Located, located, safe

SEVERITIES: Mapping[Severity, str] = {"error": "critical", "warning": "minor", "note": "info"}


def render(problems: Iterable[Problem], sources: Mapping[str, str], frame: Frame = PLAIN) -> str:
    """One JSON array."""
    found = located(problems, sources)
    prints = fingerprints(found, frame.path)
    return json.dumps([_entry(item, print_, frame) for item, print_ in zip(found, prints, strict=True)], indent=2) + "\n"


def _entry(item: Located, fingerprint: str, frame: Frame) -> dict[str, Any]:
    problem, mark = item.problem, item.mark or Mark(HEAD, 1, 1, 1, 2)
    hint = f" (hint: {safe(problem.hint)})" if problem.hint else ""
    return {
        "description": f"{problem.code} {words(item)}{hint}",
        "check_name": problem.code,
        "fingerprint": fingerprint,
        "severity": SEVERITIES[problem.severity],
        "location": {
            "path": safe(frame.path(mark.file)).removeprefix("./"),
            "lines": {"begin": mark.line, "end": mark.end_line},
        },
    }
