"""Who refers to whom in a compiled pipeline: components, executors, tasks and their outputs, and circles among them.

The server looks at these when a run is made, not at admission (kubeflow/pipelines backend/src/v2/compiler/visitor.go and
argocompiler/dag.go), and only at components that a run would reach.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from modelwright.judge.ir.finding import Finding
from modelwright.judge.ir.spec import ROOT, Data, Spec, outputs, place, producers, reachable, referred, tasks
from modelwright.model import Path
from modelwright.problems import did_you_mean

OUTPUT = {"parameters": ("parameter", "outputParameterKey"), "artifacts": ("artifact", "outputArtifactKey")}


def references(spec: Spec, spoilt: frozenset[Path]) -> Iterator[Finding]:
    """Every reference of every component that a run reaches. `spoilt` executors have a finding already."""
    if isinstance((spec.data.get("components") or {}).get(ROOT), Mapping):
        message = "no component can be called `root`: that is the pipeline itself"
        yield spec.finding("MW719", message, ("components", ROOT), "rename it", key=True)
        return
    for name in reachable(spec):
        component = spec.component(name) or {}
        if "dag" in component:
            yield from _graph(spec, name, component)
        elif component.get("executorLabel"):
            yield from _executor(spec, name, str(component["executorLabel"]), spoilt)
        else:
            what = "the pipeline has no tasks" if name == ROOT else f"component `{name}` does nothing"
            yield spec.finding("MW719", what, place(name), "it needs `dag` or `executorLabel`", key=True)
    yield from _recursion(spec)


def _executor(spec: Spec, name: str, label: str, spoilt: frozenset[Path]) -> Iterator[Finding]:
    body = spec.executors.get(label)
    if not isinstance(body, Mapping):
        hint = did_you_mean(label, [str(known) for known in spec.executors])
        message = f"component `{name}` names executor `{label}`, which is not there"
        yield spec.finding("MW719", message, (*place(name), "executorLabel"), hint)
        return
    path: Path = ("deploymentSpec", "executors", label)
    for word in ("resolver", "customJob"):
        if word in body:
            message = f"executor `{label}` is a {word}, which Kubeflow Pipelines does not run"
            yield spec.finding("MW727", message, (*path, word), "it runs containers and importers", key=True)
            return
    container = body.get("container")
    if any(p[: len(path)] == path for p in spoilt):
        return
    if isinstance(container, Mapping) and not container.get("image"):
        where = (*path, "container")
        yield spec.finding("MW727", f"executor `{label}` has no container image", where, "add `image`", key=True)
    elif container is None and body.get("importer") is None:
        yield spec.finding("MW727", f"executor `{label}` runs nothing", path, "it needs `container` or `importer`", key=True)


def _graph(spec: Spec, name: str, component: Data) -> Iterator[Finding]:
    members = tasks(component)
    base = (*place(name), "dag", "tasks")
    if not members:
        what = "the pipeline" if name == ROOT else f"component `{name}`"
        yield spec.finding("MW727", f"{what} has no tasks", (*place(name), "dag"), "a graph needs a task at least", key=True)
        return
    for label, task in members.items():
        path = (*base, label)
        ref = referred(task)
        if spec.component(ref) is None or ref == ROOT:
            known = [str(known) for known in spec.data.get("components") or {}]
            message = f"task `{label}` runs component `{ref}`, which is not there" if ref else f"task `{label}` names no component"
            inside = (*path, "componentRef", "name") if ref else path
            yield spec.finding("MW719", message, inside, did_you_mean(ref, known), key=not ref)
        for index, other in enumerate(task.get("dependentTasks") or ()):
            if other not in members:
                yield _unknown_task(spec, (*path, "dependentTasks", index), label, str(other), members)
        for below, kind, producer, key in producers(task):
            yield from _produced(spec, members, (*path, *below), label, kind, producer, key)
        for parameter, value in ((task.get("inputs") or {}).get("parameters") or {}).items():
            status = value.get("taskFinalStatus")
            producer = str(status.get("producerTask") or "") if isinstance(status, Mapping) else ""
            if producer and producer not in members:
                where = (*path, "inputs", "parameters", parameter, "taskFinalStatus", "producerTask")
                yield _unknown_task(spec, where, label, producer, members)
    yield from _outputs(spec, name, component, members)
    yield from _circle(spec, base, members)


def _unknown_task(spec: Spec, path: Path, label: str, other: str, members: Data) -> Finding:
    message = f"task `{label}` refers to task `{other}`, which is not in the same graph"
    return spec.finding("MW720", message, path, did_you_mean(other, [str(name) for name in members]))


def _produced(
    spec: Spec, members: Data, path: Path, label: str, kind: str, producer: str, key: str, word: str = "producerTask"
) -> Iterator[Finding]:
    task = members.get(producer)
    if not isinstance(task, Mapping):
        yield _unknown_task(spec, (*path, word), label, producer, members)
        return
    component = spec.component(referred(task))
    if component is None or not isinstance(component, Mapping):
        return
    known = outputs(component, kind)
    noun, field = OUTPUT[kind]
    if key not in known:
        message = f"task `{producer}` gives no output {noun} `{key}`"
        hint = did_you_mean(key, [str(name) for name in known]) or f"component `{referred(task)}` declares none"
        there = (("the component is here", place(referred(task))),)
        yield spec.finding("MW720", message, (*path, field) if key else path, hint, related=there)


def _outputs(spec: Spec, name: str, component: Data, members: Data) -> Iterator[Finding]:
    """Where a graph's own outputs come from."""
    stated = (component.get("dag") or {}).get("outputs") or {}
    base = (*place(name), "dag", "outputs")
    who = "root" if name == ROOT else name
    for kind in ("parameters", "artifacts"):
        for output, value in (stated.get(kind) or {}).items():
            for below, selector in _selectors(value):
                path = (*base, kind, output, *below)
                producer = str(selector.get("producerSubtask") or "")
                if producer not in members:
                    message = f"output `{output}` of `{who}` comes from task `{producer}`, which is not in its graph"
                    hint = did_you_mean(producer, [str(known) for known in members])
                    yield spec.finding("MW720", message, (*path, "producerSubtask"), hint)
                else:
                    key = str(selector.get(OUTPUT[kind][1]) or "")
                    yield from _produced(spec, members, path, who, kind, producer, key, "producerSubtask")


def _selectors(value: Data) -> Iterator[tuple[Path, Data]]:
    if isinstance(value.get("valueFromParameter"), Mapping):
        yield ("valueFromParameter",), value["valueFromParameter"]
    several = value.get("valueFromOneof")
    for index, item in enumerate((several.get("parameterSelectors") or ()) if isinstance(several, Mapping) else ()):
        if isinstance(item, Mapping):
            yield ("valueFromOneof", "parameterSelectors", index), item
    for index, item in enumerate(value.get("artifactSelectors") or ()):
        if isinstance(item, Mapping):
            yield ("artifactSelectors", index), item


def _circle(spec: Spec, base: Path, members: Data) -> Iterator[Finding]:
    """Tasks that wait for each other; each circle once."""
    edges: dict[str, list[tuple[str, Path]]] = {}
    for label, task in members.items():
        waits = edges.setdefault(label, [])
        for index, other in enumerate(task.get("dependentTasks") or ()):
            waits.append((str(other), (*base, label, "dependentTasks", index)))
        waits += [(producer, (*base, label, *below, "producerTask")) for below, _, producer, _ in producers(task)]
    for names, path in _circles(edges):
        shown = " -> ".join((*names, names[0]))
        message = f"task `{names[0]}` waits for itself" if len(names) == 1 else f"tasks wait for each other: {shown}"
        yield spec.finding("MW722", message, path, "none of them can start; remove one of the dependencies")


def _recursion(spec: Spec) -> Iterator[Finding]:
    edges: dict[str, list[tuple[str, Path]]] = {}
    for name in reachable(spec):
        component = spec.component(name) or {}
        edges[name] = [
            (referred(task), (*place(name), "dag", "tasks", label, "componentRef", "name"))
            for label, task in tasks(component).items()
        ]
    for names, path in _circles(edges):
        shown = " -> ".join((*names, names[0]))
        message = f"component `{names[0]}` contains itself" + (f": {shown}" if len(names) > 1 else "")
        yield spec.finding("MW723", message, path, "a pipeline cannot recurse")


def _circles(edges: Mapping[str, list[tuple[str, Path]]]) -> Iterator[tuple[tuple[str, ...], Path]]:
    """Circles of a graph: the names on one, and where its last step is written. One for each step that closes one,
    found by a depth-first walk without recursion, in time linear to the graph."""
    done: set[str] = set()
    told: set[frozenset[str]] = set()
    for start in edges:
        if start in done:
            continue
        trail: dict[str, None] = {start: None}
        stack: list[tuple[str, Any]] = [(start, iter(edges[start]))]
        while stack:
            name, rest = stack[-1]
            step = next(rest, None)
            if step is None:
                stack.pop()
                done.add(name)
                trail.pop(name)
                continue
            other, path = step
            if other in trail:
                names = tuple(trail)
                names = names[names.index(other) :]
                if frozenset(names) not in told:
                    told.add(frozenset(names))
                    yield names, path
            elif other in edges and other not in done:
                trail[other] = None
                stack.append((other, iter(edges[other])))
