"""Definitions of kinds as somebody brings them: CustomResourceDefinitions, and compact files of `schemas import`.

What the API server would refuse in a definition, or what nobody can mean, is told at its line; only sound ones become
kinds. Rules that do not compile are told each, and the kind is judged without them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from modelwright.importing.crds import API_VERSION, KIND, ImportedKind
from modelwright.model import Document, Manifest, Place, Release
from modelwright.problems import Problem
from modelwright.records import dataclass


@dataclass(frozen=True, slots=True)
class Defined:
    """A kind, and where it is defined."""

    place: Place
    versions: tuple[ImportedKind, ...]
    """The served ones."""
    group: str
    kind: str
    namespaced: bool
    compact: bool = False
    """Whether its schemas share their parts already."""


Found = tuple[tuple[Defined, ...], tuple[Problem, ...]]


def definitions(documents: tuple[Document, ...], release: Release) -> Found:
    """The kinds that the objects of a file define, and what is wrong with them."""
    kinds: list[Defined] = []
    problems: list[Problem] = []
    for document in documents:
        for place, data in _items(document):
            kind, found = _definition(data, place, release)
            kinds += [kind] if kind else []
            problems += found
    return tuple(kinds), tuple(problems)


def _items(document: Document) -> Iterator[tuple[Place, Any]]:
    """The objects of a document: itself, or the items of a list as `kubectl get -o yaml` writes it."""
    items = document.data.get("items")
    if document.kind.endswith("List") and isinstance(items, list):
        for index, item in enumerate(items):
            yield document.place(("items", index)), item
    else:
        yield document.place(), document.data


def _definition(data: Any, place: Place, release: Release) -> tuple[Defined | None, list[Problem]]:
    kind = data.get("kind") if isinstance(data, Mapping) else None
    if kind == KIND and data.get("apiVersion") == API_VERSION:
        from modelwright.judge.intake.compact import compact

        return compact(data, place)
    if kind != "CustomResourceDefinition":
        what = f"a {str(kind)[:60]}" if isinstance(data, Mapping) else "something else"
        message = f"CustomResourceDefinitions are needed here, and this is {what}"
        return None, [Problem("MW230", message, place, "get them by `kubectl get crd NAME -o yaml`")]
    found = _defects(data, place, release)
    if found:
        return None, found
    from modelwright.importing.crds import kinds_of
    from modelwright.judge.intake.rules import rule_problems

    spec = data["spec"]
    group, name, namespaced = spec["group"], spec["names"]["kind"], spec["scope"] == "Namespaced"
    for index, version in enumerate(spec["versions"]):
        schema = (version.get("schema") or {}).get("openAPIV3Schema")
        at = replace(place, path=(*place.path, "spec", "versions", index, "schema", "openAPIV3Schema"))
        found += rule_problems(schema or {}, at)
    return Defined(place, tuple(kinds_of(data)), group, name, namespaced), found


def _defects(crd: Mapping[str, Any], place: Place, release: Release) -> list[Problem]:
    """What keeps a definition from being used: the first thing that the API server would refuse in it."""
    from modelwright.judge import judge
    from modelwright.judge.intake.definition import odd_definition
    from modelwright.judge.intake.shape import odd_keywords, odd_schema

    # Of manifests, MW551 says what is said below of definitions that are not in the cluster yet.
    judged = judge([Manifest(_bare(crd), place=place)], release)
    found = [p for p in judged if p.severity == "error" and p.code != "MW551"]
    if found:
        return found
    # What a cluster has, it has taken, by the rules of its day.
    taken = bool((crd.get("metadata") or {}).get("uid"))
    odd = None if taken else odd_definition(crd)
    for index, version in enumerate(crd["spec"]["versions"]):
        schema = (version.get("schema") or {}).get("openAPIV3Schema")
        if odd is None and schema is not None:
            at = ("spec", "versions", index, "schema", "openAPIV3Schema")
            odd = odd_keywords(schema, at) if taken else odd_schema(schema, at)
    if odd is None:
        return []
    code, path, what, hint = odd
    return [Problem(code, what, replace(place, path=(*place.path, *path)), hint)]


def _bare(crd: Mapping[str, Any]) -> Mapping[str, Any]:
    """A definition without its schemas, which are by far the most of it."""
    spec = crd.get("spec")
    versions = spec.get("versions") if isinstance(spec, Mapping) else None
    if not isinstance(spec, Mapping) or not isinstance(versions, list):
        return crd
    bare = [{**v, "schema": {"openAPIV3Schema": {}}} if _has_schema(v) else v for v in versions]
    return {**crd, "spec": {**spec, "versions": bare}}


def _has_schema(version: Any) -> bool:
    schema = version.get("schema") if isinstance(version, Mapping) else None
    return isinstance(schema, Mapping) and set(schema) == {"openAPIV3Schema"}
