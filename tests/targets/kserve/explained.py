"""Where KServe's webhooks and our judge differ on purpose, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.targets.kserve.oracle import Question

from modelwright.model import Path, Release
from modelwright.problems import Problem


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is said of an object by one side only."""

    what: str
    """`too lax`, `too strict`, `drift not told`, `drift that is none`."""
    said: tuple[str, ...]
    question: Question
    release: Release
    ours: tuple[Problem, ...]
    path: Path = ()
    """The field, of a drift."""
    after: Any = ...
    """What the webhook makes of it; `...` where it is gone."""

    @property
    def stated(self) -> Any:
        """The value at the path."""
        value: Any = self.question.object
        for step in self.path:
            value = value[step]
        return value


def _empty(each: Difference) -> bool:
    return each.what == "drift not told" and each.after is ... and each.stated in (None, "", 0, False, [], {})


def _metadata(each: Difference) -> bool:
    refused = [problem for problem in each.ours if problem.effect == "rejected"]
    return each.what == "too strict" and all(p.code == "MW508" and p.path[:1] == ("metadata",) for p in refused)


def _modelmesh(each: Difference) -> bool:
    refused = {problem.code for problem in each.ours if problem.effect == "rejected"}
    kind = each.question.object["kind"]
    return each.what == "too strict" and kind.endswith("ServingRuntime") and refused <= {"MW702", "MW703"}


EXPLAINED: Mapping[str, Callable[[Difference], bool]] = {
    "An empty value is left out by the webhook; it means the same.": _empty,
    "Names and labels are checked by the server itself, which is not asked here (tests/judge/server.py does).": _metadata,
    "ModelMesh's own webhook for runtimes is not asked.": _modelmesh,
}
"""Why, and which differences."""


def explanation(each: Difference) -> str:
    """The reason for a difference; empty where there is none."""
    return next((reason for reason, meant in EXPLAINED.items() if meant(each)), "")
