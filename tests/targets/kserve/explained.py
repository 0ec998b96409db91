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


def _null_item(each: Difference) -> bool:
    found = _refused(each)
    return each.what == "too strict" and all(p.code == "MW502" and "empty (null)" in p.message for p in found)


def _alone(each: Difference) -> bool:
    return each.what == "too strict" and _codes(each) == {"MW785"} and not each.question.existing


def _no_spec(each: Difference) -> bool:
    return each.what == "too lax" and not each.question.object.get("spec")


def _zero(each: Difference) -> bool:
    found = _refused(each)
    return each.what == "too strict" and all(p.code == "MW503" or (p.code == "MW502" and "empty (null)" in p.message) for p in found)


def _zero_refused(each: Difference) -> bool:
    return each.what == "too lax" and each.said[0].startswith(("schema: value spec.", "schema: type spec."))


def _left_alone(each: Difference) -> bool:
    old = each.question.old or {}
    return each.what == "too strict" and _codes(each) == {"MW761"} and "status" not in old


def _null_unknown(each: Difference) -> bool:
    return each.what == "too lax" and each.said[0].startswith("unknown: ")


def _unsigned(each: Difference) -> bool:
    return each.what == "too lax" and "type uint16" in each.said[0]


def _short_url(each: Difference) -> bool:
    return each.what == "drift not told" and each.path[:2] == ("spec", "model") and each.path[-1] == "uri"


def _null_target(each: Difference) -> bool:
    return each.what == "too lax" and "should be set" in each.said[0] and "None" in str(each.question.object["spec"])


def _null_amount(each: Difference) -> bool:
    text = str(each.stated)
    return each.what == "drift not told" and "resources" in each.path and ("None" in text or each.after is ...)


def _workers_alone(each: Difference) -> bool:
    # The webhook's own words; or its failure, where a release looks for the one implementation.
    no_model = "exactly one of" in each.said[0] or "index out of range [0]" in each.said[0]
    predictor = (each.question.object.get("spec") or {}).get("predictor")
    return each.what == "too lax" and no_model and isinstance(predictor, dict) and "workerSpec" in predictor


def _beyond(each: Difference) -> bool:
    return each.what == "too lax" and "of type int32" in each.said[0]


EXPLAINED: Mapping[str, Callable[[Difference], bool]] = {
    "An empty value is left out by the webhook; it means the same.": _empty,
    "Names and labels are checked by the server itself, which is not asked here (tests/judge/server.py does).": _metadata,
    "ModelMesh's own webhook for runtimes is not asked.": _modelmesh,
    "KServe's own bookkeeping of local models, which nobody states; the webhook removes it.": _bookkeeping,
    "The `model` that a framework's block takes the place of is told as ignored (MW760).": _overwritten,
    "A null in a list becomes an empty value once Go has read it. We refuse it: it is a slip either way.": _null_item,
    "A runtime's own priorities are looked at only where there is another runtime. Every cluster has some.": _alone,
    "A null below `resources` is dropped; what holds it may then be left out, too.": _null_amount,
}
"""Why, and which differences."""
OPEN: Mapping[str, Callable[[Difference], bool]] = {
    "An object without `spec` is refused by the webhooks; we have no rule for it.": _no_spec,
    "The mutating webhook writes zero values of required fields (`modelFormat: {}` gets a name), so the schema takes what we refuse.": _zero,
    "The reverse: it writes an empty text where the schema has an enum, or null where it wants a map.": _zero_refused,
    "A null in a metric's target counts as stated for our rule, and is none for the webhook.": _null_target,
    "The controller records no mode for ModelMesh, so a change from it is not refused; we refuse it.": _left_alone,
    "An unknown field that is null is not told where a kind has a mutating webhook.": _null_unknown,
    "A predictor with `workerSpec` and no model at all is refused; we take it.": _workers_alone,
    "A number beyond int32 is refused where only Go's type says so (`minReplicas` up to 0.15).": _beyond,
    "`replicas` of a runtime must be from 0 to 65535, which only Go's type says.": _unsigned,
    "A `uri` without host is written shorter (`pvc://` becomes `pvc:`).": _short_url,
}
"""What is known to differ and should not."""


def explanation(each: Difference) -> str:
    """The reason for a difference, or the open point that it belongs to; empty where there is none."""
    return next((reason for reason, meant in (*EXPLAINED.items(), *OPEN.items()) if meant(each)), "")
