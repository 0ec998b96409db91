"""Comments to a program are told from text that looks like one."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from modelwright.yamlio.comments import Comment, comments

WORD = "tool:"


def lines(text: str) -> list[tuple[int, int]]:
    return [(c.line, c.column) for c in comments(text, WORD)]


@pytest.mark.parametrize(
    "text",
    [
        "# tool: x",
        "#tool: x",
        "#\ttool: x\na: 1",
        "a: 1 # tool: x",
        "a: 'q' # tool: x",
        'a: "it\'s # no"# tool: x',
        "a: # tool: x\n  b: 1",
        "- # tool: x\n  - b",
        "a: [b, # tool: x\n  c]",
        "{a: 1, # tool: x\n b: 2}",
        "a: | # tool: x\n  text",
        "a: >2- # tool: x\n\n  text",
        "a: &anchor !!str | # tool: x\n  text",
        "a: &anchor # tool: x\n  text",
        "a: !!str # tool: x\n  text",
        "a: &b !t # tool: x\n  {c: 1}",
        "a: text\n# tool: x",
        "a: |\n  text\n# tool: x\nb: 1",
        "a:\n  b: |\n    text\n  # tool: x\n  c: 1",
        "--- # tool: x\na: 1",
        "a: 1\n... # tool: x\n",
        "%YAML 1.1 # tool: x\n---\na: 1",
        "\ufeff# tool: x\na: 1",
        "a: b#c # tool: x",
        "? a # tool: x\n: b",
        "a: *b # tool: x".replace("*b", "1"),
    ],
)
def test_a_comment(text: str) -> None:
    (found,) = comments(text, WORD)
    assert found.text.startswith("#") and found.text.endswith("tool: x")


@pytest.mark.parametrize(
    "text",
    [
        "a: '# tool: x'",
        'a: "\n  # tool: x\n  "',
        "a: '\n\n  # tool: x'",
        "a: |\n  # tool: x",
        "a: |\n  text\n  # tool: x\nb: 1",
        "a: >\n\n  # tool: x\n  text",
        "a: |1\n # tool: x",
        "a: &b !!str |\n  # tool: x",
        "a: b# tool: x",
        "a: http://c#tool: x".replace(": x", ":x"),
        "# see # tool: x",
        "a: 1 # see # tool: x",
        "# a tool: x",
        "# not a\u2028b: tool",
        "'# tool: x': 1",
        "a: 1 # Tool: x",
    ],
)
def test_no_comment(text: str) -> None:
    assert comments(text, WORD) == []


def test_places_and_texts() -> None:
    text = "a: é\U0001f600 # tool: one  \r\n  #tool: two\r\n\r\n # tool: three"
    assert comments(text, WORD) == [
        Comment(1, 7, "# tool: one", False),
        Comment(2, 3, "#tool: two", True),
        Comment(4, 2, "# tool: three", True),
    ]


def test_odd_line_breaks_end_a_comment_and_count_as_editors_count() -> None:
    assert lines("a: 1 # tool: x\rb: 2 # tool: y\x85# tool: z\nc: 3 # tool: w") == [(1, 6), (1, 21), (1, 31), (2, 6)]


def test_a_text_that_cannot_be_read_on() -> None:
    assert lines("# tool: x\na: 1 # tool: y\nb: [1\nc: } # tool: z\n") == [(1, 1), (2, 6)]
    assert lines("- 1 # tool: x\n- " + "[" * 900) == [(1, 5)]
    assert lines("# tool: x\n%TAG !a! b\n" * 200) == []


PIECES = st.sampled_from(
    [
        "a: plain text", "b: 'one\n\n  two'", 'c: "x\\\n  y"', "d: |\n  block\n\n   deeper", "e: >-2\n    folded\n  text",
        "f:\n- 1\n- {g: h,\n   i: [j,\n    k]}", "l: &m !!str n", "o: &p\n  q: r", "s: &t !!str |+\n\n  kept\n\n", "? u\n: v",
        "w: ''", "x:", "y: it's", "z: a\n  b\n\n  c", "---\n0: 1", '"1": "\'"', "2: '\"'", "3: |\n\n4: 5",
    ]
)


@settings(max_examples=150, deadline=None)
@given(pieces=st.lists(PIECES, min_size=1, max_size=8), at=st.integers(0, 200), indent=st.integers(0, 5))
@example(pieces=["d: |\n  block\n\n   deeper"], at=2, indent=2)
@example(pieces=["s: &t !!str |+\n\n  kept\n\n", "a: plain text"], at=3, indent=1)
def test_a_comment_is_in_no_scalar_and_the_like_is(pieces: list[str], at: int, indent: int) -> None:
    stream = "\n".join(pieces).split("\n")
    at %= len(stream)
    own_line = [*stream[:at], " " * indent + "# tool: x", *stream[at:]]
    beside = [*stream[:at], f"{stream[at]} # tool: x", *stream[at + 1 :]]
    for changed in (own_line, beside):
        text = "\n".join(changed)
        said = scalars(text)
        if said is not None:
            assert (comments(text, WORD) == []) == any("tool: x" in value for value in said)


def scalars(text: str) -> list[str] | None:
    """The scalars of a text by PyYAML's own parser, which shares nothing with libyaml; None where it is no YAML."""
    try:
        return [event.value for event in yaml.parse(text, yaml.SafeLoader) if isinstance(event, yaml.ScalarEvent)]
    except yaml.YAMLError:
        return None


def test_a_flood_is_read_once() -> None:
    text = "".join(f"- 'a # tool: no' # tool: {n}\n# tool: {n}\n" for n in range(10_000))
    found = comments(text, WORD)
    assert len(found) == 20_000 and found[-1].line == 20_000
    text = "\r".join(f"# tool: {n}" for n in range(20_000))
    assert len(comments(text, WORD)) == 20_000
