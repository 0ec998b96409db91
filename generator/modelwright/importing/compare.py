"""What two schemas of a kind say differently, path by path."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from modelwright.judge.kinds import KindSchema
from modelwright.model import Path
from modelwright.records import dataclass

Node = Mapping[str, Any]
_NODES = ("items", "additionalProperties", "not")
_LISTS = ("allOf", "anyOf", "oneOf")
_RULES = "x-kubernetes-validations"
_SETS = ("required", "enum", _RULES)


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference. `word` is `field`, or the keyword of a schema; what only one side says is None on the other."""

    path: Path
    word: str
    mine: Any
    other: Any
    elsewhere: int = 0
    """At so many other places the same: a part that a schema uses again and again."""

    @property
    def where(self) -> str:
        """The path as text: `spec.env[].name`, with `*` for the values of a map."""
        return "".join(step if step == "[]" else f".{step}" for step in map(str, self.path)).removeprefix(".")


def differences(mine: KindSchema, other: KindSchema) -> tuple[Difference, ...]:
    """The differences in the order of the paths. Metadata is the same for all kinds."""
    walk = _Walk(mine.schema.get("$defs", {}), other.schema.get("$defs", {}))
    found: dict[tuple[Any, ...], Difference] = {}
    for each in walk.node(mine.schema, other.schema, ()):
        # Parts that are used again differ the same way each time: told at the first, shortest place.
        key = (each.path[-2:], each.word, _text(each.mine), _text(each.other))
        first = found.get(key)
        if first is None:
            found[key] = each
        else:
            nearer = min(first, each, key=lambda d: (len(d.path), d.path))
            found[key] = replace(nearer, elsewhere=first.elsewhere + 1)
    rows = sorted(found.values(), key=lambda d: (tuple(map(str, d.path)), d.word))
    if mine.namespaced != other.namespaced:
        one, two = ("Namespaced" if kind.namespaced else "Cluster" for kind in (mine, other))
        rows.insert(0, Difference((), "scope", one, two))
    return tuple(rows)


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


class _Walk:
    def __init__(self, mine: Node, other: Node) -> None:
        self.tables = (mine, other)
        self.same: dict[tuple[int, int], bool] = {}
        """Pairs of parts that were found equal, by identity."""
        self.told: dict[tuple[int, int], int] = {}

    def _resolved(self, node: Any, side: int) -> Any:
        while isinstance(node, Mapping) and "$ref" in node:
            node = self.tables[side][node["$ref"].removeprefix("#/$defs/")]
        return node

    def equal(self, mine: Any, other: Any) -> bool:
        """Whether two parts say the same, each pair looked at once."""
        mine, other = self._resolved(mine, 0), self._resolved(other, 1)
        if not isinstance(mine, Mapping) or not isinstance(other, Mapping):
            return bool(mine == other)
        pair = (id(mine), id(other))
        if pair not in self.same:
            keys = (set(mine) | set(other)) - {"$defs"}
            self.same[pair] = all(self._equal_at(key, mine.get(key), other.get(key)) for key in keys)
        return self.same[pair]

    def _equal_at(self, key: str, mine: Any, other: Any) -> bool:
        if key == "properties":
            names, others = mine or {}, other or {}
            return set(names) == set(others) and all(self.equal(names[n], others[n]) for n in names)
        if key in _NODES:
            return self.equal(mine, other)
        if key in _LISTS:
            mine, other = mine or [], other or []
            return len(mine) == len(other) and all(map(self.equal, mine, other))
        return bool(mine == other)

    def node(self, mine: Any, other: Any, path: Path) -> Iterator[Difference]:
        """The differences of two parts; of a pair that is met again and again, no more than the first ones."""
        if self.equal(mine, other):
            return
        mine, other = self._resolved(mine, 0), self._resolved(other, 1)
        if not isinstance(mine, Mapping) or not isinstance(other, Mapping):
            yield Difference(path, "schema", _brief(mine), _brief(other))
            return
        pair = (id(mine), id(other))
        self.told[pair] = self.told.get(pair, 0) + 1
        if self.told[pair] > _OFTEN:
            return
        for key in sorted((set(mine) | set(other)) - {"$defs", "properties", *_NODES}):
            if not self._equal_at(key, mine.get(key), other.get(key)):
                yield from _said(key, mine.get(key), other.get(key), path)
        fields, others = mine.get("properties") or {}, other.get("properties") or {}
        for name in sorted(set(fields) | set(others)):
            at = (*path, name)
            if name in fields and name in others:
                if not (path == () and name == "metadata"):
                    yield from self.node(fields[name], others[name], at)
            else:
                yield Difference(at, "field", _brief(self._resolved(fields.get(name), 0)), _brief(self._resolved(others.get(name), 1)))
        for key, step in (("items", "[]"), ("additionalProperties", "*"), ("not", "not")):
            if key in mine or key in other:
                yield from self.node(mine.get(key), other.get(key), (*path, step))


_OFTEN = 20


def _brief(node: Any) -> Any:
    """What a field is, in a word."""
    if not isinstance(node, Mapping):
        return node
    return "integer or string" if node.get("x-kubernetes-int-or-string") else node.get("type") or "any"


def _said(key: str, mine: Any, other: Any, path: Path) -> Iterator[Difference]:
    if key not in _SETS:
        yield Difference(path, key, mine, other)
        return
    one, two = mine or [], other or []
    if key == _RULES:
        one, two = ([rule.get("rule") for rule in rules] for rules in (one, two))
    gone = [value for value in two if value not in one]
    new = [value for value in one if value not in two]
    if new or gone:
        yield Difference(path, key, new or None, gone or None)
    else:  # the same rules with other messages, or another order
        yield Difference(path, key, mine, other)
