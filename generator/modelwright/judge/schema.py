"""Structural schemas: decided fast by a compiled JSON Schema, explained slowly by a walk over the same facts.

The rules are those of kubernetes/apiextensions-apiserver: fields a schema does not name are unknown
(`pkg/apiserver/schema/pruning`), defaults are applied before validation and a null is dropped where there is a
default (`pkg/apiserver/schema/defaulting`), lists of type `set` and `map` hold no duplicates
(`pkg/apiserver/schema/listtype`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from modelwright.judge.catalog import OBJECT_META, QUANTITY, KindSchema, Schema
from modelwright.model import Path
from modelwright.quantities import is_quantity

BOUNDS = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}
LENGTHS = ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties")
PLAIN_KEYWORDS = (*LENGTHS, "multipleOf", "uniqueItems")
LIST_KEYS = "modelwright-list-keys"
"""Keyword of our compiled schemas: the fields that together name an item of a list."""

Defect = Literal["unknown", "type", "missing", "value", "quantity"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One defect, as facts; words are added where it is reported."""

    defect: Defect
    path: Path
    value: Any = None
    wanted: Any = None
    """For `unknown` the known names; for `type` the types; for `value` a description."""
    rule: str = ""
    """For `value` the keyword that refuses it; for `type` the field of the map that a plain text may stand for."""


_DATE_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)",
    re.ASCII,
)
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_DURATION = re.compile(r"[-+]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)", re.ASCII)


def _is_date_time(text: str) -> bool:
    from datetime import date

    found = _DATE_TIME.fullmatch(text)
    if not found:
        return False
    try:
        date(int(found[1]) or 1, int(found[2]), int(found[3]))
    except ValueError:
        return False
    return True


def _is_date(text: str) -> bool:
    return bool(re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII)) and _is_date_time(text + "T00:00:00Z")


def _is_base64(text: str) -> bool:
    return bool(_BASE64.fullmatch(re.sub(r"[\r\n]", "", text)))


FORMATS: dict[str, tuple[Callable[[str], bool], str]] = {
    "date-time": (_is_date_time, "a time such as 2024-05-01T12:00:00Z"),
    "date": (_is_date, "a date such as 2024-05-01"),
    "byte": (_is_base64, "base64 text"),
    "duration": (lambda text: bool(_DURATION.fullmatch(text)), "a duration such as 90s or 1h30m"),
    QUANTITY: (is_quantity, "a quantity"),
}
"""Formats the server checks (kube-openapi `pkg/validation/strfmt`) that occur in the kinds we know."""


def valid(kind: KindSchema, data: Any) -> bool:
    """Whether an object fits its kind's schema."""
    try:
        return bool(compiled(kind).is_valid(data))
    except ValueError:  # values that are not JSON (odd keys, too deep): the walk says what is wrong
        return False


def findings(kind: KindSchema, data: Any) -> list[Finding]:
    """Everything that does not fit, in document order; empty when `valid` says so."""
    if valid(kind, data):
        return []
    return explain(kind, data)


def explain(kind: KindSchema, data: Any) -> list[Finding]:
    """The walk behind `findings`; slow, with a reason for everything."""
    try:
        found = list(_walk(_Schemas(kind.schema, kind.custom), kind.schema, data, (), strict=True))
    except RecursionError:
        return [Finding("value", (), None, "it is nested too deeply", "other")]
    return found or _unexplained(kind, data)


def _unexplained(kind: KindSchema, data: Any) -> list[Finding]:
    """Where only the engine objects: its own words are better than silence."""
    try:
        errors = list(compiled(kind).iter_errors(data))
    except ValueError as error:
        return [Finding("value", (), None, str(error), "other")]
    return [
        Finding("value", tuple(error.instance_path), None, error.message, "other") for error in errors[:1]
    ]


# --- the fast way -----------------------------------------------------------------------------------------------


class _ListKeys:
    """Custom keyword: no two items of a list carry the same keys."""

    def __init__(self, parent_schema: dict[str, Any], value: Any, schema_path: list[str | int]) -> None:
        self.keys = value

    def validate(self, instance: Any) -> None:
        if isinstance(instance, list) and _first_repeat(instance, self.keys) is not None:
            raise ValueError("repeated")


@lru_cache(maxsize=1024)
def compiled(kind: KindSchema) -> Any:
    """The kind's schema as one compiled check."""
    import jsonschema_rs

    document = json_schema(kind)

    def build() -> Any:
        return jsonschema_rs.Draft202012Validator(
            document,
            formats={name: check for name, (check, _) in FORMATS.items()},
            validate_formats=True,
            pattern_options=jsonschema_rs.RegexOptions(),
            keywords={LIST_KEYS: _ListKeys},
            offline=True,
        )

    try:
        return build()
    except ValueError:
        # A pattern the linear engine cannot run, such as one that looks ahead; the server's engine refuses it too.
        _drop_patterns(document)
        return build()


def _drop_patterns(node: Any) -> None:
    if isinstance(node, dict):
        pattern = node.get("pattern")
        if isinstance(pattern, str) and _pattern(pattern) is None:
            del node["pattern"]
        for value in node.values():
            _drop_patterns(value)
    elif isinstance(node, list):
        for value in node:
            _drop_patterns(value)


@lru_cache(maxsize=1024)
def _pattern(pattern: str) -> Callable[[Any], bool] | None:
    import jsonschema_rs

    try:
        return jsonschema_rs.Draft202012Validator(
            {"pattern": pattern}, pattern_options=jsonschema_rs.RegexOptions()
        ).is_valid
    except ValueError:
        return None


def json_schema(kind: KindSchema) -> Schema:
    """A structural schema as JSON Schema 2020-12."""
    converter = _Converter(kind)
    document = converter.convert(kind.schema, strict=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **document, "$defs": converter.defs()}


class _Converter:
    def __init__(self, kind: KindSchema) -> None:
        self.schemas = _Schemas(kind.schema, kind.custom)
        self.table: dict[str, Schema] = {}
        self.waiting: list[tuple[str, bool]] = []

    def defs(self) -> dict[str, Schema]:
        while self.waiting:
            name, strict = self.waiting.pop()
            key = name if strict else name + "~"
            if key not in self.table:
                self.table[key] = self.convert(self.schemas.table[name], strict)
        return self.table

    def convert(self, node: Schema, strict: bool, null: bool = False) -> Schema:
        """`strict`: unknown fields are denied (not so inside allOf, anyOf, oneOf, not). `null`: null passes too."""
        if "$ref" in node:
            name = node["$ref"].removeprefix("#/$defs/")
            if null and not self.schemas.get(node).get("nullable"):
                return self.convert(self.schemas.get(node), strict, null)
            self.waiting.append((name, strict))
            return {"$ref": node["$ref"] + ("" if strict else "~0")}  # JSON pointers write `~` as `~0`
        schema: Schema = {key: node[key] for key in PLAIN_KEYWORDS if key in node}
        null = null or bool(node.get("nullable"))
        types = _types(node)
        if types and strict:
            schema["type"] = [*types, "null"] if null else types
        if "enum" in node:
            schema["enum"] = [*node["enum"], None] if null else node["enum"]
        low, high = _bounds(node)
        if low is not None:
            schema["exclusiveMinimum" if node.get("exclusiveMinimum") else "minimum"] = low
        if high is not None:
            schema["exclusiveMaximum" if node.get("exclusiveMaximum") else "maximum"] = high
        if "pattern" in node:
            schema["pattern"] = node["pattern"]
        if node.get("format") in FORMATS:
            schema["format"] = node["format"]
        self._object(node, schema, strict)
        if isinstance(node.get("items"), dict):
            schema["items"] = self.convert(node["items"], strict)
        keys = _list_keys(node, self.schemas)
        if keys is not None and self.schemas.custom:
            schema[LIST_KEYS] = keys
        for key in ("allOf", "anyOf", "oneOf"):
            if node.get(key):
                schema[key] = [self.convert(sub, False) for sub in node[key]]
        if isinstance(node.get("not"), dict):
            schema["not"] = self.convert(node["not"], False)
        return schema

    def _object(self, node: Schema, schema: Schema, strict: bool) -> None:
        properties = self.schemas.properties(node)
        if properties:
            schema["properties"] = {
                name: self.convert(sub, strict, null="default" in self.schemas.get(sub))
                for name, sub in properties.items()
            }
        required = self.schemas.required(node)
        if required:
            schema["required"] = required
        values = node.get("additionalProperties")
        if isinstance(values, dict):
            schema["additionalProperties"] = self.convert(values, strict)
        elif strict and self.schemas.closed(node):
            schema["additionalProperties"] = False


# --- facts both ways share -----------------------------------------------------------------------------------------


_EMBEDDED: dict[str, Schema] = {
    "apiVersion": {"type": "string"},
    "kind": {"type": "string"},
    "metadata": OBJECT_META,
}


@dataclass(frozen=True, slots=True)
class _Schemas:
    """A schema document: finds what references mean."""

    root: Schema
    custom: bool

    @property
    def table(self) -> dict[str, Schema]:
        table: dict[str, Schema] = self.root.get("$defs", {})
        return table

    def get(self, node: Schema) -> Schema:
        """The node itself, or what it refers to."""
        while "$ref" in node:
            node = self.table[node["$ref"].removeprefix("#/$defs/")]
        return node

    def properties(self, node: Schema) -> dict[str, Schema]:
        named: dict[str, Schema] = node.get("properties", {})
        return {**named, **_EMBEDDED} if node.get("x-kubernetes-embedded-resource") else named

    def required(self, node: Schema) -> list[str]:
        """Fields that must be written: the required ones without a default."""
        named = self.properties(node)
        wanted = [*node.get("required", ())]
        if node.get("x-kubernetes-embedded-resource"):
            wanted += [name for name in ("apiVersion", "kind") if name not in wanted]
        return [name for name in wanted if "default" not in self.get(named.get(name, {}))]

    def closed(self, node: Schema) -> bool:
        """Whether fields the schema does not name are unknown."""
        open_ = node.get("x-kubernetes-preserve-unknown-fields") or node.get("additionalProperties") is True
        return node.get("type") == "object" and not open_


def _types(node: Schema) -> list[str]:
    if node.get("x-kubernetes-int-or-string"):
        return ["integer", "string"]
    kind = node.get("type")
    if kind == "quantity":
        return ["string", "number"]
    return [kind] if kind else []


def _bounds(node: Schema) -> tuple[Any, Any]:
    low, high = node.get("minimum"), node.get("maximum")
    if node.get("format") in BOUNDS and node.get("type") == "integer":
        least, most = BOUNDS[node["format"]]
        low = least if low is None else max(low, least)
        high = most if high is None else min(high, most)
    return low, high


def _list_keys(node: Schema, schemas: _Schemas) -> list[Any] | None:
    """For lists whose items must differ: `[[key, default], ...]`, empty when whole items are compared."""
    if node.get("x-kubernetes-list-type") == "set":
        return []
    if node.get("x-kubernetes-list-type") == "map":
        named = schemas.properties(schemas.get(node.get("items", {})))
        return [
            [k, schemas.get(named.get(k, {})).get("default")]
            for k in node.get("x-kubernetes-list-map-keys", ())
        ]
    return None


def _first_repeat(items: list[Any], keys: list[Any]) -> int | None:
    """Index of the first item that repeats an earlier one."""
    seen = set()
    for index, item in enumerate(items):
        if keys:
            if not isinstance(item, dict):
                continue
            name = repr([item.get(key, default) for key, default in keys])
        else:
            name = repr(item)
        if name in seen:
            return index
        seen.add(name)
    return None


# --- the slow way ---------------------------------------------------------------------------------------------------


def _is_type(value: Any, kind: str) -> bool:
    if kind == "string":
        return isinstance(value, str)
    if kind == "boolean":
        return isinstance(value, bool)
    if kind == "integer":
        whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        return whole and not isinstance(value, bool)
    if kind == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if kind == "array":
        return isinstance(value, list)
    return isinstance(value, dict) if kind == "object" else True


def _lone_field(node: Schema) -> str:
    """For a map: the field a plain text was most likely meant for."""
    required = node.get("required", ())
    return required[0] if node.get("type") == "object" and len(required) == 1 else ""


def _walk(
    schemas: _Schemas, node: Schema, value: Any, path: Path, strict: bool, null: bool = False
) -> Iterator[Finding]:
    node = schemas.get(node)
    if value is None and (null or node.get("nullable")):
        return
    types = _types(node)
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
        low, high = _bounds(node)
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
        check = _pattern(pattern) if pattern else None
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
    schemas: _Schemas, node: Schema, value: Mapping[Any, Any], path: Path, strict: bool
) -> Iterator[Finding]:
    properties = schemas.properties(node)
    values = node.get("additionalProperties")
    for key, item in value.items():
        here = (*path, key)
        if not isinstance(key, str):
            yield Finding("type", (*path, str(key)), key, ["key"])
        elif key in properties:
            sub = properties[key]
            yield from _walk(schemas, sub, item, here, strict, null="default" in schemas.get(sub))
        elif isinstance(values, dict):
            yield from _walk(schemas, values, item, here, strict)
        elif strict and schemas.closed(node):
            yield Finding("unknown", here, item, list(properties))
    for name in schemas.required(node):
        if name not in value:
            yield Finding("missing", (*path, name), wanted=schemas.get(properties.get(name, {})))


def _items(schemas: _Schemas, node: Schema, value: list[Any], path: Path, strict: bool) -> Iterator[Finding]:
    if isinstance(node.get("items"), dict):
        for index, item in enumerate(value):
            yield from _walk(schemas, node["items"], item, (*path, index), strict)
    keys = _list_keys(node, schemas) if schemas.custom else None
    if keys is None and node.get("uniqueItems"):
        keys = []
    if keys is not None:
        repeat = _first_repeat(value, keys)
        if repeat is not None:
            yield Finding("value", (*path, repeat), value[repeat], [key for key, _ in keys], "unique")


def _combined(schemas: _Schemas, node: Schema, value: Any, path: Path) -> Iterator[Finding]:
    for sub in node.get("allOf", ()):
        yield from _walk(schemas, sub, value, path, strict=False)
    for key in ("anyOf", "oneOf"):
        branches = [list(_walk(schemas, sub, value, path, strict=False)) for sub in node.get(key, ())]
        passing = sum(not branch for branch in branches)
        if branches and not passing:
            yield from _best(branches, path, value)
        elif key == "oneOf" and passing > 1:
            yield Finding("value", path, value, None, "oneOf")
    if isinstance(node.get("not"), dict) and not list(_walk(schemas, node["not"], value, path, strict=False)):
        yield Finding("value", path, value, None, "not")


def _best(branches: list[list[Finding]], path: Path, value: Any) -> Iterator[Finding]:
    """No branch fits: the first finding of the one that came nearest; alternatives of required fields together."""
    firsts = [branch[0] for branch in branches]
    if all(first.defect == "missing" and len(first.path) == len(path) + 1 for first in firsts):
        yield Finding("value", path, value, [str(first.path[-1]) for first in firsts], "anyOf")
        return
    yield max(branches, key=lambda branch: (len(branch[0].path), -len(branch)))[0]
