"""A compiled pipeline with the types its messages promise: what references are followed on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from modelwright.judge.ir.finding import Finding
from modelwright.model import Path
from modelwright.problems import Effect
from modelwright.records import dataclass

Data = Mapping[str, Any]
ROOT = "root"
"""Name of the outermost component (backend/src/v2/compiler/visitor.go, where no other may bear it)."""


@dataclass(frozen=True, slots=True)
class Spec:
    """A decoded pipeline."""

    data: Data
    executors: Data
    """Executor label -> its body."""
    platform: Data
    """Executor label -> what the Kubernetes platform adds to it."""
    written: Callable[[Path], Path]
    """A path with JSON's names, as the author spelt it."""

    def component(self, name: str) -> Data | None:
        """A component by name."""
        found = self.data.get("root") if name == ROOT else (self.data.get("components") or {}).get(name)
        return found if isinstance(found, Mapping) else None

    def finding(
        self,
        code: str,
        message: str,
        path: Path,
        hint: str = "",
        *,
        effect: Effect = "broken",
        key: bool = False,
        related: tuple[tuple[str, Path], ...] = (),
        conceal: bool = False,
    ) -> Finding:
        """A finding about the pipeline's own document."""
        there = tuple((word, self.written(place)) for word, place in related)
        return Finding(code, message, "spec", self.written(path), hint, effect, key, related=there, conceal=conceal)


def place(name: str) -> Path:
    """Where a component is written."""
    return (ROOT,) if name == ROOT else ("components", name)


def tasks(component: Data) -> Data:
    """The tasks of a component that is a graph."""
    return (component.get("dag") or {}).get("tasks") or {}


def inputs(component: Data, kind: str) -> Data:
    """What a component takes: `parameters` or `artifacts`."""
    return (component.get("inputDefinitions") or {}).get(kind) or {}


def outputs(component: Data, kind: str) -> Data:
    """What a component gives: `parameters` or `artifacts`."""
    return (component.get("outputDefinitions") or {}).get(kind) or {}


def given(task: Data, kind: str) -> Data:
    """What a task hands to its component: `parameters` or `artifacts`."""
    return (task.get("inputs") or {}).get(kind) or {}


def referred(task: Data) -> str:
    """The name of the component that a task runs."""
    return str((task.get("componentRef") or {}).get("name") or "")


def reachable(spec: Spec) -> tuple[str, ...]:
    """The components a run would come to, from the root on; the server looks at no others."""
    found: dict[str, None] = {}
    waiting = [ROOT]
    while waiting:
        name = waiting.pop()
        component = spec.component(name)
        if component is None or name in found:
            continue
        found[name] = None
        waiting += reversed([referred(task) for task in tasks(component).values()])
    return tuple(found)


def producers(task: Data) -> Iterator[tuple[Path, str, str, str]]:
    """Outputs of other tasks that a task reads: path in the task, kind, producer, output key."""
    for kind, word, key in (
        ("parameters", "taskOutputParameter", "outputParameterKey"),
        ("artifacts", "taskOutputArtifact", "outputArtifactKey"),
    ):
        for name, value in given(task, kind).items():
            source = value.get(word)
            if isinstance(source, Mapping):
                path = ("inputs", kind, name, word)
                yield path, kind, str(source.get("producerTask") or ""), str(source.get(key) or "")
