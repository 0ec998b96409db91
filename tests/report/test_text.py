"""Reports for people, word by word."""

from __future__ import annotations

import re

import pytest

from modelwright.model import Mark, Place
from modelwright.problems import Effect, Problem
from modelwright.report.locate import safe
from modelwright.report.text import DOTS, WIDTH, render

FILE = "blueprints/fraud.yaml"
TEXT = """\
apiVersion: modelwright/v1
kind: Model
metadata: {name: fraud}
spec:
  format: sklaern
  replicas: 2
  replica: 3
---
kind: Model
spec:
  args: [--a, --b]
"""


def shown(*problems: Problem, text: str = TEXT) -> str:
    return render(problems, {FILE: text})


def at(line: int, column: int, end: int, file: str = FILE) -> Mark:
    return Mark(file, line, column, line, end)


def test_nothing_to_say() -> None:
    assert shown() == "no problems\n"
    assert render([], {}, suppressed=2) == "no problems (2 suppressed)\n"


def test_a_whole_report() -> None:
    runtime = Place("blueprints/runtime.yaml", 0, ("spec", "formats"))
    problems = [
        Problem(
            "MW107",
            "unknown field `replica`",
            Place(FILE, 0, ("spec", "replica"), key=True),
            "did you mean `replicas`?",
        ),
        Problem(
            "MW801",
            "runtime `mlserver` cannot serve format `sklaern`",
            Place(FILE, 0, ("spec", "format")),
            "did you mean `sklearn`?",
            "broken",
            ("dev", "prod"),
            related=(("the runtime lists its formats here", runtime),),
        ),
        Problem(
            "MW712",
            "a note on an argument",
            Place(FILE, 1, ("spec", "args", 1)),
            effect="ignored",
            level="note",
        ),
        Problem("MW101", "no modelwright.yaml"),
    ]
    sources = {FILE: TEXT, "blueprints/runtime.yaml": "spec:\n  formats: [{name: sklearn}]\n"}
    assert (
        render(problems, sources, suppressed=1)
        == """\
MW101 no modelwright.yaml

blueprints/fraud.yaml:5:11: MW801 runtime `mlserver` cannot serve format `sklaern` [dev, prod]
 5 |   format: sklaern
   |           ^^^^^^^
  = the cluster accepts it, and it never becomes ready
  = hint: did you mean `sklearn`?
  = the runtime lists its formats here: blueprints/runtime.yaml:2:12

blueprints/fraud.yaml:7:3: MW107 unknown field `replica`
 7 |   replica: 3
   |   ^^^^^^^
  = hint: did you mean `replicas`?

blueprints/fraud.yaml:11:15: MW712 note: a note on an argument
 11 |   args: [--a, --b]
    |               ^^^
  = the cluster accepts it, and does nothing with it

3 errors, 1 note (1 suppressed)
"""
    )


@pytest.mark.parametrize(
    ("effect", "expected"),
    [
        ("rejected", "MW501 m\n"),
        ("broken", "MW501 m\n  = the cluster accepts it, and it never becomes ready\n"),
        ("ignored", "MW501 warning: m\n  = the cluster accepts it, and does nothing with it\n"),
        ("drift", "MW501 warning: m\n  = the cluster rewrites it, so Git and cluster differ for ever\n"),
        ("risk", "MW501 warning: m\n"),
        ("policy", "MW501 m\n"),
    ],
)
def test_each_effect_has_words(effect: Effect, expected: str) -> None:
    assert shown(Problem("MW501", "m", effect=effect)).startswith(f"{expected}\n1 ")


def test_environments_go_unsaid_where_they_are_all() -> None:
    problem = Problem("MW501", "m", environments=("dev", "prod"))
    assert "m [dev, prod]\n" in render([problem], {}, everywhere=["dev", "staging", "prod"])
    assert "m\n" in render([problem], {}, everywhere=["prod", "dev"])


def test_plural_and_singular() -> None:
    problems = [Problem("MW501", "m"), Problem("MW501", "n"), Problem("MW701", "m", effect="risk")]
    assert shown(*problems).endswith("\n2 errors, 1 warning\n")


def test_colour_adds_only_colour() -> None:
    problem = Problem(
        "MW501", "m", at(5, 11, 18), "h", environments=("dev",), related=(("see", at(6, 3, 11)),)
    )
    painted = render([problem], {FILE: TEXT}, color=True)
    assert "\x1b[31;1mMW501\x1b[0m" in painted
    assert "\x1b[31;1m^^^^^^^\x1b[0m" in painted
    assert re.sub(r"\x1b\[[\d;]*m", "", painted) == render([problem], {FILE: TEXT})


def test_the_order_is_that_of_reading() -> None:
    problems = [
        Problem("MW502", "b", at(3, 2, 3)),
        Problem("MW501", "b", at(3, 2, 3)),
        Problem("MW501", "a", at(3, 2, 3)),
        Problem("MW509", "z", at(3, 1, 3)),
        Problem("MW509", "z", at(10, 1, 3)),
        Problem("MW509", "z", at(9, 1, 3, file="a.yaml")),
        Problem("MW509", "z"),
    ]
    found = shown(*problems)
    assert found == shown(*reversed(problems))
    assert re.findall(r"^(?:([\w./]+:\d+:\d+): )?(MW\d+) (.)", found, re.MULTILINE) == [
        ("", "MW509", "z"),
        ("a.yaml:9:1", "MW509", "z"),
        (f"{FILE}:3:1", "MW509", "z"),
        (f"{FILE}:3:2", "MW501", "a"),
        (f"{FILE}:3:2", "MW501", "b"),
        (f"{FILE}:3:2", "MW502", "b"),
        (f"{FILE}:10:1", "MW509", "z"),
    ]


@pytest.mark.parametrize(
    ("line", "mark", "expected"),
    [
        ("a: \tb", at(1, 5, 6), " 1 | a: \\tb\n   |      ^\n"),
        ("名前: 値段 x", at(1, 5, 7), " 1 | 名前: 値段 x\n   |       ^^^^\n"),
        ("e\u0301te\u0301: b", at(1, 8, 9), " 1 | e\u0301te\u0301: b\n   |      ^\n"),
        ("a: b", at(1, 5, 6), " 1 | a: b\n   |     ^\n"),  # the end of the line
        ("a: b", at(1, 90, 91), " 1 | a: b\n   |     ^\n"),  # beyond it
        ("a: {b   ", Mark(FILE, 1, 4, 3, 1), " 1 | a: {b\n   |    ^^\n"),  # goes on below
        ("\nb: c", at(1, 1, 2), " 1 |\n   | ^\n"),
        ("", at(1, 1, 2), ""),  # an empty file has nothing to show
        ("a: b\r\nc: d", at(1, 4, 5), " 1 | a: b\n   |    ^\n"),
        ("x: 1\u2028a: b", at(1, 9, 10), " 1 | x: 1\\u2028a: b\n   |              ^\n"),  # a line break to YAML alone
        ("a: \x0cb", at(1, 5, 6), " 1 | a: \\x0cb\n   |        ^\n"),  # none to YAML
        ("\ufeffa: b", at(1, 4, 5), " 1 | a: b\n   |    ^\n"),
    ],
)
def test_carets_stand_under_what_is_meant(line: str, mark: Mark, expected: str) -> None:
    assert shown(Problem("MW501", "m", mark), text=line).split("\n", 1)[1] == f"{expected}\n1 error\n"


@pytest.mark.parametrize("odd", ["\u2028", "\u2029", "\x85", "\r"])
def test_the_line_shown_is_the_line_named_whatever_breaks_lines_for_yaml(odd: str) -> None:
    text = f'a: "x{odd} y"\nb: hush\nc: 1\n'
    problems = [
        Problem("MW216", "m", Place(FILE, 0, ("b",)), conceal=True),
        Problem("MW501", "m", Place(FILE, 0, ("c",))),
    ]
    report = shown(*problems, text=text)
    assert f"{FILE}:2:4: MW216" in report and f"{FILE}:3:4: MW501 m\n 3 | c: 1\n" in report
    assert "hush" not in report


def test_no_line_where_there_is_no_such_text() -> None:
    assert shown(Problem("MW501", "m", at(99, 1, 2))) == f"{FILE}:99:1: MW501 m\n\n1 error\n"
    assert shown(Problem("MW501", "m", Place("gone.yaml", 3, ("spec",)))).startswith("gone.yaml:1:1: MW501 m")


@pytest.mark.parametrize("letter", ["x", "値", "\x1b"])
@pytest.mark.parametrize("start", [0, 1, 59, 60, 80, 159, 160, 161, 300, 597, 600])
@pytest.mark.parametrize("length", [1, 3, 250])
def test_long_lines_are_cut_around_the_carets(letter: str, start: int, length: int) -> None:
    line = letter * start + "H" + letter * (599 - start)
    _, above, below, *_ = shown(Problem("MW501", "m", at(1, start + 1, start + 1 + length)), text=line).split(
        "\n"
    )
    above, below = above.removeprefix(" 1 | "), below.removeprefix("   | ")
    assert columns(above) <= WIDTH
    assert len(below) <= WIDTH
    assert set(below.lstrip(" ")) == {"^"}
    if start < 600:
        assert columns(above[: above.index("H")]) == below.index("^")
    assert above.startswith(DOTS) == (above.split("H")[0].count(safe(letter)) < start)


def columns(text: str) -> int:
    return len(text) + text.count("値")


HOSTILE = {
    "escape": ("\x1b[2J\x1b]0;owned\x07", "\\x1b[2J\\x1b]0;owned\\x07"),
    "c1": ("\x9b31m", "\\x9b31m"),
    "bidi": ("a\u202eb\u2066c\u2069", "a\\u202eb\\u2066c\\u2069"),
    "line": ("a\nb\rc\u2028d\x85", "a\\nb\\rc\\u2028d\\x85"),
    "invisible": ("a\u200bb\U000e0041", "a\\u200bb\\U000e0041"),
    "half": ("a\ud800", "a\\ud800"),
    "github": ("::error file=x::y", "\\x3a:error file=x::y"),
    "github-indented": ("  ::add-mask::y", "  \\x3a:add-mask::y"),
    "github-old": ("x ##[group]y", "x \\x23#[group]y"),
    "azure": ("##vso[task.setvariable]y", "\\x23#vso[task.setvariable]y"),
    "teamcity": ("##teamcity[x]", "\\x23#teamcity[x]"),
}


@pytest.mark.parametrize(("given", "expected"), HOSTILE.values(), ids=HOSTILE)
def test_nothing_hostile_gets_through(given: str, expected: str) -> None:
    problem = Problem(
        "MW501", given, at(1, 1, 2, file=given), given, environments=(given,), related=((given, at(1, 1, 2)),)
    )
    printed = render([problem], {given: "a: b", FILE: ""})
    assert printed == (
        f"{expected}:1:1: MW501 {expected} [{expected}]\n"
        " 1 | a: b\n"
        "   | ^\n"
        f"  = hint: {expected}\n"
        f"  = {expected}: {FILE}:1:1\n"
        "\n"
        "1 error\n"
    )
    assert printed.encode()


def test_source_lines_are_as_safe_as_messages() -> None:
    line = "a: '\x1b[2J ##[error]\u202e' # end"
    printed = shown(Problem("MW501", "m", at(1, line.index("#", 20) + 1, line.index("end") + 4)), text=line)
    assert printed.split("\n")[1:3] == [
        " 1 | a: '\\x1b[2J \\x23#[error]\\u202e' # end",
        "   |                                 ^^^^^",
    ]


def test_colours_of_a_hostile_text_are_only_ours() -> None:
    problem = Problem("MW501", "\x1b[32mfine", at(1, 1, 9))
    printed = render([problem], {FILE: "\x1b[32mfine"}, color=True)
    assert set(re.findall(r"\x1b\[[\d;]*m", printed)) == {"\x1b[31;1m", "\x1b[2m", "\x1b[0m"}


def test_text_that_is_no_yaml_is_still_shown() -> None:
    printed = shown(Problem("MW103", "m", Place(FILE, 0, ("spec",))), text="a: [b\n")
    assert printed == f"{FILE}:1:1: MW103 m\n 1 | a: [b\n   | ^\n\n1 error\n"
