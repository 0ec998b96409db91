"""Kustomize's two kinds of patch, played in memory.

Only what `difference` writes has to behave as in kustomize; `tests/overlay` holds both against real releases.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from modelwright.overlay.patch import Patch
from modelwright.overlay.values import plain, same, steps_of


class Misfit(Exception):
    """A patch that kustomize would refuse."""


def apply(base: Mapping[str, Any], patches: Iterable[Patch]) -> dict[str, Any]:
    """The object kustomize makes of `base`; raises Misfit where it would stop with an error.

    It shares with `base` and the patches what they do not change.
    """
    result = dict(base)
    for patch in patches:
        if patch.form == "merge":
            result = _merged(result, patch.body, ()) or {}
        else:
            for operation in patch.body:
                _operate(result, operation)
    return result


def _merged(base: dict[str, Any], patch: Mapping[str, Any], path: tuple[str, ...]) -> dict[str, Any] | None:
    """kyaml/yaml/merge2: null clears, maps merge, anything else replaces; a scalar and a map do not mix."""
    directive = patch.get("$patch")
    if directive == "delete":
        return None
    if directive == "replace":
        return _fresh(patch)
    if directive is not None:
        raise Misfit(f"`$patch` is an order to the merge at {'/'.join(path)}")
    target = dict(base)
    for key, value in patch.items():
        old = target.get(key)
        if value is None:
            target.pop(key, None)
        elif old is None:
            target[key] = _fresh(value) if isinstance(value, dict) else plain(value)
        elif isinstance(value, dict):
            if not isinstance(old, dict):
                raise Misfit(f"a map over another type at {'/'.join((*path, key))}")
            merged = _merged(old, value, (*path, key))
            if merged is None:
                target.pop(key)
            else:
                target[key] = merged
        elif isinstance(old, dict) or isinstance(old, list) != isinstance(value, list | tuple):
            raise Misfit(f"another type at {'/'.join((*path, key))}")
        else:
            target[key] = plain(value)
    return target


def _fresh(patch: Mapping[str, Any]) -> dict[str, Any]:
    """A map that a merge brings in whole: nulls in it say `delete`, so they vanish."""
    return {
        key: _fresh(value) if isinstance(value, dict) else plain(value)
        for key, value in patch.items()
        if value is not None and key != "$patch"
    }


def _operate(document: dict[str, Any], operation: Mapping[str, Any]) -> None:
    """One JSON6902 operation (RFC 6902), as strict as the library kustomize uses, or stricter.

    It changes `document` itself, and copies of what is on its way below.
    """
    *parents, last = steps_of(operation["path"])
    node: Any = document
    for step in parents:
        child = _child(node, step, operation["path"])
        copied = list(child) if isinstance(child, list | tuple) else dict(child) if isinstance(child, dict) else child
        node[int(step) if isinstance(node, list) else step] = copied
        node = copied
    verb = operation["op"]
    if verb == "test":
        if not same(_child(node, last, operation["path"]), operation["value"]):
            raise Misfit(f"test failed at {operation['path']}")
    elif isinstance(node, list):
        _in_list(node, last, operation)
    elif isinstance(node, dict):
        if verb != "add" and last not in node:
            raise Misfit(f"nothing at {operation['path']}")
        if verb == "remove":
            del node[last]
        else:
            node[last] = plain(operation["value"])
    else:
        raise Misfit(f"no parent for {operation['path']}")


def _in_list(node: list[Any], last: str, operation: Mapping[str, Any]) -> None:
    verb = operation["op"]
    if verb == "add" and last == "-":
        node.append(plain(operation["value"]))
        return
    index = _index(last, len(node) + (verb == "add"), operation["path"])
    if verb == "add":
        node.insert(index, plain(operation["value"]))
    elif verb == "remove":
        del node[index]
    else:
        node[index] = plain(operation["value"])


def _index(step: str, length: int, path: str) -> int:
    if not step.isdecimal() or int(step) >= length:
        raise Misfit(f"no item {step} for {path}")
    return int(step)


def _child(node: Any, step: str, path: str) -> Any:
    if isinstance(node, list):
        return node[_index(step, len(node), path)]
    if isinstance(node, dict) and step in node:
        return node[step]
    raise Misfit(f"nothing at {path}")
