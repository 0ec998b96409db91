"""Where each type of Kubernetes occurs: `PodSpec` in a Deployment at `spec.template.spec`, and so on.

Found in the schemas of core kinds, whose parts are named; a rule about a type holds wherever it occurs. The table is
made once, by `python -m modelwright.rules`, for all minors together: a field that one minor lacks is refused by that
minor's schema.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from modelwright.judge.catalog import Schema, core_kind, core_names
from modelwright.rules.steps import bare

Edges = dict[str, dict[str, list[str]]]
"""Type -> field -> types of what it holds; `T[]` is a list of them, `T{}` a map; `T!broken` is judged only later."""

_PREFIXES = ("io.k8s.api.", "io.k8s.apimachinery.pkg.apis.", "io.k8s.apiextensions-apiserver.pkg.apis.", "io.k8s.kube-aggregator.pkg.apis.")


def short(name: str) -> str:
    """A definition's name as rules write it in full: `core.v1.PodSpec`."""
    for prefix in _PREFIXES:
        name = name.removeprefix(prefix)
    return name


def matches(name: str, subject: str) -> bool:
    """Whether a type is the one a subject names: by its last part, or by more of them."""
    return name == subject or name.endswith(f".{subject}")


@lru_cache(maxsize=2)
def edges(minors: tuple[str, ...]) -> tuple[Edges, dict[str, str]]:
    """What each type holds, and for each core kind (`apps/v1/Deployment`) its type."""
    found: Edges = {}
    kinds: dict[str, str] = {}
    for minor in minors:
        for api_version, kind in core_names(minor):
            group, _, version = api_version.rpartition("/")
            made = core_kind(minor, group, version, kind)
            if made is None:
                continue
            root = f"{group.partition('.')[0] or 'core'}.{version}.{kind}"
            kinds[f"{api_version}/{kind}"] = root
            _learn(found, root, made.schema)
            for name, schema in made.schema["$defs"].items():
                _learn(found, short(name), schema)
    return found, kinds


def _learn(found: Edges, name: str, schema: Schema) -> None:
    fields = found.setdefault(name, {})
    for field, node in schema.get("properties", {}).items():
        for held in _held(node):
            known = fields.setdefault(field, [])
            if held not in known:
                known.append(held)


def _held(node: Mapping[str, Any]) -> Iterator[str]:
    if "$ref" in node:
        yield short(node["$ref"].removeprefix("#/$defs/"))
    elif isinstance(node.get("items"), Mapping):
        yield from (f"{held}[]" for held in _held(node["items"]))
    elif isinstance(node.get("additionalProperties"), Mapping):
        yield from (f"{held}{{}}" for held in _held(node["additionalProperties"]))


def leading(found: Edges, wanted: Iterable[str]) -> Edges:
    """Only what leads to a type that somebody asks about."""
    reach = {name for name in found if any(matches(name, subject) for subject in wanted)}
    above: dict[str, set[str]] = {}
    for name, fields in found.items():
        for held in fields.values():
            for each in held:
                above.setdefault(bare(each), set()).add(name)
    waiting = list(reach)
    while waiting:
        for name in above.get(waiting.pop(), ()):
            if name not in reach:
                reach.add(name)
                waiting.append(name)
    result: Edges = {}
    for name in sorted(reach):
        kept = {
            field: [h for h in held if bare(h) in reach] for field, held in sorted(found.get(name, {}).items())
        }
        result[name] = {field: held for field, held in kept.items() if held}
    return result

