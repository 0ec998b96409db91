"""Released CustomResourceDefinitions, reduced to the facts a judge needs.

A schema keeps names, types, bounds, defaults, list keys and CEL rules (the fields of `JSONSchemaProps` in
kubernetes/apiextensions-apiserver, `pkg/apis/apiextensions/v1/types_jsonschema.go`); prose is left out.
All schemas of a kind, of each version and release, are one text in which equal parts are stored once, in a
`$defs` table. `importing/released.py` makes the packaged ones, `modelwright schemas import` those of a user.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from modelwright.judge.kinds import KEEPS_STATUS
from modelwright.records import dataclass

_FACTS = """
type required enum pattern minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength
minItems maxItems uniqueItems minProperties maxProperties format default nullable
"""
_EXTENSIONS = "int-or-string preserve-unknown-fields list-type list-map-keys validations embedded-resource"
FACTS = frozenset(_FACTS.split())
EXTENSIONS = frozenset(_EXTENSIONS.split())
RULE_FACTS = ("rule", "message", "messageExpression", "reason", "fieldPath", "optionalOldSelf")
_INT_OR_STRING = [{"type": "integer"}, {"type": "string"}]
SHARED_FROM = 48
"""Subschemas whose text is shorter than this are cheaper written out than referred to."""

_UNPRINTED = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
"""What JSON leaves as it is and YAML, by which such a file is read too, does not."""

API_VERSION, KIND = "schemas.modelwright/v1", "KindSchemas"
"""What a file of such schemas calls itself."""

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ImportedKind:
    """One served version of a custom resource."""

    group: str
    version: str
    kind: str
    namespaced: bool
    schema: Schema
    """Facts only, nothing shared."""
    deprecated: bool = False
    plural: str = ""
    """The name of its resource, such as `queues`."""

    @property
    def key(self) -> str:
        """How the index names it: `group/version/Kind`."""
        return f"{self.group}/{self.version}/{self.kind}"

    @property
    def file(self) -> str:
        """The file that holds every version of the kind."""
        return f"{self.group}/{self.kind}.json"


def text_of(kinds: Sequence[ImportedKind]) -> str:
    """The file for versions of one kind: compact, with sorted keys, the same bytes for the same facts."""
    first = kinds[0]
    roots, table = shared([kind.schema for kind in kinds])
    spec: dict[str, Any] = {
        "group": first.group,
        "kind": first.kind,
        "plural": first.plural,
        "scope": "Namespaced" if first.namespaced else "Cluster",
        "versions": [_entry(kind, root) for kind, root in zip(kinds, roots, strict=True)],
    }
    if table:
        spec["$defs"] = table
    name = f"{first.kind}.{first.group}"
    head = {"apiVersion": API_VERSION, "kind": KIND, "metadata": {"name": name}}
    lines = [f'"spec":{{\n{_lines(spec)}\n}}']
    return "{" + ",\n".join([*(f'"{key}":{_compact(value)}' for key, value in head.items()), *lines]) + "}\n"


def _lines(spec: Mapping[str, Any]) -> str:
    """Each version and each part on a line of its own, so that a change is seen for what it is."""
    made = []
    for key, value in sorted(spec.items()):
        if key == "$defs":
            parts = ",\n".join(f"{_compact(name)}:{_compact(part)}" for name, part in value.items())
            made.append(f'"$defs":{{\n{parts}\n}}')
        elif key == "versions":
            made.append('"versions":[\n' + ",\n".join(map(_compact, value)) + "\n]")
        else:
            made.append(f'"{key}":{_compact(value)}')
    return ",\n".join(made)


def _compact(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return _UNPRINTED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _entry(kind: ImportedKind, root: Schema) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": kind.version, "schema": root}
    if kind.deprecated:
        entry["deprecated"] = True
    return entry


def facts(schema: Schema) -> dict[str, Any]:
    """A structural schema without its prose."""
    kept: dict[str, Any] = {}
    for key, value in schema.items():
        if value is None:
            continue  # to the server the same as absent
        if key in FACTS or key == KEEPS_STATUS:
            kept[key] = sorted(value) if key == "required" else value
        elif key == "properties":
            kept[key] = {name: facts(sub) for name, sub in sorted(value.items())}
        elif key in ("items", "additionalProperties", "not"):
            kept[key] = facts(value) if isinstance(value, Mapping) else value
        elif key in ("allOf", "anyOf", "oneOf"):
            kept[key] = [facts(sub) for sub in value or ()]
        elif key == "x-kubernetes-validations":
            kept[key] = [{k: rule[k] for k in RULE_FACTS if k in rule} for rule in value]
        elif key.removeprefix("x-kubernetes-") in EXTENSIONS and key.startswith("x-kubernetes-"):
            kept[key] = value
    if kept.get("x-kubernetes-int-or-string") and kept.get("anyOf") == _INT_OR_STRING:
        del kept["anyOf"]  # it only repeats what the extension says
    return kept


def shared(schemas: Iterable[Schema]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The same schemas with their repeated parts by reference, and the table of those parts, by content."""
    ids: dict[str, int] = {}
    nodes: list[dict[str, Any]] = []
    uses: list[int] = []
    sizes: list[int] = []

    def intern(node: Schema) -> int:
        flat = {k: _map_children(k, v, lambda sub: {"$id": intern(sub)}) for k, v in node.items()}
        text = json.dumps(flat, sort_keys=True)
        if text not in ids:
            ids[text] = len(nodes)
            nodes.append(flat)
            uses.append(0)
            below = [i["$id"] for value in flat.items() for i in _children(*value)]
            for index in below:
                uses[index] += 1
            sizes.append(len(text) + sum(sizes[i] for i in below))
        return ids[text]

    names: dict[int, str] = {}
    table: dict[str, Any] = {}

    def emit(index: int) -> dict[str, Any]:
        if uses[index] < 2 or sizes[index] < SHARED_FROM:
            return plain(index)
        if index not in names:
            names[index] = str(len(names))
            table[names[index]] = None
            table[names[index]] = plain(index)
        return {"$ref": f"#/$defs/{names[index]}"}

    def plain(index: int) -> dict[str, Any]:
        return {k: _map_children(k, v, lambda sub: emit(sub["$id"])) for k, v in sorted(nodes[index].items())}

    roots = [intern(schema) for schema in schemas]
    return [plain(root) for root in roots], table


def _children(key: str, value: Any) -> list[Any]:
    """The subschemas directly below keyword `key`."""
    if key == "properties":
        return list(value.values())
    if key in ("items", "additionalProperties", "not") and isinstance(value, Mapping):
        return [value]
    return list(value) if key in ("allOf", "anyOf", "oneOf") else []


def _map_children(key: str, value: Any, change: Callable[[Any], Any]) -> Any:
    if key == "properties":
        return {name: change(sub) for name, sub in sorted(value.items())}
    if key in ("items", "additionalProperties", "not") and isinstance(value, Mapping):
        return change(value)
    return [change(sub) for sub in value] if key in ("allOf", "anyOf", "oneOf") else value


def kinds_of(crd: Mapping[str, Any]) -> Iterator[ImportedKind]:
    """The served versions of one CustomResourceDefinition (apiextensions.k8s.io/v1)."""
    spec = crd["spec"]
    namespaced = spec.get("scope") == "Namespaced"
    for version in spec["versions"]:
        if not version.get("served", True):
            continue
        schema = (version.get("schema") or {}).get("openAPIV3Schema")
        kept = facts(schema or {"type": "object", "x-kubernetes-preserve-unknown-fields": True})
        if "status" in kept.get("properties", ()) and (version.get("subresources") or {}).get("status") is None:
            kept[KEEPS_STATUS] = True
        deprecated = version.get("deprecated") is True
        names = spec["names"]
        plural = str(names.get("plural") or "")
        yield ImportedKind(spec["group"], version["name"], names["kind"], namespaced, kept, deprecated, plural)


def read_crds(text: str, file: str = "crds.yaml") -> Iterator[ImportedKind]:
    """The kinds of a YAML text, read as the API server reads it: CustomResourceDefinitions, or a `List` of them."""
    from modelwright.yamlio import read

    documents, problems = read(text, file)
    if problems:
        raise ValueError(f"{file}: {problems[0].message}")
    for document in documents:
        if not isinstance(document, Mapping):
            continue
        for item in document.get("items") or [document]:
            if isinstance(item, Mapping) and item.get("kind") == "CustomResourceDefinition":
                yield from kinds_of(item)
