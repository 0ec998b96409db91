"""What pipelines say of others: the model they deploy, the server that runs them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from modelwright.model import Document, Variant
from modelwright.problems import Problem, did_you_mean
from modelwright.resolve.names import project_of, spec_of
from modelwright.resolve.workspace import Environment, Plan, Workspace


def deployable(
    pipelines: Sequence[Document], models: Sequence[Document], head: Document | None
) -> dict[tuple[str, str], frozenset[str]]:
    """The models that pipelines deploy, with the environments each runs in; all models where one is not there, for hints.

    Not all of them at once: every component would have to be looked at again when a model is added.
    """
    named: set[tuple[str, str]] = set()
    for document in pipelines:
        stated = (spec_of(document), *(patch for patch in _environments(document).values() if isinstance(patch, Mapping)))
        named.update((project_of(document, head), str(part["deploys"])) for part in stated if part.get("deploys"))
    known = {(project_of(d, head), d.name): frozenset(_environments(d)) for d in models} if named else {}
    return {key: known[key] for key in sorted(named)} if named <= set(known) else known


def check(plan: Plan, variant: Variant, environment: Environment, workspace: Workspace) -> Iterator[Problem]:
    """The references of one Pipeline in one environment."""
    spec: Mapping[str, Any] = variant.values["spec"]
    word = spec.get("deploys")
    if isinstance(word, str):
        yield from _deploys(plan.project, word, variant, environment, workspace)
    name = spec.get("server")
    if isinstance(name, str):
        yield from _server(plan.project, name, variant, environment, workspace)
        return
    here = [
        document
        for (project, _), document in workspace.servers.items()
        if project == plan.project and environment.name in _environments(document)
    ]
    if len(here) == 1:
        yield from _store(here[0], variant, environment, workspace)
    elif here:
        names = ", ".join(f"`{server.name[:60]}`" for server in sorted(here, key=lambda each: each.name)[:12])
        message = f"project `{plan.project}` has {len(here)} pipeline servers, and this pipeline names none"
        there = (("one of them", here[0].place(("metadata", "name"))),)
        yield Problem("MW818", message, variant.place(("spec", "ir")), f"say `server:`, one of {names}", related=there)


def _environments(document: Document) -> Mapping[str, Any]:
    found = spec_of(document).get("environments")
    return found if isinstance(found, Mapping) else {}


def _deploys(
    project: str, word: str, variant: Variant, environment: Environment, workspace: Workspace
) -> Iterator[Problem]:
    runs = workspace.models.get((project, word))
    place = variant.place(("spec", "deploys"))
    if runs is None:
        hint = did_you_mean(word, [name for there, name in workspace.models if there == project])
        yield Problem("MW810", f"there is no model `{word}` in project `{project}`", place, hint)
    elif environment.name not in runs:
        message = f"model `{word}` does not run in environment `{environment.name}`, where this pipeline does"
        hint = f"add `{environment.name}: {{}}` to the model's `environments`, or say `deploys: null` in this one"
        yield Problem("MW811", message, place, hint, effect="risk")


def _server(
    project: str, name: str, variant: Variant, environment: Environment, workspace: Workspace
) -> Iterator[Problem]:
    place = variant.place(("spec", "server"))
    server = workspace.servers.get((project, name))
    if server is None:
        known = [other for there, other in workspace.servers if there == project]
        hint = did_you_mean(name, known) or "write a PipelineServer, or leave `server` out where others run one"
        yield Problem("MW812", f"there is no pipeline server `{name}` in project `{project}`", place, hint)
    elif environment.name not in _environments(server):
        message = f"pipeline server `{name}` does not run in environment `{environment.name}`"
        hint = f"add `{environment.name}: {{}}` to the server's `environments`"
        there = (("the server is here", server.place(("metadata", "name"))),)
        yield Problem("MW813", message, place, hint, effect="broken", related=there)
    else:
        yield from _store(server, variant, environment, workspace)


def stated(document: Document, environment: Environment) -> Mapping[str, Any]:
    """A component's spec as it is in one environment, in long form."""
    from modelwright.load import longform, override

    base = dict(environment.defaults.get(document.kind, {}))
    spec = override(document.kind, base, longform(document.kind, spec_of(document)))
    patch = _environments(document).get(environment.name)
    return override(document.kind, spec, longform(document.kind, patch)) if isinstance(patch, Mapping) else spec


def _store(server: Document, variant: Variant, environment: Environment, workspace: Workspace) -> Iterator[Problem]:
    """A server that keeps pipelines in its database never looks at objects (facts of the operator's `pipelineStore`)."""
    if (server.file, server.index) in workspace.unsound:
        return
    if stated(server, environment).get("store") != "kubernetes":
        message = f"pipeline server `{server.name}` keeps pipelines in its database, and never looks at this one"
        where = variant.place(("spec", "server")) if variant.values["spec"].get("server") else variant.place(("spec", "ir"))
        there = (("the server is here", server.place(("metadata", "name"))),)
        yield Problem("MW814", message, where, "say `store: kubernetes` on the server", effect="broken", related=there)
