"""Words of a model that mean something on Open Data Hub only."""

from __future__ import annotations

from collections.abc import Iterator

from modelwright.model import Variant
from modelwright.problems import Problem
from modelwright.resolve.names import spec_of
from modelwright.resolve.workspace import Workspace

ONLY_HERE: tuple[tuple[str, ...], ...] = (("access", "auth"), ("access", "timeout"), ("registry",), ("hardwareProfile",))
"""Words below a model's `spec` that nothing reads on other clusters."""


def problems(variant: Variant, workspace: Workspace) -> Iterator[Problem]:
    """What a model says without effect, or to an effect that does not last."""
    cluster = workspace.environments[variant.environment].cluster
    mesh = workspace.mode(variant) == "modelmesh"
    if not cluster.release.open_data_hub:
        yield from _without_effect(variant, (("registry",),) if mesh else ONLY_HERE)
    if mesh or not cluster.release.open_data_hub:
        return
    spec = variant.values["spec"]
    name = spec.get("runtime")
    runtime = workspace.runtime(variant.project, str(name)) if name else None
    shared = runtime is not None and spec_of(runtime).get("scope") == "cluster"
    if spec.get("format") and (not name or shared):
        yield Problem(
            "MW840",
            f"the model names no runtime of its own project: `{name}` is the whole cluster's" if shared else "the model names no runtime",
            variant.place(("spec", "runtime" if shared else "format")),
            "name one of the project's own: `runtime: my-runtime`",
            effect="risk",
            environments=(variant.environment,),
        )


def _without_effect(variant: Variant, paths: tuple[tuple[str, ...], ...]) -> Iterator[Problem]:
    spec = variant.values["spec"]
    for path in paths:
        value = spec
        for word in path:
            value = (value or {}).get(word)
        if value:
            yield Problem(
                "MW242",
                f"`{'.'.join(path)}` has no effect in environment `{variant.environment}`: it needs Open Data Hub",
                variant.place(("spec", *path)),
                "say it only in the environments that have it",
                effect="ignored",
                environments=(variant.environment,),
            )
