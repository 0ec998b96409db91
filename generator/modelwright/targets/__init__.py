"""Knowledge of one platform per folder. A folder here that holds `TARGET` is a target; nothing else names it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import import_module

from modelwright.model import Manifest, Variant
from modelwright.problems import Problem
from modelwright.records import dataclass
from modelwright.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import PurePath

    from modelwright.resolve.workspace import Tenant, Workspace


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
    subject: Variant | None = None
    """For objects that no component makes: the blueprint whose words they are, where problems lead."""


Pieces = tuple[tuple[Piece, ...], tuple[Problem, ...]]


def _no_files(variant: Variant, workspace: Workspace) -> Mapping[str, str]:
    return {}


def _nothing(tenants: Sequence[Tenant], workspace: Workspace) -> Pieces:
    return (), ()


def _as_it_is(manifest: Manifest, variant: Variant, workspace: Workspace) -> Mapping[str, Any] | None:
    return None


@dataclass(frozen=True, slots=True)
class Target:
    """One platform: which blueprint kinds it expands and the values its templates read."""

    name: str
    kinds: frozenset[str]
    folder: PurePath
    pieces: Callable[[Variant, Workspace], Pieces]
    """What one variant of a component makes."""
    shared: Callable[[Sequence[Tenant], Workspace], Pieces] = _nothing
    """What projects, clusters or the workspace need, asked once for all tenants. Each piece has a folder, an
    owner and a subject."""
    decorate: Callable[[Manifest, Variant, Workspace], Mapping[str, Any] | None] = _as_it_is
    """A merge patch over a manifest that any target made, so that a platform's layer never forks a template.
    Values may be `Derived`. Laid over in the order of the targets' names, before the author's own `manifests`."""
    extras: Callable[[Manifest, Variant, Workspace], Mapping[str, Any] | None] = _as_it_is
    """As `decorate`, for manifests of the author's own, which may have any shape below apiVersion, kind and metadata.
    What contradicts them is left out."""
    records: Callable[[Variant, Workspace], Mapping[str, str]] = _no_files
    """Files that the workspace must keep from now on, so that output never depends on old output: path -> text. What is
    kept already is not listed; what is listed is taken as kept."""
    modes: frozenset[str] | None = None
    """Deployment modes it expands, for kinds that several targets share; None for all."""


@cache
def targets() -> tuple[Target, ...]:
    """All targets, found by folder, in the order of their names."""
    import pkgutil

    names = sorted(module.name for module in pkgutil.iter_modules(__path__) if module.ispkg)
    modules = [import_module(f"{__name__}.{name}") for name in names]
    return tuple(module.TARGET for module in modules)


def expanding(variant: Variant, workspace: Workspace) -> tuple[Target, ...]:
    """The targets that expand a variant: by its kind, then by the mode it is deployed in."""
    kind, mode = variant.document.kind, workspace.mode(variant)
    return tuple([t for t in targets() if kind in t.kinds and (t.modes is None or mode in t.modes)])


def is_map(data: Mapping[str, Any], *path: str) -> bool:
    """Whether there are maps along `path`, as far as it leads."""
    node: Any = data
    for key in path:
        node = node.get(key)
        if node is None:
            return True
        if type(node) is not dict and not isinstance(node, Mapping):
            return False
    return True
