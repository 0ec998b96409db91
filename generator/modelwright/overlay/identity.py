"""What makes an object itself, and which objects belong to no namespace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modelwright.model import Manifest, Named

Identity = tuple[str, str, str]
"""Group, kind and name."""

CLUSTER_SCOPED: Mapping[str, frozenset[str]] = {
    "": frozenset({"Namespace", "Node", "PersistentVolume"}),
    "admissionregistration.k8s.io": frozenset(
        {
            "MutatingAdmissionPolicy",
            "MutatingAdmissionPolicyBinding",
            "MutatingWebhookConfiguration",
            "ValidatingAdmissionPolicy",
            "ValidatingAdmissionPolicyBinding",
            "ValidatingWebhookConfiguration",
        }
    ),
    "apiextensions.k8s.io": frozenset({"CustomResourceDefinition"}),
    "apiregistration.k8s.io": frozenset({"APIService"}),
    "cert-manager.io": frozenset({"ClusterIssuer"}),
    "certificates.k8s.io": frozenset({"CertificateSigningRequest", "ClusterTrustBundle"}),
    "datasciencecluster.opendatahub.io": frozenset({"DataScienceCluster"}),
    "dscinitialization.opendatahub.io": frozenset({"DSCInitialization"}),
    "external-secrets.io": frozenset({"ClusterExternalSecret", "ClusterSecretStore"}),
    "flowcontrol.apiserver.k8s.io": frozenset({"FlowSchema", "PriorityLevelConfiguration"}),
    "gateway.networking.k8s.io": frozenset({"GatewayClass"}),
    "keda.sh": frozenset({"ClusterTriggerAuthentication"}),
    "kueue.x-k8s.io": frozenset({"AdmissionCheck", "ClusterQueue", "Cohort", "ResourceFlavor", "Topology"}),
    "kyverno.io": frozenset({"ClusterPolicy"}),
    "networking.k8s.io": frozenset({"IngressClass", "IPAddress", "ServiceCIDR"}),
    "node.k8s.io": frozenset({"RuntimeClass"}),
    "project.openshift.io": frozenset({"Project"}),
    "rbac.authorization.k8s.io": frozenset({"ClusterRole", "ClusterRoleBinding"}),
    "resource.k8s.io": frozenset({"DeviceClass", "ResourceSlice"}),
    "scheduling.k8s.io": frozenset({"PriorityClass"}),
    "security.openshift.io": frozenset({"SecurityContextConstraints"}),
    "serving.kserve.io": frozenset({"ClusterServingRuntime", "ClusterStorageContainer", "LocalModelNodeGroup"}),
    "snapshot.storage.k8s.io": frozenset({"VolumeSnapshotClass", "VolumeSnapshotContent"}),
    "storage.k8s.io": frozenset({"CSIDriver", "CSINode", "StorageClass", "VolumeAttachment", "VolumeAttributesClass"}),
}
"""By API group: kinds whose scope is Cluster in the Kubernetes API and in released CRDs of the platforms we meet."""


def group(manifest: Manifest | Named) -> str:
    """The API group; empty for the first one (`v1`)."""
    return manifest.api_version.rpartition("/")[0]


def identity(manifest: Manifest | Named) -> Identity:
    """What the cluster tells objects of one namespace apart by: the version is no part of it."""
    return group(manifest), manifest.kind, manifest.name


def cluster_scoped(manifest: Manifest) -> bool:
    """True for kinds known to live outside every namespace."""
    return manifest.kind in CLUSTER_SCOPED.get(group(manifest), ())


def settled(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """`data` as a base holds it: without namespace, and without what kustomize never keeps.

    Empty `annotations` and kustomize's own bookkeeping do not survive a build (kyaml/kio/kioutil).
    """
    metadata = data.get("metadata")
    if type(metadata) is not dict and not isinstance(metadata, Mapping):
        return data
    annotations = metadata.get("annotations")
    if annotations is not None and isinstance(annotations, Mapping) and (not annotations or any(map(_bookkeeping, annotations))):
        kept = {key: value for key, value in annotations.items() if not _bookkeeping(key)}
        rest = {key: value for key, value in metadata.items() if key not in ("namespace", "annotations")}
        return {**data, "metadata": rest | ({"annotations": kept} if kept else {})}
    if "namespace" not in metadata:
        return data
    return {**data, "metadata": {key: value for key, value in metadata.items() if key != "namespace"}}


_OWN = ("config.kubernetes.io/index", "config.kubernetes.io/path")


def _bookkeeping(key: str) -> bool:
    return key in _OWN or key.startswith("internal.config.kubernetes.io/")


def in_namespace(manifest: Manifest, namespace: str) -> Manifest:
    """The manifest as a build with `namespace:` yields it."""
    data = settled(manifest.data)
    if not namespace:
        return manifest.having(data)
    metadata = data.get("metadata")
    rest = dict(metadata) if isinstance(metadata, Mapping) else {}
    head = {"name": rest.pop("name")} if "name" in rest else {}
    return manifest.having({**data, "metadata": {**head, "namespace": namespace, **rest}})


def with_subjects(manifests: tuple[Manifest, ...], namespace: str) -> tuple[Manifest, ...]:
    """Manifests as a build with `namespace:` yields them, subjects of role bindings included.

    Where a subject names an account of the same build and no namespace, kustomize fills that in
    (kustomize api/internal/accumulator, name references).
    """
    accounts = {m.name for m in manifests if m.kind == "ServiceAccount"}
    if not namespace or not accounts:
        return manifests
    return tuple(_with_subjects(m, accounts, namespace) if m.kind == "RoleBinding" else m for m in manifests)


def _with_subjects(manifest: Manifest, accounts: set[str], namespace: str) -> Manifest:
    subjects = manifest.data.get("subjects")
    if not isinstance(subjects, list):
        return manifest
    filled = [
        {**s, "namespace": namespace}
        if isinstance(s, Mapping) and s.get("kind") == "ServiceAccount" and s.get("name") in accounts and "namespace" not in s
        else s
        for s in subjects
    ]
    return manifest.having({**manifest.data, "subjects": filled})
