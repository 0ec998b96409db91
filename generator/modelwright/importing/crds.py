"""Released CustomResourceDefinitions, reduced to the facts a judge needs.

A schema keeps names, types, bounds, defaults, list keys and CEL rules (the fields of `JSONSchemaProps` in
kubernetes/apiextensions-apiserver, `pkg/apis/apiextensions/v1/types_jsonschema.go`); prose is left out.
Equal subschemas are stored once, in a `$defs` table. Run as `python -m modelwright.importing.crds CRDS OUT`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from modelwright.judge.catalog import KEEPS_STATUS

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

SINGLE = {
    "HardwareProfile": "opendatahub/opendatahub-operator-v3.0.0/infrastructure.opendatahub.io_hardwareprofiles.yaml",
    "ExternalSecret": "external-secrets/v2.9.0/externalsecrets.external-secrets.io.yaml",
    "ScaledObject": "keda/v2.20.2/scaledobjects.keda.sh.yaml",
    "DataSciencePipelinesApplication": (
        "data-science-pipelines/v2.18.0/"
        "datasciencepipelinesapplications.opendatahub.io_datasciencepipelinesapplications.yaml"
    ),
    "Pipeline": "kubeflow-pipelines/2.17.0/pipelines.kubeflow.org_pipelines.yaml",
    "PipelineVersion": "kubeflow-pipelines/2.17.0/pipelines.kubeflow.org_pipelineversions.yaml",
    "SealedSecret": "sealed-secrets/v0.36.6/sealedsecrets.bitnami.com.yaml",
    "Route": "openshift-api/head/routes.route.openshift.io.yaml",
    "Application": "argo-cd/v3.5.1/applications.argoproj.io.yaml",
    "ApplicationSet": "argo-cd/v3.5.1/applicationsets.argoproj.io.yaml",
    "AppProject": "argo-cd/v3.5.1/appprojects.argoproj.io.yaml",
    "LocalQueue": "kueue/v0.19.2/localqueues.kueue.x-k8s.io.yaml",
}
"""Kinds that come in one release only, and the file of that release."""

FAMILIES = {"kserve": ("kserve", "v"), "opendatahub": ("opendatahub-kserve", "odh-v")}
"""Families of releases: name -> the folder with one subfolder per release, and what precedes the number there."""


@dataclass(frozen=True, slots=True)
class ImportedKind:
    """One served version of a custom resource."""

    group: str
    version: str
    kind: str
    namespaced: bool
    schema: Mapping[str, Any]

    @property
    def key(self) -> str:
        """How the index names it: `group/version/Kind`."""
        return f"{self.group}/{self.version}/{self.kind}"

    def text(self) -> str:
        """The file that stores it: compact, with sorted keys, the same bytes for the same facts."""
        data = {"kind": self.kind, "namespaced": self.namespaced, "schema": self.schema}
        return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"


def facts(schema: Mapping[str, Any]) -> dict[str, Any]:
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


def shared(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The same schema with its repeated parts in `$defs`, by content."""
    ids: dict[str, int] = {}
    nodes: list[dict[str, Any]] = []
    uses: list[int] = []
    sizes: list[int] = []

    def intern(node: Mapping[str, Any]) -> int:
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

    root = plain(intern(schema))
    return {**root, "$defs": table} if table else root


def _children(key: str, value: Any) -> list[Any]:
    """The subschemas directly below keyword `key`."""
    if key == "properties":
        return list(value.values())
    if key in ("items", "additionalProperties", "not") and isinstance(value, Mapping):
        return [value]
    return list(value) if key in ("allOf", "anyOf", "oneOf") else []


def _map_children(key: str, value: Any, change: Any) -> Any:
    if key == "properties":
        return {name: change(sub) for name, sub in sorted(value.items())}
    if key in ("items", "additionalProperties", "not") and isinstance(value, Mapping):
        return change(value)
    return [change(sub) for sub in value] if key in ("allOf", "anyOf", "oneOf") else value


def served(crd: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Name and schema of each served version of a CustomResourceDefinition (apiextensions.k8s.io/v1)."""
    for version in crd["spec"]["versions"]:
        if version.get("served", True):
            schema = (version.get("schema") or {}).get("openAPIV3Schema")
            schema = schema or {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
            if "status" in schema.get("properties", ()) and (version.get("subresources") or {}).get("status") is None:
                schema = {**schema, KEEPS_STATUS: True}
            yield version["name"], schema


def kinds_of(crd: Mapping[str, Any]) -> Iterator[ImportedKind]:
    """The served versions of one CustomResourceDefinition."""
    spec = crd["spec"]
    namespaced = spec.get("scope") == "Namespaced"
    for name, schema in served(crd):
        yield ImportedKind(spec["group"], name, spec["names"]["kind"], namespaced, shared(facts(schema)))


def read_crds(text: str) -> Iterator[ImportedKind]:
    """The kinds of a YAML text: CustomResourceDefinitions, one or many, or a `List` of them."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    for document in yaml.load_all(text, Loader=loader):
        if not isinstance(document, Mapping):
            continue
        for item in document.get("items") or [document]:
            if isinstance(item, Mapping) and item.get("kind") == "CustomResourceDefinition":
                yield from kinds_of(item)


def release_key(release: str) -> tuple[int, ...]:
    """Sorts `0.9` before `0.15`."""
    return tuple(int(part) for part in re.findall(r"\d+", release))


def _minor(release: str) -> str:
    return ".".join(release.split(".")[:2])


def _identical(source: FilePath) -> dict[str, str]:
    """File name -> folder it equals, from the table of a folder's SOURCE.md."""
    if not source.is_file():
        return {}
    rows = re.findall(r"^\| (\S+) \| identical to (\S+) \|", source.read_text(encoding="utf-8"), re.MULTILINE)
    return dict(rows)


def _release_files(crds: FilePath, folder: FilePath) -> list[FilePath]:
    files = {path.name: path for path in folder.glob("*.serving.kserve.io.yaml")}
    for name, other in _identical(folder / "SOURCE.md").items():
        if name.endswith(".serving.kserve.io.yaml"):
            files.setdefault(name, crds / other / name)
    return [files[name] for name in sorted(files)]


def _families(crds: FilePath) -> Iterator[tuple[str, str, ImportedKind]]:
    """Every `(family, release, kind)` below a folder of released CRDs."""
    read: dict[FilePath, list[ImportedKind]] = {}
    for family, (folder, prefix) in FAMILIES.items():
        for path in sorted((crds / folder).glob(prefix + "*"), key=lambda p: release_key(p.name)):
            for file in _release_files(crds, path):
                if file not in read:
                    read[file] = list(read_crds(file.read_text(encoding="utf-8")))
                for kind in read[file]:
                    yield family, _minor(path.name.removeprefix(prefix)), kind
    for wanted, name in SINGLE.items():
        for kind in read_crds((crds / name).read_text(encoding="utf-8")):
            if kind.kind == wanted:
                yield "", "", kind


def build(found: Iterable[tuple[str, str, ImportedKind]]) -> dict[str, str]:
    """File name -> text for `(family, release, kind)` rows given from the oldest release to the newest.

    `index.json` holds the releases of each family, and per kind the ranges of releases with the file of each.
    """
    files: dict[str, str] = {}
    by_text: dict[tuple[str, str], str] = {}
    releases: dict[str, list[str]] = {}
    ranges: dict[str, list[dict[str, str]]] = {}
    for family, release, kind in found:
        text = kind.text()
        if family and release not in releases.setdefault(family, []):
            releases[family].append(release)
        suffix = f".{family}-{release}" if family else ""
        name = by_text.setdefault((kind.key, text), f"{kind.key}{suffix}.json")
        files[name] = text
        rows = ranges.setdefault(kind.key, [])
        last = rows[-1] if rows else {}
        known = releases.get(family, [])
        previous = known[known.index(release) - 1] if family and known.index(release) else None
        if last.get("file") == name and last.get("family") == family and last.get("to") == previous:
            last["to"] = release
        else:
            rows.append({"family": family, "from": release, "to": release, "file": name})
    index = {"releases": releases, "kinds": ranges}
    files["index.json"] = json.dumps(index, sort_keys=True, indent=1) + "\n"
    return files


def main(arguments: list[str] | None = None) -> None:
    """Rewrite the packaged schemas from a folder of released CRDs."""
    import argparse

    parser = argparse.ArgumentParser(prog="modelwright.importing.crds", description=main.__doc__)
    parser.add_argument("crds", type=FilePath, help="folder of released CRDs")
    parser.add_argument("out", type=FilePath, help="folder to write")
    options = parser.parse_args(arguments)
    files = build(_families(options.crds))
    for stale in options.out.rglob("*.json"):
        if stale.relative_to(options.out).as_posix() not in files:
            stale.unlink()
    for name, text in files.items():
        path = options.out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
