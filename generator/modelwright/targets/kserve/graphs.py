"""InferenceGraphs as KServe's router walks them: kserve cmd/router/main.go."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modelwright.rules.check import Row, Run

ROOT = "root"
_CHOOSES = ("Splitter", "Switch")
"""Routers that take one of their steps."""
_TOLD = 8
"""Nodes of a circle that are named."""


def repeated(steps: Any, run: Run) -> Iterator[Row]:
    """Steps with the name of an earlier one; those without a name are as they are."""
    seen = set()
    for index, step in enumerate(steps if isinstance(steps, list) else ()):
        name = step.get("name") if isinstance(step, dict) else None
        if isinstance(name, str) and name:
            if name in seen:
                yield (index, "name"), f"another step of the node is called `{name}`, too", "give each its own name"
            seen.add(name)


def unanswerable(nodes: Any, run: Run) -> Iterator[Row]:
    """Steps to nodes that are not there, circles (one for each step that closes one), and nodes that nothing leads to.

    Each step is looked at once. What no request reaches is told as that alone.
    """
    state: dict[str, int] = {ROOT: 0}  # a node's place on the way, or -1 when all of it is walked
    way: list[tuple[str, Iterator[tuple[int, str, bool]]]] = [(ROOT, _steps(nodes[ROOT]))]
    doubts = [0]  # for each place on the way, how many steps up to it may be left out
    while way:
        name, steps = way[-1]
        step = next(steps, None)
        if step is None:
            state[name] = -1
            way.pop()
            doubts.pop()
            continue
        index, target, always = step
        path = (name, "steps", index, "nodeName")
        if target not in nodes:
            yield path, f"there is no node `{target}`", _named(nodes)
        elif state.get(target, -1) >= 0:
            place = state[target]
            if always and doubts[place] == doubts[-1]:
                yield path, f"the step leads in a circle: {_circle(way, place)}", "no request would ever be answered"
            else:
                yield path, f"the step may lead in a circle: {_circle(way, place)}", "", "risk"
        elif target not in state:
            state[target] = len(way)
            way.append((target, _steps(nodes[target])))
            doubts.append(doubts[-1] + (not always))
    for name in nodes:
        if name not in state:
            yield (name,), f"no step leads to node `{name}`", "drop it, or name it in a step's `nodeName`", "ignored"


def _steps(node: Any) -> Iterator[tuple[int, str, bool]]:
    """Each step to another node: its index, the node, and whether it is always taken."""
    steps = node.get("steps") if isinstance(node, dict) else None
    if not isinstance(steps, list):
        return
    chosen = node.get("routerType") in _CHOOSES and len(steps) > 1
    conditional = node.get("routerType") in ("Switch", "Sequence")
    maybe = False
    for index, step in enumerate(steps):
        if not isinstance(step, Mapping):
            continue
        # A sequence ends with the first step whose condition does not hold.
        maybe = maybe or (conditional and bool(step.get("condition")))
        target = step.get("nodeName")
        if isinstance(target, str) and target:
            yield index, target, not chosen and not maybe


def _circle(way: list[tuple[str, Any]], place: int) -> str:
    names = [name for name, _ in way[place : place + _TOLD]]
    if len(way) - place > _TOLD:
        names.append("...")
    return ", ".join(f"`{name}`" if name != "..." else name for name in (*names, way[place][0]))


def _named(nodes: Mapping[str, Any]) -> str:
    names = sorted(map(str, nodes))[:_TOLD]
    return f"nodes are {', '.join(f'`{name}`' for name in names)}" + (", ..." if len(nodes) > _TOLD else "")
