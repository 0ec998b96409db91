"""The language as plain JSON Schema, for editors: completion, hover texts and red lines while typing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modelwright.load.keys import KEYS
from modelwright.load.language import TYPES, Schema, metadata_schema, override_schema, schema

KEPT = ("title", "description", "examples", "default", "enum", "minimum", "maximum", "type")
PATTERNS = {
    "file": r"^(?!/)(?!(.*/)?\.\.(/|$))[^\\]+$",
}


def json_schema(kind: str) -> dict[str, Any]:
    """One kind as a self-contained JSON Schema (draft 2020-12)."""
    made = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": schema(kind)["title"],
        "description": schema(kind)["description"],
        "type": "object",
        "required": ["apiVersion", "kind", "metadata", *([] if kind == "Workspace" else ["spec"])],
        "additionalProperties": False,
        "properties": {
            "apiVersion": {"const": "modelwright/v1", "description": "Version of the blueprint language."},
            "kind": {"const": kind, "description": "What this blueprint is."},
            "metadata": _plain(metadata_schema(), kind, True),
            "spec": _plain(schema(kind), kind, True),
        },
    }
    if kind == "Workspace":
        made["properties"]["spec"] = _or_null(made["properties"]["spec"])
    if kind == "Model":
        choice = [{"required": [word]} for word in ("format", "container", "runtime")]
        made["properties"]["spec"]["anyOf"] = choice
    return made


def _plain(node: Schema, kind: str, whole: bool) -> dict[str, Any]:
    """One node. Where `whole` is false, nothing is required and null deletes: an override."""
    if node.get("later"):
        return {"description": f"Not supported yet. {node['description']}", "not": {}}
    made: dict[str, Any] = {k: node[k] for k in KEPT if k in node}
    stated = made.get("type")
    if node.get("words"):
        made["anyOf"] = [{"type": made.pop("type")}, {"enum": node["words"]}]
    pattern = node.get("pattern") or PATTERNS.get(str(node.get("format")))
    if pattern and stated == "string":
        made["pattern"] = pattern
    if "items" in node:
        made["items"] = _plain(node["items"], kind, True)
    _members(made, node, kind, whole)
    required = node.get("required") or ()
    if required and (whole or node.get("replace") is True):
        made["required"] = list(required)
    _groups(made, node, whole or node.get("replace") is True)
    return _with_short(made, node)


def _members(made: dict[str, Any], node: Schema, kind: str, whole: bool) -> None:
    if "properties" in node:
        inner = whole or node.get("replace") is True
        plain = {name: _plain(child, kind, inner) for name, child in node["properties"].items()}
        made["properties"] = plain if whole else {name: _or_null(child) for name, child in plain.items()}
    if node.get("overrides"):
        made["additionalProperties"] = _or_null(_plain(override_schema(kind), kind, False))
    elif node.get("defaultsOf"):
        made["properties"] = {n: _or_null(_plain(override_schema(n), n, False)) for n in node["defaultsOf"]}
        made["additionalProperties"] = False
    elif isinstance(node.get("additionalProperties"), Mapping):
        extra = node["additionalProperties"]
        child = _plain(extra, kind, whole)
        made["additionalProperties"] = child if whole and not extra.get("empty") else _or_null(child)
    elif not node.get("free") and made.get("type") == "object":
        made["additionalProperties"] = False
    if node.get("keys"):
        grammar = {"pattern": f"^({KEYS[node['keys']].pattern.removesuffix(chr(92) + 'Z')})$"}
        words = list(node.get("properties") or ())
        made["propertyNames"] = {"anyOf": [{"enum": words}, grammar]} if words else grammar


def _groups(made: dict[str, Any], node: Schema, whole: bool) -> None:
    rules: list[dict[str, Any]] = []
    said = {"not": {"type": "null"}}
    for group in node.get("exclusive", ()):
        pairs = [(a, b) for i, a in enumerate(group) for b in group[i + 1 :]]
        rules += [{"not": {"required": list(pair), "properties": dict.fromkeys(pair, said)}} for pair in pairs]
    if whole:
        rules += [{"anyOf": [{"required": [w]} for w in group]} for group in node.get("needs", ())]
        for word, groups in (node.get("demands") or {}).items():
            asked = [{"anyOf": [{"required": [w], "properties": {w: {"minLength": 1}}} for w in group]} for group in groups]
            rules.append({"if": {"properties": {"type": {"const": word}}, "required": ["type"]}, "then": {"allOf": asked}})
    if rules:
        made["allOf"] = rules


def _with_short(made: dict[str, Any], node: Schema) -> dict[str, Any]:
    short = node.get("short")
    if not short:
        return made
    text: dict[str, Any] = {k: made.pop(k) for k in ("title", "description", "examples", "default") if k in made}
    words = [w for w in short if w not in TYPES]
    other: list[dict[str, Any]] = []
    for name in (t for t in short if t in TYPES):
        meant = (node.get("properties") or {}).get(node.get("as", ""), node)
        rules = ("minimum", "maximum") if name == "integer" else ("pattern",)
        if name == "string" and meant.get("format") in PATTERNS:
            meant = {**meant, "pattern": PATTERNS[meant["format"]]}
        other.append({"type": name, **{k: meant[k] for k in rules if k in meant}})
    return {**text, "anyOf": [made, *other, *([{"enum": words}] if words else [])]}


def _or_null(node: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [{"type": "null"}, node], **{k: node[k] for k in ("description",) if k in node}}
