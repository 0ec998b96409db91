"""Custom resources are judged as a server judges them: made-up documents with recorded answers (tests/judge/server.py)."""

from __future__ import annotations

from pathlib import Path

from tests.judge.server import cases, compared, recorded, sample, theirs


def test_every_document_has_an_answer() -> None:
    assert list(recorded()) == [name for name, _, _ in sample()]


def test_verdicts_and_places_are_the_servers(tmp_path: Path) -> None:
    answers = recorded()
    figures = compared((case, answers[case.name]) for case in cases(tmp_path))
    assert figures.odd == []
    assert figures.count == len(answers)


def test_the_sample_has_both_verdicts() -> None:
    taken = [theirs(answer).taken for answer in recorded().values()]
    assert min(taken.count(True), taken.count(False)) > 25
