"""An environment's `quota` as the `hard` amounts of a ResourceQuota.

Names: kubernetes pkg/apis/core/types.go (ResourceQuota), pkg/apis/core/helper (standardQuotaResources); devices can
be counted as requests only (docs: concepts/policy/resource-quotas).
"""

from __future__ import annotations

from collections.abc import Mapping

from modelwright.expand.template import Derived
from modelwright.quantities import written
from modelwright.resolve.workspace import Cluster
from modelwright.typed import Any

REQUESTED = ("cpu", "memory", "ephemeral-storage", "storage")
QUOTA = ("spec", "quota")


def hard(words: Mapping[str, Any], cluster: Cluster) -> dict[str, Derived]:
    """`{cpu, memory, gpu, pods, limits: {..}}` in Kubernetes' names, each with the word it came from."""
    made = {
        _name(word, cluster): Derived(written(value), ((*QUOTA, word),))
        for word, value in words.items()
        if value is not None and word != "limits"
    }
    for word, value in (words.get("limits") or {}).items():
        made[f"limits.{word}"] = Derived(written(value), ((*QUOTA, "limits", word),))
    return made


def _name(word: str, cluster: Cluster) -> str:
    if word == "gpu":
        return f"requests.{cluster.gpu_resource}"
    if word in REQUESTED:
        return f"requests.{word}"
    counted = "/" not in word or word.startswith("count/") or ".storageclass.storage.k8s.io/" in word
    return word if counted else f"requests.{word}"
