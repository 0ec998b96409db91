"""What a person who writes rules meets first: values, errors with their place, and limits."""

import pytest

from modelwright.cel import BOOL, DYN, STRING, CelError, Program, compile_cel
from modelwright.cel.types import INT

OBJECT = {"minReplicas": 1, "maxReplicas": 3, "ports": [{"name": "http", "port": 80}]}


def value(text: str, **bindings: object) -> object:
    program = compile_cel(text, dict.fromkeys(bindings, DYN))
    assert isinstance(program, Program), program
    return program.evaluate(bindings)


def refused(text: str, minor: int | None = None) -> str:
    error = compile_cel(text, {"self": DYN, "name": STRING, "count": INT}, minor=minor)
    assert isinstance(error, CelError), error
    return str(error)


def test_a_rule_compares_two_fields() -> None:
    assert value("self.minReplicas <= self.maxReplicas", self=OBJECT) is True


def test_a_program_runs_any_number_of_times() -> None:
    program = compile_cel("self.all(x, x > 0)", {"self": DYN})
    assert isinstance(program, Program)
    assert [program.evaluate({"self": items}) for items in ([1], [0], [])] == [True, False, True]


def test_an_evaluation_leaves_the_values_as_they_were() -> None:
    given = {"list": [3, 1, 2]}
    assert value("self.list.sort() + [4]", self=given) == [1, 2, 3, 4]
    assert given == {"list": [3, 1, 2]}


def test_a_literal_list_is_not_shared_between_runs() -> None:
    program = compile_cel("[1, 2]")
    assert isinstance(program, Program)
    program.evaluate({}).append(3)
    assert program.evaluate({}) == [1, 2]


def test_an_error_names_its_place() -> None:
    assert (
        str(value("self.minReplicas > 0 &&\n  self.replicas > 0", self=OBJECT))
        == "2:8: no such key: replicas"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("self.", "1:6: expected a field, found the end of the expression"),
        ("self.a ==", "1:10: unexpected the end of the expression"),
        ("(self.a", "1:8: expected `)`, found the end of the expression"),
        ("self.a = 1", "1:8: unexpected character '='"),
        ("'abc", "1:1: the text has no end"),
        ("'\\q'", "1:2: invalid escape `\\q`"),
        ("self if self", "1:6: expected `end`, found `if`"),
        ("has(self)", "1:1: `has` takes a field selection such as `self.field`"),
        ("self.all(1, true)", "1:10: expected the name of a variable"),
        ("9223372036854775808", "1:1: invalid int literal 9223372036854775808: out of range"),
        ("other.field", "1:1: undeclared reference to 'other'"),
        ("self.sizes()", "1:6: undeclared reference to 'sizes'"),
        ("count + name", "1:7: found no matching overload for '_+_' applied to '(int, string)'"),
        ("count == name", "1:7: found no matching overload for '_==_' applied to '(int, string)'"),
        ("name.startsWith(1)", "1:6: found no matching overload for 'startsWith' applied to '(string, int)'"),
        ("count ? 1 : 2", "1:7: found no matching overload for '_?_:_' applied to '(int, ...)'"),
        ("count.field", "1:7: type 'int' does not support field selection"),
    ],
)
def test_what_cannot_be_is_refused_before_it_runs(text: str, message: str) -> None:
    assert refused(text) == message


@pytest.mark.parametrize(
    ("text", "since"),
    [
        ("quantity('1Gi')", 28),
        ("'%d'.format([1])", 29),
        ("sets.contains([1], [1])", 29),
        ("ip('::1')", 30),
        ("cidr('::/0')", 30),
        ("format.dns1123Label()", 31),
        ("[1].all(i, v, v > i)", 32),
        ("semver('1.2.3')", 33),
        ("[1, 2].sort()", 34),
        ("[1, 2].sortBy(x, -x)", 34),
    ],
)
def test_a_release_knows_the_functions_it_came_with(text: str, since: int) -> None:
    assert isinstance(compile_cel(text, minor=since), Program)
    assert "undeclared reference" in refused(text, minor=since - 1)


@pytest.mark.parametrize(
    "text", ["math.greatest(1, 2)", "base64.encode(b'a')", "cel.bind(x, 1, x)", "'a'.reverse()"]
)
def test_kubernetes_lacks_what_the_language_has(text: str) -> None:
    assert isinstance(compile_cel(text), Program)
    assert isinstance(compile_cel(text, minor=34), CelError)


def test_nobody_can_be_asked_for_permission_offline() -> None:
    assert refused("authorizer.group('apps')") == "1:1: undeclared reference to 'authorizer'"


def test_kubernetes_refuses_lists_of_several_types() -> None:
    assert refused("[1, 'a']", minor=34) == "1:1: expected type 'int' but found 'string'"
    assert value("[1, 'a'].size()") == 2


def test_kubernetes_refuses_constants_that_cannot_be() -> None:
    assert refused("name.matches('(')", minor=34).startswith(
        "1:14: invalid matches argument: error parsing regexp"
    )
    assert refused("duration('1')", minor=34).startswith(
        "1:10: invalid duration argument: type conversion error"
    )


def test_types_are_told() -> None:
    program = compile_cel("[1, 2].map(x, string(x))")
    assert isinstance(program, Program) and str(program.result) == "list(string)"
    program = compile_cel("self.a == 1", {"self": DYN})
    assert isinstance(program, Program) and program.result == BOOL


def test_a_variable_without_a_value_is_an_error_only_where_it_is_read() -> None:
    program = compile_cel("given || absent", {"given": BOOL, "absent": BOOL})
    assert isinstance(program, Program)
    assert program.evaluate({"given": True}) is True
    assert str(program.evaluate({"given": False})) == "1:10: no such attribute: absent"


def test_an_inner_variable_hides_an_outer_one() -> None:
    assert value("[1, 2].map(x, [x].map(x, x * 10))") == [[10], [20]]
    assert value("[1].map(self, self + 1)", self=5) == [2]


def test_a_zone_at_the_end_of_time_gives_way_to_utc() -> None:
    assert value("string(timestamp('9999-12-31T23:59:59+01:00'))") == "9999-12-31T23:59:59+01:00"
    late = "string(timestamp('9999-12-31T23:59:59+01:00') + duration('30m'))"
    assert value(late) == "9999-12-31T23:29:59Z"


def test_a_text_among_texts() -> None:
    assert [value("self in ['a', 'b']", self=each) for each in ("a", "c", 1, None)] == [True, False, False, False]
    assert value("self in ['a', 'a', 1]", self="a") is True
