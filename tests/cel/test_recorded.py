"""Kubernetes' own answers, function by function."""

import pytest

from tests.cel.recorded import KNOWN, expressions, ours, record


def test_every_expression_is_recorded() -> None:
    assert [text for text, _ in record()] == expressions()


@pytest.mark.parametrize("start", range(0, len(expressions()), 50))
def test_we_answer_as_kubernetes_does(start: int) -> None:
    rows = record()[start : start + 50]
    wanted = {text: "error" if text in KNOWN else value for text, value in rows}
    assert {text: ours(text) for text, _ in rows} == wanted


def test_known_differences_are_differences() -> None:
    answers = dict(record())
    assert all(answers[text] != "error" for text in KNOWN)
