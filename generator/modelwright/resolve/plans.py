"""Components -> plans: one variant per environment, its overrides merged and its references checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from modelwright.model import Document, Layer, Variant
from modelwright.problems import Problem, did_you_mean
from modelwright.resolve import references
from modelwright.resolve.names import project_of, spec_of
from modelwright.resolve.workspace import Environment, Plan, Tenant, Use, Workspace


def plans(components: Iterable[Document], workspace: Workspace) -> tuple[tuple[Plan, ...], tuple[Problem, ...]]:
    """Resolve some of the workspace's components, each for every environment it runs in."""
    made = []
    problems: list[Problem] = []
    stages: Stages = {}
    for document in components:
        plan, found = _plan(document, workspace, stages)
        problems += found
        if plan is not None:
            made.append(plan)
    return tuple(made), (*problems, *references.check(made, workspace))


def uses(plans: Iterable[Plan], workspace: Workspace) -> Iterator[Use]:
    """What the plans' variants use of the project they live in."""
    for plan in plans:
        kind = plan.document.kind
        for name, variant in plan.variants.items():
            spec = variant.values["spec"]
            if spec.get("scope") != "cluster":
                connections = frozenset(word for _, word in references.connections(spec))
                mode = workspace.mode(variant) if kind in ("Model", "Runtime") else None
                mode = mode if kind == "Model" else mode or None
                yield Use(name, plan.project, kind, mode, connections)


def tenants(uses: Iterable[Use], workspace: Workspace) -> tuple[Tenant, ...]:
    """The projects in use, per environment in promotion order, each with all that its components use."""
    found: dict[tuple[str, str], list[Use]] = {}
    for use in uses:
        found.setdefault((use.environment, use.project), []).append(use)
    order = list(workspace.environments)
    made = []
    for environment, project in sorted(found, key=lambda key: (order.index(key[0]), key[1])):
        here = found[environment, project]
        words = sorted({word for use in here for word in use.connections})
        made.append(
            Tenant(
                workspace.environments[environment],
                project,
                tuple(workspace.connections[word] for word in words if word in workspace.connections),
                frozenset(use.mode for use in here if use.mode is not None),
                frozenset(use.kind for use in here),
                {word: frozenset(use.mode for use in here if word in use.connections) for word in words},
            )
        )
    return tuple(made)


Stages = dict[tuple[str, str, str], tuple[Layer, ...]]
"""Environment, kind and size -> what the environment says of all such components."""


def _plan(document: Document, workspace: Workspace, stages: Stages) -> tuple[Plan | None, list[Problem]]:
    from modelwright.load import longform, override

    project = project_of(document, workspace.document)
    problems: list[Problem] = []
    if workspace.projects and project not in workspace.projects:
        place = document.place(("spec", "project"))
        hint = did_you_mean(project, list(workspace.projects))
        problems.append(Problem("MW212", f"there is no project `{project}`", place, hint))
        return None, problems
    named = spec_of(document).get("environments") or {}
    for name in named:
        if name not in workspace.environments:
            place = document.place(("spec", "environments", name), key=True)
            hint = did_you_mean(name, list(workspace.environments))
            problems.append(Problem("MW208", f"there is no environment `{name}`", place, hint))
    running = [workspace.environments[name] for name in workspace.environments if name in named]
    if not running:
        if not named and not problems:
            problems.append(references.runs_nowhere(document, workspace))
        return None, problems
    reference = spec_of(workspace.document).get("reference")
    stage = next((e for e in running if e.name == reference), running[-1])
    kind = document.kind
    own = longform(kind, {k: v for k, v in spec_of(document).items() if k not in ("environments", "project")})
    usual = override(kind, {}, own)
    specs = {e.name: override(kind, e.defaults[kind], own) if e.defaults.get(kind) else usual for e in running}
    base = _variant(document, stage, project, specs[stage.name], stages)
    variants = {}
    for each in running:
        patch, spec = named.get(each.name), specs[each.name]
        spec = override(kind, spec, longform(kind, patch)) if patch else spec
        own_layer = Layer(document, ("spec", "environments", each.name), ("spec",))
        variants[each.name] = _variant(document, each, project, spec, stages, own_layer)
    return Plan(document, project, base, variants), problems


def _variant(
    document: Document, environment: Environment, project: str, spec: Mapping[str, Any], stages: Stages, *own: Layer
) -> Variant:
    """The component in an environment; `own` is what it says of that one alone."""
    key = (environment.name, document.kind, str(spec.get("size")))
    if key not in stages:
        stages[key] = tuple(_said_by(environment, document.kind, key[2]))
    return Variant(
        document=document,
        environment=environment.name,
        project=project,
        namespace=environment.namespace(project),
        values={
            "metadata": document.data.get("metadata") or {},
            "spec": spec,
            "size": environment.sizes.get(spec.get("size", ""), {}),
        },
        layers=(*stages[key], Layer(document), *own),
    )


def _said_by(environment: Environment, kind: str, size: str) -> Iterator[Layer]:
    yield Layer(environment.cluster.document, ("spec",), ("cluster",))
    for stage in environment.chain:
        yield Layer(stage, ("spec", "sizes", size), ("size",))
        yield Layer(stage, ("spec", "sizes"), ("sizes",))
        yield Layer(stage, ("spec", "defaults", kind), ("spec",))
