"""The order within an Application, and what Argo CD may never remove.

Waves go from the lowest number to the highest, each waiting until the one before is healthy; within a wave Argo CD
orders by kind, namespaces first and custom resources last (argo-cd docs/user-guide/sync-waves.md,
gitops-engine pkg/sync/sync_tasks.go).
"""

from __future__ import annotations

from collections.abc import Mapping

from modelwright.model import Manifest, Variant
from modelwright.resolve.workspace import Workspace
from modelwright.targets.argocd.delivery import delivered, keeper
from modelwright.typed import Any

WAVE = "argocd.argoproj.io/sync-wave"
OPTIONS = "argocd.argoproj.io/sync-options"
KEPT = "Prune=false,Delete=false"
MANAGED_BY = "argocd.argoproj.io/managed-by"
"""Label by which the OpenShift GitOps operator lets an Argo CD work in a namespace (OpenShift GitOps documentation,
"Deploying resources to a different namespace"); without it, every sync is forbidden."""

WAVES: Mapping[tuple[str, str], str] = {
    ("", "Namespace"): "-3",
    ("", "LimitRange"): "-3",
    ("", "ResourceQuota"): "-3",
    ("", "ConfigMap"): "-2",
    ("", "Secret"): "-2",
    ("", "ServiceAccount"): "-2",
    ("bitnami.com", "SealedSecret"): "-2",
    ("external-secrets.io", "ExternalSecret"): "-2",
    ("rbac.authorization.k8s.io", "Role"): "-2",
    ("rbac.authorization.k8s.io", "RoleBinding"): "-2",
    ("datasciencepipelinesapplications.opendatahub.io", "DataSciencePipelinesApplication"): "-1",
    ("serving.kserve.io", "LLMInferenceServiceConfig"): "-1",
    ("serving.kserve.io", "ServingRuntime"): "-1",
    ("pipelines.kubeflow.org", "PipelineVersion"): "1",
    ("serving.kserve.io", "InferenceGraph"): "1",
    ("serving.kserve.io", "TrainedModel"): "1",
}
"""Group and kind -> wave, as text. Everything else, models among it, is in wave 0.

A PersistentVolumeClaim stays with its consumers in wave 0, where Argo CD makes it before them: a storage class that
binds on first use leaves it pending until a pod mounts it, and a wave of its own would wait for ever
(argo-cd issue 12840)."""


def decorate(manifest: Manifest, variant: Variant, workspace: Workspace) -> Mapping[str, Any] | None:
    """What Argo CD reads on a manifest that it deploys; what its author says to Argo CD stands."""
    kind = (manifest.api_version.rpartition("/")[0], manifest.kind)
    wave = WAVES.get(kind)
    claim = kind == ("", "PersistentVolumeClaim")
    if not wave and not claim:
        return None
    added: dict[str, str] = {}
    stage = workspace.environments.get(variant.environment)
    if wave and stage and delivered(stage.cluster, workspace):
        added[WAVE] = wave
    if claim:
        # Deleting a claim deletes the data in it, so this holds whoever deploys it.
        added[OPTIONS] = KEPT
    labels: dict[str, str] = {}
    if kind == ("", "Namespace") and stage and stage.cluster.flavour == "openshift":
        here = keeper(stage.cluster, workspace)
        labels = {MANAGED_BY: here} if here else {}
    patch = {"labels": _unsaid(labels, manifest, "labels"), "annotations": _unsaid(added, manifest, "annotations")}
    kept = {word: words for word, words in patch.items() if words}
    return {"metadata": kept} if kept else None


def _unsaid(added: Mapping[str, str], manifest: Manifest, word: str) -> dict[str, str]:
    stated = (manifest.data.get("metadata") or {}).get(word) or {}
    return {key: value for key, value in added.items() if not isinstance(stated, Mapping) or key not in stated}
