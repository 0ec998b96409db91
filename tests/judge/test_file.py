"""However a stream is cut, its documents are judged as if each were alone, at its own line."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelwright.inputs import files as inputs
from modelwright.inputs.files import Piece, pieces
from modelwright.judge import file as file_module
from modelwright.judge.file import Counts, Judged, Settings, gather, judge_file
from modelwright.model import Mark, Release
from modelwright.problems import Problem, Resource

SETTINGS = Settings(Release("1.33", "0.20"))
DOCUMENTS = (
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: good}\n",
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: wrong}\n\ndta: {}\n",
    "# a comment\napiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: a\n    imag: x\n",
    "",
    "null\n",
    "# nothing\n",
    "a: [\n",
    "b: 'no end\n",
    "apiVersion: v1\nkind: ConfigMap\nkind: ConfigMap\nmetadata: {name: twice}\n",
    "apiVersion: v1\nkind: List\nitems:\n- 3\n- {apiVersion: v1, kind: Secret}\n",
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: text}\ndata:\n  a: |\n    x\n    ---\n    y\n",
    "&a [*a]\n",
)
SEPARATORS = ("---\n", "--- \n", "---\t\n", "---\r\n", "--- # comment\n")


def found(result: Judged) -> list[tuple[int, int, str]]:
    marks = [(p.place, p.code) for p in result.problems]
    return [(mark.line, mark.column, code) for mark, code in marks if isinstance(mark, Mark)]


def alone(parts: list[tuple[str, str]]) -> list[tuple[int, int, str]]:
    """What each document has wrong by itself, at its line in the whole."""
    rows, line = [], 0
    for separator, document in parts:
        result = judge_file("x.yaml", (separator + document).encode(), SETTINGS)
        rows += [(row + line, column, code) for row, column, code in found(result)]
        line += (separator + document).count("\n")
    return rows


parts_of = st.lists(st.tuples(st.sampled_from(SEPARATORS), st.sampled_from(DOCUMENTS)), max_size=9)


@settings(max_examples=60, deadline=None)
@given(parts=parts_of, batch=st.sampled_from((1, 2, 100)))
def test_documents_are_judged_as_if_each_were_alone(parts: list[tuple[str, str]], batch: int) -> None:
    stream = "".join(separator + document for separator, document in parts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(file_module, "BATCH", batch)
        assert sorted(found(judge_file("x.yaml", stream.encode(), SETTINGS))) == sorted(alone(parts))


@settings(max_examples=60, deadline=None)
@given(parts=parts_of, size=st.integers(40, 400), head=st.sampled_from(("", DOCUMENTS[1])))
def test_a_stream_in_pieces_is_the_same_stream(parts: list[tuple[str, str]], size: int, head: str) -> None:
    documents = [("", head), *parts] if head else parts
    stream = "".join(separator + document for separator, document in documents).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inputs, "MAX_BYTES", size)
        cut = list(pieces(io.BytesIO(stream), "x.yaml"))
    whole = [piece for piece in cut if isinstance(piece, Piece)]
    if len(whole) == len(cut):
        assert b"".join(piece.data for piece in whole) == stream
    for piece in whole:
        assert len(piece.data) <= size
        at = stream.split(b"\n", piece.line - 1)[-1] if piece.line > 1 else stream
        assert at.startswith(piece.data)
    long = [p for p in cut if isinstance(p, Problem)]
    assert all(p.code == "MW104" for p in long)
    assert len(long) <= sum(len(separator + document) >= size - 4 for separator, document in documents)


def test_too_long_a_document_leaves_those_around_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "MAX_BYTES", 200)
    stream = b"---\na: 1\n---\nb: " + b"x" * 5000 + b"\n---\nc: 3\n"
    cut = list(pieces(io.BytesIO(stream), "x.yaml"))
    assert [(c.data, c.line) if isinstance(c, Piece) else (c.code, c.place) for c in cut] == [
        (b"---\na: 1\n", 1),
        ("MW104", Mark("x.yaml", 3, 1, 3, 2)),
        (b"---\nc: 3\n", 5),
    ]


def unknown(line: int) -> Problem:
    return Problem("MW505", "not judged", Mark("x", line, 1, line, 2), resource=Resource("a/v1", "Widget", f"w{line}"))


def test_files_together_tell_a_kind_once_and_come_to_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_module, "MOST_KEPT", 5)
    wrong = tuple(Problem("MW501", "m", Mark("y", n, 1, n, 2)) for n in range(1, 10))
    files = [Judged("x", (unknown(1), unknown(2)), Counts(2)), Judged("z", (unknown(3),), Counts(1)), Judged("y", wrong, Counts(9))]
    verdict = gather(files)
    assert [p.code for p in verdict.problems] == ["MW505", *["MW501"] * 4, "MW131"]
    assert verdict.problems[-1].message == "5 problems more than 5 are not told"
    assert verdict.counts.manifests == 12
    # Nothing is told twice, however often something is built from it.
    monkeypatch.undo()
    assert gather([files[2], files[2]]).problems == wrong


def test_settings_and_what_comes_out_can_travel() -> None:
    import pickle

    from modelwright.judge.own import OwnKinds

    own = OwnKinds({("example.com/v1", "Widget"): "{}"}, frozenset({("example.com", "Widget")}))
    sent = pickle.loads(pickle.dumps(Settings(Release("1.33", "0.20"), own)))
    result = judge_file("x.yaml", DOCUMENTS[1].encode(), sent)
    assert pickle.loads(pickle.dumps(result)) == result
    assert result.lines == {"x.yaml": {5: "dta: {}"}}
