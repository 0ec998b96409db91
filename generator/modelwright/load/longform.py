"""Shorthands to the long form, and overrides merged over it.

Every spec is put in long form before overrides merge: else `replicas: 2` and `{max: 8}` could not meet.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from modelwright.load.language import KINDS, Schema, schema

Rule = Callable[[Any], Any]


def longform(kind: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    """A spec, or part of one, in long form. What has the wrong type is left as it is."""
    return _apply(RULES.get(kind, {}), spec)


def override(kind: str, base: Mapping[str, Any], patch: Mapping[str, Any]) -> Mapping[str, Any]:
    """`base` with an override merged over it, both in long form.

    A JSON merge patch (RFC 7396: null deletes, lists are replaced) with two exceptions, both stated in the
    schemas: saying one field of an `exclusive` group drops the others, and a `replace` field is replaced whole.
    A `patch` field is itself a merge patch: two of them compose, and keep their nulls.

    Neither is changed. An override that says nothing new gives `base` itself, so that later rooms see it at a glance.
    """
    return _merged(base, patch, schema(kind) if kind in KINDS else {})


def _merged(base: Mapping[str, Any], patch: Mapping[str, Any], node: Schema) -> Mapping[str, Any]:
    made = dict(base)
    changed = False
    for group in node.get("exclusive", ()) if made else ():
        said = [word for word in group if patch.get(word) is not None]
        for word in group if said else ():
            if word in made and word not in said:
                del made[word]
                changed = True
    for word, value in patch.items():
        old = made.get(word)
        if value is None:
            changed = changed or word in made
            made.pop(word, None)
        elif (new := _over(old, value, _member(node, word))) is not old:
            made[word] = new
            changed = True
    return made if changed else base


def _over(base: Any, patch: Any, node: Schema) -> Any:
    if not isinstance(patch, dict):
        alike = type(base) is type(patch) and isinstance(patch, str | int | float) and base == patch
        return base if alike else patch
    if node.get("patch"):
        return _composed(base, patch)
    replace = node.get("replace")
    whole = replace is True or any(patch.get(word) is not None for word in replace or ())
    return _merged(base if isinstance(base, dict) and not whole else {}, patch, node)


def _composed(base: Any, patch: Any) -> Any:
    """One merge patch that does what `base` and then `patch` would: their nulls delete from what it is laid over."""
    if not isinstance(patch, Mapping) or not isinstance(base, Mapping):
        return patch
    return {**base, **{word: _composed(base.get(word), value) for word, value in patch.items()}}


def _member(node: Schema, word: str) -> Schema:
    found = (node.get("properties") or {}).get(word) or node.get("additionalProperties")
    return found if isinstance(found, dict) else {}


def _apply(rules: Mapping[str, Rule], spec: Mapping[str, Any]) -> dict[str, Any]:
    return {word: rules[word](value) if word in rules and value is not None else value for word, value in spec.items()}


def _text_as(key: str) -> Rule:
    return lambda value: {key: value} if isinstance(value, str) else value


def _replicas(value: Any) -> Any:
    return {"min": value, "max": value} if isinstance(value, int) and not isinstance(value, bool) else value


def _variable(value: Any) -> Any:
    if not isinstance(value, dict):
        return {"value": value}
    made = dict(value)
    for word in ("secret", "configMap"):
        reference = made.get(word)
        if isinstance(reference, str) and "/" in reference:
            name, _, key = reference.partition("/")
            made[word] = {"name": name, "key": key}
    return made


def _env(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {name: None if item is None else _variable(item) for name, item in value.items()}


def _resources(value: Any) -> Any:
    """`{cpu, memory, limits}` -> `{requests, limits}`. The word `none` stays: it is not the same as absent."""
    if not isinstance(value, dict) or "requests" in value:
        return value
    made: dict[str, Any] = {}
    requests = {k: v for k, v in value.items() if k != "limits"}
    if requests or "limits" not in value:
        made["requests"] = requests
    if "limits" in value:
        made["limits"] = value["limits"]
    return made


def _ports(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    return [{"port": item} if isinstance(item, int) and not isinstance(item, bool) else item for item in value]


CONTAINER: dict[str, Rule] = {"env": _env, "resources": _resources, "ports": _ports}
SIDE: dict[str, Rule] = {**CONTAINER, "replicas": _replicas}


def _side(value: Any) -> Any:
    if isinstance(value, str):
        return {"image": value}
    return _apply(SIDE, value) if isinstance(value, dict) else value


def _sides(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {name: None if item is None else _side(item) for name, item in value.items()}


def _formats(value: Any) -> Any:
    return [_text_as("name")(item) for item in value] if isinstance(value, list) else value


def _canary(value: Any) -> Any:
    return _apply({"source": _text_as("uri")}, value) if isinstance(value, dict) else value


def _database(value: Any) -> Any:
    return {"managed": True} if value == "managed" else value


RULES: dict[str, dict[str, Rule]] = {
    "Model": {
        **CONTAINER,
        "format": _text_as("name"),
        "source": _text_as("uri"),
        "replicas": _replicas,
        "autoscale": _text_as("class"),
        "container": _side,
        "transformer": _side,
        "explainer": _side,
        "workers": lambda value: _apply(CONTAINER, value) if isinstance(value, dict) else value,
        "canary": _canary,
        "logger": _text_as("url"),
        "hardwareProfile": _text_as("name"),
    },
    "Runtime": {
        **CONTAINER,
        "formats": _formats,
        "sidecars": _sides,
        "workers": lambda value: _apply(CONTAINER, value) if isinstance(value, dict) else value,
    },
    "PipelineServer": {"database": _database},
    "Environment": {"secretStore": _text_as("name")},
}
"""Kind -> word -> its long form."""

ONE_OF: dict[str, tuple[tuple[str, ...], ...]] = {
    "Model": (("source", "sources"), ("size", "resources"), ("format", "container")),
    "Runtime": (("size", "resources"),),
    "Pipeline": (("ir", "python"),),
}
"""Groups of a spec of which one member counts; a test holds them equal to the schemas' `exclusive`."""
