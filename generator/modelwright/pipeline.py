"""The whole story on one screen: texts -> documents -> variants -> manifests -> tree -> verdict.

Pure from end to end; `commands/` reads before it and writes after it. Files and components know nothing of each other,
so they go through the rooms in chunks (chunks.py); what they share is made here, before and after.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from functools import partial
from itertools import chain

from modelwright.chunks import Run, Shop, chunks, compile_chunk, compile_shared
from modelwright.expand import Templates
from modelwright.judge.own import own_kinds
from modelwright.judge.policies import cluster_policies
from modelwright.judge.references.environments import reference_problems
from modelwright.judge.releases import release_problems
from modelwright.load import load_each, split, twice
from modelwright.model import Document, Lodged, Place, Source, Tree
from modelwright.overlay import assemble, folder_names
from modelwright.problems import Problem, merged
from modelwright.records import dataclass
from modelwright.resolve import resolve, tenants
from modelwright.resolve.names import project_of
from modelwright.resolve.workspace import Workspace
from modelwright.suppress import suppress

EMPTY = Tree({}, {})
HEAD = "modelwright.yaml"
TEMPLATES = "templates/"


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
    records: Mapping[str, str] = field(default_factory=dict)
    """Path -> text of inputs that `compile` adds to the workspace, such as a pipeline's new version."""

    @property
    def sound(self) -> bool:
        return not any(p.severity == "error" for p in self.problems)


def build(sources: Sequence[Source], *, environment: str = "", whole: bool = True, run: Run = map) -> Build:
    """Compile and judge a workspace. `environment` narrows the judging to one. The order of `sources` says nothing."""
    sources = sorted(sources, key=lambda source: (source.path != HEAD, source.path.split("/")))
    texts = {source.path: source.text for source in sources}
    own = {s.path.removeprefix(TEMPLATES): s.text for s in sources if s.path.startswith(TEMPLATES)}
    documents, files, problems = _documents([s for s in sources if not s.path.startswith(TEMPLATES)], run)
    if any(p.code < "MW106" for p in problems):
        # A file that cannot be read may define any name: following references would only mislead.
        return Build(Workspace("workspace"), EMPTY, problems, texts)
    workspace, found = resolve(documents, _unsound(problems), files)
    problems += found
    components = workspace.components
    names = folder_names((project_of(d, workspace.document), d.kind, d.name) for d in components)
    kinds, found = own_kinds(workspace, run)
    problems += (*found, *release_problems(workspace.clusters.values()))
    policies, found = cluster_policies(workspace, run)
    problems += found
    shop = Shop(replace(workspace, components=()), Templates(own), names, environment, kinds, policies, whole)
    parts = tuple(run(partial(compile_chunk, shop), chunks(components, [d.file for d in components])))
    lodged = tuple(sorted((each for part in parts for each in part.lodged), key=_lodging))
    here = tenants(frozenset(chain.from_iterable(part.uses for part in parts)), workspace)
    # What models need of a project is in its tenants; they are too many to be looked at here again.
    others = tuple(d for d in components if d.kind != "Model")
    ((shared, found_shared, links),) = run(partial(compile_shared, shop), [(here, lodged, others)])
    tree, found = assemble((part.tree for part in parts), shared)
    lacks = reference_problems([*(part.links for part in parts), links], workspace, here, {**tree.built, **tree.named})
    problems += merged([*chain.from_iterable(part.problems for part in parts), *found_shared, *found, *lacks])
    problems, suppressed = suppress(_told_once(problems, workspace), texts, workspace.document)
    records = {path: text for part in parts for path, text in part.records.items()}
    return Build(workspace, tree, problems, texts, suppressed, records)


def _documents(
    sources: Sequence[Source], run: Run
) -> tuple[list[Document], Mapping[str, str], tuple[Problem, ...]]:
    """The blueprints, the texts of files that they name, and what is wrong with their form or names."""
    blueprints, files, missing = split(sources)
    paths = [source.path for source in blueprints]
    rank = {path: i for i, path in enumerate(paths)}
    loaded = list(run(load_each, chunks(blueprints, paths)))
    documents = sorted(chain.from_iterable(found for found, _ in loaded), key=lambda d: (rank[d.file], d.index))
    return documents, files, (*chain.from_iterable(found for _, found in loaded), *twice(documents), *missing)


def _lodging(each: Lodged) -> tuple[str, str, str, str, str, str, int]:
    manifest, place = each.manifest, each.manifest.origin(())
    where = (place.file, place.document) if isinstance(place, Place) else ("", 0)
    return each.folder, manifest.api_version, manifest.kind, manifest.namespace, manifest.name, *where


def _told_once(problems: tuple[Problem, ...], workspace: Workspace) -> tuple[Problem, ...]:
    """One note for each kind that cannot be judged; an idle component that models need, only as these tell it."""
    rank = {name: i for i, name in enumerate(workspace.environments)}
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
