"""Rules of a schema (`x-kubernetes-validations`) that the API server would not take.

Source: kubernetes/apiextensions-apiserver `pkg/apis/apiextensions/validation/validation.go`
(`ValidateCustomResourceDefinitionOpenAPISchema`) and `pkg/apiserver/schema/cel/compilation.go`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from modelwright.model import Path, Place
from modelwright.problems import Problem
from modelwright.records import dataclass

if TYPE_CHECKING:
    from modelwright.cel.schema import SchemaTypes

RULES = "x-kubernetes-validations"
REASONS = ("FieldValueRequired", "FieldValueForbidden", "FieldValueInvalid", "FieldValueDuplicate")
MOST = 50
"""So many rules of one schema are told."""
Told = tuple[Path, str]


@dataclass(frozen=True, slots=True)
class _Where:
    types: SchemaTypes
    correlated: bool = True
    """Whether a value can be found again in the object before: what is in a list without keys cannot."""


def rule_problems(schema: Mapping[str, Any], place: Place) -> list[Problem]:
    """MW263 for each rule of a schema that is not sound; each schema that is shared is looked at once."""
    if not _any(schema):
        return []
    from modelwright.cel.schema import SchemaTypes

    found: list[Problem] = []
    for path, what in _node(schema, (), _Where(SchemaTypes(schema)), True, set()):
        if len(found) == MOST:
            break
        hint = "the API server refuses a definition with such a rule"
        found.append(Problem("MW263", what, replace(place, path=(*place.path, *path)), hint))
    return found


def _any(schema: Any) -> bool:
    """Whether there is any rule: most definitions have none, and need no evaluator."""
    waiting = [schema]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Mapping):
            if RULES in each:
                return True
            waiting += [inner for inner in each.values() if isinstance(inner, dict | list)]
        elif isinstance(each, list):
            waiting += [inner for inner in each if isinstance(inner, dict)]
    return False


def _node(node: Mapping[str, Any], path: Path, where: _Where, root: bool, seen: set[tuple[int, bool]]) -> Iterator[Told]:
    resolved = where.types.resolved(node)
    if (id(resolved), where.correlated) in seen:
        return
    seen.add((id(resolved), where.correlated))
    for index, rule in enumerate(resolved.get(RULES) or ()):
        for word, what in _rule(rule, resolved, where, root):
            yield (*path, RULES, index, *([word] if word in rule else [])), what
    for name, each in (resolved.get("properties") or {}).items():
        atomic = resolved.get("x-kubernetes-map-type") == "atomic"
        yield from _node(each, (*path, "properties", name), _inside(where, not atomic), False, seen)
    if isinstance(resolved.get("items"), Mapping):
        keyed = resolved.get("x-kubernetes-list-type") == "map"
        yield from _node(resolved["items"], (*path, "items"), _inside(where, keyed), False, seen)
    if isinstance(resolved.get("additionalProperties"), Mapping):
        yield from _node(resolved["additionalProperties"], (*path, "additionalProperties"), where, False, seen)


def _inside(where: _Where, correlated: bool) -> _Where:
    return where if correlated or not where.correlated else replace(where, correlated=False)


def _rule(rule: Mapping[str, Any], schema: Mapping[str, Any], where: _Where, root: bool) -> Iterator[tuple[str, str]]:
    from modelwright.cel import STRING, CelError, compile_cel
    from modelwright.cel.rules import compile_rule
    from modelwright.cel.types import optional
    from modelwright.judge.expressions import LATEST

    text, message = str(rule.get("rule") or "").strip(), str(rule.get("message") or "").strip()
    made = compile_rule(rule, schema, where.types, root, LATEST)
    if isinstance(made, CelError):
        yield "rule", f"this rule does not compile: {made.message}" + _at(made, text)
        return
    old = any(name == "oldSelf" for name, _ in made.program.slots)
    if rule.get("reason") not in (None, *REASONS):
        yield "reason", f"`{rule['reason']}` is no reason; one of: {', '.join(REASONS)}"
    elif rule.get("message") and (not message or "\n" in message):
        yield "message", "a message must be one line of text"
    elif "\n" in text and not message:
        yield "rule", "a rule of several lines needs a `message`"
    elif rule.get("fieldPath") and not (made.field_path and _leads(made.field_path, schema, where.types)):
        yield "fieldPath", f"`{rule['fieldPath']}` leads to no field of this schema"
    elif old and not where.correlated:
        yield "rule", "`oldSelf` has no meaning here: items of a list without keys cannot be told apart"
    elif rule.get("optionalOldSelf") is not None and not old:
        yield "optionalOldSelf", "`optionalOldSelf` is for rules that use `oldSelf`"
    words = rule.get("messageExpression")
    if words is None:
        return
    of = where.types.type_of(schema, root or schema.get("x-kubernetes-embedded-resource") is True)
    assert of is not None  # else the rule would not have compiled
    before = optional(of) if rule.get("optionalOldSelf") is True else of
    expression = compile_cel(str(words), {"self": of, "oldSelf": before}, minor=LATEST)
    if isinstance(expression, CelError):
        yield "messageExpression", f"this does not compile: {expression.message}" + _at(expression, str(words))
    elif expression.result != STRING:
        yield "messageExpression", f"this makes the message, so it must be text; it is of type {expression.result}"


def _at(error: Any, text: str) -> str:
    """Where in a longer expression."""
    return f" (at `{text[error.offset : error.offset + 30].splitlines()[0]}`)" if text[error.offset :].strip() else ""


def _leads(steps: tuple[str, ...], schema: Mapping[str, Any], types: SchemaTypes) -> bool:
    node: Any = schema
    for step in steps:
        node = types.resolved(node)
        node = (node.get("properties") or {}).get(step) or node.get("additionalProperties")
        if not isinstance(node, Mapping):
            return False
    return True
