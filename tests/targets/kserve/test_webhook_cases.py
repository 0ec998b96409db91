"""Objects of KServe's own tests, with what its webhooks say of them: `../shared/corpus/webhook-cases`.

A case is an object, the verdict, and how much of the webhooks that verdict is about (`verdict_scope`): `apiserver` all,
`full` all but the schema, `rule` one rule alone, so that its `accept` says nothing of the others.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from modelwright.judge import judge
from modelwright.model import Manifest, Place, Release
from modelwright.problems import Problem
from modelwright.yamlio import read

CASES = Path(__file__).parents[4] / "shared" / "corpus" / "webhook-cases"
RELEASE = Release("1.33", "0.20")
SCHEMA = {"MW501", "MW502", "MW503", "MW504", "MW508", "MW509", "MW510"}
"""What the schema and the rules for names say, which the tests of scopes `full` and `rule` pass over."""

CODES: dict[str, set[str]] = {
    "AutoscalerClassHPA": {"MW770"},
    "AutoscalerClassKEDA": {"MW770"},
    "BlockedEnvVars": {"MW763"},
    "MultiNodeVariables": {"MW763", "MW764"},
    "kedaScaling": {"MW770"},
    "storageUris": {"MW766"},
}
"""The codes of a rule, for cases about it alone."""

PENDING: dict[str, str] = {
    "InferenceService": "",
    "LLMInferenceService": (
        "wh-001 wh-002 wh-003 wh-004 wh-005 wh-009 wh-010 wh-130 wh-133 wh-134 wh-139 wh-140 "
        "wh-141 wh-142 wh-143 wh-144 wh-146 wh-147 wh-149 wh-150 wh-151 wh-155 wh-158 wh-159 "
        "wh-160 wh-161 wh-192 wh-194"
    ),
    "LLMInferenceServiceConfig": "wh-014",
}
"""Cases that are not judged as they should be, yet."""


@dataclass(frozen=True)
class Case:
    """A row of `expected.tsv`."""

    id: str
    kind: str
    operation: str
    verdict: str
    scope: str
    rule: str
    fits: bool
    """Whether the object fits the schema as it stands."""
    existing: str

    def problems(self) -> list[Problem]:
        """What we say of the object."""
        new = _manifest(f"{self.id}.yaml")
        manifests, previous = [new], {}
        if self.existing:
            old = _manifest(self.existing)
            if self.operation == "UPDATE":
                group = old.api_version.rpartition("/")[0]
                previous = {(group, old.kind, old.namespace, old.name): old.data}
            else:
                manifests.insert(0, old)
        return [p for p in judge(manifests, RELEASE, previous=previous) if p.place and p.place.file == f"{self.id}.yaml"]


def _manifest(name: str) -> Manifest:
    documents, problems = read((CASES / name).read_text(encoding="utf-8"), name)
    assert not problems, problems
    return Manifest(documents[0], place=Place(name))


@cache
def cases() -> tuple[Case, ...]:
    return tuple(_cases())


def _cases() -> Iterator[Case]:
    if not CASES.is_dir():
        return
    with open(CASES / "expected.tsv", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            yield Case(
                row["id"],
                row["kind"],
                row["operation"],
                row["webhook_verdict"],
                row["verdict_scope"],
                row["rule"],
                row["crd_schema"] == "ok",
                row["existing_object"] or "",
            )


def _marked() -> Iterator[Any]:
    for case in cases():
        pending = case.id in PENDING.get(case.kind, "").split()
        marks = [pytest.mark.xfail(strict=True, reason="not judged so, yet")] if pending else []
        yield pytest.param(case, id=f"{case.kind}-{case.id}", marks=marks)


@pytest.mark.skipif(not CASES.is_dir(), reason="the corpus ../shared is not here")
def test_the_corpus_is_here() -> None:
    assert len(cases()) > 100


@pytest.mark.parametrize("case", list(_marked()))
def test_a_case_is_judged_as_the_webhooks_do(case: Case) -> None:
    told = [p for p in case.problems() if p.effect == "rejected"]
    if case.verdict == "reject":
        # A name that is missing is filled in before the schema is asked, so it is not why the server refuses.
        assert [p for p in told if case.fits or p.code != "MW503"]
    elif case.scope == "rule":
        assert not [p for p in told if p.code in CODES.get(case.rule, ())]
    else:
        assert not [p for p in told if p.code not in SCHEMA]
        assert not told or not case.fits
