"""What one component becomes on its cluster, told for one person: `modelwright explain prod/fraud-detector`.

Pure: `view` makes the facts of a compiled workspace, `text` and `data` show them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from modelwright.model import Document, Manifest, Path, Place, Variant
from modelwright.pipeline import Build
from modelwright.problems import Problem
from modelwright.records import dataclass
from modelwright.resolve.workspace import Environment, Plan
from modelwright.verdict.pod import Pod
from modelwright.yamlio.finder import Finder


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value comes from."""

    kind: str
    """The blueprint's kind (`Model`, `Environment`, `Cluster`, ...), or who else says it: `modelwright`, `admission`."""
    name: str = ""
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Value:
    """A value of an object as the cluster keeps it."""

    path: str
    value: Any
    origin: Origin


@dataclass(frozen=True, slots=True)
class Change:
    """What admission does at a path. `before` or `after` is None where there is nothing."""

    path: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Thing:
    """An object the component makes."""

    kind: str
    name: str
    namespace: str
    changes: tuple[Change, ...]
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Which runtime serves a model."""

    chosen: str
    """Empty where none does."""
    why: str
    others: tuple[tuple[str, tuple[str, ...]], ...]
    """Each other runtime with what speaks against it."""
    fix: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """All that `explain` shows of a component in an environment."""

    kind: str
    name: str
    project: str
    environment: str
    namespace: str
    cluster: str
    versions: Mapping[str, str]
    wish: str
    """What it serves and in which mode, in words; empty for other kinds."""
    problems: tuple[Problem, ...]
    choice: Choice | None
    pod: Pod | None
    things: tuple[Thing, ...]


@dataclass(frozen=True, slots=True)
class Subject:
    """A component in one of its environments, with all that its workspace compiles to."""

    build: Build
    plan: Plan
    environment: Environment

    @property
    def folder(self) -> str:
        return f"{self.environment.name}/{self.plan.project}/"

    def manifests(self) -> tuple[Manifest, ...]:
        """The objects that the component makes here."""
        mine = (self.plan.document.file, self.plan.document.index)
        found = (m for folder, held in self.build.tree.built.items() if folder.startswith(self.folder) for m in held)
        return tuple(m for m in found if m.variant and (m.variant.document.file, m.variant.document.index) == mine)


def subjects(build: Build, environment: str, project: str, name: str) -> list[Subject]:
    """The components of that name in an environment; `project` empty for any."""
    from modelwright.resolve import plans

    documents = [each for each in build.workspace.components if each.name == name]
    planned, _ = plans(documents, build.workspace)
    stage = build.workspace.environments[environment]
    return [Subject(build, plan, stage) for plan in planned if environment in plan.variants and project in ("", plan.project)]


def view(subject: Subject) -> View:
    """What a component becomes in an environment."""
    from modelwright.verdict.model import choice, pod, wish

    plan, stage, build = subject.plan, subject.environment, subject.build
    variant, release = plan.variants[stage.name], stage.cluster.release
    manifests = subject.manifests()
    served = plan.document.kind == "Model"
    made = choice(subject) if served else None
    versions = {
        "Kubernetes": release.kubernetes,
        "Open Data Hub": release.open_data_hub,
        "KServe": release.kserve,
        "Kubeflow Pipelines": release.kubeflow_pipelines if plan.document.kind.startswith("Pipeline") else "",
    }
    return View(
        kind=plan.document.kind,
        name=plan.document.name,
        project=plan.project,
        environment=stage.name,
        namespace=variant.namespace,
        cluster=stage.cluster.name,
        versions={title: number for title, number in versions.items() if number},
        wish=wish(subject) if served else "",
        problems=tuple(_problems(subject)),
        choice=made,
        pod=pod(subject, made.chosen if made else "") if served else None,
        things=tuple(_thing(manifest, build, stage) for manifest in manifests),
    )


def _problems(subject: Subject) -> Iterator[Problem]:
    """Those at the component's own lines, or about its objects, in this environment."""
    document = subject.plan.document
    names = {(m.kind, m.name) for m in subject.manifests()}
    for problem in subject.build.problems:
        here = problem.place
        own = isinstance(here, Place) and (here.file, here.document) == (document.file, document.index)
        about = problem.resource is not None and (problem.resource.kind, problem.resource.name) in names
        if (own or about) and subject.environment.name in (problem.environments or (subject.environment.name,)):
            yield problem


def _thing(manifest: Manifest, build: Build, stage: Environment) -> Thing:
    from modelwright.judge.admission import admit
    from modelwright.judge.catalog import catalog
    from modelwright.rules.engine import facts, without_nulls
    from modelwright.targets.kserve.defaulting import with_format
    from modelwright.targets.opendatahub.defaulting import with_account

    known = catalog(stage.cluster.release)
    data = without_nulls(manifest.data)
    admitted = admit(data, facts(known))
    shown = admitted.object
    if manifest.kind == "InferenceService":
        shown = with_account(with_format(shown, facts(known)), facts(known))
    before, after = dict(_leaves(data)), dict(_leaves(shown))
    moved = {now: admitted.stated(now) for now in after}
    changes = tuple(_changes(before, after, moved))
    finder = Finder(build.sources)
    values = tuple(
        Value(dotted(path), value, _origin(manifest, moved[path], finder, build, moved[path] in before))
        for path, value in after.items()
        if path[0] not in ("apiVersion", "kind") and path[:2] not in (("metadata", "name"), ("metadata", "namespace"))
    )
    return Thing(manifest.kind, manifest.name, manifest.namespace, changes, values)


def _changes(before: Mapping[Path, Any], after: Mapping[Path, Any], moved: Mapping[Path, Path]) -> Iterator[Change]:
    stated = set(moved.values())
    for path, value in after.items():
        source = moved[path]
        if source not in before:
            yield Change(dotted(path), None, value)
        elif before[source] != value:
            yield Change(dotted(path), before[source], value)
    for path, value in before.items():
        if path not in stated:
            yield Change(dotted(path), value, None)


def _leaves(node: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Scalars and lists of scalars, each with its path; empty maps and lists count as values."""
    if isinstance(node, Mapping) and node:
        for key, value in node.items():
            yield from _leaves(value, (*path, str(key)))
    elif isinstance(node, list) and any(isinstance(each, (Mapping, list)) for each in node):
        for index, value in enumerate(node):
            yield from _leaves(value, (*path, index))
    else:
        yield path, node


def _origin(manifest: Manifest, path: Path, finder: Finder, build: Build, stated: bool) -> Origin:
    """Whose word a value is: a blueprint's, the platform's template's, or admission's."""
    if not stated:
        return Origin("admission")
    sources = next((found for depth in range(len(path), 0, -1) if (found := manifest.origins.get(path[:depth]))), ())
    below = any(each[: len(path)] == path for each in manifest.origins)
    place = manifest.origin(path) if sources or below or manifest.place else None
    if sources and manifest.variant and manifest.variant.environment in build.workspace.environments:
        place = _mode(sources, manifest.variant, build) or place
    if not isinstance(place, Place) or place.path[:2] == ("metadata", "name"):
        return Origin("modelwright")
    mark = finder.mark(place)
    document = _document(build, place)
    return Origin(document.kind if document else "file", document.name if document else "", mark.file, mark.line)


def _mode(sources: Sequence[Path], variant: Variant, build: Build) -> Place | None:
    """A Cluster's `mode`, which counts where a component says none."""
    cluster = build.workspace.environments[variant.environment].cluster.document
    said = variant.values["spec"].get("mode")
    return cluster.place(("spec", "mode")) if ("spec", "mode") in sources and not said and (cluster.data.get("spec") or {}).get("mode") else None


def _document(build: Build, place: Place) -> Document | None:
    """The blueprint that a place is in."""
    workspace = build.workspace
    held: Sequence[Document] = (
        *workspace.components,
        *(stage.document for stage in workspace.environments.values()),
        *(cluster.document for cluster in workspace.clusters.values()),
        *workspace.connections.values(),
        *((workspace.document,) if workspace.document else ()),
    )
    return next((each for each in held if (each.file, each.index) == (place.file, place.document)), None)


def dotted(path: Path) -> str:
    """A path as people write it."""
    from modelwright.report.json import dotted as told

    return told(path)
