"""The short way to read YAML gives what the whole reader gives, or nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from modelwright.yamlio import read
from modelwright.yamlio.block import read_block

ROOT = Path(__file__).parents[2]
EXAMPLES = int(os.environ.get("MODELWRIGHT_EXAMPLES", "300"))

PLAIN = """\
# a model
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata:
  name: iris   # short
  labels: {team: "risk", tier: 'a'}
  annotations:
    note: >-
spec:
  on: yes
"""

TAKEN = {
    "nested maps and lists": "a:\n  b:\n  - c: 1\n    d: x\n  - e\nf:\n",
    "a list as deep as its key": "a:\n- 1\n- b: 2\nc: 3\n",
    "text over several lines": "a: |\n  one\n\n    two\n\nb: |-\n  x\nc: |\n",
    "text at the end": "a: |-\n  one\n  two\n",
    "numbers and words of YAML 1.1": "a: 010\nb: 1e3\nc: yes\ny: 0x1F\nd: 1:30\ne: ~\nf: -1\n",
    "quotes": "a: \"x: y\"\nb: 'it''s'\n\"c\": \"\\u00e9\"\n- \n"[:-3],
    "flow maps and lists": "a: {b: [1, {c: d}], e: }\nf: []\ng:\n- [x]\n- {}\n",
    "comments": "# first\na: 1 # one\n\n  # in between\nb:\n  # below\n  c: x#y\n",
    "documents": "---\na: 1\n---\n---\n# nothing\n---\nb: 2\n",
    "nothing": "",
    "only a comment": "# nothing\n",
    "arguments": "args:\n- --port=8080\n- -v\n- http://a:80/x\n",
}

LEFT = {
    "an anchor": "a: &x 1\nb: *x\n",
    "a tag": "a: !!str 1\n",
    "merged maps": "a:\n  <<: {b: 1}\n",
    "a key said twice": "a: 1\na: 2\n",
    "folded text": "a: >\n  x\n  y\n",
    "text that goes on": "a: x\n  y\n",
    "quotes that go on": 'a: "x\n  y"\n',
    "a flow map that goes on": "a: {b: 1,\n  c: 2}\n",
    "odd columns": "a:\n    b: 1\n  c: 2\n",
    "a tab": "a:\tb\n",
    "another end of line": "a: b\r\nc: d\r\n",
    "letters of other languages": "a: é\n",
    "a list at the root": "- a\n",
    "an explicit key": "? a\n: b\n",
    "a number that JSON lacks": "a: .inf\n",
    "a directive": "%YAML 1.1\n---\na: 1\n",
    "the end of a document": "a: 1\n...\n",
    "an indented margin": "a: |2\n    x\n",
    "kept empty lines": "a: |+\n  x\n\n",
    "text with no last line end": "a: |\n  x",
    "a list in a list": "a:\n- - b\n",
    "deep maps": "".join(" " * i + "a:\n" for i in range(120)),
    "not YAML": "a: b: c\n",
    "a lone dash": "a:\n-\n- b\n",
}


def _agrees(text: str) -> bool:
    """Whether the short way took the text; it must then say what the reader says."""
    found = read_block(text)
    if found is None:
        return False
    documents, problems = read(text, "a.yaml")
    assert not problems
    assert repr(found) == repr(documents)  # with the order of keys, and 1 apart from True
    return True


@pytest.mark.parametrize("text", TAKEN.values(), ids=TAKEN)
def test_taken(text: str) -> None:
    assert _agrees(text)


@pytest.mark.parametrize("text", LEFT.values(), ids=LEFT)
def test_left_to_the_reader(text: str) -> None:
    assert read_block(text) is None


def test_each_place_has_its_own_copy() -> None:
    (first, second) = read_block("a: {b: [1]}\n---\na: {b: [1]}\n") or ()
    first["a"]["b"].append(2)
    assert second == {"a": {"b": [1]}}


def test_our_own_output_is_taken() -> None:
    texts = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "overlays").rglob("*.yaml"))]
    assert sum(map(_agrees, texts)) > 0.9 * len(texts)


PIECES = r"""
a: 1¦a: x¦b:¦b: ¦y: no¦'c': "d e"¦c: 'x'¦- a: 1¦- b¦- b:¦-   c: 2¦- - d¦-¦- ¦a: ~¦a: |¦x: |¦x: |-¦x: >¦- z: |¦# c¦a: b # c
a: b: c¦a:b¦text¦"q¦a: "q¦- 'q¦a: {}¦a: []¦- {a: b}¦a: {b¦a: &n 1¦a: *n¦<<: {a: 1}¦? a¦: b¦---¦--- a¦...¦1: 2¦null: 1¦1e3: 0o7
a: .inf¦a: 1e3¦a: -¦a: - b¦- -1¦- ---¦-a¦a: !t b¦a: @x¦a: %x¦%a¦a: `x¦key with space: v¦a : b¦a:  two  words ¦a: x, y¦a: [x, y
"a": 1¦a: "\n"¦a: x#y¦a: #y¦[a]: b¦{a: b}: c¦a: [[[[[[x]]]]]]¦a: '¦a: ''¦a: ''''¦a: "\""¦a: 2001-01-01¦a: 0b1¦a: 1_0¦a: 08
] ¦}¦y"¦ y'¦- |¦- >¦a: |+¦a: |2¦a: "x" y¦a: 'x'y¦- "x": y¦- 'x' ¦- "x¦a: x:¦a: x :y¦a: ::x¦- a:b¦- http://x: y¦e: } ¦- # c¦f: # c
""".strip("\n").replace("\n", "¦").split("¦")

lines = st.lists(
    st.tuples(st.integers(0, 5), st.sampled_from([*PIECES, ""])).map(lambda each: " " * each[0] + each[1]), max_size=9
)


@settings(max_examples=EXAMPLES)
@given(lines.map("\n".join), st.sampled_from(["\n", "", "\n\n"]))
@example("a:\n  - b: |\n     x\n    c: 1", "\n")
def test_drawn_lines(text: str, end: str) -> None:
    _agrees(text + end)
