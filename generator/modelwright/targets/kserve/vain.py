"""Words of a model that KServe would drop without a word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from modelwright.model import Place, Variant
from modelwright.problems import Problem
from modelwright.typed import Any

STORAGE_URI = "STORAGE_URI"
"""Variable of a custom predictor that asks for the model's files (kserve pkg/apis/serving/v1beta1/predictor_custom.go)."""

UNREAD = {
    "runtime": "the container is the server itself: drop one of them",
    "runtimeVersion": "say the version in the container's `image`",
    "protocol": "KServe reads a container's protocol from its variable PROTOCOL: `env: {PROTOCOL: v2}`",
}
"""Words that KServe reads of a `model` only, and what to do beside a `container`."""


def beside_container(variant: Variant, place: Mapping[str, Any]) -> Iterator[Problem]:
    """MW253 for each word that has no place in a custom predictor. `place` is where its source is."""
    spec = variant.values["spec"]
    if not spec.get("container"):
        return
    words = {word: hint for word, hint in UNREAD.items() if spec.get(word) is not None}
    if place and not fetches(spec, place):
        words["source"] = (
            f"drop one of `source` and variable {STORAGE_URI}"
            if "uri" in place
            else "a container's files are fetched by an address alone: write the whole address as `source`"
        )
    for word, hint in words.items():
        where = variant.place(("spec", word))
        # An environment's defaults are for whoever can use them.
        if where.file == variant.document.file:
            key = Place(where.file, where.document, where.path, key=where.path[-1:] == (word,))
            elsewhere = f"; in one environment alone, `{word}: null` there" if word in UNREAD else ""
            yield _problem("MW253", f"`{word}` has no effect beside `container`", key, hint + elsewhere, variant, error=True)


def fetches(spec: Mapping[str, Any], place: Mapping[str, Any]) -> bool:
    """Whether the source can be said by a variable of the model's own container."""
    own = {**(spec.get("env") or {}), **((spec.get("container") or {}).get("env") or {})}
    return "uri" in place and STORAGE_URI not in own


def idle_canary(variant: Variant, mode: str) -> Iterator[Problem]:
    """MW254 for a canary of standard mode that serves what the stable model serves, or cannot be."""
    spec = variant.values["spec"]
    if not isinstance(spec.get("canary"), Mapping) or mode != "standard":
        return
    at = variant.place(("spec", "canary"))
    if spec.get("container"):
        hint = "use `mode: knative`, or drop `canary`"
        yield _problem("MW254", "in standard mode there is no canary of a `container`", at, hint, variant, error=True)
    elif not spec["canary"].get("source"):
        what = "`canary` has no `source`: in standard mode it serves the same files as the stable model"
        yield _problem("MW254", what, at, "name the new version's files: `canary: {traffic: 10, source: ...}`", variant)


def _problem(code: str, what: str, place: Place, hint: str, variant: Variant, *, error: bool = False) -> Problem:
    return Problem(code, what, place, hint, "ignored", (variant.environment,), level="error" if error else None)
