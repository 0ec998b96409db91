"""Compact files, as `modelwright schemas import` writes them: no definitions, but what is left of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from modelwright.importing.crds import ImportedKind
from modelwright.judge.intake.rules import rule_problems
from modelwright.judge.structural import odd_keyword
from modelwright.model import Path, Place
from modelwright.problems import Problem

if TYPE_CHECKING:
    from modelwright.judge.intake import Defined

_PREFIX = "#/$defs/"
_HINT = "make the file anew by `modelwright schemas import`"
_TEXTS = ("group", "kind")


def compact(data: Mapping[str, Any], place: Place) -> tuple[Defined | None, list[Problem]]:
    """The kind of a compact file, or what is wrong with it."""
    from modelwright.judge.intake import Defined

    odd = next(_odd(data.get("spec")), None)
    if odd is not None:
        path, what = odd
        return None, [Problem("MW266", what, replace(place, path=(*place.path, "spec", *path)), _HINT)]
    spec = data["spec"]
    group, name, namespaced, table = spec["group"], spec["kind"], spec["scope"] == "Namespaced", spec.get("$defs", {})
    versions, found = [], []
    for index, entry in enumerate(spec["versions"]):
        schema = {**entry["schema"], "$defs": table} if table else entry["schema"]
        deprecated = entry.get("deprecated") is True
        plural = str(spec.get("plural") or "")
        versions.append(ImportedKind(group, entry["name"], name, namespaced, schema, deprecated, plural))
        found += rule_problems(schema, replace(place, path=(*place.path, "spec", "versions", index, "schema")))
    return Defined(place, tuple(versions), group, name, namespaced, True), found


def _odd(spec: Any) -> Iterator[tuple[Path, str]]:
    if not isinstance(spec, Mapping):
        yield (), "this file of schemas has no `spec`"
        return
    for word in _TEXTS:
        if not isinstance(spec.get(word), str) or not spec[word]:
            yield (), f"this file of schemas has no `{word}`"
            return
    if spec.get("scope") not in ("Namespaced", "Cluster"):
        yield (), "`scope` must be Namespaced or Cluster"
    table, versions = spec.get("$defs", {}), spec.get("versions")
    if not isinstance(table, Mapping) or not isinstance(versions, list) or not versions:
        yield (), "this file of schemas has no `versions`"
        return
    names = [entry.get("name") if isinstance(entry, Mapping) else None for entry in versions]
    for index, name in enumerate(names):
        if not isinstance(name, str) or not name:
            yield ("versions", index), "a version must have a `name`"
        elif name in names[:index]:
            yield ("versions", index), f"version `{name}` is there twice"
        elif not isinstance(versions[index].get("schema"), Mapping):
            yield ("versions", index), "a version must have a `schema`"
    yield from _parts(table, versions)


def _parts(table: Mapping[str, Any], versions: list[Any]) -> Iterator[tuple[Path, str]]:
    """Each schema says what can be meant, and references lead to parts of the file, never in a circle."""
    roots: list[tuple[Path, Any]] = [(("$defs", name), part) for name, part in table.items()]
    roots += [(("versions", i, "schema"), entry["schema"]) for i, entry in enumerate(versions)]
    uses: dict[str, set[str]] = {}
    for path, root in roots:
        odd = _keyword(root, path)
        if odd is not None:
            yield odd
            return
        wanted = set(_references(root))
        lost = sorted(wanted - {_PREFIX + name for name in table})
        if lost:
            yield path, f"`{lost[0][:60]}` leads to no part of this file"
            return
        if path[0] == "$defs":
            uses[str(path[1])] = {each.removeprefix(_PREFIX) for each in wanted}
    circle = _circle(uses)
    if circle:
        yield ("$defs", circle), "this part contains itself: no value could ever fit it"


def _keyword(root: Any, path: Path) -> tuple[Path, str] | None:
    try:
        return odd_keyword(root, path)
    except RecursionError:
        return path, "the schema is nested too deep"


def _references(node: Any) -> Iterator[str]:
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Mapping):
            if "$ref" in each:
                yield str(each["$ref"])
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each


def _circle(uses: Mapping[str, set[str]]) -> str:
    """A part that leads back to itself; what leads nowhere further is taken away until nothing or a circle is left."""
    left = {name: set(others) for name, others in uses.items()}
    users: dict[str, list[str]] = {}
    for name, others in uses.items():
        for other in others:
            users.setdefault(other, []).append(name)
    ready = [name for name, others in left.items() if not others]
    while ready:
        done = ready.pop()
        left.pop(done)
        for user in users.get(done, ()):
            left[user].discard(done)
            if not left[user]:
                ready.append(user)
    return min(left, default="")
