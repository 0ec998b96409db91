"""What `kustomize build` makes of a folder, without running anything: no network, no plugins, no helm.

Follows Kustomize 5.8; where 5.4 differs: docs/decisions/018.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from modelwright.kustomize.kustomization import NAMES
from modelwright.model import Manifest
from modelwright.problems import Problem

__all__ = ["NAMES", "Read", "build", "roots"]

Read = Callable[[str], bytes | None]
"""Path below the top of a tree, with `/` between its parts -> content; None where there is no such file."""


def build(read: Read | Mapping[str, bytes], folder: str) -> tuple[tuple[Manifest, ...], tuple[Problem, ...]]:
    """The objects a folder builds to, in order, and what is wrong.

    Where kustomize would stop with an error there are no objects, and one problem (or all of one kustomization
    file). Each manifest knows where each of its values was written: in a resource, a patch or a kustomization.
    """
    from modelwright.kustomize.build import Build
    from modelwright.kustomize.built import manifest
    from modelwright.kustomize.refusal import Refused

    paths = tuple(read) if isinstance(read, Mapping) else ()
    work = Build(read.get if isinstance(read, Mapping) else read, paths)
    try:
        manifests = tuple(manifest(item) for item in work.run(folder))
    except Refused as refused:
        return (), (*work.told, *refused.problems)
    return manifests, tuple(work.told)


def roots(files: Mapping[str, bytes]) -> tuple[str, ...]:
    """Folders with a kustomization that no other kustomization names: what a person would build.

    Components are none. Of folders that only name each other in a circle, the first is one, so that the circle is told.
    """
    from modelwright.kustomize.tree import roots_of

    return roots_of(files)
