"""Shorthands, stated here a second time: what each long form may be written as."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Say = Callable[[], bool]


def shortened(kind: str, spec: Mapping[str, Any], say: Say = lambda: True) -> dict[str, Any]:
    """A spec with every long form that has a shorthand written so, where `say` says yes."""
    return {word: _short(kind, word, value, say) for word, value in spec.items()}


ONLY = {"format": "name", "source": "uri", "logger": "url", "hardwareProfile": "name", "secretStore": "name", "store": "name",
        "container": "image", "transformer": "image", "explainer": "image"}  # fmt: skip
"""A map that says only this field may be its text."""


def _short(kind: str, word: str, value: Any, say: Say) -> Any:
    if isinstance(value, Mapping) and word in ("container", "transformer", "explainer", "workers", "canary", "from"):
        value = shortened(kind, value, say)
    if word in ("environments", "defaults", "sidecars", "sizes") and isinstance(value, Mapping):
        return {name: _inside(kind, word, name, item, say) for name, item in value.items()}
    if kind == "Connection" and word in ("secret", "container"):
        return value
    if isinstance(value, Mapping) and not _fits(word, value):
        return value
    return _written(word, value) if say() else value


def _inside(kind: str, word: str, name: str, item: Any, say: Say) -> Any:
    if not isinstance(item, Mapping):
        return item
    inner = shortened(name if word == "defaults" else kind, item, say)
    return inner["image"] if word == "sidecars" and list(inner) == ["image"] and isinstance(inner["image"], str) and say() else inner


def _fits(word: str, value: Mapping[str, Any]) -> bool:
    if word == "replicas":
        return set(value) == {"min", "max"} and value["min"] == value["max"]
    if word == "autoscale":
        return list(value) == ["class"] and value["class"] in ("none", "external")
    return word == "env" or (word in ONLY and list(value) == [ONLY[word]] and isinstance(value[ONLY[word]], str))


def _written(word: str, value: Any) -> Any:
    if isinstance(value, list) and word in ("ports", "formats"):
        key = "port" if word == "ports" else "name"
        return [item[key] if isinstance(item, Mapping) and list(item) == [key] else item for item in value]
    if not isinstance(value, Mapping):
        return value
    if word == "env":
        return {name: _variable(item) for name, item in value.items()}
    return value[{"replicas": "min", "autoscale": "class"}.get(word) or ONLY[word]]


def _variable(item: Any) -> Any:
    if not isinstance(item, Mapping):
        return item
    if list(item) == ["value"]:
        return item["value"]
    made = dict(item)
    for word in ("secret", "configMap"):
        reference = made.get(word)
        if isinstance(reference, Mapping) and set(reference) == {"name", "key"}:
            made[word] = f"{reference['name']}/{reference['key']}"
    return made
