"""Rules of custom kinds: what they say, and the rules of released kinds."""

from typing import Any

import pytest
import yaml

from modelwright.cel import CelError
from modelwright.cel.rules import Rule, compile_rule
from modelwright.cel.schema import SchemaTypes
from tests.cel.released import FOLDER, report

INTEGER = {"type": "integer"}


def rule(text: str, schema: Any = INTEGER, **more: Any) -> Rule:
    made = compile_rule({"rule": text, **more}, schema, SchemaTypes(schema), minor=34)
    assert isinstance(made, Rule), made
    return made


def test_a_broken_rule_says_its_message() -> None:
    assert rule("self > 0", message="must be positive").broken(0) == "must be positive"
    assert rule("self > 0").broken(0) == "failed rule: self > 0"
    assert rule("self > 0", message="must be positive").broken(1) == ""


def test_a_message_can_be_computed() -> None:
    made = rule("self > 0", messageExpression="'must be positive, not %d'.format([self])", message="no")
    assert made.broken(-1) == "must be positive, not -1"


@pytest.mark.parametrize(
    "text", ["string(1 / (self - self))", "''", "' '", "'two\\nlines'", "self", "unknown"]
)
def test_a_message_that_cannot_be_computed_gives_way(text: str) -> None:
    assert (
        rule("self > 0", messageExpression=text, message="must be positive").broken(-1) == "must be positive"
    )


def test_a_transition_rule_waits_for_a_value_before() -> None:
    made = rule("self >= oldSelf", message="only grows")
    assert made.transition
    assert made.broken(1) == ""
    assert made.broken(1, 2, has_before=True) == "only grows"
    assert made.broken(3, 2, has_before=True) == ""


def test_a_transition_rule_may_be_asked_at_once() -> None:
    made = rule("!oldSelf.hasValue() && self == 1 || self > oldSelf.orValue(0)", optionalOldSelf=True)
    assert made.broken(1) == ""
    assert made.broken(1, 1, has_before=True) != ""
    assert made.broken(2, 1, has_before=True) == ""


def test_a_rule_that_cannot_be_evaluated_says_why() -> None:
    made = rule("self / 0 == 1")
    assert made.broken(1) == "the rule `self / 0 == 1` cannot be evaluated: division by zero"


def test_a_rule_on_open_values_is_refused() -> None:
    schema = {"x-kubernetes-preserve-unknown-fields": True}
    made = compile_rule({"rule": "true"}, schema, SchemaTypes(schema))
    assert isinstance(made, CelError) and made.message.startswith("the schema leaves its values open")


@pytest.mark.skipif(not FOLDER.is_dir(), reason="the released kinds are not here")
@pytest.mark.parametrize(
    "name",
    [
        "keda/v2.20.2/scaledobjects.keda.sh.yaml",
        "kueue/v0.19.2/resourceflavors.kueue.x-k8s.io.yaml",
        "gateway-api-inference-extension/v1.6.0/inferencepools.inference.networking.k8s.io.yaml",
        "opendatahub/opendatahub-operator-v3.0.0/dscinitialization.opendatahub.io_dscinitializations.yaml",
        "openshift-api/head/routes.route.openshift.io.yaml",
        "kserve/v0.20.0/localmodelcaches.serving.kserve.io.yaml",
    ],
)
def test_rules_of_released_kinds_compile_and_answer(name: str) -> None:
    rules, wrong = report([FOLDER / name])
    assert rules > 0 and wrong == []


def test_a_defect_in_a_released_kind_would_be_seen(tmp_path: Any) -> None:
    schema = {
        "type": "object",
        "properties": {"spec": {**INTEGER, "x-kubernetes-validations": [{"rule": "self.x"}]}},
    }
    kind = {
        "kind": "CustomResourceDefinition",
        "spec": {"versions": [{"schema": {"openAPIV3Schema": schema}}]},
    }
    file = tmp_path / "crd.yaml"
    file.write_text(yaml.safe_dump(kind))
    assert report([file]) == (1, ["crd.yaml spec: 1:6: type 'int' does not support field selection"])
