"""Schemas within CustomResourceDefinitions.

Source: kubernetes/apiextensions-apiserver `pkg/apis/apiextensions/validation` (ValidateCustomResourceDefinition) and
`pkg/apiserver/schema/validation.go`; the parts that `judge.structural` knows.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from modelwright.judge.structural import odd_keyword
from modelwright.rules.check import Row, Run

_TYPES = ("array", "boolean", "integer", "number", "object", "string")


def schema(value: Any, run: Run) -> Iterator[Row]:
    """The schema of a version."""
    if not isinstance(value, dict):
        return
    odd = odd_keyword(value, ())
    if odd is not None:
        yield odd[0], odd[1], ""
        return
    if value.get("type") != "object":
        yield ("type",), "the schema of a kind is one of objects", "write `type: object`"
        return
    yield from _types(value, ())


def _types(node: Any, path: tuple[Any, ...]) -> Iterator[Row]:
    """Every field has a type."""
    if not isinstance(node, dict):
        return
    free = node.get("x-kubernetes-int-or-string") is True or node.get("x-kubernetes-preserve-unknown-fields") is True
    kind = node.get("type") or ""
    if kind not in _TYPES and not (kind == "" and free):
        message = f"there is no type `{str(kind)[:80]}`" if kind else "the type of this field is missing"
        yield (*path, "type"), message, "known: " + ", ".join(_TYPES)
        return
    fields = node.get("properties")
    for name, sub in fields.items() if isinstance(fields, dict) else ():
        yield from _types(sub, (*path, "properties", name))
    for word in ("items", "additionalProperties"):
        yield from _types(node.get(word), (*path, word))
