"""The blueprint language: authored schemas, read from `language/`, resolved once per kind."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

Schema = Mapping[str, Any]
KINDS = ("Workspace", "Cluster", "Environment", "Connection", "Runtime", "Model")
TYPES = ("string", "integer", "number", "boolean", "object", "array")


def kinds() -> tuple[str, ...]:
    """Blueprint kinds this release knows."""
    return KINDS


@cache
def schema(kind: str) -> Schema:
    """The schema of a kind's `spec`, references and `extends` resolved."""
    found: Schema = _resolved(_file(kind.lower()), kind)
    return found


@cache
def metadata_schema() -> Schema:
    """The schema of every kind's `metadata`."""
    found: Schema = _resolved(_file("metadata"), "")
    return found


@cache
def override_schema(kind: str) -> Schema:
    """The schema of what one environment may say differently: all of `spec`, nothing required."""
    whole = schema(kind)
    left = {k: v for k, v in whole["properties"].items() if k not in ("environments", "project")}
    return {**whole, "properties": left, "required": ()}


@cache
def _file(name: str) -> Any:
    from modelwright.yamlio import read

    text = files("modelwright.language").joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    documents, problems = read(text, f"{name}.yaml")
    assert not problems, problems
    return documents[0]


def _resolved(node: Any, kind: str) -> Any:
    common = _file("common")
    if isinstance(node, list):
        return [_resolved(item, kind) for item in node]
    if not isinstance(node, Mapping):
        return node
    if isinstance(node.get("$ref"), str):
        own = {k: v for k, v in node.items() if k != "$ref"}
        return {**_resolved(common[node["$ref"]], kind), **own}
    made = {key: _resolved(value, kind) for key, value in node.items() if not (key in ("extends", "without") and isinstance(value, list))}
    if isinstance(node.get("extends"), list):
        inherited: dict[str, Any] = {}
        for part in node["extends"]:
            inherited.update(_resolved(common[part], kind)["properties"])
        for word in node.get("without", ()):
            inherited.pop(word, None)
        made["properties"] = {**made.get("properties", {}), **inherited} | made.get("properties", {})
        made.setdefault("type", "object")
    if "properties" in made:
        made.setdefault("type", "object")
    return made


def json_schema(kind: str) -> dict[str, Any]:
    """One kind as a self-contained JSON Schema (draft 2020-12), for editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": schema(kind)["title"],
        "description": schema(kind)["description"],
        "type": "object",
        "required": ["apiVersion", "kind", "metadata", "spec"],
        "additionalProperties": False,
        "properties": {
            "apiVersion": {"const": "modelwright/v1", "description": "Version of the blueprint language."},
            "kind": {"const": kind, "description": "What this blueprint is."},
            "metadata": _plain(metadata_schema()),
            "spec": _plain(schema(kind), kind),
        },
    }


def _plain(node: Schema, kind: str = "") -> dict[str, Any]:
    made: dict[str, Any] = {k: node[k] for k in ("description", "examples", "enum", "minimum", "maximum") if k in node}
    if "type" in node:
        made["type"] = node["type"]
    if node.get("pattern") and node.get("type") == "string":
        made["pattern"] = node["pattern"]
    if "items" in node:
        made["items"] = _plain(node["items"], kind)
    if "properties" in node:
        made["properties"] = {name: _plain(child, kind) for name, child in node["properties"].items()}
    if node.get("overrides"):
        made["additionalProperties"] = {"anyOf": [{"type": "null"}, _nullable(_plain(override_schema(kind)))]}
    elif node.get("defaultsOf"):
        made["properties"] = {name: _nullable(_plain(override_schema(name))) for name in node["defaultsOf"]}
        made["additionalProperties"] = False
    elif "additionalProperties" in node:
        made["additionalProperties"] = _plain(node["additionalProperties"], kind)
    elif not node.get("free") and made.get("type") == "object":
        made["additionalProperties"] = False
    if node.get("required"):
        made["required"] = list(node["required"])
    for group in node.get("exclusive", ()):
        pairs = [[a, b] for i, a in enumerate(group) for b in group[i + 1 :]]
        made.setdefault("allOf", []).extend({"not": {"required": pair}} for pair in pairs)
    short = node.get("short")
    if short:
        text: dict[str, Any] = {k: made.pop(k) for k in ("description", "examples") if k in made}
        words = [w for w in short if w not in TYPES]
        other: list[dict[str, Any]] = [{"type": t} for t in short if t in TYPES]
        return {**text, "anyOf": [made, *other, *([{"enum": words}] if words else [])]}
    return made


def _nullable(node: dict[str, Any]) -> dict[str, Any]:
    """An override may delete any field by null."""
    properties = {name: {"anyOf": [{"type": "null"}, child]} for name, child in node.get("properties", {}).items()}
    return {**node, "properties": properties}


def describe(topic: str) -> str | None:
    """What a kind or a field of one means, such as `model.spec.autoscale`; None where there is no such thing."""
    head, *rest = topic.split(".")
    kind = next((k for k in KINDS if k.lower() == head.lower()), None)
    if kind is None:
        return None
    node: Any = schema(kind)
    if rest[:1] == ["metadata"]:
        node, rest = metadata_schema(), rest[1:]
    elif rest[:1] == ["spec"]:
        rest = rest[1:]
    for step in rest:
        if node.get("items"):
            node = node["items"]
        node = (node.get("properties") or {}).get(step) or (
            node.get("additionalProperties") if isinstance(node.get("additionalProperties"), Mapping) else None
        )
        if node is None:
            return None
    return _page(topic, node)


def _page(topic: str, node: Schema) -> str:
    lines = [f"{topic}: {kind_of(node)}", "", str(node.get("description", "")).strip()]
    if node.get("enum"):
        lines += ["", "one of: " + ", ".join(map(str, node["enum"]))]
    for example in node.get("examples", ()):
        from modelwright.yamlio import emit

        text = emit(example) if isinstance(example, dict | list) else f"{example}\n"
        lines += ["", "example:", *(f"  {line}" for line in text.rstrip().splitlines())]
    inner = node.get("items") or node
    if inner.get("properties"):
        width = min(20, max(len(name) for name in inner["properties"]))
        lines += ["", "fields:"]
        for name, child in inner["properties"].items():
            mark = " (required)" if name in (inner.get("required") or ()) else ""
            lines.append(f"  {name:{width}}  {child.get('description', '')}{mark}")
    for group in node.get("exclusive", ()):
        lines += ["", "only one of: " + ", ".join(group)]
    return "\n".join(lines) + "\n"


NAMES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "a map",
    "array": "a list",
}


def kind_of(node: Schema) -> str:
    """The type of a field in plain words."""
    if node.get("format") == "quantity":
        return "an amount"
    stated = node.get("type", "object")
    types = [stated] if isinstance(stated, str) else list(stated)
    words = [NAMES.get(t, f"`{t}`") for t in [*node.get("short", ()), *types]]
    return " or ".join(dict.fromkeys(words))
