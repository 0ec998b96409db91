"""Whether a schema is structural, as each schema of a CustomResourceDefinition must be.

Source: kubernetes/apiextensions-apiserver `pkg/apiserver/schema/validation.go`, `complete.go`, and
`pkg/apis/apiextensions/validation/validation.go` (`ValidateCustomResourceDefinitionOpenAPISchema`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from modelwright.judge.names import Note
from modelwright.judge.structural import odd_keyword
from modelwright.model import Path

Level = Literal["root", "item", "field"]
Node = Mapping[str, Any]
NEVER = ("$ref", "$schema", "id", "definitions", "dependencies", "patternProperties", "additionalItems", "uniqueItems")
_EXTENSIONS = ("preserve-unknown-fields", "embedded-resource", "int-or-string", "list-map-keys", "list-type", "map-type")
NOT_NESTED = (
    *("type", "default", "title", "description", "nullable", "additionalProperties", "x-kubernetes-validations"),
    *(f"x-kubernetes-{word}" for word in _EXTENSIONS),
)
"""Words that have no place in `allOf`, `anyOf`, `oneOf` and `not`."""
JUNCTORS = ("allOf", "anyOf", "oneOf", "not")
_INT_OR_STRING = [{"type": "integer"}, {"type": "string"}]
_REFUSED = "the API server refuses such a definition"
_IDENTITY = ("kind", "apiVersion")


def odd_schema(schema: Any, path: Path) -> Note | None:
    """The first thing in a schema that the API server refuses; a schema nested beyond any sense is one, too."""
    try:
        return odd_keywords(schema, path) or next(_node(schema, path, "root"), None)
    except RecursionError:
        return "MW261", path, "the schema is nested too deep", _REFUSED


def odd_keywords(schema: Any, path: Path) -> Note | None:
    """The first word in a schema that cannot be meant."""
    odd = odd_keyword(schema, path)
    return ("MW232", odd[0], odd[1], _REFUSED) if odd else None


def _note(path: Path, what: str, hint: str = _REFUSED) -> Note:
    return "MW261", path, what, hint


def _node(node: Node, path: Path, level: Level) -> Iterator[Note]:
    yield from _never(node, path)
    yield from _type(node, path, level)
    yield from _open(node, path, level)
    if level == "root" or node.get("x-kubernetes-embedded-resource"):
        yield from _resource(node, path, level)
    yield from _list(node, path)
    yield from _pattern(node, path)
    yield from _junctors(node, node if level == "root" else None, path)
    for name, each in (node.get("properties") or {}).items():
        yield from _node(each, (*path, "properties", name), "field")
    if isinstance(node.get("items"), Mapping):
        yield from _node(node["items"], (*path, "items"), "item")
    if isinstance(node.get("additionalProperties"), Mapping):
        yield from _node(node["additionalProperties"], (*path, "additionalProperties"), "field")


def _never(node: Node, path: Path) -> Iterator[Note]:
    for word in NEVER:
        if node.get(word):
            hint = "write out what it means: in a definition every schema stands where it is used" if word == "$ref" else _REFUSED
            yield "MW260", (*path, word), f"`{word}` has no place in the schema of a definition", hint


def _type(node: Node, path: Path, level: Level) -> Iterator[Note]:
    kind, embedded = node.get("type") or "", node.get("x-kubernetes-embedded-resource")
    free = node.get("x-kubernetes-int-or-string") or node.get("x-kubernetes-preserve-unknown-fields")
    if kind == "array" and node.get("items") is None:
        yield _note(path, "a list must say what its `items` are", "add `items:` with a schema")
    if embedded and kind != "object":
        yield _note((*path, "type") if kind else path, "what is an embedded resource must have `type: object`")
    elif not kind and not free:
        yield _note(path, f"`{_last(path)}` has no `type`", "a structural schema says the type of every value")
    elif level == "root" and kind and kind != "object":
        yield _note((*path, "type"), "the schema of a kind must have `type: object`")


def _last(path: Path) -> str:
    words = [str(step) for step in path if isinstance(step, str) and step != "properties"]
    return words[-1] if words else "the schema"


def _open(node: Node, path: Path, level: Level) -> Iterator[Note]:
    """Which fields are free."""
    prefix = "x-kubernetes-"
    other, named = node.get("additionalProperties"), node.get("properties")
    if other is not None and level == "root":
        yield _note((*path, "additionalProperties"), "`additionalProperties` has no place at the root of a kind")
    if other is not None and other is not True and named:
        what = "`additionalProperties` and `properties` do not go together: a value is a map, or has named fields"
        yield _note((*path, "additionalProperties"), what)
    if node.get(f"{prefix}preserve-unknown-fields") is False:
        word = f"{prefix}preserve-unknown-fields"
        yield _note((*path, word), f"`{word}` may be true or absent, not false", "remove it")
    for word in (f"{prefix}preserve-unknown-fields", f"{prefix}embedded-resource"):
        if node.get(f"{prefix}int-or-string") and node.get(word):
            yield _note((*path, word), f"`{word}` and `{prefix}int-or-string` do not go together")
    if node.get(f"{prefix}embedded-resource"):
        if other is not None:
            yield _note((*path, "additionalProperties"), "an embedded resource has no `additionalProperties`")
        if not named and not node.get(f"{prefix}preserve-unknown-fields"):
            what = f"an embedded resource needs `properties`, or `{prefix}preserve-unknown-fields: true`"
            yield _note(path, what)


def _resource(node: Node, path: Path, level: Level) -> Iterator[Note]:
    """Identity and metadata of a whole object."""
    named = node.get("properties") or {}
    for word in _IDENTITY:
        if word in named and named[word].get("type") != "string":
            yield _note((*path, "properties", word), f"`{word}` must have `type: string`")
    metadata = named.get("metadata")
    if metadata is None:
        return
    at = (*path, "properties", "metadata")
    if metadata.get("type") != "object":
        yield _note(at, "`metadata` must have `type: object`")
    elif level == "root":
        known = {"type", "description", "properties"}
        extra = next((word for word in metadata if word not in known and metadata[word] not in (None, "")), None)
        fields = set(metadata.get("properties") or {}) - {"name", "generateName"}
        if extra or fields:
            what = "`metadata` may only restrict `name` and `generateName`"
            yield _note((*at, extra) if extra else (*at, "properties", min(fields)), what)


def _list(node: Node, path: Path) -> Iterator[Note]:
    kind, keys = node.get("x-kubernetes-list-type"), node.get("x-kubernetes-list-map-keys") or []
    word, items = (*path, "x-kubernetes-list-type"), node.get("items") or {}
    if kind is not None and node.get("type") != "array":
        yield "MW264", word, "`x-kubernetes-list-type` is for lists: `type: array`", _REFUSED
    elif kind not in (None, "atomic", "set", "map"):
        yield "MW264", word, f"`{kind}` is no type of list", "one of: `atomic`, `set`, `map`"
    elif keys and kind != "map":
        yield "MW264", word, "a list with `x-kubernetes-list-map-keys` is of type `map`", "write `x-kubernetes-list-type: map`"
    elif kind == "set":
        yield from _set(items, path)
    elif kind == "map":
        yield from _map(items, keys, path)
    if node.get("x-kubernetes-map-type") not in (None, "atomic", "granular"):
        yield "MW264", (*path, "x-kubernetes-map-type"), "no such type of map", "one of: `atomic`, `granular`"
    elif node.get("x-kubernetes-map-type") and node.get("type") != "object":
        yield "MW264", (*path, "x-kubernetes-map-type"), "`x-kubernetes-map-type` is for maps: `type: object`", _REFUSED


def _set(items: Node, path: Path) -> Iterator[Note]:
    at = (*path, "items")
    if items.get("nullable"):
        yield "MW264", (*at, "nullable"), "items of a set cannot be null", _REFUSED
    atomic = items.get("x-kubernetes-list-type") in (None, "atomic")
    if items.get("type") == "array" and not atomic:
        yield "MW264", (*at, "x-kubernetes-list-type"), "lists in a set are compared whole: they must be `atomic`", _REFUSED
    if items.get("type") == "object" and items.get("x-kubernetes-map-type") != "atomic":
        hint = "add `x-kubernetes-map-type: atomic` to the items"
        yield "MW264", at, "maps in a set are compared whole: they must be `atomic`", hint


def _map(items: Node, keys: list[str], path: Path) -> Iterator[Note]:
    at, word = (*path, "items"), (*path, "x-kubernetes-list-map-keys")
    if not keys:
        yield "MW264", path, "a list of type `map` needs `x-kubernetes-list-map-keys`", "name the fields that tell items apart"
    if items.get("type") != "object":
        yield "MW264", at, "items of a list of type `map` must have `type: object`", _REFUSED
        return
    if items.get("nullable"):
        yield "MW264", (*at, "nullable"), "items of a list of type `map` cannot be null", _REFUSED
    named, required = items.get("properties") or {}, items.get("required") or []
    for index, key in enumerate(keys):
        field = named.get(key)
        if field is None:
            yield "MW264", (*word, index), f"the items have no field `{key}`", _REFUSED
            continue
        where = (*at, "properties", key)
        if key in keys[:index]:
            yield "MW264", (*word, index), f"`{key}` is there twice", _REFUSED
        elif field.get("type") in ("array", "object"):
            yield "MW264", (*where, "type"), f"`{key}` tells items apart, so it must be a plain value", _REFUSED
        elif key not in required and field.get("default") is None:
            hint = "add it to `required` of the items, or give it a `default`"
            yield "MW264", where, f"`{key}` tells items apart, so each must have it", hint
        elif field.get("nullable"):
            yield "MW264", (*where, "nullable"), f"`{key}` tells items apart, so it cannot be null", _REFUSED


def _pattern(node: Node, path: Path) -> Iterator[Note]:
    if not node.get("pattern"):
        return
    from modelwright.cel.library.regex import compiled
    from modelwright.cel.values import EvalError

    try:
        compiled(str(node["pattern"]))
    except EvalError as error:
        hint = "write it in RE2's syntax, which knows no look-ahead and no references back"
        yield "MW262", (*path, "pattern"), f"this is no pattern: {error.message}", hint


def _junctors(node: Node, whole: Node | None, path: Path) -> Iterator[Note]:
    """`whole` is the schema that the alternatives of `node` are about, where that must say what they name: those at the
    root of a kind (`validateStructuralCompleteness` starts there, and only there)."""
    pattern_first = _first_any(node)
    for word in JUNCTORS:
        value = node.get(word)
        if word == "not":
            nested: list[tuple[Path, Any]] = [((*path, word), value)] if isinstance(value, Mapping) else []
        else:
            nested = [((*path, word, i), each) for i, each in enumerate(value or ())]
        if word == "anyOf" and value == _INT_OR_STRING:
            continue  # the one place where alternatives may say types
        for index, (at, each) in enumerate(nested):
            bare = {k: v for k, v in each.items() if k != "anyOf"} if pattern_first and word == "allOf" and not index else each
            yield from _nested(bare, whole, at)


def _first_any(node: Node) -> bool:
    first = (node.get("allOf") or [{}])[0]
    return isinstance(first, Mapping) and first.get("anyOf") == _INT_OR_STRING


def _nested(node: Node, whole: Node | None, path: Path) -> Iterator[Note]:
    yield from _never(node, path)
    for word in NOT_NESTED:
        if node.get(word) not in (None, "", False, [], ()):
            what = f"`{word}` has no place in alternatives"
            yield _note((*path, word), what, "say it in the schema that they are alternatives of")
    yield from _pattern(node, path)
    yield from _junctors(node, whole, path)
    for name, each in (node.get("properties") or {}).items():
        at = (*path, "properties", name)
        if name == "metadata":
            yield _note(at, "`metadata` has no place in alternatives")
            continue
        yield from _completed(each, whole, (whole or {}).get("properties") or {}, name, at)
    if isinstance(node.get("items"), Mapping):
        yield from _completed(node["items"], whole, whole or {}, "items", (*path, "items"))


def _completed(node: Node, whole: Node | None, said: Node, name: str, path: Path) -> Iterator[Note]:
    if whole is not None and not isinstance(said.get(name), Mapping):
        what = f"`{name}` is only said in alternatives"
        yield _note(path, what, "define it in the schema that they are alternatives of, too")
        return
    yield from _nested(node, None if whole is None else said[name], path)
