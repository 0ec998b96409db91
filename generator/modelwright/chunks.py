"""What one chunk of files or components goes through, from its blueprints to the judge.

A chunk is a pure function of frozen values, so it may run in any process and need not run twice: see `Run`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import Protocol, TypeVar

from modelwright.expand import Templates, expand, expand_shared
from modelwright.judge import judge
from modelwright.judge.own import OwnKinds
from modelwright.judge.policies import Policies
from modelwright.judge.references import Ask, Links
from modelwright.judge.references.offers import linked
from modelwright.model import Document, Lodged, Manifest, Named, Place, Shared, Tree
from modelwright.overlay import in_base, overlay
from modelwright.problems import Problem, merged
from modelwright.records import dataclass
from modelwright.resolve import plans, uses
from modelwright.resolve.workspace import Plan, Tenant, Use, Workspace
from modelwright.targets import targets

T = TypeVar("T")
R = TypeVar("R")

CHUNK = 32
"""Most files, on average, that go through the rooms together."""


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
    policies: Mapping[str, Policies]
    """What clusters admit by, by the cluster's name."""
    whole: bool
    """Whether built manifests are kept whole, or only what tells them apart."""


@dataclass(frozen=True, slots=True)
class Part:
    """What a chunk of components compiles to."""

    tree: Tree
    lodged: tuple[Lodged, ...]
    uses: frozenset[Use]
    problems: tuple[Problem, ...]
    records: Mapping[str, str]
    links: Mapping[str, Links]
    """What its objects refer to elsewhere, and what others may refer to, by environment."""


class Run(Protocol):
    """Applies a function to each chunk and gives the results in order: `map`, a pool of processes, a memory."""

    def __call__(self, task: Callable[[T], R], chunks: Sequence[T], /) -> Iterable[R]: ...


def chunks(items: Sequence[T], files: Sequence[str]) -> list[Sequence[T]]:
    """Items by the file each is from, so that a new file changes no chunk but its own."""
    bits = max(0, (len(set(files)) - 1).bit_length() - CHUNK.bit_length() + 1)
    found: dict[int, list[T]] = {}
    for item, file in zip(items, files, strict=True):
        number = int.from_bytes(blake2b(file.encode(errors="surrogateescape"), digest_size=4).digest())
        found.setdefault(number % (1 << bits), []).append(item)
    return [found[number] for number in sorted(found)]


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
    found, links = verdict(folders, shop)
    problems += found
    lodged = expansion.lodged
    if not shop.whole:
        # One place for all that a component makes: it travels once.
        places = {id(document): document.place() for document in components}
        named = {f: tuple([_named(m, places) for m in made]) for f, made in tree.built.items() if not in_base(f)}
        tree = replace(tree, built={}, named=named)
        lodged = tuple(replace(each, manifest=_whole_stub(each.manifest)) for each in lodged)
    used, records = frozenset(uses(planned, shop.workspace)), _records(planned, shop.workspace)
    return Part(tree, lodged, used, merged(problems), records, links)


def compile_shared(
    shop: Shop, wanted: tuple[tuple[Tenant, ...], tuple[Lodged, ...], tuple[Document, ...]]
) -> tuple[tuple[Shared, ...], tuple[Problem, ...], Mapping[str, Links]]:
    """The folders of what tenants need and components lodge there, judged where no chunk has judged it.

    `wanted` are the tenants, what is lodged, and the components that are no models.
    """
    tenants, lodged, components = wanted
    workspace = replace(shop.workspace, components=components)
    shared, problems = expand_shared(tenants, lodged, workspace, shop.templates)
    told = {id(each.manifest) for each in lodged}
    fresh = {s.folder: [m for m in s.manifests if id(m) not in told] for s in shared}
    found, links = verdict(fresh, shop)
    problems += found
    if not shop.whole:
        shared = tuple(replace(s, manifests=tuple(map(_whole_stub, s.manifests))) for s in shared)
    return shared, merged(problems), links


def _records(planned: Sequence[Plan], workspace: Workspace) -> dict[str, str]:
    """The inputs that the workspace must keep from now on, as each target says."""
    found: dict[str, str] = {}
    for plan in planned:
        for target in targets():
            if plan.document.kind in target.kinds:
                for variant in plan.variants.values():
                    found.update(target.records(variant, workspace))
    return found


def _named(manifest: Manifest, places: Mapping[int, Place]) -> Named:
    """What is left of a manifest, to travel lightly."""
    place = manifest.place or (places[id(manifest.variant.document)] if manifest.variant else None)
    return Named(manifest.api_version, manifest.kind, manifest.name, manifest.namespace, place)


def _whole_stub(manifest: Manifest) -> Manifest:
    """A manifest as it is, and whose it is, without the ways to its words."""
    place = manifest.place or (manifest.variant.document.place() if manifest.variant else None)
    return Manifest(manifest.data, place=place)


def verdict(
    folders: Mapping[str, Sequence[Manifest]], shop: Shop
) -> tuple[tuple[Problem, ...], Mapping[str, Links]]:
    """Judge what folders build to, each environment by its own cluster's release; and what they refer to, by environment."""
    stages = shop.workspace.environments
    clusters: dict[str, str] = {}
    for name, stage in stages.items():
        clusters.setdefault(stage.cluster.name, name)
    found: list[Problem] = []
    links: dict[str, list[Links]] = {}
    for folder, manifests in folders.items():
        head, _, rest = folder.partition("/")
        name = clusters.get(rest, "") if head == "clusters" else head
        if name in stages and shop.environment in ("", name):
            cluster = stages[name].cluster
            place = (cluster.document.file, cluster.document.index)
            if not cluster.release.kserve and place in shop.workspace.unsound:
                continue  # a version that cannot be read is told already; every model would only repeat it
            own, policies = shop.own.get(cluster.name), shop.policies.get(cluster.name)
            asks: list[Ask] = []
            found += judge(manifests, cluster.release, name, own, policies=policies, asks=asks)
            here = linked(asks, [manifest.data for manifest in manifests])
            if here is not None:
                links.setdefault(name, []).append(here)
        elif head == "argocd" and stages and not shop.environment:
            # Of no environment; Argo CD's own kinds are the same in every release.
            found += judge(manifests, next(iter(stages.values())).cluster.release)
    return tuple(found), {name: Links.together(parts) for name, parts in links.items()}
