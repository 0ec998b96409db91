"""Which kinds a cluster knows, and their schemas.

Kinds built into Kubernetes come from `builtin`, custom kinds from `packages` or from the cluster's own definitions
(`own`). All are in one form: a structural schema as in a CustomResourceDefinition, with repeated parts under `$defs`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from modelwright.judge import packages
from modelwright.judge.builtin import (
    CLUSTER_SCOPED,
    NATIVE_GROUPS,
    QUANTITY,
    core_kind,
    core_minors,
    core_names,
)
from modelwright.judge.kinds import KindSchema, Schema, nearest, packaged, stored_kind
from modelwright.judge.objectmeta import OBJECT_META
from modelwright.judge.packages import Platform, Range, custom_kind, ranges, schemas_folder
from modelwright.model import Release
from modelwright.records import dataclass, field

__all__ = [
    "CLUSTER_SCOPED",
    "NATIVE_GROUPS",
    "OBJECT_META",
    "QUANTITY",
    "Catalog",
    "KindSchema",
    "Platform",
    "Range",
    "Schema",
    "catalog",
    "core_kind",
    "core_minors",
    "core_names",
    "custom_kind",
    "packaged",
    "ranges",
    "schemas_folder",
    "stored_kind",
]


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
        row = packages.served(self.platform, api_version, kind)
        return custom_kind(row) if row else None

    def versions(self, group: str, kind: str) -> tuple[str, ...]:
        """The apiVersions under which this release serves a kind, newest first; any group where `group` is `*`."""
        found = [api for api, name in self.names(group) if name == kind]
        return tuple(sorted(found, key=version_order, reverse=True))

    def names(self, group: str) -> tuple[tuple[str, str], ...]:
        """Every `(apiVersion, kind)` of a group that this release serves."""
        rows = [(api, kind) for api, kind in self.extra if group in ("*", api.rpartition("/")[0])]
        for key in packages.kinds():
            api, _, kind = key.rpartition("/")
            if (api.rpartition("/")[0], kind) in self.covered:
                continue
            if group in ("*", api.rpartition("/")[0]) and packages.served(self.platform, api, kind):
                rows.append((api, kind))
        rows += [
            (api, kind) for api, kind in core_names(self.minor) if group in ("*", api.rpartition("/")[0])
        ]
        return tuple(sorted(set(rows)))


@lru_cache(maxsize=64)
def catalog(release: Release) -> Catalog:
    """The catalog of a release: the nearest known minor of Kubernetes, KServe and Open Data Hub each."""
    return Catalog(release, nearest(release.kubernetes, core_minors()), packages.platform(release))


def version_order(api_version: str) -> tuple[int, int, int]:
    """Kubernetes' version priority: GA before beta before alpha, then the higher number."""
    found = re.fullmatch(r"(?:.*/)?v(\d+)(?:(alpha|beta)(\d+))?", api_version)
    if not found:
        return (0, 0, 0)
    return ({None: 3, "beta": 2, "alpha": 1}[found[2]], int(found[1]), int(found[3] or 0))
