"""Problems for programs: one JSON document."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from modelwright.model import Mark, Path
from modelwright.problems import Problem, Resource
from modelwright.report.locate import Located, located, safe

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


def render(problems: Iterable[Problem], sources: Mapping[str, str], *, suppressed: int = 0) -> str:
    """Version 1 of the report: ASCII, lines and columns count from 1, the end of a stretch is exclusive."""
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
    return {
        "code": problem.code,
        "severity": problem.severity,
        "effect": problem.effect,
        "message": safe(problem.message),
        "hint": safe(problem.hint),
        **_where(item.mark),
        "environments": [safe(name) for name in problem.environments],
        "resource": _resource(problem.resource),
        "path": dotted(problem.path),
        "related": [{"message": safe(text), **_where(mark)} for text, mark in item.related],
    }


def _resource(resource: Resource | None) -> dict[str, str] | None:
    if resource is None:
        return None
    return {
        "apiVersion": safe(resource.api_version),
        "kind": safe(resource.kind),
        "name": safe(resource.name),
        "namespace": safe(resource.namespace),
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
    """`spec.predictor.model.args[0]`; keys that are no plain word in brackets: `metadata.labels["a.b/c"]`."""
    made = ""
    for step in path:
        if isinstance(step, int):
            made += f"[{step}]"
        elif _PLAIN.fullmatch(step):
            made += f".{step}" if made else step
        else:
            made += f"[{safe(json.dumps(step, ensure_ascii=False))}]"
    return made
