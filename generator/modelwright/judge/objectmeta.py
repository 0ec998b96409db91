"""`ObjectMeta`, which every object has whatever its own schema says."""

from __future__ import annotations

from modelwright.typed import Any

Schema = dict[str, Any]


def _text() -> Schema:
    return {"type": "string", "nullable": True}


def _texts() -> Schema:
    return {"type": "object", "nullable": True, "additionalProperties": _text()}


_TIME: Schema = {"type": "string", "format": "date-time", "nullable": True}
_OPEN: Schema = {"type": "object", "nullable": True, "x-kubernetes-preserve-unknown-fields": True}


def _record(required: tuple[str, ...] = (), **properties: Schema) -> Schema:
    for name in required:
        properties[name].pop("nullable", None)
    return {"type": "object", "properties": properties, "required": sorted(required)}


OBJECT_META: Schema = {
    **_record(
        name=_text(),
        generateName=_text(),
        namespace=_text(),
        labels=_texts(),
        annotations=_texts(),
        creationTimestamp=_TIME,
        deletionTimestamp=_TIME,
        deletionGracePeriodSeconds={"type": "integer", "format": "int64", "nullable": True},
        generation={"type": "integer", "format": "int64", "nullable": True},
        resourceVersion=_text(),
        selfLink=_text(),
        uid=_text(),
        finalizers={"type": "array", "nullable": True, "items": {"type": "string"}},
        ownerReferences={
            "type": "array",
            "nullable": True,
            "items": _record(
                ("apiVersion", "kind", "name", "uid"),
                apiVersion=_text(),
                kind=_text(),
                name=_text(),
                uid=_text(),
                controller={"type": "boolean", "nullable": True},
                blockOwnerDeletion={"type": "boolean", "nullable": True},
            ),
        },
        managedFields={
            "type": "array",
            "nullable": True,
            "items": {
                **_record(
                    apiVersion=_text(),
                    fieldsType=_text(),
                    fieldsV1=_OPEN,
                    manager=_text(),
                    operation=_text(),
                    subresource=_text(),
                    time=_TIME,
                ),
                "nullable": True,
            },
        },
    ),
    "nullable": True,
}
"""`ObjectMeta` of kubernetes/apimachinery (`pkg/apis/meta/v1/types.go`), which the server decodes strictly
for custom resources too, whatever their own schema says about `metadata`."""
