"""JSON merge patch: the examples of RFC 7396, appendix A, and its laws."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelwright.expand.merge import merge


@pytest.mark.parametrize(
    ("base", "patch", "wanted"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_examples(base: Any, patch: Any, wanted: Any) -> None:
    before = copy.deepcopy((base, patch))
    assert merge(base, patch) == wanted
    assert (base, patch) == before


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


@given(JSON, JSON)
@settings(max_examples=200, deadline=None)
def test_merging_twice_is_merging_once(base: Any, patch: Any) -> None:
    before = copy.deepcopy((base, patch))
    once = merge(base, patch)
    assert merge(once, patch) == once
    assert (base, patch) == before


def test_the_result_keeps_the_order_of_the_base() -> None:
    assert list(merge({"a": 1, "b": 2}, {"c": 3, "a": 4})) == ["a", "b", "c"]
