"""What the API server refuses in a CustomResourceDefinition beside its schemas.

Source: kubernetes/apiextensions-apiserver `pkg/apis/apiextensions/validation/validation.go`
(`ValidateCustomResourceDefinition`, `validateCustomResourceDefinitionSpec`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from modelwright.judge.names import Note

CODE = "MW265"
_PROTECTED = re.compile(r"(?:.*\.)?(?:k8s|kubernetes)\.io")
_APPROVED = "api-approved.kubernetes.io"


def odd_definition(crd: Mapping[str, Any]) -> Note | None:
    """The first thing that is wrong, for a definition that fits its own kind's schema."""
    spec = crd["spec"]
    group, versions = str(spec["group"]), list(spec["versions"])
    name, wanted = (crd.get("metadata") or {}).get("name"), f"{spec['names']['plural']}.{group}"
    if "." not in group:
        return CODE, ("spec", "group"), f"the group `{group}` is no domain: it has no dot", "use a domain that you own"
    if name != wanted:
        what = f"the name of this definition must be `{wanted}`: its plural and its group"
        return CODE, ("metadata", "name"), what, f"write `name: {wanted}`"
    if spec.get("preserveUnknownFields") is True:
        what = "`preserveUnknownFields` must be false in apiextensions.k8s.io/v1"
        hint = "write `x-kubernetes-preserve-unknown-fields: true` where fields are free"
        return CODE, ("spec", "preserveUnknownFields"), what, hint
    seen: set[str] = set()
    for index, version in enumerate(versions):
        if version["name"] in seen:
            return CODE, ("spec", "versions", index, "name"), f"version `{version['name']}` is there twice", ""
        seen.add(version["name"])
        if (version.get("schema") or {}).get("openAPIV3Schema") is None:
            what = f"version `{version['name']}` has no schema"
            return CODE, ("spec", "versions", index), what, "each needs `schema.openAPIV3Schema`"
    stored = [version["name"] for version in versions if version.get("storage")]
    if len(stored) != 1:
        what = f"one version must have `storage: true`, here {len(stored) or 'none'}" + (" have it" if stored else " has it")
        return CODE, ("spec", "versions"), what, "the others have `storage: false`"
    annotations = (crd.get("metadata") or {}).get("annotations") or {}
    if _PROTECTED.fullmatch(group) and not annotations.get(_APPROVED):
        what = f"groups of Kubernetes itself, such as `{group}`, need annotation `{_APPROVED}`"
        return CODE, ("spec", "group"), what, "use a domain that you own"
    return None
