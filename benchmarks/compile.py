"""Compile, build and judge: modelwright against its peers on the same models."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from measure import Usage, median
from peers import kapitan, kubeconform, kustomize, modelwright
from table import Table, ratio, seconds
from workspace import ENVIRONMENTS, shapes, write

COLUMNS = ("way", "wall", "CPU", "wall ratio", "CPU ratio")
SAMPLE = 20  # models whose objects are compared, in every environment


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured; `serial` and `kapitan` bound the peers' share, which is then scaled."""

    models: int
    repeat: int
    serial: int
    kapitan: int
    crds: Path | None


def table(plan: Plan) -> Table:
    tools = kustomize.tools()
    notes = [
        f"modelwright: median of {plan.repeat}. kustomize reads overlays that modelwright wrote; "
        "it expands no blueprints and computes no patches. Kapitan judges nothing."
    ]
    with tempfile.TemporaryDirectory() as temporary:
        here = Path(temporary)
        workspace = here / "workspace"
        write(workspace, plan.models)
        cold = median([modelwright.cold(workspace) for _ in range(plan.repeat)])
        again = median([modelwright.compiled(workspace) for _ in range(plan.repeat)])
        rows = [("modelwright compile", cold), ("modelwright compile, nothing changed", again)]
        for label, schemas in kubeconform.columns(here, kustomize.KINDS, plan.crds):
            for way, usage in kustomize.ways(tools, workspace, schemas, plan.serial):
                rows.append((f"kustomize + kubeconform, {label} schemas, {way}", usage))
        try:
            rows += _kapitan(plan, tools, workspace, here, notes)
        except subprocess.CalledProcessError as failed:
            notes.append(f"Kapitan is not measured: {' '.join(failed.cmd)} failed")
    lines = tuple((label, *_figures(usage, cold)) for label, usage in rows)
    return Table(f"{plan.models:,} models in {len(ENVIRONMENTS)} environments", COLUMNS, lines, tuple(notes))


def _figures(usage: Usage, base: Usage) -> tuple[str, ...]:
    return seconds(usage.wall), seconds(usage.cpu), ratio(usage.wall / base.wall), ratio(usage.cpu / base.cpu)


def _kapitan(
    plan: Plan, tools: kustomize.Tools, workspace: Path, here: Path, notes: list[str]
) -> Iterator[tuple[str, Usage]]:
    program = kapitan.installed()
    count = min(plan.models, plan.kapitan)
    scaled = f", scaled from {count:,} models" if count < plan.models else ""
    expected = _sample(tools, workspace, count)
    for form in kapitan.FORMS:
        folder = here / f"{form.name}-{form.backend}"
        kapitan.write(folder, form, count)
        usage = kapitan.compiled(program, folder, form)
        _compare(kapitan.objects(folder), expected, count * len(ENVIRONMENTS), form)
        yield f"Kapitan, {form.label}{scaled}", usage.times(plan.models / count)
    notes.append(
        f"Kapitan {kapitan.VERSION}, fork, a process per CPU; its fastest backend: "
        + ", ".join(f"{form.backend} ({form.name})" for form in kapitan.FORMS if form.backend)
        + f". Each form wrote {count * len(ENVIRONMENTS):,} InferenceServices; "
        f"{len(expected)} of them compared with kustomize's build of our overlays: equal."
    )


def _sample(tools: kustomize.Tools, workspace: Path, count: int) -> kapitan.Objects:
    names = [shape.name for shape in shapes(count)][:: max(1, count // SAMPLE)][:SAMPLE]
    built = (
        manifest
        for environment in ENVIRONMENTS
        for name in names
        for manifest in kustomize.built(tools, workspace, environment, name)
    )
    return {(m["metadata"]["namespace"], m["metadata"]["name"]): m for m in built}


def _compare(made: kapitan.Objects, expected: kapitan.Objects, count: int, form: kapitan.Form) -> None:
    """Equal work is proven: as many objects, and those of the sample the same as parsed data."""
    if len(made) != count:
        raise SystemExit(f"Kapitan ({form.name}) wrote {len(made)} objects, not {count}")
    for key, manifest in expected.items():
        if made.get(key) != manifest:
            raise SystemExit(f"Kapitan ({form.name}) and modelwright differ at {'/'.join(key)}")
