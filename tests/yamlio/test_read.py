"""Reading as the API server reads: traps, limits, and errors at the right place."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from modelwright.model import Mark
from modelwright.yamlio import decode, read
from modelwright.yamlio.read import MAX_BYTES

ROOT = Path(__file__).resolve().parents[2]
CORPUS = ROOT.parent / "shared" / "corpus" / "InferenceService"


def one(text: str) -> Any:
    documents, problems = read(text, "f.yaml")
    assert not problems, problems
    assert len(documents) == 1
    return documents[0]


def same(found: Any, wanted: Any) -> bool:
    return type(found) is type(wanted) and found == wanted


# Each value was observed from sigs.k8s.io/yaml v1.4.0.
VALUES: list[tuple[str, Any]] = [
    *((w, True) for w in ("y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE")),
    *((w, False) for w in ("n", "N", "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE")),
    *((w, None) for w in ("", "~", "null", "Null", "NULL")),
    *((w, w) for w in ("yEs", "nULL", "=", "<<", "1:30", "2024-01-01", "2024-01-01T10:00:00Z", "1.2.3", "12Gi")),
    *((w, w) for w in ("+-1", "++1", "0x", "0b", "0o8", "1e", "e1", ".", "..", ".e5", "._5", "+.nan", "1e999", "0x1p3")),
    *((w, w) for w in ("-x", "--x", "0x1.8", "-0b-1", "0777777777777777777777x", "0xFFFFFFFFFFFFFFFFF")),
    ("0777", 511),
    ("0o777", 511),
    ("0O17", 15),
    ("-010", -8),
    ("08", 8),
    ("09.5", 9.5),
    ("0_7", 7),
    ("1_000", 1000),
    ("+_1", 1),
    ("1__", 1),
    ("0x_F", 15),
    ("0XfF", 255),
    ("-0x1F", -31),
    ("0b101", 5),
    ("0b-1", -1),
    ("-0b11", -3),
    ("1e3", 1000),
    ("1E+5", 100000),
    ("1234567e8", 123456700000000),
    ("1.0", 1),
    ("1.", 1),
    (".5", 0.5),
    (".5e3", 500),
    ("-.5", -0.5),
    ("1.5_0", 1.5),
    ("1e-7", 1e-7),
    ("-1e-999", 0),
    ("-0.0", 0),
    ("1e22", 1e22),
    ("9223372036854775808", 9223372036854775808),
    ("-9223372036854775809", -9.223372036854775808e18),
    ("99999999999999999999", 1e20),
    ('"y"', "y"),
    ("'1'", "1"),
    ("!!str 1", "1"),
    ("!!int 12", 12),
    ('!!int "12"', 12),
    ("!!float 1", 1),
    ("!!float 9223372036854775000", 9223372036854775000),
    ("!!float 922332036854775807", 922332036854775800),
    (".5_0", 0.5),
    ("!!bool yes", True),
    ("!!timestamp 2024-01-01", "2024-01-01"),
    ("!custom 12", "12"),
    ("! 12", "12"),
    ("!custom {a: 1}", {"a": 1}),
    ("!!set {a, b}", {"a": None, "b": None}),
    ("!!binary aGk=", "hi"),
    ("!!binary /w==", "\ufffd"),
    ("{a:b, c: d}", {"a:b": None, "c": "d"}),
    ('"\\u00e9"', "é"),
]


@pytest.mark.parametrize(("text", "value"), VALUES)
def test_values(text: str, value: Any) -> None:
    assert same(one(f"a: {text}\n")["a"], value)


KEYS = {
    "y": "true",
    "No": "false",
    "1": "1",
    "0777": "511",
    "1_000": "1000",
    "1.50": "1.5",
    "1e6": "1e+06",
    "1e5": "100000",
    "1234567.8": "1.2345678e+06",
    "123456.7": "123456.7",
    "0.1": "0.1",
    "1.5e-5": "1.5e-05",
    "0.0001": "0.0001",
    "-0.0": "-0",
    "1e40": ".inf",
    ".Inf": ".inf",
    ".NaN": ".nan",
    "2024-01-01": "2024-01-01",
    "!!str y": "y",
    "'y'": "y",
    "'<<'": "<<",
    "=": "=",
}


@pytest.mark.parametrize(("text", "key"), KEYS.items())
def test_keys(text: str, key: str) -> None:
    assert one(f"{text}: 1\n") == {key: 1}


STREAMS: list[tuple[str, tuple[Any, ...]]] = [
    ("", ()),
    ("# nothing\n", ()),
    ("---\n", (None,)),
    ("---\n# nothing\n---\na: 1\n---\n", (None, {"a": 1}, None)),
    ("a: 1\n---\n- x\n...\n---\ntext\n", ({"a": 1}, ["x"], "text")),
    ("\ufeffa: 1\n", ({"a": 1},)),
    ("a: 1\r\nb:\r\n- |\r\n  x\r\n  y\r\n", ({"a": 1, "b": ["x\ny\n"]},)),
    ("a: &x {b: 1}\nc: *x\nd: [*x]\n", ({"a": {"b": 1}, "c": {"b": 1}, "d": [{"b": 1}]},)),
    ("a: &x 1\nb: &x 2\nc: *x\n", ({"a": 1, "b": 2, "c": 2},)),
    ("&k key: 1\nb: *k\n", ({"key": 1, "b": "key"},)),
    ("a: &k key\n*k : 1\n", ({"a": "key", "key": 1},)),
    ("a: &x {p: 1, q: 1}\nb:\n  <<: *x\n  q: 2\n", ({"a": {"p": 1, "q": 1}, "b": {"p": 1, "q": 2}},)),
    ("a: {<<: [{p: 1}, {p: 2, q: 2}]}\n", ({"a": {"p": 1, "q": 2}},)),
    ("a: {<<: {p: 1}, <<: {p: 2}}\n", ({"a": {"p": 2}},)),
    ("a: {<<: {}}\n", ({"a": {}},)),
    ("? a\n: b\n? c\n", ({"a": "b", "c": None},)),
    ("a: &x {b: &x 1}\nc: *x\n", ({"a": {"b": 1}, "c": 1},)),
    ("a: |\n  b", ({"a": "b\n"},)),
    ('{"a": "\\/"}', ({"a": "/"},)),
    ("- - - a\n  - b\n- {}\n- []\n", ([[["a"], "b"], {}, []],)),
]


@pytest.mark.parametrize(("text", "documents"), STREAMS)
@pytest.mark.parametrize("pure", [False, True])
def test_streams(text: str, documents: tuple[Any, ...], pure: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if pure:
        monkeypatch.delattr("yaml.CSafeLoader", raising=False)
    assert read(text, "f") == (documents, ())


ERRORS = [
    # text, code, line, column, end column, part of the message, part of the hint
    ("a:\n\tb: 1\n", "MW102", 2, 1, 2, "tab", "spaces"),
    ("a:\n  b: 1\n\tc: 2\n", "MW102", 3, 1, 2, "tab", "spaces"),
    ("foo:\t\n\t- bar\n", "MW102", 2, 1, 2, "tab", "spaces"),
    ("a: {{ x }}\n", "MW102", 1, 4, 6, "`{{`", "quotes around the whole value"),
    ("b: 1\na: {{ x }}-foo\n", "MW102", 2, 4, 6, "`{{`", "quotes"),
    ("- {{ x }}\n", "MW102", 1, 3, 5, "`{{`", "quotes"),
    ("args: [--a={{ x }}]\n", "MW102", 1, 12, 13, "`{{`", "quotes"),
    ("a: 1\n{% if x %}\nb: 2\n", "MW102", 2, 1, 2, "`{%`", "quotes"),
    ("a: @x\n", "MW102", 1, 4, 5, "`@` cannot start", "quotes"),
    ("a: `x`\n", "MW102", 1, 4, 5, "backtick cannot start", "quotes"),
    ("é: %x\n", "MW102", 1, 4, 5, "`%` cannot start", "quotes"),
    ("a: b: c\n", "MW102", 1, 5, 6, "second `:`", "quotes"),
    ("a: foo\n  b: 1\n", "MW102", 2, 4, 5, "already has its value", "line it up"),
    ("abc\ndef: 1\n", "MW102", 1, 1, 2, "`:` is missing", "key: value"),
    ("name:value\nb: 1\n", "MW102", 1, 1, 2, "a space is missing after `:`", "key: value"),
    ("a: 1\nname value\nb: 2\n", "MW102", 2, 1, 2, "`:` is missing", "key: value"),
    (": 1\n", "MW102", 1, 1, 2, "a key is missing", "key: value"),
    ("a:\n  - b\n  -c\n  - d\n", "MW102", 3, 3, 4, "a space is missing after `-`", "- value"),
    ("a:\n   b: 1\n  c: 2\n", "MW102", 3, 3, 4, "indentation", "line it up"),
    ("a: 1\n- b\n", "MW102", 2, 1, 2, "a list item stands where a key", "below a key"),
    ("- a\nb: 1\n", "MW102", 2, 1, 2, "a key stands where a list item", "start it with"),
    ("a: - b\n", "MW102", 1, 4, 5, "list item cannot start here", "own line"),
    ('b: 2\na: "x\nb: 1\n', "MW102", 2, 4, 5, "never closed", "close it"),
    ("a: 'it's'\n", "MW102", 1, 8, 9, "after the end of a quoted", "quotes"),
    ('a: "\\d"\n', "MW102", 1, 5, 6, "backslash", "single quotes"),
    ("a: [1, 2\nb: 1\n", "MW102", 1, 4, 5, "`[` is opened here and never closed", "`]`"),
    ("a: {x: 1\n", "MW102", 1, 4, 5, "`{` is opened here and never closed", "`}`"),
    ("a: [1, 2}\n", "MW102", 1, 9, 10, "`]` is missing", "`]`"),
    ("env: {A: 1 B: 2}\n", "MW102", 1, 13, 14, "`,` or `}` is missing", "`}`"),
    ("a: 1\n}\n", "MW102", 2, 1, 2, "`}` closes nothing", "remove"),
    ("a: *.py\n", "MW102", 1, 4, 5, "`*`", "quotes"),
    ("a: *foo\n", "MW102", 1, 4, 8, "no `&foo`", "quote"),
    ("a: &a [*a]\n", "MW102", 1, 8, 10, "inside itself", ""),
    ("a: !foo!bar x\n", "MW102", 1, 4, 5, "tag", "quotes"),
    ("a: 1\n--- {b: 1}\n", "MW102", 2, 5, 6, "only a comment", "next line"),
    ("a: 1\n---# c\n", "MW102", 2, 4, 5, "after a space", "next line"),
    ("%YAML 1.1\n---\na: 1\n", "MW102", 1, 1, 2, "directive", "remove"),
    ("a: [http://x/y?z=1]\n", "MW102", 1, 5, 19, "`?`", "quotes"),
    ('a: "x\\/y"\n', "MW102", 1, 4, 10, "escape in JSON", "write `/`"),
    ("a: &x [1]\nb: {<<: *x}\n", "MW102", 2, 5, 7, "takes a map", "alias"),
    ("a: !!float 9223372036854775808\n", "MW105", 1, 4, 31, "does not fit", ""),
    ("a: |x\n  y\n", "MW102", 1, 5, 6, "next line", ""),
    ("<<: 1\n", "MW102", 1, 1, 3, "takes a map", "alias"),
    ("a: 1\n<<<<<<< HEAD\nb: 1\n=======\nb: 2\n>>>>>>> x\n", "MW102", 2, 1, 8, "merge conflict", "choose one"),
    ("a: é\x07\n", "MW101", 1, 5, 6, "U+0007", "remove"),
    ("a: \ud800\n", "MW101", 1, 4, 5, "U+D800", "remove"),
    ("a: 1\nb: 2\n'a': 3\n", "MW103", 3, 1, 4, "line 1", "keep one"),
    ("y: 1\ntrue: 2\n", "MW103", 2, 1, 5, "`true` is said twice", "keep one"),
    ("true: 1\ny: 2\n", "MW103", 2, 1, 2, "`y` is read as `true`", "keep one"),
    ("x:\r\n- {a: 1, b: 2, a: 3}\r\n", "MW103", 2, 16, 17, "line 2", "keep one"),
    ('a: "\u2028"\nb: 1\nb: 2\n', "MW103", 3, 1, 2, "line 2", "keep one"),
    ("x: 1\n<<: {x: 2}\n", "MW103", 2, 1, 3, "`<<` brings `x` again", "first"),
    ("~: 1\n", "MW105", 1, 1, 2, "empty or null", "quote"),
    ("[a]: 1\n", "MW105", 1, 1, 2, "list or map", "plain text"),
    ("a: 1\nb: [-.inf]\n", "MW105", 2, 5, 10, "`-.inf`", "quote"),
    ("a: .nan\n", "MW105", 1, 4, 8, "`.nan`", "quote"),
    ("18446744073709551615: 1\n", "MW105", 1, 1, 21, "too large", ""),
    ("a: !!int x\n", "MW105", 1, 4, 11, "`!!int`", ""),
    ("a: !!binary x\n", "MW105", 1, 4, 14, "base64", ""),
]


@pytest.mark.parametrize(("text", "code", "line", "column", "end", "message", "hint"), ERRORS)
def test_errors(text: str, code: str, line: int, column: int, end: int, message: str, hint: str) -> None:
    _, problems = read(text, "f")
    assert [p.code for p in problems] == [code]
    assert problems[0].place == Mark("f", line, column, line, end)
    assert message in problems[0].message
    assert hint in problems[0].hint


@pytest.mark.parametrize("case", ERRORS)
def test_the_parser_in_python_finds_the_same_errors(case: tuple[Any, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("yaml.CSafeLoader", raising=False)
    _, problems = read(case[0], "f")
    assert [p.code for p in problems] == [case[1]]


def test_double_keys_are_all_reported_and_name_the_first() -> None:
    documents, problems = read("a: 1\nb: {c: 1, c: 2}\na: 2\n", "f")
    assert documents == ({"a": 2, "b": {"c": 2}},)
    assert [p.code for p in problems] == ["MW103", "MW103"]
    assert problems[1].related == (("the first one", Mark("f", 1, 1, 1, 2)),)


def test_problems_of_one_file_are_bounded() -> None:
    documents, problems = read("a: 1\n" * 5000, "f")
    assert documents == ({"a": 1},)
    assert len(problems) == 100


def test_depth_of_100_is_read() -> None:
    documents, problems = read("[" * 100 + "]" * 100, "f")
    assert not problems
    node: Any = documents[0]
    for _ in range(99):
        node = node[0]
    assert node == []


LAUGHS = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 30)
)
MERGES = "a0: &a0 {x: 1}\n" + "".join(
    f"a{i}: &a{i} {{<<: [{', '.join([f'*a{i - 1}'] * 9)}]}}\n" for i in range(1, 30)
)
LIMITS = {
    "depth": ("[" * 101, 1, 101),
    "brackets after quoted ones": ('a: "' + "[" * 5000 + '"\nb: ' + "[" * 101 + "]" * 101, 2, 103),
    "block depth": ("".join(" " * i + "a:\n" for i in range(120)), 101, 101),
    "aliases": (LAUGHS, 6, 30),
    "merges": (MERGES, 7, 15),
    "values": ("[" + "1," * 400_001 + "]", 1, 800_000),
    "documents": ("---\n" * 10_001, 10_001, 1),
    "size": ("a" * (MAX_BYTES + 1), 1, 1),
    "size in bytes": ("é" * (MAX_BYTES // 2 + 1), 1, 1),
    "directives": ("%TAG !a! x\n" * 200_000 + "--- 1\n", 101, 1),
}


@pytest.mark.parametrize("name", LIMITS)
def test_limits(name: str) -> None:
    text, line, column = LIMITS[name]
    documents, problems = read(text, "f")
    assert documents == ()
    assert [p.code for p in problems] == ["MW104"]
    assert problems[0].place == Mark("f", line, column, line, column + 1)


BRACKETS = """
import sys
from modelwright.yamlio import read
from modelwright.yamlio.marks import marks, plain_traps
n = 60_000
for text in (
    "[" * n, "{" * n, "- " * n, "? " * n, "{a: " * n, "[? " * n, "- ? " * n, "[" * n + "]" * n, "a: &a " + "[" * n,
    "".join(" " * i + "a:\\n" for i in range(2500)), "a: '" + "[" * n + "'", "#" + "[" * n, "[" * 2_000_000,
):
    read(text, "f")
    marks(text, "f").mark((0,) * 200)
    plain_traps(text)
print("alive")
"""


def test_deep_nesting_neither_crashes_nor_hangs() -> None:
    generator = str(Path(sys.modules["modelwright"].__path__[0]).parent)
    done = subprocess.run(
        [sys.executable, "-c", BRACKETS], capture_output=True, text=True, timeout=60, env={"PYTHONPATH": generator}
    )
    assert (done.returncode, done.stdout) == (0, "alive\n"), done.stderr


def test_decode() -> None:
    assert decode("é: 1".encode(), "f") == ("é: 1", ())
    assert decode(b"\xef\xbb\xbfa: 1", "f") == ("a: 1", ())
    assert decode("a: é".encode("utf-16"), "f") == ("a: é", ())
    assert decode(b"\xfe\xff" + "a: é".encode("utf-16-be"), "f") == ("a: é", ())


@pytest.mark.parametrize(
    ("data", "code", "line", "column"),
    [
        (b"a: 1\nb: \xff\n", "MW101", 2, 4),
        ("é: 1\né: ".encode() + b"\xc3", "MW101", 2, 4),
        (b"a: 1\n\0b", "MW101", 2, 1),
        (b"\x1f\x8b\x08\0\0", "MW101", 1, 2),
        (b"\xff\xfea\0\n\0\0\xd8", "MW101", 2, 1),
        (b"a" * (MAX_BYTES + 1), "MW104", 1, 1),
    ],
)
def test_decode_refuses(data: bytes, code: str, line: int, column: int) -> None:
    text, problems = decode(data, "f")
    assert text == ""
    assert [p.code for p in problems] == [code]
    assert problems[0].place == Mark("f", line, column, line, column + 1)


def test_corpus_is_read() -> None:
    if not CORPUS.is_dir():
        pytest.skip("the shared corpus is not here")
    files = sorted(CORPUS.glob("*.yaml"))
    assert files
    for file in files:
        text, problems = decode(file.read_bytes(), file.name)
        assert not problems
        documents, problems = read(text, file.name)
        assert documents or problems


def test_binary_of_several_lines() -> None:
    assert one("a: !!binary |\n  aGVs\n  bG8=\n") == {"a": "hello"}


def test_a_comma_right_after_a_tag_is_refused_for_it_is_part_of_the_tag() -> None:
    _, (problem,) = read("a: [!x, b]\n", "f")
    assert (problem.code, problem.message) == ("MW102", "a `,` right after a tag is part of the tag for the server")
    assert read("a: [!x b, !y c]\n", "f") == (({"a": ["b", "c"]},), ())
