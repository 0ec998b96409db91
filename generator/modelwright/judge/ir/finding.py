"""One finding about a compiled pipeline, before it is known which file or manifest holds it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Literal

from modelwright.model import Path, Place
from modelwright.problems import Effect, Problem, Severity
from modelwright.records import dataclass

Part = Literal["spec", "platform"]
"""The two documents of a compiled pipeline: the pipeline itself, and what platforms add to it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong at `path` of one part, as its author spelt it."""

    code: str
    message: str
    part: Part
    path: Path
    hint: str = ""
    effect: Effect = "broken"
    key: bool = False
    """True when the key is meant rather than the value."""
    level: Severity | None = None
    related: tuple[tuple[str, Path], ...] = ()
    conceal: bool = False
    """True where the line must not be printed: it holds a credential."""


def told(found: Iterable[Finding], places: Mapping[Part, Place]) -> tuple[Problem, ...]:
    """Findings as problems of the file or manifest whose parts stand at `places`."""
    return tuple(_problem(each, places) for each in found)


def _problem(finding: Finding, places: Mapping[Part, Place]) -> Problem:
    base = places[finding.part]
    related = tuple((why, replace(base, path=(*base.path, *path))) for why, path in finding.related)
    return Problem(
        finding.code,
        finding.message,
        replace(base, path=(*base.path, *finding.path), key=finding.key),
        finding.hint,
        finding.effect,
        related=related,
        conceal=finding.conceal,
        level=finding.level,
    )
