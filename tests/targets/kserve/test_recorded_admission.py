"""Our verdicts and drift against what KServe's own webhooks said of drawn objects, release by release."""

from __future__ import annotations

import pytest
from tests.targets.kserve.drawn_admission import compared
from tests.targets.kserve.recorded_admission import recorded, rows


@pytest.mark.parametrize("version", recorded())
def test_we_say_what_the_webhooks_say(version: str) -> None:
    figures, odd, _ = compared(rows(version))
    assert [f"{each.what}: {each.said[0]} {each.question.row()}" for each in odd] == []
    # The record is of all kinds of answers, or the comparison would say little.
    assert min(figures.webhook, figures.schema, figures.updates, figures.changed) >= 40


def test_the_oldest_and_the_newest_release_are_recorded() -> None:
    assert {"0.15.2", "0.20.0"} <= set(recorded())
