"""Drawn policies and objects: what the server's own admission by policy says, and what we say.

`python -m tests.judge.drawn_policies [SEED] [COUNT]` builds tests/oracle/policies (Go, linking k8s.io/apiserver) and compares
whether a policy means an object, and every message.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from modelwright.judge.catalog import catalog
from modelwright.judge.policies import Policies, policy_problems
from modelwright.judge.policies.defaults import defaulted
from modelwright.judge.policies.match import plural
from modelwright.judge.policies.read import rules_of
from modelwright.model import Manifest, Place, Release

ORACLE = Path(__file__).resolve().parents[2] / "tests" / "oracle" / "policies"
API = "admissionregistration.k8s.io/v1"
HERE = Release("1.34", "0.20")
EXPRESSIONS = """
true
false
object.metadata.name == 'a'
object.metadata.name != request.name
has(object.metadata.labels)
has(object.metadata.labels) && object.metadata.labels.team == 'x'
object.metadata.labels['team'].startsWith('x')
object.?metadata.?labels.?team.orValue('none') != 'none'
oldObject == null
oldObject != null && oldObject.metadata.name == 'a'
request.operation == 'CREATE' && request.kind.kind == 'ConfigMap'
request.resource.resource in ['configmaps', 'pods']
request.namespace == 'team'
has(request.namespace)
request.dryRun
has(request.subResource)
request.options == null
namespaceObject == null
namespaceObject.metadata.name == 'team'
has(namespaceObject.metadata.labels.tier)
namespaceObject.metadata.labels['tier'] == 'gold'
namespaceObject.spec.finalizers.size() > 0
object.data.all(k, k.size() < 3)
object.data.exists(k, object.data[k] == '1')
object.data.size() <= 1
int(object.data.max) < 3
quantity(object.data.size).isLessThan(quantity('1Gi'))
object.spec.containers.all(c, c.image.matches('^registry/.*:[0-9]+$'))
object.spec.containers.map(c, c.name).isSorted()
object.spec.containers[0].resources.limits.cpu == '1'
!object.spec.containers.exists(c, c.?securityContext.?privileged.orValue(false))
variables.name == 'a'
variables.labels.size() > 0
variables.bad == 1
variables.twice == 'aa'
params.data.max == object.data.max
params == null
object.missing.deeper == 1
object.data.max > 1
[1, 2][object.data.size()] == 1
""".strip().splitlines()
VARIABLES = [
    {"name": "name", "expression": "object.metadata.name"},
    {"name": "labels", "expression": "has(object.metadata.labels) ? object.metadata.labels : {}"},
    {"name": "bad", "expression": "object.nothing.at.all"},
    {"name": "twice", "expression": "variables.name + variables.name"},
]
WORDS = ["'it is ' + object.metadata.name", "'  '", "'two\\nlines'", "object.nothing + ''", "string(variables.twice)", "string(1)"]
WILD = [["*"], ["CREATE"], ["UPDATE"], ["CREATE", "UPDATE"]]


def rule(draw: random.Random) -> dict[str, Any]:
    """A rule that means about half of what there is."""
    made: dict[str, Any] = {
        "apiGroups": draw.choice([["*"], ["*"], [""], ["apps"], ["", "scheduling.k8s.io"]]),
        "apiVersions": draw.choice([["*"], ["v1"], ["v1"], ["v1beta1"]]),
        "operations": draw.choice(WILD),
        "resources": draw.choice([["*"], ["*"], ["*"], ["*/*"], ["pods"], ["configmaps", "pods/*"], ["configmaps/status"], ["namespaces"], ["*/scale"]]),
    }
    if draw.random() < 0.3:
        made["scope"] = draw.choice(["*", "Cluster", "Namespaced"])
    if draw.random() < 0.2:
        made["resourceNames"] = draw.choice([["a"], ["b", "c"]])
    return made


def selector(draw: random.Random) -> dict[str, Any]:
    """A label selector; most say nothing."""
    if draw.random() < 0.6:
        return {}
    operator = draw.choice(["In", "NotIn", "Exists", "DoesNotExist"])
    key = draw.choice(["team", "tier"])
    each: dict[str, Any] = {"key": key, "operator": operator}
    if operator.endswith("In"):
        each["values"] = draw.choice([["x"], ["x", "gold"]])
    return draw.choice([{"matchLabels": {key: draw.choice(["x", "gold"])}}, {"matchExpressions": [each]}])


def policy(draw: random.Random) -> dict[str, Any]:
    """A policy whose expressions may fail, but compile."""
    checks = []
    for text in draw.sample(EXPRESSIONS, draw.randint(1, 3)):
        check = {"expression": text}
        if draw.random() < 0.4:
            check["message"] = draw.choice(["no", "  spaced  "])
        if draw.random() < 0.4:
            check["messageExpression"] = draw.choice(WORDS)
        checks.append(check)
    plain = [text for text in EXPRESSIONS if "variables" not in text]
    spec: dict[str, Any] = {
        "failurePolicy": draw.choice(["Fail", "Ignore"]),
        "paramKind": {"apiVersion": "v1", "kind": "ConfigMap"},
        "variables": VARIABLES,
        "validations": checks,
        "matchConstraints": {
            "matchPolicy": "Exact",
            "namespaceSelector": selector(draw),
            "objectSelector": selector(draw),
            "resourceRules": [rule(draw) for _ in range(draw.randint(1, 2))],
            "excludeResourceRules": [rule(draw)] if draw.random() < 0.15 else [],
        },
    }
    if draw.random() < 0.5:
        texts = draw.sample([*plain, *["true"] * 30], draw.randint(1, 2))
        spec["matchConditions"] = [{"name": f"c{i}", "expression": text} for i, text in enumerate(texts)]
    return {"apiVersion": API, "kind": "ValidatingAdmissionPolicy", "metadata": {"name": "p"}, "spec": spec}


def labels(draw: random.Random) -> dict[str, Any]:
    """Metadata with labels, or without."""
    found = {key: draw.choice(["x", "gold", "y"]) for key in ("team", "tier") if draw.random() < 0.5}
    return {"labels": found} if found or draw.random() < 0.2 else {}


def thing(draw: random.Random) -> dict[str, Any]:
    """An object that the server takes."""
    metadata = {"name": draw.choice(["a", "b"]), **labels(draw)}
    kind = draw.choice(["ConfigMap", "ConfigMap", "Pod", "PriorityClass", "Namespace"])
    if kind == "Namespace":
        return {"apiVersion": "v1", "kind": kind, "metadata": metadata}
    if kind == "PriorityClass":
        return {"apiVersion": "scheduling.k8s.io/v1", "kind": kind, "metadata": metadata, "value": 1}
    metadata["namespace"] = "team"
    if kind == "ConfigMap":
        data = {key: draw.choice(["1", "5", "2Gi", "x"]) for key in ("max", "size", "more") if draw.random() < 0.6}
        return {"apiVersion": "v1", "kind": kind, "metadata": metadata, "data": data}
    images = ["registry/app:12", "app", "registry/app:new"]
    names = draw.sample(["main", "side", "zed"], draw.randint(1, 2))
    containers: list[dict[str, Any]] = [{"name": name, "image": draw.choice(images)} for name in names]
    if draw.random() < 0.5:
        containers[0]["resources"] = {"limits": {"cpu": draw.choice(["1", "2"])}}
    if draw.random() < 0.3:
        containers[0]["securityContext"] = {"privileged": draw.random() < 0.5}
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata, "spec": {"containers": containers}}


def row(draw: random.Random) -> dict[str, Any]:
    """What both are asked."""
    about = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team", **labels(draw)}}
    about["metadata"].setdefault("labels", {})["kubernetes.io/metadata.name"] = "team"  # type: ignore[index]
    about |= {"spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}}
    param = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "limits", "namespace": "team"}, "data": {"max": draw.choice(["1", "5"])}}
    given = thing(draw)
    known = catalog(HERE).schema(given["apiVersion"], given["kind"])
    assert known is not None
    return {
        "policy": policy(draw),
        "object": defaulted(given, known, given["metadata"].get("namespace", "")),
        "resource": plural(given["kind"]),
        "namespace": about if known.namespaced else None,
        "param": param if draw.random() < 0.7 else None,
    }


def ours(each: Mapping[str, Any]) -> list[str]:
    """The messages of a policy, as `judge` finds them."""
    reference = {"paramRef": {"name": "limits", "namespace": "team", "parameterNotFoundAction": "Allow"}} if each["param"] else {}
    spec = {"policyName": "p", "validationActions": ["Deny"], **reference}
    bound = {"apiVersion": API, "kind": "ValidatingAdmissionPolicyBinding", "metadata": {"name": "b"}, "spec": spec}
    objects = [each["policy"], bound, *(each[word] for word in ("namespace", "param") if each[word])]
    policies = Policies(tuple((json.dumps(data), "p.yaml", i, ()) for i, data in enumerate(objects)), 34)
    assert rules_of(policies).problems == (), rules_of(policies).problems
    found = policy_problems([(Manifest(each["object"], place=Place("a.yaml")), None)], policies, catalog(HERE))
    return [problem.message.removeprefix("policy `p`: ") for problem in found]


def theirs(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the server says of each."""
    with tempfile.TemporaryDirectory() as folder:
        binary = Path(folder) / "policies"
        subprocess.run(["go", "build", "-o", str(binary), "."], cwd=ORACLE, check=True)
        text = "".join(json.dumps(each) + "\n" for each in rows)
        done = subprocess.run([str(binary)], input=text, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def main(seed: int = 1, count: int = 2000) -> int:
    """Compare COUNT drawn rows; the exit code is 1 where any differs."""
    draw = random.Random(seed)
    rows = [row(draw) for _ in range(count)]
    differ = denied = failed = 0
    for each, answer in zip(rows, theirs(rows), strict=True):
        mine = ours(each)
        wanted = answer["denied"]
        denied += bool(wanted)
        failed += any("resulted in error" in message for message in wanted)
        if answer.get("error") or [*map(_said, mine)] != [*map(_said, wanted)]:
            differ += 1
            if differ <= 10:
                print(json.dumps(each), "\n  they:", answer, "\n  we:", mine)
    print(f"{count} rows, {denied} denied, {failed} by an error of evaluation, {differ} disagreements")
    return 1 if differ else 0


def _said(message: str) -> str:
    """A message; of an error only where it is, for what is said of a null differs."""
    return message.partition(" resulted in error: ")[0]


if __name__ == "__main__":
    sys.exit(main(*(int(word) for word in sys.argv[1:])))
