"""Definitions that the API server refuses, each by one change to a sound one; and some that it takes.

`python -m tests.judge.bad_crds` builds tests/oracle/crds (Go, linking k8s.io/apiextensions-apiserver) and compares with
the server's own verdict.
"""

from __future__ import annotations

import copy
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
ORACLE = ROOT / "tests" / "oracle" / "crds"
X = "x-kubernetes-"
Change = Callable[[dict[str, Any], dict[str, Any]], Any]


def sound() -> dict[str, Any]:
    """A definition with a list of maps, a set, a map, alternatives and a rule."""
    fields: dict[str, Any] = {
        "size": {"type": "integer", "maximum": 5},
        "name": {"type": "string", "pattern": "^[a-z]+$"},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        "tags": {"type": "array", f"{X}list-type": "set", "items": {"type": "string"}},
        "parts": {
            "type": "array",
            f"{X}list-type": "map",
            f"{X}list-map-keys": ["name"],
            "items": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}, "to": {"type": "string"}}},
        },
        "port": {f"{X}int-or-string": True, "anyOf": [{"type": "integer"}, {"type": "string"}]},
        "limit": {f"{X}int-or-string": True, "allOf": [{"anyOf": [{"type": "integer"}, {"type": "string"}]}, {"pattern": "^a"}]},
        "any": {f"{X}preserve-unknown-fields": True},
        "pod": {"type": "object", f"{X}embedded-resource": True, f"{X}preserve-unknown-fields": True},
    }
    spec = {
        "type": "object",
        "required": ["size"],
        "properties": fields,
        "oneOf": [{"required": ["name"]}, {"properties": {"size": {"minimum": 2}}}],
        f"{X}validations": [{"rule": "self.size > 0", "message": "size must be above 0", "fieldPath": ".size"}],
    }
    root = {"type": "object", "properties": {"spec": spec, "metadata": {"type": "object"}}}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": root}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "queues.example.com"},
        "spec": {
            "group": "example.com",
            "scope": "Namespaced",
            "names": {"kind": "Queue", "plural": "queues", "singular": "queue", "listKind": "QueueList"},
            "versions": [version],
        },
    }


def changed(change: Change) -> dict[str, Any]:
    """The sound definition after a change to it, which gets the definition and its fields below `spec`."""
    crd = copy.deepcopy(sound())
    change(crd, _spec(crd)["properties"])
    return crd


def _root(crd: dict[str, Any]) -> dict[str, Any]:
    root: dict[str, Any] = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    return root


def _spec(crd: dict[str, Any]) -> dict[str, Any]:
    spec: dict[str, Any] = _root(crd)["properties"]["spec"]
    return spec


def _bounded(parts: dict[str, Any]) -> dict[str, Any]:
    """Items of a list that is short enough for the server to ask rules of."""
    parts["maxItems"] = 10
    items: dict[str, Any] = parts["items"]
    items["properties"]["to"]["maxLength"] = 10
    return items


def _rule(crd: dict[str, Any], **words: Any) -> None:
    _spec(crd)[f"{X}validations"] = [{"rule": "self.size > 0", **words}]


BAD: Mapping[str, tuple[Change, str, str]] = {
    # what: (change, code, end of the path)
    "reference": (lambda c, f: f.update(size={"$ref": "#/a"}), "MW260", "size.$ref"),
    "definitions": (lambda c, f: f["size"].update(definitions={"a": {"type": "string"}}), "MW260", "size.definitions"),
    "pattern properties": (lambda c, f: f["any"].update(patternProperties={"a": {"type": "string"}}), "MW260", "any.patternProperties"),
    "unique items": (lambda c, f: f["tags"].update(uniqueItems=True), "MW260", "tags.uniqueItems"),
    "id": (lambda c, f: f["size"].update(id="a"), "MW260", "size.id"),
    "dependencies": (lambda c, f: f["any"].update(dependencies={"a": ["b"]}), "MW260", "any.dependencies"),
    "reference in alternatives": (lambda c, f: _spec(c)["oneOf"].append({"$ref": "#/a"}), "MW260", "oneOf.2.$ref"),
    "no type": (lambda c, f: f["size"].pop("type"), "MW261", "size"),
    "items without type": (lambda c, f: f["tags"].update({f"{X}list-type": "atomic", "items": {}}), "MW261", "tags.items"),
    "null type": (lambda c, f: f["size"].update(type="null"), "MW232", "size.type"),
    "list without items": (lambda c, f: f.update(l={"type": "array"}), "MW261", "l"),
    "root of text": (lambda c, f: _root(c).update(type="string"), "MW261", "openAPIV3Schema.type"),
    "free root": (lambda c, f: (_root(c).pop("properties"), _root(c).update(additionalProperties={"type": "string"})), "MW261", "openAPIV3Schema.additionalProperties"),
    "map with fields": (lambda c, f: f["labels"].update(properties={"a": {"type": "string"}}), "MW261", "labels.additionalProperties"),
    "not preserving": (lambda c, f: f["size"].update({f"{X}preserve-unknown-fields": False}), "MW261", f"size.{X}preserve-unknown-fields"),
    "text or free": (lambda c, f: f["port"].update({f"{X}preserve-unknown-fields": True}), "MW261", f"port.{X}preserve-unknown-fields"),
    "embedded text": (lambda c, f: f["pod"].update(type="string"), "MW261", "pod.type"),
    "embedded without fields": (lambda c, f: f["pod"].pop(f"{X}preserve-unknown-fields"), "MW261", "pod"),
    "kind of number": (lambda c, f: _root(c)["properties"].update(kind={"type": "integer"}), "MW261", "properties.kind"),
    "metadata of text": (lambda c, f: _root(c)["properties"].update(metadata={"type": "string"}), "MW261", "properties.metadata"),
    "metadata with labels": (lambda c, f: _root(c)["properties"]["metadata"].update(properties={"labels": {"type": "object"}}), "MW261", "metadata.properties.labels"),
    "type in alternatives": (lambda c, f: _spec(c)["oneOf"][1]["properties"]["size"].update(type="integer"), "MW261", "oneOf.1.properties.size.type"),
    "default in alternatives": (lambda c, f: _spec(c)["oneOf"][0].update(default={}), "MW261", "oneOf.0.default"),
    "prose in alternatives": (lambda c, f: _spec(c)["oneOf"][0].update(description="a"), "MW261", "oneOf.0.description"),
    "null in alternatives": (lambda c, f: f["size"].update({"not": {"nullable": True}}), "MW261", "size.not.nullable"),
    "field only in alternatives": (lambda c, f: _root(c).update(oneOf=[{"properties": {"spec": {"properties": {"other": {"minimum": 1}}}}}]), "MW261", "oneOf.0.properties.spec.properties.other"),
    "items only in alternatives": (lambda c, f: _root(c).update(allOf=[{"properties": {"spec": {"items": {"minimum": 1}}}}]), "MW261", "allOf.0.properties.spec.items"),
    "metadata in alternatives": (lambda c, f: _root(c).update(allOf=[{"properties": {"metadata": {"minProperties": 1}}}]), "MW261", "allOf.0.properties.metadata"),
    "types of other alternatives": (lambda c, f: f["port"].update(anyOf=[{"type": "string"}, {"type": "integer"}]), "MW261", "port.anyOf.0.type"),
    "look-ahead": (lambda c, f: f["name"].update(pattern="^(?=a)"), "MW262", "name.pattern"),
    "open bracket": (lambda c, f: f["name"].update(pattern="[a"), "MW262", "name.pattern"),
    "pattern in alternatives": (lambda c, f: f["name"].update(anyOf=[{"pattern": r"(a)\1"}]), "MW262", "name.anyOf.0.pattern"),
    "set of maps": (lambda c, f: f["tags"].update(items={"type": "object"}), "MW264", "tags.items"),
    "set of sets": (lambda c, f: f["tags"].update(items={"type": "array", f"{X}list-type": "set", "items": {"type": "string"}}), "MW264", f"tags.items.{X}list-type"),
    "set with null": (lambda c, f: f["tags"]["items"].update(nullable=True), "MW264", "tags.items.nullable"),
    "odd type of list": (lambda c, f: f["tags"].update({f"{X}list-type": "bag"}), "MW264", f"tags.{X}list-type"),
    "list type of a map": (lambda c, f: f["labels"].update({f"{X}list-type": "set"}), "MW264", f"labels.{X}list-type"),
    "keys of a set": (lambda c, f: f["tags"].update({f"{X}list-map-keys": ["a"]}), "MW264", f"tags.{X}list-type"),
    "no keys": (lambda c, f: f["parts"].pop(f"{X}list-map-keys"), "MW264", "parts"),
    "key of no field": (lambda c, f: f["parts"].update({f"{X}list-map-keys": ["name", "id"]}), "MW264", f"parts.{X}list-map-keys.1"),
    "key twice": (lambda c, f: f["parts"].update({f"{X}list-map-keys": ["name", "name"]}), "MW264", f"parts.{X}list-map-keys.1"),
    "key not required": (lambda c, f: f["parts"].update({f"{X}list-map-keys": ["name", "to"]}), "MW264", "parts.items.properties.to"),
    "key that may be null": (lambda c, f: f["parts"]["items"]["properties"]["name"].update(nullable=True), "MW264", "name.nullable"),
    "key of a list": (lambda c, f: f["parts"]["items"]["properties"].update(name={"type": "array", "items": {"type": "string"}}), "MW264", "name.type"),
    "map list of texts": (lambda c, f: f["parts"].update(items={"type": "string"}), "MW264", "parts.items"),
    "odd type of map": (lambda c, f: f["labels"].update({f"{X}map-type": "set"}), "MW264", f"labels.{X}map-type"),
    "map type of a number": (lambda c, f: f["size"].update({f"{X}map-type": "atomic"}), "MW264", f"size.{X}map-type"),
    "rule of an unknown field": (lambda c, f: _rule(c, rule="self.sise > 0"), "MW263", f"{X}validations.0.rule"),
    "rule that is no expression": (lambda c, f: _rule(c, rule="self.size >"), "MW263", f"{X}validations.0.rule"),
    "rule that is a number": (lambda c, f: _rule(c, rule="self.size"), "MW263", f"{X}validations.0.rule"),
    "empty rule": (lambda c, f: _rule(c, rule=" "), "MW263", f"{X}validations.0.rule"),
    "message of two lines": (lambda c, f: _rule(c, message="a\nb"), "MW263", f"{X}validations.0.message"),
    "empty message": (lambda c, f: _rule(c, message=" "), "MW263", f"{X}validations.0.message"),
    "two lines without message": (lambda c, f: _rule(c, rule="self.size > 0\n&& true"), "MW263", f"{X}validations.0.rule"),
    "odd reason": (lambda c, f: _rule(c, reason="Because"), "MW263", f"{X}validations.0.reason"),
    "path to nothing": (lambda c, f: _rule(c, fieldPath=".sise"), "MW263", f"{X}validations.0.fieldPath"),
    "message of a number": (lambda c, f: _rule(c, messageExpression="self.size"), "MW263", f"{X}validations.0.messageExpression"),
    "message that does not compile": (lambda c, f: _rule(c, messageExpression="'a' + self.size"), "MW263", f"{X}validations.0.messageExpression"),
    "old value without use": (lambda c, f: _rule(c, optionalOldSelf=True), "MW263", f"{X}validations.0.optionalOldSelf"),
    "old item of a set": (lambda c, f: f["tags"]["items"].update({f"{X}validations": [{"rule": "self == oldSelf"}]}), "MW263", f"items.{X}validations.0.rule"),
    "rule of a free value": (lambda c, f: f["any"].update({f"{X}validations": [{"rule": "self == 1"}]}), "MW263", f"any.{X}validations.0.rule"),
    "rule in alternatives": (lambda c, f: _spec(c)["oneOf"][0].update({f"{X}validations": [{"rule": "true"}]}), "MW261", f"oneOf.0.{X}validations"),
    "other name": (lambda c, f: c["metadata"].update(name="queue.example.com"), "MW265", "metadata.name"),
    "group without dot": (lambda c, f: (c["spec"].update(group="example"), c["metadata"].update(name="queues.example")), "MW265", "spec.group"),
    "group of Kubernetes": (lambda c, f: (c["spec"].update(group="a.k8s.io"), c["metadata"].update(name="queues.a.k8s.io")), "MW265", "spec.group"),
    "nothing stored": (lambda c, f: c["spec"]["versions"][0].update(storage=False), "MW265", "spec.versions"),
    "two stored": (lambda c, f: c["spec"]["versions"].append({**c["spec"]["versions"][0], "name": "v2"}), "MW265", "spec.versions"),
    "version twice": (lambda c, f: c["spec"]["versions"].append({**c["spec"]["versions"][0], "storage": False}), "MW265", "versions.1.name"),
    "no schema": (lambda c, f: c["spec"]["versions"][0].pop("schema"), "MW265", "versions.0"),
    "not pruned": (lambda c, f: c["spec"].update(preserveUnknownFields=True), "MW265", "spec.preserveUnknownFields"),
}  # fmt: skip

GOOD: Mapping[str, Change] = {
    "as it is": lambda c, f: None,
    "a name restricted": lambda c, f: _root(c)["properties"]["metadata"].update(properties={"name": {"type": "string", "maxLength": 9}}),
    "free map": lambda c, f: f["labels"].update(additionalProperties=True),
    "atomic maps in a set": lambda c, f: f["tags"].update(items={"type": "object", f"{X}map-type": "atomic"}),
    "key with default": lambda c, f: f["parts"].update({f"{X}list-map-keys": ["name", "to"]}) or f["parts"]["items"]["properties"]["to"].update(default="a"),
    "field only in alternatives of a field": lambda c, f: _spec(c)["oneOf"][1]["properties"].update(other={"minimum": 1}),
    "old item of a keyed list": lambda c, f: _bounded(f["parts"]).update({f"{X}validations": [{"rule": "self.to == oldSelf.to"}]}),
    "old value that may be absent": lambda c, f: _rule(c, rule="oldSelf.hasValue()", optionalOldSelf=True),
    "several lines with a message": lambda c, f: _rule(c, rule="self.size > 0\n&& true", message="a"),
    "message from the value": lambda c, f: _rule(c, messageExpression="'the size is wrong'"),
    "rule of the whole object": lambda c, f: _root(c).update({f"{X}validations": [{"rule": "self.metadata.name != 'a'"}]}),
    "unused pattern of Go": lambda c, f: f["name"].update(pattern=r"^\pL+(?P<n>x)?$"),
    "an approved group": lambda c, f: (c["spec"].update(group="a.k8s.io"), c["metadata"].update(name="queues.a.k8s.io", annotations={"api-approved.kubernetes.io": "https://github.com/a/b/1"})),
    "nested not": lambda c, f: f["size"].update({"not": {"anyOf": [{"minimum": 9}, {"multipleOf": 4}]}}),
    "two versions": lambda c, f: c["spec"]["versions"].append({**copy.deepcopy(c["spec"]["versions"][0]), "name": "v2", "storage": False}),
}  # fmt: skip


def verdicts(crds: list[dict[str, Any]]) -> list[list[str]]:
    """What the server says of each."""
    with tempfile.TemporaryDirectory() as folder:
        binary = Path(folder) / "crds"
        subprocess.run(["go", "build", "-o", str(binary), "."], cwd=ORACLE, check=True)
        rows = "".join(json.dumps(crd) + "\n" for crd in crds)
        done = subprocess.run([str(binary)], input=rows, capture_output=True, text=True, check=True)
    return [json.loads(line)["errors"] for line in done.stdout.splitlines()]


def main() -> int:
    names = [*BAD, *GOOD]
    said = dict(zip(names, verdicts([changed(BAD[n][0] if n in BAD else GOOD[n]) for n in names]), strict=True))
    wrong = [name for name in names if bool(said[name]) != (name in BAD)]
    for name in names:
        print(name, "|", "; ".join(said[name])[:160] or "taken")
    print(f"{len(names)} definitions, {len(wrong)} disagreements: {wrong}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
