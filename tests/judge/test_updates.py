"""What cannot be changed, kind by kind, and what can."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from modelwright.judge import judge
from modelwright.judge.updates import FIXED, by_identity, fixed_notes
from modelwright.model import Manifest, Release

NOW = Release("1.34", "0.20")


def obj(api_version: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": "a"}, **more}


def changed(data: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The object with one value set, or taken away where it is None."""
    made = copy.deepcopy(data)
    *above, last = path.split("/")
    node = made
    for step in above:
        node = node.setdefault(step, {})
    if value is None:
        node.pop(last, None)
    else:
        node[last] = value
    return made


POD = {"metadata": {"labels": {"a": "b"}}, "spec": {"restartPolicy": "Never", "containers": [{"name": "a", "image": "a:1"}]}}
SETS = {"selector": {"matchLabels": {"a": "b"}}, "template": POD}
STATEFUL = obj("apps/v1", "StatefulSet", spec={**SETS, "serviceName": "a"})
JOB = obj("batch/v1", "Job", spec={"template": POD, "completions": 1})
INDEXED = obj("batch/v1", "Job", spec={"template": POD, "completions": 2, "parallelism": 2, "completionMode": "Indexed"})
CLAIM = obj("v1", "PersistentVolumeClaim", spec={
    "accessModes": ["ReadWriteOnce"], "storageClassName": "fast", "resources": {"requests": {"storage": "2Gi"}}})  # fmt: skip
BINDING = obj("rbac.authorization.k8s.io/v1", "RoleBinding", roleRef={"apiGroup": "", "kind": "Role", "name": "a"})
CLASS = obj("storage.k8s.io/v1", "StorageClass", provisioner="a", parameters={"type": "ssd"})
SERVICE = obj("v1", "Service", spec={"clusterIP": "None", "ports": [{"port": 80}]})
SECRET = obj("v1", "Secret", type="Opaque", stringData={"a": "b"}, immutable=True)
SETTINGS = obj("v1", "ConfigMap", data={"a": "b"}, immutable=True)

REFUSED: dict[str, tuple[dict[str, Any], str, Any]] = {
    # what: the object before, the path that changes, its new value
    "selector of a Deployment": (obj("apps/v1", "Deployment", spec=SETS), "spec/selector", {"matchLabels": {"a": "c"}}),
    "selector of a ReplicaSet": (obj("apps/v1", "ReplicaSet", spec=SETS), "spec/selector", {"matchLabels": {"a": "c"}}),
    "selector of a DaemonSet": (obj("apps/v1", "DaemonSet", spec=SETS), "spec/selector", {"matchLabels": {"a": "c"}}),
    "selector of a StatefulSet": (STATEFUL, "spec/selector", {"matchLabels": {"a": "c"}}),
    "service of a StatefulSet": (STATEFUL, "spec/serviceName", "b"),
    "service of a StatefulSet taken away": (STATEFUL, "spec/serviceName", None),
    "order of a StatefulSet": (STATEFUL, "spec/podManagementPolicy", "Parallel"),
    "claims of a StatefulSet": (STATEFUL, "spec/volumeClaimTemplates", [CLAIM]),
    "template of a Job": (JOB, "spec/template/spec/containers", [{"name": "a", "image": "a:2"}]),
    "completions of a Job": (JOB, "spec/completions", 2),
    "completions alone of an Indexed Job": (INDEXED, "spec/completions", 3),
    "mode of a Job": (JOB, "spec/completionMode", "Indexed"),
    "failure policy of a Job": (JOB, "spec/podFailurePolicy", {"rules": []}),
    "type of a Secret": (obj("v1", "Secret", data={}), "type", "kubernetes.io/tls"),
    "immutable Secret": (SECRET, "stringData/a", "c"),
    "immutable ConfigMap": (SETTINGS, "data/a", "c"),
    "no longer immutable": (SETTINGS, "immutable", False),
    "address of a Service": (SERVICE, "spec/clusterIP", "10.0.0.1"),
    "class of a claim": (CLAIM, "spec/storageClassName", "slow"),
    "modes of a claim": (CLAIM, "spec/accessModes", ["ReadWriteMany"]),
    "volume mode of a claim": (CLAIM, "spec/volumeMode", "Block"),
    "smaller claim": (CLAIM, "spec/resources/requests/storage", "2000Mi"),
    "role of a binding": (BINDING, "roleRef/name", "b"),
    "role of a cluster's binding": ({**BINDING, "kind": "ClusterRoleBinding"}, "roleRef/name", "b"),
    "parameters of a class": (CLASS, "parameters/type", "hdd"),
    "provisioner of a class": (CLASS, "provisioner", "b"),
    "reclaim policy of a class": (CLASS, "reclaimPolicy", "Retain"),
    "binding mode of a class": (CLASS, "volumeBindingMode", "WaitForFirstConsumer"),
    "value of a priority": (obj("scheduling.k8s.io/v1", "PriorityClass", value=1), "value", 2),
    "controller of an ingress class": (obj("networking.k8s.io/v1", "IngressClass", spec={"controller": "a/b"}), "spec/controller", "a/c"),
    "handler of a runtime class": (obj("node.k8s.io/v1", "RuntimeClass", handler="a"), "handler", "b"),
    "volume mode of a volume": (obj("v1", "PersistentVolume", spec={}), "spec/volumeMode", "Block"),
    "claim of a device": (obj("resource.k8s.io/v1", "ResourceClaim", spec={"a": 1}), "spec/a", 2),
    "template of such claims": (obj("resource.k8s.io/v1", "ResourceClaimTemplate", spec={"a": 1}), "spec/a", 2),
}  # fmt: skip

TAKEN: dict[str, tuple[dict[str, Any], str, Any]] = {
    "image of a Deployment": (obj("apps/v1", "Deployment", spec=SETS), "spec/template/spec/containers", [{"name": "a", "image": "a:2"}]),
    "replicas of a StatefulSet": (STATEFUL, "spec/replicas", 3),
    "order of a StatefulSet said": (STATEFUL, "spec/podManagementPolicy", "OrderedReady"),
    "parallelism of a Job": (JOB, "spec/parallelism", 2),
    "mode of a Job said": (JOB, "spec/completionMode", "NonIndexed"),
    "template of a Job that waits": (changed(JOB, "spec/suspend", True), "spec/template/spec/nodeSelector", {"a": "b"}),
    "type of a Secret said": (obj("v1", "Secret", data={}), "type", "Opaque"),
    "data of a Secret": (obj("v1", "Secret", stringData={"a": "b"}), "stringData/a", "c"),
    "now immutable": (obj("v1", "ConfigMap", data={"a": "b"}), "immutable", True),
    "address of a Service left out": (SERVICE, "spec/clusterIP", None),
    "service elsewhere": (changed(SERVICE, "spec/type", "ExternalName"), "spec/clusterIP", "10.0.0.1"),
    "larger claim": (CLAIM, "spec/resources/requests/storage", "3Gi"),
    "the same size": (CLAIM, "spec/resources/requests/storage", "2048Mi"),
    "class of a claim left out": (CLAIM, "spec/storageClassName", None),
    "attributes of a claim": (CLAIM, "spec/volumeAttributesClassName", "gold"),
    "subjects of a binding": (BINDING, "subjects", []),
    "growth of a class": (CLASS, "allowVolumeExpansion", True),
    "reclaim policy of a class said": (CLASS, "reclaimPolicy", "Delete"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_changed_is_told_once(name: str) -> None:
    old, path, value = REFUSED[name]
    found = list(fixed_notes(changed(old, path, value), old))
    assert [note[0] for note in found] == ["MW602"]
    assert path.startswith("/".join(map(str, found[0][1])))
    assert found[0][3]
    assert list(fixed_notes(old, old)) == []


@pytest.mark.parametrize("name", TAKEN)
def test_what_can_be_changed_is_not_told(name: str) -> None:
    old, path, value = TAKEN[name]
    assert list(fixed_notes(changed(old, path, value), old)) == []


def test_both_numbers_of_an_indexed_job_may_change_together() -> None:
    assert list(fixed_notes(changed(changed(INDEXED, "spec/completions", 3), "spec/parallelism", 3), INDEXED)) == []


def test_every_kind_of_the_table_is_tried() -> None:
    tried = {(old["apiVersion"].rpartition("/")[0], old["kind"]) for old, _, _ in REFUSED.values()}
    assert tried == set(FIXED)


def test_objects_are_told_apart_by_group_kind_namespace_and_name() -> None:
    other = {**SETTINGS, "metadata": {"name": "a", "namespace": "b"}}
    found = by_identity([{"apiVersion": "v1", "kind": "List", "items": [SETTINGS]}, other, {"kind": "ConfigMap", "metadata": {"generateName": "a"}}])
    assert set(found) == {("", "ConfigMap", "", "a"), ("", "ConfigMap", "b", "a")}
    new = changed(SETTINGS, "data/a", "c")
    assert [p.code for p in judge([Manifest(new)], NOW, previous=found)] == ["MW602"]
    assert judge([Manifest({**new, "metadata": {"name": "c"}})], NOW, previous=found) == ()


NODES = obj("serving.kserve.io/v1alpha1", "LocalModelCache", spec={
    "sourceModelUri": "hf://a/b", "modelSize": "1Gi", "nodeGroups": ["a"]})  # fmt: skip


def test_a_rule_about_changes_is_asked_where_there_is_something_before() -> None:
    new = changed(NODES, "spec/sourceModelUri", "hf://a/c")
    assert judge([Manifest(new)], NOW) == ()
    (found,) = judge([Manifest(new)], NOW, previous=by_identity([NODES]))
    assert (found.code, found.path, found.effect) == ("MW601", ("spec", "sourceModelUri"), "rejected")
    assert judge([Manifest(NODES)], NOW, previous=by_identity([NODES])) == ()


def test_what_was_wrong_before_and_did_not_change_is_forgiven() -> None:
    old = obj("serving.kserve.io/v1beta1", "InferenceService", spec={"predictor": {
        "scaleMetric": "gpu", "model": {"modelFormat": {"name": "onnx"}, "storageUri": "s3://a/b/"}}})  # fmt: skip
    # In this mode no webhook looks at it.
    old["metadata"]["annotations"] = {"serving.kserve.io/deploymentMode": "Standard"}
    new = changed(old, "spec/predictor/minReplicas", 1)
    assert [p.code for p in judge([Manifest(new)], NOW)] == ["MW504"]
    assert judge([Manifest(new)], NOW, previous=by_identity([old])) == ()
    worse = changed(old, "spec/predictor/scaleMetric", "tpu")
    assert [p.code for p in judge([Manifest(worse)], NOW, previous=by_identity([old]))] == ["MW504"]
