"""Released CustomResourceDefinitions become compact facts, and the packaged ones are what the importer makes."""

from __future__ import annotations

import json
from pathlib import Path as FilePath
from typing import Any

import yaml

from modelwright.importing.crds import ImportedKind, facts, kinds_of, read_crds, shared, text_of
from modelwright.importing.released import build

REPO = FilePath(__file__).resolve().parents[2]
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
    (small, other), table = shared([schema, PART])
    assert list(table) == ["0"] and other == PART
    assert small["properties"]["a"] == small["properties"]["b"]["items"] == {"$ref": "#/$defs/0"}
    assert unshared(small, table) == schema


def test_only_served_versions_are_kinds() -> None:
    definition = crd(v1=PART, v2=PART)
    definition["spec"]["versions"][0]["served"] = False
    (kind,) = kinds_of(definition)
    assert (kind.key, kind.namespaced) == ("example.org/v2/Thing", False)


def test_lists_and_streams_are_read() -> None:
    listed = json.dumps({"kind": "List", "items": [crd(v1=PART)]})
    text = f"{listed}\n---\n{json.dumps(crd(v2=PART))}\n---\nkind: Secret\n---\n"
    assert [kind.version for kind in read_crds(text)] == ["v1", "v2"]


def kind(version: str = "v1", **schema: Any) -> ImportedKind:
    return ImportedKind("example.org", version, "Thing", True, {"type": "object", **schema})


def test_releases_with_the_same_facts_share_a_schema() -> None:
    old, new = kind(), kind(nullable=True)
    releases = [("kserve", "0.9", old), ("kserve", "0.10", old), ("kserve", "0.11", new), ("keda", "2.0", new)]
    files = build(releases, [{"release": "3.0"}])
    index = json.loads(files["index.json"])
    assert index["kinds"] == {
        "example.org/v1/Thing": [["kserve", "0.9", "0.10", 0], ["kserve", "0.11", "0.11", 1], ["keda", "2.0", "2.0", 1]]
    }
    assert index["families"]["kserve"] == {"title": "KServe", "releases": ["0.9", "0.10", "0.11"]}
    assert index["openDataHub"] == [{"release": "3.0"}]
    assert len(json.loads(files["example.org/Thing.json"])["spec"]["versions"]) == 2


def test_a_kind_that_pauses_has_two_ranges() -> None:
    files = build([("keda", "1.0", kind()), ("keda", "1.1", kind("v2")), ("keda", "1.2", kind())])
    assert [row[1] for row in json.loads(files["index.json"])["kinds"]["example.org/v1/Thing"]] == ["1.0", "1.2"]


def test_versions_of_a_kind_are_one_file() -> None:
    data = json.loads(text_of([kind(), ImportedKind("example.org", "v2", "Thing", True, {"type": "object"}, True)]))
    assert data["metadata"] == {"name": "Thing.example.org"} and data["spec"]["scope"] == "Namespaced"
    assert [(v["name"], v.get("deprecated")) for v in data["spec"]["versions"]] == [("v1", None), ("v2", True)]


def test_the_packaged_schemas_are_small_and_indexed() -> None:
    folder = REPO / "schemas"
    index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    named = {f"{key.split('/')[0]}/{key.split('/')[2]}.json" for key in index["kinds"]}
    assert named == {path.relative_to(folder).as_posix() for path in folder.rglob("*.json")} - {"index.json", "runtimes.json"}
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < 1_200_000
    assert (folder / "index.json").stat().st_size < 16_000


def test_the_index_says_of_open_data_hub_what_is_written_by_hand() -> None:
    index = json.loads((REPO / "schemas" / "index.json").read_text(encoding="utf-8"))
    assert index["openDataHub"] == yaml.safe_load((REPO / "schemas" / "releases.yaml").read_text())["openDataHub"]
