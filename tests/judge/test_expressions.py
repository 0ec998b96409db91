"""Rules of custom kinds, asked of objects as the server asks them."""

from __future__ import annotations

import copy
from typing import Any

from modelwright.judge import judge_document
from modelwright.judge.catalog import KindSchema, packaged
from modelwright.judge.expressions import rule_notes
from modelwright.model import Release

KEDA = Release(kubernetes="1.33", kserve="0.20")
INTEGER = {"type": "integer"}


def kind(spec: dict[str, Any], *rules: dict[str, Any], **more: Any) -> KindSchema:
    properties = {"spec": {"type": "object", "x-kubernetes-validations": list(rules), **spec}}
    return packaged({"type": "object", "properties": properties, **more}, namespaced=True)


def broken(schema: KindSchema, spec: Any, **metadata: Any) -> list[tuple[Any, ...]]:
    data = {"apiVersion": "a/v1", "kind": "A", "metadata": metadata or {"name": "a"}, "spec": spec}
    return [(path, message) for _, path, message, _ in rule_notes(schema, data)]


LEAST = {"rule": "self.least <= self.most", "message": "least must not exceed most"}
TWO: dict[str, Any] = {"properties": {"least": {**INTEGER, "default": 3}, "most": INTEGER}}


def test_a_broken_rule_is_told_in_its_own_words_at_its_place() -> None:
    scaler = {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": {"name": "a"},
        "spec": {
            "scaleTargetRef": {"name": "a"},
            "minReplicaCount": 6,
            "maxReplicaCount": 4,
            "triggers": [{"type": "cron", "metadata": {"start": "0 8 * * *"}}],
        },
    }
    rule = "!has(self.minReplicaCount) || self.minReplicaCount <= (has(self.maxReplicaCount) ? self.maxReplicaCount : 100)"
    ((code, path, message, hint),) = judge_document(scaler, KEDA)
    assert (code, path, hint) == ("MW600", ("spec",), f"the kind's rule: `{rule}`")
    assert message == "minReplicaCount must be less than or equal to maxReplicaCount"
    assert judge_document({**scaler, "spec": {**scaler["spec"], "minReplicaCount": 4}}, KEDA) == []


def test_nothing_is_asked_of_an_object_that_does_not_fit_its_schema() -> None:
    scaler = {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": {"name": "a"},
        "spec": {"minReplicaCount": 6, "maxReplicaCount": 4, "triggers": []},
    }
    assert "MW600" not in [code for code, *_ in judge_document(scaler, KEDA)]


def test_defaults_are_filled_in_first() -> None:
    schema = kind(TWO, LEAST)
    given = {"most": 2}
    assert broken(schema, given) == [(("spec",), "least must not exceed most")]
    assert given == {"most": 2}
    assert broken(schema, {"most": 3}) == []
    assert broken(schema, {"least": None, "most": 2}) == [(("spec",), "least must not exceed most")]


def test_defaults_bring_defaults() -> None:
    inner = {"type": "object", "default": {}, "properties": {"size": {**INTEGER, "default": 1}}}
    schema = kind({"properties": {"inner": inner}}, {"rule": "self.inner.size == 1"})
    assert broken(schema, {}) == []
    assert broken(schema, {"inner": {}}) == []
    assert broken(schema, {"inner": {"size": 2}}) == [(("spec",), "failed rule: self.inner.size == 1")]


def test_a_default_is_not_shared_between_objects() -> None:
    schema = kind(
        {"properties": {"list": {"type": "array", "items": INTEGER, "default": [1]}}},
        {"rule": "self.list == [1]"},
    )
    before = copy.deepcopy(schema.schema)
    assert broken(schema, {}) == broken(schema, {}) == []
    assert schema.schema == before


def test_rules_of_items_and_values_are_asked_of_each() -> None:
    item = {
        "type": "object",
        "properties": {"port": INTEGER},
        "x-kubernetes-validations": [{"rule": "self.port > 0"}],
    }
    lists = {
        "list": {"type": "array", "items": item},
        "map": {"type": "object", "additionalProperties": item},
    }
    spec = {"list": [{"port": 1}, {"port": 0}], "map": {"a": {"port": -1}, "b": {"port": 1}}}
    assert broken(kind({"properties": lists}), spec) == [
        (("spec", "list", 1), "failed rule: self.port > 0"),
        (("spec", "map", "a"), "failed rule: self.port > 0"),
    ]


def test_a_rule_may_blame_a_field() -> None:
    schema = kind(TWO, {**LEAST, "fieldPath": ".most"})
    assert broken(schema, {"most": 1}) == [(("spec", "most"), "least must not exceed most")]


def test_null_is_not_asked_about() -> None:
    field = {"type": "string", "nullable": True, "x-kubernetes-validations": [{"rule": "self.size() > 3"}]}
    assert broken(kind({"properties": {"name": field}}), {"name": None}) == []


def test_a_rule_on_the_whole_object_sees_its_name() -> None:
    schema = packaged(
        {"type": "object", "x-kubernetes-validations": [{"rule": "self.metadata.name.startsWith('a')"}]}, True
    )
    assert broken(schema, {}, name="abc") == []
    assert broken(schema, {}, generateName="a-") == []
    assert broken(schema, {}, name="b") == [((), "failed rule: self.metadata.name.startsWith('a')")]


def test_what_compares_with_the_object_before_is_silent() -> None:
    assert broken(kind(TWO, {"rule": "self == oldSelf"}), {"most": 1}) == []


def test_status_is_the_controllers_affair() -> None:
    status = {
        "type": "object",
        "properties": {"n": INTEGER},
        "x-kubernetes-validations": [{"rule": "self.n > 0"}],
    }
    schema = packaged({"type": "object", "properties": {"status": status}}, True)
    assert list(rule_notes(schema, {"metadata": {"name": "a"}, "status": {"n": 0}})) == []


def test_a_rule_that_does_not_compile_refuses_nothing() -> None:
    assert broken(kind(TWO, {"rule": "self.nothing == 1"}, {"rule": "self.most >"}), {"most": 1}) == []


def test_a_rule_that_fails_on_a_value_is_broken() -> None:
    schema = kind({"properties": {"most": INTEGER}}, {"rule": "self.most > 0"})
    assert broken(schema, {}) == [
        (("spec",), "the rule `self.most > 0` cannot be evaluated: no such key: most")
    ]


def test_a_hundred_broken_items_are_twenty_problems() -> None:
    item = {**INTEGER, "x-kubernetes-validations": [{"rule": "self > 0"}]}
    schema = kind({"properties": {"list": {"type": "array", "items": item}}})
    assert len(broken(schema, {"list": [0] * 100})) == 20


def test_an_object_that_costs_too_much_is_told_so_once() -> None:
    slow = {"rule": "self.all(x, self.all(y, x + y >= 0))"}
    lists = {"type": "array", "items": INTEGER, "x-kubernetes-validations": [slow] * 30}
    schema = kind({"properties": {"list": lists}})
    data = {"apiVersion": "a/v1", "kind": "A", "metadata": {"name": "a"}, "spec": {"list": [1] * 20}}
    assert list(rule_notes(schema, data)) == []
    ((_, path, message, _),) = rule_notes(schema, data, cost=20_000)
    assert (path, message) == (("spec", "list"), "the rules of this kind cost more than the server pays for one object")
