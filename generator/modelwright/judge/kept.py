"""What the server keeps of an object of a custom kind before it looks at it.

In the server's order (kubernetes/apiextensions-apiserver `pkg/apiserver/customresource_handler.go`): fields that the
schema does not know are dropped, or refused where field validation is strict (`schema/pruning`); a null is dropped where
the field is neither nullable nor has a default (`schema/defaulting/prunenulls.go`); defaults are filled in
(`schema/defaulting`). What remains is validated.
"""

from __future__ import annotations

from collections.abc import Iterable

from modelwright.judge.facts import Finding, Schemas, drops_null
from modelwright.judge.kinds import KEEPS_STATUS, KindSchema, Schema
from modelwright.model import Path
from modelwright.typed import Any

_HEAD = ("apiVersion", "kind", "metadata")


def kept(kind: KindSchema, data: Any) -> tuple[Any, list[Finding]]:
    """The object as the server would hold it, and what it dropped on the way, in no order; `data` is left as it is.

    Of kinds with a `status` subresource the status goes too: only fields unknown there are told.
    """
    schemas = Schemas(kind.schema, kind.custom)
    found: list[Finding] = []
    whole = _kept(schemas, kind.schema, data, (), found, root=True)
    if isinstance(whole, dict) and "status" in whole and not kind.schema.get(KEEPS_STATUS):
        whole = {name: value for name, value in whole.items() if name != "status"}
        found = [each for each in found if each.path[0] != "status" or each.defect == "unknown"]
    return whole, found


def _kept(schemas: Schemas, node: Schema, value: Any, path: Path, found: list[Finding], root: bool = False) -> Any:
    node = schemas.get(node)
    if isinstance(value, list):
        items = node.get("items")
        if node.get("type") != "array" or not isinstance(items, dict):
            return _strange(schemas, node, value, path, found)
        return [_kept(schemas, items, item, (*path, index), found) for index, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    if node.get("type") not in ("object", None):
        return _strange(schemas, node, value, path, found)
    properties = schemas.properties(node)
    values = node.get("additionalProperties")
    head = _HEAD if root or node.get("x-kubernetes-embedded-resource") else ()
    made: dict[Any, Any] = {}
    for key, item in value.items():
        here = (*path, key)
        sub = properties.get(key, values if isinstance(values, dict) else None)
        if key in head or not isinstance(key, str):
            made[key] = item
        elif sub is None:
            if schemas.closed(node):
                found.append(Finding("unknown", here, item, list(properties)))
            else:
                made[key] = item
        elif item is None and drops_null(schemas.get(sub)):
            if key not in node.get("required", ()):
                found.append(Finding("null", here, None, schemas.get(sub)))
        else:
            made[key] = _kept(schemas, sub, item, here, found)
    for name, sub in properties.items():
        known = schemas.get(sub)
        if "default" in known and (name not in made or (made[name] is None and not known.get("nullable"))):
            made[name] = _kept(schemas, sub, copied(known["default"]), (*path, name), [])
    return made


def copied(value: Any) -> Any:
    """A default of its own for each object."""
    if isinstance(value, dict):
        return {key: copied(item) for key, item in value.items()}
    return [copied(item) for item in value] if isinstance(value, list) else value


def _strange(schemas: Schemas, node: Schema, value: Any, path: Path, found: list[Finding]) -> Any:
    """Of a map or list where the schema has none, every field is unknown and dropped; what is left is of a wrong type."""
    if node.get("x-kubernetes-preserve-unknown-fields"):
        return value
    if isinstance(value, dict):
        found += [Finding("unknown", (*path, key), item, []) for key, item in value.items()]
        return {}
    if isinstance(value, list):
        return [_strange(schemas, {}, item, (*path, index), found) for index, item in enumerate(value)]
    return value


def ordered(found: Iterable[Finding], data: Any) -> list[Finding]:
    """Findings in the order of the document; those about absent fields after what is there."""
    places: dict[int, dict[Any, int]] = {}

    def position(path: Path) -> tuple[int, ...]:
        steps: list[int] = []
        node = data
        for step in path:
            if isinstance(node, dict):
                order = places.get(id(node))
                if order is None:
                    order = places[id(node)] = {key: index for index, key in enumerate(node)}
                steps.append(order.get(step, len(order)))
                node = node.get(step)
            elif isinstance(node, list) and isinstance(step, int) and step < len(node):
                steps.append(step)
                node = node[step]
            else:
                break
        return tuple(steps)

    return sorted(found, key=lambda each: position(each.path))
