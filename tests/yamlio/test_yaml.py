"""YAML as the API server reads it, within bounds, and one way to write it back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelwright.yamlio import emit, read
from modelwright.yamlio.marks import marks

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"

SCALARS: dict[str, Any] = {
    "y": True, "no": False, "On": True, "0777": 511, "0o777": 511, "08": 8, "1e3": 1000, "1_000": 1000,
    "1:30": "1:30", "2024-01-01": "2024-01-01", "~": None, "1.5": 1.5, "abc": "abc", "'no'": "no", "!custom x": "x",
}


@pytest.mark.parametrize("text", list(SCALARS))
def test_scalars_are_read_as_the_server_reads_them(text: str) -> None:
    documents, problems = read(f"a: {text}\n", "f")
    assert problems == ()
    assert documents == ({"a": SCALARS[text]},)
    assert type(documents[0]["a"]) is type(SCALARS[text])


def test_keys_become_text() -> None:
    assert read("y: 1\n2: b\n", "f")[0] == ({"true": 1, "2": "b"},)


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("a: 1\na: 2\n", "MW103", 2),
        ("a: .inf\n", "MW105", 1),
        ("~: 1\n", "MW105", 1),
        ("? [a]\n: 1\n", "MW105", 1),
        ("a:\n\t- b\n", "MW102", 2),
        ("a: @x\n", "MW102", 1),
        ("a: b: c\n", "MW102", 1),
        ("a: *nope\n", "MW102", 1),
    ],
)
def test_what_the_server_refuses_is_told_at_its_line(text: str, code: str, line: int) -> None:
    _, (problem,) = read(text, "f")
    assert (problem.code, problem.place.line) == (code, line)


def test_empty_documents_keep_their_place() -> None:
    assert read("a: 1\n---\n---\nb: 2\n", "f")[0] == ({"a": 1}, None, {"b": 2})


def test_marks_find_values_and_keys() -> None:
    found = marks("a:\n  b: 1\n  c: [x, yy]\n", "f", 0)
    place = found.mark(("a", "c", 1))
    assert (place.line, place.column, place.end_column) == (3, 10, 12)
    assert found.mark(("a", "b"), key=True).column == 3


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text()
    # Of larger whole floats the server keeps as many digits as make the float.
    | st.floats(allow_nan=False, allow_infinity=False).filter(lambda f: not 2**53 <= abs(f) < 2**63),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=15,
)


@settings(max_examples=400, deadline=None)
@given(st.dictionaries(st.text(), VALUES, max_size=4))
def test_what_is_written_reads_back(data: dict[str, Any]) -> None:
    documents, problems = read(emit(data), "f")
    assert problems == ()
    assert documents[0] == data


def test_every_document_of_the_corpus_can_be_read() -> None:
    files = sorted(CORPUS.glob("*/*.yaml"))
    if not files:
        pytest.skip("the corpus of public manifests is not beside this checkout")
    unread = [file.name for file in files if read(file.read_text(), file.name)[1]]
    assert unread == []
