"""Rules of custom kinds (`x-kubernetes-validations`), asked as the server asks them.

Order and exceptions: kubernetes/apiextensions-apiserver `pkg/apiserver/schema/cel/validation.go`. Defaults are filled in
first (`pkg/apiserver/schema/defaulting`), nulls are not asked about, and nothing is asked of an object that misses
fields or has some of a wrong type. Rules that compare with the object before are silent where there is none, and `status` is the controllers' affair.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from marshal import dumps

from modelwright.judge.catalog import KindSchema, Schema
from modelwright.judge.facts import ABSENT, Absent, Finding, Schemas
from modelwright.judge.kept import copied
from modelwright.judge.names import Note
from modelwright.model import Path
from modelwright.records import dataclass, field
from modelwright.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modelwright.cel.rules import Meter, Rule
    from modelwright.cel.schema import SchemaTypes

RULES = "x-kubernetes-validations"
EMBEDDED = "x-kubernetes-embedded-resource"
_WALKED = {RULES, EMBEDDED}
MOST = 20
"""So many broken rules of one object are told."""


@dataclass(slots=True, eq=False)
class Plan:
    """What a part of a schema asks of its values: defaults to fill in, rules to keep, and the same below."""

    schema: Mapping[str, Any]
    defaults: dict[str, Any] = field(default_factory=dict)
    """Fields that are filled in where they are absent, or null and may not be."""
    nullable: frozenset[str] = frozenset()
    fields: dict[str, Plan] = field(default_factory=dict)
    every: Plan | None = None
    """For each item of a list, or each value of a map."""
    ruled: bool = False
    """Whether there are rules here or below."""
    rules: tuple[Rule, ...] | None = None
    """Compiled when they are first asked."""

    @property
    def empty(self) -> bool:
        return not (self.ruled or self.defaults or self.fields or self.every)


@lru_cache(maxsize=256)
def _plan(kind: KindSchema) -> Plan | None:
    """What a kind asks of its objects; None where it has no rules."""
    if RULES not in extensions(kind):
        return None
    root = _part(kind.schema, Schemas(kind.schema, kind.custom), {})
    # Its shape is ours (`catalog.packaged`), its values are the server's.
    root.fields.pop("metadata", None)
    root.fields.pop("status", None)
    return root


@lru_cache(maxsize=256)
def _types(kind: KindSchema) -> SchemaTypes:
    from modelwright.cel.schema import SchemaTypes

    return SchemaTypes(kind.schema)


@lru_cache(maxsize=256)
def extensions(kind: KindSchema) -> frozenset[str]:
    """Which of the two keywords that take a walk over the object a kind's schema uses: rules, embedded objects."""
    whole: Any = kind.schema
    try:
        # Far faster than a look at each part: their names stand as they are in what is serialized.
        text = dumps(whole, 2)
    except ValueError:
        text = b""
    if text and not any(name.encode() in text for name in _WALKED):
        return frozenset()
    found: set[str] = set()
    waiting: list[Any] = [whole]  # references need not be followed: they lead into the schema's own table
    while waiting:
        each = waiting.pop()
        if isinstance(each, Mapping):
            found |= each.keys() & _WALKED
            waiting += [inner for inner in each.values() if isinstance(inner, (dict, list))]
        elif isinstance(each, list):
            waiting += [inner for inner in each if isinstance(inner, dict)]
    return frozenset(found)


def _part(given: Schema, schemas: Schemas, made: dict[int, Plan]) -> Plan:
    schema = schemas.get(given)
    known = made.get(id(schema))
    if known is not None:
        return known
    plan = made[id(schema)] = Plan(schema, ruled=bool(schema.get(RULES)))
    properties: Mapping[str, Schema] = schema.get("properties", {})
    for name, each in properties.items():
        resolved = schemas.get(each)
        if "default" in resolved:
            plan.defaults[name] = resolved["default"]
        below = _part(each, schemas, made)
        if not below.empty:
            plan.fields[name] = below
    plan.nullable = frozenset(
        name for name in plan.defaults if schemas.get(properties[name]).get("nullable") is True
    )
    inside = schema.get("items") if schema.get("type") == "array" else schema.get("additionalProperties")
    if isinstance(inside, dict):
        below = _part(inside, schemas, made)
        plan.every = None if below.empty else below
    return plan


def _filled(plan: Plan, value: Any) -> Any:
    """The value with its defaults; parts without any are shared with the original."""
    if isinstance(value, dict):
        changed: dict[str, Any] = {}
        for name, default in plan.defaults.items():
            if name not in value or (value[name] is None and name not in plan.nullable):
                changed[name] = copied(default)
        for name, below in plan.fields.items():
            if name in changed or name in value:
                changed[name] = _filled(below, changed.get(name, value.get(name)))
        if plan.every is not None:
            changed = {name: _filled(plan.every, each) for name, each in value.items()}
        return {**value, **changed} if changed else value
    if isinstance(value, list) and plan.every is not None:
        return [_filled(plan.every, each) for each in value]
    return value


def filled(kind: KindSchema, data: dict[str, Any]) -> dict[str, Any]:
    """The object with the defaults of its schema."""
    made: dict[str, Any] = _filled(_defaults(kind), data)
    return made


@lru_cache(maxsize=256)
def _defaults(kind: KindSchema) -> Plan:
    root = _part(kind.schema, Schemas(kind.schema, kind.custom), {})
    root.fields.pop("metadata", None)
    return root


def rule_notes(
    kind: KindSchema,
    data: Mapping[str, Any],
    cost: int = 0,
    found: Sequence[Finding] = (),
    before: Mapping[str, Any] | None = None,
) -> Iterator[Note]:
    """The broken rules of an object, in document order; `found` is where it does not fit its schema.

    Nothing is asked of an object that misses a field, or has one of a wrong type or too long. With the object before,
    rules about changes are asked too, and what is broken where nothing changed is forgiven. `cost` is what all rules together may cost; 0 for the usual (`cel.rules.PER_OBJECT`).
    """
    if EMBEDDED in extensions(kind):
        from modelwright.judge.embedded import embedded_notes

        yield from embedded_notes(Schemas(kind.schema, kind.custom), kind.schema, data)
    plan = _plan(kind)
    if plan is None or any(each.blocking for each in found) or not _named(data):
        return
    if found:
        from modelwright.judge.kept import kept

        data = kept(kind, data)[0]
    whole = _filled(plan, {name: value for name, value in data.items() if name != "status"})
    metadata = whole.get("metadata")
    if isinstance(metadata, dict) and "name" not in metadata and metadata.get("generateName"):
        # The server has made a name of it by now.
        whole = {**whole, "metadata": {**metadata, "name": f"{metadata['generateName']}x7k2p"}}
    if not _asked(plan, whole):
        return
    from modelwright.cel.rules import PER_OBJECT, Meter

    old: Any = ABSENT
    if before is not None:
        from modelwright.judge.kept import kept

        old = _filled(plan, kept(kind, before)[0])
    types = _types(kind)
    meter = Meter(cost or PER_OBJECT)
    told = _broken(plan, types, whole, meter, (), old, (plan, whole, old), True)
    for count, (path, message, rule, transition) in enumerate(told):
        if count == MOST:
            return
        code = "MW601" if transition and before is not None else "MW600"
        yield code, path, message, f"the kind's rule: `{rule}`"


def _named(data: Mapping[str, Any]) -> bool:
    metadata = data.get("metadata")
    return isinstance(metadata, dict) and bool(metadata.get("name") or metadata.get("generateName"))


def _asked(plan: Plan, value: Any) -> bool:
    """Whether there is a rule for any part of the value: most objects of most kinds need no evaluator."""
    if value is None:
        return False
    if plan.schema.get(RULES):
        return True
    if isinstance(value, dict):
        if any(name in value and _asked(below, value[name]) for name, below in plan.fields.items()):
            return True
        return plan.every is not None and any(_asked(plan.every, each) for each in value.values())
    return isinstance(value, list) and plan.every is not None and any(_asked(plan.every, each) for each in value)


def _broken(
    plan: Plan,
    types: SchemaTypes,
    value: Any,
    meter: Meter,
    path: Path,
    old: Any,
    nearest: tuple[Plan, Any, Any],
    root: bool = False,
) -> Iterator[tuple[Path, str, str, bool]]:
    """Path, message, rule, and whether it is about a change. `nearest` is the nearest part around the value, itself
    included, that has one before, and that one."""
    if value is None or meter.left < 0:
        return
    if plan.rules is None:
        plan.rules = _compiled(plan.schema, types, root)
    if not isinstance(old, Absent):
        nearest = (plan, value, old)
    from modelwright.cel.rules import Unanswered

    made = plan.rules[0].made(value) if plan.rules else None
    for rule in plan.rules:
        if rule.transition:
            known = not isinstance(old, Absent) and old is not None
            message = rule.broken(value, old if known else None, known, meter=meter)
        else:
            message = rule.answer({"self": made}, meter)
        if meter.left < 0:
            text = "the rules of this kind cost more than the server pays for one object"
            yield path, text, rule.program.text, False
            return
        forgivable = message and not rule.transition and not isinstance(message, Unanswered)
        if message and not (forgivable and _as_before(types, *nearest)):
            yield (*path, *rule.field_path), message, " ".join(rule.program.text.split()), rule.transition
    if isinstance(value, dict):
        below = [(plan.fields[name], name) for name in plan.fields if name in value]
        below += [(plan.every, name) for name in value] if plan.every is not None else []
        for part, name in below:
            yield from _broken(
                part, types, value[name], meter, (*path, name), _old(plan, value, old, name), nearest
            )
    elif isinstance(value, list) and plan.every is not None:
        for index, each in enumerate(value):
            yield from _broken(
                plan.every, types, each, meter, (*path, index), _old(plan, value, old, index), nearest
            )


def _old(plan: Plan, value: Any, old: Any, step: str | int) -> Any:
    if isinstance(old, Absent):
        return old
    from modelwright.judge.updates import child_before

    return child_before(plan.schema, value, old, step)


def _as_before(types: SchemaTypes, plan: Plan, value: Any, old: Any) -> bool:
    if isinstance(old, Absent):
        return False
    from modelwright.judge.updates import unchanged

    return unchanged(lambda node: dict(types.resolved(node)), dict(plan.schema), value, old)


def _compiled(schema: Mapping[str, Any], types: SchemaTypes, root: bool) -> tuple[Rule, ...]:
    """The rules of a schema; one that does not compile is none, for the server does not take such a kind."""
    if not schema.get(RULES):
        return ()
    from modelwright.cel.rules import Rule, compile_rule

    made = (compile_rule(rule, schema, types, root, LATEST) for rule in schema[RULES])
    return tuple(rule for rule in made if isinstance(rule, Rule))


LATEST = 34
"""The minor whose functions a rule may use: a kind that a cluster has was taken by it."""
