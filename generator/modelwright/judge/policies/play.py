"""One object created or changed: which policies mean it, and what they say.

kubernetes/apiserver `pkg/admission/plugin/policy/validating/dispatcher.go` and `validator.go`; what a message falls back
to is said there, too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from modelwright.cel import CelError, Program
from modelwright.cel.rules import PER_OBJECT, PER_RULE
from modelwright.cel.values import EvalError
from modelwright.judge.policies.match import (
    EXEMPT,
    Request,
    UnknownLabelsError,
    labels_of,
    matches,
    plural,
    selects,
)
from modelwright.judge.policies.read import GROUP, Binding, Check, Policy, Rules
from modelwright.model import Manifest, Path
from modelwright.problems import Problem, Resource, Severity
from modelwright.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modelwright.judge.catalog import Catalog

PER_CONDITIONS = PER_OBJECT // 4
"""What all `matchConditions` of a policy may cost: a quarter, as on the server."""
LONGEST = 5 * 1024
"""Bytes of a message that an expression makes, at most (`pkg/apis/cel/config.go`)."""
LEVELS: Mapping[str, Severity] = {"Deny": "error", "Warn": "warning", "Audit": "note"}
_CHAIN = re.compile(r"\bobject((?:\s*\.\s*\??[A-Za-z_]\w*(?!\w*\s*\())+)")
_VARIABLE = re.compile(r"\bvariables\s*\.\s*(\w+)")
Said = tuple[str, Check | None]
"""Why an object is refused, and by which check; None where a policy cannot be asked as it stands."""


class BudgetError(Exception):
    """The expressions of a policy cost more than the server pays."""


class Budget:
    """What the expressions of one policy may still cost for one object."""

    def __init__(self, left: int) -> None:
        self.left = left

    def run(self, program: Program, bindings: Mapping[str, Any]) -> Any:
        """The value of an expression, or a CelError. Raises BudgetError."""
        value, cost = program.run(bindings, PER_RULE)
        self.left -= cost
        if self.left < 0:
            raise BudgetError
        return value


class Variables(dict[str, Any]):
    """`variables`: each is evaluated when it is first read, once."""

    def __init__(self, programs: Mapping[str, Program], run: Callable[[Program], Any]) -> None:
        super().__init__()
        self._programs, self._run = programs, run

    def __missing__(self, name: str) -> Any:
        value = self._run(self._programs[name])
        if isinstance(value, CelError):
            raise EvalError(f'composited variable "{name}" fails to evaluate: {value.message}')
        self[name] = value
        return value

    def __contains__(self, name: object) -> bool:
        return name in self._programs


def play(
    manifest: Manifest, old: Mapping[str, Any] | None, rules: Rules, known: Catalog, environment: str
) -> Iterator[Problem]:
    """What the policies say of one manifest; of each policy a message is told once, by its strongest binding."""
    request = _request(manifest, old, rules, known)
    if request is None:
        return
    shown: Request | None = None
    for policy, bindings in rules.bound:
        told: dict[tuple[str, Check | None], tuple[Severity, Binding]] = {}
        try:
            version = matches(policy.spec.get("matchConstraints") or {}, request)
            if not version:
                continue
            for binding in bindings:
                if not matches(binding.spec.get("matchResources") or {}, request):
                    continue
                if version != request.version:
                    yield _unjudged(manifest, policy, environment, f"it is about `{version}`, to which only a cluster converts")
                    break
                shown = shown or _shown(request, known)
                for said in _results(policy, binding, shown, rules):
                    level = _level(binding.actions)
                    before = told.get(said)
                    if level and (before is None or _ORDER[level] > _ORDER[before[0]]):
                        told[said] = (level, binding)
        except UnknownLabelsError:
            what = f"it selects by labels of namespace `{request.namespace}`, which are not known"
            yield _unjudged(manifest, policy, environment, what)
        for (message, check), (level, _) in told.items():
            yield _problem(manifest, policy, message, check, level, environment)


_ORDER = {"note": 0, "warning": 1, "error": 2}


def _level(actions: Sequence[str]) -> Severity | None:
    levels = [LEVELS[action] for action in actions if action in LEVELS]
    return max(levels, key=_ORDER.__getitem__, default=None)


def _request(manifest: Manifest, old: Mapping[str, Any] | None, rules: Rules, known: Catalog) -> Request | None:
    group, _, version = manifest.api_version.rpartition("/")
    if f"{group}/" == GROUP and manifest.kind in EXEMPT:
        return None
    schema = known.schema(manifest.api_version, manifest.kind)
    if schema is None:
        return None  # told as not judged, or not there
    namespace = (manifest.namespace or "default") if schema.namespaced else ""
    if not group and manifest.kind == "Namespace":
        namespace = manifest.name  # to admission, a namespace is in itself
    about = rules.namespaces.get(namespace)

    def others() -> tuple[str, ...]:
        served = known.versions(group, manifest.kind)
        return tuple(api.rpartition("/")[2] for api in served if api != manifest.api_version)

    return Request(
        group,
        version,
        manifest.kind,
        schema.plural or plural(manifest.kind),
        manifest.name,
        namespace,
        manifest.data,
        None if about is None else labels_of(about),
        old,
        others,
    )


def _shown(request: Request, known: Catalog) -> Request:
    """The request as expressions see it: with what the server fills in."""
    from modelwright.judge.policies.defaults import defaulted

    schema = known.schema(f"{request.group}/{request.version}".removeprefix("/"), request.kind)
    assert schema is not None  # else there would be no request
    inside = request.namespace if schema.namespaced else ""
    old = None if request.old is None else defaulted(request.old, schema, inside)
    return replace(request, data=defaulted(request.data, schema, inside), old=old)


def _results(policy: Policy, binding: Binding, request: Request, rules: Rules) -> Iterator[Said]:
    """Every refusal of one policy by one binding."""
    params, wrong = _params(policy, binding, request, rules)
    if wrong:
        if policy.fails:
            yield f"failed to configure binding: {wrong}", None
        return
    about = rules.namespaces.get(request.namespace)
    for param in params:
        yield from _asked(policy, _bindings(request, about, param, policy))


def _params(policy: Policy, binding: Binding, request: Request, rules: Rules) -> tuple[list[Any], str]:
    """The parameters to ask by, or why there are none (`policy/generic/policy_dispatcher.go`, `CollectParams`)."""
    kind, wanted = policy.spec.get("paramKind"), binding.spec.get("paramRef")
    if kind is None or wanted is None:
        return [None], ""
    api, name = str(kind.get("apiVersion")), str(kind.get("kind"))
    found = [o for o in rules.objects if o["apiVersion"] == api and o["kind"] == name]
    scoped = not any((o.get("metadata") or {}).get("namespace") for o in found)
    place = wanted.get("namespace") or request.namespace
    if not scoped:
        if not place:
            return [], "cannot use namespaced paramRef in policy binding that matches cluster-scoped resources"
        found = [o for o in found if ((o.get("metadata") or {}).get("namespace") or "default") == place]
    if wanted.get("name"):
        found = [o for o in found if (o.get("metadata") or {}).get("name") == wanted["name"]]
    else:
        found = [o for o in found if selects(wanted.get("selector"), labels_of(o))]
    if not found and wanted.get("parameterNotFoundAction") == "Deny":
        return [], "no params found for policy binding with `Deny` parameterNotFoundAction"
    return found, ""


def _bindings(request: Request, about: Mapping[str, Any] | None, param: Any, policy: Policy) -> dict[str, Any]:
    kind = {"group": request.group, "version": request.version, "kind": request.kind}
    resource = {"group": request.group, "version": request.version, "resource": request.resource}
    asked: dict[str, Any] = {
        "kind": kind,
        "resource": resource,
        "requestKind": kind,
        "requestResource": resource,
        "name": request.name,
        "operation": request.operation,
        "userInfo": {},
        "dryRun": False,
        "options": {"apiVersion": "meta.k8s.io/v1", "kind": f"{request.operation.capitalize()}Options"},
    }
    if request.namespace:
        asked["namespace"] = request.namespace
    named = _namespace(request.namespace, about) if request.namespace and not request.is_namespace else None
    bindings = {"object": request.data, "oldObject": request.old, "request": asked, "namespaceObject": named}
    return {**bindings, "params": param} if policy.spec.get("paramKind") is not None else bindings


def _namespace(name: str, about: Mapping[str, Any] | None) -> dict[str, Any]:
    given = (about or {}).get("metadata")
    metadata = dict(given) if isinstance(given, Mapping) else {}
    labels = {**(metadata.get("labels") or {}), "kubernetes.io/metadata.name": name}
    whole = {**metadata, "name": name, "labels": labels}
    return {"metadata": whole, "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}}


def _asked(policy: Policy, bindings: dict[str, Any]) -> Iterator[Said]:
    try:
        means, wrong = _conditions(policy, bindings)
    except BudgetError:
        means, wrong = False, "the match conditions cost more than the server pays"
    if wrong:
        if policy.fails:
            yield wrong, None
        return
    if not means:
        return
    budget = Budget(PER_OBJECT)
    if policy.variables:
        bindings["variables"] = Variables(policy.variables, lambda program: budget.run(program, bindings))
    try:
        # Messages are made when all checks are done, from what these have left.
        broken = [(check, value) for check in policy.checks if (value := budget.run(check.program, bindings)) is not True]
        for check, value in broken:
            if isinstance(value, CelError):
                if policy.fails:
                    yield _failed(check.text, value), check
            else:
                yield _message(check, bindings, budget), check
    except BudgetError:
        if policy.fails:
            yield "its expressions cost more than the server pays for one object", None


def _conditions(policy: Policy, bindings: dict[str, Any]) -> tuple[bool, str]:
    """Whether all conditions hold; a false one decides, then one that cannot be evaluated."""
    budget = Budget(PER_CONDITIONS)
    bound = {**bindings, "namespaceObject": None}
    wrong: list[str] = []
    for program in policy.conditions:
        value = budget.run(program, bound)
        if value is False:
            return False, ""
        if isinstance(value, CelError):
            wrong.append(_failed(program.text, value))
    return not wrong, wrong[0] if len(wrong) == 1 else f"[{', '.join(wrong)}]" if wrong else ""


def _failed(text: str, error: CelError) -> str:
    return f"expression '{text}' resulted in error: {error.message}"


def _message(check: Check, bindings: Mapping[str, Any], budget: Budget) -> str:
    if check.words is not None:
        made = budget.run(check.words, bindings)
        if isinstance(made, str):
            text = made.strip()
            if text and "\n" not in text and len(text.encode("utf-8", "replace")) <= LONGEST:
                return text
    return check.message or f"failed expression: {check.text.strip()}"


def _problem(
    manifest: Manifest, policy: Policy, message: str, check: Check | None, level: Severity, environment: str
) -> Problem:
    from modelwright.judge import place_of

    path = blamed(check, policy, manifest.data) if check else ()
    return Problem(
        "MW860",
        f"policy `{policy.name}`: {message}",
        place_of(manifest, path),
        "",
        "policy",
        (environment,) if environment else (),
        _resource(manifest),
        path,
        (("the policy", check.place if check else policy.place),),
        level=level,
    )


def _unjudged(manifest: Manifest, policy: Policy, environment: str, why: str) -> Problem:
    hint = "give the Namespace among the policies" if "labels" in why else ""
    what = f"policy `{policy.name}` was not judged: {why}"
    about = (environment,) if environment else ()
    return Problem("MW863", what, policy.place, hint, "risk", about, level="note")


def _resource(manifest: Manifest) -> Resource:
    return Resource(manifest.api_version, manifest.kind, manifest.name, manifest.namespace)


def blamed(check: Check, policy: Policy, data: Any) -> Path:
    """The first field of the object that a check is about, as far as the object has it: what an author can change."""
    seen: set[str] = set()
    texts = [check.text]
    while texts:
        text = texts.pop(0)
        found = _CHAIN.search(text)
        if found:
            steps = [step.strip().removeprefix("?") for step in found[1].split(".")[1:]]
            return _within(steps, data)
        for name in _VARIABLE.findall(text):
            if name in policy.variables and name not in seen:
                seen.add(name)
                texts.append(policy.variables[name].text)
    return ()


def _within(steps: list[str], data: Any) -> Path:
    path: list[str | int] = []
    for step in steps:
        if not isinstance(data, Mapping) or step not in data:
            break
        path.append(step)
        data = data[step]
    return tuple(path)
