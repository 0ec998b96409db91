"""Frozen values as JSON, and back: what a memory may keep. Never pickle, which runs what it reads."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from hashlib import blake2b
from operator import attrgetter

from modelwright.records import names_of
from modelwright.typed import Any

_SCALARS = frozenset({str, int, bool, float, type(None)})
_TEXT = frozenset({str})
_MARK = ""
"""Key of a JSON object that stands for something else than a map."""


def written(value: Any) -> str:
    """JSON of plain data, tuples, named or not, frozen sets and dataclasses. Raises TypeError on anything else."""
    return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"))


def read(text: str) -> Any:
    """The value behind `written`. Raises ValueError where it is none, or of a class that no result holds."""
    try:
        return json.loads(text, object_hook=_revived)
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"not a record: {error}") from error


def digest(*values: Any) -> str:
    """A digest of values, equal in every process."""
    return blake2b(written(values).encode(errors="surrogatepass"), digest_size=20).hexdigest()


def _plain(value: Any) -> Any:
    kind: Any = type(value)
    if kind in _SCALARS:
        return value
    if kind is dict:
        if _MARK in value or not _TEXT.issuperset(map(type, value)):
            return {_MARK: "dict", "v": [[_plain(key), _plain(item)] for key, item in value.items()]}
        if _TEXT.issuperset(map(type, value.values())):
            return value
        return {key: item if type(item) is str else _plain(item) for key, item in value.items()}
    if kind is list:
        return [_plain(item) for item in value]
    if kind is tuple:
        return {_MARK: "tuple", "v": [_plain(item) for item in value]}
    if kind is frozenset:
        return {_MARK: "frozenset", "v": sorted((_plain(item) for item in value), key=json.dumps)}
    if hasattr(kind, "_fields"):
        return {_MARK: kind.__name__, "v": [_plain(part) for part in value]}
    if _is_record(kind):
        return {_MARK: kind.__name__, "v": [_plain(part) for part in _parts(kind)(value)]}
    if isinstance(value, Mapping):
        return _plain(dict(value))
    raise TypeError(f"{kind.__name__} cannot be written down")


def _revived(node: dict[str, Any]) -> Any:
    name = node.get(_MARK)
    if name is None:
        return node
    value = node["v"]
    if name == "tuple":
        return tuple(value)
    if name == "frozenset":
        return frozenset(value)
    return dict(value) if name == "dict" else _classes()[name](*value)


@cache
def _is_record(kind: Any) -> bool:
    return names_of(kind) is not None


@cache
def _parts(kind: Any) -> Callable[[Any], tuple[Any, ...]]:
    """Takes the values of a record's fields, in their order."""
    names = names_of(kind) or ()
    return attrgetter(*names) if len(names) > 1 else lambda value: tuple(getattr(value, name) for name in names)


@cache
def _classes() -> dict[str, Any]:
    """The classes that results of the rooms are made of."""
    from modelwright.chunks import Part
    from modelwright.judge.references import Ask, Links, Offer
    from modelwright.model import Document, Lodged, Manifest, Mark, Named, Place, Shared, Tree
    from modelwright.problems import Problem, Resource
    from modelwright.resolve.workspace import Use

    kinds = (Ask, Document, Links, Lodged, Manifest, Mark, Named, Offer, Part, Place, Problem, Resource, Shared, Tree, Use)
    return {kind.__name__: kind for kind in kinds}
