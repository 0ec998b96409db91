"""Manifests judged as `modelwright validate` judges them, for the tests of rules."""

from __future__ import annotations

from collections.abc import Mapping

from modelwright.judge import judge
from modelwright.judge.references import Ask, Register, open_asks, unanswered
from modelwright.judge.references.offers import offers
from modelwright.model import Manifest, Place, Release
from modelwright.problems import Problem
from modelwright.yamlio import read

RELEASE = {"kubernetes": "1.33", "kserve": "0.20"}
"""Where no release is named: what `validate` takes without options."""


def release(said: Mapping[str, str] | None) -> Release:
    """A release by the words of `where`; `none` is for what is not installed."""
    words = {**RELEASE, **(said or {})}
    known = {what: "" if text == "none" else str(text) for what, text in words.items()}
    return Release(
        known["kubernetes"], known["kserve"], known.get("openDataHub", ""), known.get("pipelines", ""), known.get("mode", "")
    )


def judged(text: str, said: Mapping[str, str] | None = None) -> tuple[Problem, ...]:
    """What is wrong with a text's manifests on a cluster."""
    documents, problems = read(text, "manifest.yaml")
    assert not problems, problems
    manifests = [Manifest(each, place=Place("manifest.yaml", i)) for i, each in enumerate(documents) if each is not None]
    asks: list[Ask] = []
    problems = judge(manifests, release(said), asks=asks)
    register = Register(offer for manifest in manifests for offer in offers(manifest.data))
    lacks = unanswered(open_asks(asks, register), register, register.owns)
    return (*problems, *(lack.problem(register) for lack in lacks if lack.sure))
