"""For which clusters a check holds: `where: {kubernetes: ">=1.30", kserve: "0.15 - 0.17"}`.

A range is one or more bounds (`>=1.30`, `<1.34`, `=0.16.0`), all of which hold, or `first - last`, both included.
Releases are compared by as many parts as the bound has, so that `<=0.16` takes 0.16.2. What is not installed is in no
range; `none` is for clusters without it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from modelwright.patterns import pattern
from modelwright.records import dataclass
from modelwright.rules.steps import NotationError

_BOUND = pattern(r"(>=|<=|<|>|=)?([0-9]+(?:\.[0-9]+)*)")


@dataclass(frozen=True, slots=True)
class Facts:
    """What a check may know of the cluster: releases as text, empty where something is not installed or not known."""

    kubernetes: str = ""
    kserve: str = ""
    open_data_hub: str = ""
    pipelines: str = ""
    mode: str = ""
    """How models are deployed that do not say: `Knative`, `Standard` or `ModelMesh`, whatever the release calls it."""

    @property
    def distribution(self) -> str:
        """Who brings the platform: `opendatahub`, `kserve`, or plain `kubernetes`."""
        return "opendatahub" if self.open_data_hub else "kserve" if self.kserve else "kubernetes"

    def as_cel(self) -> dict[str, str]:
        """`cluster` of expressions."""
        return {
            "kubernetes": self.kubernetes,
            "kserve": self.kserve,
            "openDataHub": self.open_data_hub,
            "pipelines": self.pipelines,
            "mode": self.mode,
            "distribution": self.distribution,
        }


Where = list[list[Mapping[str, str]]]
"""All of these hold, each where one of its alternatives does."""


def holds(where: Where, facts: Facts) -> bool:
    """Whether a cluster is one of those meant."""
    return all(any(_fits(each, facts) for each in alternatives) for alternatives in where)


def _fits(where: Mapping[str, str], facts: Facts) -> bool:
    known = facts.as_cel()
    for what, text in where.items():
        if what == "distribution":
            if known[what] not in text.replace(",", " ").split():
                return False
        elif not within(known[what], text):
            return False
    return True


def within(release: str, text: str) -> bool:
    """Whether a release is in a range. Raises NotationError where that is none."""
    bounds = parsed(text)
    if not release:
        return bounds == ()
    given = tuple(int(part) for part in re.findall(r"\d+", release)[:3])
    return bool(bounds) and all(_holds(given, sign, bound) for sign, bound in bounds)


@lru_cache(maxsize=1024)
def parsed(text: str) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """A range as its bounds; none for `none`. Raises NotationError."""
    if text.strip() == "none":
        return ()
    span = re.fullmatch(r"\s*([0-9.]+)\s+-\s+([0-9.]+)\s*", text) if "-" in text else None
    words = [f">={span[1]}", f"<={span[2]}"] if span else text.split()
    bounds = []
    for word in words:
        found = _BOUND.fullmatch(word)
        if found is None:
            raise NotationError(f"`{text}` is no range of releases, such as `>=1.30 <1.34`, `0.15 - 0.17` or `none`")
        bounds.append((found[1] or "=", tuple(int(part) for part in found[2].split("."))))
    if not bounds:
        raise NotationError("a range of releases is empty")
    return tuple(bounds)


def _holds(given: tuple[int, ...], sign: str, bound: tuple[int, ...]) -> bool:
    # A release known to fewer parts than the bound has is taken for its last one.
    whole = (*given, *[1 << 30] * (len(bound) - len(given)))[: len(bound)]
    return {
        "=": whole == bound,
        ">=": whole >= bound,
        "<=": whole <= bound,
        ">": whole > bound,
        "<": whole < bound,
    }[sign]
