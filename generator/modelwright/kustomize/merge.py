"""Strategic merge as kustomize does it (kyaml/yaml/merge2, kyaml/yaml/walk), on the trees of `nodes`.

Not Kubernetes' own: `$retainKeys`, `$setElementOrder` and `$deleteFromPrimitiveList` mean nothing here and stay in the
object as fields. What a list's `$patch` does to items without a key, and other oddities, are kept as they are.
"""

from __future__ import annotations

from collections.abc import Sequence

from modelwright.kustomize.nodes import (
    Map,
    Node,
    Scalar,
    Seq,
    child,
    copied,
    empty,
    kind_of,
    missing,
    put,
    text_node,
    text_of,
)
from modelwright.kustomize.refusal import Misfit
from modelwright.kustomize.schema import Knowledge, Schema

_DIRECTIVE = "$patch"


def merge(target: Map, patch: Map, knowledge: Knowledge) -> Map | None:
    """The object a patch makes of another, which is used up; None where the patch deletes it. Raises Misfit."""
    result = _Merger(knowledge).walk(target, copied(patch), None, ())
    return result if isinstance(result, Map) else None


class _Merger:
    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge

    def walk(self, old: Node | None, new: Node | None, schema: Schema | None, path: tuple[str, ...]) -> Node | None:
        if isinstance(old, Map | Seq) and not old and isinstance(new, Map | Seq):
            old.flow = new.flow
        schema = schema or self._schema(old) or self._schema(new)
        leader = new if missing(old) else old
        if missing(leader) or isinstance(leader, Map):
            _alike(Map, old, new, path)
            return self._map(old, new, schema, path)
        if isinstance(leader, Seq):
            _alike(Seq, old, new, path)
            keys = schema.keys() if schema is not None else None
            if keys is None:
                return new if new is not None else old
            return self._list(old, new, schema, keys, path)
        _alike(Scalar, old, new, path)
        return new if new is not None else old

    def _schema(self, node: Node | None) -> Schema | None:
        kind, version = text_of(child(node, "kind")), text_of(child(node, "apiVersion"))
        return self.knowledge.schema(version, kind) if kind and version else None

    def _map(self, old: Node | None, new: Node | None, schema: Schema | None, path: tuple[str, ...]) -> Node | None:
        target = self._target(old, new, path)
        if not isinstance(target, Map):
            return target
        keys = set(target)
        if isinstance(new, Map):
            keys |= new.keys()
        for key in sorted(keys):
            left, right = target.get(key), child(new, key)
            if right is None and isinstance(left, Scalar):
                # A null that only the object has stays if it is spelt out.
                if missing(left) and not left.text:
                    del target[key]
                continue
            below = schema.field(key) if schema is not None else None
            made = self.walk(left, right, below, (*path, key))
            if made is not left or missing(made):
                put(target, key, made, quoted=True)
        return target

    def _target(self, old: Node | None, new: Node | None, path: tuple[str, ...]) -> Node | None:
        if missing(old):
            if isinstance(new, Map) and _order(new, path, strict=False) == "delete":
                return None
            return old if new is None else new
        if missing(new):
            return None if new is not None else old
        order = _order(new, path)
        if order == "delete":
            return None
        return new if order == "replace" else old

    def _list(
        self, old: Node | None, new: Node | None, schema: Schema | None, keys: tuple[str, ...], path: tuple[str, ...]
    ) -> Node | None:
        if missing(old):
            target = new
        elif new is not None and missing(new):
            return None
        else:
            order = _list_order(new, path) if isinstance(new, Seq) else ""
            if order == "delete":
                return None
            target = new if order == "replace" else old
        if not isinstance(target, Seq):
            return target
        items = schema.items() if schema is not None else None
        sources = (target, new if isinstance(new, Seq) else None)
        if keys:
            return self._by_keys(sources, keys, items, path)
        return self._by_values(sources, path)

    def _by_values(self, sources: tuple[Seq, Seq | None], path: tuple[str, ...]) -> Node:
        target, new = sources
        made = Seq(target.at)
        for source in (new, target):
            for item in source or ():
                if not missing(item) and not any(text_of(item) == text_of(other) for other in made):
                    made.append(item)
        return made

    def _by_keys(
        self, sources: tuple[Seq, Seq | None], keys: tuple[str, ...], items: Schema | None, path: tuple[str, ...]
    ) -> Node:
        target, new = sources
        rows = _rows(new, target, keys)
        if len(keys) > 1:
            _complete(rows)
        made = Seq(target.at)
        used: tuple[str, ...] = keys
        for row in rows:
            used, values = _used(rows, row, keys)
            here = (*path, "[" + ",".join(values) + "]")
            value = self.walk(_find(target, used, values), _find(new, used, values), items, here)
            if missing(value) or (isinstance(value, Map) and not value):
                _set(target, used, values, None)
                continue
            if isinstance(value, Map):
                for key, text in zip(used, values, strict=False):
                    if key not in value and text:
                        put(value, key, text_node(text, value.at, ""))
            _set(made, used, values, value)
        if not rows:
            return target
        return _appended(made, target, used)


def _alike(kind: type, old: Node | None, new: Node | None, path: tuple[str, ...]) -> None:
    for node in (old, new):
        if not missing(node) and not isinstance(node, kind):
            here = ".".join(path) or "the object"
            raise Misfit(f"`{here}` is {kind_of(old)}, and the patch makes it {kind_of(new)}")


def _order(patch: Node | None, path: tuple[str, ...], *, strict: bool = True) -> str:
    """The `$patch` order of a map, which is taken out of it. Raises Misfit for an unknown one."""
    found = child(patch, _DIRECTIVE)
    if found is None or not isinstance(patch, Map):
        return ""
    text = text_of(found)
    if text in ("delete", "replace", "merge"):
        del patch[_DIRECTIVE]
        return text
    if strict:
        raise Misfit(f"`$patch: {text}` at `{'.'.join(path) or 'the object'}` is no order; there are replace, delete and merge")
    return ""


def _list_order(patch: Seq, path: tuple[str, ...]) -> str:
    """The `$patch` order of a list: an item that is nothing else."""
    found = next((item for item in patch if isinstance(item, Map) and _DIRECTIVE in item), None)
    if found is None or len(found) > 1:
        return ""
    text = text_of(found[_DIRECTIVE])
    if text not in ("delete", "replace", "merge"):
        raise Misfit(f"`$patch: {text}` at `{'.'.join(path)}` is no order; there are replace, delete and merge")
    _set(patch, (_DIRECTIVE,), (text,), None)
    return text


def _rows(new: Seq | None, old: Seq, keys: Sequence[str]) -> list[tuple[str, ...]]:
    """The key values of all items, those of the patch first, each once."""
    rows: list[tuple[str, ...]] = []
    seen = set()
    for source in (new, old):
        for item in source or ():
            row = tuple("" if empty(child(item, key)) else text_of(child(item, key)) for key in keys)
            if row not in seen:
                seen.add(row)
                rows.append(row)
    return rows


def _complete(rows: list[tuple[str, ...]]) -> None:
    """Rows that differ only where one is empty become the same (walk `mergeValues`)."""
    size = len(rows)
    if size > 400:
        raise Misfit("a list of more than 400 items is merged by two keys")
    for first in range(size):
        one = rows[first]
        for second in range(size):
            both = _joined(one, rows[second])
            if both is not None:
                rows[first] = rows[second] = both


def _joined(left: tuple[str, ...], right: tuple[str, ...]) -> tuple[str, ...] | None:
    joined, common = [], False
    for a, b in zip(left, right, strict=True):
        if a == b:
            common = True
        elif a and b:
            return None
        joined.append(a or b)
    return tuple(joined) if common else None


def _used(rows: Sequence[tuple[str, ...]], row: tuple[str, ...], keys: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The keys that any item states, and a row's values of them (walk `validateKeys`)."""
    stated = [any(each[i] for each in rows) for i in range(len(keys))]
    if not any(stated):
        return keys, row
    used = tuple(key for key, says in zip(keys, stated, strict=True) if says)
    return used, tuple(value for value, says in zip(row, stated, strict=True) if says)


def _find(source: Seq | None, keys: Sequence[str], values: Sequence[str]) -> Node | None:
    """The first item with these key values; keys without a value count only where the others have one."""
    if source is None:
        return None
    stated = [(key, value) for key, value in zip(keys, values, strict=True) if value]
    wanted = stated or list(zip(keys, values, strict=True))
    for item in source:
        if isinstance(item, Map) and all(key in item and text_of(item[key]) == value for key, value in wanted):
            return item
    return None


def _set(source: Seq, keys: Sequence[str], values: Sequence[str], item: Node | None) -> None:
    """Replace the items with these key values by one, or append it; without one, take them out (`ElementSetter`)."""
    kept: list[Node] = []
    found = False
    for each in source:
        if missing(each) or (isinstance(each, Map) and not each):
            continue
        if not isinstance(each, Map):
            if not (values and values[0]):
                raise Misfit("a list of maps holds a single value")
            kept.append(each)
            continue
        fits = bool(values)
        for key, value in zip(keys, values, strict=False):
            if key not in each or (value and text_of(each[key]) != value):
                fits = False
                break
        if fits:
            found = True
            if item is not None:
                kept.append(item)
        elif values:
            kept.append(each)
    source[:] = kept
    if item is not None and not missing(item) and not found:
        source.append(item)


def _appended(made: Seq, rest: Seq, keys: Sequence[str]) -> Seq:
    """The merged items, then what else the object's list holds (walk `appendListNode`)."""
    for item in list(rest):
        values: list[str] = []
        for key in keys:
            if not isinstance(item, Map) and not missing(item):
                raise Misfit("a list of maps holds a single value")
            found = child(item, key)
            if found is None:
                made.append(item)
            else:
                values.append(text_of(found))
        if len(keys) > 1:
            _set(made, keys, values, None)
        _set(made, keys, values, item)
    return made
