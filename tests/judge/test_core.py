"""Core kinds against Kubernetes' own code, and in odd shapes."""

from __future__ import annotations

import copy
import random
from typing import Any

from modelwright.judge import judge_document
from tests.judge.drawn_core import RELEASE, ours, places, sound

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
