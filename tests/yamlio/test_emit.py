"""Writing one canonical way that every reader takes for the same data."""

from __future__ import annotations

import io
import math
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from modelwright.yamlio import emit, read
from modelwright.yamlio.emit import text as written

LAYOUT = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: a
  namespace: b
  labels:
    z: "1"
    a: "true"
  annotations: {}
  finalizers: []
data:
  one: |
    first

      second
  two: |-
    a
    b
  three: |+
    a

  four: "a \\nb"
  five: " a\\n"
  six: ""
items:
- name: x
  ports:
  - 80
  - - 1
    - 2
  - - {}
  - []
- |
  text
- null
- 1.5
last: image/name:tag@sha256
"""


def test_layout() -> None:
    data = {
        "items": [{"name": "x", "ports": [80, [1, 2], [{}], []]}, "text\n", None, 1.5],
        "data": {
            "one": "first\n\n  second\n",
            "two": "a\nb",
            "three": "a\n\n",
            "four": "a \nb",
            "five": " a\n",
            "six": "",
        },
        "metadata": {
            "finalizers": [],
            "annotations": {},
            "labels": {"z": "1", "a": "true"},
            "namespace": "b",
            "name": "a",
        },
        "last": "image/name:tag@sha256",
        "kind": "ConfigMap",
        "apiVersion": "v1",
    }
    found = emit(data)
    assert found.startswith(LAYOUT[: LAYOUT.index("  finalizers:")])
    assert read(found, "f") == ((data,), ())
    ordered = {key: data[key] for key in ("apiVersion", "kind", "metadata", "data", "items", "last")}
    assert emit(ordered) == LAYOUT
    plain = emit(data, canonical=False)
    assert plain.startswith("items:")
    assert read(plain, "f") == ((data,), ())


PLAIN = [
    "a", "gs://bucket/path", "image/name:tag", "nvidia.com/gpu", "10Gi", "500m", "--dtype=half", "a, b", "a b", "$(VAR)",
    "v1", "true story", "yes/no", "it's", 'a "b"', "é", "日本語", "a:b", "8080/tcp", "_x", "/mnt", "a#b", "x}", "a\\b",
]  # fmt: skip
QUOTED = [
    "", "y", "N", "yes", "No", "on", "OFF", "true", "False", "null", "NULL", "~", "~x", "=", "<<", "-", "- a", "--", "---", "--- a",
    "---x", "-x", "...", "1", "-1", "+1", "1.5", ".5", "1e3", "1E+5", "1234567e8", "0777", "08", "0o777", "0x1F", "0b1", "1_000",
    "1,000", "1:30", "190:20:30.15", "2024-01-01", "2024-01-01T00:00:00Z", "2024-01-01 10:00:00", "1.2.3", ".inf", "-.INF",
    ".nan", "nan", "inf", "none", " a", "a ", "a: b", "a:", "a #b", "#a", "@a", "`a`", "%a", "!a", "&a", "*a", "{a}", "[a]",
    "|", ">", "'a'", '"a"', "? a", "?", ": a", ",", "a\tb", "a\rb", "\u00a0", "a\u200bb", "a\u202eb", "\ufeffa", "\x00", "\x1b[0m",
    "\u2028", "\x85", "\U000e0001",
]  # fmt: skip


@pytest.mark.parametrize("value", PLAIN)
def test_plain(value: str) -> None:
    assert written(value) == value


@pytest.mark.parametrize("value", QUOTED)
def test_quoted(value: str) -> None:
    found = written(value)
    assert found.startswith('"')
    assert found.isprintable()


@pytest.mark.parametrize("value", PLAIN + QUOTED)
def test_every_reader_agrees(value: str) -> None:
    from ruamel.yaml import YAML

    data = {value: [value, {value: value}], "k": value}
    found = emit(data)
    assert read(found, "f") == ((data,), ())
    assert yaml.safe_load(found) == data
    assert YAML(typ="safe", pure=True).load(io.StringIO(found)) == data


@pytest.mark.parametrize("number", [0, -1, 2**63, 0.1, 1.0, -0.0, 1e20, 1e-7, 1.5e300, 5e-324, 1e16, 123456789.125])
def test_numbers(number: float) -> None:
    found = emit([number])
    assert read(found, "f")[0] == ([number],)
    loaded = yaml.safe_load(found)[0]
    assert loaded == number
    assert isinstance(loaded, type(number))


def test_what_no_cluster_holds_stays_a_problem() -> None:
    for number in (math.inf, -math.inf, math.nan):
        assert [p.code for p in read(emit({"a": number}), "f")[1]] == ["MW105"]


def test_half_characters_are_replaced() -> None:
    assert read(emit({"a": "x\ud800"}), "f") == (({"a": "x\ufffd"},), ())


def test_keys_that_are_not_text() -> None:
    data: Any = {True: 1, 2: 2, None: 3}
    assert read(emit(data), "f") == (({"true": 1, "2": 2, "null": 3},), ())


def test_long_keys() -> None:
    data = {"k" * 2000: {"a": ["b"]}, "\x01" * 400: ["x", "y\nz"], "l" * 1500: "m\nn", "e" * 1100: {}}
    nested = {"a": [data, [data]]}
    for value in (data, nested):
        assert read(emit(value), "f") == ((value,), ())
        assert yaml.safe_load(emit(value)) == value


def test_empty() -> None:
    assert emit({}) == "{}\n"
    assert emit([]) == "[]\n"


# Half characters are the one thing YAML cannot write.
characters = st.characters(exclude_categories=["Cs"])
tricky = st.sampled_from([*PLAIN, *QUOTED, "a\nb", "a\n\n", "\n", " a\nb", "a\n b\n", "a\n\tb", "\ta\nb", "a\n ", "a\n---\nb\n"])
words = st.text(alphabet="yYnNoOeEsStTrRuUfFxX0178.-+_:# ~=<\n\t'\"\\|>", max_size=6)
strings = tricky | words | st.text(characters, max_size=12)
integers = st.integers(min_value=-(2**63), max_value=2**64 - 1)
# Of larger whole ones the server keeps as many digits as make the float.
floats = st.floats(allow_nan=False, allow_infinity=False).filter(lambda f: not 2**53 <= abs(f) < 2**63)
scalars = st.none() | st.booleans() | integers | floats | strings
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(strings, inner, max_size=4), max_leaves=12
)
roots = st.dictionaries(strings, values, max_size=4) | st.lists(values, max_size=4)


@settings(max_examples=400, deadline=None)
@given(roots)
def test_round_trip(data: Any) -> None:
    found = emit(data)
    assert read(found, "f") == ((data,), ())
    assert emit(read(emit(data, canonical=False), "f")[0][0], canonical=False) == emit(_as_read(data), canonical=False)
    assert yaml.load(found, Loader=yaml.CSafeLoader) == data


@settings(max_examples=60, deadline=None)
@given(roots)
def test_yaml_1_2_reads_the_same(data: Any) -> None:
    from ruamel.yaml import YAML

    assert YAML(typ="safe", pure=True).load(io.StringIO(emit(data))) == data


def _as_read(data: Any) -> Any:
    """Whole floats come back as whole numbers, as from the server."""
    if isinstance(data, dict):
        return {key: _as_read(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_as_read(value) for value in data]
    if isinstance(data, float) and data.is_integer() and abs(data) < 2**63:
        return int(data)
    return data
