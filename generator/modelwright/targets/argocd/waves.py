"""The order within an Application, and what Argo CD may never remove.

Waves go from the lowest number to the highest, each waiting until the one before is healthy; within a wave Argo CD
orders by kind, namespaces first and custom resources last (argo-cd docs/user-guide/sync-waves.md,
gitops-engine pkg/sync/sync_tasks.go).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modelwright.model import Manifest, Variant
from modelwright.resolve.workspace import Workspace
from modelwright.targets.argocd.delivery import delivered

WAVE = "argocd.argoproj.io/sync-wave"
OPTIONS = "argocd.argoproj.io/sync-options"
KEPT = "Prune=false,Delete=false"

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
    """Annotations for Argo CD, where it deploys the manifest and its author did not annotate it for Argo CD."""
    group = manifest.api_version.rpartition("/")[0]
    added = {}
    stage = workspace.environments.get(variant.environment)
    wave = WAVES.get((group, manifest.kind))
    if wave and stage and delivered(stage.cluster, workspace):
        added[WAVE] = wave
    if (group, manifest.kind) == ("", "PersistentVolumeClaim"):
        # Deleting a claim deletes the data in it, so this holds whoever deploys it.
        added[OPTIONS] = KEPT
    stated = (manifest.data.get("metadata") or {}).get("annotations") or {}
    added = {key: value for key, value in added.items() if key not in stated}
    return {"metadata": {"annotations": added}} if added else None
