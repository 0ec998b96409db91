"""Values pass as data, absent ones vanish, documents come and go."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelwright.expand import template as template_room
from modelwright.expand.template import (
    OMIT,
    Derived,
    Rendered,
    Template,
    check_paths,
    compile_template,
    derived,
)
from modelwright.model import Mark
from modelwright.problems import Problem


def template(text: str, roots: frozenset[str] | None = None) -> Template:
    made, problems = compile_template(text, "t.yaml.j2", roots)
    assert made is not None, problems
    return made


def rendered(text: str, **values: Any) -> tuple[Rendered, ...]:
    documents, problems = template(text).render(values)
    assert problems == ()
    return documents


def data(text: str, **values: Any) -> Any:
    (document,) = rendered(text, **values)
    return document.data


def problem(text: str, **values: Any) -> Problem:
    documents, problems = template(text).render(values)
    assert documents == ()
    assert [p.code for p in problems] == ["MW301"]
    return problems[0]


NASTY = (
    "{{ x }}", "{% if x %}", "}}", '"', "'", '"\'', "a: b", "a #b", "# a", "- a", "[a", "{a: b}", "&a", "*a", "!!int 1",
    "|", ">-", "a\nb\n", "\n", "---", "a\n---\nkind: Secret\n", "...", "\t", " a ", "", "null", "~", "true", "yes", "1",
    "0x1F", "1e3", "<<", "%YAML 1.1", "\ue000", "\ue0000\ue001", "\ue0010\ue000", "\\ue000", "\u2028", "\x07", "é☃𝒳", "\r\n",
)  # fmt: skip


@pytest.mark.parametrize("value", NASTY)
def test_text_is_never_syntax(value: str) -> None:
    text = "a: {{ v }}\nb: {x: {{ v }}, l: [{{ v }}]}\nc: 'in {{ v }}.'\nd: \"{{ v }}\"\n{{ v }}: k\nz: 1\n"
    wanted = {"a": value, "b": {"x": value, "l": [value]}, "c": f"in {value}.", "d": value, value: "k", "z": 1}
    assert data(text, v=value) == wanted


SPARSE = """\
a: {{ m.a }}
b:
  c: {{ m.b.c }}
  d: [{{ m.b.d }}, {{ n }}]
"{{ m.k }}": {{ m.b.c }}
"{{ n }}-{{ m.a }}": 1
e: "{{ m.a }}/{{ n }}"
f: {empty: {}, none: [], some: {{ m.b }}}
g: {h: {i: {{ m.b.d }}}, j: {{ m.l[0] }}}
{% for item in m.l %}
"x{{ item }}": {{ m.a }}
{% endfor %}
"""
LEAVES = st.none() | st.text("ab", max_size=2) | st.integers(0, 2) | st.lists(st.text("ab", max_size=1), max_size=2)
VALUES = st.fixed_dictionaries(
    {},
    optional={
        "m": st.dictionaries(st.sampled_from("abkl"), LEAVES | st.dictionaries(st.sampled_from("cdxyz"), LEAVES), max_size=4),
        "n": LEAVES | st.dictionaries(st.text("ab", max_size=1), LEAVES, max_size=2),
    },
)


@settings(deadline=None)
@given(VALUES, st.booleans())
def test_what_nothing_fills_is_left_out_as_if_it_were_filled(values: dict[str, Any], computed: bool) -> None:
    """Skeletons without absent holes, and whole ones, give the same data and the same problems."""
    if computed and "m" in values:
        values["m"] = derived(values["m"], "word")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(template_room, "MAX_KEPT", -1)  # so that no shape is kept, and none pruned
        whole = template(SPARSE).render(values)
    assert outcome(template(SPARSE).render(values)) == outcome(whole)


def outcome(made: tuple[tuple[Rendered, ...], tuple[Problem, ...]]) -> Any:
    documents, problems = made
    return [(d.data, dict(d.origins)) for d in documents], problems


@pytest.mark.parametrize(
    "value", [0, 1, -5, 2**70, 1.5, True, False, [], {}, "", [1, [2, {"a": []}]], {"a": {"b": [None, 1]}.get("x", {})}, [{}], "a\n  b"]
)
def test_types_pass(value: Any) -> None:
    made = data("a: {{ v }}\n", v=value)["a"]
    assert made == value
    assert type(made) is type(value)


JSON = st.recursive(
    st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
ANYWHERE = template("a: {{ v }}\nb: {c: {{ v }}, d: [{{ v }}]}\n{% for x in [v] %}\ne:\n- {f: {{ x }}}\n{% endfor %}\n")


@given(JSON)
@settings(max_examples=300, deadline=None)
def test_any_value_comes_back_equal(value: Any) -> None:
    ((document,), problems) = ANYWHERE.render({"v": value})
    assert problems == ()
    assert document.data == {"a": value, "b": {"c": value, "d": [value]}, "e": [{"f": value}]}


@given(st.text(), st.text())
@settings(max_examples=200, deadline=None)
def test_any_text_stands_within_text(one: str, two: str) -> None:
    assert data("a: 'x{{ a }}-{{ b }}'\nb: |\n  {{ a }}{{ b }}\n", a=one, b=two) == {"a": f"x{one}-{two}", "b": f"{one}{two}\n"}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a: {{ no }}\nz: 1\n", {"z": 1}),
        ("a: {{ no.where.at.all }}\nz: 1\n", {"z": 1}),
        ("a: {{ null }}\nz: 1\n", {"z": 1}),
        ("a: {{ omit }}\nz: 1\n", {"z": 1}),
        ("a: {b: {c: {{ no }}}}\nz: 1\n", {"z": 1}),
        ("a: {b: {{ no }}, c: 1}\n", {"a": {"c": 1}}),
        ("a: [{{ no }}]\nz: 1\n", {"z": 1}),
        ("a:\n- {{ no }}\n- x\n- {b: {{ no }}}\n", {"a": ["x"]}),
        ("a: {{ list }}\n", {"a": [1]}),
        ("a: {{ gone }}\nz: 1\n", {"z": 1}),
        ("a: s3://{{ no }}/x\nz: 1\n", {"z": 1}),
        ("a: {{ 's3://' ~ no }}\nz: 1\n", {"z": 1}),
        ("{{ no }}: {b: 1}\nz: 1\n", {"z": 1}),
        ("a: {{ 100 - no }}\nz: 1\n", {"z": 1}),
        ("a: {{ no | upper | trim }}\nz: 1\n", {"z": 1}),
        ("a: {{ 1 if no }}\nz: 1\n", {"z": 1}),
        ("a: {}\nb: 0\nc: false\nd: ''\ne: []\n", {"a": {}, "b": 0, "c": False, "d": "", "e": []}),
        ("a: null\nb: ~\nc: [null]\n", {"a": None, "b": None, "c": [None]}),
        ("a:\nb:\n# note\nc: {d: , e: ~}\nf: [1, null]\n", {"c": {"e": None}, "f": [1, None]}),
        ("a:\n{% if no %}\n  b: 1\n{% endif %}\nz: 1\n", {"z": 1}),
        ("a:\n  b:\n{% for x in no %}\n  - {{ x }}\n{% endfor %}\nz: 1\n", {"z": 1}),
    ],
)
def test_absent_vanishes_and_literals_stay(text: str, wanted: Any) -> None:
    values = {"null": None, "omit": OMIT, "list": [None, 1, OMIT], "gone": {"a": [None], "b": {"c": OMIT}}}
    assert data(text, **values) == wanted


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ("m.a", 1), ("m['a']", 1), ("l[0]", 3), ("l[9]", None), ("l.a", None), ("t.upper", None), ("m.items", "field"),
        ("t | upper", "AB C"), ("t | replace('B', 'x') | lower", "ax c"), ("l | join('-')", "3-1-3"), ("l | sort", [1, 3, 3]),
        ("l | unique", [3, 1]), ("l | first", 3), ("l | last", 3), ("l | length", 3), ("'12' | int + 1", 13), ("'x' | int", None),
        ("no | default(5)", 5), ("'' | default(5)", ""), ("'' | default(5, true)", 5), ("d | default(5)", "dv"),
        ("mix | sort", [True, 2, "a", "b"]), ("odd | unique", [1, True, 1.0]), ("5 | string", "5"), ("true ~ 1", "true1"),
        ("m.a if d == 'dv' else 0", 1), ("d ~ '!'", "dv!"), ("d is string", True), ("no == none", True), ("l is sequence", True),
        ("t is sequence", False), ("m is mapping", True), ("no > 1", False), ("3 in l", True), ("3 in no", False), ("l + [d]", [3, 1, 3, "dv"]),
        ("[no, d, {'k': d}]", ["dv", {"k": "dv"}]), ("{d: no, 'z': 1}", {"z": 1}), ("no or d", "dv"), ("dm.x.y", 7), ("not no", True),
        ("no is defined", False), ("d is defined", True), ("(1 if no) is defined", False), ("none_in == [1]", True), ("dm == {'x': {'y': 7}}", True),
    ],
)  # fmt: skip
def test_expressions(expression: str, wanted: Any) -> None:
    values = {
        "m": {"a": 1, "items": "field"}, "l": [3, 1, 3], "t": "aB c", "d": derived("dv", "s.d"), "mix": ["b", 2, "a", True],
        "odd": [1, True, 1, 1.0], "dm": derived({"x": {"y": 7}}, "s.m"), "none_in": [1, None],
    }  # fmt: skip
    documents, problems = template(f"a: {{{{ {expression} }}}}\n").render(values)
    assert problems == ()
    made = documents[0].data["a"] if documents else None
    assert made == wanted
    assert type(made) is type(wanted)


def test_loops_and_branches() -> None:
    text = (
        "{% for key, value in pod | dictsort if value is defined %}\n{{ key }}: {{ value }}\n{% endfor %}\n"
        "{% if kind == 'a' %}\nis: a\n{% elif kind == 'b' %}\nis: b\n{% else %}\nis: c\n{% endif %}\n"
        "l:\n{% for item in items %}\n- {i: {{ loop.index }}, at: {{ loop.index0 }}, v: {{ item }}, f: {{ loop.first }}}\n"
        "{% else %}\n- none\n{% endfor %}\n"
    )
    pod = derived({"b": 1, "A": [2], "c": None}, "spec.pod")
    assert data(text, pod=pod, kind=derived("b"), items=derived(["x"])) == {
        "A": [2], "b": 1, "is": "b", "l": [{"i": 1, "at": 0, "v": "x", "f": True}],
    }  # fmt: skip
    assert data(text, kind="") == {"is": "c", "l": ["none"]}


def test_documents_come_and_go() -> None:
    text = "kind: A\n---\n{% if b %}\nkind: B\n{% endif %}\n---\nkind: {{ c }}\nspec: {x: {{ c }}}\n---\n{{ whole }}\n"
    assert [d.data for d in rendered(text, b=True, c="C", whole={"kind": "D"})] == [
        {"kind": "A"}, {"kind": "B"}, {"kind": "C", "spec": {"x": "C"}}, {"kind": "D"},
    ]  # fmt: skip
    assert [d.data for d in rendered(text)] == [{"kind": "A"}]
    assert rendered("") == rendered("# only a note {{ x }}\n") == ()


def test_inputs_are_not_changed_and_outputs_not_shared() -> None:
    values = {"v": {"a": [{"b": derived(1)}]}}
    one, two = (rendered("a: {{ v }}\nb: {c: [1]}\n", **values)[0].data for _ in range(2))
    one["a"]["a"].append(0)
    one["b"]["c"].append(0)
    assert two == {"a": {"a": [{"b": 1}]}, "b": {"c": [1]}}
    assert values == {"v": {"a": [{"b": derived(1)}]}}


ORIGIN_CASES: list[tuple[str, dict[tuple[str | int, ...], tuple[tuple[str | int, ...], ...]]]] = [
    ("a: {{ m.f.n }}\n", {("a",): (("m", "f", "n"),)}),
    ("a: {b: [{{ m.no }}]}\nz: 1\n", {("a", "b", 0): (("m", "no"),)}),
    ("a: x{{ m.f.n }}{{ m.g }}\n", {("a",): (("m", "f", "n"), ("m", "g"))}),
    ("a: {{ m.no | default(m.g) }}\n", {("a",): (("m", "no"), ("m", "g"))}),
    ("a: {{ m.g if m.f.n == 'x' else m.no }}\n", {("a",): (("m", "g"), ("m", "no"), ("m", "f", "n"))}),
    ("a: {{ d }}\n", {("a",): (("s", "d"),)}),
    ("a: {{ d ~ m.g }}\n", {("a",): (("s", "d"), ("m", "g"))}),
    ("a: {{ d | upper }}\n", {("a",): (("s", "d"),)}),
    ("a: {{ dm.x }}\n", {("a",): (("s", "x"),)}),
    ("a: {{ dp.x }}\n", {("a",): (("s", "p"),)}),
    ("a: {{ dm }}\n", {("a",): (("s", "m"),), ("a", "x"): (("s", "x"),)}),
    ("a: {{ nod }}\nz: 1\n", {("a",): (("s", "n"),)}),
    ("a: {{ m.l }}\n", {("a",): (("m", "l"),), ("a", 0): (("m", "l", 1),), ("a", 0, "k"): (("m", "l", 1, "k"),)}),
    ("{{ d }}: 1\n", {("dv",): (("s", "d"),)}),
    (
        "{% for x in m.l %}\nl{{ loop.index }}: {{ x.k }}\n{% endfor %}\n",
        {("l1",): (("m", "l", 0, "k"),), ("l2",): (("m", "l", 1, "k"),)},
    ),
    (
        "l:\n{% for x in m.l %}\n- a: {{ x.k }}\n  b: {{ x.no }}\n{% endfor %}\n",
        {("l", 0, "a"): (("m", "l", 1, "k"),), ("l", 0, "b"): (("m", "l", 1, "no"),)},
    ),
    (
        "{% for k, v in m.f | dictsort %}\n{{ k }}: {{ v }}\n{% endfor %}\n",
        {("n",): (("m", "f", "n"),)},
    ),
    (
        "l:\n{% for r in m.rows %}{% for x in r.c %}\n- {{ x }}\n{% endfor %}{% endfor %}\n",
        {("l", 0): (("m", "rows", 0, "c", 0),), ("l", 1): (("m", "rows", 1, "c", 0),), ("l", 2): (("m", "rows", 1, "c", 1),)},
    ),
    ("l:\n{% for x in dl %}\n- {{ x.k }}\n{% endfor %}\n", {("l", 0): (("s", "l"),)}),
    ("l:\n{% for x in m.ws | unique %}\n- {{ x }}\n{% endfor %}\n", {("l", 0): (("m", "ws"),)}),
    ("l: [{{ m.no }}, {{ m.g }}]\n", {("l", 0): (("m", "g"),)}),
]


@pytest.mark.parametrize(("text", "wanted"), ORIGIN_CASES)
def test_origins(text: str, wanted: Any) -> None:
    values = {
        "m": {
            "f": {"n": "x"}, "g": "g", "l": [None, {"k": 5}], "rows": [{"c": [1]}, {"c": [2, 3]}], "ws": ["w", "w"],
        },
        "d": derived("dv", "s.d"), "dm": derived({"x": derived(1, "s.x")}, "s.m"), "dp": derived({"x": 1}, "s.p"),
        "nod": derived(None, "s.n"), "dl": derived([{"k": 1}], "s.l"),
    }  # fmt: skip
    documents, problems = template(text).render(values)
    assert problems == ()
    found = dict(documents[0].origins)
    assert found == wanted
    assert pickle.loads(pickle.dumps(documents[0].origins)) == found


def test_every_path_is_known_untaken_branches_too() -> None:
    text = (
        "{% if a.b and c is defined %}\nx: {{ d.e | default(f.g) }}\n{% endif %}\n"
        "{% for t in h.l if t.ok %}\ny: {{ t.k }}{{ q ~ 'x' }}\n{% for k, v in t.m | items %}\nz: {{ v.w }}\n{% endfor %}{% endfor %}\n"
    )
    assert template(text).paths() == {
        ("a", "b"), ("c",), ("d", "e"), ("f", "g"), ("h", "l"), ("h", "l", "*", "ok"), ("h", "l", "*", "k"), ("q",),
        ("h", "l", "*", "m"), ("h", "l", "*", "m", "*", "w"),
    }  # fmt: skip


def test_paths_are_checked_against_a_shape() -> None:
    text = "a: {{ spec.fromat.name }}\nb: {{ spec.any.thing.goes }}\n{% for e in spec.env %}\n- {{ e.nmae }}\n{% endfor %}\nc: {{ spce.x }}\n"
    shape = {"spec": {"format": {"name": None}, "any": None, "env": {"*": {"name": None, "value": None}}}}
    assert [(p.code, p.message, p.hint, p.place) for p in check_paths(template(text), shape)] == [
        ("MW302", "`spec` has no `fromat`", "did you mean `format`?", Mark("t.yaml.j2", 1, 7, 1, 23)),
        ("MW302", "`spec.env.*` has no `nmae`", "did you mean `name`?", Mark("t.yaml.j2", 4, 6, 4, 12)),
        ("MW302", "there is no `spce` here", "did you mean `spec`?", Mark("t.yaml.j2", 6, 7, 6, 13)),
    ]
    assert check_paths(template("a: {{ spec.format.name }}\n"), shape) == ()


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\nb: {{ l }} x\n", 2, "a list cannot stand within text"),
        ("a: 1\n{{ m }}: 1\n", 2, "a map cannot stand within text"),
        ("a: 1\nb: {{ t + 1 }}\n", 2, "do not fit together"),
        ("a: 1\nb: {{ 1 if t < 1 }}\n", 2, "do not fit together"),
        ("a: 1\n\n{% if t < 1 %}\nb: 1\n{% endif %}\n", 3, "do not fit together"),
        ("a: 1\n{% for x in t %}\nb: {{ x }}\n{% endfor %}\n", 2, "needs a list or a map, and gets text"),
        ("a: 1\n{% for k, v in l %}\nb: {{ k }}\n{% endfor %}\n", 2, "do not fit together"),
        ("a: 1\n{% for k, v in l | dictsort %}\nb: {{ k }}\n{% endfor %}\n", 2, "needs a map, and gets a list"),
        ("a: 1\nb: {{ [m] | sort }}\n", 2, "a map has no place in an order"),
        ("a: 1\nb: {{ t | join }}\n", 2, "needs a list, and gets text"),
        ("a: 1\nb: {{ inf }}\n", 2, "a number that a manifest cannot hold"),
        ("a: 1\nb: x{{ inf }}\n", 2, "a number that a manifest cannot hold"),
        ("a: 1\nb: [{{ {'x': inf} }}]\n", 2, "a number that a manifest cannot hold"),
        ("a: 1\nb: {{ weird }}\n", 2, "a value of type `set`"),
        ("a: 1\nb: {c: {{ t }}\nd: 2\n", 2, "the template is not YAML"),
        ("a: {{ t }}\nb: 1\n c: 2\n", 3, "the template is not YAML"),
        ("a: 1\na: {{ t }}\n", 2, "said twice"),
        ("t: 1\n{{ t }}: 2\n", 2, "the key `t` is filled in twice"),
        ("a: &x {{ t }}\nb: *x\n", 1, "filled in twice"),
        ("x: &x {k: {{ t }}}\nb: {<<: *x}\n", 1, "filled in twice"),
        ("a: {{ t }}\n<<: {{ m }}\n", 2, "not YAML: `<<`"),
        ("- {{ t }}\n", 1, "a document of a template is a map, and this is a list"),
        ('a: {{ t }}\nb: "\\ue0000\\ue001"\n', 2, "private-use character"),
        ('a: {{ t }}\nb: "\\U0000e0000\\U0000E001"\n', 2, "private-use character"),
        ("a: !!int {{ t }}\n", 1, "the template is not YAML"),
    ],
)
def test_a_failure_is_a_problem_at_its_line(text: str, line: int, words: str) -> None:
    found = problem(text, l=[1], m={"a": 1}, t="t", weird={1}, inf=float("inf"))
    assert words in found.message
    assert "\ue000" not in found.message
    assert "Traceback" not in found.message
    assert isinstance(found.place, Mark)
    assert (found.place.file, found.place.line) == ("t.yaml.j2", line)
    assert found.hint


def test_yaml_is_parsed_once_per_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    import modelwright.yamlio as yamlio

    calls = []
    read = yamlio.read
    monkeypatch.setattr(yamlio, "read", lambda text, file: calls.append(text) or read(text, file))
    made = template("{% for x in l %}\nk{{ loop.index }}: {{ x }}\n{% endfor %}\n")
    for values in ([1], [2], [1, 2], ["{a: b}"]):
        made.render({"l": values})
    assert len(calls) == 2


def test_derived_takes_dotted_paths() -> None:
    assert derived(1, "a.b", ("c", 0)) == Derived(1, (("a", "b"), ("c", 0)))
