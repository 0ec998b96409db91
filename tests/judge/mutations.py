"""Objects made wrong on purpose, by a seeded chance: what people and programs do to manifests."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tests.judge.drawn_rules import draw

from modelwright.judge.facts import Schemas
from modelwright.model import Path

ODD_VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2.0, 0.5, -0.0, 1e21, 2**31, -(2**31) - 1, 2**53 + 1, 2**63, 2**64, -(2**63) - 1,
    "", " ", "a", "A b", "1", "true", "null", "10%", "1.5Gi", "0.5", "-1", "http", "2020-01-01T00:00:00Z", "1h30m",
    "aGVsbG8=", "a" * 64, "a" * 254, "é", "a\nb", "x/y", "a.b/c", [], {}, [None], [1, "a"], {"a": None}, {"name": "a"},
    {"a": {"b": [1]}}, [[]], [{}],
)  # fmt: skip
ODD_NAMES = ("a", "", " ", "A", "a.b", "a/b", "é", "-a", "a-", "name", "metadata", "apiVersion", "kind", "spec", "$ref")
ODD_METADATA: tuple[tuple[str, Any], ...] = (
    ("name", ""), ("name", "A"), ("name", "a_b"), ("name", "a" * 254), ("name", "1a"), ("name", None), ("name", 1),
    ("name", "a/b"), ("name", "a..b"), ("generateName", "a-"), ("generateName", "A"), ("generateName", ""),
    ("namespace", "a.b"), ("namespace", ""), ("namespace", None), ("namespace", 3), ("labels", None), ("labels", {}),
    ("labels", {"a": 1}), ("labels", {"a": None}), ("labels", {"A b": "c"}), ("labels", {"a": "b c"}), ("labels", []),
    ("labels", {"a/b/c": ""}), ("labels", {"": "a"}), ("labels", {"a": "a" * 64}), ("labels", {"X.y/z": "a"}),
    ("annotations", {"a": True}), ("annotations", {"A b": "c"}), ("annotations", {"UP/x": ""}), ("annotations", ""),
    ("annotations", {"a": "b" * 262145}), ("finalizers", ["a"]), ("finalizers", ["a b"]), ("finalizers", [1]),
    ("finalizers", "a"), ("finalizers", ["example.com/a"]), ("ownerReferences", [{}]), ("ownerReferences", {}),
    ("ownerReferences", [{"apiVersion": "v1", "kind": "A", "name": "a", "uid": "u"}]),
    ("ownerReferences", [{"apiVersion": "v1", "kind": "Event", "name": "a", "uid": "u"}]),
    ("ownerReferences", [{"apiVersion": "a/b/c", "kind": "A", "name": "a", "uid": "u", "x": 1}]),
    ("ownerReferences", [{"apiVersion": "v1", "kind": "", "name": "", "uid": ""}]),
    ("ownerReferences", [{"apiVersion": "v1", "kind": "A", "name": n, "uid": n, "controller": True} for n in "ab"]),
    ("creationTimestamp", "yesterday"), ("creationTimestamp", None), ("creationTimestamp", "2020-01-01T00:00:00Z"),
    ("creationTimestamp", 1), ("deletionGracePeriodSeconds", "1"), ("deletionGracePeriodSeconds", 1.5),
    ("generation", -1), ("generation", "1"), ("generation", 1), ("resourceVersion", 1), ("uid", 1), ("uid", "a"),
    ("selfLink", "/a"), ("managedFields", [{"manager": "a"}]), ("managedFields", [{"operation": "Apply"}]),
    ("managedFields", [{"operation": "Apply", "fieldsType": "FieldsV1", "fieldsV1": {"f:a": {}}}]),
    ("managedFields", []), ("clusterName", "a"), ("Name", "a"), ("initializers", None), ("managedFields", [1]),
)  # fmt: skip


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """The path of every value below an object, itself left out."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in items:
        yield (*path, step)
        yield from places(inner, (*path, step))


def at(data: Any, path: Path) -> Any:
    for step in path:
        data = data[step]
    return data


def schema_at(schemas: Schemas, path: Path) -> Mapping[str, Any]:
    """The schema of the value at a path; empty where there is none."""
    node = schemas.get(schemas.root)
    for step in path:
        inner = node.get("items") if isinstance(step, int) else node.get("properties", {}).get(step)
        inner = inner if inner is not None else node.get("additionalProperties")
        if not isinstance(inner, Mapping):
            return {}
        node = schemas.get(dict(inner))
    return node


def _drop(data: Any, path: Path, chance: random.Random, schemas: Schemas) -> None:
    del at(data, path[:-1])[path[-1]]


def _odd(data: Any, path: Path, chance: random.Random, schemas: Schemas) -> None:
    at(data, path[:-1])[path[-1]] = copy.deepcopy(chance.choice(ODD_VALUES))


def _null(data: Any, path: Path, chance: random.Random, schemas: Schemas) -> None:
    at(data, path[:-1])[path[-1]] = None


def _rename(data: Any, path: Path, chance: random.Random, schemas: Schemas) -> None:
    parent, name = at(data, path[:-1]), path[-1]
    if isinstance(parent, dict) and isinstance(name, str):
        value = parent.pop(name)
        parent[chance.choice((name + "s", name[:-1], name.upper(), name.title(), *ODD_NAMES))] = value


def _add(data: Any, path: Path, chance: random.Random, schemas: Schemas) -> None:
    inside = at(data, path)
    if isinstance(inside, dict):
        inside[chance.choice(ODD_NAMES)] = copy.deepcopy(chance.choice(ODD_VALUES))
    elif isinstance(inside, list):
        inside.insert(chance.randint(0, len(inside)), copy.deepcopy(chance.choice(ODD_VALUES)))


def _repeat(data: Any, path: Path, chance: random.Random, schemas: Schemas) -> None:
    lists = [each for each in places(data) if isinstance(at(data, each), list) and at(data, each)]
    if lists:
        inside = at(data, chance.choice(lists))
        inside.insert(chance.randint(0, len(inside)), copy.deepcopy(chance.choice(inside)))


def _wrap(data: Any, path: Path, chance: random.Random, schemas: Schemas) -> None:
    value = at(data, path)
    at(data, path[:-1])[path[-1]] = chance.choice(([value], {"value": value}, str(value)))


def _metadata(data: Any, path: Path, chance: random.Random, schemas: Schemas) -> None:
    """Odd metadata, of the object or of one that is embedded in it."""
    holders = [data, *(m for each in places(data) if isinstance(m := at(data, each), dict) and "kind" in m)]
    holder = chance.choice(holders)
    if chance.random() < 0.05:
        holder["metadata"] = chance.choice((None, [], "a", {}))
        return
    metadata = holder.setdefault("metadata", {})
    if isinstance(metadata, dict):
        name, value = chance.choice(ODD_METADATA)
        metadata[name] = copy.deepcopy(value)


def _graft(data: Any, path: Path, chance: random.Random, schemas: Schemas) -> None:
    """A field that the kind knows and nobody wrote, with a value of about the right shape."""
    maps = [each for each in ((), *places(data)) if isinstance(at(data, each), dict) and each[:1] != ("metadata",)]
    where = chance.choice(maps)
    named = schema_at(schemas, where).get("properties", {})
    names = sorted(set(named) - {"metadata", "apiVersion", "kind"})
    if names:
        name = chance.choice(names)
        at(data, where)[name] = copy.deepcopy(draw(named[name], chance, chance.randint(1, 6)))


def _edge(data: Any, path: Path, chance: random.Random, schemas: Schemas) -> None:
    """A value at the edge of what its schema allows, or just beyond."""
    schema = schema_at(schemas, path)
    parent, name = at(data, path[:-1]), path[-1]
    values: list[Any] = []
    for word in ("minimum", "maximum", "multipleOf"):
        if word in schema:
            values += [schema[word], schema[word] + 1, schema[word] - 1, float(schema[word]), schema[word] + 0.5]
    for word in ("minLength", "maxLength"):
        if word in schema:
            values += ["a" * max(0, min(schema[word] + more, 2000)) for more in (-1, 0, 1)]
    for word in ("minItems", "maxItems"):
        if word in schema:
            item = draw(schema.get("items", {}), chance, 4)
            values += [[copy.deepcopy(item)] * max(0, min(schema[word] + more, 200)) for more in (-1, 0, 1)]
    if "enum" in schema:
        values += [*schema["enum"], str(schema["enum"][0]).swapcase(), ""]
    parent[name] = chance.choice(values or [None, 2.0, "", 2**40, [], {}])


Mutation = Callable[[Any, Path, random.Random, Schemas], None]
MUTATIONS: Mapping[str, Mutation] = {
    "dropped": _drop, "odd value": _odd, "null": _null, "renamed": _rename, "added": _add, "repeated": _repeat,
    "wrapped": _wrap, "odd metadata": _metadata, "grafted": _graft, "at an edge": _edge,
}  # fmt: skip


def mutate(data: Any, schemas: Schemas, chance: random.Random, head: bool = True) -> tuple[str, Any]:
    """The object with one to three things done to it, and what they were. Its apiVersion and kind are kept, and without
    `head` its metadata too."""
    made = copy.deepcopy(data)
    kept = ("apiVersion", "kind") if head else ("apiVersion", "kind", "metadata")
    done: list[str] = []
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        name = chance.choice([each for each in sorted(MUTATIONS) if head or each != "odd metadata"])
        found = [path for path in places(made) if path[0] not in kept or (head and len(path) > 1)]
        if not found:
            break
        MUTATIONS[name](made, chance.choice(found), chance, schemas)
        done.append(name)
    made |= {name: data[name] for name in ("apiVersion", "kind", *(() if head else ("metadata",)))}
    return ", ".join(done), made
