"""JSON6902 patches, as gopkg.in/evanphx/json-patch.v4 applies them for kustomize (api/filters/patchjson6902).

`replace` in a map needs nothing to be there, negative indexes count from the end, `test` of nothing wants null. The
patched object has taken a detour over JSON: its numbers are floating point, its texts are written anew.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from modelwright.kustomize.nodes import (
    MOST_COPIED,
    MOST_DEPTH,
    NULL,
    Map,
    Node,
    Scalar,
    Seq,
    bounded,
    copied,
    from_data,
    kind_of,
    scalar_of,
    value_of,
)
from modelwright.kustomize.refusal import At, Misfit
from modelwright.records import dataclass

VERBS = ("add", "remove", "replace", "move", "test", "copy")


@dataclass(frozen=True, slots=True)
class Operation:
    """One step of a patch."""

    verb: str
    path: str
    origin: str
    """`from`, of `move` and `copy`."""
    value: Any
    stated: bool
    """Whether there is a `value`, be it null."""
    at: At


def operations(text: str, file: str, at: At) -> tuple[Operation, ...]:
    """The steps of a patch: JSON where it starts with `[`, else YAML as the API server reads it. Raises Misfit."""
    if text.startswith("["):
        document = _json(text)
    else:
        from modelwright.yamlio import read

        documents, problems = read(text, file)
        if problems and not documents:
            raise Misfit(f"it is not YAML: {problems[0].message}")
        document = documents[0] if documents else None
    if not isinstance(document, list) or not all(isinstance(step, dict) for step in document):
        raise Misfit("it is no list of operations, such as `[{op: add, path: /metadata/labels/a, value: b}]`")
    return tuple(_operation(step, (at, index)) for index, step in enumerate(document))


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _json(text: str) -> Any:
    try:
        document = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Misfit("text that starts with `[` has to be JSON") from None
    stack = [(document, 0)]
    while stack:
        value, depth = stack.pop()
        if depth > 100:
            raise Misfit("values nest deeper than 100 levels")
        if isinstance(value, float) and not isfinite(value):
            raise Misfit("it holds a number that is too large")
        if isinstance(value, dict | list):
            stack += [(each, depth + 1) for each in (value.values() if isinstance(value, dict) else value)]
    return document


def _operation(step: Mapping[str, Any], at: At) -> Operation:
    verb, path, origin = (step.get(word) for word in ("op", "path", "from"))
    return Operation(
        verb if isinstance(verb, str) else "",
        path if isinstance(path, str) else "",
        origin if isinstance(origin, str) else "",
        step.get("value"),
        "value" in step,
        at,
    )


def apply(root: Map, steps: Sequence[Operation]) -> Map:
    """The patched object; the given one is used up. Raises Misfit."""
    document: Map | Seq = root
    copied_values = 0
    for step in steps:
        if step.verb in ("move", "copy"):
            holder, key = _holder(document, step.origin)
            value = _get(holder, key, step.origin)
            copied_values += bounded(value) if value is not None else 0
            if copied_values > MOST_COPIED:
                raise Misfit(f"more than {MOST_COPIED} values would be copied")
        document = _apply(document, step)
    if not isinstance(document, Map):
        raise Misfit("nothing but a map can be an object")
    result = _over_json(document, False)
    assert isinstance(result, Map)
    return result


def _over_json(node: Node, flow: bool) -> Node:
    if isinstance(node, Map | Seq):
        inside = flow or node.flow
        node.flow = False
        for key in node if isinstance(node, Map) else range(len(node)):
            node[key] = _over_json(node[key], inside)  # type: ignore[index]
        return node
    held: Any = value_of(node, flow)
    if isinstance(held, int | float) and not isinstance(held, bool):
        held = float(held)
    return scalar_of(held, node.at)


def _apply(document: Map | Seq, step: Operation) -> Map | Seq:
    if step.verb not in VERBS:
        raise Misfit(f"`op: {step.verb}` is no operation; there are {', '.join(VERBS)}")
    if step.verb in ("move", "copy"):
        holder, key = _holder(document, step.origin)
        value = _get(holder, key, step.origin)
        if step.verb == "move":
            _remove(holder, key, step.origin)
        elif value is not None:
            value = copied(value)
        holder, key = _holder(document, step.path)
        _add(holder, key, value if value is not None else Scalar("null", NULL, "", step.at), step.path)
        return document
    if step.path == "" and step.verb in ("replace", "test"):
        if step.verb == "test":
            if _data(document) != _exact(step.value):
                raise Misfit("the test of the whole object fails")
            return document
        made = from_data(step.value, step.at)
        if not isinstance(made, Map | Seq):
            raise Misfit("the whole object can only be replaced by a map")
        return made
    holder, key = _holder(document, step.path)
    if step.verb == "remove":
        _remove(holder, key, step.path)
    elif step.verb == "test":
        _test(holder, key, step)
    elif step.verb == "add":
        _add(holder, key, from_data(step.value, step.at), step.path)
    elif isinstance(holder, Map):
        holder[key] = from_data(step.value, step.at)
    else:
        holder[_index(holder, key, step.path)] = from_data(step.value, step.at)
    return document


def _steps(path: str) -> list[str]:
    parts = path.split("/")
    if len(parts) > MOST_DEPTH:
        raise Misfit(f"a path has more than {MOST_DEPTH} steps")
    if len(parts) < 2:
        raise Misfit(f"`{path}` is no path; it has to start with `/`")
    return [part.replace("~1", "/").replace("~0", "~") for part in parts[1:]]


def _holder(document: Map | Seq, path: str) -> tuple[Map | Seq, str]:
    """The container a path ends in, and its last step."""
    *parents, last = _steps(path)
    node: Map | Seq = document
    for step in parents:
        found = node.get(step) if isinstance(node, Map) else _item(node, step)
        if not isinstance(found, Map | Seq):
            raise Misfit(f"there is no `{path}`: nothing is at `{step}`" if found is None else f"`{step}` on the way to `{path}` is {kind_of(found)}")
        node = found
    return node, last


def _item(node: Seq, step: str) -> Node | None:
    number = _number(step)
    if number is None or not -len(node) <= number < len(node):
        return None
    return node[number]


def _number(step: str) -> int | None:
    digits = step[1:] if step[:1] in ("-", "+") else step
    return int(step) if digits.isascii() and digits.isdecimal() and len(digits) < 19 else None


def _index(node: Seq, step: str, path: str) -> int:
    number = _number(step)
    if number is None or not -len(node) <= number < len(node):
        raise Misfit(f"there is no item `{step}` for `{path}`; the list has {len(node)}")
    return number


def _get(holder: Map | Seq, key: str, path: str) -> Node | None:
    return holder.get(key) if isinstance(holder, Map) else holder[_index(holder, key, path)]


def _add(holder: Map | Seq, key: str, value: Node, path: str) -> None:
    if isinstance(holder, Map):
        holder[key] = value
        return
    if key == "-":
        holder.append(value)
        return
    number = _number(key)
    size = len(holder) + 1
    if number is None or not -size <= number < size:
        raise Misfit(f"there is no item `{key}` for `{path}`; the list has {len(holder)}")
    holder.insert(number + size if number < 0 else number, value)


def _remove(holder: Map | Seq, key: str, path: str) -> None:
    if isinstance(holder, Seq):
        del holder[_index(holder, key, path)]
    elif key in holder:
        del holder[key]
    else:
        raise Misfit(f"there is nothing at `{path}` to remove")


def _test(holder: Map | Seq, key: str, step: Operation) -> None:
    found = _get(holder, key, step.path)
    empty = found is None or (isinstance(found, Scalar) and found.tag == NULL)
    held = None if empty or found is None else _data(found)
    if empty != (step.value is None) or (not empty and held != _exact(step.value)):
        raise Misfit(f"the test of `{step.path}` fails: {'nothing is there' if empty else 'another value is there'}")


def _data(node: Node) -> Any:
    """Comparable values: true is not 1."""
    if isinstance(node, Map):
        return {key: _data(value) for key, value in node.items()}
    if isinstance(node, Seq):
        return [_data(value) for value in node]
    return _exact(value_of(node))


def _exact(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _exact(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_exact(each) for each in value]
    return (type(value) is bool, value)
