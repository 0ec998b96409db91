"""The kustomization file: its words and their types (api/types/kustomization.go, Kustomize 5.8).

Kustomize reads it as YAML 1.1 into JSON, then into Go's types: unknown words and wrong types stop it, a word said twice
counts as said last, upper and lower case are one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from modelwright.kustomize.refusal import At, Refused, place_of
from modelwright.model import Place
from modelwright.problems import Problem, did_you_mean

NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
"""What a kustomization file may be called."""

Shape = str | tuple[str, Any] | Mapping[str, Any]
"""`text`, `flag`, `number`, `any`; `("list", shape)`, `("map", shape)`; or the words of a record."""

_TEXTS = ("list", "text")
_TEXT_MAP = ("map", "text")
SELECTOR: Mapping[str, Shape] = dict.fromkeys(
    ("group", "version", "kind", "name", "namespace", "annotationSelector", "labelSelector"), "text"
)
FIELD_SPEC: Mapping[str, Shape] = {**dict.fromkeys(("group", "version", "kind", "path"), "text"), "create": "flag"}
_OPTIONS: Mapping[str, Shape] = {
    "labels": _TEXT_MAP,
    "annotations": _TEXT_MAP,
    "disableNameSuffixHash": "flag",
    "immutable": "flag",
}
GENERATOR: Mapping[str, Shape] = {
    **dict.fromkeys(("name", "namespace", "behavior", "env"), "text"),
    "literals": _TEXTS,
    "files": _TEXTS,
    "envs": _TEXTS,
    "options": _OPTIONS,
}
PATCH: Mapping[str, Shape] = {
    "path": "text",
    "patch": "text",
    "target": SELECTOR,
    "options": {"allowNameChange": "flag", "allowKindChange": "flag"},
}
IMAGE: Mapping[str, Shape] = dict.fromkeys(("name", "newName", "tagSuffix", "newTag", "digest"), "text")
_FIELD_OPTIONS: Mapping[str, Shape] = {"delimiter": "text", "index": "number", "encoding": "text", "create": "flag"}
REPLACEMENT: Mapping[str, Shape] = {
    "source": {**dict.fromkeys(("group", "version", "kind", "name", "namespace", "fieldPath"), "text"), "options": _FIELD_OPTIONS},
    "targets": ("list", {"select": SELECTOR, "reject": ("list", SELECTOR), "fieldPaths": _TEXTS, "options": _FIELD_OPTIONS}),
    "sourceValue": "text",
}
_VAR: Mapping[str, Shape] = {
    "name": "text",
    "objref": dict.fromkeys(("apiVersion", "group", "version", "kind", "name", "namespace"), "text"),
    "fieldref": {"fieldPath": "text"},
}
WORDS: Mapping[str, Shape] = {
    "apiVersion": "text",
    "kind": "text",
    "metadata": {"name": "text", "namespace": "text", "labels": _TEXT_MAP, "annotations": _TEXT_MAP},
    "openapi": _TEXT_MAP,
    "namePrefix": "text",
    "nameSuffix": "text",
    "namespace": "text",
    "commonLabels": _TEXT_MAP,
    "labels": (
        "list",
        {"pairs": _TEXT_MAP, "includeSelectors": "flag", "includeTemplates": "flag", "fields": ("list", FIELD_SPEC)},
    ),
    "commonAnnotations": _TEXT_MAP,
    "patchesStrategicMerge": _TEXTS,
    "patchesJson6902": ("list", PATCH),
    "patches": ("list", PATCH),
    "images": ("list", IMAGE),
    "imageTags": ("list", IMAGE),
    "replacements": ("list", {**REPLACEMENT, "path": "text"}),
    "replicas": ("list", {"name": "text", "count": "number"}),
    "vars": ("list", _VAR),
    "sortOptions": {"order": "text", "legacySortOptions": {"orderFirst": _TEXTS, "orderLast": _TEXTS}},
    "resources": _TEXTS,
    "components": _TEXTS,
    "crds": _TEXTS,
    "bases": _TEXTS,
    "configMapGenerator": ("list", GENERATOR),
    "secretGenerator": ("list", {**GENERATOR, "type": "text"}),
    "helmGlobals": "any",
    "helmCharts": ("list", "any"),
    "helmChartInflationGenerator": ("list", "any"),
    "generatorOptions": _OPTIONS,
    "configurations": _TEXTS,
    "generators": _TEXTS,
    "transformers": _TEXTS,
    "validators": _TEXTS,
    "buildMetadata": _TEXTS,
}

_TYPES: Mapping[str, str] = {"text": "text", "flag": "true or false", "number": "a whole number"}


def parse(data: bytes, file: str) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    """The words of a kustomization file, and what it says in vain. Raises Refused with all that is wrong with it."""
    from modelwright.yamlio import decode, read

    text, problems = decode(data, file)
    documents: tuple[Any, ...] = ()
    if not problems:
        documents, problems = read(text, file)
    if not documents and problems:
        raise Refused(*problems)
    vain = tuple(replace(p, effect="ignored") for p in problems if p.code == "MW103")
    wrong = [p for p in problems if p.code != "MW103"]
    place = Place(file)
    document = documents[0] if documents else None
    if document is not None and not isinstance(document, dict):
        raise Refused(Problem("MW462", "a kustomization is a map of words", place))
    words = checked(document or {}, WORDS, place, wrong) if not wrong else {}
    if not wrong:
        wrong += _head(words, place)
    if wrong:
        raise Refused(*wrong)
    if not words.keys() - {"apiVersion", "kind"}:
        raise Refused(Problem("MW460", "this kustomization is empty", place, "name files under `resources`"))
    return words, vain


def _head(words: Mapping[str, Any], place: Place) -> list[Problem]:
    kind = words.get("kind") or "Kustomization"
    if kind not in ("Kustomization", "Component"):
        return [Problem("MW462", f"`kind: {kind}` is no kustomization", replace(place, path=("kind",)), "write Kustomization or Component")]
    wanted = "kustomize.config.k8s.io/" + ("v1alpha1" if kind == "Component" else "v1beta1")
    stated = words.get("apiVersion") or wanted
    if stated != wanted:
        return [Problem("MW462", f"a {kind} is of `{wanted}`, not `{stated}`", replace(place, path=("apiVersion",)))]
    return []


def checked(value: Any, shape: Shape, at: At, wrong: list[Problem]) -> Any:
    """A value as Go's types hold it, words spelt as theirs; what does not fit is reported."""
    if shape == "any":
        return value
    if isinstance(shape, str):
        return _single(value, shape, at, wrong)
    if isinstance(shape, tuple):
        kind, inner = shape
        if kind == "list":
            if not isinstance(value, list):
                wrong.append(Problem("MW462", f"a list is expected here, not {_what(value)}", place_of(at)))
                return []
            return [checked(_zero(inner) if v is None else v, inner, (at, i), wrong) for i, v in enumerate(value)]
        if not isinstance(value, dict):
            wrong.append(Problem("MW462", f"a map is expected here, not {_what(value)}", place_of(at)))
            return {}
        return {key: checked("" if v is None else v, inner, (at, key), wrong) for key, v in value.items()}
    if not isinstance(value, dict):
        wrong.append(Problem("MW462", f"a map is expected here, not {_what(value)}", place_of(at)))
        return {}
    folded = {word.casefold(): word for word in shape}
    made: dict[str, Any] = {}
    for key in sorted(value):
        word = folded.get(key.casefold())
        if word is None:
            place = replace(place_of((at, key)), key=True)
            wrong.append(Problem("MW461", f"kustomize knows no word `{key}` here", place, did_you_mean(key, list(shape))))
        elif value[key] is not None:
            made[word] = checked(value[key], shape[word], (at, key), wrong)
    return made


def _zero(shape: Shape) -> Any:
    if isinstance(shape, str):
        return {"text": "", "flag": False, "number": 0}.get(shape)
    return [] if isinstance(shape, tuple) and shape[0] == "list" else {}


def _single(value: Any, shape: str, at: At, wrong: list[Problem]) -> Any:
    fits = {
        "text": isinstance(value, str),
        "flag": isinstance(value, bool),
        "number": isinstance(value, int) and not isinstance(value, bool),
    }
    if fits[shape]:
        return value
    hint = "put quotes around it" if shape == "text" and isinstance(value, bool | int | float) else ""
    wrong.append(Problem("MW462", f"{_TYPES[shape]} is expected here, not {_what(value)}", place_of(at), hint))
    return _zero(shape)


def _what(value: Any) -> str:
    if isinstance(value, dict):
        return "a map"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, str):
        return "text"
    if isinstance(value, bool):
        return "true or false"
    return "nothing" if value is None else "a number"
