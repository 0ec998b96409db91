"""What a webhook written in Go adds to an object by reading and writing it again.

A field whose Go type is no pointer and which is not left out when empty is written with its zero value, whether it was
stated or not (encoding/json), and the webhook's patch puts it into the object. So a field that the schema requires may be
absent, where its zero value fits the schema.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from modelwright.judge.catalog import KindSchema
from modelwright.judge.facts import Finding
from modelwright.judge.words import at, resolve
from modelwright.model import Path
from modelwright.typed import Any

_POINTERS = frozenset([("scaleIO", "secretRef")])
"""Required objects that are pointers in Go, by their holder's name and theirs: absent they are null, which is dropped."""
_UNFIT = ("target",)
"""Of these a field that is not required, a metric's `type`, is written empty, which its enum does not know."""
_ZEROS: Mapping[str, Any] = {"string": "", "integer": 0, "number": 0, "boolean": False}


def with_zeros(kind: KindSchema, data: Mapping[str, Any], found: Iterable[Finding]) -> Mapping[str, Any]:
    """The object with the zero values of required fields that it lacks; itself where it lacks none.

    `found` is what the schema has against it."""
    for finding in found:
        if finding.path[:1] == ("spec",) and finding.defect != "null" and (finding.defect == "missing" or _at(data, finding.path) is None):
            zero = _zero(kind, finding.path)
            if zero is not None:
                data = with_value(data, finding.path, zero)
    return data


def _zero(kind: KindSchema, path: Path) -> Any:
    """The zero value of what is at a path; None where it does not fit the schema, or is null."""
    schema = at(kind, path)
    return None if schema is None or path[-2:] in _POINTERS or path[-1] in _UNFIT else _fitting(kind, schema)


def _fitting(kind: KindSchema, schema: dict[str, Any]) -> Any:
    schema = resolve(kind.schema, schema)
    if schema.get("minLength", 0) > 0 or schema.get("minimum", 0) > 0 or "enum" in schema:
        return None
    if schema.get("x-kubernetes-int-or-string"):
        # A quantity, which has a pattern, or a port.
        return "0" if "pattern" in schema else 0
    if schema.get("type") != "object":
        return _ZEROS.get(schema.get("type", ""))
    made = {name: _fitting(kind, schema["properties"][name]) for name in schema.get("required", ())}
    return None if None in made.values() else made


def _at(value: Any, path: Path) -> Any:
    for step in path:
        try:
            value = value[step]
        except (LookupError, TypeError):
            return None
    return value


def with_value(data: Any, path: Path, value: Any) -> Any:
    """A copy with a value at a path, of which the rest is shared; maps on the way are made."""
    if not path:
        return value
    step, *rest = path
    if isinstance(data, list) and isinstance(step, int):
        return [with_value(each, tuple(rest), value) if index == step else each for index, each in enumerate(data)]
    held = data.get(step)
    return {**data, step: with_value({} if held is None else held, tuple(rest), value)}
