"""Structural schemas as CEL sees them: which fields an expression may name, of which types, and their values.

Types: kubernetes/apiserver `pkg/cel/common/schemas.go` (`SchemaDeclType`). Values: `pkg/cel/common/values.go`
(`UnstructuredToVal`). Names: `pkg/cel/escaping.go`. What a schema leaves open (`x-kubernetes-preserve-unknown-fields`)
no expression can name.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping

from modelwright.cel.library import conversions
from modelwright.cel.tokens import KEYWORDS, RESERVED
from modelwright.cel.types import BOOL, BYTES, DOUBLE, DURATION, DYN, INT, STRING, TIMESTAMP, Fields, Type
from modelwright.cel.values import EvalError, KeyedList, SetList
from modelwright.typed import Any

Schema = Mapping[str, Any]
Convert = Callable[[Any], Any]
_WORDS = (RESERVED | KEYWORDS) - {"dyn"}
_NAME = re.compile(r"[A-Za-z_./-][A-Za-z0-9_./-]*")
_PART = re.compile(r"__|[-./]")
_SIGNS = {"__": "__underscores__", ".": "__dot__", "-": "__dash__", "/": "__slash__"}
_META = {"type": "object", "properties": {"name": {"type": "string"}, "generateName": {"type": "string"}}}
_ROOT = {"apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": _META}
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
MAX_DEPTH = 64
"""Levels of a schema that are looked at; `$ref` may go in a circle."""


def escaped(name: str) -> str:
    """How an expression names a property; empty where it cannot."""
    if name in _WORDS:
        return f"__{name}__"
    if not _NAME.fullmatch(name):
        return ""
    return _PART.sub(lambda found: _SIGNS[found[0]], name)


class SchemaTypes:
    """The types and values of one schema, whose `$defs` it knows."""

    def __init__(self, root: Schema) -> None:
        self._definitions: Mapping[str, Schema] = root.get("$defs", {})
        self._exposed: dict[int, bool] = {}

    def resolved(self, schema: Schema) -> Schema:
        """The schema a `$ref` means."""
        for _ in range(MAX_DEPTH):
            reference = schema.get("$ref")
            if not isinstance(reference, str):
                return schema
            schema = self._definitions.get(reference.rpartition("/")[2], {})
        return {}

    def type_of(self, schema: Schema, resource: bool = False) -> Type | None:
        """The type of a schema's values, or None where expressions cannot see them.

        `resource`: the schema is of a whole object, whose identity can always be named.
        """
        schema = self.resolved(schema)
        if schema.get("x-kubernetes-int-or-string") is True:
            return DYN
        kind = "object" if resource else schema.get("type")
        if kind == "array":
            items = self._inside(schema.get("items"))
            return Type("list", (items,)) if items else None
        if kind == "object":
            values = None if resource else schema.get("additionalProperties")
            if isinstance(values, Mapping):
                of = self._inside(values)
                return Type("map", (STRING, of)) if of else None
            return self._object(schema, resource)
        if kind == "string":
            formats = {"byte": BYTES, "duration": DURATION, "date": TIMESTAMP, "date-time": TIMESTAMP}
            return formats.get(schema.get("format", ""), STRING)
        return {"boolean": BOOL, "number": DOUBLE, "integer": INT}.get(kind or "")

    def _inside(self, schema: Any) -> Type | None:
        if not isinstance(schema, Mapping):
            return None
        schema = self.resolved(schema)
        return self.type_of(schema, schema.get("x-kubernetes-embedded-resource") is True)

    def _object(self, schema: Schema, resource: bool) -> Type:
        known: dict[str, tuple[str, Callable[[], Type]]] = {}
        properties = {**schema.get("properties", {}), **(_ROOT if resource else {})}
        for name, each in properties.items():
            if escaped(name) and self.exposed(each):
                known[escaped(name)] = (name, lambda each=each: self._inside(each) or DYN)  # type: ignore[misc]
        return Type("object", (), Fields(known), name=f"object[{', '.join(sorted(known))[:60]}]")

    def exposed(self, schema: Schema) -> bool:
        """Whether expressions can see the values of a schema, found without its whole type."""
        schema = self.resolved(schema)
        for _ in range(MAX_DEPTH):
            if schema.get("x-kubernetes-int-or-string") is True:
                return True
            inside = schema.get("items") if schema.get("type") == "array" else None
            if schema.get("type") == "object" and isinstance(schema.get("additionalProperties"), Mapping):
                inside = schema["additionalProperties"]
            if inside is None:
                return schema.get("type") in ("object", "string", "boolean", "number", "integer")
            schema = self.resolved(inside) if isinstance(inside, Mapping) else {}
        return False

    def converter(self, schema: Schema) -> Convert | None:
        """What makes CEL's values of a schema's JSON values; None where they are the same."""
        return self._converter(schema, 0)

    def _converter(self, schema: Schema, depth: int) -> Convert | None:
        schema = self.resolved(schema)
        if depth > MAX_DEPTH or schema.get("x-kubernetes-int-or-string") is True:
            return None
        kind = schema.get("type")
        if kind == "number":
            return lambda value: float(value) if type(value) is int else value
        if kind == "integer":
            return lambda value: int(value) if type(value) is float and value.is_integer() else value
        if kind == "string":
            return _TEXTS.get(schema.get("format", ""))
        if kind == "array":
            return self._list(schema, depth)
        if kind == "object":
            return self._fields(schema, depth)
        return None

    def _list(self, schema: Schema, depth: int) -> Convert | None:
        items = schema.get("items")
        each = self._converter(items, depth + 1) if isinstance(items, Mapping) else None
        made = _LISTS.get(schema.get("x-kubernetes-list-type", ""))
        if made is None and each is None:
            return None
        names = tuple(schema.get("x-kubernetes-list-map-keys", ()))

        def convert(value: Any) -> Any:
            if not isinstance(value, list):
                return value
            found = [_null_or(each, item) for item in value] if each else value
            return made(found, names) if made else found

        return convert

    def _fields(self, schema: Schema, depth: int) -> Convert | None:
        values = schema.get("additionalProperties")
        every = self._converter(values, depth + 1) if isinstance(values, Mapping) else None
        known = {
            name: made
            for name, each in schema.get("properties", {}).items()
            if (made := self._converter(each, depth + 1))
        }
        if every is None and not known:
            return None

        def convert(value: Any) -> Any:
            if not isinstance(value, dict):
                return value
            if every is not None:
                return {name: _null_or(every, each) for name, each in value.items()}
            changed = {name: _null_or(known[name], value[name]) for name in known if name in value}
            return {**value, **changed} if changed else value

        return convert


def _null_or(convert: Convert, value: Any) -> Any:
    return None if value is None else convert(value)


def _bytes(value: Any) -> Any:
    try:
        return base64.b64decode(value, validate=True) if isinstance(value, str) else value
    except (binascii.Error, ValueError):
        return value


def _time(value: Any) -> Any:
    try:
        return conversions.timestamp_of(value) if isinstance(value, str) else value
    except EvalError:
        return value


def _day(value: Any) -> Any:
    return _time(f"{value}T00:00:00Z") if isinstance(value, str) and _DATE.fullmatch(value) else value


def _span(value: Any) -> Any:
    try:
        return conversions.duration_of(value) if isinstance(value, str) else value
    except EvalError:
        return value


_TEXTS: Mapping[str, Convert] = {"byte": _bytes, "date-time": _time, "date": _day, "duration": _span}
_LISTS: Mapping[str, Callable[[list[Any], tuple[str, ...]], list[Any]]] = {
    "set": lambda items, _: SetList(items),
    "map": KeyedList,
}
