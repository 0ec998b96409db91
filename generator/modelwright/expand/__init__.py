"""Variants -> manifests: every target's templates, filled with data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path as FilePath
from typing import Any

from modelwright.expand.merge import merge
from modelwright.expand.template import Template, compile_template
from modelwright.model import Component, Manifest, Path, Place, Shared, Variant
from modelwright.problems import Problem, did_you_mean
from modelwright.resolve.workspace import Plan, Workspace
from modelwright.targets import Piece, Target, targets


@dataclass(frozen=True, slots=True)
class Expansion:
    """All manifests of a workspace: those of each component, and those no component owns alone."""

    components: tuple[Component, ...]
    shared: tuple[Shared, ...]


@dataclass(frozen=True, slots=True)
class Templates:
    """The workspace's own template files: path below `templates/` -> text.

    `kserve/inferenceservice.yaml.j2` replaces a template whole; `kserve/inferenceservice.patch.yaml.j2`
    is merged over what the template gives, as data.
    """

    texts: Mapping[str, str]

    def own(self, target: Target, name: str) -> tuple[str, str] | None:
        return self._find(f"{target.name}/{name}")

    def patch(self, target: Target, name: str) -> tuple[str, str] | None:
        stem = name.removesuffix(".yaml.j2")
        return self._find(f"{target.name}/{stem}.patch.yaml.j2")

    def _find(self, path: str) -> tuple[str, str] | None:
        text = self.texts.get(path)
        return None if text is None else (f"templates/{path}", text)


def expand(workspace: Workspace, templates: Templates | None = None) -> tuple[Expansion, tuple[Problem, ...]]:
    """Render every plan for its base and for each of its environments."""
    own = templates or Templates({})
    problems: list[Problem] = []
    components = []
    shared = _Sharing()
    for plan in workspace.plans:
        component = _component(plan, workspace, own, shared, problems)
        if component.base or any(component.variants.values()):
            components.append(component)
    folders = [
        Shared(folder, _owner(found), tuple(manifest for _, manifest in found.values()))
        for folder, found in sorted(shared.folders.items())
    ]
    return Expansion(tuple(components), tuple(folders)), tuple(problems)


def _owner(found: Mapping[Any, tuple[str, Manifest]]) -> str:
    owners = sorted({owner for owner, _ in found.values()})
    return owners[0] if len(owners) == 1 else ", ".join(owners[:3]) + (", ..." if len(owners) > 3 else "")


Identity = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class _Sharing:
    """Objects that no component owns alone, as they turn up."""

    folders: dict[str, dict[Identity, tuple[str, Manifest]]] = field(default_factory=dict)
    """Folder -> identity -> owner and manifest."""
    pieces: dict[tuple[str, str], list[Mapping[str, Any]]] = field(default_factory=dict)
    """Folder and template -> values rendered already: most components of a project ask for the same."""

    def first(self, piece: Piece) -> bool:
        """Whether nobody asked for this very piece before."""
        known = self.pieces.setdefault((piece.folder, piece.template), [])
        if piece.values in known:
            return False
        known.append(piece.values)
        return True


def _component(
    plan: Plan, workspace: Workspace, own: Templates, shared: _Sharing, problems: list[Problem]
) -> Component:
    rendered: dict[str, tuple[Manifest, ...]] = {}
    for name, variant in plan.variants.items():
        rendered[name] = tuple(_variant(variant, workspace, own, shared, problems))
    base = tuple(_variant(plan.base, workspace, own, _Sharing(), []))
    return Component(plan.document, plan.project, base, rendered)


def _variant(
    variant: Variant, workspace: Workspace, own: Templates, shared: _Sharing, problems: list[Problem]
) -> Iterator[Manifest]:
    made: list[tuple[Piece, Manifest]] = []
    for target in targets():
        if variant.document.kind not in target.kinds:
            continue
        pieces, found = target.pieces(variant, workspace)
        problems += found
        for piece in pieces:
            if piece.folder and not _owns(variant, piece) and not shared.first(piece):
                continue
            made += [(piece, m) for m in _render(piece, target, variant, own, problems)]
    for piece, manifest in _stated(made, variant, problems):
        if piece.folder:
            _share(piece, manifest, shared, problems)
        else:
            yield manifest


def _owns(variant: Variant, piece: Piece) -> bool:
    """Whether the object is the component's own, in whichever folder it lives."""
    return not piece.folder or piece.owner == f"{variant.document.kind}/{variant.document.name}"


def _share(piece: Piece, manifest: Manifest, shared: _Sharing, problems: list[Problem]) -> None:
    identity = (manifest.api_version, manifest.kind, manifest.namespace, manifest.name)
    folder = shared.folders.setdefault(piece.folder, {})
    known = folder.setdefault(identity, (piece.owner, manifest))[1]
    if known.data != manifest.data:
        there = known.variant
        problems.append(
            Problem(
                "MW305",
                f"{manifest.kind} `{manifest.name}` would be made twice, with different content",
                manifest.origin(("metadata", "name")),
                "objects of cluster scope exist once per cluster: say the same in every environment on it",
                related=(("the other one", there.document.place(("metadata", "name"))),) if there else (),
                environments=(manifest.variant.environment,) if manifest.variant else (),
            )
        )


def _render(
    piece: Piece, target: Target, variant: Variant, own: Templates, problems: list[Problem]
) -> Iterator[Manifest]:
    replaced = own.own(target, piece.template)
    name, text = replaced or (piece.template, _packaged(target.templates / piece.template))
    template, found = _compiled(text, name)
    problems += found
    if template is None:
        return
    documents, found = template.render(piece.values)
    problems += _at(found, variant, bool(replaced))
    over = own.patch(target, piece.template)
    patch: Any = None
    if over is not None:
        compiled, found = _compiled(over[1], over[0])
        problems += found
        if compiled is not None:
            patches, found = compiled.render(piece.values)
            problems += _at(found, variant, True)
            patch = patches[0].data if patches else None
    for document in documents:
        if patch is None:
            yield Manifest(document.data, document.origins, variant, name)
        else:
            yield Manifest(merge(document.data, patch), document.origins, variant, name)


def _at(found: tuple[Problem, ...], variant: Variant, workspace_template: bool) -> Iterator[Problem]:
    for problem in found:
        if workspace_template and problem.place is not None:
            related = (("while compiling", variant.document.place(("metadata", "name"))),)
            yield replace(problem, related=related, environments=(variant.environment,))
        else:
            yield replace(problem, environments=(variant.environment,))


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
        hits = [i for i, (piece, m) in enumerate(result) if _owns(variant, piece) and m.kind == kind and name in ("", m.name)]
        if not hits:
            kinds = sorted({m.kind for piece, m in made if _owns(variant, piece)})
            place = variant.place(("spec", "manifests", key))
            key_place = replace(place, key=True) if isinstance(place, Place) else place
            problems.append(
                Problem(
                    "MW304",
                    f"this {variant.document.kind} makes no `{key}` to merge `manifests` into",
                    key_place,
                    did_you_mean(kind, kinds),
                    environments=(variant.environment,),
                )
            )
        for i in hits:
            piece, manifest = result[i]
            origins = {**manifest.origins, **dict(_leaves(patch, (), ("spec", "manifests", key)))}
            result[i] = piece, replace(manifest, data=merge(manifest.data, patch), origins=origins)
    return result


def _leaves(node: Any, path: Path, source: Path) -> Iterator[tuple[Path, tuple[Path, ...]]]:
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield from _leaves(value, (*path, key), source)
    if path:
        yield path, ((*source, *path),)


@lru_cache(maxsize=256)
def _packaged(path: Any) -> str:
    return FilePath(path).read_text(encoding="utf-8")


@lru_cache(maxsize=256)
def _compiled(text: str, name: str) -> tuple[Template | None, tuple[Problem, ...]]:
    return compile_template(text, name)
