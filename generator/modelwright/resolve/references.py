"""Names that blueprints say of each other: sizes, connections, runtimes and what a runtime can serve."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from modelwright.model import Document, Path, Variant
from modelwright.problems import Problem, did_you_mean, merged
from modelwright.resolve import modelmesh, pipelines, sources
from modelwright.resolve.names import spec_of
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
        yield from _runtime_problems(plan, variant, environment, workspace)


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


def _runtime_problems(
    plan: Plan, variant: Variant, environment: Environment, workspace: Workspace
) -> Iterator[Problem]:
    spec: Mapping[str, Any] = variant.values["spec"]
    word = spec.get("runtime")
    mode = workspace.mode(variant)
    if not isinstance(word, str):
        if mode == "modelmesh":
            yield from modelmesh.unwanted(plan, variant, environment, workspace)
        return
    runtime = workspace.runtime(plan.project, word)
    if runtime is None:
        yield from _unknown_runtime(word, plan, variant, environment, workspace)
        return
    if (runtime.file, runtime.index) in workspace.unsound:
        return
    named = spec_of(runtime).get("environments") or {}
    if not named:
        yield runs_nowhere(runtime, workspace, needed=True)
        return
    if environment.name not in named:
        if not all(name in workspace.environments for name in named):
            return  # told at the runtime: the misspelt name may be this one
        yield Problem(
            "MW211",
            f"runtime `{word}` does not run in environment `{environment.name}`",
            variant.place(("spec", "runtime")),
            f"add `{environment.name}: {{}}` to the runtime's `environments`",
            effect="broken",
            related=(("the runtime is here", runtime.place(("metadata", "name"))),),
        )
        return
    here = named[environment.name] or {}
    if here["disabled"] if "disabled" in here else spec_of(runtime).get("disabled"):
        yield Problem(
            "MW211",
            f"runtime `{word}` is disabled",
            variant.place(("spec", "runtime")),
            "name another, or drop `disabled` there",
            effect="broken",
            related=(("the runtime is here", runtime.place(("metadata", "name"))),),
        )
        return
    wrong = modelmesh.wrong_runtime(variant, runtime, mode)
    if wrong is not None:
        yield wrong
    elif mode == "modelmesh":
        yield from modelmesh.unlisted(_fit(variant, runtime))
    else:
        yield from _fit(variant, runtime)


def _unknown_runtime(
    word: str, plan: Plan, variant: Variant, environment: Environment, workspace: Workspace
) -> Iterator[Problem]:
    """MW211 for a runtime that the workspace does not make.

    Where the cluster does not say what others installed, it may be there: only a name much like one made here is told.
    """
    from difflib import get_close_matches

    installed = environment.cluster.runtimes
    listed = spec_of(environment.cluster.document).get("runtimes") is not None
    known = {name for project, name in workspace.runtimes if project in ("", plan.project)}
    if word in installed:
        return
    if listed:
        hint = did_you_mean(word, sorted(known | installed))
    else:
        made = {name: project for project, name in workspace.runtimes}
        near = next(iter(get_close_matches(word, sorted(made), n=1, cutoff=0.8)), "")
        if not near or word.startswith("kserve-") or word in modelmesh.BUILT_IN:
            return
        hint = f"did you mean `{near}`?" if near in known else f"`{near}` is a runtime of project `{made[near]}` alone"
        hint += " If others installed it, name it in the cluster's `runtimes`"
    yield Problem(
        "MW211",
        f"there is no runtime `{word}` for project `{plan.project}` in environment `{environment.name}`",
        variant.place(("spec", "runtime")),
        hint,
        effect="broken",
        level=None if listed else "warning",
    )


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


def _fit(variant: Variant, runtime: Document) -> Iterator[Problem]:
    """Format, version and protocol against what the runtime lists.

    KServe matches exact strings when it reconciles (pkg/apis/serving/v1beta1/predictor_model.go).
    """
    from modelwright.load import longform

    spec: Mapping[str, Any] = variant.values["spec"]
    offered = longform("Runtime", runtime.data.get("spec") or {})
    formats = [f for f in offered.get("formats") or () if isinstance(f, dict)]
    wanted = spec.get("format")
    related = (("the runtime lists its formats here", runtime.place(("spec", "formats"))),)
    if isinstance(wanted, dict) and isinstance(wanted.get("name"), str):
        names = [str(f.get("name")) for f in formats]
        if wanted["name"] not in names:
            yield Problem(
                "MW801",
                f"runtime `{runtime.name}` cannot serve format `{wanted['name']}`",
                variant.place(("spec", "format", "name")),
                did_you_mean(wanted["name"], names),
                effect="broken",
                related=related,
            )
            return
        version = wanted.get("version")
        versions = [f.get("version") for f in formats if f.get("name") == wanted["name"]]
        if version is not None and versions and version not in versions:
            listed = ", ".join(f"`{v}`" for v in versions if v is not None) or "none"
            yield Problem(
                "MW802",
                f"runtime `{runtime.name}` does not list version `{version}` of format `{wanted['name']}`",
                variant.place(("spec", "format", "version")),
                f"versions are compared as exact text; listed: {listed}",
                effect="broken",
                related=related,
            )
    protocol = spec.get("protocol")
    protocols = [str(p) for p in offered.get("protocols") or ()]
    if isinstance(protocol, str) and protocols and protocol not in protocols:
        yield Problem(
            "MW803",
            f"runtime `{runtime.name}` does not speak protocol `{protocol}`",
            variant.place(("spec", "protocol")),
            did_you_mean(protocol, protocols),
            effect="broken",
            related=(("the runtime lists its protocols here", runtime.place(("spec", "protocols"))),),
        )
