"""Names that blueprints say of each other: sizes, connections, runtimes and what a runtime can serve."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from modelwright.model import Document, Path, Variant
from modelwright.problems import Problem, did_you_mean, merged
from modelwright.resolve import pipelines, runtimes, sources
from modelwright.resolve.workspace import Environment, Plan, Workspace


def check(plans: Iterable[Plan], workspace: Workspace) -> tuple[Problem, ...]:
    """Every reference of every variant; the same mistake in several environments is told once."""
    found: list[Problem] = []
    for plan in plans:
        for name, variant in plan.variants.items():
            environment = workspace.environments[name]
            for problem in _variant_problems(plan, variant, environment, workspace):
                found.append(_in(problem, name))
    return merged(found)


def _in(problem: Problem, environment: str) -> Problem:
    from dataclasses import replace

    return replace(problem, environments=(environment,))


def _variant_problems(
    plan: Plan, variant: Variant, environment: Environment, workspace: Workspace
) -> Iterator[Problem]:
    spec: Mapping[str, Any] = variant.values["spec"]
    for path, size in sizes(spec):
        if size not in environment.sizes:
            yield Problem(
                "MW209",
                f"there is no size `{size}` in environment `{environment.name}`",
                variant.place(path),
                did_you_mean(size, list(environment.sizes)) or "define it under the environment's `sizes`",
            )
    for path, connection in connections(spec):
        if connection not in workspace.connections:
            yield Problem(
                "MW210",
                f"there is no connection `{connection}`",
                variant.place(path),
                did_you_mean(connection, list(workspace.connections)),
            )
    if plan.document.kind == "Pipeline":
        yield from pipelines.check(plan, variant, environment, workspace)
    if plan.document.kind == "Model":
        yield from sources.check(variant, environment, workspace)
        yield from runtimes.check(variant, environment, workspace)


def sizes(spec: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """The sizes that a component's containers name, each with the path of its word."""
    parts: list[tuple[Path, Any]] = [(("spec",), spec)]
    parts += [(("spec", word), spec.get(word)) for word in ("container", "transformer", "explainer", "workers")]
    sides = spec.get("sidecars")
    parts += [(("spec", "sidecars", name), side) for name, side in sides.items()] if isinstance(sides, Mapping) else []
    for path, part in parts:
        if isinstance(part, Mapping) and isinstance(part.get("size"), str):
            yield (*path, "size"), part["size"]


def connections(spec: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """The connections a spec names, each with the path of its word."""
    source = spec.get("source")
    if isinstance(source, dict) and isinstance(source.get("connection"), str):
        yield ("spec", "source", "connection"), source["connection"]
    for word in ("objectStorage", "database"):
        store = spec.get(word)
        if isinstance(store, Mapping) and isinstance(store.get("connection"), str):
            yield ("spec", word, "connection"), store["connection"]
    canary = spec.get("canary")
    if isinstance(canary, dict) and isinstance(canary.get("source"), Mapping):
        word = canary["source"].get("connection")
        if isinstance(word, str):
            yield ("spec", "canary", "source", "connection"), word


def runs_nowhere(document: Document, workspace: Workspace, *, needed: bool = False) -> Problem:
    """MW219, at the component that names no environment. `needed`: a model asks for it, and cannot run without.

    However many models do, in whatever environments, their findings are equal but for the environment.
    """
    what = f"{document.kind} `{document.name}` runs nowhere"
    return Problem(
        "MW219",
        f"{what}, and models need it" if needed else what,
        document.place(("spec",), key=True),
        f"name its environments: `environments: {{{next(iter(workspace.environments), 'dev')}: {{}}}}`",
        effect="broken" if needed else "ignored",
    )
