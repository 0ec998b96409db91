"""What transformers reach by default, and what `configurations:` and `crds:` add (api/internal/konfig/builtinpluginconsts).

The default fields are facts of Kustomize 5.8; a test holds them against its sources. 5.4 differs in `images` alone: it does
not reach image volumes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from functools import lru_cache

from modelwright.kustomize.fields import FieldSpec, merged
from modelwright.kustomize.ids import Gvk
from modelwright.records import dataclass

_RBAC, _APPS, _BATCH, _ADMISSION = "rbac.authorization.k8s.io", "apps", "batch", "admissionregistration.k8s.io"
_NET = "networking.k8s.io"

_POD_IN = {
    "Pod": "spec",
    "PodTemplate": "template/spec",
    "Deployment": "spec/template/spec",
    "ReplicaSet": "spec/template/spec",
    "DaemonSet": "spec/template/spec",
    "StatefulSet": "spec/template/spec",
    "Job": "spec/template/spec",
    "CronJob": "spec/jobTemplate/spec/template/spec",
    "ReplicationController": "spec/template/spec",
}
"""Where a kind keeps its pod."""
_RUNNING = ("Pod", "StatefulSet", "Deployment", "ReplicationController", "CronJob", "Job", "DaemonSet")
"""Kinds whose claims, accounts and priorities are followed; maps and secrets follow all but ReplicationController."""


@dataclass(frozen=True, slots=True)
class Reference:
    """Fields that name an object of one kind."""

    target: Gvk
    fields: tuple[FieldSpec, ...]


@dataclass(frozen=True, slots=True)
class Config:
    """The fields of each transformer."""

    namePrefix: tuple[FieldSpec, ...] = ()
    nameSuffix: tuple[FieldSpec, ...] = ()
    namespace: tuple[FieldSpec, ...] = ()
    commonLabels: tuple[FieldSpec, ...] = ()
    labels: tuple[FieldSpec, ...] = ()
    templateLabels: tuple[FieldSpec, ...] = ()
    commonAnnotations: tuple[FieldSpec, ...] = ()
    varReference: tuple[FieldSpec, ...] = ()
    images: tuple[FieldSpec, ...] = ()
    replicas: tuple[FieldSpec, ...] = ()
    nameReference: tuple[Reference, ...] = ()

    def merge(self, other: Config) -> Config:
        """Both, as kustomize merges them. Raises Misfit."""
        if other is self or other == _EMPTY:
            return self
        if self == _EMPTY:
            return other
        both = {
            each.name: merged(getattr(self, each.name), getattr(other, each.name))
            for each in fields(self)
            if each.name != "nameReference"
        }
        return Config(**both, nameReference=_references(self.nameReference, other.nameReference))


_EMPTY = Config()
WORDS = tuple(each.name for each in fields(Config))
"""The words of a file under `configurations:`."""


def _references(known: Sequence[Reference], more: Sequence[Reference]) -> tuple[Reference, ...]:
    result = list(known)
    for reference in more:
        index = next((i for i, r in enumerate(result) if r.target == reference.target), None)
        if index is None:
            result.append(reference)
        else:
            result[index] = replace(result[index], fields=merged(result[index].fields, reference.fields))
    return tuple(result)


def _each(paths: Iterable[str], kind: str = "", group: str = "", version: str = "", create: bool = False) -> list[FieldSpec]:
    return [FieldSpec(path, Gvk(group, version, kind), create) for path in paths]


def _pods(kinds: Iterable[str], *paths: str) -> list[FieldSpec]:
    return [FieldSpec(f"{_POD_IN[kind]}/{path}", Gvk("", "", kind)) for kind in kinds for path in paths]


def _pods_v1(*paths: str) -> list[FieldSpec]:
    """The same, for maps and secrets, where only pods of `v1` count."""
    kinds = [kind for kind in _POD_IN if kind != "ReplicationController"]
    return [FieldSpec(f"{_POD_IN[k]}/{path}", Gvk("", "v1" if k == "Pod" else "", k)) for k in kinds for path in paths]


def _metadata_labels() -> list[FieldSpec]:
    made = _each(["metadata/labels"], create=True)
    made += _each(["spec/template/metadata/labels"], "ReplicationController", version="v1", create=True)
    for kind in ("Deployment", "ReplicaSet", "DaemonSet"):
        made += _each(["spec/template/metadata/labels"], kind, create=True)
    sets = ["spec/template/metadata/labels", "spec/volumeClaimTemplates[]/metadata/labels"]
    made += _each(sets, "StatefulSet", _APPS, create=True)
    made += _each(["spec/template/metadata/labels"], "Job", _BATCH, create=True)
    jobs = ["spec/jobTemplate/metadata/labels", "spec/jobTemplate/spec/template/metadata/labels"]
    return made + _each(jobs, "CronJob", _BATCH, create=True)


def _spread(kind: str) -> list[FieldSpec]:
    pod, first, then = "spec/template/spec/", "preferredDuringSchedulingIgnoredDuringExecution", "/labelSelector/matchLabels"
    second = "requiredDuringSchedulingIgnoredDuringExecution"
    paths = [
        f"{pod}affinity/{side}/{way}"
        for side in ("podAffinity", "podAntiAffinity")
        for way in (f"{first}/podAffinityTerm{then}", f"{second}{then}")
    ]
    return _each([*paths, f"{pod}topologySpreadConstraints{then}"], kind, _APPS)


def _common_labels() -> list[FieldSpec]:
    match = "spec/selector/matchLabels"
    made = _each(["spec/selector"], "Service", version="v1", create=True)
    made += _each(["spec/selector"], "ReplicationController", version="v1", create=True)
    for kind in ("Deployment", "ReplicaSet", "DaemonSet"):
        made += _each([match], kind, create=True)
    made += _spread("Deployment")
    made += _each([match], "StatefulSet", _APPS, create=True) + _spread("StatefulSet")
    made += _each([match], "Job", _BATCH) + _each(["spec/jobTemplate/" + match], "CronJob", _BATCH)
    made += _each([match], "PodDisruptionBudget", "policy")
    policy = ["spec/podSelector/matchLabels", "spec/ingress/from/podSelector/matchLabels", "spec/egress/to/podSelector/matchLabels"]
    return made + _each(policy, "NetworkPolicy", _NET) + _metadata_labels()


def _annotations() -> list[FieldSpec]:
    made = _each(["metadata/annotations"], create=True)
    made += _each(["spec/template/metadata/annotations"], "ReplicationController", version="v1", create=True)
    for kind in ("Deployment", "ReplicaSet", "DaemonSet", "StatefulSet"):
        made += _each(["spec/template/metadata/annotations"], kind, create=True)
    made += _each(["spec/template/metadata/annotations"], "Job", _BATCH, create=True)
    jobs = ["spec/jobTemplate/metadata/annotations", "spec/jobTemplate/spec/template/metadata/annotations"]
    return made + _each(jobs, "CronJob", _BATCH, create=True)


def _namespaces() -> list[FieldSpec]:
    made = _each(["metadata/name"], "Namespace", create=True)
    made += _each(["spec/service/namespace"], "APIService", "apiregistration.k8s.io", create=True)
    hook = "spec/conversion/webhook/clientConfig/service/namespace"
    return made + _each([hook], "CustomResourceDefinition", "apiextensions.k8s.io")


def _variables() -> list[FieldSpec]:
    made: list[FieldSpec] = []
    ends = ("args", "command", "env/value", "volumeMounts/mountPath")
    for kind in ("CronJob", "DaemonSet", "Deployment", "Job", "Pod", "ReplicaSet", "StatefulSet"):
        made += _pods([kind], *(f"{where}/{end}" for where in ("containers", "initContainers") for end in ends))
        if kind in ("DaemonSet", "Deployment", "Job", "Pod", "ReplicaSet"):
            made += _pods([kind], "volumes/nfs/server")
    made += _each(["spec/jobTemplate/spec/template/volumes/nfs/server"], "CronJob")
    made += _each(["spec/template/metadata/annotations"], "Deployment")
    made += _each(["spec/rules/host", "spec/tls/hosts", "spec/tls/secretName"], "Ingress")
    made += _each(["spec/ports/port", "spec/ports/targetPort"], "Service")
    made += _each(["spec/volumeClaimTemplates/spec/nfs/server"], "StatefulSet")
    made += _each(["spec/nfs/server"], "PersistentVolume")
    return made + _each(["metadata/labels", "metadata/annotations"])


def _images() -> list[FieldSpec]:
    ends = ("containers[]/image", "initContainers[]/image", "volumes[]/image/reference")
    return _each([f"{pod}/{end}" for pod in ("spec", "spec/template/spec") for end in ends], create=True)


def _name_references() -> list[Reference]:
    scaled = tuple(_each(["spec/scaleTargetRef/name"], "HorizontalPodAutoscaler"))
    made = [Reference(Gvk("", "", k), scaled) for k in ("Deployment", "ReplicationController", "ReplicaSet", "StatefulSet")]
    made.append(Reference(Gvk("", "v1", "ConfigMap"), tuple(_of_config_maps())))
    made.append(Reference(Gvk("", "v1", "Secret"), tuple(_of_secrets())))
    made.append(Reference(Gvk("", "v1", "Service"), tuple(_of_services())))
    role = _each(["roleRef/name"], "RoleBinding", _RBAC)
    both = role + _each(["roleRef/name"], "ClusterRoleBinding", _RBAC)
    made += [Reference(Gvk(_RBAC, "", "Role"), tuple(role)), Reference(Gvk(_RBAC, "", "ClusterRole"), tuple(both))]
    subjects = _each(["subjects"], "RoleBinding", _RBAC) + _each(["subjects"], "ClusterRoleBinding", _RBAC)
    accounts = subjects + _pods(_RUNNING, "serviceAccountName")
    made.append(Reference(Gvk("", "v1", "ServiceAccount"), tuple(accounts)))
    claims = _pods(_RUNNING, "volumes/persistentVolumeClaim/claimName")
    made.append(Reference(Gvk("", "v1", "PersistentVolumeClaim"), tuple(claims)))
    volumes = _each(["spec/volumeName"], "PersistentVolumeClaim") + _each(["rules/resourceNames"], "ClusterRole")
    made.append(Reference(Gvk("", "v1", "PersistentVolume"), tuple(volumes)))
    classes = _each(["spec/storageClassName"], "PersistentVolume") + _each(["spec/storageClassName"], "PersistentVolumeClaim")
    classes += _each(["spec/volumeClaimTemplates/spec/storageClassName"], "StatefulSet")
    made.append(Reference(Gvk("storage.k8s.io", "v1", "StorageClass"), tuple(classes)))
    priorities = _pods(_RUNNING, "priorityClassName")
    made.append(Reference(Gvk("scheduling.k8s.io", "v1", "PriorityClass"), tuple(priorities)))
    # The group of IngressClass is misspelt upstream, so that references to it are never followed.
    made.append(Reference(Gvk(_NET + "/v1", "v1", "IngressClass"), tuple(_each(["spec/ingressClassName"], "Ingress"))))
    bound = _each(["spec/policyName"], "ValidatingAdmissionPolicyBinding", _ADMISSION)
    made.append(Reference(Gvk(_ADMISSION, "", "ValidatingAdmissionPolicy"), tuple(bound)))
    return made


def _of_config_maps() -> list[FieldSpec]:
    made = _pods_v1(
        "volumes/configMap/name",
        "containers/env/valueFrom/configMapKeyRef/name",
        "initContainers/env/valueFrom/configMapKeyRef/name",
        "containers/envFrom/configMapRef/name",
        "initContainers/envFrom/configMapRef/name",
        "volumes/projected/sources/configMap/name",
    )
    made += _each(["spec/configSource/configMap"], "Node")
    made += _each(["rules/resourceNames"], "Role") + _each(["rules/resourceNames"], "ClusterRole")
    return made + _each([r"metadata/annotations/nginx.ingress.kubernetes.io\/fastcgi-params-configmap"], "Ingress")


def _of_secrets() -> list[FieldSpec]:
    made = _pods_v1(
        "volumes/secret/secretName",
        "containers/env/valueFrom/secretKeyRef/name",
        "initContainers/env/valueFrom/secretKeyRef/name",
        "containers/envFrom/secretRef/name",
        "initContainers/envFrom/secretRef/name",
        "imagePullSecrets/name",
        "volumes/projected/sources/secret/name",
    )
    notes = ("ingress.kubernetes.io\\/auth-secret", "nginx.ingress.kubernetes.io\\/auth-secret")
    more = "nginx.ingress.kubernetes.io\\/auth-tls-secret"
    made += _each(["spec/tls/secretName", *(f"metadata/annotations/{each}" for each in (*notes, more))], "Ingress")
    made += _each(["imagePullSecrets/name"], "ServiceAccount")
    words = ("secretName", "adminSecretName", "userSecretName", "secretRef")
    made += _each([f"parameters/{word}" for word in words], "StorageClass")
    made += _each(["rules/resourceNames"], "Role") + _each(["rules/resourceNames"], "ClusterRole")
    knative = ["spec/template/spec/containers/env/valueFrom/secretKeyRef/name"]
    made += _each(knative, "Service", "serving.knative.dev", "v1")
    return made + _each(["spec/azureFile/secretName"], "PersistentVolume")


def _of_services() -> list[FieldSpec]:
    paths = ["rules/http/paths/backend/serviceName", "backend/serviceName", "rules/http/paths/backend/service/name"]
    made = _each(["spec/serviceName"], "StatefulSet", _APPS)
    made += _each([f"spec/{path}" for path in (*paths, "defaultBackend/service/name")], "Ingress")
    made += _each(["spec/service/name"], "APIService", "apiregistration.k8s.io")
    for kind in ("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"):
        made += _each(["webhooks/clientConfig/service"], kind, _ADMISSION)
    return made


@lru_cache(maxsize=1)
def default() -> Config:
    """What kustomize reaches without being told."""
    name = (FieldSpec("metadata/name"),)
    counted = ("Deployment", "ReplicationController", "ReplicaSet", "StatefulSet")
    return Config(
        namePrefix=name,
        nameSuffix=name,
        namespace=tuple(_namespaces()),
        commonLabels=tuple(_common_labels()),
        templateLabels=tuple(_metadata_labels()),
        commonAnnotations=tuple(_annotations()),
        varReference=tuple(_variables()),
        images=tuple(_images()),
        replicas=tuple(spec for kind in counted for spec in _each(["spec/replicas"], kind, create=True)),
        nameReference=tuple(_name_references()),
    )


def references_of(definitions: Mapping[str, object]) -> Config:
    """What a file under `crds:` says about fields: an OpenAPI definition for each type (`loadconfigfromcrds.go`)."""
    config = _EMPTY
    for name in sorted(definitions):
        properties = _properties(definitions, name)
        if {"kind", "apiVersion", "metadata"} <= properties.keys():
            config = config.merge(_of_type(definitions, Gvk("", "", name.rpartition(".")[2]), name, (), 0))
    return config


def _properties(definitions: Mapping[str, object], name: str) -> Mapping[str, object]:
    found = definitions.get(name)
    schema = next((v for k, v in found.items() if k.casefold() == "schema"), None) if isinstance(found, Mapping) else None
    properties = schema.get("properties") if isinstance(schema, Mapping) else None
    return properties if isinstance(properties, Mapping) else {}


def _of_type(definitions: Mapping[str, object], gvk: Gvk, name: str, path: tuple[str, ...], depth: int) -> Config:
    config = _EMPTY
    if depth > 20:
        return config
    for key, value in _properties(definitions, name).items():
        if not isinstance(value, Mapping):
            continue
        said = {k.casefold(): v for k, v in value.items() if isinstance(k, str) and isinstance(v, str)}
        here = FieldSpec("/".join((*path, key)), gvk)
        if "x-kubernetes-annotation" in said:
            config = config.merge(Config(commonAnnotations=(here,)))
        if "x-kubernetes-label-selector" in said:
            config = config.merge(Config(commonLabels=(here,)))
        if "x-kubernetes-identity" in said:
            config = config.merge(Config(namePrefix=(here,)))
        version, kind = said.get("x-kubernetes-object-ref-api-version"), said.get("x-kubernetes-object-ref-kind")
        if version is not None and kind is not None:
            named = said.get("x-kubernetes-object-ref-name-key", "name")
            field = FieldSpec("/".join((*path, key, named)), gvk)
            config = config.merge(Config(nameReference=(Reference(Gvk("", version, kind), (field,)),)))
        if "$ref" in said:
            config = config.merge(_of_type(definitions, gvk, said["$ref"], (*path, key), depth + 1))
    return config
