"""Credentials inside a compiled pipeline: in variables of containers, in defaults and in arguments of tasks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from modelwright.judge.ir.finding import Finding
from modelwright.judge.ir.spec import Spec, given, inputs, place, reachable, tasks
from modelwright.load.secrets import credential_in
from modelwright.model import Path

HINT = "take it from a Secret: `kubernetes.use_secret_as_env(task, secret_name=..., secret_key_to_env=...)`"


def secrets(spec: Spec) -> Iterator[Finding]:
    """Every literal that looks like a credential; neither the value nor its line is printed."""
    for path, name, value in _literals(spec):
        below = credential_in(name, value)
        if below is not None:
            word = next((step for step in reversed(below) if isinstance(step, str)), name)
            message = f"`{word[:60]}` looks like a credential, and would be in Git and in the cluster's store"
            yield Finding("MW735", message, "spec", (*spec.written(path), *below), HINT, "policy", conceal=True)


def _literals(spec: Spec) -> Iterator[tuple[Path, str, Any]]:
    for label, body in spec.executors.items():
        container = body.get("container") if isinstance(body, Mapping) else None
        for index, variable in enumerate((container.get("env") or ()) if isinstance(container, Mapping) else ()):
            if isinstance(variable, Mapping):
                path: Path = ("deploymentSpec", "executors", label, "container", "env", index, "value")
                yield path, str(variable.get("name") or ""), variable.get("value")
    for name in reachable(spec):
        component = spec.component(name) or {}
        for parameter, facts in inputs(component, "parameters").items():
            path = (*place(name), "inputDefinitions", "parameters", parameter, "defaultValue")
            yield path, str(parameter), facts.get("defaultValue")
        for label, task in tasks(component).items():
            for parameter, source in given(task, "parameters").items():
                runtime = source.get("runtimeValue")
                if isinstance(runtime, Mapping):
                    path = (*place(name), "dag", "tasks", label, "inputs", "parameters", parameter, "runtimeValue", "constant")
                    yield path, str(parameter), runtime.get("constant")
