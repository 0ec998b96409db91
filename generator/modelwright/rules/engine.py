"""Asks an object every check about it, and nothing else.

For each kind on each cluster the checks become a plan: a tree of tables by field, walked together with the object.
A table's entry holds the checks that wait for that field, and the plan for what is in it. So an object pays for the
fields that checks wait for and it has. Plans are made as far as objects reach into them.

The tree is a determinised automaton: a state is the set of all that is known of a value (of which types it is, how far
along which patterns), so that a type may hold itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from modelwright.model import Path
from modelwright.problems import Effect
from modelwright.rules.check import Check, Finding, Run, Spent, Trail, given
from modelwright.rules.releases import Facts, holds
from modelwright.rules.steps import ANY, bare, variable

if TYPE_CHECKING:
    from modelwright.judge.catalog import Catalog

_META = "meta.v1.ObjectMeta"
"""What `metadata` of every kind is."""
_Pattern = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class _Typed:
    """A value is of this type (`T`, `T[]`, `T{}`); `effect` is what a broken check means there, empty for its own."""

    held: str
    effect: str = ""


@dataclass(frozen=True, slots=True)
class _Along:
    """A value is `step` steps along a pattern that ends at a check's subject, or at an embedded type."""

    pattern: _Pattern
    step: int
    check: int = -1
    type: str = ""
    effect: str = ""


_Item = _Typed | _Along
_State = frozenset[_Item]


class _Entry:
    """What a field's value brings about."""

    __slots__ = ("checks", "node", "state")

    def __init__(self) -> None:
        self.checks: list[tuple[Check, Effect]] = []
        self.state: _State = frozenset()
        self.node: Node | None = None


class Node:
    """What is asked of a value, and of what is in it."""

    __slots__ = ("always", "binds", "other", "table")

    def __init__(self) -> None:
        self.always: list[tuple[Check, Effect]] = []
        self.binds: tuple[str, ...] = ()
        self.table: dict[str, _Entry] = {}
        self.other: _Entry | None = None


class Book:
    """All checks, ready to make plans of."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.checks = [Check(row) for row in data["checks"]]
        self.types: Mapping[str, Mapping[str, list[str]]] = data["types"]
        self.kinds: Mapping[str, str] = data["kinds"]
        self.embeds: list[Mapping[str, Any]] = data["embeds"]
        self.read = frozenset(name for row in data["checks"] for name in row["reads"])
        self.of_type: dict[str, list[tuple[_Pattern, int]]] = {}
        self.of_kind: dict[str, list[tuple[Mapping[str, Any], int]]] = {}
        for index, row in enumerate(data["checks"]):
            for on in row["on"]:
                for name in on.get("types", ()):
                    self.of_type.setdefault(name, []).append((_pattern(on), index))
                if "kind" in on:
                    self.of_kind.setdefault(on["kind"], []).append((on, index))
        self._plans: dict[tuple[Facts, str, str, bool], Plan | None] = {}

    def plan(self, facts: Facts, api_version: str, kind: str, custom: bool) -> Plan | None:
        """What is asked of a kind's objects; None where nothing is."""
        key = (facts, api_version, kind, custom)
        try:
            return self._plans[key]
        except KeyError:
            plan = Plan(self, facts, api_version, kind, custom)
            made = self._plans[key] = plan if plan.worthwhile else None
            return made


def _pattern(on: Mapping[str, Any]) -> _Pattern:
    return tuple(tuple(names) for names in on.get("pattern", ()))


def _is(on: Mapping[str, Any], group: str, version: str) -> bool:
    return group in on["groups"] and on.get("version", version) == version


class Plan:
    """The checks of one kind on one cluster."""

    def __init__(self, book: Book, facts: Facts, api_version: str, kind: str, custom: bool) -> None:
        self.book = book
        self.live = [
            check.embedded in (None, custom) and holds(check.row.get("where", []), facts) for check in book.checks
        ]
        self._nodes: dict[_State, Node] = {}
        self.kind = kind
        self.state = self._closed(self._start(api_version, kind, custom))
        self.worthwhile = bool(self.state)
        self.root = self.node(self.state)
        name = variable(kind)
        self.binds = (name,) if name in book.read else ()
        """Names of the whole object."""

    def _start(self, api_version: str, kind: str, custom: bool) -> Iterable[_Item]:
        group, _, version = api_version.rpartition("/")
        for on, index in self.book.of_kind.get(kind, ()):
            if self.live[index] and _is(on, group, version):
                yield _Along(_pattern(on), 0, index)
        if not custom:
            root = self.book.kinds.get(f"{api_version}/{kind}")
            if root:
                yield _Typed(root)
            return
        yield _Along((("metadata",),), 0, -1, _META)
        for embed in self.book.embeds:
            if embed["kind"] == kind and _is(embed, group, version):
                yield _Along(_pattern(embed), 0, -1, embed["type"], embed["effect"])

    def _known(self, item: _Item) -> bool:
        held = item.type if isinstance(item, _Along) else item.held
        return not held or bare(held) in self.book.types

    def _closed(self, items: Iterable[_Item]) -> _State:
        """With what follows at once: a pattern at its end is a type, a type has patterns of its own."""
        found: set[_Item] = set()
        waiting = list(items)
        while waiting:
            item = waiting.pop()
            if item in found or not self._known(item):
                continue
            if isinstance(item, _Along):
                if item.step == len(item.pattern) and item.type:
                    waiting.append(_Typed(item.type, item.effect))
                    continue
            else:
                for pattern, index in self.book.of_type.get(item.held, ()):
                    if self.live[index]:
                        waiting.append(_Along(pattern, 0, index, effect=item.effect))
            found.add(item)
        return frozenset(found)

    def node(self, state: _State) -> Node:
        """The state's tables."""
        known = self._nodes.get(state)
        if known is not None:
            return known
        node = self._nodes[state] = Node()
        onward: dict[str, set[_Item]] = {}
        every: set[_Item] = set()
        asked: dict[int, str] = {}
        names = set()
        for item in state:
            if isinstance(item, _Typed):
                names.add(variable(item.held))
                if item.held[-2:] in ("[]", "{}"):
                    every.add(_Typed(item.held[:-2], item.effect))
                for name, held in self.book.types.get(item.held, {}).items():
                    onward.setdefault(name, set()).update(_Typed(each, item.effect) for each in held)
            elif item.step == len(item.pattern):
                asked[item.check] = item.effect
            else:
                step = _Along(item.pattern, item.step + 1, item.check, item.type, item.effect)
                for name in item.pattern[item.step]:
                    if name == ANY:
                        every.add(step)
                    else:
                        onward.setdefault(name, set()).add(step)
        node.binds = tuple(sorted(names & self.book.read))
        for name, items in onward.items():
            self._leads(node, name, self._closed(items | every))
        if every and (state := self._closed(every)):
            node.other = _Entry()
            node.other.state = state
        for index in sorted(asked):
            self._ask(node, self.book.checks[index], asked[index])
        return node

    def _leads(self, node: Node, name: str, state: _State) -> None:
        if state:
            node.table[name] = entry = _Entry()
            entry.state = state

    def _ask(self, node: Node, check: Check, instead: str) -> None:
        """`instead`: the effect of what the server would refuse, where the kind is a custom one."""
        effect: Effect = instead if instead and check.effect == "rejected" else check.effect  # type: ignore[assignment]
        if not check.first:
            node.always.append((check, effect))
            return
        entry = node.table.get(check.first)
        if entry is None:
            entry = node.table[check.first] = _Entry()
            if node.other is not None:
                entry.state = node.other.state
        entry.checks.append((check, effect))

    def walk(self, data: Mapping[str, Any], run: Run) -> None:
        """Ask all checks about an object."""
        for name in self.binds:
            run.scope[name] = data
        self._walk(self.root, data, (), run)

    def _walk(self, node: Node, value: Any, trail: Trail, run: Run) -> None:
        outer = None
        if node.binds:
            outer = run.scope
            run.scope = {**outer, **dict.fromkeys(node.binds, value)}
        for check, effect in node.always:
            if (not check.needs or _has(value, check.needs)) and (not check.given or given(check, run)):
                check.ask(value, trail, run, effect)
        if type(value) is dict:
            table, other = node.table, node.other
            for key, item in value.items():
                entry = table.get(key, other)
                if entry is None:
                    continue
                for check, effect in entry.checks:
                    if (not check.needs or _has(value, check.needs)) and (not check.given or given(check, run)):
                        check.ask(value, trail, run, effect)
                if entry.state:
                    if entry.node is None:
                        entry.node = self.node(entry.state)
                    self._walk(entry.node, item, (trail, key), run)
        elif type(value) is list:
            entry = node.other
            if entry is not None and value:
                if entry.node is None:
                    entry.node = self.node(entry.state)
                below = entry.node
                for index, item in enumerate(value):
                    self._walk(below, item, (trail, index), run)
        if outer is not None:
            run.scope = outer


def _has(value: Any, needs: tuple[tuple[str, ...], ...]) -> bool:
    for keys in needs:
        inner = value
        for key in keys:
            if type(inner) is not dict or key not in inner:
                return False
            inner = inner[key]
    return True


@lru_cache(maxsize=1)
def book() -> Book:
    """The packaged checks."""
    from importlib.resources import files

    return Book(json.loads(files("modelwright.rules").joinpath("packed.json").read_text(encoding="utf-8")))


@lru_cache(maxsize=64)
def _facts(kubernetes: str, kserve: str, open_data_hub: str, pipelines: str) -> Facts:
    return Facts(kubernetes, kserve, open_data_hub, pipelines)


def facts(known: Catalog) -> Facts:
    """What checks may know of a catalog's cluster: the nearest releases known, with patches where they are stated."""
    release, platform = known.release, known.platform
    stated = release.kserve
    kserve = stated if stated and stated.split(".")[:2] == platform.kserve.split(".")[:2] else platform.kserve
    return _facts(known.minor, kserve, release.open_data_hub, release.kubeflow_pipelines)


def findings(data: Mapping[str, Any], api_version: str, kind: str, custom: bool, known: Catalog) -> list[Finding]:
    """The checks that an object breaks, in the order of the document."""
    about = facts(known)
    plan = book().plan(about, api_version, kind, custom)
    if plan is None:
        return []
    run = Run(without_nulls(data), api_version, kind, custom, about)
    try:
        plan.walk(run.object, run)
    except Spent:
        run.found.append(Finding(*_TOO_LARGE, "risk", ""))
    except RecursionError:
        pass  # nested deeper than any kind: what refuses that says so
    return run.found


_TOO_LARGE: tuple[str, Path, str, str] = (
    "MW505",
    (),
    "the object is too large for every rule to be asked: not all of it was judged",
    "",
)


def without_nulls(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """The object as the server reads it: a field that is null is absent. Shared where there is none."""
    return _stripped(data) if _null(data) else data


def _null(value: Any) -> bool:
    for item in value.values() if type(value) is dict else value:
        if item is None or ((type(item) is dict or type(item) is list) and _null(item)):
            return True
    return False


def _stripped(value: Any) -> Any:
    if type(value) is dict:
        return {key: _stripped(item) for key, item in value.items() if item is not None}
    if type(value) is list:
        return [_stripped(item) for item in value]
    return value
