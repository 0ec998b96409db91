"""Messages of several releases become one table in which fields carry the releases that know them."""

from __future__ import annotations

import pytest

from modelwright.importing.protos import camel, table


def test_fields_carry_their_releases() -> None:
    enum = {"Kind": ["A"]}
    old = ({"Spec": {"name": {"type": "string"}, "gone": {"type": "bool"}, "kind": {"type": "enum Kind"}}}, enum)
    new = ({"Spec": {"name": {"type": "string"}, "fresh": {"type": "Inner", "in": "list"}, "kind": {"type": "enum Kind"}}, "Inner": {}}, {"Kind": ["A", "B"]})
    assert table({"2.9": old, "2.10": new}) == {
        "releases": ["2.9", "2.10"],
        "messages": {
            "Spec": {
                "name": {"type": "string"},
                "gone": {"type": "bool", "until": "2.9"},
                "kind": {"type": "enum Kind"},
                "fresh": {"type": "Inner", "in": "list", "since": "2.10"},
            }
        },
        "enums": {"Kind": {"A": {}, "B": {"since": "2.10"}}},
    }


def test_a_field_that_changes_its_type_is_no_table() -> None:
    with pytest.raises(AssertionError, match="changed its type"):
        table({"1": ({"Spec": {"a": {"type": "string"}}}, {}), "2": ({"Spec": {"a": {"type": "bool"}}}, {})})


def test_names_are_spelt_as_json_spells_them() -> None:
    assert [camel(name) for name in ("pipeline_info", "pipelineConfig", "a_1")] == ["pipelineInfo", "pipelineConfig", "a1"]
