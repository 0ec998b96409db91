"""Writes what a schema of the language allows, in long form, and says it differently in an override."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from random import Random
from typing import Any

from modelwright.load.language import AMOUNTS, Schema, types_of
from tests.drawing.words import FREE, KEYS, LIMITS, MAPS, ODD, PATCHES, REQUESTS, TEXTS

At = tuple[str, ...]


class Author:
    """One person at work. `names` are the words that refer to something: field -> what exists."""

    def __init__(self, rng: Random, names: Mapping[str, tuple[str, ...]]) -> None:
        self.rng = rng
        self.names = dict(names)
        self._marks = 0

    def map(self, node: Schema, at: At, *, whole: bool = True, rate: float = 0.5) -> dict[str, Any]:
        """A map by its schema: required fields, some of the others, of each one-of group at most one member."""
        properties: Mapping[str, Schema] = node.get("properties") or {}
        all_of_it = whole or node.get("replace") is True
        said = [w for w, child in properties.items() if not child.get("later") and self.rng.random() < rate]
        if all_of_it:
            said += [w for w in node.get("required") or () if w not in said]
            for group in node.get("needs") or ():
                said += [] if set(group) & set(said) else [self.rng.choice(self._usable(group, properties))]
        said = self._chosen(said, node)
        made = {word: self.value(properties[word], (*at, word), whole=all_of_it) for word in properties if word in said}
        extra = node.get("additionalProperties")
        if isinstance(extra, Mapping) and at[-1] in KEYS:
            for key in self._some(KEYS[at[-1]]):
                made[key] = self.value(extra, (*at, key), whole=whole)
        return _consistent(made, at)

    def _usable(self, group: list[str], properties: Mapping[str, Schema]) -> list[str]:
        return [word for word in group if not properties[word].get("later")]

    def _chosen(self, said: list[str], node: Schema) -> list[str]:
        for group in node.get("exclusive") or ():
            both = [word for word in group if word in said]
            wanted = [word for word in both if word in (node.get("required") or ())] or both
            keep = self.rng.choice(wanted) if wanted else ""
            said = [word for word in said if word not in both or word == keep]
        return said

    def value(self, node: Schema, at: At, *, whole: bool = True) -> Any:
        """A value that the field at `at` may hold."""
        word = at[-1]
        if word == "manifests":
            return self.patches(at)
        if word in MAPS and "properties" not in node and not node.get("free"):
            return {key: self._filled(self.rng.choice(MAPS[word][1])) for key in self._some(MAPS[word][0])}
        if "limits" in at and word == "gpu":
            return 1
        if node.get("format") in AMOUNTS or (word == "gpu" and "minimum" in node):
            return self._amount(word, at)
        if node.get("free") and word in FREE:
            return self._filled(self.rng.choice(FREE.get(f"{at[0]}.{word}") or FREE[word]))
        if node.get("free") and at[-2] in FREE:
            return self._filled(self.rng.choice(FREE[at[-2]]))
        if node.get("enum"):
            return self.rng.choice(node["enum"])
        kind = self.rng.choice(types_of(node))
        if kind == "object":
            amounts = word in ("resources", "limits")
            return self.amounts(at) if amounts else self.map(node, at, whole=whole)
        if kind == "array":
            return self._list(node, at)
        return self._scalar(kind, node, word)

    def _scalar(self, kind: str, node: Schema, word: str) -> Any:
        if kind == "boolean":
            return self.rng.random() < 0.5
        if kind in ("integer", "number"):
            low = int(node.get("minimum", 0))
            return self.rng.randint(low, min(int(node.get("maximum", 90)), low + 90))
        pool = self.names.get(word) or TEXTS.get(word) or ("@",)
        return self._filled(self.rng.choice(pool))

    def _list(self, node: Schema, at: At) -> list[Any]:
        items = [self.value(node["items"], at) for _ in range(self.rng.randint(1, 3))]
        return items if at[-1] in ("args", "command") else list({_key(item): item for item in items}.values())

    def amounts(self, at: At) -> dict[str, Any]:
        """Amounts of resources, limits never below what is asked for."""
        table = LIMITS if at[-1] == "limits" else REQUESTS
        made = {name: self.rng.choice(pool) for name, pool in table.items() if self.rng.random() < 0.6}
        if at[0] == "sizes":
            made = {name: amount for name, amount in made.items() if amount != "none"}
        if at[-1] == "resources" and self.rng.random() < 0.4:
            made["limits"] = self.amounts((*at, "limits"))
        return made

    def _amount(self, word: str, at: At) -> Any:
        table = LIMITS if "limits" in at else REQUESTS
        return self.rng.choice(table.get(word, (5, "2k", "10")))

    def patches(self, at: At) -> dict[str, Any]:
        """`manifests:` for some of the kinds that this component makes."""
        kinds = self.names["makes"]
        return {kind: self._filled(self.rng.choice(PATCHES[kind])) for kind in self._some(kinds)}

    def _some(self, pool: tuple[Any, ...]) -> list[Any]:
        return self.rng.sample(pool, self.rng.randint(1, min(3, len(pool)))) if pool else []

    def _filled(self, pattern: Any) -> Any:
        """A pattern with each `@` replaced by a text found nowhere else."""
        if isinstance(pattern, str):
            while "@" in pattern:
                self._marks += 1
                pattern = pattern.replace("@", f"mark-{self._marks}", 1)
            return pattern
        if isinstance(pattern, Mapping):
            return {key: self._filled(value) for key, value in pattern.items()}
        return [self._filled(item) for item in pattern] if isinstance(pattern, list) else pattern

    def differently(self, node: Schema, base: Any, at: At) -> Any:
        """An override of `base`: fields added, dropped, moved, retyped."""
        if isinstance(base, list):
            return self._other_list(node, base, at)
        if not isinstance(base, Mapping) or node.get("replace") is True or at[-1] in MAPS or self.rng.random() < 0.2:
            return self._other_map(base, at) if at[-1] in MAPS else self.value(node, at, whole=False)
        made = {}
        for word, child in base.items():
            inner = self._inner(node, word)
            if inner is None or inner.get("later") or self.rng.random() < 0.4:
                continue
            gone = self.rng.random() < 0.2 and word not in (node.get("required") or ())
            made[word] = None if gone else self.differently(inner, child, (*at, word))
        added = self.map({**node, "required": (), "needs": ()}, at, whole=False, rate=0.1)
        return self._apart({**added, **made}, node)

    def _inner(self, node: Schema, word: str) -> Schema | None:
        found = (node.get("properties") or {}).get(word) or node.get("additionalProperties")
        return found if isinstance(found, Mapping) else None

    def _apart(self, made: dict[str, Any], node: Schema) -> dict[str, Any]:
        said = self._chosen([word for word, value in made.items() if value is not None], node)
        kept = {word: value for word, value in made.items() if value is None or word in said}
        for group in node.get("needs") or ():
            if all(kept.get(word) is None for word in group):
                kept = {word: value for word, value in kept.items() if word not in group}
        return kept

    def _other_map(self, base: Mapping[str, Any], at: At) -> dict[str, Any]:
        kept = {key: self.rng.choice((None, value)) for key, value in base.items()}
        return {**kept, **{key: self._filled(self.rng.choice(MAPS[at[-1]][1])) for key in self._some(MAPS[at[-1]][0])}}

    def _other_list(self, node: Schema, base: list[Any], at: At) -> list[Any]:
        items = [copy.deepcopy(item) for item in base if self.rng.random() < 0.8]
        if self.rng.random() < 0.5:
            new = self.value(node["items"], at)
            if _key(new) not in map(_key, items):
                items.insert(self.rng.randint(0, len(items)), new)
        if self.rng.random() < 0.3:
            self.rng.shuffle(items)
        return items or base


def _key(item: Any) -> str:
    """What the server tells items of a list apart by."""
    return repr(item.get("port") or item.get("name", item) if isinstance(item, Mapping) else item)


def _consistent(made: dict[str, Any], at: At) -> dict[str, Any]:
    """Rules between the members of one map, which schemas do not state."""
    low, high = made.get("min"), made.get("max")
    if at[-1] == "replicas" and isinstance(low, int) and isinstance(high, int) and low > high:
        made["min"], made["max"] = high, low
    return made


def any_value(rng: Random, depth: int = 2) -> Any:
    """Any JSON value: what nobody should write, and somebody will."""
    sort = rng.random()
    if depth and sort < 0.2:
        return {rng.choice((*ODD[1:6], "name", "cpu", "$patch")): any_value(rng, depth - 1) for _ in range(rng.randint(0, 3))}
    if depth and sort < 0.4:
        return [any_value(rng, depth - 1) for _ in range(rng.randint(0, 3))]
    return rng.choice((*ODD, None, True, False, 0, 1, -1, 2**63, 1.5, 1e300, 10**400, "x" * 300, "name/key", "\u202e\x1b[31m"))
