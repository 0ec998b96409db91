"""Each packaged kind says what its released CustomResourceDefinition says, path by path.

Here are those of up to 600 kB, and the two largest ones; `make conformance` walks all (MODELWRIGHT_ALL_CRDS=1).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path as FilePath
from typing import Any

import pytest

from modelwright.importing.released import FAMILIES, released
from modelwright.judge.kinds import KEEPS_STATUS, KindSchema
from modelwright.judge.objectmeta import OBJECT_META
from modelwright.judge.packages import custom_kind, kinds, ranges
from modelwright.yamlio import read

CRDS = FilePath(__file__).resolve().parents[2].parent / "shared" / "crds"
SMALL = 600_000
LARGE = ("kserve/v0.20.0/inferenceservices.serving.kserve.io.yaml", "kserve/v0.20.0/llminferenceservices.serving.kserve.io.yaml")
PROSE = {"description", "title", "example", "externalDocs"}
OTHER = {"x-kubernetes-map-type"}
"""What only matters to how changes of several writers are merged."""
NODES, MAPS, LISTS = ("items", "additionalProperties", "not"), ("properties",), ("allOf", "anyOf", "oneOf")
INT_OR_STRING = [{"type": "integer"}, {"type": "string"}]


def _wanted() -> list[FilePath]:
    if not CRDS.is_dir():
        return []
    files = dict.fromkeys(file for _, _, file in released(CRDS))
    if os.environ.get("MODELWRIGHT_ALL_CRDS"):
        return list(files)
    return [file for file in files if file.stat().st_size < SMALL or file.relative_to(CRDS).as_posix() in LARGE]


@lru_cache(maxsize=1)
def releases() -> Mapping[FilePath, list[tuple[str, str]]]:
    """File -> the families and releases that bring it."""
    found: dict[FilePath, list[tuple[str, str]]] = {}
    for family, release, file in released(CRDS):
        found.setdefault(file, []).append((family, release))
    return found


@pytest.mark.skipif(not CRDS.is_dir(), reason="the shared material is not here")
@pytest.mark.parametrize("file", _wanted(), ids=lambda file: file.relative_to(CRDS).as_posix())
def test_packaged_kinds_are_what_was_released(file: FilePath) -> None:
    documents, problems = read(file.read_text(encoding="utf-8"), file.name)
    assert not problems
    walked: set[tuple[str, str, int]] = set()
    for crd in documents:
        if not isinstance(crd, Mapping) or crd.get("kind") != "CustomResourceDefinition":
            continue
        for family, release in releases()[file]:
            only = FAMILIES[family].only
            if not only or crd["spec"]["names"]["kind"] in only:
                assert list(_differences(crd, family, release, walked)) == []
    assert walked or any(FAMILIES[family].only for family, _ in releases()[file])


def _differences(crd: Mapping[str, Any], family: str, release: str, walked: set[tuple[str, str, int]]) -> Iterator[str]:
    spec = crd["spec"]
    group, kind = spec["group"], spec["names"]["kind"]
    for version in spec["versions"]:
        api = f"{group}/{version['name']}"
        rows = [row for row in ranges(api, kind) if row.family == family and row.covers(release)]
        if not version["served"]:
            yield from (f"{api}/{kind} is not served in {family} {release}" for _ in rows)
            continue
        if len(rows) != 1:
            yield f"{api}/{kind}: {len(rows)} schemas for {family} {release}"
            continue
        seen = (api, kind, rows[0].number)
        if seen in walked:
            continue
        walked.add(seen)
        ours = custom_kind(rows[0])
        if ours.namespaced != (spec["scope"] == "Namespaced") or ours.deprecated != bool(version.get("deprecated")):
            yield f"{api}/{kind}: scope or deprecation"
        theirs = version["schema"]["openAPIV3Schema"]
        keeps = "status" in theirs.get("properties", ()) and (version.get("subresources") or {}).get("status") is None
        if bool(ours.schema.get(KEEPS_STATUS)) != keeps:
            yield f"{api}/{kind}: whether a status is a subresource"
        yield from (f"{api}/{kind}{path}" for path in _of_kind(theirs, ours))


def _of_kind(theirs: Mapping[str, Any], ours: KindSchema) -> Iterator[str]:
    identity = {"apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": OBJECT_META}
    properties = {**theirs.get("properties", {}), **identity}
    required = {*theirs.get("required", ()), *identity}
    root = {**theirs, "properties": properties, "required": sorted(required)}
    # Metadata is ours: it is compared with itself, references and all.
    yield from _node(root, ours.schema, ours.schema.get("$defs", {}), "", root=True)


def _node(theirs: Any, ours: Any, table: Mapping[str, Any], path: str, root: bool = False) -> Iterator[str]:
    if not isinstance(theirs, Mapping) or not isinstance(ours, Mapping):
        if theirs != ours:
            yield f"{path}: {theirs!r} is {ours!r}"
        return
    if "$ref" in ours:
        ours = table[ours["$ref"].removeprefix("#/$defs/")]
    theirs = {key: value for key, value in theirs.items() if key not in PROSE | OTHER and value is not None}
    if theirs.get("x-kubernetes-int-or-string") and theirs.get("anyOf") == INT_OR_STRING:
        del theirs["anyOf"]
    extra = set(ours) - set(theirs) - ({"$defs", KEEPS_STATUS} if root else set())
    yield from (f"{path}: `{key}` is not theirs" for key in sorted(extra))
    for key, value in theirs.items():
        if key in MAPS:
            if set(value) != set(ours.get(key, {})):
                yield f"{path}.{key}: other names"
                continue
            for name, each in value.items():
                yield from _node(each, ours[key][name], table, f"{path}.{name}")
        elif key in NODES:
            yield from _node(value, ours.get(key), table, f"{path}.{key}")
        elif key in LISTS:
            found = ours.get(key) or []
            if len(found) != len(value):
                yield f"{path}.{key}: {len(value)} are {len(found)}"
            for index, (one, other) in enumerate(zip(value, found, strict=False)):
                yield from _node(one, other, table, f"{path}.{key}[{index}]")
        elif key == "required":
            if sorted(value) != ours.get(key):
                yield f"{path}.required: {value} is {ours.get(key)}"
        elif ours.get(key) != value or type(ours.get(key)) is not type(value):
            yield f"{path}.{key}: {value!r} is {ours.get(key)!r}"


@pytest.mark.skipif(not CRDS.is_dir(), reason="the shared material is not here")
def test_every_folder_is_packaged() -> None:
    on_disk = {file.parent.relative_to(CRDS).as_posix() for file in CRDS.rglob("*.yaml")}
    assert on_disk == {file.parent.relative_to(CRDS).as_posix() for _, _, file in released(CRDS)}
    known = {(family, release) for family, release, _ in released(CRDS)}
    rows = [row for key in kinds() for row in ranges(key.rpartition("/")[0], key.rpartition("/")[2])]
    assert {(row.family, release) for row in rows for release in (row.first, row.last)} <= known


def test_a_difference_is_found() -> None:
    """The walk sees each kind of fact."""
    node = {"type": "object", "properties": {"a": {"type": "array", "items": {"type": "integer", "minimum": 1}}}}
    changes: list[dict[str, Any]] = [
        {**node, "nullable": True},
        {**node, "properties": {}},
        {**node, "properties": {"a": {"type": "array", "items": {"type": "integer", "minimum": True}}}},
        {**node, "x-kubernetes-validations": [{"rule": "true"}]},
        {**node, "anyOf": [{"required": ["a"]}]},
        {**node, "required": ["a"]},
        {**node, "additionalProperties": True},
    ]
    assert list(_node(node, node, {}, "")) == []
    for change in changes:
        assert list(_node(node, change, {}, "")) and list(_node(change, node, {}, ""))
