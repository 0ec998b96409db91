"""Where KServe's webhooks and our judge differ on purpose, and why."""

from __future__ import annotations

import re
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


def _refused(each: Difference) -> list[Problem]:
    return [problem for problem in each.ours if problem.effect == "rejected"]


def _codes(each: Difference) -> set[str]:
    return {problem.code for problem in _refused(each)}


def _bookkeeping(each: Difference) -> bool:
    local = "internal.serving.kserve.io/localmodel"
    names = each.stated if isinstance(each.stated, dict) and each.path[:1] == ("metadata",) else each.path[-1:]
    return each.what == "drift not told" and all(str(name).startswith(local) for name in names)


def _overwritten(each: Difference) -> bool:
    return each.what == "drift not told" and any(p.code == "MW760" and p.path == each.path[: len(p.path)] for p in each.ours)


def _alone(each: Difference) -> bool:
    return each.what == "too strict" and _codes(each) == {"MW785"} and not each.question.existing


def _zero_refused(each: Difference) -> bool:
    return each.what == "too lax" and all(re.match(r"schema: (value|type) spec\.", text) for text in each.said)


def _beyond(each: Difference) -> bool:
    admitted = each.question.object["kind"] in ("InferenceService", "LLMInferenceService")
    return each.what == "too lax" and "of type int32" in each.said[0] and not admitted


def _unknown_below(each: Difference) -> bool:
    below = all(text.startswith("unknown: ('spec', 'predictor', 'model', ") for text in each.said)
    return each.what == "too lax" and below and any(p.code == "MW760" for p in each.ours)


def _short_url(each: Difference) -> bool:
    return each.what == "drift not told" and each.path[-1] == "uri" and str(each.stated).endswith("://")


EXPLAINED: Mapping[str, Callable[[Difference], bool]] = {
    "An empty value is left out by the webhook; it means the same.": _empty,
    "Names and labels are checked by the server itself, which is not asked here (tests/judge/server.py does).": _metadata,
    "ModelMesh's own webhook for runtimes is not asked.": _modelmesh,
    "KServe's own bookkeeping of local models, which nobody states; the webhook removes it.": _bookkeeping,
    "The `model` that a framework's block takes the place of is told as ignored (MW760).": _overwritten,
    "A runtime's own priorities are looked at only where there is another runtime. Every cluster has some.": _alone,
    "An address that leads nowhere (`pvc://`) is told as such, not as one that is written shorter.": _short_url,
}
"""Why, and which differences."""
OPEN: Mapping[str, Callable[[Difference], bool]] = {
    "The webhook writes an empty text where the schema has an enum (a metric target without `type`, which KServe's own tests take), or null where it wants a map.": _zero_refused,
    "A number beyond int32 is told as broken, or not at all of a port, where a validating webhook alone reads the object and refuses it.": _beyond,
    "Unknown fields in a `model` that a framework's block takes the place of (MW760) are not told.": _unknown_below,
}
"""What is known to differ and should not."""


def explanation(each: Difference) -> str:
    """The reason for a difference, or the open point that it belongs to; empty where there is none."""
    return next((reason for reason, meant in (*EXPLAINED.items(), *OPEN.items()) if meant(each)), "")
