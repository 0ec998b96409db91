"""Selectors of labels.

Sources: kubernetes/apimachinery `pkg/apis/meta/v1/validation` (ValidateLabelSelector, ValidateLabels) and
kubernetes/kubernetes `pkg/apis/apps/validation`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from modelwright.judge.names import key_advice, value_advice
from modelwright.model import Path
from modelwright.rules.check import Row, Run
from modelwright.typed import Any

_WITH_VALUES, _WITHOUT = ("In", "NotIn"), ("Exists", "DoesNotExist")


_Found = Iterator[tuple[Path, str, str]]


def labels(value: Any, run: Run) -> Iterator[Row]:
    """A map of labels, such as `nodeSelector`."""
    yield from _labels(value)


def _labels(value: Any) -> _Found:
    if isinstance(value, dict):
        for key, text in value.items():
            said = key_advice(key) if isinstance(key, str) else ""
            if said:
                yield (key,), f"`{key[:80]}` is not a valid label name: {said}", ""
            said = value_advice(text) if isinstance(text, str) else ""
            if said:
                yield (key,), f"label `{key[:80]}` cannot have the value `{text[:80]}`: {said}", ""


def selector(value: Any, run: Run) -> Iterator[Row]:
    """A `LabelSelector`."""
    if not isinstance(value, dict):
        return
    for path, message, hint in _labels(value.get("matchLabels")):
        yield ("matchLabels", *path), message, hint
    expressions = value.get("matchExpressions")
    for index, each in enumerate(expressions if isinstance(expressions, list) else ()):
        if isinstance(each, dict):
            for path, message, hint in _expression(each):
                yield ("matchExpressions", index, *path), message, hint


def _expression(each: Mapping[str, Any]) -> _Found:
    operator, values, key = each.get("operator"), each.get("values"), each.get("key")
    values = values if isinstance(values, list) else []
    if operator in _WITH_VALUES and not values:
        yield ("values",), f"`{operator}` needs `values`", ""
    elif operator in _WITHOUT and values:
        yield ("values",), f"`{operator}` takes no `values`", ""
    elif isinstance(operator, str) and operator not in (*_WITH_VALUES, *_WITHOUT):
        yield ("operator",), f"`{operator[:80]}` is no operator of selectors", "allowed: In, NotIn, Exists, DoesNotExist"
    said = key_advice(key) if isinstance(key, str) else ""
    if said:
        yield ("key",), f"`{key}` is not a valid label name: {said}", ""
    for index, text in enumerate(values):
        said = value_advice(text) if isinstance(text, str) else ""
        if said:
            yield ("values", index), f"no label has the value `{text[:80]}`: {said}", ""


def of_workload(value: Any, run: Run) -> Iterator[Row]:
    """The spec of a Deployment and its like: whether the selector matches the labels of the template."""
    if not isinstance(value, dict) or not isinstance(value.get("selector"), dict):
        return
    chosen = value["selector"]
    wanted, expressions = chosen.get("matchLabels"), chosen.get("matchExpressions")
    if not wanted and not expressions:
        yield ("selector",), "the selector is empty", "name the labels of the template under `matchLabels`"
        return
    if next(selector(chosen, run), None) is not None:
        return  # said as such
    found = _template_labels(value)
    if next(_labels(found), None) is not None:
        return  # labels that cannot be are told where they are
    missed = _missed(wanted if isinstance(wanted, dict) else {}, expressions, found)
    if missed:
        hint = "labels of the template and the selector must agree"
        yield ("template", "metadata", "labels"), f"the selector does not match its own pods: {missed}", hint


def _template_labels(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """The labels of a spec's template."""
    template = value.get("template")
    metadata = template.get("metadata") if isinstance(template, dict) else None
    found = metadata.get("labels") if isinstance(metadata, dict) else None
    return found if isinstance(found, dict) else {}


def _missed(wanted: Mapping[str, Any], expressions: Any, found: Mapping[str, Any]) -> str:
    """The first demand that labels do not meet; empty where all are met."""
    for key, text in wanted.items():
        if found.get(key) != text:
            had = f"not `{found[key]}`" if key in found else "which the template lacks"
            return f"it wants label `{key}` to be `{text}`, {had}"
    for each in expressions if isinstance(expressions, list) else ():
        if not isinstance(each, dict) or not isinstance(each.get("key"), str):
            continue
        key, operator, values = each["key"], each.get("operator"), each.get("values") or []
        values = values if isinstance(values, list) else []
        # A label that is absent is not in any list of values.
        met = (key in found and found[key] in values) if operator in ("In", "NotIn") else key in found
        if met == (operator in ("NotIn", "DoesNotExist")):
            return f"`{key}` {operator} {', '.join(map(str, values))}".rstrip()
    return ""


def of_controller(value: Any, run: Run) -> Iterator[Row]:
    """The spec of a ReplicationController, whose selector is a plain map; by default the template's labels."""
    if not isinstance(value, dict) or not isinstance(value.get("template"), dict):
        return
    found = _template_labels(value)
    wanted = value.get("selector") or found
    if not wanted:
        yield ("selector",), "the selector is empty", "name the labels of the template"
    elif isinstance(wanted, dict) and next(_labels(wanted), None) is None:
        missed = _missed(wanted, (), found)
        if missed:
            yield ("template", "metadata", "labels"), f"the selector does not match its own pods: {missed}", ""
