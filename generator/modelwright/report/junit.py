"""Problems as JUnit XML, in the form that Jenkins and GitLab read (jenkinsci/xunit-plugin junit-10.xsd).

A test suite for each file. A file without problems is one passed test; otherwise each problem is a test of its own: GitLab
shows but one failure of a test.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from xml.sax.saxutils import escape, quoteattr

from modelwright.problems import Problem
from modelwright.report.frame import PLAIN, Frame, words
from modelwright.report.locate import Located, located, safe

NOWHERE = "modelwright"


def render(problems: Iterable[Problem], sources: Mapping[str, str], frame: Frame = PLAIN) -> str:
    """A whole document; XML's own signs are escaped, and characters that XML cannot hold are gone already."""
    suites: dict[str, list[Located]] = {safe(frame.path(file)): [] for file in sorted(frame.files)}
    found = located(problems, sources)
    for item in found:
        name = safe(frame.path(item.mark.file)) if item.mark else NOWHERE
        suites.setdefault(name, []).append(item)
    tests = sum(max(len(items), 1) for items in suites.values())
    failures = sum(_fails(item, frame) for item in found)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    lines.append(f'<testsuites name="modelwright" tests="{tests}" failures="{failures}" errors="0">')
    for name in sorted(suites):
        lines += _suite(name, suites[name], frame)
    return "\n".join((*lines, "</testsuites>")) + "\n"


def _fails(item: Located, frame: Frame) -> bool:
    return item.problem.severity in frame.failing


def _suite(name: str, items: list[Located], frame: Frame) -> list[str]:
    failures = sum(_fails(item, frame) for item in items)
    title = quoteattr(name)
    lines = [f'  <testsuite name={title} tests="{max(len(items), 1)}" failures="{failures}" errors="0" skipped="0">']
    if not items:
        lines.append(f'    <testcase name="sound" classname={title} time="0"/>')
    for item in items:
        lines += _case(name, item, frame)
    return [*lines, "  </testsuite>"]


def _case(name: str, item: Located, frame: Frame) -> list[str]:
    problem, mark = item.problem, item.mark
    where = f"{name}:{mark.line}:{mark.column}" if mark else name
    title = f"{problem.code} {where}"
    said = words(item)
    body = [f"{where}: {problem.code} {problem.severity}: {said}"]
    body += [f"hint: {safe(problem.hint)}"] if problem.hint else []
    body += [f"{safe(text)}: {safe(frame.path(other.file))}:{other.line}:{other.column}" for text, other in item.related]
    text = escape("\n".join(body))
    tag = f"failure message={quoteattr(said)} type={quoteattr(problem.code)}" if _fails(item, frame) else "system-out"
    return [
        f'    <testcase name={quoteattr(title)} classname={quoteattr(name)} time="0">',
        f"      <{tag}>{text}</{tag.partition(' ')[0]}>",
        "    </testcase>",
    ]
