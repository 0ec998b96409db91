"""Places become marks, each document parsed at most once."""

from __future__ import annotations

import pytest

from modelwright import yamlio
from modelwright.model import Mark, Place
from modelwright.problems import Problem
from modelwright.report.locate import located, safe

TEXT = "a: 1\n---\nb: {c: 2}\n"


def test_a_place_becomes_a_mark_of_its_document() -> None:
    (found,) = located([Problem("MW501", "m", Place("f", 1, ("b", "c")))], {"f": TEXT})
    assert found.mark == Mark("f", 3, 8, 3, 9)
    (found,) = located([Problem("MW501", "m", Place("f", 1, ("b", "c"), key=True))], {"f": TEXT})
    assert found.mark == Mark("f", 3, 5, 3, 6)


def test_without_a_place_there_is_no_mark() -> None:
    (found,) = located([Problem("MW501", "m", related=(("see", Place("f")),))], {})
    assert found.mark is None
    assert found.related == (("see", Mark("f", 1, 1, 1, 2)),)


def test_each_document_is_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[tuple[str, int]] = []
    marks = yamlio.marks.marks

    def counting(text: str, file: str, index: int = 0) -> yamlio.marks.Marks:
        parsed.append((file, index))
        return marks(text, file, index)

    monkeypatch.setattr(yamlio.marks, "marks", counting)
    problems = [Problem("MW501", str(n), Place("f", n % 2, ("a",))) for n in range(20)]
    located(problems, {"f": TEXT})
    assert sorted(parsed) == [("f", 0), ("f", 1)]


def test_documents_nobody_asks_about_are_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yamlio, "marks", None)
    located([Problem("MW501", "m", Mark("f", 1, 1, 1, 2)), Problem("MW501", "m")], {"f": TEXT})


@pytest.mark.parametrize("text", ["plain", "größer, 大きい", "a::b", "a # b", "## heading", "{}[]<>&`$"])
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert safe(text) == text


def test_all_control_and_format_characters_are_escaped() -> None:
    dangerous = [
        *range(0x20),
        *range(0x7F, 0xA0),
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
        0x61C,
        0xFEFF,
    ]
    for code in dangerous:
        assert safe(chr(code)).isascii()
        assert safe(chr(code)).isprintable()
