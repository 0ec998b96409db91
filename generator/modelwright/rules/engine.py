"""Asks an object every check about it, and nothing else.

For each kind on each cluster the checks become a plan: a tree of tables by field, walked together with the object.
A table's entry holds the checks that wait for that field, and the plan for what is in it. So an object pays for the
fields that checks wait for and it has. Plans are made as far as objects reach into them.

The tree is a determinised automaton: a state is the set of all that is known of a value (of which types it is, how far
along which patterns), so that a type may hold itself.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from marshal import dumps

from modelwright.model import Path
from modelwright.problems import Effect
from modelwright.records import dataclass
from modelwright.rules.check import Asked, Check, Condition, Finding, Needs, Run, Spent, Trail, has
from modelwright.rules.releases import Facts, holds
from modelwright.rules.steps import ANY, bare, variable
from modelwright.typed import TYPE_CHECKING, Any

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


def _held(said: str, effect: str) -> _Typed:
    held, _, stated = said.partition("!")
    return _Typed(held, effect or stated)


class _Entry:
    """What a field's value brings about."""

    __slots__ = ("checks", "node", "state")

    def __init__(self) -> None:
        self.checks: list[tuple[Check, Effect]] = []
        self.state: _State = frozenset()
        self.node: Node | None = None


class Node:
    """What is asked of a value, and of what is in it."""

    __slots__ = ("always", "binds", "clean", "free", "hits", "memo", "other", "seen", "table")

    def __init__(self) -> None:
        self.clean: set[Any] | None = None
        """Texts and whole numbers that were asked everything and found sound; None where more than they matters."""
        self.memo: dict[bytes, None] | None = None
        """Maps and lists, serialized, of which the same holds with everything in them. Of a node seen often enough."""
        self.seen = 0
        self.hits = 0
        self.free: frozenset[str] | None = None
        """What the verdict about a value depends on besides it, with everything in it; None where nobody asked."""
        self.always: list[tuple[Check, Effect]] = []
        self.binds: tuple[str, ...] = ()
        self.table: dict[str, _Entry] = {}
        self.other: _Entry | None = None


class Book:
    """All checks, ready to make plans of."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.rows: list[Mapping[str, Any]] = data["checks"]
        self._checks: list[Check | None] = [None] * len(self.rows)
        self.types: Mapping[str, Mapping[str, list[str]]] = data["types"]
        self.kinds: Mapping[str, str] = data["kinds"]
        self.embeds: list[Mapping[str, Any]] = data["embeds"]
        self.read = frozenset(name for row in self.rows for name in row["reads"])
        self.of_type: dict[str, list[tuple[Mapping[str, Any], int]]] = {}
        self.of_kind: dict[str, list[tuple[Mapping[str, Any], int]]] = {}
        self.typed: set[int] = set()
        """Checks of a type: of any kind that holds one."""
        for index, row in enumerate(self.rows):
            for on in row["on"]:
                if "kind" in on:
                    self.of_kind.setdefault(on["kind"], []).append((on, index))
                    continue
                self.typed.add(index)
                for name in on["types"]:
                    self.of_type.setdefault(name, []).append((on, index))
        self._outlines: dict[tuple[Facts, str, str, bool], Outline] = {}

    def check(self, index: int) -> Check:
        """A check, made when it is first needed: a run meets few kinds."""
        made = self._checks[index]
        if made is None:
            made = self._checks[index] = Check(self.rows[index])
        return made

    @property
    def checks(self) -> list[Check]:
        """All of them."""
        return [self.check(index) for index in range(len(self.rows))]

    def outline(self, facts: Facts, api_version: str, kind: str, custom: bool) -> Outline:
        """What may be asked of a kind's objects."""
        key = (facts, api_version, kind, custom)
        try:
            return self._outlines[key]
        except KeyError:
            made = self._outlines[key] = Outline(self, facts, api_version, kind, custom)
            return made


def _pattern(on: Mapping[str, Any]) -> _Pattern:
    return tuple(tuple(names) for names in on.get("pattern", ()))


def _is(on: Mapping[str, Any], group: str, version: str) -> bool:
    return group in on["groups"] and on.get("version", version) == version


class Outline:
    """The checks of one kind on one cluster, and the plans that are made of them.

    Some checks ask a condition of the whole object (`given`). Those are asked first, once, and the plan has only checks
    whose conditions hold.
    """

    def __init__(self, book: Book, facts: Facts, api_version: str, kind: str, custom: bool) -> None:
        self.book = book
        self.api_version, self.kind, self.custom = api_version, kind, custom
        mine = {index for name in (kind, ANY) for _, index in book.of_kind.get(name, ())}
        self.live = frozenset(
            index
            for index in mine | book.typed
            if (row := book.rows[index]).get("embedded") in (None, custom) and holds(row.get("where", ()), facts)
        )
        """Those that may be asked here: not the ones of other kinds."""
        conditions: dict[tuple[str, Needs], set[str] | None] = {}
        for index in sorted(index for index in self.live if "given" in book.rows[index]):
            before: list[str] = []
            for given in book.check(index).given:
                known = conditions.get(given)
                conditions[given] = set(before) if known is None else known & set(before)
                before.append(given[0])
        places = {text: place for place, (text, _) in enumerate(conditions)}
        self.conditions = [
            (Condition(text, needs), [places[each] for each in sorted(first or ()) if places[each] < places[text]])
            for (text, needs), first in conditions.items()
        ]
        """Each with the places of those that always go before it: where one of them fails it is not asked."""
        self._plans: dict[tuple[bool, ...], Plan] = {}

    def plan(self, run: Run) -> Plan:
        """What is asked of an object."""
        given: list[bool] = []
        for condition, first in self.conditions:
            asked = True
            for place in first:
                asked = asked and given[place]
            given.append(asked and condition.holds(run))
        update = run.old is not None
        answers = (update, *given)
        try:
            return self._plans[answers]
        except KeyError:
            false = {c.text for (c, _), answer in zip(self.conditions, given, strict=True) if not answer}
            rows = ((index, self.book.rows[index]) for index in self.live)
            live = frozenset(
                index
                for index, row in rows
                if (update or "update" not in row) and not any(text in false for text, _ in row.get("given", ()))
            )
            made = self._plans[answers] = Plan(self, live)
            return made


class Plan:
    """The checks of one kind on one cluster, for objects of which the same conditions hold."""

    def __init__(self, outline: Outline, live: frozenset[int]) -> None:
        self.book = outline.book
        self.live = live
        self._nodes: dict[_State, Node] = {}
        self.root = self.node(self._closed(self._start(outline.api_version, outline.kind, outline.custom)))
        name = variable(outline.kind)
        self.binds = (name,) if name in self.book.read else ()
        """Names of the whole object."""

    def _start(self, api_version: str, kind: str, custom: bool) -> Iterable[_Item]:
        group, _, version = api_version.rpartition("/")
        for on, index in (*self.book.of_kind.get(ANY, ()), *self.book.of_kind.get(kind, ())):
            if index in self.live and (on["kind"] == ANY or _is(on, group, version)):
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
                for on, index in self.book.of_type.get(item.held, ()):
                    if index in self.live:
                        waiting.append(_Along(_pattern(on), 0, index, effect=item.effect))
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
                    onward.setdefault(name, set()).update(_held(each, item.effect) for each in held)
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
            self._ask(node, self.book.check(index), asked[index])
        if node.always and not any(check.free for check, _ in node.always):
            node.clean = set()
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
        """`value` is a map or a list."""
        outer = None
        if node.binds:
            outer = run.scope
            run.scope = {**outer, **dict.fromkeys(node.binds, value)}
        for check, effect in node.always:
            if not check.needs or has(value, check.needs):
                check.ask(value, trail, run, effect)
        if type(value) is dict:
            get, other = node.table.get, node.other
            for key, item in value.items():
                entry = get(key, other)
                if entry is None:
                    continue
                for check, effect in entry.checks:
                    if not check.needs or has(value, check.needs):
                        check.ask(value, trail, run, effect)
                below = entry.node
                if below is None:
                    if not entry.state:
                        continue
                    below = entry.node = self.node(entry.state)
                cls = type(item)
                if cls is dict or cls is list:
                    if below.seen < _OFTEN:
                        below.seen += 1
                        self._walk(below, item, (trail, key), run)
                    else:
                        self._visit(below, item, (trail, key), run)
                elif below.always and (below.clean is None or item not in below.clean or (cls is not str and cls is not int)):
                    self._scalar(below, item, (trail, key), run)
        elif node.other is not None:
            self._items(node.other, value, trail, run)
        if outer is not None:
            run.scope = outer

    def _items(self, entry: _Entry, value: list[Any], trail: Trail, run: Run) -> None:
        below = entry.node
        if below is None:
            below = entry.node = self.node(entry.state)
        for index, item in enumerate(value):
            cls = type(item)
            if cls is dict or cls is list:
                self._visit(below, item, (trail, index), run)
            elif below.always and (below.clean is None or item not in below.clean or (cls is not str and cls is not int)):
                self._scalar(below, item, (trail, index), run)

    def _scalar(self, node: Node, value: Any, trail: Trail, run: Run) -> None:
        before = len(run.found)
        for check, effect in node.always:
            if not check.needs:
                check.ask(value, trail, run, effect)
        known = node.clean
        if known is not None and len(run.found) == before and len(known) < _MOST:
            cls = type(value)
            if cls is int or (cls is str and len(value) <= _SHORT):
                known.add(value)

    def _visit(self, node: Node, value: Any, trail: Trail, run: Run) -> None:
        """As `_walk`, but what was found sound before is passed over, where nothing else matters."""
        memo = node.memo
        if memo is None:
            node.seen += 1
            if node.seen == 2 * _OFTEN and not self._free(node):
                node.memo = {}
            self._walk(node, value, trail, run)
            return
        node.seen += 1
        try:
            known = dumps(value, 2)
        except ValueError:
            known = b""
        if known in memo:
            node.hits += 1
            return
        if node.seen % 256 == 0:
            if node.hits * 8 < 256:
                node.memo = None  # rarely the same twice: for good, as `seen` is past the mark
            node.hits = 0
        before = len(run.found)
        self._walk(node, value, trail, run)
        if len(run.found) == before and known and len(known) <= _SMALL and len(memo) < _MOST:
            memo[known] = None

    def _free(self, node: Node) -> frozenset[str]:
        """What the verdict about a node's values depends on besides them. Found once for all nodes that it leads to."""
        if node.free is not None:
            return node.free
        below: dict[int, tuple[Node, list[Node]]] = {}
        waiting = [node]
        while waiting:
            each = waiting.pop()
            if id(each) in below:
                continue
            if each.free is not None:
                below[id(each)] = each, []
                continue
            entries = [*each.table.values(), *([each.other] if each.other else [])]
            for entry in entries:
                if entry.node is None and entry.state:
                    entry.node = self.node(entry.state)
            children = [entry.node for entry in entries if entry.node is not None]
            below[id(each)] = each, children
            waiting += children
        free = {place: _own(each) if each.free is None else each.free for place, (each, _) in below.items()}
        changed = True
        while changed:
            changed = False
            for place, (each, children) in below.items():
                inner = frozenset().union(*(free[id(child)] - {"key"} for child in children)) - set(each.binds)
                if not inner <= free[place]:
                    free[place] |= inner
                    changed = True
        for place, (each, _) in below.items():
            each.free = free[place]
        return free[id(node)]


def _own(node: Node) -> frozenset[str]:
    asked = [*node.always, *(each for entry in node.table.values() for each in entry.checks)]
    return frozenset().union(*(check.free for check, _ in asked)) - set(node.binds)


_OFTEN = 32
"""A node that was visited twice as often may be worth a memory."""
_MOST = 4096
"""Values that a node remembers."""
_SHORT, _SMALL = 128, 1024
"""Characters of a text, and bytes of a map or list, that is remembered."""


@lru_cache(maxsize=1)
def packed() -> Mapping[str, Any]:
    """The packed file: see `pack`."""
    with open(os.path.join(os.path.dirname(__file__), "packed.json"), encoding="utf-8") as file:
        data: Mapping[str, Any] = json.load(file)
    return data


@lru_cache(maxsize=1)
def book() -> Book:
    """The packaged checks."""
    return Book(packed())


@lru_cache(maxsize=64)
def _facts(kubernetes: str, kserve: str, open_data_hub: str, pipelines: str, mode: str) -> Facts:
    return Facts(kubernetes, kserve, open_data_hub, pipelines, mode)


def hint(check: str) -> str:
    """The plain hint of a check, by its id."""
    row = next((each.row for each in book().checks if each.id == check), {})
    return next(("".join(words) for words in row.get("hint", ()) if all(isinstance(part, str) for part in words)), "")


_asked: tuple[Catalog | None, Facts] = (None, Facts())


def facts(known: Catalog) -> Facts:
    """What checks may know of a catalog's cluster: the nearest releases known, with patches where they are stated."""
    global _asked
    if known is not _asked[0]:
        _asked = known, _stated(known)
    return _asked[1]


def _stated(known: Catalog) -> Facts:
    release, platform = known.release, known.platform
    stated = release.kserve
    kserve = stated if stated and stated.split(".")[:2] == platform.kserve.split(".")[:2] else platform.kserve
    return _facts(known.minor, kserve, release.open_data_hub, release.kubeflow_pipelines, release.default_mode)


def findings(
    data: Mapping[str, Any],
    api_version: str,
    kind: str,
    custom: bool,
    known: Catalog,
    old: Mapping[str, Any] | None = None,
) -> list[Finding | Asked]:
    """The checks that an object breaks, and what it refers to, in the order of the document. `old`: the object that it
    replaces."""
    about = facts(known)
    run = Run(without_nulls(data), api_version, kind, custom, about, without_nulls(old) if old else None)
    try:
        book().outline(about, api_version, kind, custom).plan(run).walk(run.object, run)
    except Spent:
        run.found.append(Finding(*_TOO_LARGE, "risk"))
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
    """The object as the server reads it: a field that is null is absent, a label or annotation empty text. Shared where
    there is none."""
    try:
        # Far faster than a look at each value, and rarely mistaken: serialized, a null in a map is an `N` before the
        # next key, or before the map's end.
        whole: Any = data
        if _MAYBE_NULL(dumps(whole, 2)) is None:
            return data
    except ValueError:
        pass
    return _read(data) if _null(data) else data


def _read(data: Mapping[str, Any]) -> Mapping[str, Any]:
    made: dict[str, Any] = _stripped(data)
    metadata = data.get("metadata")
    for name in ("labels", "annotations"):
        texts = metadata.get(name) if isinstance(metadata, dict) else None
        if isinstance(texts, dict):
            # Texts by name: decoding null leaves the empty one in Go's `map[string]string`.
            made["metadata"][name] = {key: "" if value is None else value for key, value in texts.items()}
    return made


_MAYBE_NULL = re.compile(rb"N[ut0]").search


def _null(data: Any) -> bool:
    waiting: list[Any] = [data]
    for value in waiting:
        if type(value) is dict:
            items: Any = value.values()
            if None in items:
                return True
        else:
            items = value
        for item in items:
            cls = type(item)
            if cls is dict or cls is list:
                waiting.append(item)
    return False


def _stripped(value: Any) -> Any:
    if type(value) is dict:
        return {key: _stripped(item) for key, item in value.items() if item is not None}
    if type(value) is list:
        return [_stripped(item) for item in value]
    return value
