"""Variants -> manifests: every target's templates, filled with data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path as FilePath
from pathlib import PurePath
from typing import Any

from modelwright.expand.extras import carried, once, unsaid
from modelwright.expand.fill import Layered
from modelwright.expand.merge import merge
from modelwright.expand.mirror import mirrored, mirrors
from modelwright.expand.template import Derived, Template, compile_template
from modelwright.load import holds_data, open_secret
from modelwright.model import Component, Lodged, Manifest, Path, Place, Shared, Variant
from modelwright.problems import Problem, did_you_mean
from modelwright.resolve.workspace import Plan, Tenant, Workspace
from modelwright.targets import Piece, Target, expanding, is_map, targets

__all__ = ["Expansion", "Templates", "expand", "expand_shared"]

EXTRA = Piece("", {})
"""Stands for the template that a manifest of the author's own does not have."""


@dataclass(frozen=True, slots=True)
class Expansion:
    """What some components make: the manifests in their own folders, and those that live in a shared one."""

    components: tuple[Component, ...]
    lodged: tuple[Lodged, ...]


@dataclass(frozen=True, slots=True)
class Templates:
    """The workspace's own template files: path below `templates/` -> text.

    `kserve/inferenceservice.yaml.j2` replaces a template whole; `kserve/inferenceservice.patch.yaml.j2`
    is merged over what the template gives, as data.
    """

    texts: Mapping[str, str]

    def own(self, target: Target, name: str) -> tuple[str, str] | None:
        return self._find(f"{target.name}/{name}") if self.texts else None

    def patch(self, target: Target, name: str) -> tuple[str, str] | None:
        return self._find(f"{target.name}/{name.removesuffix('.yaml.j2')}.patch.yaml.j2") if self.texts else None

    def _find(self, path: str) -> tuple[str, str] | None:
        text = self.texts.get(path)
        return None if text is None else (f"templates/{path}", text)


def expand(plans: Iterable[Plan], workspace: Workspace, own: Templates) -> tuple[Expansion, tuple[Problem, ...]]:
    """Render plans for their bases and for each of their environments."""
    problems: list[Problem] = []
    components: list[Component] = []
    lodged: list[Lodged] = []
    for plan in plans:
        variants: dict[str, tuple[Manifest, ...]] = {}
        usual = None
        for name, variant in plan.variants.items():
            made = _variant(variant, workspace, own, problems)
            if name == plan.base.environment and variant.values["spec"] is plan.base.values["spec"]:
                usual = made  # no override says anything new where the base is at home
            pulls = mirrors(workspace.environments[name])
            made = [(piece, mirrored(manifest, pulls)) for piece, manifest in made] if pulls else made
            variants[name] = tuple(manifest for piece, manifest in made if not piece.folder)
            lodged += [Lodged(piece.folder, piece.owner, m) for piece, m in made if piece.folder]
        # A base shows the images as their authors name them.
        usual = _variant(plan.base, workspace, own, []) if usual is None else usual
        base = tuple(manifest for piece, manifest in usual if not piece.folder)
        if base or any(variants.values()):
            components.append(Component(plan.document, plan.project, base, variants))
    return Expansion(tuple(components), tuple(lodged)), tuple(problems)


def expand_shared(
    tenants: Sequence[Tenant], lodged: Iterable[Lodged], workspace: Workspace, own: Templates
) -> tuple[tuple[Shared, ...], tuple[Problem, ...]]:
    """The folders of objects that no component's folder holds: what tenants need, and what components lodge there.

    MW305 where two of them are one object with different content.
    """
    problems: list[Problem] = []
    everything = [*lodged]
    for target in targets():
        pieces, found = target.shared(tenants, workspace)
        problems += found
        for piece in pieces:
            assert piece.subject is not None, piece.template
            stage = workspace.environments.get(piece.subject.environment)
            pulls = mirrors(stage) if stage else ()
            for manifest in _render(piece, target, piece.subject, own, problems):
                manifest = mirrored(_decorated(manifest, piece.subject, workspace), pulls)
                everything.append(Lodged(piece.folder, piece.owner, manifest))
    folders: dict[str, dict[tuple[str, str, str, str], Lodged]] = {}
    for each in everything:
        manifest = each.manifest
        identity = (manifest.api_version, manifest.kind, manifest.namespace, manifest.name)
        known = folders.setdefault(each.folder, {}).setdefault(identity, each)
        if known.manifest.data != manifest.data:
            problems.append(_differs(known.manifest, manifest))
    found_shared = [
        Shared(folder, _owner(found.values()), tuple(each.manifest for each in found.values()))
        for folder, found in sorted(folders.items())
    ]
    return tuple(found_shared), tuple(problems)


def _owner(found: Iterable[Lodged]) -> str:
    owners = sorted({each.owner for each in found})
    return owners[0] if len(owners) == 1 else ", ".join(owners[:3]) + (", ..." if len(owners) > 3 else "")


def _differs(known: Manifest, manifest: Manifest) -> Problem:
    name = ("metadata", "name")
    there = known.origin(name)
    return Problem(
        "MW305",
        f"{manifest.kind} `{manifest.name}` would be made twice, with different content",
        manifest.origin(name),
        "objects of cluster scope exist once per cluster: say the same in every environment on it",
        related=(("the other one", there),) if there else (),
    )


def _variant(
    variant: Variant, workspace: Workspace, own: Templates, problems: list[Problem]
) -> list[tuple[Piece, Manifest]]:
    made: list[tuple[Piece, Manifest]] = []
    whole = True
    for target in expanding(variant, workspace):
        pieces, found = target.pieces(variant, workspace)
        problems += found
        whole = whole and not any(problem.severity == "error" for problem in found)
        for piece in pieces:
            made += [(piece, _decorated(m, variant, workspace)) for m in _render(piece, target, variant, own, problems)]
    extras, found_extras = carried(variant, workspace)
    problems += found_extras
    made += [(EXTRA, _decorated(manifest, variant, workspace)) for manifest in extras]
    # What a target could not make, `manifests` cannot reach: that is no second mistake.
    made = _stated(made, variant, problems if whole else [])
    return _sound(made, variant, problems)


def _sound(
    made: list[tuple[Piece, Manifest]], variant: Variant, problems: list[Problem]
) -> list[tuple[Piece, Manifest]]:
    """Without objects that come twice, and without Secrets that hold their values."""
    kept = [manifest for _, manifest in made]
    if any(piece is EXTRA for piece, _ in made):
        kept, found = once(kept, variant.environment)
        problems += found
    left = set(map(id, kept))
    for manifest in kept:
        word = holds_data(manifest.data)
        if word:
            values = manifest.data[word]
            first = tuple(values)[:1] if isinstance(values, Mapping) else ()
            problems.append(open_secret(word, manifest.origin((word, *first)), (variant.environment,)))
            left.discard(id(manifest))
    return [(piece, manifest) for piece, manifest in made if id(manifest) in left]


def _render(
    piece: Piece, target: Target, variant: Variant, own: Templates, problems: list[Problem]
) -> Iterator[Manifest]:
    replaced = own.own(target, piece.template)
    name, text = replaced or (piece.template, _packaged(target.folder, piece.template))
    template, found = _compiled(text, name)
    problems += found
    if template is None:
        return
    documents, found = template.render(piece.values)
    if found:
        problems += _at(found, variant, bool(replaced))
    over = own.patch(target, piece.template)
    patch = None
    if over is not None:
        compiled, found = _compiled(over[1], over[0])
        problems += found
        if compiled is not None:
            patches, found = compiled.render(piece.values)
            problems += _at(found, variant, True)
            patch = patches[0] if patches else None
    for document in documents:
        if patch is None:
            yield Manifest(document.data, document.origins, variant, name)
        else:
            origins = Layered(patch.origins, document.origins)
            yield Manifest(merge(document.data, patch.data), origins, variant, name)


def _at(found: tuple[Problem, ...], variant: Variant, workspace_template: bool) -> Iterator[Problem]:
    for problem in found:
        if workspace_template and problem.place is not None:
            related = (("while compiling", variant.document.place(("metadata", "name"))),)
            yield replace(problem, related=related, environments=(variant.environment,))
        else:
            yield replace(problem, environments=(variant.environment,))


def _decorated(manifest: Manifest, variant: Variant, workspace: Workspace) -> Manifest:
    """The manifest with what the layers of platforms lay over it.

    A workspace's own template may make anything; what has no maps where metadata has them is left to the judge.
    """
    if not is_map(manifest.data, "metadata", "labels") or not is_map(manifest.data, "metadata", "annotations"):
        return manifest
    for target in targets():
        decorate = target.decorate if manifest.place is None else target.extras
        patch = decorate(manifest, variant, workspace)
        if patch and manifest.place is not None:
            patch = unsaid(patch, manifest.data)
        if patch:
            origins: dict[Path, tuple[Path, ...]] = {}
            data = merge(manifest.data, _plain(patch, (), origins))
            manifest = replace(manifest, data=data, origins=Layered(origins, manifest.origins))
    return manifest


def _plain(node: Any, path: Path, origins: dict[Path, tuple[Path, ...]]) -> Any:
    """A patch without its `Derived` wrappers, whose sources go to `origins`."""
    while isinstance(node, Derived):
        origins[path] = node.sources
        node = node.value
    if isinstance(node, Mapping):
        return {key: _plain(value, (*path, key), origins) for key, value in node.items()}
    return node


def _stated(
    made: list[tuple[Piece, Manifest]], variant: Variant, problems: list[Problem]
) -> list[tuple[Piece, Manifest]]:
    """Merge the author's own `manifests:` patches over what the templates gave."""
    patches = variant.values["spec"].get("manifests")
    if not patches:
        return made
    result = list(made)
    for key, patch in patches.items():
        kind, _, name = str(key).partition("/")
        hits = [i for i, (_, m) in enumerate(result) if m.kind == kind and name in ("", m.name)]
        if not hits:
            place = variant.place(("spec", "manifests", key))
            key_place = replace(place, key=True) if isinstance(place, Place) else place
            problems.append(
                Problem(
                    "MW304",
                    f"this {variant.document.kind} makes no `{key}` to merge `manifests` into",
                    key_place,
                    did_you_mean(kind, sorted({m.kind for _, m in made})),
                    environments=(variant.environment,),
                )
            )
        for i in hits:
            piece, manifest = result[i]
            own = dict(_leaves(patch, (), ("spec", "manifests", key)))
            # In a manifest that a person wrote, what stands around a patch was written there.
            around = {} if manifest.place else dict(_around(patch, (), ("spec", "manifests", key)))
            origins = Layered(own, manifest.origins, around)
            result[i] = piece, replace(manifest, data=merge(manifest.data, patch), origins=origins)
    return result


def _leaves(node: Any, path: Path, source: Path) -> Iterator[tuple[Path, tuple[Path, ...]]]:
    """What a merge patch states: scalars, and lists whole."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield from _leaves(value, (*path, key), source)
    else:
        yield path, ((*source, *path),)


def _around(node: Any, path: Path, source: Path) -> Iterator[tuple[Path, tuple[Path, ...]]]:
    """The maps of a merge patch."""
    if isinstance(node, Mapping):
        yield path, ((*source, *path),)
        for key, value in node.items():
            yield from _around(value, (*path, key), source)


@lru_cache(maxsize=256)
def _packaged(folder: PurePath, template: str) -> str:
    return FilePath(folder, "templates", template).read_text(encoding="utf-8")


@lru_cache(maxsize=256)
def _compiled(text: str, name: str) -> tuple[Template | None, tuple[Problem, ...]]:
    return compile_template(text, name)
