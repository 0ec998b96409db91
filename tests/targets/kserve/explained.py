"""Where KServe's webhooks and our judge differ on purpose, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.targets.kserve.oracle import Answer, Question

from modelwright.model import Path, Release
from modelwright.problems import Problem


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is said of an object by one side only."""

    what: str
    """`too lax`, `too strict`, `drift not told`, `drift that is none`."""
    said: tuple[str, ...]
    question: Question
    answer: Answer
    ours: tuple[Problem, ...]
    release: Release
    path: Path = ()
    """The field, of a drift."""

    @property
    def stated(self) -> Any:
        """The value at the path."""
        return _at(self.question.object, self.path)

    @property
    def after(self) -> Any:
        """What the webhook makes of it; `...` where it is gone."""
        return _at(self.answer.defaulted, self.path)


def _at(value: Any, path: Path) -> Any:
    for step in path:
        try:
            value = value[step]
        except (LookupError, TypeError):
            return ...
    return value


def _empty(each: Difference) -> bool:
    return each.what == "drift not told" and each.after is ... and each.stated in (None, "", 0, False, [], {})


EXPLAINED: Mapping[str, Callable[[Difference], bool]] = {
    "An empty value is left out by the webhook; it means the same.": _empty,
}
"""Why, and which differences."""


def explanation(each: Difference) -> str:
    """The reason for a difference; empty where there is none."""
    return next((reason for reason, meant in EXPLAINED.items() if meant(each)), "")
