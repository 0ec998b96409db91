"""The variables of a policy's expressions and their types (kubernetes/apiserver `pkg/admission/plugin/cel/compile.go`)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from modelwright.cel.types import BOOL, DYN, INT, STRING, TIMESTAMP, Fields, Type, listing, mapped


def _object(title: str, /, **fields: Type) -> Type:
    known = {field: (field, lambda of=of: of) for field, of in fields.items()}
    return Type("object", (), Fields(known), name=f"kubernetes.{title}")


@cache
def variables_of(params: bool) -> Mapping[str, Type]:
    """Name -> type. `params` only where the policy has a `paramKind`; `variables` grow as they are defined."""
    kind = _object("GroupVersionKind", group=STRING, version=STRING, kind=STRING)
    resource = _object("GroupVersionResource", group=STRING, version=STRING, resource=STRING)
    texts = listing(STRING)
    user = _object("UserInfo", username=STRING, uid=STRING, groups=texts, extra=mapped(STRING, texts))
    request = _object(
        "AdmissionRequest",
        kind=kind,
        resource=resource,
        subResource=STRING,
        requestKind=kind,
        requestResource=resource,
        requestSubResource=STRING,
        name=STRING,
        namespace=STRING,
        operation=STRING,
        userInfo=user,
        dryRun=BOOL,
        options=DYN,
    )
    known = {"object": DYN, "oldObject": DYN, "namespaceObject": _namespace(), "request": request}
    return {**known, "params": DYN} if params else known


def _namespace() -> Type:
    labels = mapped(STRING, STRING)
    metadata = _object(
        "NamespaceMetadata",
        name=STRING,
        generateName=STRING,
        namespace=STRING,
        labels=labels,
        annotations=labels,
        UID=STRING,
        creationTimestamp=TIMESTAMP,
        deletionGracePeriodSeconds=INT,
        deletionTimestamp=TIMESTAMP,
        generation=INT,
        resourceVersion=STRING,
        finalizers=listing(STRING),
    )
    condition = _object(
        "NamespaceCondition", status=STRING, type=STRING, lastTransitionTime=TIMESTAMP, message=STRING, reason=STRING
    )
    status = _object("NamespaceStatus", conditions=listing(condition), phase=STRING)
    spec = _object("NamespaceSpec", finalizers=listing(STRING))
    return _object("Namespace", metadata=metadata, spec=spec, status=status)
