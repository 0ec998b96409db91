"""Shorthands to the long form, and overrides merged over it.

Every spec is put in long form before overrides merge: else `source: uri` and `{path: x}` could not meet.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

ONE_OF: dict[str, tuple[tuple[str, ...], ...]] = {
    "Model": (("source", "sources"), ("size", "resources"), ("format", "container")),
    "Runtime": (("size", "resources"),),
}
"""Groups of which a spec has one member: saying one in an override drops the others."""

REPLACED = ("replicas", "source", "autoscale", "format")
"""Words an override replaces whole, since their parts only make sense together."""

Rule = Callable[[Any], Any]


def longform(kind: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    """A spec, or part of one, in long form. What has the wrong type is left as it is."""
    rules = RUNTIME if kind == "Runtime" else MODEL if kind == "Model" else {}
    return _apply(rules, spec)


def override(kind: str, base: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with an override merged over it, both in long form: null deletes, lists are replaced."""
    merged = dict(base)
    for group in ONE_OF.get(kind, ()):
        said = [word for word in group if patch.get(word) is not None]
        if said:
            for word in group:
                if word not in said:
                    merged.pop(word, None)
    for word, value in patch.items():
        if value is None:
            merged.pop(word, None)
        elif word in REPLACED:
            merged[word] = _without_null(value)
        else:
            merged[word] = _merge(merged.get(word), value)
    return merged


def _merge(base: Any, patch: Any) -> Any:
    if not isinstance(patch, Mapping):
        return patch
    merged = dict(base) if isinstance(base, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = _merge(merged.get(key), value)
    return merged


def _without_null(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    return {k: _without_null(v) for k, v in value.items() if v is not None}


def _apply(rules: Mapping[str, Rule], spec: Mapping[str, Any]) -> dict[str, Any]:
    return {word: rules[word](value) if word in rules and value is not None else value for word, value in spec.items()}


def _text_as(key: str) -> Rule:
    return lambda value: {key: value} if isinstance(value, str) else value


def _replicas(value: Any) -> Any:
    return {"min": value, "max": value} if isinstance(value, int) and not isinstance(value, bool) else value


def _variable(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return {"value": value}
    made = dict(value)
    for word in ("secret", "configMap"):
        reference = made.get(word)
        if isinstance(reference, str) and "/" in reference:
            name, _, key = reference.partition("/")
            made[word] = {"name": name, "key": key}
    return made


def _env(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    return {name: None if item is None else _variable(item) for name, item in value.items()}


def _resources(value: Any) -> Any:
    """`{cpu, memory, limits}` -> `{requests, limits}`; `none` as a limit means there is none."""
    if not isinstance(value, Mapping) or "requests" in value:
        return value
    made: dict[str, Any] = {"requests": {k: v for k, v in value.items() if k != "limits"}}
    if "limits" in value:
        made["limits"] = value["limits"]
    return made


def _ports(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    return [{"port": item} if isinstance(item, int) and not isinstance(item, bool) else item for item in value]


CONTAINER: dict[str, Rule] = {"env": _env, "resources": _resources, "ports": _ports}


def _side(value: Any) -> Any:
    rules = {**CONTAINER, "replicas": _replicas, "autoscale": _text_as("class")}
    return _apply(rules, value) if isinstance(value, Mapping) else value


def _sides(value: Any) -> Any:
    return {name: _side(item) for name, item in value.items()} if isinstance(value, Mapping) else value


def _formats(value: Any) -> Any:
    return [_text_as("name")(item) for item in value] if isinstance(value, list) else value


def _canary(value: Any) -> Any:
    return _apply({"source": _text_as("uri")}, value) if isinstance(value, Mapping) else value


MODEL: dict[str, Rule] = {
    **CONTAINER,
    "format": _text_as("name"),
    "source": _text_as("uri"),
    "replicas": _replicas,
    "autoscale": _text_as("class"),
    "container": _side,
    "transformer": _side,
    "explainer": _side,
    "workers": _side,
    "canary": _canary,
    "hardwareProfile": _text_as("name"),
}
RUNTIME: dict[str, Rule] = {**CONTAINER, "formats": _formats, "sidecars": _sides, "workers": _side}
