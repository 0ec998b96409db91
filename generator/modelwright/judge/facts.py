"""What a structural schema says, asked node by node; shared by the fast check and the slow explanation."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from functools import lru_cache

from modelwright.judge.catalog import OBJECT_META, QUANTITY, Schema
from modelwright.model import Path
from modelwright.patterns import pattern
from modelwright.quantities import is_quantity
from modelwright.records import dataclass
from modelwright.typed import Any, Literal

BOUNDS = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}
LENGTHS = ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties")
JSON_TYPES = ("array", "boolean", "number", "object", "string")
"""All types but null."""
PLAIN_KEYWORDS = (*LENGTHS, "multipleOf", "uniqueItems")
LIST_KEYS = "modelwright-list-keys"
"""Keyword of our compiled schemas: the fields that together name an item of a list."""

Defect = Literal["unknown", "null", "type", "missing", "value", "quantity"]


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

    @property
    def machine(self) -> bool:
        """Whether a whole number is beyond what its format holds, rather than a bound that the kind states."""
        return self.rule in ("minimum", "maximum") and self.wanted[self.rule == "maximum"] in _MACHINE_BOUNDS

    @property
    def blocking(self) -> bool:
        """Whether the server asks no rules of the object (`hasBlockingErr` in its customresource strategy)."""
        if self.defect == "missing" and self.path[:2] == ("metadata", "ownerReferences"):
            return False  # to the server these are empty texts
        return self.defect in ("type", "missing") or self.rule in _BLOCKING


_MACHINE_BOUNDS = {bound for pair in BOUNDS.values() for bound in pair}
_BLOCKING = ("enum", "maxLength", "maxItems", "maxProperties")


class Absent:
    """No value before, or none that could be told to be the one before."""


ABSENT = Absent()

_DATE_TIME = pattern(
    r"(\d{4})-(\d\d)-(\d\d)[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)",
    re.ASCII,
)
_BASE64 = pattern(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_DURATION = pattern(r"[-+]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)", re.ASCII)


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


_EMBEDDED: dict[str, Schema] = {
    "apiVersion": {"type": "string"},
    "kind": {"type": "string"},
    "metadata": OBJECT_META,
}


@dataclass(frozen=True, slots=True)
class Schemas:
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


def types_of(node: Schema) -> list[str]:
    """The JSON types a node allows; empty for any."""
    if node.get("x-kubernetes-int-or-string"):
        return ["integer", "string"]
    kind = node.get("type")
    if kind == "quantity":
        return ["string", "number"]
    return [kind] if kind else []


def drops_null(node: Schema) -> bool:
    """Whether the server drops a field of a custom kind that is null (`defaulting/prunenulls.go`)."""
    return not node.get("nullable") and "default" not in node


def bounds_of(node: Schema) -> tuple[Any, Any]:
    """The least and the greatest number a node allows; None for no bound."""
    low, high = node.get("minimum"), node.get("maximum")
    if "integer" in types_of(node):
        least, most = BOUNDS.get(node.get("format", ""), BOUNDS["int64"])
        low = least if low is None else max(low, least)
        high = most if high is None else min(high, most)
    return low, high


def list_keys(node: Schema, schemas: Schemas) -> list[Any] | None:
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


def repeats(items: list[Any], keys: list[Any]) -> list[int]:
    """Indexes of the items that repeat an earlier one: of each, the second only (`listtype/validation.go`).

    A keyed list with anything but maps in it is wrong in another way, and not looked at.
    """
    if len(items) < 2 or (keys and not all(item is None or isinstance(item, dict) for item in items)):
        return []
    if keys and _all_differ(items, keys):
        return []
    seen: dict[Hashable, int] = {}
    found = []
    for index, item in enumerate(items):
        name = _identity(item, keys)
        seen[name] = seen.get(name, 0) + 1
        if seen[name] == 2:
            found.append(index)
    return found


def _all_differ(items: list[Any], keys: list[Any]) -> bool:
    """Whether it takes but a glance to tell all items apart: their keys are texts or whole numbers, and there."""
    try:
        if len(keys) == 1:
            [[key, _]] = keys
            names = [item[key] for item in items]
            plain = _TEXT_ALONE.issuperset(map(type, names))
        else:
            names = [tuple([item.get(key, default) for key, default in keys]) for item in items]
            plain = all(_PLAIN.issuperset(map(type, name)) for name in names)
    except (KeyError, TypeError, AttributeError):
        return False
    return plain and len(set(names)) == len(names)


_TEXT_ALONE, _PLAIN = frozenset({str}), frozenset({str, int})


def _identity(item: Any, keys: list[Any]) -> Hashable:
    """What makes an item of a list itself: its keys, or all of it."""
    if keys:
        item = item or {}
        texts = tuple(item.get(key, default) for key, default in keys)
        if all(type(each) is str for each in texts):
            return texts
        # A key that is absent is not the same as one that is null.
        item = {key: item.get(key, default) for key, default in keys if key in item or default is not None}
    elif type(item) is str:
        return (item,)
    import json

    return json.dumps(item, sort_keys=True, default=repr)


_DIGITS = r"(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))"
QUANTITY_PATTERN = rf"^(\+|-)?{_DIGITS}(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?{_DIGITS}))?$"
"""How definitions of custom kinds say that a text is a quantity."""


@lru_cache(maxsize=1024)
def pattern_check(pattern: str) -> Callable[[Any], bool] | None:
    """A check by the linear-time engine; None for a pattern it cannot run."""
    if pattern == QUANTITY_PATTERN:
        # By far the most frequent one, and harmless: no need to load the engine for it.
        return re.compile(pattern.removesuffix("$") + r"\Z").search  # type: ignore[return-value]
    import jsonschema_rs

    try:
        return jsonschema_rs.Draft202012Validator(
            {"pattern": pattern}, pattern_options=jsonschema_rs.RegexOptions()
        ).is_valid
    except ValueError:
        return None
