"""What ModelMesh's templates read of a Model or a multi-model Runtime."""

from __future__ import annotations

from collections.abc import Mapping

from modelwright.expand.template import Derived
from modelwright.model import Place, Variant
from modelwright.problems import Problem
from modelwright.resolve.workspace import Environment, Workspace
from modelwright.targets import Piece, Pieces
from modelwright.targets.kserve.storage import unread as without_effect
from modelwright.targets.kserve.values import mode_place, own, runtime_piece, side, words
from modelwright.targets.modelmesh.storage import storage
from modelwright.targets.modelmesh.words import unread
from modelwright.typed import Any

SERVER = "modelserver"
"""Name of a server's container where no built-in adapter asks for another."""


def pieces(variant: Variant, workspace: Workspace) -> Pieces:
    """Templates and values for one variant, and what it says to no effect."""
    environment = workspace.environments[variant.environment]
    runtime = variant.document.kind == "Runtime"
    if environment.cluster.release.lacks("modelmesh"):
        said = variant.place(("spec", "multiModel")) if runtime else mode_place(variant, environment)
        return (), (_gone(environment, said),)
    problems = tuple(unread(variant))
    if any(problem.severity == "error" for problem in problems):
        return (), problems
    if runtime:
        return (_runtime(variant, environment),), problems
    source = variant.values["spec"].get("source") or {}
    place = storage(source, workspace, environment)
    return (_model(variant, environment, place),), (*problems, *without_effect(variant, ("spec", "source"), source, place))


def _gone(environment: Environment, place: Place) -> Problem:
    return Problem(
        "MW240",
        f"environment `{environment.name}` has no ModelMesh: {environment.cluster.release.lacks('modelmesh')}",
        place,
        "serve each model on its own: `mode: standard`, with a runtime for one model",
        effect="broken",
        environments=(environment.name,),
    )


def _model(variant: Variant, environment: Environment, place: Mapping[str, Any]) -> Piece:
    spec: Mapping[str, Any] = variant.values["spec"]
    values = {
        **words(variant),
        "labels": own(variant, "labels") or None,
        "annotations": own(variant, "annotations"),
        "storage": place,
        "transformer": side(spec, "transformer", environment),
    }
    return Piece("inferenceservice.yaml.j2", values)


def _runtime(variant: Variant, environment: Environment) -> Piece:
    mesh: Mapping[str, Any] = variant.values["spec"]["multiModel"]
    at = ("spec", "multiModel")
    server = (mesh.get("adapter") or {}).get("serverType")
    name: Any = Derived(server, ((*at, "adapter", "serverType"),)) if isinstance(server, str) else SERVER
    if mesh.get("container"):
        name = Derived(mesh["container"], ((*at, "container"),))
    return runtime_piece(variant, environment, name)
