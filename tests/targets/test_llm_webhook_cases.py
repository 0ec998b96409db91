"""KServe's own tests of its LLMInferenceService webhooks: what they refuse is refused here, what they accept is accepted.

The cases were written beside a KServe later than 0.20, the latest that is judged. What only that knows (KEDA without WVA,
rollout strategies) is an unknown field here, or breaks a rule that it no longer has; a case of scope `rule`, which says
nothing about other rules, is asked about its own rule alone.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import pytest

from modelwright.judge import judge
from modelwright.model import Manifest, Place, Release
from modelwright.problems import Problem
from modelwright.yamlio import read

CASES = Path(__file__).parents[3] / "shared" / "corpus" / "webhook-cases"
CODES = {
    "WorkloadScaling": ("MW779",),
    "Scaling_PrefillWorkload": ("MW779",),
    "ActuatorConsistency": ("MW779",),
    "TrafficFields": ("MW775",),
    "LoRAAdapters": ("MW780",),
    "ManagedDRAAnnotations": ("MW782",),
    "Confidential": ("MW781",),
    "KVCacheOffloading": ("MW781",),
    "RolloutStrategy": (),
}
"""Codes that a rule's findings have, besides those of the schema."""
ALREADY = ("MW501", "MW503", "MW504", "MW600")
"""What refuses such an object before the webhook sees it."""
LATER = {"wh-163", "wh-164", "wh-165", "wh-166", "wh-168"}
"""Refused for a field that 0.20 does not have: an unknown field here."""


def rows() -> list[Mapping[str, str]]:
    """Cases of LLMInferenceService and its config; none where the corpus is absent."""
    if not CASES.is_dir():
        return []
    with open(CASES / "expected.tsv", encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file, delimiter="\t") if row["kind"].startswith("LLM")]


def found(row: Mapping[str, str]) -> list[Problem]:
    documents, _ = read((CASES / f"{row['id']}.yaml").read_text(encoding="utf-8"), row["id"])
    manifest = Manifest(documents[0], place=Place(row["id"]))
    return [p for p in judge([manifest], Release("1.33", "0.20")) if p.effect in ("rejected", "broken")]


@pytest.mark.skipif(not CASES.is_dir(), reason="the cases lie beside the repository")
@pytest.mark.parametrize("row", rows(), ids=lambda row: row["id"])
def test_the_verdict_is_that_of_the_webhook(row: Mapping[str, str]) -> None:
    codes = {problem.code for problem in found(row)}
    own = CODES.get(row["rule"], ())
    if row["webhook_verdict"] == "accept":
        assert codes & set(own) == set() if row["verdict_scope"] == "rule" else codes == set()
    elif row["id"] in LATER:
        assert "MW501" in codes
    else:
        assert codes & {*own, *ALREADY} if row["verdict_scope"] == "rule" else codes
