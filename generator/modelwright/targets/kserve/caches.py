"""Caches of models on nodes, one compared with others: kserve pkg/webhook/admission/localmodelcache (from 0.14)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from modelwright.judge.beside import Claim


def claims(cache: Mapping[str, Any]) -> Iterator[Claim]:
    """The address of a LocalModelCache: there is one cache for each (validateUniqueStorageURI)."""
    spec = cache.get("spec")
    address = spec.get("sourceModelUri") if isinstance(spec, dict) else None
    if isinstance(address, str):
        message = "cache `{other}` has the files of this address already"
        yield Claim("MW793", (address,), ("spec", "sourceModelUri"), message, "keep one of them, with the node groups of both")
