"""What the API server fills in before policies see an object: the fields that workloads leave out.

Sources: kubernetes `pkg/apis/core/v1/defaults.go`, `pkg/apis/apps/v1/defaults.go`, `pkg/apis/batch/v1/defaults.go`; for custom
kinds the defaults of their schema. The object itself stays as it is.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping

from modelwright.judge.kinds import KindSchema
from modelwright.typed import Any

Data = dict[str, Any]
UID, CREATED = "00000000-0000-0000-0000-000000000000", "2020-01-01T00:00:00Z"
"""Stand for what no two clusters give the same."""


def defaulted(data: Mapping[str, Any], schema: KindSchema, namespace: str) -> Data:
    """The object as a policy sees it."""
    whole: Data = copy.deepcopy({**data})
    metadata = whole.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    if namespace:
        metadata.setdefault("namespace", namespace)
    metadata.setdefault("uid", UID)
    metadata.setdefault("creationTimestamp", CREATED)
    whole["metadata"] = metadata
    if schema.custom:
        from modelwright.judge.expressions import filled

        return filled(schema, whole)
    fill = _FILL.get(whole.get("kind", ""))
    spec = whole.get("spec")
    if fill is not None and isinstance(spec, dict):
        fill(spec)
    return whole


def _set(data: Data, **values: Any) -> None:
    for name, value in values.items():
        if data.get(name) is None:
            data[name] = value


def _map(data: Data, name: str) -> Data:
    found = data.get(name)
    return found if isinstance(found, dict) else {}


def _maps(data: Data, name: str) -> list[Data]:
    found = data.get(name)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _pod(spec: Data) -> None:
    _set(spec, restartPolicy="Always", dnsPolicy="ClusterFirst", terminationGracePeriodSeconds=30)
    _set(spec, schedulerName="default-scheduler", securityContext={})
    for name in ("initContainers", "containers"):
        for container in _maps(spec, name):
            _container(container)
    for volume in _maps(spec, "volumes"):
        for source in ("configMap", "secret", "projected", "downwardAPI"):
            if isinstance(volume.get(source), dict):
                _set(volume[source], defaultMode=0o644)
        if not set(volume) - {"name"}:
            volume["emptyDir"] = {}


def _container(container: Data) -> None:
    _set(container, terminationMessagePath="/dev/termination-log", terminationMessagePolicy="File")
    image = str(container.get("image") or "")
    tag = image.rpartition("/")[2].partition(":")[2]
    moving = "@" not in image and tag in ("", "latest")
    _set(container, imagePullPolicy="Always" if moving else "IfNotPresent", resources={})
    resources = _map(container, "resources")
    for name, amount in _map(resources, "limits").items():
        if isinstance(resources.setdefault("requests", {}), dict):
            resources["requests"].setdefault(name, amount)
    for port in _maps(container, "ports"):
        _set(port, protocol="TCP")
    for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
        if isinstance(container.get(probe), dict):
            _set(container[probe], timeoutSeconds=1, periodSeconds=10, successThreshold=1, failureThreshold=3)
            if isinstance(container[probe].get("httpGet"), dict):
                _set(container[probe]["httpGet"], path="/", scheme="HTTP")


def _template(spec: Data) -> None:
    _pod(_map(_map(spec, "template"), "spec"))


def _deployment(spec: Data) -> None:
    _set(spec, replicas=1, revisionHistoryLimit=10, progressDeadlineSeconds=600, strategy={})
    strategy = _map(spec, "strategy")
    _set(strategy, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        _set(strategy, rollingUpdate={})
        _set(_map(strategy, "rollingUpdate"), maxUnavailable="25%", maxSurge="25%")
    _template(spec)


def _stateful_set(spec: Data) -> None:
    _set(spec, replicas=1, revisionHistoryLimit=10, podManagementPolicy="OrderedReady", updateStrategy={})
    _set(_map(spec, "updateStrategy"), type="RollingUpdate")
    _template(spec)


def _daemon_set(spec: Data) -> None:
    _set(spec, revisionHistoryLimit=10, updateStrategy={})
    _set(_map(spec, "updateStrategy"), type="RollingUpdate")
    _template(spec)


def _job(spec: Data) -> None:
    _set(spec, backoffLimit=6, completionMode="NonIndexed", suspend=False)
    if spec.get("completions") is None and spec.get("parallelism") is None:
        _set(spec, completions=1)
    _set(spec, parallelism=1)
    _template(spec)


def _cron_job(spec: Data) -> None:
    _set(spec, concurrencyPolicy="Allow", suspend=False, successfulJobsHistoryLimit=3, failedJobsHistoryLimit=1)
    _job(_map(_map(spec, "jobTemplate"), "spec"))


def _service(spec: Data) -> None:
    _set(spec, type="ClusterIP", sessionAffinity="None")
    if spec["type"] != "ExternalName":
        _set(spec, internalTrafficPolicy="Cluster")
    for port in _maps(spec, "ports"):
        _set(port, protocol="TCP", targetPort=port.get("port"))


def _claim(spec: Data) -> None:
    _set(spec, volumeMode="Filesystem")


def _replica_set(spec: Data) -> None:
    _set(spec, replicas=1)
    _template(spec)


_FILL: Mapping[str, Callable[[Data], None]] = {
    "Pod": _pod,
    "Deployment": _deployment,
    "StatefulSet": _stateful_set,
    "DaemonSet": _daemon_set,
    "ReplicaSet": _replica_set,
    "ReplicationController": _replica_set,
    "Job": _job,
    "CronJob": _cron_job,
    "Service": _service,
    "PersistentVolumeClaim": _claim,
}
