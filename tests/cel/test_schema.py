"""A schema gives the rules' values their types."""

from typing import Any

import pytest

from modelwright.cel import CelError
from modelwright.cel.rules import Rule, compile_rule
from modelwright.cel.schema import SchemaTypes, escaped
from modelwright.cel.values import Duration, Timestamp

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "spec": {
            "type": "object",
            "properties": {
                "replicas": {"type": "integer"},
                "ratio": {"type": "number"},
                "port": {"x-kubernetes-int-or-string": True},
                "open": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                "anything": {"x-kubernetes-preserve-unknown-fields": True},
                "labels": {"type": "object", "additionalProperties": {"type": "string"}},
                "weights": {"type": "object", "additionalProperties": {"type": "number"}},
                "since": {"type": "string", "format": "date-time"},
                "day": {"type": "string", "format": "date"},
                "wait": {"type": "string", "format": "duration"},
                "data": {"type": "string", "format": "byte"},
                "names": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
                "containers": {
                    "type": "array",
                    "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": ["name"],
                    "items": {"$ref": "#/$defs/container"},
                },
                "template": {"type": "object", "x-kubernetes-embedded-resource": True},
                "namespace": {"type": "string"},
                "x-y.z/w": {"type": "string"},
                "a__b": {"type": "string"},
                "1st": {"type": "string"},
                "maybe": {"type": "string", "nullable": True},
            },
        }
    },
    "$defs": {
        "container": {
            "type": "object",
            "properties": {"name": {"type": "string"}, "cpu": {"type": "number"}},
        }
    },
}
TYPES = SchemaTypes(SCHEMA)


def rule(text: str, schema: dict[str, Any] = SCHEMA, **more: Any) -> Rule:
    made = compile_rule({"rule": text, **more}, schema, TYPES, resource=schema is SCHEMA)
    assert isinstance(made, Rule), made
    return made


def refused(text: str, schema: dict[str, Any] = SCHEMA) -> str:
    made = compile_rule({"rule": text}, schema, TYPES, resource=schema is SCHEMA)
    assert isinstance(made, CelError)
    return str(made)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("self.spec.replica > 1", "1:11: undefined field 'replica'"),
        ("has(self.spec.replica)", "1:15: undefined field 'replica'"),
        ("self.status.phase == ''", "1:6: undefined field 'status'"),
        ("self.spec.open.field == 1", "1:16: undefined field 'field'"),
        ("self.spec.anything == 1", "1:11: undefined field 'anything'"),
        ("self.spec.namespace == ''", "1:11: undefined field 'namespace'"),
        ("self.metadata.labels == {}", "1:15: undefined field 'labels'"),
        ("self.spec.containers.exists(c, c.image == '')", "1:34: undefined field 'image'"),
        (
            "self.spec.replicas == 1.0",
            "1:20: found no matching overload for '_==_' applied to '(int, double)'",
        ),
        (
            "self.spec.labels.app == 1",
            "1:22: found no matching overload for '_==_' applied to '(string, int)'",
        ),
        ("self.spec.maybe == 1", "1:17: found no matching overload for '_==_' applied to '(string, int)'"),
        ("self.spec.replicas", "1:1: a rule has to be true or false, this one is of type int"),
        (" ", "1:1: a rule needs the text of an expression"),
    ],
)
def test_what_the_schema_does_not_have_is_refused_at_once(text: str, message: str) -> None:
    assert refused(text) == message


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("self.spec.ratio == 2.0", {"ratio": 2}),
        ("self.spec.replicas == 2", {"replicas": 2.0}),
        ("self.spec.weights.all(k, self.spec.weights[k] < 2.5)", {"weights": {"a": 1}}),
        ("type(self.spec.port) == int ? self.spec.port < 9 : self.spec.port == 'http'", {"port": "http"}),
        ("self.spec.since < timestamp('2021-01-01T00:00:00Z')", {"since": "2020-01-01T00:00:00Z"}),
        ("self.spec.day.getFullYear() == 2020", {"day": "2020-02-03"}),
        ("self.spec.wait == duration('90s')", {"wait": "1m30s"}),
        ("self.spec.data == b'hello'", {"data": "aGVsbG8="}),
        ("self.spec.names == ['b', 'a']", {"names": ["a", "b"]}),
        ("self.spec.names + ['a', 'c'] == ['a', 'b', 'c']", {"names": ["a", "b"]}),
        ("self.spec.containers[0].cpu == 1.0", {"containers": [{"name": "a", "cpu": 1}]}),
        ("self.spec.__namespace__ == 'ns'", {"namespace": "ns"}),
        ("self.spec.x__dash__y__dot__z__slash__w == '1'", {"x-y.z/w": "1"}),
        ("self.spec.a__underscores__b == '2'", {"a__b": "2"}),
        (
            "self.spec.template.kind == 'Pod' && self.spec.template.metadata.name == 'x'",
            {
                "template": {"kind": "Pod", "metadata": {"name": "x"}},
            },
        ),
        ("has(self.spec.maybe) && self.metadata.name == 'n' && self.kind == 'K'", {"maybe": None}),
        ("has(self.spec.open) && !has(self.spec.port)", {"open": {"any": 1}}),
    ],
)
def test_values_have_the_types_of_the_schema(text: str, spec: dict[str, Any]) -> None:
    given = {"kind": "K", "metadata": {"name": "n"}, "spec": spec}
    assert rule(text).broken(given) == ""


def test_lists_by_key_are_equal_in_any_order() -> None:
    made = rule("self == oldSelf", SCHEMA["properties"]["spec"]["properties"]["containers"])
    one, two = {"name": "a", "cpu": 1}, {"name": "b", "cpu": 2.0}
    assert made.broken([one, two], [two, one], has_before=True) == ""
    assert made.broken([one, two], [one, {"name": "b", "cpu": 3}], has_before=True) != ""


def test_values_of_another_type_than_the_schema_says_are_an_error() -> None:
    made = rule("self.spec.since < timestamp('2021-01-01T00:00:00Z')")
    assert "cannot be evaluated: no such overload" in made.broken({"spec": {"since": "yesterday"}})


def test_data_is_not_changed() -> None:
    given = {"spec": {"ratio": 2, "containers": [{"name": "a", "cpu": 1}]}}
    rule("self.spec.ratio == 2.0 && self.spec.containers[0].cpu == 1.0").broken(given)
    assert type(given["spec"]["ratio"]) is int and type(given["spec"]["containers"][0]["cpu"]) is int


def test_only_what_needs_it_is_converted() -> None:
    properties = SCHEMA["properties"]["spec"]["properties"]
    assert TYPES.converter({"type": "object", "properties": {"a": properties["replicas"]}}) is not None
    assert TYPES.converter({"type": "object", "properties": {"a": properties["namespace"]}}) is None
    since, wait = TYPES.converter(properties["since"]), TYPES.converter(properties["wait"])
    assert since and since("1970-01-01T00:00:01Z") == Timestamp(10**9)
    assert wait and wait("1ms") == Duration(10**6)


def test_a_schema_may_go_in_a_circle() -> None:
    tree: dict[str, Any] = {
        "$ref": "#/$defs/node",
        "$defs": {
            "node": {
                "type": "object",
                "properties": {"next": {"$ref": "#/$defs/node"}, "n": {"type": "integer"}},
            }
        },
    }
    types = SchemaTypes(tree)
    made = compile_rule({"rule": "self.next.next.n == 1"}, tree, types)
    assert isinstance(made, Rule)
    assert made.broken({"next": {"next": {"n": 1}}}) == ""


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("plain", "plain"),
        ("namespace", "__namespace__"),
        ("in", "__in__"),
        ("a-b", "a__dash__b"),
        ("a.b", "a__dot__b"),
        ("a/b", "a__slash__b"),
        ("a__b", "a__underscores__b"),
        ("1a", ""),
        ("a b", ""),
        ("", ""),
        ("ä", ""),
    ],
)
def test_names_are_escaped(name: str, word: str) -> None:
    assert escaped(name) == word
