"""Runtimes that serve many models at once, and models made for another mode than the runtime they name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modelwright.model import Document, Variant
from modelwright.problems import Problem
from modelwright.resolve.names import spec_of


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
