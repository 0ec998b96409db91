"""Policies and bindings from their text: what they say, compiled; what is wrong with them; what nobody can judge."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from functools import lru_cache

from modelwright.judge.policies import Policies
from modelwright.model import Path, Place
from modelwright.problems import Problem
from modelwright.records import dataclass
from modelwright.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modelwright.cel import CelError, Program

GROUP = "admissionregistration.k8s.io/"
POLICY, BINDING = "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"
_AUTHORIZER = re.compile(r"\bauthorizer\b")
_USER = re.compile(r"\brequest\s*\.\s*userInfo\b")
_TEXTS = frozenset(["operations", "apiGroups", "apiVersions", "resources", "resourceNames", "validationActions", "values"])
"""Lists of texts; others are of maps."""
_LAYOUT = re.compile(r"[\n\r]")


@dataclass(frozen=True, slots=True)
class Check:
    """One `validations` entry."""

    program: Program
    text: str
    message: str
    words: Program | None
    """Makes the message, where it is given."""
    place: Place


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy whose expressions are compiled."""

    name: str
    place: Place
    spec: Mapping[str, Any]
    variables: Mapping[str, Program]
    conditions: tuple[Program, ...]
    checks: tuple[Check, ...]

    @property
    def fails(self) -> bool:
        """Whether what cannot be evaluated is refused."""
        return self.spec.get("failurePolicy") != "Ignore"


@dataclass(frozen=True, slots=True)
class Binding:
    """Where a policy holds, and with which parameters."""

    name: str
    place: Place
    policy: str
    spec: Mapping[str, Any]

    @property
    def actions(self) -> tuple[str, ...]:
        """Of Deny, Warn and Audit those it asks for."""
        return tuple(self.spec.get("validationActions") or ())


@dataclass(frozen=True, slots=True)
class Rules:
    """All policies of a cluster, ready to be asked."""

    bound: tuple[tuple[Policy, tuple[Binding, ...]], ...] = ()
    objects: tuple[Mapping[str, Any], ...] = ()
    """What may be a parameter."""
    namespaces: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


@lru_cache(maxsize=64)
def rules_of(policies: Policies) -> Rules:
    """The policies compiled, each once in a process."""
    found = [(_decoded(json.loads(text)), Place(file, document, path)) for text, file, document, path in policies.entries]
    problems: list[Problem] = []
    made: dict[str, Policy] = {}
    bindings: list[Binding] = []
    others: list[Mapping[str, Any]] = []
    for data, place in found:
        group, kind = str(data["apiVersion"]).rpartition("/")[0] + "/", data["kind"]
        name = _name(data)
        if group != GROUP or kind not in (POLICY, BINDING):
            others.append(data)
        elif kind == BINDING:
            problems += _odd_binding(data, place)
            bindings.append(Binding(name, place, str(data["spec"].get("policyName") or ""), data["spec"]))
        elif name in made:
            what = f"the policy `{name}` is defined twice"
            problems.append(Problem("MW862", what, place, "keep the one that the cluster has", related=(("the other one", made[name].place),)))
        else:
            policy, wrong = _policy(name, data["spec"], place, policies.minor)
            problems += wrong
            if policy:
                made[name] = policy
    spoilt = {_name(data) for data, _ in found if data["kind"] == POLICY} - set(made)
    for binding in bindings:
        if binding.policy and binding.policy not in made and binding.policy not in spoilt and POLICY not in policies.spoilt:
            what = f"binding `{binding.name}` names policy `{binding.policy}`, which is not in these files"
            problems.append(Problem("MW862", what, _below(binding.place, "spec", "policyName"), "add its file", "ignored"))
    bound = tuple((each, tuple(b for b in bindings if b.policy == each.name)) for each in made.values())
    for policy, own in bound:
        if not own and BINDING not in policies.spoilt:
            what = f"policy `{policy.name}` has no binding: it says nothing"
            problems.append(Problem("MW862", what, policy.place, f"add a {BINDING} with `policyName: {policy.name}`", "ignored"))
    namespaces = {d["metadata"]["name"]: d for d in others if d["kind"] == "Namespace" and (d.get("metadata") or {}).get("name")}
    return Rules(tuple(row for row in bound if row[1]), tuple(others), namespaces, tuple(problems))


def _decoded(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """A policy or binding as the server decodes it: what is null is absent, and in a list an empty value."""
    if data["kind"] not in (POLICY, BINDING):
        return data
    made: dict[str, Any] = _without_null(data, "")
    return {**made, "spec": made.get("spec", {})}


def _without_null(value: Any, word: str) -> Any:
    if isinstance(value, dict):
        return {key: _without_null(each, key) for key, each in value.items() if each is not None}
    if isinstance(value, list):
        empty: Any = "" if word in _TEXTS else {}
        return [empty if each is None else _without_null(each, "") for each in value]
    return value


def _name(data: Mapping[str, Any]) -> str:
    return str((data.get("metadata") or {}).get("name") or "")


def odd_policies(policies: Policies) -> tuple[Problem, ...]:
    """What is wrong with policies and bindings, and which of them nobody can judge offline."""
    return rules_of(policies).problems


def _below(place: Place, *steps: str | int) -> Place:
    return replace(place, path=(*place.path, *steps))


def _policy(name: str, spec: Mapping[str, Any], place: Place, minor: int) -> tuple[Policy | None, list[Problem]]:
    """The policy, and what is wrong with it; None where nothing of it can be asked."""
    reader = _Reader(name, spec, _below(place, "spec"), minor)
    policy = reader.policy(place)
    return policy, reader.problems


class _Reader:
    """Compiles the expressions of a policy in the order in which they may refer to each other."""

    def __init__(self, name: str, spec: Mapping[str, Any], place: Place, minor: int) -> None:
        from modelwright.judge.policies.types import variables_of

        self.name, self.spec, self.place = name, spec, place
        self.minor = minor or None
        self.scope = variables_of(params=spec.get("paramKind") is not None)
        self.problems: list[Problem] = []
        self.blind = False
        """Whether the policy asks what only a cluster can answer."""
        self.sound = True

    def policy(self, place: Place) -> Policy | None:
        from modelwright.cel.types import Fields, Type

        self._shape()
        variables: dict[str, Program] = {}
        conditions = [
            program
            for index, each in enumerate(self.spec.get("matchConditions") or ())
            if (program := self._compiled(each, "expression", ("matchConditions", index), ("bool",)))
        ]
        known: dict[str, tuple[str, Any]] = {}
        for index, each in enumerate(self.spec.get("variables") or ()):
            program = self._compiled(each, "expression", ("variables", index), ())
            if program:
                variables[str(each["name"])] = program
                known[str(each["name"])] = (str(each["name"]), lambda of=program.result: of)
                self.scope = {**self.scope, "variables": Type("object", (), Fields(dict(known)), name="kubernetes.variables")}
        essential = self.blind
        checks = [
            check
            for index, each in enumerate(self.spec.get("validations") or ())
            if (check := self._check(each, ("validations", index)))
        ]
        for index, each in enumerate(self.spec.get("auditAnnotations") or ()):
            self._compiled(each, "valueExpression", ("auditAnnotations", index), ("string", "null"))
        if self.blind and self.sound:
            what = f"policy `{self.name}` asks who creates an object, or what they may do: " + (
                "it was not judged" if essential else "where it does, it was not judged"
            )
            self.problems.append(Problem("MW863", what, self.place, "only a cluster can answer that", "risk", level="note"))
        if not self.sound or essential:
            return None
        return Policy(self.name, place, self.spec, variables, tuple(conditions), tuple(checks))

    def _tell(self, path: Path, what: str, hint: str = "") -> None:
        self.sound = False
        self.problems.append(Problem("MW861", what, _below(self.place, *path), hint or "the API server refuses such a policy"))

    def _shape(self) -> None:
        constraints = self.spec.get("matchConstraints") or {}
        if not constraints.get("resourceRules"):
            self._tell(("matchConstraints",) if constraints else (), "a policy must say which resources it is about", "add `matchConstraints.resourceRules`")
        for path, what in odd_match(constraints, ("matchConstraints",)):
            self._tell(path, what)
        if self.spec.get("failurePolicy") not in (None, "Fail", "Ignore"):
            self._tell(("failurePolicy",), "`failurePolicy` is `Fail` or `Ignore`")
        if not self.spec.get("validations") and not self.spec.get("auditAnnotations"):
            self._tell((), "a policy must have `validations` or `auditAnnotations`")
        if len(self.spec.get("matchConditions") or ()) > 64:
            self._tell(("matchConditions",), "a policy has at most 64 `matchConditions`")

    def _check(self, each: Mapping[str, Any], path: Path) -> Check | None:
        message = str(each.get("message") or "")
        if message and (not message.strip() or _LAYOUT.search(message.strip())):
            self._tell((*path, "message"), "a message must be one line of text")
        program = self._compiled(each, "expression", path, ("bool",))
        words = self._compiled(each, "messageExpression", path, ("string",)) if each.get("messageExpression") else None
        if program is None:
            return None
        place = _below(self.place, *path, "expression")
        return Check(program, str(each["expression"]), message.strip(), words, place)

    def _compiled(self, each: Mapping[str, Any], word: str, path: Path, wanted: tuple[str, ...]) -> Program | None:
        from modelwright.cel import CelError, compile_cel

        text = str(each.get(word) or "")
        if not text.strip():
            self._tell(path, f"`{word}` is not specified")
            return None
        program = compile_cel(text, self.scope, minor=self.minor)
        if isinstance(program, CelError):
            if _AUTHORIZER.search(text) and word != "messageExpression":
                self.blind = True
            else:
                self._tell((*path, word), f"this does not compile: {program.message}" + _at(program, text))
            return None
        if _USER.search(text):
            self.blind = True
            return None
        if wanted and program.result.kind not in wanted:
            what = f"this must be of type {' or '.join(wanted)}, and it is {program.result}"
            hint = f"say what it is: `{wanted[0]}(...)`, or compare it" if program.result.kind == "dyn" else ""
            self._tell((*path, word), what, hint)
            return None
        return program


def _at(error: CelError, text: str) -> str:
    rest = text[error.offset :].strip()
    return f" (at `{rest[:30].splitlines()[0]}`)" if rest and error.offset else ""


def odd_match(resources: Mapping[str, Any], path: Path) -> Iterator[tuple[Path, str]]:
    """What is wrong with `matchConstraints` or `matchResources`; selectors are judged wherever they are."""
    if resources.get("matchPolicy") not in (None, "Exact", "Equivalent"):
        yield (*path, "matchPolicy"), "`matchPolicy` is `Exact` or `Equivalent`"
    for word in ("resourceRules", "excludeResourceRules"):
        for index, rule in enumerate(resources.get(word) or ()):
            at = (*path, word, index)
            for each in ("operations", "apiGroups", "apiVersions", "resources"):
                if not rule.get(each):
                    yield at, f"a rule of a policy must have `{each}`"
                elif each != "resources" and "*" in rule[each] and len(rule[each]) > 1:
                    yield (*at, each), f"`*` stands alone in `{each}`"
            odd = set(rule.get("operations") or ()) - {"*", "CREATE", "UPDATE", "DELETE", "CONNECT"}
            if odd:
                yield (*at, "operations"), f"`{min(map(str, odd))}` is no operation"
            if rule.get("scope") not in (None, "*", "Cluster", "Namespaced"):
                yield (*at, "scope"), "`scope` is `*`, `Cluster` or `Namespaced`"


def _odd_binding(data: Mapping[str, Any], place: Place) -> Iterator[Problem]:
    spec = data["spec"]
    hint = "the API server refuses such a binding"

    def problem(what: str, *steps: str | int) -> Problem:
        return Problem("MW861", what, _below(place, "spec", *steps), hint)

    if not spec.get("policyName"):
        yield problem("a binding must name its policy: `policyName`")
    actions = spec.get("validationActions") or ()
    if not actions:
        yield problem("a binding must say what follows: `validationActions`, of Deny, Warn and Audit")
    for index, action in enumerate(actions):
        if action not in ("Deny", "Warn", "Audit"):
            yield problem(f"`{action}` is no action: Deny, Warn or Audit", "validationActions", index)
        elif action in actions[:index]:
            yield problem(f"`{action}` is there twice", "validationActions", index)
    if "Deny" in actions and "Warn" in actions:
        yield problem("Deny and Warn do not go together: both tell the same", "validationActions")
    params = spec.get("paramRef")
    if params is not None:
        if bool(params.get("name")) == (params.get("selector") is not None):
            yield problem("`paramRef` has either `name` or `selector`", "paramRef")
        if params.get("parameterNotFoundAction") not in ("Allow", "Deny"):
            yield problem("`parameterNotFoundAction` must be Allow or Deny", "paramRef")
    for path, what in odd_match(spec.get("matchResources") or {}, ("matchResources",)):
        yield problem(what, *path)
