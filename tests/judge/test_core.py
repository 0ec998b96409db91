"""Core kinds against Kubernetes' own code, and in odd shapes."""

from __future__ import annotations

import copy
import random
from typing import Any

from modelwright.judge import judge_document
from tests.judge.drawn_core import RELEASE, difference, explained, ours, places, sound
from tests.judge.recorded_core import answer, applied, rows
from tests.rules.table import cases

_ODD: tuple[Any, ...] = ("text", "", 1, -1.5, True, [], ["text"], [{}], [[1]], {}, {"a": 1}, {"a": {}}, None)


def test_the_made_up_documents_are_sound() -> None:
    assert [judge_document(data, RELEASE) for data in sound()] == [[]] * len(sound())


def test_no_shape_is_too_odd() -> None:
    chance = random.Random(1)
    for data in sound():
        for where in places(data):
            made = copy.deepcopy(data)
            holder = made
            for step in where[:-1]:
                holder = holder[step]
            holder[where[-1]] = chance.choice(_ODD)
            ours(made)


def test_we_say_what_kubernetes_said() -> None:
    bases, told = sound(), {case.name: case.data for case in cases()}
    for row in rows():
        data = told[row["case"]] if "case" in row else applied(bases[row["of"]], row)
        said, found = answer(row), ours(data)
        what = difference(data, said, found)
        assert not what or explained(data, said, found), (what, row, found)


def test_every_case_of_core_kinds_is_recorded() -> None:
    assert [row["case"] for row in rows() if "case" in row] == [c.name for c in cases() if c.name.startswith("core-")]
