"""API versions that are deprecated or gone: since when, and what replaces them.

Sources. Kubernetes' own kinds: the `APILifecycle...` functions of k8s.io/api v0.37.0, from which the API server makes its
warnings (apiserver pkg/endpoints/deprecation/deprecation.go `WarningMessage`); those of kinds that module has lost: the
Deprecated API Migration Guide (kubernetes.io/docs/reference/using-api/deprecation-guide). Custom kinds: `deprecated` of
their released definitions. Groups that moved: KServe 0.7 and Gateway API 0.4 renamed theirs, Gateway API Inference
Extension 1.0 and Kubeflow Trainer 2.0 brought kinds of another group.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

from modelwright.judge.catalog import Catalog
from modelwright.judge.names import Note
from modelwright.records import dataclass

_KUBERNETES = """
admission.k8s.io/v1beta1 1.19 1.22 admission.k8s.io/v1 AdmissionReview
admissionregistration.k8s.io/v1alpha1 1.29 1.32 - ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding
admissionregistration.k8s.io/v1alpha1 1.35 1.38 - MutatingAdmissionPolicy MutatingAdmissionPolicyBinding
admissionregistration.k8s.io/v1beta1 1.16 1.22 admissionregistration.k8s.io/v1 MutatingWebhookConfiguration ValidatingWebhookConfiguration
admissionregistration.k8s.io/v1beta1 1.31 1.34 - ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding
admissionregistration.k8s.io/v1beta1 1.37 1.40 admissionregistration.k8s.io/v1 MutatingAdmissionPolicy MutatingAdmissionPolicyBinding
apiextensions.k8s.io/v1beta1 1.16 1.22 apiextensions.k8s.io/v1 CustomResourceDefinition
apiregistration.k8s.io/v1beta1 1.19 1.22 apiregistration.k8s.io/v1 APIService
apps/v1beta1 1.8 1.16 apps/v1 ControllerRevision Deployment StatefulSet
apps/v1beta2 1.9 1.16 apps/v1 ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet
authentication.k8s.io/v1alpha1 1.29 1.32 - SelfSubjectReview
authentication.k8s.io/v1beta1 1.19 1.22 authentication.k8s.io/v1 TokenReview
authentication.k8s.io/v1beta1 1.30 1.33 - SelfSubjectReview
authorization.k8s.io/v1beta1 1.19 1.22 authorization.k8s.io/v1 LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview
autoscaling/v2beta1 1.22 1.25 autoscaling/v2 HorizontalPodAutoscaler
autoscaling/v2beta2 1.23 1.26 autoscaling/v2 HorizontalPodAutoscaler
batch/v1beta1 1.21 1.25 batch/v1 CronJob
certificates.k8s.io/v1alpha1 1.34 1.37 - ClusterTrustBundle
certificates.k8s.io/v1beta1 1.19 1.22 certificates.k8s.io/v1 CertificateSigningRequest
certificates.k8s.io/v1beta1 1.37 1.40 certificates.k8s.io/v1 ClusterTrustBundle PodCertificateRequest
coordination.k8s.io/v1alpha2 1.35 1.38 - LeaseCandidate
coordination.k8s.io/v1beta1 1.19 1.22 coordination.k8s.io/v1 Lease
coordination.k8s.io/v1beta1 1.36 1.39 - LeaseCandidate
discovery.k8s.io/v1beta1 1.21 1.25 discovery.k8s.io/v1 EndpointSlice
events.k8s.io/v1beta1 1.22 1.25 - Event
extensions/v1beta1 1.8 1.16 apps/v1 DaemonSet Deployment ReplicaSet
extensions/v1beta1 1.9 1.16 networking.k8s.io/v1 NetworkPolicy
extensions/v1beta1 1.11 1.16 - PodSecurityPolicy
extensions/v1beta1 1.14 1.22 networking.k8s.io/v1 Ingress
flowcontrol.apiserver.k8s.io/v1beta1 1.23 1.26 - FlowSchema PriorityLevelConfiguration
flowcontrol.apiserver.k8s.io/v1beta2 1.26 1.29 - FlowSchema PriorityLevelConfiguration
flowcontrol.apiserver.k8s.io/v1beta3 1.29 1.32 flowcontrol.apiserver.k8s.io/v1 FlowSchema PriorityLevelConfiguration
networking.k8s.io/v1beta1 1.19 1.22 networking.k8s.io/v1 Ingress IngressClass
networking.k8s.io/v1beta1 1.34 1.37 - IPAddress ServiceCIDR
node.k8s.io/v1beta1 1.22 1.25 - RuntimeClass
policy/v1beta1 1.21 1.25 policy/v1 PodDisruptionBudget
policy/v1beta1 1.21 1.25 - PodSecurityPolicy
rbac.authorization.k8s.io/v1alpha1 1.17 1.22 rbac.authorization.k8s.io/v1 ClusterRole ClusterRoleBinding Role RoleBinding
rbac.authorization.k8s.io/v1beta1 1.17 1.22 rbac.authorization.k8s.io/v1 ClusterRole ClusterRoleBinding Role RoleBinding
resource.k8s.io/v1alpha3 1.36 1.39 - DeviceTaintRule
resource.k8s.io/v1beta1 1.35 1.38 - DeviceClass ResourceClaim ResourceClaimTemplate ResourceSlice
resource.k8s.io/v1beta2 1.36 1.39 - DeviceClass ResourceClaim ResourceClaimTemplate ResourceSlice
scheduling.k8s.io/v1alpha1 1.14 1.22 scheduling.k8s.io/v1 PriorityClass
scheduling.k8s.io/v1beta1 1.14 1.22 scheduling.k8s.io/v1 PriorityClass
storage.k8s.io/v1alpha1 1.21 1.24 storage.k8s.io/v1 CSIStorageCapacity VolumeAttachment
storage.k8s.io/v1alpha1 1.32 1.35 storage.k8s.io/v1 VolumeAttributesClass
storage.k8s.io/v1beta1 1.17 1.22 storage.k8s.io/v1 CSINode
storage.k8s.io/v1beta1 1.19 1.22 storage.k8s.io/v1 CSIDriver StorageClass VolumeAttachment
storage.k8s.io/v1beta1 1.24 1.27 storage.k8s.io/v1 CSIStorageCapacity
storage.k8s.io/v1beta1 1.34 1.37 storage.k8s.io/v1 VolumeAttributesClass
storagemigration.k8s.io/v1beta1 1.37 1.40 storagemigration.k8s.io/v1 StorageVersionMigration
v1 1.19 - - ComponentStatus
v1 1.33 - discovery.k8s.io/v1/EndpointSlice Endpoints
"""
"""apiVersion, deprecated since, removed in, apiVersion (and kind, where it is another) of what replaces it, kinds."""

_CUSTOM = """
dashboard.opendatahub.io/v1alpha infrastructure.opendatahub.io/v1/HardwareProfile AcceleratorProfile
dashboard.opendatahub.io/v1 infrastructure.opendatahub.io/v1/HardwareProfile AcceleratorProfile
external-secrets.io/v1beta1 external-secrets.io/v1 ClusterSecretStore ExternalSecret SecretStore
infrastructure.opendatahub.io/v1alpha1 infrastructure.opendatahub.io/v1 HardwareProfile
kueue.x-k8s.io/v1beta1 kueue.x-k8s.io/v1beta2 ClusterQueue LocalQueue ResourceFlavor
"""
"""Versions that their definitions call deprecated: apiVersion, what replaces it, kinds."""

_MOVED = """
serving.kubeflow.org serving.kserve.io/v1beta1 KServe-0.7 InferenceService
serving.kubeflow.org serving.kserve.io/v1alpha1 KServe-0.7 TrainedModel
networking.x-k8s.io gateway.networking.k8s.io/v1 Gateway-API-0.4 Gateway GatewayClass HTTPRoute
networking.x-k8s.io gateway.networking.k8s.io/v1alpha2 Gateway-API-0.4 TCPRoute TLSRoute UDPRoute
inference.networking.x-k8s.io inference.networking.k8s.io/v1 Gateway-API-Inference-Extension-1.0 InferencePool
inference.networking.x-k8s.io inference.networking.x-k8s.io/v1alpha2/InferenceObjective Gateway-API-Inference-Extension-1.0 InferenceModel
kubeflow.org trainer.kubeflow.org/v1alpha1/TrainJob Kubeflow-Trainer-2.0 JAXJob MPIJob PaddleJob PyTorchJob TFJob XGBoostJob
"""
"""Group, what replaces its kinds, since when, kinds."""

_POLICY = "admission of pods is Pod Security's now: label the namespace `pod-security.kubernetes.io/enforce`"


@dataclass(frozen=True, slots=True)
class Age:
    """How a version of a kind ends."""

    deprecated: str = ""
    """Kubernetes minor; empty where only its definition says so."""
    removed: str = ""
    """Kubernetes minor; empty where none is set."""
    instead: str = ""
    """apiVersion of what replaces it, and its kind where that is another; empty where nothing does."""


@cache
def ages() -> Mapping[tuple[str, str], Age]:
    """`(apiVersion, kind)` -> how it ends."""
    found: dict[tuple[str, str], Age] = {}
    for line in _KUBERNETES.split("\n"):
        api, *words = line.split() or [""]
        for kind in words[3:]:
            found[api, kind] = Age(*("" if word == "-" else word for word in words[:3]))
    for line in _CUSTOM.split("\n"):
        api, *words = line.split() or [""]
        found.update({(api, kind): Age("", "", words[0]) for kind in words[1:]})
    return found


@cache
def moved() -> Mapping[tuple[str, str], tuple[str, str]]:
    """`(group, kind)` -> what replaces it, and what brought that."""
    rows = (line.split() for line in _MOVED.split("\n"))
    return {(row[0], kind): (row[1], row[2].replace("-", " ")) for row in rows if row for kind in row[3:]}


def deprecation(known: Catalog, api_version: str, kind: str) -> Iterator[Note]:
    """What the API server warns of when it is sent such an object."""
    age = ages().get((api_version, kind))
    if age is None or (api_version, kind) in known.extra or _order(age.deprecated) > _order(known.minor):
        return
    if not age.deprecated and not _served(known, age.instead, kind):
        return  # an older release of its operator, which knows nothing better
    since = f" since Kubernetes {age.deprecated}" if age.deprecated else ""
    until = f", and gone in {age.removed}" if age.removed else ""
    hint = _instead(age.instead or _stable(known, api_version, kind), kind)
    yield "MW140", ("apiVersion",), f"{kind} `{api_version}` is deprecated{since}{until}", hint


def unserved(known: Catalog, api_version: str, kind: str) -> Note:
    """What to say of a kind that is not served; where it was once, until when, and what came after it."""
    from modelwright.judge.unserved import unserved as unknown

    code, path, message, hint = unknown(known, api_version, kind)
    age = ages().get((api_version, kind))
    if age and age.removed and _order(age.removed) <= _order(known.minor):
        message = f"{kind} `{api_version}` is gone since Kubernetes {age.removed}; this cluster runs {known.minor}"
        instead = _instead(age.instead or _stable(known, api_version, kind), kind)
        return code, ("apiVersion",), message, instead or (_POLICY if kind == "PodSecurityPolicy" else hint)
    instead, since = moved().get((api_version.rpartition("/")[0], kind), ("", ""))
    if instead:
        hint = f"{since} brought its successor: {_instead(instead, kind)}"
    return code, path, message, hint


def _stable(known: Catalog, api_version: str, kind: str) -> str:
    """The version to use that the cluster has, if it is better than this one."""
    group = api_version.rpartition("/")[0]
    served = [api for api in known.versions(group, kind) if api != api_version]
    return served[0] if served and not re.search("alpha", served[0]) else ""


def _named(name: str, kind: str) -> tuple[str, str]:
    """apiVersion and kind of what replaces a kind."""
    api, _, other = name.rpartition("/")
    return (name, kind) if re.match("v[0-9]", other) else (api, other)


def _served(known: Catalog, name: str, kind: str) -> bool:
    return known.schema(*_named(name, kind)) is not None


def _instead(name: str, kind: str) -> str:
    api, other = _named(name, kind) if name else ("", kind)
    if other != kind:
        return f"use {other} of `{api}`"
    return f"write `apiVersion: {api}`" if api else ""


def _order(minor: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall("[0-9]+", minor)))
