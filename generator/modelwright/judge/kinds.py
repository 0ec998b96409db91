"""One kind as one cluster serves it: its schema, and whether it has a namespace."""

from __future__ import annotations

import json
import re
from functools import lru_cache

from modelwright.judge.objectmeta import OBJECT_META
from modelwright.records import dataclass
from modelwright.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modelwright.importing.crds import ImportedKind

Schema = dict[str, Any]

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
    deprecated: bool = False
    """Whether the server warns of this version."""
    plural: str = ""
    """The name of its resource, where a definition says it."""


def packaged(schema: Schema, namespaced: bool, deprecated: bool = False, plural: str = "") -> KindSchema:
    """A custom kind from its own schema, with `apiVersion`, `kind` and `metadata` as the server knows them."""
    properties = {**schema.get("properties", {}), **_IDENTITY, "metadata": OBJECT_META}
    required = sorted({*schema.get("required", ()), "apiVersion", "kind", "metadata"})
    whole = {**schema, "type": "object", "properties": properties, "required": required}
    return KindSchema(namespaced, whole, deprecated=deprecated, plural=plural)


def stored(kind: ImportedKind) -> str:
    """A kind as text, which travels to other processes; `stored_kind` reads it."""
    facts = {"namespaced": kind.namespaced, "deprecated": kind.deprecated, "plural": kind.plural}
    return json.dumps({"schema": kind.schema, **facts})


@lru_cache(maxsize=512)
def stored_kind(text: str) -> KindSchema:
    """The kind that a text of `stored` means."""
    data = json.loads(text)
    return packaged(data["schema"], data["namespaced"], data["deprecated"], data["plural"])


def order(release: str) -> tuple[int, ...]:
    """Sorts releases by their minor: `0.9` before `0.15`, whatever the patch."""
    return tuple(int(part) for part in re.findall(r"\d+", release)[:2])


def nearest(wanted: str, known: tuple[str, ...]) -> str:
    """The newest known release that is not newer than `wanted`, else the oldest one; the newest for no wish."""
    if not known:
        return ""
    place = order(wanted)
    older = [release for release in known if not place or order(release) <= place]
    return max(older, key=order) if older else min(known, key=order)
