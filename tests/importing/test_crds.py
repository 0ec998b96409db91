"""Released CustomResourceDefinitions become compact facts, and the packaged ones are what the importer makes."""

from __future__ import annotations

import json
from pathlib import Path as FilePath
from typing import Any

import pytest

from modelwright.importing.crds import ImportedKind, build, facts, kinds_of, read_crds, shared

REPO = FilePath(__file__).resolve().parents[2]
SHARED = REPO.parent / "shared"
PART = {"type": "object", "properties": {"name": {"type": "string", "minLength": 1}}, "required": ["name"]}


def crd(**versions: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "spec": {
            "group": "example.org",
            "scope": "Cluster",
            "names": {"kind": "Thing", "plural": "things"},
            "versions": [
                {"name": name, "served": True, "schema": {"openAPIV3Schema": schema}} for name, schema in versions.items()
            ],
        },
    }


def unshared(node: Any, table: dict[str, Any]) -> Any:
    if isinstance(node, dict):
        if "$ref" in node:
            return unshared(table[node["$ref"].removeprefix("#/$defs/")], table)
        return {key: unshared(value, table) for key, value in node.items() if key != "$defs"}
    return [unshared(value, table) for value in node] if isinstance(node, list) else node


def test_prose_goes_and_facts_stay() -> None:
    reduced = facts(
        {
            "type": "object",
            "description": "prose",
            "example": 1,
            "properties": {
                "description": {"type": "string", "description": "prose", "default": "x", "nullable": True},
                "port": {
                    "anyOf": [{"type": "integer"}, {"type": "string"}],
                    "x-kubernetes-int-or-string": True,
                    "pattern": "^a",
                },
            },
            "required": ["port", "description"],
            "x-kubernetes-map-type": "atomic",
            "x-kubernetes-validations": [{"rule": "self.a", "message": "m"}],
        }
    )
    assert reduced == {
        "type": "object",
        "properties": {
            "description": {"type": "string", "default": "x", "nullable": True},
            "port": {"x-kubernetes-int-or-string": True, "pattern": "^a"},
        },
        "required": ["description", "port"],
        "x-kubernetes-validations": [{"rule": "self.a", "message": "m"}],
    }


def test_equal_parts_are_stored_once() -> None:
    schema = {"type": "object", "properties": {"a": PART, "b": {"type": "array", "items": PART}, "c": {"type": "string"}}}
    small = shared(schema)
    assert list(small["$defs"]) == ["0"]
    assert small["properties"]["a"] == small["properties"]["b"]["items"] == {"$ref": "#/$defs/0"}
    assert unshared(small, small["$defs"]) == schema


def test_only_served_versions_are_kinds() -> None:
    definition = crd(v1=PART, v2=PART)
    definition["spec"]["versions"][0]["served"] = False
    (kind,) = kinds_of(definition)
    assert (kind.key, kind.namespaced) == ("example.org/v2/Thing", False)


def test_lists_and_streams_are_read() -> None:
    listed = json.dumps({"kind": "List", "items": [crd(v1=PART)]})
    text = f"{listed}\n---\n{json.dumps(crd(v2=PART))}\n---\nkind: Secret\n---\n"
    assert [kind.version for kind in read_crds(text)] == ["v1", "v2"]


def test_releases_with_the_same_facts_share_a_file() -> None:
    old, new = (ImportedKind("example.org", "v1", "Thing", True, {"type": kind}) for kind in ("object", "array"))
    files = build([("f", "0.9", old), ("f", "0.10", old), ("f", "0.11", new), ("", "", new)])
    rows = json.loads(files["index.json"])["kinds"]["example.org/v1/Thing"]
    assert [(row["from"], row["to"]) for row in rows] == [("0.9", "0.10"), ("0.11", "0.11"), ("", "")]
    assert len(files) == 3


def test_the_packaged_schemas_are_small_and_indexed() -> None:
    folder = REPO / "schemas"
    index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    named = {row["file"] for rows in index["kinds"].values() for row in rows}
    assert named == {path.relative_to(folder).as_posix() for path in folder.rglob("*.json")} - {"index.json"}
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < 2_000_000


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared material is not here")
@pytest.mark.parametrize(
    ("source", "packaged"),
    [
        ("kserve/v0.16.0/servingruntimes.serving.kserve.io.yaml", "serving.kserve.io/v1alpha1/ServingRuntime"),
        ("kserve/v0.15.2/trainedmodels.serving.kserve.io.yaml", "serving.kserve.io/v1alpha1/TrainedModel"),
    ],
)
def test_packaged_schemas_are_what_the_importer_makes(source: str, packaged: str) -> None:
    (kind,) = read_crds((SHARED / "crds" / source).read_text(encoding="utf-8"))
    release = ".".join(source.split("/")[1].removeprefix("v").split(".")[:2])
    rows = json.loads((REPO / "schemas/index.json").read_text(encoding="utf-8"))["kinds"][packaged]
    (file,) = [row["file"] for row in rows if row["family"] == "kserve" and row["from"] <= release <= row["to"]]
    assert (REPO / "schemas" / file).read_text(encoding="utf-8") == kind.text()
