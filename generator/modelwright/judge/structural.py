"""Whether a schema of a CustomResourceDefinition can be meant at all.

Keywords and their types: `JSONSchemaProps` in kubernetes/apiextensions-apiserver,
`pkg/apis/apiextensions/v1/types_jsonschema.go`. The schema of CustomResourceDefinition itself says nothing about them
below `items` and `additionalProperties`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from modelwright.model import Path
from modelwright.typed import Any

TYPES = ("array", "boolean", "integer", "number", "object", "string")


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _rules(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(v, Mapping) and isinstance(v.get("rule"), str) for v in value)


_FLAGS = """
exclusiveMinimum exclusiveMaximum uniqueItems nullable x-kubernetes-int-or-string
x-kubernetes-preserve-unknown-fields x-kubernetes-embedded-resource
"""
_COUNTS = "minLength maxLength minItems maxItems minProperties maxProperties"
_WORDS = "pattern format x-kubernetes-list-type"
Rule = tuple[Callable[[Any], bool], str]
RULES: dict[str, Rule] = {
    "type": (lambda value: value in ("", *TYPES), f"one of: {', '.join(TYPES)}"),
    "enum": (lambda value: isinstance(value, list), "a list of values"),
    "multipleOf": (lambda value: _number(value) and value > 0, "a number above 0"),
    "x-kubernetes-validations": (_rules, "a list of rules"),
}
RULES |= dict.fromkeys(("minimum", "maximum"), (_number, "a number"))
RULES |= dict.fromkeys(("required", "x-kubernetes-list-map-keys"), (_texts, "a list of texts"))
RULES |= dict.fromkeys(_COUNTS.split(), (_count, "a whole number, 0 or more"))
RULES |= dict.fromkeys(_FLAGS.split(), (lambda value: isinstance(value, bool), "true or false"))
RULES |= dict.fromkeys(_WORDS.split(), (lambda value: isinstance(value, str), "text"))


def odd_keyword(schema: Any, path: Path) -> tuple[Path, str] | None:
    """The first keyword of a schema that cannot be meant, as its path and what is wrong; None where all is well."""
    if not isinstance(schema, Mapping):
        return path, f"`{path[-1]}` must be a schema"
    for word, value in schema.items():
        if value is None:
            continue
        rule = RULES.get(word)
        if rule is not None and not rule[0](value):
            return (*path, word), f"`{word}` of a schema must be {rule[1]}"
        if word == "properties" and not isinstance(value, Mapping):
            return (*path, word), "`properties` must be a map of schemas"
        if word in ("allOf", "anyOf", "oneOf") and not isinstance(value, list):
            return (*path, word), f"`{word}` must be a list of schemas"
        for below, inner in _inner(word, value, (*path, word)):
            odd = odd_keyword(inner, below)
            if odd is not None:
                return odd
    return None


def _inner(word: str, value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if word == "properties":
        yield from (((*path, key), item) for key, item in value.items())
    elif word in ("allOf", "anyOf", "oneOf"):
        yield from (((*path, index), item) for index, item in enumerate(value))
    elif word in ("items", "not") or (word == "additionalProperties" and not isinstance(value, bool)):
        yield path, value
