"""The smallest readable patches that turn one object into another.

The rules were measured with kustomize (facts: kustomize behaviour, patch rules): it knows no list keys of custom
resources, so a merge patch replaces their lists whole; it merges lists of core kinds by key, so nothing can be
dropped from them. Therefore merge patches carry maps and scalars (and whole lists of scalars of custom
resources); whatever happens inside lists is JSON6902.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any

from modelwright.overlay.identity import settled
from modelwright.overlay.merge import Misfit, apply
from modelwright.overlay.patch import Patch
from modelwright.overlay.values import exact, plain, pointer, same
from modelwright.records import dataclass

Steps = tuple[str | int, ...]
Operation = dict[str, Any]

_LISTS = (list, tuple)
_ABSENT = object()

MOST = 8
"""More operations than this are harder to read than the new value."""

CORE_GROUPS = frozenset(
    {
        "",
        "admissionregistration.k8s.io",
        "apiextensions.k8s.io",
        "apiregistration.k8s.io",
        "apps",
        "authentication.k8s.io",
        "authorization.k8s.io",
        "autoscaling",
        "batch",
        "certificates.k8s.io",
        "coordination.k8s.io",
        "discovery.k8s.io",
        "events.k8s.io",
        "extensions",
        "flowcontrol.apiserver.k8s.io",
        "internal.apiserver.k8s.io",
        "networking.k8s.io",
        "node.k8s.io",
        "policy",
        "rbac.authorization.k8s.io",
        "resource.k8s.io",
        "scheduling.k8s.io",
        "storage.k8s.io",
        "storagemigration.k8s.io",
    }
)
"""Groups of kinds Kubernetes itself serves: kustomize merges their lists by key."""

def difference(base: Mapping[str, Any], want: Mapping[str, Any]) -> tuple[Patch, ...] | None:
    """Patches that make kustomize turn `base` into `want`; none when equal, None when no patch can.

    Both are one object: same apiVersion, kind and name. The namespace, which the kustomization sets, is left out,
    and so is what kustomize never keeps. Each candidate is tried in memory before it is believed.
    """
    base, want = settled(base), settled(want)
    found = _Found(is_core(base))
    found.maps(base, want, ())
    if not found.merge and not found.groups:
        return ()
    for candidate in _candidates(base, want, found):
        if any(p.form == "json6902" for p in candidate) and not (exact(base) and exact(want)):
            continue
        try:
            made = apply(base, candidate)
        except Misfit:
            continue
        if same(made, want):
            return candidate
    return None


def is_core(data: Mapping[str, Any]) -> bool:
    """True for kinds that Kubernetes itself serves."""
    group, slash, _ = str(data.get("apiVersion", "")).partition("/")
    return not slash or group in CORE_GROUPS


def _candidates(base: Mapping[str, Any], want: Mapping[str, Any], found: _Found) -> Iterator[tuple[Patch, ...]]:
    """From the most readable to the bluntest; the first that holds is taken."""
    operations = _bounded(found, base, want) if found.core else found.operations()
    yield _patches(want, found.merge, operations)
    yield _patches(want, {}, list(_by_field(base, want)))
    yield _patches(want, _replaced_maps(base, want), [])


def _patches(want: Mapping[str, Any], merge: Mapping[str, Any], operations: Sequence[Operation]) -> tuple[Patch, ...]:
    patches = []
    if merge:
        metadata = {"name": want["metadata"]["name"], **merge.get("metadata", {})}
        identity = {"apiVersion": want["apiVersion"], "kind": want["kind"], "metadata": metadata}
        patches.append(Patch("merge", identity | {k: v for k, v in merge.items() if k != "metadata"}))
    if operations:
        patches.append(Patch("json6902", list(operations)))
    return tuple(patches)


@dataclass(slots=True)
class _Found:
    """Differences, as they are found: a merge patch, and groups of operations that do not touch each other."""

    core: bool
    merge: dict[str, Any] = field(default_factory=dict)
    groups: list[tuple[Steps, list[Operation]]] = field(default_factory=list)

    def operations(self) -> list[Operation]:
        return [operation for _, group in self.groups for operation in group]

    def maps(self, base: Mapping[str, Any], want: Mapping[str, Any], path: Steps, plain: bool = True) -> None:
        """Look through two maps at `path`; `plain` where no key on the way is an order to the merge."""
        for key in base if base.keys() - want.keys() else ():
            if key not in want:
                self._gone((*path, key), plain and not _directive(key))
        for key, value in want.items():
            old = base.get(key, _ABSENT)
            if old is value:
                continue
            if old is _ABSENT:
                self._new(value, (*path, key), plain and not _directive(key))
            elif isinstance(old, dict) and isinstance(value, dict):
                # Two maps are looked through once: where nothing differs in them, nothing is found.
                self.maps(old, value, (*path, key), plain and not _directive(key))
            elif not same(old, value):
                self._changed(old, value, (*path, key), plain and not _directive(key))

    def _gone(self, where: Steps, plain: bool) -> None:
        if plain:
            self._say(where, None)
        else:
            self._one("remove", where)

    def _new(self, value: Any, where: Steps, plain: bool) -> None:
        if plain and _mergeable(value, self.core):
            self._say(where, value)
        else:
            self._one("add", where, value)

    def _changed(self, old: Any, new: Any, where: Steps, plain: bool) -> None:
        if _maps_inside(old) and _maps_inside(new):
            self._list(old, new, where)
        elif plain and _sort(old) is _sort(new) and not _maps_inside(old) and _mergeable(new, self.core):
            self._say(where, new)
        else:
            self._one("replace", where, new)

    def _list(self, old: Sequence[Any], new: Sequence[Any], where: Steps) -> None:
        operations = _items(old, new, where)
        if operations is None or len(operations) > MOST:
            self._one("replace", where, new)
        else:
            self.groups.append((where, operations))

    def _say(self, where: Steps, value: Any) -> None:
        node = self.merge
        for step in where[:-1]:
            node = node.setdefault(str(step), {})
        node[str(where[-1])] = plain(value)

    def _one(self, verb: str, where: Steps, *value: Any) -> None:
        self.groups.append((where, [_operation(verb, where, *value)]))


def _bounded(found: _Found, base: Mapping[str, Any], want: Mapping[str, Any]) -> list[Operation]:
    """Core kinds: beyond eight operations, the top-level fields they touch are replaced instead."""
    operations = found.operations()
    if len(operations) <= MOST:
        return operations
    heads = {where[0] for where, _ in found.groups}
    kept = [operation for where, group in found.groups if where[0] == "metadata" for operation in group]
    for head in sorted(str(head) for head in heads if head != "metadata"):
        found.merge.pop(head, None)
        kept += _by_field({head: base[head]} if head in base else {}, {head: want[head]} if head in want else {})
    return kept


def _by_field(base: Mapping[str, Any], want: Mapping[str, Any], path: Steps = ()) -> Iterator[Operation]:
    """One blunt operation for each top-level field (of metadata: each of its fields) that differs."""
    for key in sorted({*base, *want}):
        where = (*path, key)
        if key in base and key in want:
            if not path and key == "metadata":
                yield from _by_field(base[key], want[key], where)
            elif not same(base[key], want[key]):
                yield _operation("replace", where, want[key])
        elif key in base:
            yield _operation("remove", where)
        else:
            yield _operation("add", where, want[key])


def _replaced_maps(base: Mapping[str, Any], want: Mapping[str, Any], *, top: bool = True) -> dict[str, Any]:
    """For numbers that JSON6902 would round: a merge patch that replaces the top-level maps that differ."""
    merge: dict[str, Any] = {key: None for key in base if key not in want}
    for key, value in want.items():
        old = base.get(key)
        if key in base and same(old, value):
            continue
        if top and key == "metadata" and isinstance(old, dict) and isinstance(value, dict):
            merge[key] = _replaced_maps(old, value, top=False)
        elif isinstance(old, dict) and isinstance(value, dict) and value:
            merge[key] = {"$patch": "replace", **plain(value)}
        else:
            merge[key] = plain(value)
    return merge


def _items(old: Sequence[Any], new: Sequence[Any], where: Steps) -> list[Operation] | None:
    """Operations on the items of a list of maps, highest index first; None when they would have to move."""
    pairs = _paired(old, new)
    if pairs is None:
        return None
    names = _names(old)
    operations = [_operation("add", (*where, "-"), item) for item in new[_last(pairs) + 1 :]]
    for index in reversed(range(len(old))):
        pair = pairs[index]
        here = (*where, index)
        if pair is None:
            own = [_operation("remove", here)]
        else:
            added = new[_last(pairs[:index]) + 1 : pair]
            own = _within(old[index], new[pair], here)
            own += [_operation("add", here, item) for item in reversed(added)]
        if own and names is not None:
            operations.append(_operation("test", (*here, "name"), names[index]))
        operations += own
    return operations


def _last(pairs: Sequence[int | None]) -> int:
    return next((pair for pair in reversed(pairs) if pair is not None), -1)


def _paired(old: Sequence[Any], new: Sequence[Any]) -> list[int | None] | None:
    """For each old item the index of the new item it becomes; None for the whole when the order changed."""
    before, after = _names(old), _names(new)
    if before is not None and after is not None:
        at = {name: index for index, name in enumerate(after)}
        pairs = [at.get(name) for name in before]
        kept = [p for p in pairs if p is not None]
        return pairs if kept == sorted(kept) else None
    head = 0
    while head < min(len(old), len(new)) and same(old[head], new[head]):
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and same(old[-1 - tail], new[-1 - tail]):
        tail += 1
    middle: list[int | None] = list(range(head, len(new) - tail)) if len(old) == len(new) else []
    middle += [None] * (len(old) - head - tail - len(middle))
    return [*range(head), *middle, *range(len(new) - tail, len(new))]


def _names(items: Sequence[Any]) -> list[str] | None:
    """The items' names, where every item has one of its own."""
    names = [item.get("name") for item in items]
    if all(isinstance(name, str) for name in names) and len(set(names)) == len(names):
        return names
    return None


def _within(old: Any, new: Any, where: Steps) -> list[Operation]:
    """Operations below one list item; lists inside it are compared item by item as well."""
    if same(old, new):
        return []
    if isinstance(old, dict) and isinstance(new, dict):
        if not new or not old:
            return [_operation("replace", where, new)]
        operations = [_operation("remove", (*where, key)) for key in old if key not in new]
        for key, value in new.items():
            if key in old:
                operations += _within(old[key], value, (*where, key))
            else:
                operations.append(_operation("add", (*where, key), value))
        return operations
    if _maps_inside(old) and _maps_inside(new):
        operations_or_none = _items(old, new, where)
        if operations_or_none is not None and len(operations_or_none) <= MOST:
            return operations_or_none
    return [_operation("replace", where, new)]


def _operation(verb: str, where: Steps, *value: Any) -> Operation:
    operation: Operation = {"op": verb, "path": pointer(*where)}
    if value:
        operation["value"] = plain(value[0])
    return operation


def _maps_inside(value: Any) -> bool:
    """A list of maps and nothing else."""
    return isinstance(value, _LISTS) and bool(value) and all(isinstance(item, dict) for item in value)


def _mergeable(value: Any, core: bool) -> bool:
    """True when a merge patch brings in `value` as it stands: no null in maps, no directives, no list of core kinds."""
    if type(value) is str:
        return True
    if isinstance(value, dict):
        return all(not _directive(key) and _mergeable(item, core) for key, item in value.items())
    if isinstance(value, list | tuple):
        return not core and not _any_directive(value)
    return value is not None


def _any_directive(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_directive(key) or _any_directive(item) for key, item in value.items())
    return isinstance(value, list | tuple) and any(map(_any_directive, value))


def _directive(step: str | int) -> bool:
    """Keys with a dollar sign in front are orders to the merge, not data."""
    return isinstance(step, str) and step.startswith("$")


def _sort(value: Any) -> type:
    """Its type, as JSON tells types apart."""
    if type(value) is str:
        return str
    if isinstance(value, dict):
        return dict
    if isinstance(value, list | tuple):
        return list
    return float if type(value) is int else type(value)
