"""Templates of a stranger: only the grammar's few words compile, and what compiles stays small."""

from __future__ import annotations

import time
from typing import Any

import pytest

from modelwright.expand.grammar import NODES
from modelwright.expand.template import compile_template
from modelwright.expand.words import FILTERS, TESTS
from modelwright.model import Mark
from modelwright.problems import Problem


def problems_of(text: str, roots: frozenset[str] | None = None) -> tuple[Problem, ...]:
    made, problems = compile_template(text, "t.yaml.j2", roots)
    assert (made is None) == bool(problems)
    return problems


def codes_and_lines(text: str, roots: frozenset[str] | None = None) -> list[tuple[str, int]]:
    return [(p.code, p.place.line) for p in problems_of(text, roots) if isinstance(p.place, Mark)]


FORBIDDEN = (
    "{{ f() }}", "{{ x.f(1) }}", "{{ range(9) }}", "{{ 2 * 3 }}", "{{ 2 ** 9 }}", "{{ 7 % 2 }}", "{{ 7 / 2 }}", "{{ 7 // 2 }}",
    "{{ -x }}", "{{ +x }}", "{{ x[1:2] }}", "{{ x[y] }}", "{{ x[y.z] }}", "{{ x[1.5] }}", "{{ x[none] }}",
    "{% set x = 1 %}", "{% set x %}a{% endset %}", "{% set x.y = 1 %}", "{% macro m() %}{% endmacro %}", "{% include 'a' %}",
    "{% import 'a' as b %}", "{% from 'a' import b %}", "{% extends 'a' %}", "{% block b %}{% endblock %}",
    "{% call f() %}{% endcall %}", "{% filter upper %}{% endfilter %}", "{% with a = 1 %}{% endwith %}",
    "{% autoescape true %}{% endautoescape %}", "{% for a in b recursive %}{% endfor %}", "{% for a, b, c in d %}{% endfor %}",
    "{% for (a, b), c in d %}{% endfor %}", "{{ 1e999 }}", "{% for _a in d %}{% endfor %}",
    "{% for loop in d %}{% endfor %}", "{% for __sink in d %}{% endfor %}",
    "{{ x | attr('y') }}", "{{ x | map('upper') }}", "{{ x | format(1) }}", "{{ x | tojson }}", "{{ x | pprint }}",
    "{{ x | batch(2) }}", "{{ x | select }}", "{{ x | xmlattr }}", "{{ x | safe }}", "{{ x | center(999999999) }}",
    "{{ x | indent }}", "{{ x | random }}", "{{ x | _lower }}", "{{ x | __take }}", "{{ x | __look }}",
    "{{ x | join(attribute='y') }}", "{{ x | join(*y) }}", "{{ x | join(**y) }}", "{{ x | lower(1) }}", "{{ x | replace('a') }}",
    "{{ x is callable }}", "{{ x is sameas(y) }}", "{{ x is divisibleby(2) }}", "{{ x is filter }}", "{{ x is in(y) }}",
    "{{ x is string(1) }}", "{{ loop }}", "{{ loop.index }}", "{% for a in b %}{{ loop }}{% endfor %}",
    "{% for a in b %}{{ loop.cycle }}{% endfor %}", "{% for a in b %}{{ loop['index'] }}{% endfor %}",
    "{% for a in b %}{{ loop.previtem }}{% endfor %}", "{% for a in loop.x %}{% endfor %}", "{{ self }}", "{{ self.x }}",
    "{{ super }}", "{{ varargs }}", "{{ _x }}", "{{ __sink }}", "{{ __step0 }}", "{{ x._y }}", "{{ x['__class__'] }}",
)  # fmt: skip


@pytest.mark.parametrize("construct", FORBIDDEN)
def test_what_is_not_allowed_is_named_at_its_line(construct: str) -> None:
    found = codes_and_lines(f"a: 1\n\nb: {construct}\n")
    assert set(found) == {("MW303", 3)}


ATTACKS = (
    "{{ ''.__class__ }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ [].__class__.__base__ }}",
    "{{ x.__init__.__globals__['os'] }}",
    "{{ lipsum.__globals__ }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ joiner.__init__ }}",
    "{{ namespace.__init__ }}",
    "{{ self._TemplateReference__context }}",
    "{{ self.__init__.__globals__.__builtins__ }}",
    "{{ config.__class__.from_envvar }}",
    "{{ request['__class__'] }}",
    "{{ x['__cl' ~ 'ass__'] }}",
    "{{ x|attr('__class__') }}",
    "{{ x|attr(['_'*2,'class','_'*2]|join) }}",
    "{{ ['__class__']|map('attr') }}",
    "{{ x|map(attribute='__class__') }}",
    "{{ x|sort(attribute='__class__') }}",
    "{{ x|groupby('__class__') }}",
    "{{ '{0.__class__}'.format(x) }}",
    "{{ '%s' % x }}",
    "{{ x.f.__func__ }}",
    "{{ (1).__class__ }}",
    "{{ {}.__class__ }}",
    "{{ x.gi_frame.f_back._x }}",
    "{{ loop.__class__ }}",
    "{% for a in b %}{{ loop._LoopContext__x }}{% endfor %}",
    "{% for a in b %}{{ loop.__init__.__globals__ }}{% endfor %}",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}",
    "{% set ns = namespace() %}",
    "{{ __import__('os') }}",
    "{{ get_flashed_messages.__globals__ }}",
    "{{ dict(a=1) }}",
    "{{ 'a' * 999999999 }}",
    "{{ 9 ** 9 ** 9 }}",
    "{% print ''.__class__ %}",
)


@pytest.mark.parametrize("attack", ATTACKS)
def test_known_sandbox_escapes(attack: str) -> None:
    assert {code for code, _ in codes_and_lines(f"a: {attack}\n")} == {"MW303"}


@pytest.mark.parametrize(
    "words",
    ["x.upper", "x.format", "l.append", "l.sort", "m.keys", "m.get", "n.real", "x['upper']", "lipsum", "cycler", "range", "dict", "config", "o.secret"],
)
def test_nothing_of_python_is_a_field(words: str) -> None:
    class Holder:
        secret = "s"

    made, _ = compile_template(f"a: {{{{ {words} }}}}\nz: 1\n", "t")
    assert made is not None
    documents, problems = made.render({"x": "a", "l": [1], "m": {"a": 1}, "n": 1, "o": Holder()})
    assert problems == ()
    assert documents[0].data == {"z": 1}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1\nb: {{ x\n", 3), ("a: 1\nb: {{ x y }}\n", 2), ("{% if x %}\na: 1\n", 2), ("a: 1\n{% endif %}\n", 2), ("a: 1\n{% do x %}\n", 2),
        ("a: {{ 'x }}\n", 1), ("a: 1\nb: \ue000\n", 2), ("a: 1\nb: {{ '\ue001' }}\n", 2), ("a: {{ " + "(" * 5000 + "x" + ")" * 5000 + " }}\n", 1),
        ("a: {{ " + "1" * 9000 + " }}\n", 1), ("a: {{ " + " + ".join("x" * 500) + " }}\n", 1), ("a: {{ x" + ".y" * 500 + " }}\n", 1),
        ("a: 1\n" + "{% for x in y %}" * 40 + "{% endfor %}" * 40 + "\n", 1), ("a: {{ " + "not " * 3000 + "x }}\n", 1), ("#" * 300_000, 1),
        ("a: {{ " + "[" * 90 + "x" + "]" * 90 + " }}\n", 1), ("{% if x %}" * 150 + "{% endif %}" * 150, 1),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_a_problem(text: str, line: int) -> None:
    found = problems_of(text)
    assert {p.code for p in found} == {"MW301"}
    assert isinstance(found[0].place, Mark)
    assert line == 3 or found[0].place.line == line


def test_unknown_roots_with_a_hint() -> None:
    (found,) = problems_of("a: {{ spec.x }}\n{% for e in l %}\nb: {{ sepc.y }}{{ e.z }}{{ loop.index }}\n{% endfor %}\n", frozenset({"spec", "l"}))
    assert (found.code, found.message, found.hint) == ("MW302", "there is no `sepc` here", "did you mean `spec`?")
    assert found.place == Mark("t.yaml.j2", 3, 7, 3, 11)
    assert codes_and_lines("{% for x in x %}{% endfor %}{{ x }}", frozenset({"l"})) == [("MW302", 1), ("MW302", 1)]


def test_all_forbidden_constructs_are_named_at_once() -> None:
    assert codes_and_lines("{% set a = 1 %}\nb: {{ f() }}\nc: {{ x | attr('y') }}\n") == [("MW303", 1), ("MW303", 2), ("MW303", 3)]


def test_the_list_is_short() -> None:
    assert len(NODES) <= 24
    assert len(FILTERS) <= 16
    assert len(TESTS) <= 12


HUGE: tuple[tuple[str, dict[str, Any]], ...] = (
    ("{% for a in l %}{% for b in l %}{% for c in l %}{% endfor %}{% endfor %}{% endfor %}a: 1\n", {"l": list(range(1000))}),
    ("a:\n{% for a in l %}{% for b in l %}\n- {{ b }}\n{% endfor %}{% endfor %}\n", {"l": list(range(200))}),
    ("{% for a in l %}{% for b in l %}{# #}" + "# " + "x" * 5000 + "\n{% endfor %}{% endfor %}\n", {"l": list(range(100))}),
    ("a: {{ x" + " | replace('a', 'aaaaaaaaaa')" * 20 + " }}\n", {"x": "aaaa"}),
    ("a: {{ l | join(l | join(l | join('x'))) }}\n", {"l": ["y" * 100] * 1000}),
    ("a:\n{% for a in l %}\n- {{ big }}\n{% endfor %}\n", {"l": list(range(15_000)), "big": {"x": ["y" * 100] * 100}}),
    ("a:\n{% for a in l %}\n- {{ big }}\n{% endfor %}\n", {"l": list(range(15_000)), "big": "y" * 10_000}),
    ("a:\n{% for a in l %}\n- x{{ big }}\n{% endfor %}\n", {"l": list(range(15_000)), "big": 10**1000}),
    ("{% for a in l %}{% if big == other %}{% endif %}{% endfor %}a: 1\n", {"l": list(range(15_000)), "big": [[1]] * 9000, "other": [[1]] * 9000}),
    ("{% for a in l %}{% if big | sort | first == 1 %}{% endif %}{% endfor %}a: 1\n", {"l": list(range(15_000)), "big": list(range(9000))}),
    ("a: {{ big }}\n", {"big": "y" * 5_000_000}),
    ("a:\n" + "- {{x}}\n" * 5_000, {"x": "y" * 1_000}),
)


@pytest.mark.parametrize(("text", "values"), HUGE)
def test_renderings_are_bounded(text: str, values: dict[str, Any]) -> None:
    made, _ = compile_template(text, "t")
    assert made is not None
    start = time.process_time()
    documents, problems = made.render(values)
    assert documents == ()
    assert [p.code for p in problems] == ["MW301"]
    assert "too large" in problems[0].message
    assert time.process_time() - start < 3


def test_deep_values_are_no_crash() -> None:
    deep: Any = 1
    for _ in range(100_000):
        deep = [deep]
    made, _ = compile_template("a: {{ x }}\n", "t")
    assert made is not None
    assert [p.code for p in made.render({"x": deep})[1]] == ["MW301"]
