"""The workspace as a picture: components, what they refer to, and the way from stage to stage, as Mermaid text.

Mermaid (mermaid.js.org, flowchart) is what GitHub, GitLab and most wikis draw from a fenced block.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from typing import Any, NamedTuple

from modelwright.records import dataclass
from modelwright.resolve.workspace import Environment, Plan, Workspace

LONGEST = 80
"""Characters of a label's line."""

SHAPES = {
    "Model": ("([", "])"),
    "LLM": ("([", "])"),
    "Runtime": ("[[", "]]"),
    "Graph": ("{{", "}}"),
    "Pipeline": ("[/", "/]"),
    "Connection": ("[(", ")]"),
}
"""How a kind is drawn, in Mermaid's brackets; the others are plain boxes."""

WORDS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (("runtime",), "Runtime", "served by"),
    (("source", "connection"), "Connection", "reads"),
    (("canary", "source", "connection"), "Connection", "reads"),
    (("model", "source", "connection"), "Connection", "reads"),
    (("objectStorage", "connection"), "Connection", "stores in"),
    (("database", "connection"), "Connection", "stores in"),
    (("server",), "PipelineServer", "runs on"),
    (("deploys",), "Model", "deploys"),
)
"""Words of a spec that name another blueprint: where they stand, what they name, and what to call the arrow."""


class Node(NamedTuple):
    """What a box stands for. `project` is empty for what belongs to no project."""

    kind: str
    project: str
    name: str


@dataclass(slots=True)
class _Drawing:
    """Boxes and arrows as they turn up. An arrow holds the environments it is drawn for, none where it is all."""

    labels: dict[Node, list[str]] = field(default_factory=dict)
    foreign: dict[Node, None] = field(default_factory=dict)
    arrows: dict[tuple[Node, str, Node], list[str]] = field(default_factory=dict)
    names: dict[Node, str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)

    def name(self, node: Node) -> str:
        """The box's id: letters, digits and `_`, which Mermaid takes for nothing else; each box its own."""
        if node not in self.names:
            stem = "_".join(re.sub(r"[^A-Za-z0-9]", "_", part) for part in node if part)
            chosen, number = stem, 1
            while chosen in self.taken:
                number += 1
                chosen = f"{stem}_{number}"
            self.names[node] = chosen
            self.taken.add(chosen)
        return self.names[node]


def render(workspace: Workspace, plans: Iterable[Plan], *, environment: str = "", project: str = "") -> str:
    """A Mermaid flowchart of the plans (those of one project, in one environment, where these are named).

    The same workspace gives the same text, whatever the order of its files.
    """
    drawing = _Drawing()
    ours = frozenset((d.kind, d.name) for d in workspace.components)
    for plan in sorted(plans, key=lambda p: (p.project, p.document.kind, p.document.name)):
        stages = [name for name in plan.variants if environment in ("", name)]
        if stages and project in ("", plan.project):
            _draw(plan, stages, workspace, drawing, ours)
    shown = [stage for stage in workspace.environments.values() if environment in ("", stage.name)]
    return "\n".join([*_lines(drawing, workspace), *_stages(shown, drawing), *_classes(drawing)]) + "\n"


def _draw(
    plan: Plan, stages: list[str], workspace: Workspace, drawing: _Drawing, ours: frozenset[tuple[str, str]]
) -> None:
    here = _node(plan.document.kind, plan.document.name, plan.project, workspace)
    spec = plan.base.values["spec"]
    form = spec.get("format")
    what = f"{here.kind}, {form.get('name')}" if isinstance(form, Mapping) else here.kind
    drawing.labels[here] = [here.name, what, ", ".join(stages)]
    found: dict[tuple[Node, str, Node], list[str]] = {}
    for stage in stages:
        for kind, name, word in dict.fromkeys(_references(here.kind, plan.variants[stage].values["spec"])):
            there = _node(kind, name, plan.project, workspace)
            found.setdefault((here, word, there), []).append(stage)
            _mention(there, workspace, drawing, ours)
    drawing.arrows.update({arrow: [] if only == stages else only for arrow, only in found.items()})


def _references(kind: str, spec: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Kind and name of what a spec refers to, and the arrow's word."""
    for path, target, word in WORDS:
        value: Any = spec
        for step in path:
            value = value.get(step) if isinstance(value, Mapping) else None
        if isinstance(value, str) and value:
            yield target, value, word
    nodes = spec.get("nodes") if kind == "Graph" else None
    for routes in nodes.values() if isinstance(nodes, Mapping) else ():
        for steps in routes.values() if isinstance(routes, Mapping) else ():
            for step in steps if isinstance(steps, list) else ():
                if isinstance(step, Mapping) and isinstance(step.get("model"), str):
                    yield "Model", step["model"], "asks"


def _node(kind: str, name: str, project: str, workspace: Workspace) -> Node:
    if kind == "Connection":
        return Node(kind, "", name)
    if kind == "Runtime" and (project, name) not in workspace.runtimes:
        # One for the whole cluster, ours or installed by others.
        return Node(kind, "", name)
    return Node(kind, project, name)


def _mention(node: Node, workspace: Workspace, drawing: _Drawing, ours: frozenset[tuple[str, str]]) -> None:
    """A box for what is referred to, unless it has one or will have a fuller one."""
    if node in drawing.labels:
        return
    if node.kind == "Connection":
        blueprint = workspace.connections.get(node.name)
        form = (blueprint.data.get("spec") or {}).get("type") if blueprint else None
        drawing.labels[node] = [node.name, f"Connection, {form}" if isinstance(form, str) else "Connection"]
    else:
        drawing.labels[node] = [node.name, node.kind]
        if (node.kind, node.name) not in ours:
            drawing.foreign[node] = None


def _lines(drawing: _Drawing, workspace: Workspace) -> Iterator[str]:
    yield "flowchart LR"
    inside: dict[str, list[Node]] = {}
    for node in sorted(drawing.labels):
        inside.setdefault(node.project, []).append(node)
    for project, nodes in sorted(inside.items(), key=lambda item: (not item[0], item[0])):
        if project:
            title = workspace.projects.get(project, {}).get("title")
            label = f"{project}, {title}" if isinstance(title, str) and title else project
            yield f'  subgraph {drawing.name(Node("Project", "", project))}["{escaped(label)}"]'
        indent = "    " if project else "  "
        for node in nodes:
            before, after = SHAPES.get(node.kind, ("[", "]"))
            label = "<br/>".join(map(escaped, drawing.labels[node]))
            yield f'{indent}{drawing.name(node)}{before}"{label}"{after}'
        if project:
            yield "  end"
    for (start, word, end), only in sorted(drawing.arrows.items()):
        label = f"{word}, {', '.join(only)}" if only else word
        yield f'  {drawing.name(start)} -->|"{escaped(label)}"| {drawing.name(end)}'


def _stages(stages: list[Environment], drawing: _Drawing) -> Iterator[str]:
    """The environments in the order of promotion, each on its cluster."""
    if not stages:
        return
    yield f'  subgraph {drawing.name(Node("Environments", "", ""))}["Environments"]'
    names = {stage.name: drawing.name(Node("Environment", "", stage.name)) for stage in stages}
    for stage in stages:
        yield f'    {names[stage.name]}["{escaped(stage.name)}<br/>{escaped("on " + stage.cluster.name)}"]'
    for stage in stages:
        before = stage.spec.get("after")
        if before in names:
            yield f'    {names[str(before)]} ==>|"then"| {names[stage.name]}'
    yield "  end"


def _classes(drawing: _Drawing) -> Iterator[str]:
    """Dashed: what the workspace names, but others bring."""
    if drawing.foreign:
        yield "  classDef foreign stroke-dasharray: 4"
        yield f"  class {','.join(drawing.name(node) for node in sorted(drawing.foreign))} foreign"


def escaped(text: str) -> str:
    """Text for a quoted label: whatever could end the label, or be read as markup, becomes a character code.

    Mermaid writes those as `#34;` (mermaid.js.org, flowchart, "Entity codes to escape characters"). What cannot be
    seen, or turns the order of letters round, becomes a space.
    """
    cut = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
    return "".join(_escaped(c) for c in cut)


def _escaped(c: str) -> str:
    if c.isalnum() or c in " ,._-…":
        return c
    return " " if unicodedata.category(c)[0] in "CZ" else f"#{ord(c)};"
