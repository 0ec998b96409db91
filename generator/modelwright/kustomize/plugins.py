"""Plugins that kustomize has built in, configured by objects under `transformers:` and `generators:`.

All others are programs, which nothing here runs (api/internal/plugins/loader; `apiVersion: builtin`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from modelwright.kustomize import transform
from modelwright.kustomize.fields import FieldSpec, slots
from modelwright.kustomize.kustomization import (
    FIELD_SPEC,
    GENERATOR,
    IMAGE,
    PATCH,
    REPLACEMENT,
    SELECTOR,
    checked,
)
from modelwright.kustomize.nodes import copied, in_place_of, plain_data, text_node, text_of
from modelwright.kustomize.refusal import At, Misfit, Refused, refuse
from modelwright.kustomize.replacements import replace_all, selector_of
from modelwright.kustomize.resource import Resource, Resources

if TYPE_CHECKING:
    from modelwright.kustomize.build import Build, _Folder
    from modelwright.problems import Problem

_SPECS = ("list", FIELD_SPEC)
_TEXT_MAP = ("map", "text")
_GENERATOR = {**GENERATOR, "metadata": {"name": "text", "namespace": "text"}}
_SHAPES: Mapping[str, Any] = {
    "AnnotationsTransformer": {"annotations": _TEXT_MAP, "fieldSpecs": _SPECS},
    "LabelTransformer": {"labels": _TEXT_MAP, "fieldSpecs": _SPECS},
    "NamespaceTransformer": {
        "metadata": {"namespace": "text"},
        "fieldSpecs": _SPECS,
        "unsetOnly": "flag",
        "setRoleBindingSubjects": "text",
    },
    "PrefixTransformer": {"prefix": "text", "fieldSpecs": _SPECS},
    "SuffixTransformer": {"suffix": "text", "fieldSpecs": _SPECS},
    "PrefixSuffixTransformer": {"prefix": "text", "suffix": "text", "fieldSpecs": _SPECS},
    "ImageTagTransformer": {"imageTag": IMAGE, "fieldSpecs": _SPECS},
    "ReplicaCountTransformer": {"replica": {"name": "text", "count": "number"}, "fieldSpecs": _SPECS},
    "PatchTransformer": PATCH,
    "PatchStrategicMergeTransformer": {"paths": ("list", "text"), "patches": "text"},
    "PatchJson6902Transformer": {"target": SELECTOR, "path": "text", "jsonOp": "text"},
    "ReplacementTransformer": {"replacements": ("list", {**REPLACEMENT, "path": "text"})},
    "ValueAddTransformer": {
        "value": "text",
        "targets": ("list", {"selector": SELECTOR, "fieldPath": "text", "filePathPosition": "number"}),
        "targetFilePath": "text",
    },
    "ConfigMapGenerator": _GENERATOR,
    "SecretGenerator": {**_GENERATOR, "type": "text"},
}
_NEEDS = "build it with your own kustomize: `--kustomize`"


def _words(config: Resource, at: At) -> dict[str, Any]:
    """What a plugin's configuration says; words that are not its own are passed over, as upstream does."""
    kind = config.kind
    if config.gvk.api_version != "builtin" or kind not in _SHAPES:
        raise refuse("MW466", f"{kind} is a plugin: a program of its own", at, _NEEDS)
    try:
        data = plain_data(copied(config.body))
    except Misfit as error:
        raise refuse("MW477", str(error), at) from None
    wrong: list[Problem] = []
    words: dict[str, Any] = checked(data, _SHAPES[kind], config.at, wrong)
    kept = [problem for problem in wrong if problem.code != "MW461"]
    if kept:
        raise Refused(*kept)
    return words


def generate(build: Build, folder: _Folder, config: Resource, at: At) -> Resource:
    """The object a built-in generator makes."""
    words = _words(config, at)
    if config.kind not in ("ConfigMapGenerator", "SecretGenerator"):
        raise refuse("MW477", f"{config.kind} is no generator", at)
    named = words.get("metadata") or {}
    args = {**words, "name": words.get("name") or named.get("name", "")}
    args["namespace"] = words.get("namespace") or named.get("namespace", "")
    args["options"] = words.get("options") or {}
    return build._generated(folder, config.kind.removesuffix("Generator"), args, config.at)


def run(build: Build, folder: _Folder, resources: Resources, config: Resource, at: At) -> None:
    """Run a built-in transformer."""
    words = _words(config, at)
    work = _RUNS.get(config.kind)
    if work is None:
        raise refuse("MW477", f"{config.kind} is no transformer", at)
    work(build, folder, resources, words, config.at)
    resources.changed()


_Run = Callable[["Build", "_Folder", Resources, Mapping[str, Any], At], None]


def _specs(words: Mapping[str, Any]) -> tuple[FieldSpec, ...]:
    from modelwright.kustomize.build import field_specs

    return field_specs(words.get("fieldSpecs"))


def _annotations(build: Build, folder: _Folder, resources: Resources, words: Mapping[str, Any], at: At) -> None:
    transform.set_texts(resources, words.get("annotations") or {}, _specs(words), "`annotations`", at)


def _labels(build: Build, folder: _Folder, resources: Resources, words: Mapping[str, Any], at: At) -> None:
    transform.set_texts(resources, words.get("labels") or {}, _specs(words), "`labels`", at)


def _namespace(build: Build, folder: _Folder, resources: Resources, words: Mapping[str, Any], at: At) -> None:
    subjects = words.get("setRoleBindingSubjects") or "defaultOnly"
    if subjects not in ("defaultOnly", "allServiceAccounts", "none"):
        message = f"`setRoleBindingSubjects: {subjects}` is none of defaultOnly, allServiceAccounts, none"
        raise refuse("MW477", message, (at, "setRoleBindingSubjects"))
    namespace = (words.get("metadata") or {}).get("namespace", "")
    if namespace:
        only = words.get("unsetOnly", False)
        transform.set_namespace(resources, namespace, _specs(words), at, unset_only=only, subjects=subjects)


def _affixes(build: Build, folder: _Folder, resources: Resources, words: Mapping[str, Any], at: At) -> None:
    if "fieldSpecs" not in words:
        raise refuse("MW477", "it needs `fieldSpecs`", at)
    for word in ("prefix", "suffix"):
        if words.get(word):
            transform.affix(resources, _specs(words), at, **{word: words[word]})


def _images(build: Build, folder: _Folder, resources: Resources, words: Mapping[str, Any], at: At) -> None:
    transform.set_images(resources, words.get("imageTag") or {}, _specs(words), at)


def _replicas(build: Build, folder: _Folder, resources: Resources, words: Mapping[str, Any], at: At) -> None:
    replica = words.get("replica") or {}
    transform.set_replicas(resources, replica.get("name", ""), replica.get("count", 0), _specs(words), at)


def _patch(build: Build, folder: _Folder, resources: Resources, words: Mapping[str, Any], at: At) -> None:
    build.patch(folder, resources, words, at)


def _merges(build: Build, folder: _Folder, resources: Resources, words: Mapping[str, Any], at: At) -> None:
    texts = [*(words.get("paths") or ()), *([words["patches"]] if words.get("patches") else ())]
    changes = [(each, at) for text in texts for each in build.merges(folder, text, at)]
    if not changes:
        raise refuse("MW471", "these patches are empty", at)
    build.merge_named(resources, changes)


def _json(build: Build, folder: _Folder, resources: Resources, words: Mapping[str, Any], at: At) -> None:
    build.old_json(folder, resources, {**words, "patch": words.get("jsonOp", "")}, at)


def _replacements(build: Build, folder: _Folder, resources: Resources, words: Mapping[str, Any], at: At) -> None:
    entries = build.replacements(folder, words.get("replacements") or (), (at, "replacements"))
    replace_all(resources, entries)


def _add_value(build: Build, folder: _Folder, resources: Resources, words: Mapping[str, Any], at: At) -> None:
    value = words.get("value", "").strip() or folder.path.rpartition("/")[2]
    if words.get("targetFilePath"):
        raise refuse("MW466", "targets in a file of their own are not followed", at, _NEEDS)
    if not words.get("targets"):
        raise refuse("MW477", "it needs `targets`", at)
    for target in words["targets"]:
        path, position = target.get("fieldPath", ""), target.get("filePathPosition", 0)
        if not path or position < 0:
            raise refuse("MW477", "a target needs a `fieldPath`, and no negative position", at)
        selector = target.get("selector")
        try:
            chosen = list(resources) if selector is None else resources.select(selector_of(selector))
        except (Misfit, ValueError) as error:
            raise refuse("MW471", f"this target cannot be read: {error}", at) from None
        for item in chosen:
            _add_to(item, path, value, position, at)


def _add_to(item: Resource, path: str, value: str, position: int, at: At) -> None:
    if path == "metadata/namespace":
        transform.set_namespace(_only(item), value, (), at)
        return
    try:
        for slot in list(slots(item.body, FieldSpec(path, create=True), lambda where: text_node("", where, ""), at)):
            text = value if not position else _inserted(text_of(slot.value), position - 1, value)
            slot.set(in_place_of(slot.value, text, "", at))
    except Misfit as error:
        raise transform.unfit("`value`", item, error, at) from None


def _only(item: Resource) -> Resources:
    return Resources([item])


def _inserted(path: str, position: int, part: str) -> str:
    """A path with a part put in at a position; at its end where the position is beyond it."""
    absolute = path.startswith("/")
    parts = [each for each in path.split("/") if each]
    parts.insert(min(position, len(parts)), part)
    return ("/" if absolute else "") + "/".join(parts)


_RUNS: Mapping[str, _Run] = {
    "AnnotationsTransformer": _annotations,
    "LabelTransformer": _labels,
    "NamespaceTransformer": _namespace,
    "PrefixTransformer": _affixes,
    "SuffixTransformer": _affixes,
    "PrefixSuffixTransformer": _affixes,
    "ImageTagTransformer": _images,
    "ReplicaCountTransformer": _replicas,
    "PatchTransformer": _patch,
    "PatchStrategicMergeTransformer": _merges,
    "PatchJson6902Transformer": _json,
    "ReplacementTransformer": _replacements,
    "ValueAddTransformer": _add_value,
}
