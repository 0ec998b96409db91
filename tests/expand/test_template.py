"""Holes are filled with data: nothing a value holds can become syntax, and nothing a template says can run."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelwright.expand.merge import merge
from modelwright.expand.template import Derived, Template, compile_template
from modelwright.targets import targets


def template(text: str) -> Template:
    compiled, problems = compile_template(text, "t")
    assert compiled is not None and problems == ()
    return compiled


def render(text: str, **values: Any) -> Any:
    documents, problems = template(text).render(values)
    assert problems == ()
    return [document.data for document in documents]


def test_types_pass() -> None:
    assert render("a: {{ x }}\nb: {{ y }}\n", x=[1, {"q": True}], y='{{ a: "b" # c\n') == [
        {"a": [1, {"q": True}], "b": '{{ a: "b" # c\n'}
    ]


@settings(max_examples=200, deadline=None)
@given(st.recursive(st.booleans() | st.integers() | st.text(), lambda i: st.lists(i) | st.dictionaries(st.text(), i)))
def test_any_value_comes_through(value: Any) -> None:
    assert render("keep: 1\nvalue: {{ x }}\n", x=value) == [{"keep": 1, "value": value}]


def test_what_is_absent_vanishes_with_the_parents_it_emptied() -> None:
    text = "keep: {}\na:\n  b: {{ x.y.z }}\nl:\n- {{ x.y }}\nt: pre-{{ x.q }}\n"
    assert render(text, x={}) == [{"keep": {}}]


def test_a_document_under_an_untaken_branch_vanishes() -> None:
    assert render("{% if x %}\na: 1\n{% endif %}\n---\nb: 2\n", x=None) == [{"b": 2}]


def test_loops_and_keys() -> None:
    assert render("{% for k, v in m | dictsort %}\n{{ k }}: {{ v }}\n{% endfor %}\n", m={"b": 2, "a": [1]}) == [
        {"a": [1], "b": 2}
    ]


def test_origins_name_the_words_read() -> None:
    (document,), _ = template("a: {{ spec.x }}\nb:\n  c: {{ d }}\ne: {{ spec.gone }}\n").render(
        {"spec": {"x": 1}, "d": Derived([1], (("spec", "y"),))}
    )
    assert document.origins[("a",)] == (("spec", "x"),)
    assert document.origins[("b", "c")] == (("spec", "y"),)
    assert document.origins[("e",)] == (("spec", "gone"),)


FORBIDDEN = [
    "{{ ''.__class__ }}", "{{ x() }}", "{{ x.y() }}", "{% macro a() %}{% endmacro %}", "{% include 'x' %}",
    "{% import 'x' as y %}", "{% extends 'x' %}", "{{ 2 * 3 }}", "{{ 2 ** 99 }}", "{{ '%s' % x }}", "{{ x | tojson }}",
    "{{ x | attr('y') }}", "{% set a = 1 %}", "{{ x[y] }}", "{{ self }}", "{{ x[1:2] }}", "{{ x | map('upper') }}",
    "{% call x() %}{% endcall %}", "{% filter upper %}a{% endfilter %}", "{% block a %}{% endblock %}",
    "{% for a in b recursive %}{% endfor %}", "{{ x is callable }}",
]


@pytest.mark.parametrize("construct", FORBIDDEN)
def test_only_the_whitelist_is_allowed(construct: str) -> None:
    compiled, problems = compile_template(f"a: 1\nb: {construct}\n", "t")
    assert compiled is None
    assert problems[0].code == "MW303"
    assert problems[0].place.line == 2


def test_a_syntax_error_names_its_line() -> None:
    _, (problem,) = compile_template("a: 1\nb: {{ x\n", "t")
    assert (problem.code, problem.place.line >= 2) == ("MW301", True)


def test_too_much_is_refused() -> None:
    text = "a:\n{% for x in l %}{% for y in l %}{% for z in l %}\n- {{ z }}\n{% endfor %}{% endfor %}{% endfor %}\n"
    documents, (problem,) = template(text).render({"l": list(range(40))})
    assert documents == () and problem.code == "MW301"


def test_merge_is_json_merge_patch() -> None:
    assert merge({"a": {"b": 1, "c": 2}, "l": [1]}, {"a": {"b": None}, "l": [2]}) == {"a": {"c": 2}, "l": [2]}


def test_a_target_is_one_folder(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from tests.scaffold import compiled

    import modelwright.targets as package

    folder = tmp_path / "toy"
    (folder / "templates").mkdir(parents=True)
    (folder / "templates" / "note.yaml.j2").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ metadata.name }}\ndata:\n  format: {{ spec.format.name }}\n"
    )
    (folder / "__init__.py").write_text(
        "from pathlib import PurePath\n"
        "from modelwright.targets import Piece, Target\n"
        "def pieces(variant, workspace):\n"
        "    return (Piece('note.yaml.j2', variant.values),), ()\n"
        "TARGET = Target('toy', frozenset({'Model'}), PurePath(__file__).parent, pieces)\n"
    )
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path)])
    targets.cache_clear()
    try:
        model = "apiVersion: modelwright/v1\nkind: Model\nmetadata: {name: iris}\nspec: {format: sklearn, source: gs://b/m, environments: {dev: {}}}\n"
        result = compiled(model)
        assert result.problems == ()
        assert "base/risk/iris/configmap.yaml" in result.tree.files
    finally:
        sys.modules.pop("modelwright.targets.toy", None)
        targets.cache_clear()
