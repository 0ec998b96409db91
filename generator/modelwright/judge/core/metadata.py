"""Owners and finalizers.

Sources: kubernetes/apimachinery `pkg/api/validation/objectmeta.go` (ValidateOwnerReferences, ValidateFinalizers) and
kubernetes/kubernetes `pkg/apis/core/validation/validation.go` (validateKubeFinalizerName).
"""

from __future__ import annotations

from collections.abc import Iterator

from modelwright.judge.names import key_advice
from modelwright.rules.check import Row, Run
from modelwright.typed import Any

_OWN_FINALIZERS = frozenset({"kubernetes", "orphan", "foregroundDeletion"})

_ANY_FINALIZER = frozenset(
    ["PodDisruptionBudget", "CustomResourceDefinition", "ValidatingWebhookConfiguration", "MutatingWebhookConfiguration", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "APIService", "Lease"]
)
"""Kinds whose finalizers need no domain."""


def owners(value: Any, run: Run) -> Iterator[Row]:
    """`ownerReferences` of an object's own metadata; templates may say what they like."""
    listed = value.get("ownerReferences") if isinstance(value, dict) else None
    if value is not run.object.get("metadata") or not isinstance(listed, list):
        return
    controllers = 0
    for index, owner in enumerate(listed):
        if not isinstance(owner, dict):
            continue
        here = ("ownerReferences", index)
        for word in ("apiVersion", "kind", "name", "uid"):
            if owner.get(word) == "":
                yield (*here, word), f"`{word}` must not be empty", ""
        if str(owner.get("apiVersion")).count("/") > 1 or str(owner.get("apiVersion")).endswith("/"):
            yield (*here, "apiVersion"), f"`{str(owner['apiVersion'])[:80]}` is not an apiVersion", ""
        if owner.get("apiVersion") == "v1" and owner.get("kind") == "Event":
            yield here, "an Event cannot own anything", ""
        controllers += owner.get("controller") is True
    if controllers > 1:
        yield ("ownerReferences",), "only one owner may be the controller", ""


def finalizers(value: Any, run: Run) -> Iterator[Row]:
    """`finalizers` of an object's own metadata."""
    listed = value.get("finalizers") if isinstance(value, dict) else None
    if value is not run.object.get("metadata") or not isinstance(listed, list):
        return
    for index, name in enumerate(listed):
        if not isinstance(name, str):
            continue
        said = key_advice(name)
        plain = run.embedded or run.kind in _ANY_FINALIZER
        if not said and not plain and "/" not in name and name not in _OWN_FINALIZERS:
            said = "a domain of yours and `/` come before it"
        if said:
            yield ("finalizers", index), f"`{name[:80]}` is not a valid finalizer: {said}", "such as `example.com/cleanup`"
    if "orphan" in listed and "foregroundDeletion" in listed:
        message = "the finalizers `orphan` and `foregroundDeletion` exclude each other"
        yield ("finalizers",), message, "the server sets them when an object is deleted: remove both"


def namespace_finalizer(value: Any, run: Run) -> Iterator[Row]:
    """One of a Namespace's `spec.finalizers`."""
    if isinstance(value, str) and (key_advice(value) or ("/" not in value and value not in _OWN_FINALIZERS)):
        yield (), f"`{value[:80]}` is not a valid finalizer", "such as `example.com/cleanup`"
