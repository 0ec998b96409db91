"""The rules of custom kinds: `x-kubernetes-validations` (kubernetes/apiextensions-apiserver
`pkg/apiserver/schema/cel/compilation.go` and `validation.go`)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from modelwright.cel import PER_CALL, STRING, CelError, Program, Type, compile_cel
from modelwright.cel.schema import Convert, Schema, SchemaTypes
from modelwright.cel.types import optional
from modelwright.cel.values import Optional
from modelwright.records import dataclass
from modelwright.typed import Any

PER_RULE = 2 * PER_CALL
"""Our cost is counted from above: what the server affords is to be afforded here."""
PER_OBJECT = 5 * PER_CALL
"""The server's 10,000,000 would be seconds here, and no object that a person means comes near."""
_STEP = re.compile(r"\.([A-Za-z_][A-Za-z0-9_-]*)|\['([^'\]]*)'\]")
_PATH = re.compile(rf"(?:{_STEP.pattern})+")


@dataclass(slots=True)
class Meter:
    """What the rules of one object may still cost; below zero they have cost too much."""

    left: int


class Unanswered(str):
    """The message of a rule that could not be evaluated."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, ready to judge values of the schema it stands in."""

    program: Program
    transition: bool
    """It compares with the value before, and is silent where there is none."""
    optional_old: bool
    """It is asked even where there is no value before, which it can tell."""
    message: str
    expression: Program | None
    """Makes the message, where one is given and compiles."""
    convert: Convert | None
    field_path: tuple[str, ...] = ()
    """The field below the value that is to blame, where the rule says so."""

    def broken(
        self, value: Any, before: Any = None, has_before: bool = False, meter: Meter | None = None
    ) -> str:
        """Why a value breaks the rule; nothing where it does not."""
        if self.transition and not (has_before or self.optional_old):
            return ""
        if not self.transition:
            return self.answer({"self": self.made(value)}, meter)
        old = self.made(before) if has_before else None
        return self.answer(
            {"self": self.made(value), "oldSelf": Optional(old, has_before) if self.optional_old else old},
            meter,
        )

    def made(self, value: Any) -> Any:
        """CEL's value of a JSON value; the same for all rules of a schema."""
        return self.convert(value) if self.convert else value

    def answer(self, bindings: Mapping[str, Any], meter: Meter | None = None) -> str:
        """As `broken`, of values that are made; `meter` pays for it."""
        answer, cost = self.program.run(bindings, PER_RULE)
        if meter:
            meter.left -= cost
        if answer is True:
            return ""
        if isinstance(answer, CelError):
            return Unanswered(f"the rule `{self.program.text.strip()}` cannot be evaluated: {answer.message}")
        return self._words(bindings)

    def _words(self, bindings: Mapping[str, Any]) -> str:
        """The message; an expression for it counts only where it gives one line of text."""
        if self.expression:
            made = self.expression.evaluate(bindings)
            if isinstance(made, str) and made.strip() and "\n" not in made.strip():
                return made.strip()
        return self.message or f"failed rule: {self.program.text.strip()}"


def compile_rule(
    rule: Mapping[str, Any],
    schema: Schema,
    types: SchemaTypes,
    resource: bool = False,
    minor: int | None = None,
) -> Rule | CelError:
    """A rule of a schema, or what is wrong with it. `resource`: the schema is a whole object's."""
    text = rule.get("rule")
    if not isinstance(text, str) or not text.strip():
        return CelError("a rule needs the text of an expression", kind="type")
    resolved = types.resolved(schema)
    of = types.type_of(resolved, resource or resolved.get("x-kubernetes-embedded-resource") is True)
    if of is None:
        return CelError("the schema leaves its values open, so that no rule can name them", kind="type")
    optional_old = rule.get("optionalOldSelf") is True
    variables: dict[str, Type] = {"self": of, "oldSelf": optional(of) if optional_old else of}
    program = compile_cel(text, variables, minor=minor)
    if isinstance(program, CelError):
        return program
    if program.result.kind != "bool":
        return CelError(f"a rule has to be true or false, this one is of type {program.result}", kind="type")
    words = rule.get("messageExpression")
    expression = compile_cel(words, variables, minor=minor) if isinstance(words, str) else None
    usable = isinstance(expression, Program) and expression.result == STRING
    transition = optional_old or any(name == "oldSelf" for name, _ in program.slots)
    return Rule(
        program,
        transition,
        optional_old,
        str(rule.get("message") or ""),
        expression if usable and isinstance(expression, Program) else None,
        types.converter(resolved),
        _field_path(rule.get("fieldPath")),
    )


def _field_path(text: Any) -> tuple[str, ...]:
    """`.spec.replicas` or `.labels['app']` as names; nothing for what cannot be read."""
    if not isinstance(text, str) or not _PATH.fullmatch(text):
        return ()
    return tuple(dotted or quoted for dotted, quoted in _STEP.findall(text))
