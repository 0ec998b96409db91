"""Rules as data: the packed file is current, each case finds what it says, each check is missed when it is gone."""

from __future__ import annotations

import pytest

from modelwright.judge.catalog import core_minors
from modelwright.rules import pack
from modelwright.rules.engine import packed
from tests.rules.mutation import survivors
from tests.rules.table import Case, cases


def test_the_packed_file_is_as_made(update_golden: bool) -> None:
    if update_golden:
        pack.main()
    minors = packed()["minors"]
    if not set(minors) <= set(core_minors()):
        pytest.skip(f"made with the schemas of Kubernetes {', '.join(minors)}, of which some are not installed")
    assert pack.FILE.read_text() == pack.text(pack.packed(minors)), "run `make rules`"


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_a_case(case: Case) -> None:
    assert case.found() == case.finds


def test_every_check_is_missed_when_it_is_gone() -> None:
    assert survivors() == []
