"""The blueprint language: authored schemas, read from `language/`, resolved once per kind."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

Schema = Mapping[str, Any]
FOLDER = Path(__file__).parent.parent / "language"
KINDS = ("Workspace", "Cluster", "Environment", "Connection", "Runtime", "Model", "Pipeline", "PipelineServer")
TYPES = ("string", "integer", "number", "boolean", "object", "array")
NOT_OVERRIDDEN = ("environments", "project")
"""Words of a component that no environment may say differently."""


def kinds() -> tuple[str, ...]:
    """Blueprint kinds this release knows."""
    return KINDS


@cache
def schema(kind: str) -> Schema:
    """The schema of a kind's `spec`, references and `extends` resolved."""
    return _whole(kind.lower())


@cache
def metadata_schema() -> Schema:
    """The schema of every kind's `metadata`."""
    return _whole("metadata")


@cache
def override_schema(kind: str) -> Schema:
    """The schema of what one environment may say differently: all of `spec`, nothing required."""
    whole = schema(kind)
    left = {k: v for k, v in whole["properties"].items() if k not in NOT_OVERRIDDEN}
    return {**whole, "properties": left, "required": (), "needs": ()}


@cache
def foreign_words() -> Mapping[str, str]:
    """Words of the platforms that people write by habit -> what to write instead."""
    return {str(word): str(hint) for word, hint in _file("foreign").items()}


def _whole(name: str) -> Schema:
    """A schema, resolved once for all runs."""
    from modelwright import kept

    source = FOLDER / f"{name}.yaml"
    key = kept.key(kept.versions((Path(__file__), FOLDER / "common.yaml", source)))
    found: Schema | None = kept.get(source, key)
    if found is None:
        found = _resolved_map(_file(name))
        kept.put(source, key, found)
    return found


@cache
def _file(name: str) -> Mapping[str, Any]:
    from modelwright.yamlio import read

    text = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    documents, problems = read(text, f"{name}.yaml")
    assert not problems, problems
    found: Mapping[str, Any] = documents[0]
    return found


def _resolved(node: Any) -> Any:
    if isinstance(node, list):
        return [_resolved(item) for item in node]
    return _resolved_map(node) if isinstance(node, Mapping) else node


def _resolved_map(node: Mapping[str, Any]) -> dict[str, Any]:
    common = _file("common")
    if isinstance(node.get("$ref"), str):
        own = {k: _resolved(v) for k, v in node.items() if k != "$ref"}
        return {**_resolved_map(common[node["$ref"]]), **own}
    # A field of a blueprint may itself be called `extends`: then it is no list.
    parts = node["extends"] if isinstance(node.get("extends"), list) else []
    made = {k: _resolved(v) for k, v in node.items() if not (k in ("extends", "without") and isinstance(v, list))}
    if parts:
        inherited: dict[str, Any] = {}
        for part in parts:
            inherited.update(_resolved_map(common[part])["properties"])
        for word in node.get("without", ()):
            inherited.pop(word, None)
        own = made.get("properties", {})
        made["properties"] = {**own, **{k: v for k, v in inherited.items() if k not in own}}
    if isinstance(made.get("properties"), dict):
        made.setdefault("type", "object")
    return made


def types_of(node: Schema) -> list[str]:
    """The JSON types of a field's long form."""
    stated = node.get("type", "object")
    return [stated] if isinstance(stated, str) else list(stated)


NAMES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "a map",
    "array": "a list",
}
AMOUNTS = ("quantity", "cpu", "memory")


def kind_of(node: Schema) -> str:
    """The type of a field in plain words."""
    if node.get("format") in AMOUNTS:
        return "an amount" + "".join(f" or `{word}`" for word in node.get("words", ()))
    words = [NAMES.get(t, f"`{t}`") for t in [*node.get("short", ()), *types_of(node)]]
    return " or ".join(dict.fromkeys(words))


def find(topic: str) -> Schema | None:
    """The schema behind `model`, `model.spec.autoscale` or `model.spec.environments.prod.size`."""
    head, *steps = topic.split(".")
    kind = next((k for k in KINDS if k.lower() == head.lower()), None)
    if kind is None:
        return None
    node: Schema = schema(kind)
    if steps[:1] == ["metadata"]:
        node, steps = metadata_schema(), steps[1:]
    elif steps[:1] == ["spec"]:
        steps = steps[1:]
    while steps:
        # A field's own name may hold dots: `services.loadbalancers`.
        named = (n for n in range(2, len(steps) + 1) if ".".join(steps[:n]) in (node.get("properties") or {}))
        taken = next(named, 1)
        inner = _inside(node, ".".join(steps[:taken]), kind)
        if inner is None:
            return None
        node, steps = inner, steps[taken:]
    return node


def _inside(node: Schema, step: str, kind: str) -> Schema | None:
    while isinstance(node.get("items"), Mapping):
        node = node["items"]
    properties: Mapping[str, Schema] = node.get("properties") or {}
    if step in properties:
        return properties[step]
    if node.get("overrides"):
        return {**override_schema(kind), "description": "What differs in this environment."}
    if step in node.get("defaultsOf", ()):
        return {**override_schema(step), "description": f"What every {step} says here, unless it says otherwise."}
    extra = node.get("additionalProperties")
    return extra if isinstance(extra, Mapping) else None


def describe(topic: str) -> str | None:
    """What a kind or a field of one means, such as `model.spec.autoscale`; None where there is no such thing."""
    node = find(topic)
    return None if node is None else _page(topic, node)


def _page(topic: str, node: Schema) -> str:
    lines = [f"{topic}: {kind_of(node)}", "", str(node.get("description", "")).strip()]
    if node.get("later"):
        lines += ["", "not supported yet"]
    if node.get("enum"):
        lines += ["", "one of: " + ", ".join(map(str, node["enum"]))]
    if "default" in node:
        lines += ["", f"default: {_shown(node['default'])}"]
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
    for group in inner.get("exclusive", ()):
        lines += ["", "only one of: " + ", ".join(group)]
    return "\n".join(lines) + "\n"


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def fields(kind: str) -> dict[str, Any]:
    """Every field of a kind's `spec`: name -> description, type, default, examples and inner fields."""
    return _fields(schema(kind))


def _fields(node: Schema) -> dict[str, Any]:
    found = {}
    for name, child in (node.get("properties") or {}).items():
        entry = {"description": child["description"], "type": kind_of(child)}
        entry.update({k: child[k] for k in ("default", "enum", "examples") if k in child})
        deeper = child.get("items") or child.get("additionalProperties") or child
        inner = {**_fields(child), **_fields(deeper)} if isinstance(deeper, Mapping) else _fields(child)
        found[name] = {**entry, "fields": inner} if inner else entry
    return found
