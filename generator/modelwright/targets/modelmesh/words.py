"""Words of a blueprint that ModelMesh does not read, or cannot serve.

It makes a Predictor of an InferenceService from `predictor.model.{modelFormat,protocolVersion,runtime,storageUri,
storage}` alone (modelmesh-serving pkg/predictor_source/inferenceservice_registry.go); all else passes in silence.
"""

from __future__ import annotations

from collections.abc import Iterator

from modelwright.model import Place, Variant
from modelwright.problems import Problem
from modelwright.typed import Any

READ = frozenset({"format", "source", "runtime", "protocol", "mode", "transformer", "registry", "manifests", "extras"})
"""Words of a model that somebody reads. A transformer runs as a pod of KServe's; the registry's are labels."""

SCALE = frozenset({"replicas", "autoscale", "concurrency", "timeout", "strategy", "stopped"})
ALONE = frozenset({"canary", "logger", "batcher", "explainer", "workers", "runtimeVersion"})
CANNOT = {
    "container": "ModelMesh serves models of a format, not a container of your own",
    "sources": "ModelMesh fetches a model from one place",
}
"""Words in whose place ModelMesh needs another, and why."""

UNREAD_OF_A_RUNTIME = frozenset({"workers"})


def unread(variant: Variant) -> Iterator[Problem]:
    """MW700 for each word that has no effect, MW701 for those that leave nothing to serve."""
    spec = variant.values["spec"]
    if variant.document.kind == "Runtime":
        for word in sorted(UNREAD_OF_A_RUNTIME & set(spec)):
            yield _ignored(variant, word, "a runtime that serves many models runs on single nodes: drop it")
        return
    for word, value in spec.items():
        if word in CANNOT:
            yield Problem(
                "MW701",
                CANNOT[word],
                _key(variant, word),
                "say `format` and `source`, or serve it on its own: `mode: standard`",
                effect="broken",
                environments=(variant.environment,),
            )
        elif word not in READ and _means_something(value) and _own(variant, word):
            yield _ignored(variant, word, _hint(word, spec.get("runtime")))


def _ignored(variant: Variant, word: str, hint: str) -> Problem:
    return Problem(
        "MW700",
        f"ModelMesh ignores `{word}`",
        _key(variant, word),
        hint,
        effect="ignored",
        environments=(variant.environment,),
    )


def _hint(word: str, runtime: Any) -> str:
    where = f"runtime `{runtime}`" if runtime else "its runtime"
    if word in SCALE:
        return f"models share the pods of {where}: how many there are is said there, `multiModel: {{replicas: 2}}`"
    if word in ALONE:
        return "drop it, or serve the model on its own: `mode: standard`"
    if word == "access":
        return f"routes and tokens are those of {where}: annotations `enable-route` and `enable-auth` there"
    return f"models share the pods of {where}: say it there"


def _means_something(value: Any) -> bool:
    return value is not None and value is not False


def _own(variant: Variant, word: str) -> bool:
    """Whether the blueprint says it itself: an environment's defaults are for whoever can use them."""
    return variant.place(("spec", word)).file == variant.document.file


def _key(variant: Variant, word: str) -> Place:
    place = variant.place(("spec", word))
    return Place(place.file, place.document, place.path, key=place.path[-1:] == (word,))
