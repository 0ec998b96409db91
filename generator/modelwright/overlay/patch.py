"""The patch, in the two forms kustomize knows."""

from __future__ import annotations

from typing import Any, Literal

from modelwright.records import dataclass


@dataclass(frozen=True, slots=True)
class Patch:
    """One kustomize patch for one object.

    `merge`: `body` is a map that names its object and needs no target. `json6902`: `body` is a list of operations.
    """

    form: Literal["merge", "json6902"]
    body: Any
