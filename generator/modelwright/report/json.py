"""Problems for programs: one JSON document."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from modelwright.model import Mark, Path
from modelwright.problems import Problem
from modelwright.report.locate import Located, located, safe

PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")


def render(problems: Iterable[Problem], sources: Mapping[str, str], *, suppressed: int = 0) -> str:
    """Version 1 of the report; lines and columns count from 1."""
    found = located(problems, sources)
    counts = Counter(item.problem.severity for item in found)
    report = {
        "version": 1,
        "problems": [_entry(item) for item in found],
        "suppressed": suppressed,
        "summary": {severity: counts[severity] for severity in ("error", "warning", "note")},
    }
    return json.dumps(report, indent=2) + "\n"


def _entry(item: Located) -> dict[str, Any]:
    problem = item.problem
    resource = problem.resource
    return {
        "code": problem.code,
        "severity": problem.severity,
        "effect": problem.effect,
        "message": safe(problem.message),
        "hint": safe(problem.hint),
        **_where(item.mark),
        "environments": list(problem.environments),
        "resource": resource
        and {
            "apiVersion": resource.api_version,
            "kind": resource.kind,
            "name": resource.name,
            "namespace": resource.namespace,
        },
        "path": dotted(problem.path),
        "related": [{"message": safe(text), **_where(mark)} for text, mark in item.related],
    }


def _where(mark: Mark | None) -> dict[str, Any]:
    if mark is None:
        return {"file": None, "line": None, "column": None, "endLine": None, "endColumn": None}
    return {
        "file": safe(mark.file),
        "line": mark.line,
        "column": mark.column,
        "endLine": mark.end_line,
        "endColumn": mark.end_column,
    }


def dotted(path: Path) -> str:
    """`spec.predictor.model.args[0]`."""
    made = ""
    for step in path:
        if isinstance(step, int):
            made += f"[{step}]"
        elif PLAIN.match(step):
            made += f".{step}" if made else step
        else:
            made += f"[{json.dumps(step)}]"
    return made
