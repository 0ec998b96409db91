"""Drawn YAML is read as kubectl and the server read it: a recorded sample (`tests/yamlio/snippets.py`)."""

from tests.yamlio.snippets import SAMPLE, SAMPLE_SEED, compared, recorded, snippets


def test_the_record_is_of_the_snippets_drawn_now() -> None:
    assert [text for text, _ in recorded()] == [text for text in snippets(SAMPLE_SEED, SAMPLE) if len(text) < 400]


def test_values_and_verdicts_are_the_recorded_ones() -> None:
    classes, taken, odd = compared(recorded())
    assert odd == []
    assert 100 < taken < 300
    assert sum(classes.values()) < 20
