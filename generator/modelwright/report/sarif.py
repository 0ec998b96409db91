"""Problems as SARIF 2.1.0 (OASIS), within the limits of GitHub's code scanning.

Limits: docs.github.com "SARIF results exceed one or more limits": of one run the 5,000 most severe results are shown, of a
rule 10 tags. GitHub tells a problem from new ones by `partialFingerprints.primaryLocationLineHash`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from modelwright import __version__
from modelwright.model import Mark
from modelwright.problems import Problem, Severity
from modelwright.report.frame import HEAD, PLAIN, Frame, fingerprints, words, worst_first
from modelwright.report.json import dotted
from modelwright.report.locate import Located, located, safe

MOST = 5000
"""Results of one run that GitHub shows."""
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_PLACEHOLDER = re.compile(r"\{([0-9]+)\}")
_LINK = re.compile(r"\[(?=[^\[\]]*\]\()")
LEVELS: Mapping[Severity, str] = {"error": "error", "warning": "warning", "note": "recommendation"}
"""GitHub's `problem.severity` of a rule."""


def render(problems: Iterable[Problem], sources: Mapping[str, str], frame: Frame = PLAIN) -> str:
    """One run; the most severe problems where there are too many."""
    found = located(problems, sources)
    prints = dict(zip(map(id, found), fingerprints(found, frame.path), strict=True))
    kept = worst_first(found)[:MOST]
    codes = sorted({item.problem.code for item in kept})
    index = {code: number for number, code in enumerate(codes)}
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": "modelwright",
                "semanticVersion": __version__,
                "rules": [_rule(code, kept) for code in codes],
            }
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": True, **_left_out(len(found) - len(kept))}],
        "results": [_result(item, index, prints[id(item)], frame) for item in kept],
        "properties": {"suppressed": frame.suppressed},
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _left_out(number: int) -> dict[str, Any]:
    if not number:
        return {}
    text = f"{number} problems more are left out: code scanning shows {MOST}"
    return {"toolExecutionNotifications": [{"level": "note", "message": {"text": text}}]}


def _rule(code: str, found: list[Located]) -> dict[str, Any]:
    """What the manual says of a code."""
    from modelwright.manual import page, pages

    manual = pages().get(code, {})
    severity = min((i.problem.severity for i in found if i.problem.code == code), key=list(LEVELS).index)
    return {
        "id": code,
        "shortDescription": {"text": str(manual.get("title", code))},
        "fullDescription": {"text": str(manual.get("what", code)).strip()},
        "help": {"text": page(code) or code, "markdown": _markdown(manual)},
        "defaultConfiguration": {"level": severity},
        "properties": {
            "tags": ["kubernetes", str(manual.get("effect", "rejected"))],
            "precision": "high",
            "problem.severity": LEVELS[severity],
        },
    }


def _markdown(page: Mapping[str, Any]) -> str:
    parts = [str(page.get(head) or "").strip() for head in ("what", "why")]
    parts += [f"**{head.capitalize()}**\n\n```yaml\n{str(page[head]).rstrip()}\n```" for head in ("wrong", "right") if page.get(head)]
    parts += [f"Source: {str(page['source']).strip()}"] if page.get("source") else []
    return "\n\n".join(filter(None, parts)) or "No page."


def _message(text: str) -> str:
    """A message that means itself: what would be a placeholder (3.11.5) or a link (3.11.6) is escaped, and nothing else, as
    many viewers show it as it stands."""
    return _PLACEHOLDER.sub(r"{{\1}}", _LINK.sub(r"\\[", text))


def _result(item: Located, index: Mapping[str, int], fingerprint: str, frame: Frame) -> dict[str, Any]:
    problem = item.problem
    text = words(item) + (f"\nhint: {safe(problem.hint)}" if problem.hint else "")
    result: dict[str, Any] = {
        "ruleId": problem.code,
        "ruleIndex": index[problem.code],
        "level": problem.severity,
        "message": {"text": _message(text)},
        "locations": [_location(item.mark, frame)],
        "partialFingerprints": {"primaryLocationLineHash": fingerprint},
        "properties": {"effect": problem.effect, "environments": [safe(name) for name in problem.environments]},
    }
    if problem.resource:
        name = ".".join(map(safe, filter(None, (problem.resource.namespace, problem.resource.kind, problem.resource.name))))
        named = {"fullyQualifiedName": "/".join(filter(None, (name, dotted(problem.path)))), "kind": "resource"}
        result["locations"][0]["logicalLocations"] = [named]
    if item.related:
        result["relatedLocations"] = [
            {"id": number, **_location(mark, frame), "message": {"text": _message(safe(said))}}
            for number, (said, mark) in enumerate(item.related, 1)
        ]
    return result


def _location(mark: Mark | None, frame: Frame) -> dict[str, Any]:
    """Code scanning refuses a result without a place: one of no file is at the workspace's head."""
    mark = mark or Mark(HEAD, 1, 1, 1, 2)
    region = {
        "startLine": mark.line,
        "startColumn": mark.column,
        "endLine": mark.end_line,
        "endColumn": mark.end_column,
    }
    return {"physicalLocation": {"artifactLocation": _artifact(frame.path(mark.file)), "region": region}}


def _artifact(path: str) -> dict[str, str]:
    try:
        name = path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        name = path.encode("utf-8", "surrogatepass")  # no name of a file, but no reason to fail
    address = quote(name, safe="/~!$&'()*+,;=@")
    if path.startswith("/"):
        return {"uri": f"file://{address}"}
    return {"uri": address, "uriBaseId": "%SRCROOT%"}
