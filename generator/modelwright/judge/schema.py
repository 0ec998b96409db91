"""Structural schemas: decided fast by a compiled JSON Schema, explained slowly by a walk over the same facts.

The rules are those of kubernetes/apiextensions-apiserver: fields a schema does not name are unknown
(`pkg/apiserver/schema/pruning`), defaults are applied before validation and a null is dropped where there is a
default (`pkg/apiserver/schema/defaulting`), lists of type `set` and `map` hold no duplicates
(`pkg/apiserver/schema/listtype`).
"""

from __future__ import annotations

from modelwright.judge.catalog import KindSchema
from modelwright.judge.facts import Finding, Schemas, types_of
from modelwright.typed import Any

FEW = 12
"""So many objects of a kind are walked before a check is compiled."""
_asked: dict[KindSchema, int] = {}


def valid(kind: KindSchema, data: Any) -> bool:
    """Whether an object fits its kind's schema."""
    from modelwright.judge.fast import compiled

    try:
        return bool(compiled(kind).is_valid(data))
    except ValueError:  # values that are not JSON (odd keys, too deep): the walk says what is wrong
        return False


def findings(kind: KindSchema, data: Any) -> list[Finding]:
    """Everything that does not fit, in document order; empty when `valid` says so."""
    # To compile a check takes as long as to walk a few objects: most runs see but one or two of a kind.
    asked = _asked.get(kind, 0)
    if asked < FEW:
        _asked[kind] = asked + 1
        return explain(kind, data)
    if valid(kind, data):
        return []
    return explain(kind, data)


def explain(kind: KindSchema, data: Any) -> list[Finding]:
    """The walk behind `findings`; slow, with a reason for everything."""
    try:
        found = _custom(kind, data) if kind.custom else _walked(kind, data)
    except RecursionError:
        return [Finding("value", (), None, "it is nested too deeply", "other")]
    return found


def _walked(kind: KindSchema, data: Any) -> list[Finding]:
    from modelwright.judge.slow import walk

    return list(walk(Schemas(kind.schema, kind.custom), kind.schema, data, (), strict=True))


def _custom(kind: KindSchema, data: Any) -> list[Finding]:
    """As the server does it: what it drops, then what it finds in the rest."""
    from modelwright.judge.kept import kept, ordered
    from modelwright.judge.slow import walk

    whole, dropped = kept(kind, data)
    found = [
        _null(each, data) for each in walk(Schemas(kind.schema, True), kind.schema, whole, (), strict=True)
    ]
    # What is below a value of a wrong type is not told again.
    wrong = {each.path for each in found if each.defect == "type"}
    told = [each for each in dropped if not any(each.path[:n] in wrong for n in range(1, len(each.path)))] if wrong else dropped
    return ordered([*told, *found], data)


def _null(finding: Finding, data: Any) -> Finding:
    """A field that is missing because it was null, and dropped, is called what it is."""
    if finding.defect != "missing":
        return finding
    try:
        for step in finding.path:
            data = data[step]
    except (KeyError, IndexError, TypeError):
        return finding
    return Finding("type", finding.path, None, types_of(finding.wanted)) if data is None else finding
