"""Which runtime takes a model in ModelMesh: labels compared as exact text.

A model that names its runtime goes there, whatever the runtime lists. Else it asks for its format, with version and
protocol where it says them, of runtimes that offer the format to all (`autoSelect`). Source: modelmesh-serving 0.12,
controllers/modelmesh/model_type_labels.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from modelwright.model import Document, Variant
from modelwright.problems import Problem, did_you_mean
from modelwright.resolve.names import spec_of
from modelwright.resolve.workspace import Environment, Plan, Workspace

Offer = tuple[str, str, frozenset[str]]
"""Format, version and protocols."""

BUILT_IN: Mapping[str, tuple[frozenset[str], tuple[str, ...]]] = {
    "mlserver-1.x": (frozenset({"grpc-v2"}), ("sklearn:0", "xgboost:1", "lightgbm:3")),
    "ovms-1.x": (frozenset({"grpc-v1"}), ("openvino_ir:opset1",)),
    "torchserve-0.x": (frozenset(), ("pytorch-mar:0",)),
    "triton-2.x": (
        frozenset({"grpc-v2"}),
        ("keras:2", "onnx:1", "pytorch:1", "tensorflow:1", "tensorflow:2", "tensorrt:7"),
    ),
}
"""Runtimes that come with ModelMesh: protocols, and formats offered to all (config/runtimes)."""


def multi_model(runtime: Document, environment: str) -> Mapping[str, Any] | None:
    """What a Runtime blueprint says of serving many models at once in an environment; None where it serves one."""
    spec = spec_of(runtime)
    here = (spec.get("environments") or {}).get(environment) or {}
    stated = here["multiModel"] if "multiModel" in here else spec.get("multiModel")
    return stated if isinstance(stated, Mapping) else None


def wrong_runtime(variant: Variant, runtime: Document, mode: str) -> Problem | None:
    """MW842 where a model and the runtime it names are made for different modes."""
    mesh = multi_model(runtime, variant.environment)
    many = mesh is not None
    if many == (mode == "modelmesh"):
        return None
    if mesh is not None and (not mode or mesh.get("container") == "kserve-container"):
        return None  # the cluster's own default may be ModelMesh; and KServe serves with a container of that name
    what = "serves many models in ModelMesh" if many else "serves one model"
    hint = "serve it with `mode: modelmesh`" if many else "name a runtime with `multiModel`, or write `mode: standard`"
    return Problem(
        "MW842",
        f"runtime `{runtime.name}` {what}, which this model is not deployed for",
        variant.place(("spec", "runtime")),
        hint,
        effect="broken",
        related=(("the runtime is here", runtime.place(("metadata", "name"))),),
    )


def unlisted(problems: Iterable[Problem]) -> Iterator[Problem]:
    """MW841 for what a runtime does not list: ModelMesh sends it the model all the same."""
    for problem in problems:
        if problem.code != "MW803":
            message = f"{problem.message}; ModelMesh sends it the model all the same"
            yield replace(problem, code="MW841", message=message, effect="risk")


def unwanted(plan: Plan, variant: Variant, environment: Environment, workspace: Workspace) -> Iterator[Problem]:
    """MW843 for a model that names no runtime, where the cluster's runtimes are known and none takes it."""
    spec: Mapping[str, Any] = variant.values["spec"]
    installed = environment.cluster.runtimes
    wanted = spec.get("format")
    if not installed or not installed <= set(BUILT_IN) or not isinstance(wanted, Mapping):
        return
    offers = [offer for name in sorted(installed) for offer in _built_in(name)]
    for (project, _), runtime in sorted(workspace.runtimes.items()):
        if project in ("", plan.project) and (runtime.file, runtime.index) not in workspace.unsound:
            offers += _offers(runtime, environment)
    name, version, protocol = str(wanted.get("name")), wanted.get("version"), spec.get("protocol")
    named = [offer for offer in offers if offer[0] == name]
    if any(version in (None, o[1]) and (protocol is None or protocol in o[2]) for o in named):
        return
    asked = f"`{name}`" + (f" version `{version}`" if version is not None and named else "")
    asked += f" by protocol `{protocol}`" if protocol and any(version in (None, o[1]) for o in named) else ""
    listed = ", ".join(sorted({f"`{o[0]}: {o[1]}`" for o in named}))
    yield Problem(
        "MW843",
        f"no multi-model runtime of environment `{environment.name}` takes {asked}",
        variant.place(("spec", "format", "version" if version is not None and named else "name")),
        f"compared as exact text; offered: {listed}" if named else did_you_mean(name, sorted({o[0] for o in offers})),
        effect="broken",
    )


def _built_in(name: str) -> Iterator[Offer]:
    protocols, formats = BUILT_IN[name]
    for each in formats:
        found, _, version = each.partition(":")
        yield found, version, _spoken(protocols)


def _offers(runtime: Document, environment: Environment) -> Iterator[Offer]:
    from modelwright.load import longform

    spec = longform("Runtime", spec_of(runtime))
    if multi_model(runtime, environment.name) is None or spec.get("disabled") or environment.name not in (spec.get("environments") or {}):
        return
    protocols = _spoken(frozenset(map(str, spec.get("protocols") or ())))
    for each in spec.get("formats") or ():
        if isinstance(each, Mapping) and each.get("autoSelect"):
            yield str(each.get("name")), str(each.get("version") or ""), protocols


def _spoken(protocols: frozenset[str]) -> frozenset[str]:
    """The REST proxy gives v2 to whatever speaks grpc-v2."""
    return protocols | {"v2"} if "grpc-v2" in protocols else protocols
