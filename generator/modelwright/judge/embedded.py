"""Prefixes of names, and the identity of objects that others hold.

Rules: kubernetes/apimachinery `pkg/api/validation/objectmeta.go` (`ValidateObjectMetaAccessor`); of embedded objects:
kubernetes/apiextensions-apiserver `pkg/apiserver/schema/objectmeta/validation.go`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from modelwright.judge.catalog import Schema
from modelwright.judge.expressions import EMBEDDED
from modelwright.judge.facts import Schemas
from modelwright.judge.names import Note, name_advice, of_annotations, of_labels
from modelwright.model import Path
from modelwright.typed import Any

_KIND = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")


def prefix_notes(kind: str, metadata: Mapping[str, Any], custom: bool, path: Path = ("metadata",)) -> Iterator[Note]:
    """What is wrong with `generateName`: a name is made by adding to it, so that it may end with `-`."""
    prefix = metadata.get("generateName")
    if isinstance(prefix, str) and prefix:
        said = name_advice(kind, f"{prefix[:-2]}a" if len(prefix) > 1 and prefix.endswith("-") else prefix, custom)
        if said:
            yield "MW508", (*path, "generateName"), f"`{prefix[:80]}` cannot start the name of an object: {said}", ""


def embedded_notes(schemas: Schemas, given: Schema, value: Any, path: Path = ()) -> Iterator[Note]:
    """What is wrong with the identity of every object that a value holds, where its schema says that it holds some."""
    node = schemas.get(given)
    if isinstance(value, list) and isinstance(node.get("items"), dict):
        for index, item in enumerate(value):
            yield from embedded_notes(schemas, node["items"], item, (*path, index))
    elif isinstance(value, dict):
        if node.get(EMBEDDED):
            yield from _identity(value, path)
        named, values = node.get("properties", {}), node.get("additionalProperties")
        for key, item in value.items():
            sub = named.get(key, values)
            if isinstance(sub, dict) and isinstance(item, dict | list):
                yield from embedded_notes(schemas, sub, item, (*path, key))


def _identity(data: Mapping[str, Any], path: Path) -> Iterator[Note]:
    api_version, kind = data.get("apiVersion"), data.get("kind")
    if isinstance(api_version, str) and (not api_version or api_version.count("/") > 1):
        yield "MW508", (*path, "apiVersion"), f"`{api_version[:80]}` is not an apiVersion", "such as `v1` or `apps/v1`"
    if isinstance(kind, str) and not (_KIND.fullmatch(kind.lower()) and len(kind) <= 63):
        yield "MW508", (*path, "kind"), f"`{kind[:80]}` cannot be the name of a kind", ""
    metadata = data.get("metadata")
    if not isinstance(metadata, dict):
        return
    name = metadata.get("name")
    if isinstance(name, str) and (name in (".", "..") or "/" in name or "%" in name):
        message = f"`{name[:80]}` is not a valid name: it must not be `.` or `..` nor contain `/` or `%`"
        yield "MW508", (*path, "metadata", "name"), message, ""
    for key in ("labels", "annotations"):
        if isinstance(metadata.get(key), dict):
            found = of_labels if key == "labels" else of_annotations
            yield from (("MW509", (*path, "metadata", *row[0]), row[1], row[2]) for row in found(metadata))
    yield from prefix_notes("Role", metadata, False, (*path, "metadata"))  # any path segment is a name here
