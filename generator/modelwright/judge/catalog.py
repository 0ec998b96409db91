"""Which kinds a cluster knows, and their schemas.

Core kinds come from the JSON files inside the `kubernetes-validate` distribution (made from Kubernetes'
OpenAPI document, one folder per minor version). Custom kinds come from the packaged schemas, which are facts
from released CustomResourceDefinitions. Both are returned in one form: a structural schema as in a
CustomResourceDefinition, with repeated parts under `$defs`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path as FilePath
from typing import Any

from modelwright.model import Release

Schema = dict[str, Any]

_CORE_REF = re.compile(r"#/\$defs/(.+)$")
_QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"
_INT_OR_STRING = "io.k8s.apimachinery.pkg.util.intstr.IntOrString"
QUANTITY = "k8s-quantity"
"""Format name of a native quantity; CustomResourceDefinitions spell it as a pattern instead."""

_CLUSTER_SCOPED = """
APIService CSIDriver CSINode CertificateSigningRequest ClusterRole ClusterRoleBinding ClusterTrustBundle
ComponentStatus CustomResourceDefinition DeviceClass FlowSchema IPAddress IngressClass
MutatingAdmissionPolicy MutatingAdmissionPolicyBinding MutatingWebhookConfiguration Namespace Node
PersistentVolume PriorityClass PriorityLevelConfiguration ResourceSlice RuntimeClass
SelfSubjectAccessReview SelfSubjectReview SelfSubjectRulesReview ServiceCIDR StorageClass StorageVersion
StorageVersionMigration SubjectAccessReview TokenReview ValidatingAdmissionPolicy
ValidatingAdmissionPolicyBinding ValidatingWebhookConfiguration VolumeAttachment VolumeAttributesClass
"""
CLUSTER_SCOPED = frozenset(_CLUSTER_SCOPED.split())
"""Core kinds without a namespace (`kubectl api-resources --namespaced=false`)."""

_NATIVE_GROUPS = """
apps batch autoscaling policy extensions admissionregistration.k8s.io apiextensions.k8s.io
apiregistration.k8s.io authentication.k8s.io authorization.k8s.io certificates.k8s.io coordination.k8s.io
discovery.k8s.io events.k8s.io flowcontrol.apiserver.k8s.io internal.apiserver.k8s.io networking.k8s.io
node.k8s.io rbac.authorization.k8s.io resource.k8s.io scheduling.k8s.io storage.k8s.io
storagemigration.k8s.io
"""
NATIVE_GROUPS = frozenset(("", *_NATIVE_GROUPS.split()))
"""Groups built into Kubernetes; the empty one is `v1`."""


def _text() -> Schema:
    return {"type": "string", "nullable": True}


def _texts() -> Schema:
    return {"type": "object", "nullable": True, "additionalProperties": _text()}


_TIME: Schema = {"type": "string", "format": "date-time", "nullable": True}
_OPEN: Schema = {"type": "object", "nullable": True, "x-kubernetes-preserve-unknown-fields": True}


def _record(required: tuple[str, ...] = (), **properties: Schema) -> Schema:
    for name in required:
        properties[name].pop("nullable", None)
    return {"type": "object", "properties": properties, "required": sorted(required)}


OBJECT_META: Schema = {
    **_record(
        name=_text(),
        generateName=_text(),
        namespace=_text(),
        labels=_texts(),
        annotations=_texts(),
        creationTimestamp=_TIME,
        deletionTimestamp=_TIME,
        deletionGracePeriodSeconds={"type": "integer", "format": "int64", "nullable": True},
        generation={"type": "integer", "format": "int64", "nullable": True},
        resourceVersion=_text(),
        selfLink=_text(),
        uid=_text(),
        finalizers={"type": "array", "nullable": True, "items": _text()},
        ownerReferences={
            "type": "array",
            "nullable": True,
            "items": _record(
                ("apiVersion", "kind", "name", "uid"),
                apiVersion=_text(),
                kind=_text(),
                name=_text(),
                uid=_text(),
                controller={"type": "boolean", "nullable": True},
                blockOwnerDeletion={"type": "boolean", "nullable": True},
            ),
        },
        managedFields={
            "type": "array",
            "nullable": True,
            "items": {
                **_record(
                    apiVersion=_text(),
                    fieldsType=_text(),
                    fieldsV1=_OPEN,
                    manager=_text(),
                    operation=_text(),
                    subresource=_text(),
                    time=_TIME,
                ),
                "nullable": True,
            },
        },
    ),
    "nullable": True,
}
"""`ObjectMeta` of kubernetes/apimachinery (`pkg/apis/meta/v1/types.go`), which the server decodes strictly
for custom resources too, whatever their own schema says about `metadata`."""

KEEPS_STATUS = "x-modelwright-keeps-status"
"""Set on the schema of a kind without a `status` subresource: of all others the server drops a status on create."""

_IDENTITY: Schema = {"apiVersion": {"type": "string"}, "kind": {"type": "string"}}


@dataclass(frozen=True, slots=True, eq=False)
class KindSchema:
    """One kind as one cluster serves it. Compared and cached by identity: the same release gives the same value."""

    namespaced: bool
    schema: Schema
    """A structural schema; `$ref` only points into its own `$defs`."""
    custom: bool = True
    """False for kinds built into Kubernetes."""


@dataclass(frozen=True, slots=True)
class Range:
    """A kind's schema in a family of releases, `first` to `last`; no family: the one schema we know."""

    family: str
    first: str
    last: str
    file: str


@dataclass(frozen=True, slots=True)
class Platform:
    """Which set of custom resources a release installs."""

    family: str
    release: str
    """The release of the family that stands for this one; empty where the family is not installed."""
    kserve: str
    absent: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Catalog:
    """The kinds one release serves. Schemas are read when first asked for."""

    release: Release
    minor: str
    platform: Platform
    extra: Mapping[tuple[str, str], KindSchema] = field(default_factory=dict)
    """The user's own kinds, by `(apiVersion, kind)`; they win over the packaged ones."""
    covered: frozenset[tuple[str, str]] = frozenset()
    """`(group, kind)` of those: of such a kind no packaged version counts."""

    def schema(self, api_version: str, kind: str) -> KindSchema | None:
        """The kind's schema, or None where this release does not serve it."""
        own = self.extra.get((api_version, kind))
        if own is not None:
            return own
        group, _, version = api_version.rpartition("/")
        if (group, kind) in self.covered:
            return None
        if group in NATIVE_GROUPS:
            return core_kind(self.minor, group, version, kind)
        file = packaged_file(self.platform, api_version, kind)
        return custom_kind(file) if file else None

    def versions(self, group: str, kind: str) -> tuple[str, ...]:
        """The apiVersions under which this release serves a kind, newest first; any group where `group` is `*`."""
        found = [api for api, name in self.names(group) if name == kind]
        return tuple(sorted(found, key=_version_order, reverse=True))

    def names(self, group: str) -> tuple[tuple[str, str], ...]:
        """Every `(apiVersion, kind)` of a group that this release serves."""
        rows = [(api, kind) for api, kind in self.extra if group in ("*", api.rpartition("/")[0])]
        for key in ranges():
            api, _, kind = key.rpartition("/")
            if (api.rpartition("/")[0], kind) in self.covered:
                continue
            if group in ("*", api.rpartition("/")[0]) and packaged_file(self.platform, api, kind):
                rows.append((api, kind))
        rows += [
            (api, kind) for api, kind in core_names(self.minor) if group in ("*", api.rpartition("/")[0])
        ]
        return tuple(sorted(set(rows)))


@lru_cache(maxsize=64)
def catalog(release: Release) -> Catalog:
    """The catalog of a release: the nearest known minor of Kubernetes, KServe and Open Data Hub each."""
    return Catalog(release, _nearest(release.kubernetes, core_minors()), _platform(release))


def _order(release: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", release)[:2])


def _version_order(api_version: str) -> tuple[int, int, int]:
    """Kubernetes' version priority: GA before beta before alpha, then the higher number."""
    found = re.fullmatch(r"(?:.*/)?v(\d+)(?:(alpha|beta)(\d+))?", api_version)
    if not found:
        return (0, 0, 0)
    return ({None: 3, "beta": 2, "alpha": 1}[found[2]], int(found[1]), int(found[3] or 0))


def _nearest(wanted: str, known: tuple[str, ...]) -> str:
    """The newest known release that is not newer than `wanted`, else the oldest one; the newest for no wish."""
    if not known:
        return ""
    order = _order(wanted)
    older = [release for release in known if not order or _order(release) <= order]
    return max(older, key=_order) if older else min(known, key=_order)


def _platform(release: Release) -> Platform:
    if release.open_data_hub:
        rows = {str(row["release"]): row for row in _odh_releases()}
        row = rows[_nearest(release.open_data_hub, tuple(rows))]
        return Platform("opendatahub", str(row["crds"]), str(row["kserve"]), frozenset(row["absent"]))
    wanted = _nearest(release.kserve, tuple(_index()["releases"]["kserve"])) if release.kserve else ""
    return Platform("kserve", wanted, wanted)


@lru_cache(maxsize=1)
def schemas_folder() -> Any:
    """The packaged schemas; in a source tree that is not installed, the `schemas/` folder beside `generator/`."""
    above = FilePath(__file__).resolve().parents
    for folder in (above[1] / "schemas", above[3] / "schemas"):
        if (folder / "index.json").is_file() and (folder / "__init__.py").is_file():
            return folder
    from importlib.resources import files

    return files("modelwright.schemas")


def _read(name: str) -> str:
    return str(schemas_folder().joinpath(*name.split("/")).read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _index() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(_read("index.json"))
    return data


@lru_cache(maxsize=1)
def _odh_releases() -> tuple[dict[str, Any], ...]:
    import yaml

    data = yaml.load(_read("releases.yaml"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return tuple(data["openDataHub"])


@lru_cache(maxsize=1)
def ranges() -> Mapping[str, tuple[Range, ...]]:
    """`apiVersion/Kind` of every packaged kind -> its schemas, oldest release first."""
    return {
        key: tuple(Range(row["family"], row["from"], row["to"], row["file"]) for row in rows)
        for key, rows in _index()["kinds"].items()
    }


@lru_cache(maxsize=2048)
def packaged_file(platform: Platform, api_version: str, kind: str) -> str:
    """The packaged schema a platform uses for a kind; empty where it does not serve it."""
    for row in ranges().get(f"{api_version}/{kind}", ()):
        if not row.family:
            return row.file
        if row.family != platform.family or kind in platform.absent or not platform.release:
            continue
        if _order(row.first) <= _order(platform.release) <= _order(row.last):
            return row.file
    return ""


@lru_cache(maxsize=512)
def custom_kind(file: str) -> KindSchema:
    """The kind stored in a packaged file."""
    return stored_kind(_read(file))


@lru_cache(maxsize=512)
def stored_kind(text: str) -> KindSchema:
    """The kind that a text stores, as `importing.crds` writes it."""
    data = json.loads(text)
    return packaged(data["schema"], data["namespaced"])


def packaged(schema: Schema, namespaced: bool) -> KindSchema:
    """A custom kind from its own schema, with `apiVersion`, `kind` and `metadata` as the server knows them."""
    properties = {**schema.get("properties", {}), **_IDENTITY, "metadata": OBJECT_META}
    required = sorted({*schema.get("required", ()), "apiVersion", "kind", "metadata"})
    return KindSchema(
        namespaced, {**schema, "type": "object", "properties": properties, "required": required}
    )


@lru_cache(maxsize=1)
def _core_folder() -> FilePath | None:
    from importlib.util import find_spec

    spec = find_spec("kubernetes_validate")
    places = (spec.submodule_search_locations or ()) if spec else ()
    for place in places:
        for folder in (FilePath(place) / "kubernetes-json-schema", FilePath(place)):
            if folder.is_dir() and any(folder.glob("v1.*-local-strict")):
                return folder
    return None


@lru_cache(maxsize=1)
def core_minors() -> tuple[str, ...]:
    """The Kubernetes minors whose schemas are installed, oldest first."""
    folder = _core_folder()
    names = [path.name for path in folder.glob("v1.*-local-strict")] if folder else []
    return tuple(sorted((re.findall(r"\d+\.\d+", name)[0] for name in names), key=_order))


def _core_file(minor: str, name: str) -> FilePath | None:
    folder = _core_folder()
    path = folder / f"v{minor}.0-local-strict" / name if folder else None
    return path if path and path.is_file() else None


@lru_cache(maxsize=2)
def _definitions(minor: str) -> dict[str, Any]:
    path = _core_file(minor, "_definitions.json")
    return dict(json.loads(path.read_bytes())["$defs"]) if path else {}


@lru_cache(maxsize=4)
def core_names(minor: str) -> tuple[tuple[str, str], ...]:
    """Every `(apiVersion, kind)` built into a Kubernetes minor (only read to explain an unknown kind)."""
    rows = set()
    for schema in _definitions(minor).values():
        for row in schema.get("x-kubernetes-group-version-kind", ()):
            if not row["kind"].endswith("List") and {"kind", "metadata"} <= set(schema.get("properties", ())):
                rows.add((f"{row['group']}/{row['version']}".removeprefix("/"), row["kind"]))
    return tuple(sorted(rows))


@lru_cache(maxsize=512)
def core_kind(minor: str, group: str, version: str, kind: str) -> KindSchema | None:
    """A kind built into Kubernetes, with just the definitions it needs."""
    if not re.fullmatch(r"[A-Za-z0-9]+", kind + version):
        return None
    parts = [kind.lower(), *([group.split(".")[0]] if group else []), version]
    path = _core_file(minor, "-".join(parts) + ".json")
    if path is None:
        return None
    raw = json.loads(path.read_bytes())
    if {"group": group, "version": version, "kind": kind} not in raw.get(
        "x-kubernetes-group-version-kind", ()
    ):
        return None
    table: dict[str, Schema] = {}
    waiting: list[str] = []
    schema = _structural(raw, waiting)
    while waiting:
        name = waiting.pop()
        if name not in table:
            table[name] = _structural(_definitions(minor)[name], waiting)
    for name in ("apiVersion", "kind"):
        schema["properties"][name] = {"type": "string"}
    schema["required"] = sorted({*schema.get("required", ()), "apiVersion", "kind", "metadata"})
    return KindSchema(kind not in CLUSTER_SCOPED, {**schema, "$defs": table}, custom=False)


def _structural(node: Mapping[str, Any], waiting: list[str]) -> Schema:
    """One node of Kubernetes' JSON files as a structural schema; names of definitions it needs go to `waiting`."""
    reference = _CORE_REF.search(node.get("$ref", ""))
    if reference:
        name = reference[1]
        if name == _QUANTITY:
            return {"type": "quantity", "format": QUANTITY, "nullable": True}
        if name == _INT_OR_STRING:
            return {"x-kubernetes-int-or-string": True, "nullable": True}
        waiting.append(name)
        return {"$ref": f"#/$defs/{name}"}
    kinds = node.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    plain = [kind for kind in kinds if kind != "null"]
    schema: Schema = {"type": plain[0]} if plain else {"x-kubernetes-preserve-unknown-fields": True}
    if "null" in kinds or not plain:
        schema["nullable"] = True
    if "properties" in node:
        schema["properties"] = {name: _structural(sub, waiting) for name, sub in node["properties"].items()}
    if "items" in node:
        schema["items"] = _structural(node["items"], waiting)
    values = node.get("additionalProperties")
    if isinstance(values, dict):
        schema["additionalProperties"] = _structural(values, waiting)
    elif values is not False and plain == ["object"] and "properties" not in node:
        schema["x-kubernetes-preserve-unknown-fields"] = True
    for key in ("required", "format", "minimum", "maximum", "pattern"):
        if key in node:
            schema[key] = node[key]
    return schema
