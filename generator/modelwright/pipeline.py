"""The whole story on one screen: texts -> documents -> variants -> manifests -> tree -> verdict.

Pure from end to end; `commands/` reads before it and writes after it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from modelwright.expand import Templates, expand
from modelwright.judge import judge
from modelwright.load import load
from modelwright.model import Manifest, Place, Source, Tree
from modelwright.overlay import overlay
from modelwright.problems import Problem, merged
from modelwright.resolve import resolve
from modelwright.resolve.workspace import Workspace

EMPTY = Tree({}, {})


@dataclass(frozen=True, slots=True)
class Build:
    """What a workspace compiles to, and every problem found on the way."""

    workspace: Workspace
    tree: Tree
    problems: tuple[Problem, ...]
    sources: Mapping[str, str]
    """Path -> text of every file read, for the report."""

    @property
    def sound(self) -> bool:
        return not any(p.severity == "error" for p in self.problems)


def build(sources: Sequence[Source], *, environment: str = "") -> Build:
    """Compile and judge a workspace. `environment` narrows the judging to one."""
    texts = {source.path: source.text for source in sources}
    blueprints = [s for s in sources if not s.path.startswith("templates/")]
    documents, problems = load(blueprints)
    if any(p.code < "MW106" for p in problems):
        # A file that cannot be read may define any name: following references would only mislead.
        return Build(Workspace("workspace"), EMPTY, problems, texts)
    workspace, found = resolve(documents, _unsound(problems))
    problems += found
    own = {s.path.removeprefix("templates/"): s.text for s in sources if s.path.startswith("templates/")}
    expansion, found = expand(workspace, Templates(own))
    problems += merged(list(found))
    tree, found = overlay(expansion.components, expansion.shared)
    problems += found
    problems += verdict(tree, workspace, environment)
    return Build(workspace, tree, _silence(problems, workspace), texts)


def verdict(tree: Tree, workspace: Workspace, environment: str = "") -> tuple[Problem, ...]:
    """Judge what every folder builds to, each environment by its own cluster's release."""
    found: list[Problem] = []
    for name, manifests in _by_environment(tree, workspace).items():
        if not environment or name == environment:
            found += judge(manifests, workspace.environments[name].cluster.release, name)
    return merged(found)


def _by_environment(tree: Tree, workspace: Workspace) -> dict[str, list[Manifest]]:
    stages: dict[str, list[Manifest]] = {name: [] for name in workspace.environments}
    clusters: dict[str, str] = {}
    for name, stage in workspace.environments.items():
        clusters.setdefault(stage.cluster.name, name)
    for folder, manifests in tree.built.items():
        head, _, rest = folder.partition("/")
        if head == "clusters":
            head = clusters.get(rest, "")
        if head in stages:
            stages[head] += manifests
    return stages


def _unsound(problems: Sequence[Problem]) -> frozenset[tuple[str, int]]:
    return frozenset(
        (p.place.file, p.place.document) for p in problems if p.severity == "error" and isinstance(p.place, Place)
    )


def _silence(problems: tuple[Problem, ...], workspace: Workspace) -> tuple[Problem, ...]:
    """The workspace's own severities: the longest matching code prefix wins."""
    if workspace.document is None:
        return problems
    stated = ((workspace.document.data.get("spec") or {}).get("judge") or {}).get("severity") or {}
    if not stated:
        return problems
    ordered = sorted(stated, key=len, reverse=True)
    changed = []
    for problem in problems:
        prefix = next((p for p in ordered if problem.code.startswith(p)), None)
        changed.append(replace(problem, level=stated[prefix]) if prefix else problem)
    return tuple(changed)
