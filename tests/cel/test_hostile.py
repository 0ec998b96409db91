"""A stranger's expression ends, soon, and with one answer."""

import pytest

from modelwright.cel import DYN, CelError, Program, compile_cel

TEN = "[1,2,3,4,5,6,7,8,9,10]"
LONG = {"text": "a" * 30_000, "pattern": "(a|b)" * 19_000, "list": ["b"] * 50_000}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a" * 1_000_000, "1:1: the expression is longer than 100000 characters"),
        ("(" * 50_000, "1:201: the expression is nested deeper than 200 levels"),
        ("[" * 50_000, "1:201: the expression is nested deeper than 200 levels"),
        ("!(" * 50_000, "1:201: the expression is nested deeper than 200 levels"),
        ("self" + ".a" * 40_000, "1:403: the expression is nested deeper than 200 levels"),
        ("self" + "[0]" * 30_000, "1:602: the expression is nested deeper than 200 levels"),
        ("size(" * 9_000, "1:1001: the expression is nested deeper than 200 levels"),
        ("true ? 1 : " * 9_000 + "1", "1:2197: the expression is nested deeper than 200 levels"),
        ("+".join(["1"] * 40_000), "1:400: more than 200 operators in a row"),
        ("9" * 90_000, "1:1: the number is out of range"),
        ("'" + "\\" * 90_001, "1:1: the text has no end"),
        ("\x00", "1:1: unexpected character '\\x00'"),
        ("self.a\u202e", "1:7: unexpected character '\\u202e'"),
    ],
)
def test_a_text_that_goes_too_far_is_refused(text: str, message: str) -> None:
    assert str(compile_cel(text, {"self": DYN})) == message


@pytest.mark.parametrize(
    "text", ["(" * 190 + "1" + ")" * 190, "&&".join(["true"] * 16_000), "-" * 90_000 + "1"]
)
def test_what_is_only_long_runs(text: str) -> None:
    program = compile_cel(text)
    assert isinstance(program, Program)
    assert not isinstance(program.evaluate({}), CelError)


def nested(count: int, start: str, step: str, use: str) -> str:
    """A value made `count` times of the one before."""
    return f"[{start}]" + f".map(a, {step})" * count + f".all(a, {use})"


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"{TEN}.all({name}, " for name in "abcdefgh") + "true" + ")" * 8,
        "'aaaaaaaaaa'" + ".replace('a', 'aaaaaaaaaa')" * 12,
        nested(60, "'aaaaaaaa'", "a + a", "a == a"),
        nested(60, "[1, 2]", "a + a", "a == a"),
        nested(60, "[1, 2]", "[a, a]", "a == a"),
        nested(60, "[1, 2]", "{'x': a, 'y': a}", "a == a"),
        nested(60, "[1, 2]", "[a, a]", "a in [a]"),
        nested(60, "[1, 2]", "[a, a]", "sets.contains([a], [a])"),
        nested(60, "[1, 2]", "[a, a]", "[a, a].distinct() == []"),
        nested(60, "[1, 2]", "[a, a]", "'%s'.format([a]) == ''"),
        nested(60, "[1, 2]", "[a, a]", "a.flatten(60) == []"),
        nested(60, "'ab'", "[a, a].join()", "a == ''"),
        "lists.range(1000000000) == []",
        "lists.range(900000).map(x, x).sum() > 0",
        "lists.range(3000).sort() == []",
        "lists.range(3000).sortBy(x, -x) == []",
        "lists.range(600).map(x, lists.range(600).map(y, x * y)).flatten().distinct() == []",
        "self.text.split('').all(x, self.text.split('').all(y, x == y))",
        "self.list.all(x, x in self.list)",
        "self.list.map(x, self.text.find('(a*)*b')) == []",
    ],
)
def test_work_stops_at_the_cost_limit(text: str) -> None:
    program = compile_cel(text, {"self": DYN})
    assert isinstance(program, Program), program
    assert str(program.evaluate({"self": LONG})) == "1:1: the expression costs more than 1000000"


@pytest.mark.parametrize(
    "pattern", ["^(a+)+$", "(a*)*b", "(a|a)*$", "(.*)*x", "(a+a+)+y", "^(([a-z])+.)+[A-Z]([a-z])+$"]
)
def test_no_pattern_takes_long(pattern: str) -> None:
    program = compile_cel(f"self.matches('{pattern}')", {"self": DYN})
    assert isinstance(program, Program)
    assert program.evaluate({"self": "a" * 30_000}) in (True, False)


@pytest.mark.parametrize(
    "pattern",
    ["(?=a)", "(?<!a)b", "(a)\\\\1", "((a{100}){100}){100}", "a{1001}", "(", "[b-a]", "\\\\C", "a**"],
)
def test_what_re2_refuses_is_refused(pattern: str) -> None:
    program = compile_cel(f"self.matches('{pattern}')", {"self": DYN})
    assert isinstance(program, Program)
    assert "error parsing regexp" in str(program.evaluate({"self": "a"}))


def test_a_huge_pattern_is_refused() -> None:
    program = compile_cel("self.text.matches(self.pattern)", {"self": DYN})
    assert isinstance(program, Program)
    assert str(program.evaluate({"self": LONG}, 10**12)) == "1:11: error parsing regexp: expression too large"


def test_deep_values_end_in_an_error() -> None:
    deep: object = 1
    for _ in range(5_000):
        deep = [deep]
    program = compile_cel("self == self && other == self", {"self": DYN, "other": DYN})
    assert isinstance(program, Program)
    assert isinstance(program.evaluate({"self": deep, "other": deep}), CelError)


def test_a_limit_can_be_lower() -> None:
    program = compile_cel("self.all(x, x > 0)", {"self": DYN})
    assert isinstance(program, Program)
    assert program.evaluate({"self": [1] * 5}, 100) is True
    assert str(program.evaluate({"self": [1] * 50}, 100)) == "1:1: the expression costs more than 100"
