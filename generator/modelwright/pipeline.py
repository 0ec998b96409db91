"""The whole story on one screen: texts -> documents -> variants -> manifests -> tree -> verdict.

Pure from end to end; `commands/` reads before it and writes after it. Files and components know nothing of each other,
so they go through the rooms in chunks, which may run anywhere and need not run twice: see `Run`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from hashlib import blake2b
from itertools import chain
from typing import Protocol, TypeVar

from modelwright.expand import Templates, expand, expand_shared
from modelwright.judge import judge
from modelwright.judge.own import OwnKinds, own_kinds
from modelwright.load import load_each, split, twice
from modelwright.model import Document, Lodged, Manifest, Place, Source, Tree
from modelwright.overlay import assemble, folder_names, overlay
from modelwright.problems import Problem, merged
from modelwright.resolve import plans, resolve, tenants, uses
from modelwright.resolve.names import project_of
from modelwright.resolve.workspace import Use, Workspace
from modelwright.suppress import suppress

T = TypeVar("T")
R = TypeVar("R")

EMPTY = Tree({}, {})
HEAD = "modelwright.yaml"
CHUNK = 32
"""Most files, on average, that go through the rooms together."""


@dataclass(frozen=True, slots=True)
class Build:
    """What a workspace compiles to, and every problem found on the way."""

    workspace: Workspace
    tree: Tree
    problems: tuple[Problem, ...]
    sources: Mapping[str, str]
    """Path -> text of every file read, for the report."""
    suppressed: int = 0
    """How many problems the workspace chose not to be told."""

    @property
    def sound(self) -> bool:
        return not any(p.severity == "error" for p in self.problems)


@dataclass(frozen=True, slots=True)
class Shop:
    """What every chunk of components needs to know."""

    workspace: Workspace
    templates: Templates
    folders: Mapping[tuple[str, str, str], str]
    environment: str
    """The only environment to judge; empty for all."""
    own: Mapping[str, OwnKinds]
    """Kinds that clusters define themselves, by the cluster's name."""
    whole: bool
    """Whether built manifests are kept whole, or only what tells them apart."""


@dataclass(frozen=True, slots=True)
class Part:
    """What a chunk of components compiles to."""

    tree: Tree
    lodged: tuple[Lodged, ...]
    uses: frozenset[Use]
    problems: tuple[Problem, ...]


class Run(Protocol):
    """Applies a function to each chunk and gives the results in order: `map`, a pool of processes, a memory."""

    def __call__(self, task: Callable[[T], R], chunks: Sequence[T], /) -> Iterable[R]: ...


def build(sources: Sequence[Source], *, environment: str = "", whole: bool = True, run: Run = map) -> Build:
    """Compile and judge a workspace. `environment` narrows the judging to one. The order of `sources` says nothing."""
    sources = sorted(sources, key=lambda source: (source.path != HEAD, source.path.split("/")))
    texts = {source.path: source.text for source in sources}
    blueprints, files, missing = split([s for s in sources if not s.path.startswith("templates/")])
    loaded = list(run(load_each, _chunks(blueprints, [source.path for source in blueprints])))
    rank = {source.path: i for i, source in enumerate(blueprints)}
    documents = sorted(chain.from_iterable(found for found, _ in loaded), key=lambda d: (rank[d.file], d.index))
    problems = (*chain.from_iterable(found for _, found in loaded), *twice(documents), *missing)
    if any(p.code < "MW106" for p in problems):
        # A file that cannot be read may define any name: following references would only mislead.
        return Build(Workspace("workspace"), EMPTY, problems, texts)
    workspace, found = resolve(documents, _unsound(problems), files)
    problems += found
    own = {s.path.removeprefix("templates/"): s.text for s in sources if s.path.startswith("templates/")}
    components = workspace.components
    names = folder_names((project_of(d, workspace.document), d.kind, d.name) for d in components)
    kinds, found = own_kinds(workspace, run)
    problems += found
    shop = Shop(replace(workspace, components=()), Templates(own), names, environment, kinds, whole)
    parts = tuple(run(partial(compile_chunk, shop), _chunks(components, [d.file for d in components])))
    lodged = sorted((each for part in parts for each in part.lodged), key=_lodging)
    here = tenants(frozenset(chain.from_iterable(part.uses for part in parts)), workspace)
    shared, found_shared = expand_shared(here, lodged, workspace, shop.templates)
    tree, found = assemble((part.tree for part in parts), shared)
    told = {id(each.manifest) for each in lodged}
    fresh = {s.folder: [m for m in s.manifests if id(m) not in told] for s in shared}
    verdicts = _verdict(fresh, shop)
    problems += merged([*chain.from_iterable(p.problems for p in parts), *found_shared, *found, *verdicts])
    told_in_order = _told_once(problems, list(workspace.environments))
    problems, suppressed = suppress(told_in_order, texts, workspace.document)
    return Build(workspace, tree, problems, texts, suppressed)


def compile_chunk(shop: Shop, components: Sequence[Document]) -> Part:
    """Some components, from their blueprints to the judge."""
    planned, problems = plans(components, shop.workspace)
    expansion, found = expand(planned, shop.workspace, shop.templates)
    problems += found
    stages = shop.workspace.environments.values()
    scoped = {s.name: shop.own[s.cluster.name].cluster_scoped for s in stages if s.cluster.name in shop.own}
    tree, found = overlay(expansion.components, shop.folders, scoped)
    problems += found
    folders: dict[str, list[Manifest]] = {folder: list(manifests) for folder, manifests in tree.built.items()}
    for each in expansion.lodged:
        stage = each.manifest.variant.environment if each.manifest.variant else ""
        folders.setdefault(f"{stage}/", []).append(each.manifest)
    problems += tuple(_verdict(folders, shop))
    lodged = expansion.lodged
    if not shop.whole:
        tree = replace(tree, built={f: tuple(map(_stub, manifests)) for f, manifests in tree.built.items()})
        lodged = tuple(replace(each, manifest=_stub(each.manifest, each.manifest.data)) for each in lodged)
    return Part(tree, lodged, frozenset(uses(planned, shop.workspace)), merged(problems))


def _chunks(items: Sequence[T], files: Sequence[str]) -> list[Sequence[T]]:
    """Items by the file each is from, so that a new file changes no chunk but its own."""
    bits = max(0, (len(set(files)) - 1).bit_length() - CHUNK.bit_length() + 1)
    found: dict[int, list[T]] = {}
    for item, file in zip(items, files, strict=True):
        number = int.from_bytes(blake2b(file.encode(errors="surrogateescape"), digest_size=4).digest())
        found.setdefault(number % (1 << bits), []).append(item)
    return [found[number] for number in sorted(found)]


def _lodging(each: Lodged) -> tuple[str, str, str, str, str, str, int]:
    manifest, place = each.manifest, each.manifest.origin(())
    where = (place.file, place.document) if isinstance(place, Place) else ("", 0)
    return each.folder, manifest.api_version, manifest.kind, manifest.namespace, manifest.name, *where


def _stub(manifest: Manifest, data: Mapping[str, object] | None = None) -> Manifest:
    """A manifest that travels lightly: what tells it apart, and whose it is."""
    identity = {"name": manifest.name, "namespace": manifest.namespace}
    light = {"apiVersion": manifest.api_version, "kind": manifest.kind, "metadata": identity}
    place = manifest.place or (manifest.variant.document.place() if manifest.variant else None)
    return Manifest(data or light, place=place)


def _verdict(folders: Mapping[str, Sequence[Manifest]], shop: Shop) -> list[Problem]:
    """Judge what folders build to, each environment by its own cluster's release."""
    stages = shop.workspace.environments
    clusters: dict[str, str] = {}
    for name, stage in stages.items():
        clusters.setdefault(stage.cluster.name, name)
    found: list[Problem] = []
    for folder, manifests in folders.items():
        head, _, rest = folder.partition("/")
        name = clusters.get(rest, "") if head == "clusters" else head
        if name in stages and shop.environment in ("", name):
            cluster = stages[name].cluster
            found += judge(manifests, cluster.release, name, shop.own.get(cluster.name))
        elif head == "argocd" and stages and not shop.environment:
            # Of no environment; Argo CD's own kinds are the same in every release.
            found += judge(manifests, next(iter(stages.values())).cluster.release)
    return found


def _told_once(problems: tuple[Problem, ...], order: Sequence[str]) -> tuple[Problem, ...]:
    """One note for each kind that cannot be judged; an idle component that models need, only as these tell it."""
    rank = {name: i for i, name in enumerate(order)}
    needed = {p.place for p in problems if p.code == "MW219" and p.effect == "broken"}
    seen: set[tuple[str, str]] = set()
    kept = []
    for problem in problems:
        if problem.code == "MW505" and problem.resource:
            kind = (problem.resource.api_version, problem.resource.kind)
            if kind in seen:
                continue
            seen.add(kind)
        if problem.code == "MW219" and problem.effect == "ignored" and problem.place in needed:
            continue
        kept.append(replace(problem, environments=tuple(sorted(problem.environments, key=lambda e: rank.get(e, len(rank))))))
    return tuple(kept)


def _unsound(problems: Sequence[Problem]) -> frozenset[tuple[str, int]]:
    return frozenset(
        (p.place.file, p.place.document) for p in problems if p.severity == "error" and isinstance(p.place, Place)
    )
