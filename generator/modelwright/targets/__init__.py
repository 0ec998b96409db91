"""Knowledge of one platform per folder. A folder here that holds `TARGET` is a target; nothing else names it."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import PurePath
from typing import Any

from modelwright.model import Variant
from modelwright.problems import Problem
from modelwright.resolve.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Piece:
    """One template to render for a variant."""

    template: str
    """File name in the target's `templates/` folder."""
    values: Mapping[str, Any]
    """Roots the template reads. `metadata`, `spec` and `size` are the variant's own words."""
    folder: str = ""
    """Shared folder below `overlays/` that owns the object; empty for the component's own."""
    owner: str = ""
    """Who owns a shared object, such as `Project/fraud`."""


Pieces = tuple[tuple[Piece, ...], tuple[Problem, ...]]


@dataclass(frozen=True, slots=True)
class Target:
    """One platform: which blueprint kinds it expands and the values its templates read."""

    name: str
    kinds: frozenset[str]
    folder: PurePath
    pieces: Callable[[Variant, Workspace], Pieces]

    @property
    def templates(self) -> PurePath:
        return self.folder / "templates"


@cache
def targets() -> tuple[Target, ...]:
    """All targets, found by folder, in the order of their names."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__) if module.ispkg)
    modules = [import_module(f"{__name__}.{name}") for name in names]
    return tuple(module.TARGET for module in modules)
