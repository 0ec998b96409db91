"""Which lists a strategic merge patch merges, by which key, and which kinds live outside namespaces.

Facts of Kubernetes 1.21's OpenAPI document (`x-kubernetes-patch-strategy`, `x-kubernetes-patch-merge-key`,
`x-kubernetes-list-map-keys`), the only one that Kustomize 5.4 to 5.8 bring along (kyaml/openapi/kubernetesapi/v1_21_2), and
of kyaml `openapi.go` (`precomputedIsNamespaceScoped`). A test holds them against that document.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modelwright.kustomize.ids import Gvk, gvk_of
from modelwright.records import dataclass

_Field = tuple[str, tuple[str, ...] | None]
"""Type of a field's value or of a list's items; and the keys of a list that merges, none for one of single values."""

_CONDITIONS: dict[str, _Field] = {"conditions": ("", ("type",))}
_TEMPLATE: dict[str, _Field] = {"template": ("PodTemplateSpec", None)}
_TYPES: Mapping[str, Mapping[str, _Field]] = {
    "ObjectMeta": {"finalizers": ("", ()), "ownerReferences": ("", ("uid",))},
    "Conditions": _CONDITIONS,
    "Container": {
        "env": ("", ("name",)),
        "ports": ("", ("containerPort", "protocol")),
        "volumeDevices": ("", ("devicePath",)),
        "volumeMounts": ("", ("mountPath",)),
    },
    "EphemeralContainer": {
        "env": ("", ("name",)),
        "volumeDevices": ("", ("devicePath",)),
        "volumeMounts": ("", ("mountPath",)),
    },
    "Volume": {"ephemeral": ("EphemeralVolumeSource", None)},
    "EphemeralVolumeSource": {"volumeClaimTemplate": ("PersistentVolumeClaimTemplate", None)},
    "PersistentVolumeClaimTemplate": {"metadata": ("ObjectMeta", None)},
    "PodSpec": {
        "containers": ("Container", ("name",)),
        "ephemeralContainers": ("EphemeralContainer", ("name",)),
        "hostAliases": ("", ("ip",)),
        "imagePullSecrets": ("", ("name",)),
        "initContainers": ("Container", ("name",)),
        "topologySpreadConstraints": ("", ("topologyKey", "whenUnsatisfiable")),
        "volumes": ("Volume", ("name",)),
    },
    "PodTemplateSpec": {"metadata": ("ObjectMeta", None), "spec": ("PodSpec", None)},
    "PodStatus": {"conditions": ("", ("type",)), "podIPs": ("", ("ip",))},
    "WorkloadSpec": _TEMPLATE,
    "StatefulSetSpec": {**_TEMPLATE, "volumeClaimTemplates": ("PersistentVolumeClaim", None)},
    "JobTemplateSpec": {"metadata": ("ObjectMeta", None), "spec": ("WorkloadSpec", None)},
    "CronJobSpec": {"jobTemplate": ("JobTemplateSpec", None)},
    "NodeSpec": {"podCIDRs": ("", ())},
    "NodeStatus": {"addresses": ("", ("type",)), "conditions": ("", ("type",))},
    "ServiceSpec": {"ports": ("", ("port", "protocol"))},
    "CSINodeSpec": {"drivers": ("", ("name",))},
    # Kinds, of which every one has `metadata`:
    "Object": {},
    "Webhooks": {"webhooks": ("", ("name",))},
    "Workload": {"spec": ("WorkloadSpec", None), "status": ("Conditions", None)},
    "StatefulSet": {"spec": ("StatefulSetSpec", None), "status": ("Conditions", None)},
    "CronJob": {"spec": ("CronJobSpec", None)},
    "ComponentStatus": _CONDITIONS,
    "Status": {"status": ("Conditions", None)},
    "PersistentVolumeClaim": {"status": ("Conditions", None)},
    "Node": {"spec": ("NodeSpec", None), "status": ("NodeStatus", None)},
    "Pod": {"spec": ("PodSpec", None), "status": ("PodStatus", None)},
    "PodTemplate": _TEMPLATE,
    "Service": {"spec": ("ServiceSpec", None), "status": ("Conditions", None)},
    "ServiceAccount": {"secrets": ("", ("name",))},
    "CSINode": {"spec": ("CSINodeSpec", None)},
}
_KINDS: Mapping[str, str] = {
    "admissionregistration.k8s.io/v1 MutatingWebhookConfiguration": "Webhooks",
    "admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration": "Webhooks",
    "admissionregistration.k8s.io/v1beta1 MutatingWebhookConfiguration": "Webhooks",
    "admissionregistration.k8s.io/v1beta1 ValidatingWebhookConfiguration": "Webhooks",
    "apiregistration.k8s.io/v1 APIService": "Status",
    "apiregistration.k8s.io/v1beta1 APIService": "Status",
    "apps/v1 DaemonSet": "Workload",
    "apps/v1 Deployment": "Workload",
    "apps/v1 ReplicaSet": "Workload",
    "apps/v1 StatefulSet": "StatefulSet",
    "batch/v1 CronJob": "CronJob",
    "batch/v1 Job": "Workload",
    "batch/v1beta1 CronJob": "CronJob",
    "policy/v1 PodDisruptionBudget": "Status",
    "policy/v1beta1 PodDisruptionBudget": "Status",
    "storage.k8s.io/v1 CSINode": "CSINode",
    "storage.k8s.io/v1beta1 CSINode": "CSINode",
    "v1 ComponentStatus": "ComponentStatus",
    "v1 Namespace": "Status",
    "v1 Node": "Node",
    "v1 PersistentVolumeClaim": "PersistentVolumeClaim",
    "v1 Pod": "Pod",
    "v1 PodTemplate": "PodTemplate",
    "v1 ReplicationController": "Workload",
    "v1 Service": "Service",
    "v1 ServiceAccount": "ServiceAccount",
}
"""Kinds with more to merge than their metadata."""
_ROOTS = frozenset({"Object", *_KINDS.values()})

_PLAIN = """
v1: Binding ConfigMap Endpoints Event LimitRange PersistentVolume ResourceQuota Secret
apiextensions.k8s.io/v1 apiextensions.k8s.io/v1beta1: CustomResourceDefinition
apps/v1: ControllerRevision
authentication.k8s.io/v1: TokenRequest TokenReview
authentication.k8s.io/v1beta1: TokenReview
authorization.k8s.io/v1 authorization.k8s.io/v1beta1: LocalSubjectAccessReview SelfSubjectAccessReview
  SelfSubjectRulesReview SubjectAccessReview
autoscaling/v1: HorizontalPodAutoscaler Scale
autoscaling/v2beta1 autoscaling/v2beta2: HorizontalPodAutoscaler
certificates.k8s.io/v1 certificates.k8s.io/v1beta1: CertificateSigningRequest
coordination.k8s.io/v1 coordination.k8s.io/v1beta1: Lease
discovery.k8s.io/v1 discovery.k8s.io/v1beta1: EndpointSlice
events.k8s.io/v1 events.k8s.io/v1beta1: Event
extensions/v1beta1: Ingress
flowcontrol.apiserver.k8s.io/v1beta1: FlowSchema PriorityLevelConfiguration
networking.k8s.io/v1: Ingress IngressClass NetworkPolicy
networking.k8s.io/v1beta1: Ingress IngressClass
node.k8s.io/v1 node.k8s.io/v1beta1: RuntimeClass
policy/v1beta1: Eviction PodSecurityPolicy
rbac.authorization.k8s.io/v1 rbac.authorization.k8s.io/v1beta1: ClusterRole ClusterRoleBinding Role RoleBinding
scheduling.k8s.io/v1 scheduling.k8s.io/v1beta1: PriorityClass
storage.k8s.io/v1: CSIDriver StorageClass VolumeAttachment
storage.k8s.io/v1beta1: CSIDriver CSIStorageCapacity StorageClass VolumeAttachment
"""
"""Kinds of which nothing merges but finalizers and owner references."""

_OUTSIDE = """
admissionregistration.k8s.io/v1 admissionregistration.k8s.io/v1beta1: MutatingWebhookConfiguration
  ValidatingWebhookConfiguration
apiextensions.k8s.io/v1 apiextensions.k8s.io/v1beta1: CustomResourceDefinition
apiregistration.k8s.io/v1 apiregistration.k8s.io/v1beta1: APIService
certificates.k8s.io/v1 certificates.k8s.io/v1beta1: CertificateSigningRequest
flowcontrol.apiserver.k8s.io/v1beta1: FlowSchema PriorityLevelConfiguration
networking.k8s.io/v1 networking.k8s.io/v1beta1: IngressClass
node.k8s.io/v1 node.k8s.io/v1beta1: RuntimeClass
policy/v1beta1: PodSecurityPolicy
rbac.authorization.k8s.io/v1 rbac.authorization.k8s.io/v1beta1: ClusterRole ClusterRoleBinding
scheduling.k8s.io/v1 scheduling.k8s.io/v1beta1: PriorityClass
storage.k8s.io/v1: CSIDriver CSINode StorageClass VolumeAttachment
storage.k8s.io/v1beta1: CSIDriver CSINode StorageClass VolumeAttachment
v1: ComponentStatus Namespace Node NodeProxyOptions PersistentVolume
"""

_INSIDE = """
apps/v1: ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet
autoscaling/v1: HorizontalPodAutoscaler Scale
autoscaling/v2beta1 autoscaling/v2beta2: HorizontalPodAutoscaler
batch/v1: CronJob Job
batch/v1beta1: CronJob
coordination.k8s.io/v1 coordination.k8s.io/v1beta1: Lease
discovery.k8s.io/v1 discovery.k8s.io/v1beta1: EndpointSlice
events.k8s.io/v1 events.k8s.io/v1beta1: Event
extensions/v1beta1: Ingress
networking.k8s.io/v1: Ingress NetworkPolicy
networking.k8s.io/v1beta1: Ingress
policy/v1 policy/v1beta1: PodDisruptionBudget
rbac.authorization.k8s.io/v1 rbac.authorization.k8s.io/v1beta1: Role RoleBinding
storage.k8s.io/v1beta1: CSIStorageCapacity
v1: ConfigMap Endpoints Event LimitRange PersistentVolumeClaim Pod PodAttachOptions PodExecOptions PodPortForwardOptions
  PodProxyOptions PodTemplate ReplicationController ResourceQuota Secret Service ServiceAccount ServiceProxyOptions
"""


def _listed(text: str) -> frozenset[tuple[str, str]]:
    found = set()
    for line in text.replace("\n  ", " ").split("\n"):
        versions, _, kinds = line.partition(": ")
        found |= {(version, kind) for version in versions.split() for kind in kinds.split()}
    return frozenset(found)


CLUSTER_KINDS = _listed(_OUTSIDE)
NAMESPACED_KINDS = _listed(_INSIDE)
PLAIN_KINDS = _listed(_PLAIN)


class Schema:
    """What is known of a value."""

    def field(self, key: str) -> Schema | None:
        """Of a map's field; None where nothing is known of it."""
        raise NotImplementedError

    def items(self) -> Schema | None:
        """Of a list's items."""
        raise NotImplementedError

    def keys(self) -> tuple[str, ...] | None:
        """Keys that tell items apart; none for single values, None for a list that is replaced whole."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Native(Schema):
    """Of a kind Kubernetes 1.21 knows."""

    type: str
    merge: tuple[str, ...] | None = None

    def field(self, key: str) -> Schema | None:
        if key == "metadata" and self.type in _ROOTS:
            return Native("ObjectMeta")
        found = _TYPES.get(self.type, {}).get(key)
        return None if found is None else Native(*found)

    def items(self) -> Schema | None:
        return Native(self.type) if self.type else None

    def keys(self) -> tuple[str, ...] | None:
        return self.merge


@dataclass(frozen=True, slots=True)
class Stated(Schema):
    """Of a kind that a file under `openapi:` describes."""

    node: Mapping[str, Any]
    definitions: Mapping[str, Any]

    def field(self, key: str) -> Schema | None:
        properties, extra = self.node.get("properties"), self.node.get("additionalProperties")
        if isinstance(properties, Mapping) and key in properties:
            return self._at(properties[key])
        return self._at(extra) if isinstance(extra, Mapping) else None

    def items(self) -> Schema | None:
        array = self.node.get("type") in ("array", ["array"])
        return self._at(self.node.get("items")) if array else None

    def keys(self) -> tuple[str, ...] | None:
        strategy = self.node.get("x-kubernetes-patch-strategy")
        if not isinstance(strategy, str) or "merge" not in strategy.split(","):
            return None
        several = self.node.get("x-kubernetes-list-map-keys")
        if isinstance(several, list):
            return tuple(str(key) for key in several)
        key = self.node.get("x-kubernetes-patch-merge-key")
        return (key,) if isinstance(key, str) else ()

    def _at(self, node: Any) -> Schema | None:
        for _ in range(20):
            reference = node.get("$ref") if isinstance(node, Mapping) else None
            if not isinstance(reference, str):
                break
            node = self.definitions.get(reference.removeprefix("#/definitions/").replace("~1", "/").replace("~0", "~"))
        else:
            return None
        return Stated(node, self.definitions) if isinstance(node, Mapping) else None


def native(api_version: str, kind: str) -> Schema | None:
    """The schema of a kind that Kubernetes 1.21 knows."""
    root = _KINDS.get(f"{api_version} {kind}")
    if root is None:
        return Native("Object") if (api_version, kind) in PLAIN_KINDS else None
    return Native(root)


MOST_WORK = 4_000_000
"""Steps of one build: an object looked at, a value walked over. Some minutes at the most."""


class TooMuch(Exception):
    """A build that goes beyond its bounds."""


class Knowledge:
    """What one build knows of kinds. A file under `openapi:` takes the place of what is built in.

    As in kyaml `openapi.go` (`SetSchema`, `initSchema`): the first such file that a build meets counts for all of it; what
    is built in stays known where it was looked up before.
    """

    def __init__(self) -> None:
        self.work = 0
        self._stated: dict[tuple[str, str], Mapping[str, Any]] = {}
        self._scopes: dict[tuple[str, str], bool] = {}
        self._definitions: Mapping[str, Any] = {}
        self._set = False
        self._native = True
        self._asked = False

    def spend(self, steps: int) -> None:
        """Count work, so that no tree takes forever. Raises TooMuch."""
        self.work += steps
        if self.work > MOST_WORK:
            raise TooMuch

    @property
    def set(self) -> bool:
        """Whether a schema or a version was stated."""
        return self._set

    def state_version(self) -> None:
        """The built-in version was asked for by name: nothing else can be set any more."""
        self._set = True

    def state(self, document: Mapping[str, Any]) -> None:
        """Take over a schema file: `definitions`, and `paths` that tell which kinds are in namespaces."""
        self._set = True
        self._native = self._asked
        definitions = document.get("definitions")
        self._definitions = definitions if isinstance(definitions, Mapping) else {}
        for node in self._definitions.values():
            names = node.get("x-kubernetes-group-version-kind") if isinstance(node, Mapping) else None
            for name in names if isinstance(names, list) else ():
                key = _named(name)
                if key:
                    self._stated[key] = node
        paths = document.get("paths")
        for path, entry in paths.items() if isinstance(paths, Mapping) else ():
            get = entry.get("get") if isinstance(entry, Mapping) else None
            key = _named(get.get("x-kubernetes-group-version-kind")) if isinstance(get, Mapping) else None
            if key and "namespaces/{namespace}" in str(path):
                self._scopes[key] = True
            elif key:
                self._scopes.setdefault(key, False)

    def schema(self, api_version: str, kind: str) -> Schema | None:
        """What is known of a kind."""
        self._asked = True
        stated = self._stated.get((api_version, kind))
        if stated is not None:
            return Stated(stated, self._definitions)
        return native(api_version, kind) if self._native else None

    def outside(self, gvk: Gvk) -> bool:
        """Whether a kind certainly lives outside namespaces."""
        key = (gvk.api_version, gvk.kind)
        if key in CLUSTER_KINDS:
            return True
        if key in NAMESPACED_KINDS:
            return False
        self._asked = True
        return self._scopes.get(key) is False


def _named(name: Any) -> tuple[str, str] | None:
    if not isinstance(name, Mapping):
        return None
    group, version, kind = (name.get(part) for part in ("group", "version", "kind"))
    if not isinstance(version, str) or not isinstance(kind, str):
        return None
    gvk = gvk_of(f"{group}/{version}" if isinstance(group, str) and group else version, kind)
    return gvk.api_version, gvk.kind
