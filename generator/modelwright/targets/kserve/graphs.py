"""InferenceGraphs as KServe's router walks them: kserve cmd/router/main.go."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from modelwright.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modelwright.rules.check import Row, Run

ROOT = "root"
TARGETS = ("nodeName", "serviceName", "serviceUrl")
_READ = {"Sequence": ("data", "condition"), "Switch": ("condition",), "Splitter": ("weight",), "Ensemble": ()}
"""What each router reads of its steps besides target, name and dependency."""
_USES = {
    "weight": "drop it, or make the node a `Splitter`",
    "condition": "drop it, or make the node a `Switch`",
    "data": "each step gets the request: drop it, or make the node a `Sequence`",
}
_CHOOSES = ("Splitter", "Switch")
"""Routers that take one of their steps."""
_TOLD = 8
"""Nodes of a circle that are named."""


def refused(steps: Any, run: Run) -> Iterator[Row]:
    """Steps of a node with the name of an earlier one, and those that have no target or more than one.

    kserve pkg/apis/serving/v1alpha1/inference_graph_validation.go; a step without name is as it is.
    """
    seen = set()
    for index, step in enumerate(steps if isinstance(steps, list) else ()):
        if not isinstance(step, dict):
            continue
        name = step.get("name")
        if isinstance(name, str) and name:
            if name in seen:
                yield (index, "name"), f"another step of the node is called `{name}`, too", "give each its own name"
            seen.add(name)
        targets = [word for word in TARGETS if step.get(word)]
        if not targets:
            yield (index,), "the step leads nowhere", "say `serviceName`, `serviceUrl` or `nodeName`"
        elif len(targets) > 1:
            yield (index,), f"the step has more than one target: {' and '.join(f'`{word}`' for word in targets)}", "keep one"


def unread(node: Any, run: Run) -> Iterator[Row]:
    """What the steps of a node say that its router does not read, and steps that a switch never takes.

    A switch asks gjson for the condition; there is nothing under an empty one (pickupRouteByCondition).
    """
    kind, steps = node.get("routerType"), node.get("steps")
    words = _READ.get(kind) if isinstance(kind, str) else None
    if words is None or not isinstance(steps, list):
        return
    a = "an" if kind == "Ensemble" else "a"
    for index, step in enumerate(steps):
        if not isinstance(step, dict):
            continue
        if kind == "Switch" and not step.get("condition"):
            hint = "write a path that every request has, such as `instances`, and let it be the last step"
            yield ("steps", index), "the step has no `condition`: a switch never takes it", hint
        for word, use in _USES.items():
            if word in step and word not in words and step[word] not in ("", "$request"):
                yield ("steps", index, word), f"`{word}` does nothing in {a} {kind}", use


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
