"""CustomResourceDefinitions as manifests: what `judge.intake` finds in those that a cluster is said to have."""

from __future__ import annotations

from collections.abc import Iterator

from modelwright.rules.check import Row, Run
from modelwright.typed import Any


def definition(value: Any, run: Run) -> Iterator[Row]:
    """A definition's name, versions and schemas; the first thing that is wrong."""
    from modelwright.judge.intake.definition import odd_definition
    from modelwright.judge.intake.shape import odd_schema

    if not _whole(value):
        return
    odd = odd_definition(value)
    for index, version in enumerate(value["spec"]["versions"]):
        schema = (version.get("schema") or {}).get("openAPIV3Schema")
        if odd is None and schema is not None:
            odd = odd_schema(schema, ("spec", "versions", index, "schema", "openAPIV3Schema"))
    if odd is not None:
        yield odd[1], odd[2], odd[3]


def _whole(value: Any) -> bool:
    """Whether the parts that are looked at fit their schema, which tells otherwise."""
    spec = value.get("spec") if isinstance(value, dict) else None
    if not isinstance(spec, dict) or not isinstance(spec.get("names"), dict) or not isinstance(spec.get("versions"), list):
        return False
    for version in spec["versions"]:
        if not isinstance(version, dict) or not isinstance(version.get("name"), str):
            return False
        if not isinstance(version.get("schema") or {}, dict):
            return False
    metadata = value.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    texts = isinstance(spec.get("group"), str) and isinstance(spec["names"].get("plural"), str)
    return texts and isinstance(metadata, dict) and isinstance(annotations or {}, dict)
