"""ValidatingAdmissionPolicies: whom they mean, what they say, and what is wrong with them."""

from __future__ import annotations

import copy
import pickle
import random
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests import scaffold
from tests.judge import drawn_policies

from modelwright.cli import cli
from modelwright.judge import judge
from modelwright.judge.policies import Policies, play, read_policies
from modelwright.load import read_manifests
from modelwright.model import Document, Manifest, Place, Release
from modelwright.problems import Problem
from modelwright.yamlio import emit

HERE = Release("1.34", "0.20")
API = "admissionregistration.k8s.io/v1"
ALL = {"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["CREATE"], "resources": ["*"]}
PODS = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}


def policy(*checks: str | dict[str, Any], name: str = "p", match: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    validations = [{"expression": each} if isinstance(each, str) else each for each in checks]
    constraints = {"resourceRules": [ALL], **(match or {})}
    whole = {"matchConstraints": constraints, "validations": validations, **spec}
    return {"apiVersion": API, "kind": "ValidatingAdmissionPolicy", "metadata": {"name": name}, "spec": whole}


def binding(*actions: str, name: str = "b", of: str = "p", **spec: Any) -> dict[str, Any]:
    whole = {"policyName": of, "validationActions": list(actions or ("Deny",)), **spec}
    return {"apiVersion": API, "kind": "ValidatingAdmissionPolicyBinding", "metadata": {"name": name}, "spec": whole}


def obj(kind: str = "ConfigMap", api: str = "v1", name: str = "a", namespace: str = "team", **more: Any) -> dict[str, Any]:
    metadata: dict[str, Any] = {"name": name, **more.pop("metadata", {})}
    if namespace:
        metadata["namespace"] = namespace
    return {"apiVersion": api, "kind": kind, "metadata": metadata, **more}


def deployment(**spec: Any) -> dict[str, Any]:
    containers = [{"name": "main", "image": "a/b:1"}]
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": containers}}
    return obj("Deployment", "apps/v1", spec={"selector": {"matchLabels": {"a": "b"}}, "template": template, **spec})


def read(*objects: dict[str, Any]) -> tuple[Policies, tuple[Problem, ...]]:
    documents, wrong = read_manifests("policies.yaml", "---\n".join(map(emit, objects)))
    assert not wrong
    return read_policies(documents, HERE)


def said(objects: list[dict[str, Any]], *manifests: dict[str, Any], release: Release = HERE) -> list[tuple[str, str]]:
    policies, wrong = read(*objects)
    assert not [problem for problem in wrong if problem.severity == "error"], wrong
    found = judge([Manifest(each, place=Place("a.yaml", i)) for i, each in enumerate(manifests)], release, policies=policies)
    assert {problem.code for problem in found} <= {"MW860", "MW863"}, found
    return [(problem.severity, problem.message) for problem in found]


def denied(objects: list[dict[str, Any]], *manifests: dict[str, Any]) -> bool:
    return bool(said(objects, *manifests))


# --- whom a policy means ------------------------------------------------------------------------------------------

RULES: dict[str, tuple[dict[str, Any], dict[str, Any], bool]] = {
    # name: (change to a rule about everything, object, whether it is meant)
    "everything": ({}, obj(), True),
    "the group": ({"apiGroups": ["apps"]}, deployment(), True),
    "another group": ({"apiGroups": ["apps"]}, obj(), False),
    "the core group": ({"apiGroups": [""]}, obj(), True),
    "the version": ({"apiVersions": ["v1"]}, obj(), True),
    "another version": ({"apiVersions": ["v2"]}, obj(), False),
    "the resource": ({"resources": ["pods", "configmaps"]}, obj(), True),
    "another resource": ({"resources": ["pods"]}, obj(), False),
    "what is below everything": ({"resources": ["*/*"]}, obj(), True),
    "what is below the resource": ({"resources": ["configmaps/*"]}, obj(), True),
    "a subresource": ({"resources": ["configmaps/status"]}, obj(), False),
    "a plural with es": ({"resources": ["ingresses"]}, obj("Ingress", "networking.k8s.io/v1", spec={"defaultBackend": {"service": {"name": "a", "port": {"number": 1}}}}), True),
    "a plural with ies": ({"resources": ["networkpolicies"]}, obj("NetworkPolicy", "networking.k8s.io/v1", spec={"podSelector": {}}), True),
    "a custom plural": ({"resources": ["gateways"]}, obj("Gateway", "networking.istio.io/v1", spec={}), True),
    "creation": ({"operations": ["UPDATE", "CREATE"]}, obj(), True),
    "any operation": ({"operations": ["*"]}, obj(), True),
    "updates only": ({"operations": ["UPDATE"]}, obj(), False),
    "namespaced": ({"scope": "Namespaced"}, obj(), True),
    "cluster": ({"scope": "Cluster"}, obj(), False),
    "a namespace is of cluster scope": ({"scope": "Cluster"}, obj("Namespace", namespace=""), True),
    "a namespace is not namespaced": ({"scope": "Namespaced"}, obj("Namespace", namespace=""), False),
    "cluster scope": ({"scope": "Cluster"}, obj("PriorityClass", "scheduling.k8s.io/v1", namespace="", value=1), True),
    "the name": ({"resourceNames": ["a"]}, obj(), True),
    "another name": ({"resourceNames": ["b"]}, obj(), False),
}  # fmt: skip


@pytest.mark.parametrize("name", RULES)
def test_rules(name: str) -> None:
    change, manifest, meant = RULES[name]
    rules = [{**ALL, **change}]
    assert denied([policy("false", match={"resourceRules": rules}), binding()], manifest) == meant
    # Excluded is what else would be meant; a binding narrows by the same words.
    assert denied([policy("false", match={"excludeResourceRules": rules}), binding()], manifest) != meant
    assert denied([policy("false"), binding(matchResources={"resourceRules": rules})], manifest) == meant


SELECTORS: list[tuple[dict[str, Any], dict[str, str], bool]] = [
    ({}, {}, True),
    ({"matchLabels": {"a": "1"}}, {"a": "1", "b": "2"}, True),
    ({"matchLabels": {"a": "1"}}, {"a": "2"}, False),
    ({"matchLabels": {"a": "1"}}, {}, False),
    ({"matchExpressions": [{"key": "a", "operator": "In", "values": ["1", "2"]}]}, {"a": "2"}, True),
    ({"matchExpressions": [{"key": "a", "operator": "In", "values": ["1"]}]}, {}, False),
    ({"matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["1"]}]}, {}, True),
    ({"matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["1"]}]}, {"a": "1"}, False),
    ({"matchExpressions": [{"key": "a", "operator": "Exists"}]}, {"a": ""}, True),
    ({"matchExpressions": [{"key": "a", "operator": "DoesNotExist"}]}, {"a": ""}, False),
    ({"matchLabels": {"a": "1"}, "matchExpressions": [{"key": "b", "operator": "Exists"}]}, {"a": "1"}, False),
]


@pytest.mark.parametrize(("selector", "labels", "meant"), SELECTORS)
def test_selectors(selector: dict[str, Any], labels: dict[str, str], meant: bool) -> None:
    by_object = [policy("false", match={"objectSelector": selector}), binding()]
    assert denied(by_object, obj(metadata={"labels": labels})) == meant
    by_namespace = [policy("false", match={"namespaceSelector": selector, "resourceRules": [{**ALL, "resources": ["configmaps"]}]}), binding()]
    namespace = obj("Namespace", name="team", namespace="", metadata={"labels": labels})
    assert denied([*by_namespace, namespace], obj()) == meant
    assert denied(by_namespace, namespace, obj()) == meant


def test_namespaces_that_nobody_knows_are_said() -> None:
    objects = [policy("false", match={"namespaceSelector": {"matchLabels": {"team": "a"}}}), binding()]
    ((level, message),) = said(objects, obj(), obj(name="b"))
    assert level == "note" and "labels of namespace `team`" in message
    assert denied(objects, obj(namespace="", kind="PriorityClass", api="scheduling.k8s.io/v1", value=1))
    named = {"matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": ["kube-system"]}]}
    objects = [policy("false", match={"namespaceSelector": named}), binding()]
    assert denied(objects, obj()) and not denied(objects, obj(namespace="kube-system"))


def test_equivalent_versions_are_not_converted() -> None:
    hpa = obj("HorizontalPodAutoscaler", "autoscaling/v1", spec={"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "a"}, "maxReplicas": 3})
    rules = [{**ALL, "apiGroups": ["autoscaling"], "apiVersions": ["v2"]}]
    ((level, message),) = said([policy("false", match={"resourceRules": rules}), binding()], hpa)
    assert level == "note" and "`v2`" in message
    exact = [policy("false", match={"resourceRules": rules, "matchPolicy": "Exact"}), binding()]
    assert said(exact, hpa) == []


def test_what_replaces_an_object_is_an_update() -> None:
    policies, _ = read(policy("object.data.a == oldObject.data.a", "request.operation == 'UPDATE'", match={"resourceRules": [{**ALL, "operations": ["UPDATE"]}]}), binding())
    for before, count in (({"a": "1"}, 0), ({"a": "2"}, 1), (None, 0)):
        previous = {("", "ConfigMap", "team", "a"): obj(data=before)} if before else {}
        found = judge([Manifest(obj(data={"a": "1"}), place=Place("a.yaml"))], HERE, previous=previous, policies=policies)
        assert [problem.code for problem in found] == ["MW860"] * count
    labelled = policy("false", match={"objectSelector": {"matchLabels": {"a": "b"}}, "resourceRules": [{**ALL, "operations": ["*"]}]})
    policies, _ = read(labelled, binding())
    previous = {("", "ConfigMap", "team", "a"): obj(metadata={"labels": {"a": "b"}})}
    assert judge([Manifest(obj(), place=Place("a.yaml"))], HERE, previous=previous, policies=policies)
    assert not judge([Manifest(obj(), place=Place("a.yaml"))], HERE, policies=policies)


def test_a_namespace_is_in_itself() -> None:
    assert said([policy("request.namespace == 'team' && namespaceObject == null"), binding()], obj("Namespace", name="team", namespace="")) == []


def test_what_policies_never_see() -> None:
    assert said([policy("false"), binding()], policy("true", name="other"), binding(name="c")) == []


# --- what it says -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("actions", "severity"), [(("Deny",), "error"), (("Warn",), "warning"), (("Audit",), "note"), (("Audit", "Deny"), "error")]
)
def test_actions(actions: tuple[str, ...], severity: str) -> None:
    assert said([policy("false"), binding(*actions)], obj()) == [(severity, "policy `p`: failed expression: false")]


def test_the_strongest_binding_tells_a_message_once() -> None:
    objects = [policy("false"), binding("Audit"), binding("Deny", name="c"), binding("Warn", name="d")]
    assert said(objects, obj()) == [("error", "policy `p`: failed expression: false")]


MESSAGES: list[tuple[dict[str, Any], str]] = [
    ({}, "failed expression: object.metadata.name == 'b'"),
    ({"message": " must be b "}, "must be b"),
    ({"message": "no", "messageExpression": "'it is ' + object.metadata.name"}, "it is a"),
    ({"message": "no", "messageExpression": "'  '"}, "no"),
    ({"message": "no", "messageExpression": "'a\\nb'"}, "no"),
    ({"message": "no", "messageExpression": "object.nothing + ''"}, "no"),
    ({"message": "no", "messageExpression": "string(object.metadata.name) + 'x'.replace('x', 'y')"}, "ay"),
]


@pytest.mark.parametrize(("words", "message"), MESSAGES)
def test_messages(words: dict[str, Any], message: str) -> None:
    check = {"expression": "object.metadata.name == 'b'", **words}
    assert said([policy(check), binding()], obj()) == [("error", f"policy `p`: {message}")]


EXPRESSIONS: dict[str, tuple[str, bool]] = {
    "the object": ("object.data.a == '1'", True),
    "no old object": ("oldObject == null", True),
    "the operation": ("request.operation == 'CREATE'", True),
    "its kind": ("request.kind.kind == 'ConfigMap' && request.kind.version == 'v1'", True),
    "its resource": ("request.resource.resource == 'configmaps' && request.resource.group == ''", True),
    "its name": ("request.name == 'a' && request.namespace == 'team'", True),
    "no subresource": ("!has(request.subResource)", True),
    "a dry run": ("!request.dryRun", True),
    "its namespace": ("namespaceObject.metadata.labels['kubernetes.io/metadata.name'] == 'team'", True),
    "labels that are not there": ("has(object.metadata.labels)", False),
    "what the server knows": ("has(object.metadata.uid) && has(object.metadata.creationTimestamp)", True),
    "quantities": ("quantity('1Gi').isGreaterThan(quantity('1Mi'))", True),
    "a regular expression": ("object.metadata.name.matches('^a$')", True),
    "an optional": ("object.?spec.?replicas.orValue(1) == 1", True),
}


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_what_expressions_see(name: str) -> None:
    expression, holds = EXPRESSIONS[name]
    assert denied([policy(expression), binding()], obj(data={"a": "1"})) != holds


def test_fields_that_the_server_fills_in_are_there() -> None:
    checks = [
        "object.spec.replicas == 1",
        "object.spec.strategy.rollingUpdate.maxSurge == '25%'",
        "object.spec.template.spec.restartPolicy == 'Always'",
        "object.spec.template.spec.containers.all(c, c.imagePullPolicy == 'IfNotPresent')",
    ]
    given = deployment()
    assert said([policy(*checks), binding()], given) == []
    assert "replicas" not in given["spec"]
    isvc = obj("InferenceService", "serving.kserve.io/v1beta1", spec={"predictor": {"containers": [{"name": "kserve-container", "ports": [{"containerPort": 1}]}]}})
    assert said([policy("object.spec.predictor.containers[0].ports[0].protocol == 'TCP'"), binding()], isvc) == []


def test_conditions() -> None:
    def conditions(*texts: str) -> list[dict[str, Any]]:
        made = [{"name": f"c{i}", "expression": text} for i, text in enumerate(texts)]
        return [policy("false", matchConditions=made), binding()]

    assert denied(conditions("true", "object.metadata.name == 'a'"), obj())
    assert not denied(conditions("true", "object.metadata.name == 'b'"), obj())
    # One that is false decides, whatever else cannot be evaluated.
    assert not denied(conditions("object.nothing == 1", "false"), obj())
    ((_, message),) = said(conditions("object.nothing == 1"), obj())
    assert message == "policy `p`: expression 'object.nothing == 1' resulted in error: no such key: nothing"
    lenient = conditions("object.nothing == 1")
    lenient[0]["spec"]["failurePolicy"] = "Ignore"
    assert not denied(lenient, obj())
    # The namespace is not among what a condition may see: it is null there.
    assert denied(conditions("namespaceObject == null"), obj())


def test_failures() -> None:
    ((_, message),) = said([policy("object.nothing == 1"), binding()], obj())
    assert message == "policy `p`: expression 'object.nothing == 1' resulted in error: no such key: nothing"
    assert not denied([policy("object.nothing == 1", failurePolicy="Ignore"), binding()], obj())
    assert denied([policy("object.nothing == 1", "false", failurePolicy="Ignore"), binding()], obj())


def test_variables_are_made_when_read_and_once() -> None:
    variables = [
        {"name": "names", "expression": "[object.metadata.name]"},
        {"name": "first", "expression": "variables.names[0]"},
        {"name": "broken", "expression": "object.nothing"},
    ]
    assert not denied([policy("variables.first == 'a'", "variables.names.size() == 1", variables=variables), binding()], obj())
    ((_, message),) = said([policy("variables.broken == 1", variables=variables), binding()], obj())
    assert message.endswith('composited variable "broken" fails to evaluate: no such key: nothing')


PARAMS: dict[str, tuple[dict[str, Any] | None, list[dict[str, Any]], list[str]]] = {
    "by name": ({"name": "limits", "parameterNotFoundAction": "Deny"}, [obj(name="limits", data={"max": "1"})], ["max 1"]),
    "by selector": (
        {"selector": {"matchLabels": {"use": "yes"}}, "parameterNotFoundAction": "Deny"},
        [obj(name=str(i), data={"max": str(i)}, metadata={"labels": {"use": "yes" if i else "no"}}) for i in range(3)],
        ["max 1", "max 2"],
    ),
    "of another namespace": ({"name": "limits", "parameterNotFoundAction": "Allow"}, [obj(name="limits", namespace="other", data={"max": "1"})], []),
    "of a namespace that is named": (
        {"name": "limits", "namespace": "other", "parameterNotFoundAction": "Deny"},
        [obj(name="limits", namespace="other", data={"max": "1"})],
        ["max 1"],
    ),
    "missing and allowed": ({"name": "limits", "parameterNotFoundAction": "Allow"}, [], []),
    "missing and denied": (
        {"name": "limits", "parameterNotFoundAction": "Deny"},
        [],
        ["failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction"],
    ),
    "none asked for": (None, [], ["expression 'params.data.max == object.data.a' resulted in error: no such key: data"]),
}  # fmt: skip


@pytest.mark.parametrize("name", PARAMS)
def test_parameters(name: str) -> None:
    reference, given, messages = PARAMS[name]
    check = {"expression": "params.data.max == object.data.a", "messageExpression": "'max ' + params.data.max"}
    asks = policy(check, paramKind={"apiVersion": "v1", "kind": "ConfigMap"})
    bound = binding(**({"paramRef": reference} if reference else {}))
    found = [message.removeprefix("policy `p`: ") for _, message in said([asks, bound, *given], obj(data={"a": "9"}))]
    assert len(found) == len(messages)
    if name != "none asked for":
        assert found == messages


def test_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(play, "PER_RULE", 100_000)  # a twentieth of what it is
    loop = "object.data.all(a, object.data.all(b, object.data.all(c, object.data.all(d, a + b + c + d != 'x'))))"
    data = {f"k{i}": "v" for i in range(40)}
    ((_, message),) = said([policy(loop), binding()], obj(data=data))
    assert "cost" in message
    assert said([policy(loop, failurePolicy="Ignore"), binding()], obj(data=data)) == []


# --- where it is told ---------------------------------------------------------------------------------------------


def test_the_field_that_a_check_is_about_is_blamed() -> None:
    checks = [
        "object.spec.replicas <= 3",
        "variables.pod.containers.all(c, !c.image.endsWith(':1'))",
        "has(object.metadata.labels) && object.metadata.labels.team != ''",
        "1 == 2",
    ]
    variables = [{"name": "pod", "expression": "object.spec.template.spec"}]
    policies, _ = read(policy(*checks, variables=variables), binding())
    found = judge([Manifest(deployment(replicas=9), place=Place("a.yaml"))], HERE, policies=policies)
    assert [problem.place for problem in found] == [
        Place("a.yaml", 0, ("spec", "replicas")),
        Place("a.yaml", 0, ("spec", "template", "spec")),
        Place("a.yaml", 0, ("metadata",)),
        Place("a.yaml"),
    ]
    assert found[0].related == (("the policy", Place("policies.yaml", 0, ("spec", "validations", 0, "expression"))),)
    assert found[0].effect == "policy"


def test_objects_that_the_server_refuses_anyway_are_not_asked() -> None:
    policies, _ = read(policy("false"), binding())
    found = judge([Manifest(deployment(replicas="many"), place=Place("a.yaml"))], HERE, policies=policies)
    assert [problem.code for problem in found] == ["MW502"]


MODEL = """\
apiVersion: modelwright/v1
kind: Model
metadata: {name: iris}
spec:
  format: sklearn
  source: gs://models/iris
  replicas: {min: 1, max: 4}
  environments: {dev: {}}
"""


def workspace(*objects: dict[str, Any], head: bool = False) -> tuple[str, ...]:
    files = "# file: policies/all.yaml\n" + "---\n".join(map(emit, objects))
    if head:
        return (scaffold.HEAD.replace("{projects: {risk: {}}}", "{projects: {risk: {}}, policies: [policies/all.yaml]}"), MODEL + files)
    lab = "---\napiVersion: modelwright/v1\nkind: Cluster\nmetadata: {name: lab}\n"
    lab += 'spec: {versions: {kubernetes: "1.34", kserve: "0.20"}, mode: standard, policies: [policies/all.yaml]}\n'
    lab += "---\napiVersion: modelwright/v1\nkind: Environment\nmetadata: {name: lab}\nspec: {cluster: lab}\n"
    return (MODEL.replace("{dev: {}}", "{dev: {}, lab: {}}") + lab + files,)


def limit() -> list[dict[str, Any]]:
    rules = [{**ALL, "apiGroups": ["serving.kserve.io"], "resources": ["inferenceservices"]}]
    check = {"expression": "object.spec.predictor.maxReplicas <= 2", "messageExpression": "'at most 2 replicas, not ' + string(object.spec.predictor.maxReplicas)"}
    return [policy(check, name="small", match={"resourceRules": rules}), binding(of="small")]


def test_a_blueprint_is_told_at_its_line_on_the_cluster_that_has_the_policy() -> None:
    (problem,) = scaffold.compiled(*workspace(*limit())).problems
    assert (problem.code, problem.environments) == ("MW860", ("lab",))
    assert problem.message == "policy `small`: at most 2 replicas, not 4"
    assert problem.place == Place("blueprints/blueprint.yaml", 0, ("spec", "replicas", "max"))
    (problem,) = scaffold.compiled(*workspace(*limit(), head=True)).problems
    assert (problem.code, problem.environments) == ("MW860", ("dev",))


def test_policies_travel_to_other_processes() -> None:
    policies, _ = read(*limit())
    assert pickle.loads(pickle.dumps(policies)) == policies


def test_validate_takes_files_and_folders_of_policies(tmp_path: Path) -> None:
    (tmp_path / "all.yaml").write_text("---\n".join(map(emit, [policy("has(object.data)"), binding("Warn")])))
    arguments = ["validate", "-", "--kubernetes", "1.34", "--policies", str(tmp_path)]
    result = CliRunner().invoke(cli, arguments, input=emit(obj()))
    assert result.exit_code == 0 and "MW860 warning: policy `p`: failed expression: has(object.data)" in result.output
    result = CliRunner().invoke(cli, [*arguments, "--fail-on", "warning"], input=emit(obj(data={"a": "b"})))
    assert result.exit_code == 0
    assert CliRunner().invoke(cli, ["validate", "-", "--policies", "nowhere"], input="").exit_code == 2


# --- what is wrong with policies ----------------------------------------------------------------------------------

V = ("spec", "validations", 0)
ODD: dict[str, tuple[list[dict[str, Any]], str, tuple[str | int, ...]]] = {
    "syntax": ([policy("object.a ==")], "MW861", (*V, "expression")),
    "an unknown variable": ([policy("self.a == 1")], "MW861", (*V, "expression")),
    "an unknown field of the request": ([policy("request.nme == 'a'")], "MW861", (*V, "expression")),
    "no boolean": ([policy("'a'")], "MW861", (*V, "expression")),
    "a value of any type": ([policy("object.spec.ok")], "MW861", (*V, "expression")),
    "no expression": ([policy({"expression": " "})], "MW861", V),
    "an empty message": ([policy({"expression": "true", "message": " "})], "MW861", (*V, "message")),
    "a message of two lines": ([policy({"expression": "true", "message": "a\nb"})], "MW861", (*V, "message")),
    "a message that is a number": ([policy({"expression": "true", "messageExpression": "1"})], "MW861", (*V, "messageExpression")),
    "a message that asks": ([policy({"expression": "true", "messageExpression": "authorizer.path('/').check('get').reason()"})], "MW861", (*V, "messageExpression")),
    "params without a kind": ([policy("params.a == 1")], "MW861", (*V, "expression")),
    "a later variable": (
        [policy("true", variables=[{"name": "a", "expression": "variables.b"}, {"name": "b", "expression": "1"}])],
        "MW861",
        ("spec", "variables", 0, "expression"),
    ),
    "a condition of a number": ([policy("true", matchConditions=[{"name": "a", "expression": "1"}])], "MW861", ("spec", "matchConditions", 0, "expression")),
    "variables in a condition": (
        [policy("true", variables=[{"name": "a", "expression": "1"}], matchConditions=[{"name": "a", "expression": "variables.a == 1"}])],
        "MW861",
        ("spec", "matchConditions", 0, "expression"),
    ),
    "an annotation of a number": (
        [policy("true", auditAnnotations=[{"key": "a", "valueExpression": "1"}])],
        "MW861",
        ("spec", "auditAnnotations", 0, "valueExpression"),
    ),
    "no rules": ([policy("true", match={"resourceRules": []})], "MW861", ("spec", "matchConstraints")),
    "a rule without operations": ([policy("true", match={"resourceRules": [{**ALL, "operations": []}]})], "MW861", ("spec", "matchConstraints", "resourceRules", 0)),
    "an odd operation": ([policy("true", match={"resourceRules": [{**ALL, "operations": ["PATCH"]}]})], "MW861", ("spec", "matchConstraints", "resourceRules", 0, "operations")),
    "a star among others": ([policy("true", match={"resourceRules": [{**ALL, "apiGroups": ["*", "apps"]}]})], "MW861", ("spec", "matchConstraints", "resourceRules", 0, "apiGroups")),
    "an odd operator": (
        [policy("true", match={"objectSelector": {"matchExpressions": [{"key": "a", "operator": "Is"}]}})],
        "MW529",
        ("spec", "matchConstraints", "objectSelector", "matchExpressions", 0, "operator"),
    ),
    "In without values": (
        [policy("true", match={"objectSelector": {"matchExpressions": [{"key": "a", "operator": "In"}]}})],
        "MW529",
        ("spec", "matchConstraints", "objectSelector", "matchExpressions", 0, "values"),
    ),
    "an odd match policy": ([policy("true", match={"matchPolicy": "Close"})], "MW861", ("spec", "matchConstraints", "matchPolicy")),
    "an odd failure policy": ([policy("true", failurePolicy="Maybe")], "MW861", ("spec", "failurePolicy")),
    "nothing to say": ([policy()], "MW861", ("spec",)),
    "twice": ([policy("true"), policy("false")], "MW862", ()),
    "an unknown field": ([policy("true", paramsKind={})], "MW501", ("spec", "paramsKind")),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_policies_that_the_server_refuses(name: str) -> None:
    objects, code, path = ODD[name]
    problems = read(*objects, binding())[1]
    assert [problem.code for problem in problems] == [code], problems
    assert isinstance(problems[0].place, Place) and problems[0].place.path == path
    assert problems[0].severity == "error"


BINDINGS: dict[str, tuple[dict[str, Any], str, tuple[str | int, ...], str]] = {
    "of no policy": (binding(of="q"), "MW862", ("spec", "policyName"), "warning"),
    "no action": (binding(validationActions=[]), "MW861", ("spec",), "error"),
    "an odd action": (binding("Forbid"), "MW861", ("spec", "validationActions", 0), "error"),
    "an action twice": (binding("Deny", "Deny"), "MW861", ("spec", "validationActions", 1), "error"),
    "deny and warn": (binding("Deny", "Warn"), "MW861", ("spec", "validationActions"), "error"),
    "a parameter of no name": (binding(paramRef={"parameterNotFoundAction": "Deny"}), "MW861", ("spec", "paramRef"), "error"),
    "an odd answer": (binding(paramRef={"name": "a", "parameterNotFoundAction": "Ask"}), "MW861", ("spec", "paramRef"), "error"),
}


@pytest.mark.parametrize("name", BINDINGS)
def test_bindings_that_make_no_sense(name: str) -> None:
    bound, code, path, severity = BINDINGS[name]
    _, problems = read(policy("true"), binding(name="sound"), bound)
    (problem,) = problems
    assert isinstance(problem.place, Place)
    assert (problem.code, problem.place.path, problem.severity) == (code, path, severity)


def test_a_policy_without_binding_says_nothing_and_is_told() -> None:
    policies, problems = read(policy("false"))
    assert [(problem.code, problem.effect) for problem in problems] == [("MW862", "ignored")]
    assert judge([Manifest(obj(), place=Place("a.yaml"))], HERE, policies=policies) == ()


def test_what_only_a_cluster_can_answer_is_said_once() -> None:
    asks = policy("authorizer.group('apps').resource('pods').check('get').allowed()", "object.metadata.name == 'b'")
    policies, problems = read(asks, binding())
    assert [(problem.code, problem.severity) for problem in problems] == [("MW863", "note")]
    found = judge([Manifest(obj(name=name), place=Place("a.yaml")) for name in "ab"], HERE, policies=policies)
    assert [problem.message for problem in found] == ["policy `p`: failed expression: object.metadata.name == 'b'"]
    _, problems = read(policy("request.userInfo.username == 'argo'"), binding())
    assert [problem.code for problem in problems] == ["MW863"]
    asks["spec"]["matchConditions"] = [{"name": "a", "expression": "!authorizer.path('/').check('get').allowed()"}]
    policies, problems = read(asks, binding())
    assert [problem.code for problem in problems] == ["MW863"]
    assert judge([Manifest(obj(), place=Place("a.yaml"))], HERE, policies=policies) == ()


def test_policies_made_wrong_at_random_are_told_or_asked() -> None:
    draw = random.Random(5)
    odd: list[Any] = [None, "", "x", 0, True, [], {}, ["a"], [None], [{}], {"a": 1}, {"a": None}, "*", ["*"], "object.a", [[]]]
    taken = refused = 0
    for _ in range(250):
        given = drawn_policies.policy(draw)
        bound = binding(paramRef={"selector": {"matchLabels": {"a": "b"}}, "parameterNotFoundAction": "Deny"}, matchResources=given["spec"]["matchConstraints"])
        objects = copy.deepcopy([given, bound, obj(name="limits", metadata={"labels": {"a": "b"}})])
        target = draw.choice(objects[:2])
        *above, last = draw.choice([path for path in _paths(target) if path and path[0] in ("spec", "metadata")])
        node: Any = target
        for step in above:
            node = node[step]
        node[last] = copy.deepcopy(draw.choice(odd))
        documents = [Document(each["kind"], "", each, "p.yaml", index) for index, each in enumerate(objects)]
        policies, problems = read_policies(documents, HERE)
        judge([Manifest(obj(data={"a": "1"}), place=Place("a.yaml"))], HERE, policies=policies)
        refused += any(problem.severity == "error" for problem in problems)
        taken += not problems
    assert taken > 10 and refused > 100, (taken, refused)


def _paths(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(below for step, each in inside for below in _paths(each, (*path, step)))]


def test_functions_of_a_later_minor_do_not_compile() -> None:
    documents, _ = read_manifests("p.yaml", emit(policy("isSemver('1.0.0')")) + "---\n" + emit(binding()))
    assert [p.code for p in read_policies(documents, Release("1.31"))[1]] == ["MW861"]
    assert read_policies(documents, Release("1.34"))[1] == ()
