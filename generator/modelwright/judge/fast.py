"""The fast way: a kind's schema as one compiled check."""

from __future__ import annotations

from functools import lru_cache

from modelwright.judge.catalog import KindSchema, Schema
from modelwright.judge.facts import (
    FORMATS,
    JSON_TYPES,
    LIST_KEYS,
    PLAIN_KEYWORDS,
    Schemas,
    bounds_of,
    drops_null,
    list_keys,
    pattern_check,
    repeats,
    types_of,
)
from modelwright.typed import Any


class _ListKeys:
    """Custom keyword: no two items of a list carry the same keys."""

    def __init__(self, parent_schema: dict[str, Any], value: Any, schema_path: list[str | int]) -> None:
        self.keys = value

    def validate(self, instance: Any) -> None:
        if isinstance(instance, list) and repeats(instance, self.keys):
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
        if isinstance(pattern, str) and pattern_check(pattern) is None:
            del node["pattern"]
        for value in node.values():
            _drop_patterns(value)
    elif isinstance(node, list):
        for value in node:
            _drop_patterns(value)


def json_schema(kind: KindSchema) -> Schema:
    """A structural schema as JSON Schema 2020-12."""
    converter = _Converter(kind)
    document = converter.convert(kind.schema, strict=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **document, "$defs": converter.defs()}


class _Converter:
    def __init__(self, kind: KindSchema) -> None:
        self.schemas = Schemas(kind.schema, kind.custom)
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
        types = types_of(node)
        if types and strict:
            schema["type"] = [*types, "null"] if null else types
        if "enum" in node:
            schema["enum"] = [*node["enum"], None] if null else node["enum"]
        low, high = bounds_of(node)
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
        keys = list_keys(node, self.schemas)
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
            schema["properties"] = {name: self._field(sub, strict) for name, sub in properties.items()}
        required = self.schemas.required(node)
        if required:
            schema["required"] = required
        values = node.get("additionalProperties")
        if isinstance(values, dict):
            schema["additionalProperties"] = self._field(values, strict)
        elif strict and self.schemas.closed(node):
            schema["additionalProperties"] = False

    def _field(self, sub: Schema, strict: bool) -> Schema:
        """The schema of a field's value. A null that the server drops is not valid here: the walk tells of it."""
        known = self.schemas.get(sub)
        field = self.convert(sub, strict, null="default" in known)
        if strict and self.schemas.custom and drops_null(known) and not types_of(known):
            return {**field, "type": list(JSON_TYPES)}
        return field
