"""What flows into tasks: required inputs, types of values and of outputs, loops.

Types as the driver holds them (kubeflow/pipelines backend/src/v2/driver/resolver/parameters.go): text takes any value, both
kinds of number take numbers, and nothing is converted otherwise.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from modelwright.judge.ir.finding import Finding
from modelwright.judge.ir.spec import (
    ROOT,
    Data,
    Spec,
    given,
    inputs,
    outputs,
    place,
    reachable,
    referred,
    tasks,
)
from modelwright.judge.words import shown
from modelwright.load.secrets import may_be_secret
from modelwright.model import Path
from modelwright.problems import closest, did_you_mean

NUMBERS = ("NUMBER_DOUBLE", "NUMBER_INTEGER")
WORDS = {
    "STRING": "text",
    "NUMBER_DOUBLE": "a number",
    "NUMBER_INTEGER": "a whole number",
    "BOOLEAN": "true or false",
    "LIST": "a list",
    "STRUCT": "a map",
    "TASK_FINAL_STATUS": "a task's final status",
    "TASK_CONFIG": "a task's configuration",
}
GIVEN_BY_SERVER = ("TASK_FINAL_STATUS", "TASK_CONFIG")
CHANNEL = "pipelinechannel--"
"""First part of the names that the compiler makes up to pass values into graphs."""


def misfit(value: Any, kind: str, *, argument: bool, name: str = "") -> str:
    """Why a value does not fit a parameter type; empty where it does. As an argument, text takes anything.

    What may be a credential, by itself or by the parameter's name, is not repeated.
    """
    if kind not in WORDS or kind in GIVEN_BY_SERVER or value is None:
        return ""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    fits = {
        "STRING": argument or isinstance(value, str),
        "NUMBER_DOUBLE": is_number,
        "NUMBER_INTEGER": is_number and (isinstance(value, int) or value.is_integer()),
        "BOOLEAN": isinstance(value, bool),
        "LIST": isinstance(value, list),
        "STRUCT": isinstance(value, Mapping),
    }[kind]
    is_shown = "" if may_be_secret(name, value) else f", but is {shown(value)}"
    return "" if fits else f"must be {WORDS[kind]}{is_shown}"


def kind_of(parameter: Data) -> str:
    """A parameter's type; empty where it states none by name."""
    kind = parameter.get("parameterType")
    return kind if isinstance(kind, str) else ""


def flow(spec: Spec) -> Iterator[Finding]:
    """Every value that enters a task of a component that a run reaches, and every default."""
    for name in reachable(spec):
        component = spec.component(name) or {}
        yield from _defaults(spec, name, component)
        for label, task in tasks(component).items():
            target = spec.component(referred(task))
            if target is None or referred(task) == ROOT:
                continue
            path = (*place(name), "dag", "tasks", label)
            looped = list(_loop(spec, path, label, task, target))
            yield from looped
            if not any(finding.effect == "broken" for finding in looped):
                yield from _required(spec, path, label, task, target)
            yield from _arguments(spec, path, component, task, target)


def _defaults(spec: Spec, name: str, component: Data) -> Iterator[Finding]:
    for parameter, facts in inputs(component, "parameters").items():
        path = (*place(name), "inputDefinitions", "parameters", parameter)
        default = facts.get("defaultValue")
        secret = may_be_secret(str(parameter), default)
        wrong = misfit(default, kind_of(facts), argument=False, name=str(parameter))
        if wrong:
            yield spec.finding("MW725", f"the default of `{parameter}` {wrong}", (*path, "defaultValue"), conceal=secret)
            continue
        literals = facts.get("literals") or []
        if default is not None and literals and default not in literals:
            message = f"the default of `{parameter}` is not one of its allowed values"
            yield spec.finding("MW725", message, (*path, "defaultValue"), _listed(literals, secret), conceal=secret)


def _listed(values: list[Any], secret: bool) -> str:
    return "" if secret else "allowed: " + ", ".join(f"`{json.dumps(value, ensure_ascii=False)[:40]}`" for value in values[:12])


def _required(spec: Spec, path: Path, label: str, task: Data, target: Data) -> Iterator[Finding]:
    looped = _item(task)
    for kind in ("parameters", "artifacts"):
        said = given(task, kind)
        for name, facts in inputs(target, kind).items():
            optional = facts.get("isOptional") or facts.get("defaultValue") is not None
            if name in said or name == looped or optional or kind_of(facts) in GIVEN_BY_SERVER:
                continue
            noun = kind.removesuffix("s")
            declared = inputs(target, kind)
            near = closest(str(name), [str(word) for word in said if word not in declared])
            hint = f"the task gives `{near}`: is that meant?" if near else f"add it under the task's `inputs.{kind}`"
            there = (("it is declared here", (*place(referred(task)), "inputDefinitions", kind, name)),)
            message = f"task `{label}` does not give the {noun} `{name}` that component `{referred(task)}` needs"
            yield spec.finding("MW724", message, path, hint, key=True, related=there)


def _item(task: Data) -> str:
    for word in ("parameterIterator", "artifactIterator"):
        if isinstance(task.get(word), Mapping):
            return str(task[word].get("itemInput") or "")
    return ""


def _arguments(spec: Spec, path: Path, home: Data, task: Data, target: Data) -> Iterator[Finding]:
    for kind in ("parameters", "artifacts"):
        declared = inputs(target, kind)
        for name, source in given(task, kind).items():
            below = (*path, "inputs", kind, name)
            word = "componentInputParameter" if kind == "parameters" else "componentInputArtifact"
            # The compiler hands parts of a loop's items through graphs around the loop, which have no such input.
            passed_on = str(name).startswith(CHANNEL) and "loop-item" in str(name)
            if word in source and not passed_on:
                yield from _from_home(spec, (*below, word), home, kind, str(source[word]))
            if kind == "parameters":
                wanted = declared.get(name)
                yield from _fits(spec, below, str(name), source, wanted if isinstance(wanted, Mapping) else {}, home)


def _from_home(spec: Spec, path: Path, home: Data, kind: str, name: str) -> Iterator[Finding]:
    known = inputs(home, kind)
    if name in known or name.startswith(CHANNEL):
        return
    noun = kind.removesuffix("s")
    hint = did_you_mean(name, [str(word) for word in known]) or "the graph around the task declares no inputs"
    yield spec.finding("MW721", f"there is no input {noun} `{name}` to take the value from", path, hint)


def _fits(spec: Spec, path: Path, name: str, source: Data, wanted: Data, home: Data) -> Iterator[Finding]:
    kind = kind_of(wanted)
    if source.get("parameterExpressionSelector"):
        return  # a part of the value is taken, whose type nobody states
    runtime = source.get("runtimeValue")
    if isinstance(runtime, Mapping):
        if "constant" not in runtime:
            word = next(iter(runtime), "")
            if word:
                message = f"`{word}` is not a value Kubeflow Pipelines can give to a task"
                yield spec.finding("MW725", message, (*path, "runtimeValue", word), "write `constant`", key=True)
            return
        value = runtime["constant"]
        where = (*path, "runtimeValue", "constant")
        if isinstance(value, str) and "{{$." in value:
            return  # filled in when the task runs
        wrong = misfit(value, kind, argument=True, name=name)
        secret = may_be_secret(name, value)
        if wrong:
            yield spec.finding("MW725", f"`{name}` {wrong}", where, conceal=secret)
        elif wanted.get("literals") and value not in wanted["literals"]:
            message = f"`{name}` cannot be {'what it is' if secret else shown(value)}"
            yield spec.finding("MW725", message, where, _listed(wanted["literals"], secret), conceal=secret)
        return
    found, where = _source_kind(spec, source, home)
    if found and kind and kind != "STRING" and found != kind and not {found, kind} <= set(NUMBERS):
        message = f"`{name}` must be {WORDS[kind]}, but gets {WORDS[found]}"
        yield spec.finding("MW725", message, (*path, *where))


def _source_kind(spec: Spec, source: Data, home: Data) -> tuple[str, Path]:
    """The type of what a task gets, where that is sure; and where the source is said."""
    word = source.get("componentInputParameter")
    if isinstance(word, str):
        facts = inputs(home, "parameters").get(word)
        return (kind_of(facts) if isinstance(facts, Mapping) else ""), ("componentInputParameter",)
    output = source.get("taskOutputParameter")
    if isinstance(output, Mapping):
        producer = tasks(home).get(str(output.get("producerTask") or ""))
        if not isinstance(producer, Mapping) or _item(producer):
            return "", ()  # a loop's outputs are collected into lists
        facts = outputs(spec.component(referred(producer)) or {}, "parameters").get(str(output.get("outputParameterKey") or ""))
        kind = kind_of(facts) if isinstance(facts, Mapping) else ""
        return (kind if kind in WORDS else ""), ("taskOutputParameter", "outputParameterKey")
    return "", ()


def _loop(spec: Spec, path: Path, label: str, task: Data, target: Data) -> Iterator[Finding]:
    for word, kind, source in (
        ("parameterIterator", "parameters", "inputParameter"),
        ("artifactIterator", "artifacts", "inputArtifact"),
    ):
        loop = task.get(word)
        if not isinstance(loop, Mapping):
            continue
        where = (*path, word)
        if kind == "artifacts":
            # Compilers write it, and no released server runs it (argocompiler/dag.go).
            message = f"task `{label}` loops over artifacts, which Kubeflow Pipelines up to 2.17 does not run"
            yield spec.finding("MW726", message, where, "loop over parameters", effect="risk", key=True)
        item = str(loop.get("itemInput") or "")
        if item not in inputs(target, kind):
            hint = did_you_mean(item, [str(name) for name in inputs(target, kind)])
            message = f"component `{referred(task)}` has no input `{item}` to take the items of the loop"
            yield spec.finding("MW726", message, (*where, "itemInput") if item else where, hint, key=not item)
        yield from _items(spec, (*where, "items"), label, task, loop.get("items"), kind, source)


def _items(spec: Spec, path: Path, label: str, task: Data, items: Any, kind: str, source: str) -> Iterator[Finding]:
    items = items if isinstance(items, Mapping) else {}
    name = items.get(source)
    if isinstance(name, str):
        if name not in given(task, kind):
            hint = did_you_mean(name, [str(word) for word in given(task, kind)])
            message = f"task `{label}` loops over its input `{name}`, which it is not given"
            yield spec.finding("MW726", message, (*path, source), hint)
        return
    raw = items.get("raw")
    if raw is None:
        yield spec.finding("MW726", f"task `{label}` loops over nothing", path[:-1], "say its `items`", key=True)
        return
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, list):
        message = f"the items that task `{label}` loops over are no JSON list"
        yield spec.finding("MW726", message, (*path, "raw"), 'write a list as text, such as `["a", "b"]`')
