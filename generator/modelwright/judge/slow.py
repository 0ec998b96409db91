"""The slow way: a walk over the schema that has a reason for everything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from modelwright.judge.catalog import QUANTITY, Schema
from modelwright.judge.facts import (
    BOUNDS,
    FORMATS,
    Finding,
    Schemas,
    bounds_of,
    list_keys,
    pattern_check,
    repeats,
    types_of,
)
from modelwright.model import Path
from modelwright.typed import Any


def _is_type(value: Any, kind: str) -> bool:
    if kind == "string":
        return isinstance(value, str)
    if kind == "boolean":
        return isinstance(value, bool)
    if kind == "integer":
        whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        low, high = BOUNDS["int64"]
        return whole and not isinstance(value, bool) and low <= value <= high
    if kind == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if kind == "array":
        return isinstance(value, list)
    return isinstance(value, dict) if kind == "object" else True


def _lone_field(node: Schema) -> str:
    """For a map: the field a plain text was most likely meant for."""
    required = node.get("required", ())
    return required[0] if node.get("type") == "object" and len(required) == 1 else ""


def walk(
    schemas: Schemas, node: Schema, value: Any, path: Path, strict: bool, null: bool = False
) -> Iterator[Finding]:
    node = schemas.get(node)
    if value is None and (null or node.get("nullable")):
        return
    types = types_of(node)
    if types and strict and not any(_is_type(value, kind) for kind in types):
        yield Finding("type", path, value, types, _lone_field(node))
        return
    yield from _values(node, value, path)
    if isinstance(value, dict):
        yield from _fields(schemas, node, value, path, strict)
    elif isinstance(value, list):
        yield from _items(schemas, node, value, path, strict)
    yield from _combined(schemas, node, value, path)


def _values(node: Schema, value: Any, path: Path) -> Iterator[Finding]:
    """Bounds, enums, patterns, formats of one value; at most one finding, the plainest."""
    for rule, wanted in _broken_rules(node, value):
        quantity = (rule == "format" and wanted == QUANTITY) or (rule == "pattern" and "numkMGTPE" in str(wanted))
        yield Finding("quantity" if quantity else "value", path, value, wanted, rule)
        return


def _same(value: Any, other: Any) -> bool:
    return bool(value == other) and isinstance(value, bool) == isinstance(other, bool)


def _broken_rules(node: Schema, value: Any) -> Iterator[tuple[str, Any]]:
    if "enum" in node and not any(_same(value, each) for each in node["enum"]):
        yield "enum", node["enum"]
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        low, high = bounds_of(node)
        if low is not None and (value < low or (node.get("exclusiveMinimum") and value == low)):
            yield "minimum", (low, high)
        if high is not None and (value > high or (node.get("exclusiveMaximum") and value == high)):
            yield "maximum", (low, high)
        step = node.get("multipleOf")
        if step and value % step:
            yield "multipleOf", step
    elif isinstance(value, str):
        pattern, form = node.get("pattern"), node.get("format", "")
        if len(value) < node.get("minLength", 0):
            yield "minLength", node["minLength"]
        if len(value) > node.get("maxLength", len(value)):
            yield "maxLength", node["maxLength"]
        check = pattern_check(pattern) if pattern else None
        if check and not check(value):
            yield "pattern", pattern
        if form in FORMATS and not FORMATS[form][0](value):
            yield "format", form
    elif isinstance(value, (list, Mapping)):
        what = "Items" if isinstance(value, list) else "Properties"
        if len(value) < node.get("min" + what, 0):
            yield "min" + what, node["min" + what]
        if len(value) > node.get("max" + what, len(value)):
            yield "max" + what, node["max" + what]


def _fields(
    schemas: Schemas, node: Schema, value: Mapping[Any, Any], path: Path, strict: bool
) -> Iterator[Finding]:
    properties = schemas.properties(node)
    values = node.get("additionalProperties")
    for key, item in value.items():
        here = (*path, key)
        if not isinstance(key, str):
            yield Finding("type", (*path, str(key)), key, ["key"])
        elif key in properties:
            sub = properties[key]
            yield from walk(schemas, sub, item, here, strict, null="default" in schemas.get(sub))
        elif isinstance(values, dict):
            yield from walk(schemas, values, item, here, strict)
        elif strict and schemas.closed(node):
            yield Finding("unknown", here, item, list(properties))
    for name in schemas.required(node):
        if name not in value:
            yield Finding("missing", (*path, name), wanted=schemas.get(properties.get(name, {})))


def _items(schemas: Schemas, node: Schema, value: list[Any], path: Path, strict: bool) -> Iterator[Finding]:
    if isinstance(node.get("items"), dict):
        for index, item in enumerate(value):
            yield from walk(schemas, node["items"], item, (*path, index), strict)
    keys = list_keys(node, schemas) if schemas.custom else None
    if keys is None and node.get("uniqueItems"):
        keys = []
    if keys is not None:
        for repeat in repeats(value, keys):
            yield Finding("value", (*path, repeat), value[repeat], [key for key, _ in keys], "unique")


def _combined(schemas: Schemas, node: Schema, value: Any, path: Path) -> Iterator[Finding]:
    for sub in node.get("allOf", ()):
        yield from walk(schemas, sub, value, path, strict=False)
    for key in ("anyOf", "oneOf"):
        branches = [list(walk(schemas, sub, value, path, strict=False)) for sub in node.get(key, ())]
        passing = sum(not branch for branch in branches)
        if branches and not passing:
            yield from _best(branches, path, value)
        elif key == "oneOf" and passing > 1:
            yield Finding("value", path, value, None, "oneOf")
    if isinstance(node.get("not"), dict) and not list(walk(schemas, node["not"], value, path, strict=False)):
        yield Finding("value", path, value, None, "not")


def _best(branches: list[list[Finding]], path: Path, value: Any) -> Iterator[Finding]:
    """No branch fits: the first finding of the one that came nearest; alternatives of required fields together."""
    firsts = [branch[0] for branch in branches]
    if all(first.defect == "missing" and len(first.path) == len(path) + 1 for first in firsts):
        yield Finding("value", path, value, [str(first.path[-1]) for first in firsts], "anyOf")
        return
    yield max(branches, key=lambda branch: (len(branch[0].path), -len(branch)))[0]
