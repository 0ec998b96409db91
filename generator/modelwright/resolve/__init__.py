"""Documents -> a resolved workspace: names looked up, overrides merged, sizes and namespaces filled in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from modelwright.model import Document, Layer, Release, Variant
from modelwright.problems import Problem, did_you_mean
from modelwright.resolve import references
from modelwright.resolve.workspace import Cluster, Environment, Plan, Workspace

COMPONENTS = frozenset({"Model", "Runtime"})
"""Blueprint kinds that deploy something."""

DEFAULT_KUBERNETES = "1.33"


def resolve(documents: Sequence[Document], unsound: frozenset[tuple[str, int]] = frozenset()) -> tuple[
    Workspace, tuple[Problem, ...]
]:
    """Resolve all blueprints of a workspace.

    `unsound` names documents (file, index) that already have an error: others may refer to them, but
    they are not resolved themselves, so that one mistake is told once.
    """
    problems: list[Problem] = []
    kinds: dict[str, list[Document]] = {}
    for document in documents:
        kinds.setdefault(document.kind, []).append(document)
    sound = {(d.file, d.index) for d in documents} - unsound
    head = kinds.get("Workspace", [None])[0]
    clusters = {d.name: _cluster(d) for d in kinds.get("Cluster", ())}
    environments, found = _environments(kinds.get("Environment", ()), clusters)
    problems += found
    projects = _projects(head)
    workspace = Workspace(
        name=head.name if head else "workspace",
        document=head,
        projects=projects,
        clusters=clusters,
        environments=environments,
        connections={d.name: d for d in kinds.get("Connection", ())},
        runtimes={(_runtime_project(d, head), d.name): d for d in kinds.get("Runtime", ())},
    )
    plans = []
    for document in documents:
        if document.kind in COMPONENTS and (document.file, document.index) in sound:
            plan, found = _plan(document, workspace)
            problems += found
            if plan is not None:
                plans.append(plan)
    workspace = replace(workspace, plans=tuple(plans))
    problems += references.check(workspace, sound)
    return workspace, tuple(problems)


def _spec(document: Document | None) -> Mapping[str, Any]:
    spec = document.data.get("spec") if document else None
    return spec if isinstance(spec, Mapping) else {}


def _projects(head: Document | None) -> Mapping[str, Mapping[str, Any]]:
    projects = _spec(head).get("projects") or {}
    return {name: facts or {} for name, facts in projects.items()}


def project_of(document: Document, head: Document | None) -> str:
    """The project of a component: its own word, the workspace's default, its only project, or its name."""
    own = _spec(document).get("project") or _spec(head).get("defaultProject")
    if own:
        return str(own)
    projects = list(_projects(head))
    return projects[0] if projects else (head.name if head else "default")


def _runtime_project(document: Document, head: Document | None) -> str:
    return "" if _spec(document).get("scope") == "cluster" else project_of(document, head)


def _cluster(document: Document) -> Cluster:
    spec = _spec(document)
    versions = spec.get("versions") or {}
    gpu = spec.get("gpu") or {}
    open_data_hub = str(versions.get("openDataHub") or "")
    return Cluster(
        document=document,
        release=Release(
            kubernetes=str(versions.get("kubernetes") or DEFAULT_KUBERNETES),
            kserve=str(versions.get("kserve") or "") or _kserve_of(open_data_hub),
            open_data_hub=open_data_hub,
        ),
        flavour=str(spec.get("flavour") or "kubernetes"),
        mode=str(spec.get("mode") or ""),
        gpu_resource=str(gpu.get("resource") or "nvidia.com/gpu"),
        gpu_tolerations=tuple(gpu.get("tolerations") or ()),
        runtimes=frozenset(str(r) for r in spec.get("runtimes") or ()),
    )


def _kserve_of(open_data_hub: str) -> str:
    """KServe minor that an Open Data Hub release carries (opendatahub-io/kserve release branches)."""
    if not open_data_hub:
        return ""
    major, _, minor = open_data_hub.partition(".")
    number = (int(major), int(minor.split(".")[0] or 0)) if major.isdigit() and minor[:1].isdigit() else (3, 5)
    if number >= (3, 5):
        return "0.20"
    return "0.17" if number >= (3, 4) else "0.15"


def _environments(
    documents: Iterable[Document], clusters: Mapping[str, Cluster]
) -> tuple[dict[str, Environment], list[Problem]]:
    by_name = {d.name: d for d in documents}
    problems: list[Problem] = []
    environments: dict[str, Environment] = {}
    for name in _promotion_order(by_name, problems):
        document = by_name[name]
        chain = _extends(document, by_name, problems)
        word = next((_spec(d).get("cluster") for d in reversed(chain) if _spec(d).get("cluster")), None)
        if word not in clusters:
            if word is not None:
                problems.append(
                    Problem(
                        "MW213",
                        f"there is no cluster `{word}`",
                        document.place(("spec", "cluster")),
                        did_you_mean(str(word), list(clusters)),
                    )
                )
            continue
        environments[name] = Environment(
            document=document,
            cluster=clusters[str(word)],
            sizes={k: v or {} for d in chain for k, v in (_spec(d).get("sizes") or {}).items()},
            defaults=_defaults(chain),
        )
    return environments, problems


def _defaults(chain: Sequence[Document]) -> dict[str, Mapping[str, Any]]:
    from modelwright.load import longform, override

    merged: dict[str, Mapping[str, Any]] = {}
    for document in chain:
        for kind, patch in (_spec(document).get("defaults") or {}).items():
            merged[kind] = override(kind, dict(merged.get(kind, {})), longform(kind, patch or {}))
    return merged


def _extends(document: Document, by_name: Mapping[str, Document], problems: list[Problem]) -> list[Document]:
    """The environment and those it extends, the furthest first."""
    chain = [document]
    while (word := _spec(chain[0]).get("extends")) is not None:
        parent = by_name.get(str(word))
        if parent is None or parent in chain:
            what = "extends itself" if parent is not None else f"there is no environment `{word}`"
            if chain[0] is document:
                hint = "" if parent is not None else did_you_mean(str(word), list(by_name))
                problems.append(Problem("MW208", what, document.place(("spec", "extends")), hint))
            break
        chain.insert(0, parent)
    return chain


def _promotion_order(by_name: Mapping[str, Document], problems: list[Problem]) -> list[str]:
    order: list[str] = []

    def visit(name: str, seen: tuple[str, ...]) -> None:
        if name in order:
            return
        document = by_name[name]
        before = _spec(document).get("after")
        if isinstance(before, str):
            if before not in by_name:
                hint = did_you_mean(before, list(by_name))
                place = document.place(("spec", "after"))
                problems.append(Problem("MW208", f"there is no environment `{before}`", place, hint))
            elif before in (*seen, name):
                place = document.place(("spec", "after"))
                circle = " after ".join((name, before))
                problems.append(Problem("MW208", f"promotion goes in a circle: {circle}", place))
            else:
                visit(before, (*seen, name))
        order.append(name)

    for name in by_name:
        visit(name, ())
    return order


def _plan(document: Document, workspace: Workspace) -> tuple[Plan | None, list[Problem]]:
    project = project_of(document, workspace.document)
    problems: list[Problem] = []
    if workspace.projects and project not in workspace.projects:
        place = document.place(("spec", "project"))
        hint = did_you_mean(project, list(workspace.projects))
        problems.append(Problem("MW212", f"there is no project `{project}`", place, hint))
        return None, problems
    named = _spec(document).get("environments") or {}
    for name in named:
        if name not in workspace.environments:
            place = document.place(("spec", "environments", name), key=True)
            hint = did_you_mean(name, list(workspace.environments))
            problems.append(Problem("MW208", f"there is no environment `{name}`", place, hint))
    running = [workspace.environments[name] for name in workspace.environments if name in named]
    if not running:
        if not named and not problems:
            problems.append(
                Problem(
                    "MW219",
                    f"{document.kind} `{document.name}` runs nowhere",
                    document.place(("spec",), key=True),
                    f"name its environments: `environments: {{{next(iter(workspace.environments), 'dev')}: {{}}}}`",
                    effect="ignored",
                )
            )
        return None, problems
    reference = _spec(workspace.document).get("reference")
    stage = next((e for e in running if e.name == reference), running[-1])
    variants = {e.name: _variant(document, e, project, named.get(e.name) or {}) for e in running}
    base = _variant(document, stage, project, {}, reference=True)
    return Plan(document, project, base, variants), problems


def _variant(
    document: Document,
    environment: Environment,
    project: str,
    patch: Mapping[str, Any],
    *,
    reference: bool = False,
) -> Variant:
    from modelwright.load import longform, override

    kind = document.kind
    own = {k: v for k, v in _spec(document).items() if k not in ("environments", "project")}
    spec = override(kind, dict(environment.defaults.get(kind, {})), longform(kind, own))
    if patch:
        spec = override(kind, spec, longform(kind, patch))
    size = environment.sizes.get(spec.get("size", ""), {})
    layers = [
        Layer(environment.document, ("spec", "sizes", str(spec.get("size"))), ("size",)),
        Layer(environment.document, ("spec", "defaults", kind), ("spec",)),
        Layer(document),
    ]
    if not reference:
        layers.append(Layer(document, ("spec", "environments", environment.name), ("spec",)))
    return Variant(
        document=document,
        environment=environment.name,
        project=project,
        namespace=environment.namespace(project),
        values={"metadata": document.data.get("metadata") or {}, "spec": spec, "size": size},
        layers=tuple(layers),
        reference=reference,
    )
