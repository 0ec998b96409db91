"""Field specs: which fields of which kinds a transformer reaches, and the walk to them (api/filters/fieldspec)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from modelwright.kustomize.ids import ANY, Gvk
from modelwright.kustomize.nodes import MOST_DEPTH, NULL, Map, Node, Scalar, Seq, kind_of, missing, put
from modelwright.kustomize.refusal import At, Misfit
from modelwright.records import dataclass


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """Fields at a path (`spec/template/spec/containers[]/image`) of objects that a selector chooses."""

    path: str
    gvk: Gvk = ANY
    create: bool = False

    def alike(self, other: FieldSpec) -> bool:
        """Whether another spec already says this one."""
        return self.gvk.chosen_by(other.gvk) and self.path == other.path


def merged(specs: Sequence[FieldSpec], more: Sequence[FieldSpec]) -> tuple[FieldSpec, ...]:
    """Both lists, each spec once. Raises Misfit where two differ only in whether they create."""
    result = list(specs)
    for spec in more:
        known = next((s for s in result if s.alike(spec)), None)
        if known is None:
            result.append(spec)
        elif known.create != spec.create:
            raise Misfit(f"`create` of the field `{spec.path}` is said both ways")
    return tuple(result)


def split(path: str, sign: str = "/") -> list[str]:
    """The steps of a path; a backslash keeps the sign after it in one step (kyaml `PathSplitter`)."""
    parts = path.split(sign)
    if len(parts) > 1 and not parts[0]:
        parts = parts[1:]
    steps = [parts[0]]
    for part in parts[1:]:
        if steps[-1].endswith("\\"):
            steps[-1] = steps[-1][:-1] + sign + part
        else:
            steps.append(part)
    return steps


Holder = Map | Seq
Made = Callable[[At], Node]
"""Makes what is put where a path ends at nothing."""


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a value is: its container and its key or index there."""

    holder: Holder
    step: str | int

    @property
    def value(self) -> Node:
        return self.holder[self.step]  # type: ignore[index]

    def set(self, value: Node) -> None:
        """Put another value there."""
        self.holder[self.step] = value  # type: ignore[index]


def slots(root: Map, spec: FieldSpec, made: Made | None, at: At) -> Iterator[Slot]:
    """The fields a spec names in one object, those it creates included. Raises Misfit where the path does not fit."""
    steps = split(spec.path)
    if len(steps) > MOST_DEPTH:
        raise Misfit(f"a path has more than {MOST_DEPTH} steps")
    yield from _below(root, steps, spec.create, made, at)


def _below(node: Node, steps: Sequence[str], create: bool, made: Made | None, at: At) -> Iterator[Slot]:
    if missing(node):
        return
    if isinstance(node, Seq):
        for index in range(len(node)):
            if len(steps) > 0:
                yield from _below(node[index], steps, create, made, at)
        return
    if not isinstance(node, Map):
        raise Misfit(f"`{'/'.join(steps)}` is looked for in {kind_of(node)}")
    key = steps[0].removesuffix("[]")
    listed = key != steps[0]
    if not key:
        raise Misfit("a step of the path is empty")
    last = len(steps) == 1
    if not create or made is None or listed:
        if key not in node:
            return
        if listed and missing(node[key]):
            node[key] = Seq(at)
    else:
        found = node.get(key)
        if found is None:
            fresh = made(at) if last else Map(at)
            put(node, key, fresh)
        elif isinstance(found, Scalar) and found.tag == NULL:
            node[key] = made(at) if last else Map(at)
    if last:
        yield Slot(node, key)
    else:
        yield from _below(node[key], steps[1:], create, made, at)
