"""Places of values in their text, and spellings that mean something else than they say."""

from __future__ import annotations

from typing import Any

import pytest

from modelwright.model import Mark
from modelwright.yamlio import read
from modelwright.yamlio.marks import marks, plain_traps

TEXT = """\
# a comment
kind: Model
metadata:
  name: fraud   # ten words
spec:
  args:
  - --a=é
  - x
  sources:
  - uri: s3://a
    mountPath: /a
  - {uri: s3://b, mountPath: ""}
  env: {A: &a 'one', B: *a}
  script: |
    line
    line
  empty:
  y: 1
  1: [a, [b, c]]
  resources: &r
    cpu: 1
  more:
    <<: *r
    gpu: 2
---
kind: Second
"""

MARKS: list[tuple[tuple[str | int, ...], bool, tuple[int, int, int]]] = [
    (("kind",), False, (2, 7, 12)),
    (("kind",), True, (2, 1, 5)),
    (("metadata",), False, (3, 1, 9)),
    (("metadata", "name"), False, (4, 9, 14)),
    (("metadata", "missing"), False, (3, 1, 9)),
    (("metadata", "missing"), True, (3, 1, 9)),
    (("metadata", "name", "deeper", 3), False, (4, 3, 7)),
    (("spec", "args", 0), False, (7, 5, 10)),
    (("spec", "args", 7), False, (6, 3, 7)),
    (("spec", "sources", 0), False, (10, 5, 8)),
    (("spec", "sources", 0, "mountPath"), False, (11, 16, 18)),
    (("spec", "sources", 1), False, (12, 5, 33)),
    (("spec", "sources", 1, "mountPath"), False, (12, 30, 32)),
    (("spec", "env", "A"), False, (13, 12, 20)),
    (("spec", "env", "B"), False, (13, 25, 27)),
    (("spec", "script"), False, (14, 3, 9)),
    (("spec", "empty"), False, (17, 3, 8)),
    (("spec", "true"), False, (18, 6, 7)),
    (("spec", "1", 1, 0), False, (19, 11, 12)),
    (("spec", "more", "cpu"), False, (21, 10, 11)),
    (("spec", "more", "cpu"), True, (21, 5, 8)),
    (("spec", "more", "gpu"), False, (24, 10, 11)),
    ((), False, (2, 1, 5)),
    (("nothing",), False, (2, 1, 5)),
]


@pytest.mark.parametrize(("path", "key", "place"), MARKS)
@pytest.mark.parametrize("pure", [False, True])
def test_marks(
    path: Any, key: bool, place: tuple[int, int, int], pure: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if pure:
        monkeypatch.delattr("yaml.CSafeLoader", raising=False)
    line, column, end = place
    assert marks(TEXT, "f", 0).mark(path, key) == Mark("f", line, column, line, end)


def test_other_documents() -> None:
    assert marks(TEXT, "f", 1).mark(("kind",)) == Mark("f", 26, 7, 26, 13)
    assert marks(TEXT, "f", 9).mark(("kind",)) == Mark("f", 1, 1, 1, 2)


def test_text_before_an_error_has_marks() -> None:
    assert marks("a: 1\nb: [x\n", "f").mark(("a",)) == Mark("f", 1, 4, 1, 5)


@pytest.mark.parametrize("text", ["", "\x07", "a: \ud800", "[" * 60_000, "a: &a [*a]", "&a {<<: *a}", "? [a]\n: b", "*x"])
def test_never_raises(text: str) -> None:
    found = marks(text, "f")
    for path in ((), ("a",), ("a", 0, 0, 0), (0,), ("<<", "a")):
        assert isinstance(found.mark(path), Mark)
        assert isinstance(found.mark(path, key=True), Mark)
    plain_traps(text)


def test_merges_rank_as_the_reader_ranks_them() -> None:
    text = "a: &a {x: 1, y2: 1}\nb: &b {x: 2}\nc:\n  <<: [*a, *b]\nd:\n  <<: *a\n  <<: *b\ne:\n  <<: *a\n  x: 5\n"
    documents, problems = read(text, "f")
    assert not problems
    found = marks(text, "f")
    for name in "cde":
        mark = found.mark((name, "x"))
        assert text.split("\n")[mark.line - 1][mark.column - 1] == str(documents[0][name]["x"])


def test_lines_are_those_of_an_editor() -> None:
    text = 'a: "\u2028\x85"\r\nb: 1\r\nc: "\r x"\nd: 2\n'
    assert marks(text, "f").mark(("b",)) == Mark("f", 2, 4, 2, 5)
    assert marks(text, "f").mark(("d",)) == Mark("f", 4, 4, 4, 5)


def test_traps() -> None:
    text = """\
a: [y, no, On, 0777, 08, 1_000, 1e3, 1234567e8, ~, 1.10, +1, .inf]
b: [true, False, null, 12, -1.5, "no", '08', text, 0.5, !!int 08, 2024-01-01, 1:30]
c:
on: 1
d: {12: no}
"""
    spelled = ["y", "no", "On", "0777", "08", "1_000", "1e3", "1234567e8", "~", "1.10", "+1", ".inf"]
    wanted = {("a", i): s for i, s in enumerate(spelled)} | {("d", "12"): "no"}
    assert plain_traps(text) == wanted
    assert plain_traps(text, keys=True) == {("true",): "on"}
    assert plain_traps(text, 1) == {}
