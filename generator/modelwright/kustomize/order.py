"""The order objects come out in (api/internal/builtins/SortOrderTransformer.go)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cmp_to_key
from typing import Any

from modelwright.kustomize.ids import Gvk, Id
from modelwright.kustomize.refusal import At, refuse
from modelwright.kustomize.resource import Resource, Resources

_FIRST = ["Namespace", "ResourceQuota", "StorageClass", "CustomResourceDefinition", "ServiceAccount", "PodSecurityPolicy", "Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding", "ConfigMap", "Secret", "Endpoints", "Service", "LimitRange", "PriorityClass", "PersistentVolume", "PersistentVolumeClaim", "Deployment", "StatefulSet", "CronJob", "PodDisruptionBudget"]
_LAST = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"]


def sort(resources: Resources, words: Mapping[str, Any] | None, at: At) -> None:
    """Order the objects as `sortOptions` says; without it by kind, then group, version, namespace and name."""
    order = words.get("order", "") if words is not None else "legacy"
    options = words.get("legacySortOptions") if words is not None else None
    if order not in ("legacy", "fifo"):
        raise refuse("MW462", f"`order: {order}` is no order", (at, "order"), "write legacy or fifo")
    if order == "fifo":
        if options is not None:
            raise refuse("MW462", "`legacySortOptions` need `order: legacy`", (at, "legacySortOptions"))
        return
    first = (options.get("orderFirst") or []) if options is not None else _FIRST
    last = (options.get("orderLast") or []) if options is not None else _LAST
    ranks = {kind: index - len(first) for index, kind in enumerate(first)} | {kind: index + 1 for index, kind in enumerate(last)}
    keyed = [(item.id, item) for item in resources]

    def compare(one: tuple[Id, Resource], other: tuple[Id, Resource]) -> int:
        return _compare(one[0], other[0], ranks)

    resources.items = [item for _, item in sorted(keyed, key=cmp_to_key(compare))]


def _compare(one: Id, other: Id, ranks: Mapping[str, int]) -> int:
    if one.gvk == other.gvk:
        return _sign(_text(one), _text(other))
    ranked = _sign(ranks.get(one.gvk.kind, 0), ranks.get(other.gvk.kind, 0))
    if ranked:
        return ranked
    by_kind = _sign(_kind(one.gvk), _kind(other.gvk))
    spaces = one.gvk.kind == other.gvk.kind == "Namespace" and not (one.gvk.group and other.gvk.group)
    return -by_kind if spaces else by_kind


def _sign(one: Any, other: Any) -> int:
    return int(one > other) - int(one < other)


def _kind(gvk: Gvk) -> str:
    return "_".join((gvk.group or "~G", gvk.version or "~V", gvk.kind or "~K"))


def _text(id_: Id) -> str:
    return f"{id_.namespace or '~X'}|{id_.name or '~N'}"
