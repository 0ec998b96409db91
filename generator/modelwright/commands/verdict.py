"""`modelwright explain ENVIRONMENT/COMPONENT`: what becomes of a component, and why."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from contextlib import redirect_stdout
from typing import NoReturn

import click

from modelwright.commands.common import exit_code, misuse, read_workspace, root_of, show
from modelwright.problems import Problem


def explain(directory: str, topic: str, form: str) -> None:
    """Print the view of `ENVIRONMENT/NAME` or `ENVIRONMENT/PROJECT/NAME`.

    A component that cannot run is explained all the same; one whose blueprint cannot be read is not: exit code 1.
    """
    from modelwright.pipeline import build
    from modelwright.problems import did_you_mean
    from modelwright.verdict import subjects, view

    parts = topic.split("/")
    if len(parts) not in (2, 3) or not all(parts):
        misuse(f"{topic!r} is no ENVIRONMENT/COMPONENT, nor ENVIRONMENT/PROJECT/COMPONENT")
    environment, project, name = parts[0], parts[1] if len(parts) == 3 else "", parts[-1]
    sources, problems = read_workspace(root_of(directory))
    result = build(sources, environment=environment)
    problems += result.problems
    stages = result.workspace.environments
    if not stages and exit_code(problems, "error"):
        _unreadable(problems, result.sources)
    if environment not in stages:
        misuse(f"there is no environment {environment!r}; {did_you_mean(environment, list(stages))}")
    found = subjects(result, environment, project, name)
    if not found:
        known = sorted({each.name for each in result.workspace.components})
        if name not in known and exit_code(problems, "error"):
            _unreadable(problems, result.sources)
        where = f"environment {environment!r}" + (f", project {project!r}" if project else "")
        misuse(f"{where} has no component {name!r}; {did_you_mean(name, known)}" if name not in known else f"{name!r} does not run in {where}")
    if len({each.plan.project for each in found}) > 1:
        choices = ", ".join(f"{environment}/{each.plan.project}/{name}" for each in found)
        misuse(f"{name!r} is in several projects: {choices}")
    for index, subject in enumerate(found):
        made = view(subject)
        if form == "json":
            from modelwright.verdict.data import render as as_json

            click.echo(as_json(made, result.sources), nl=False)
        else:
            from modelwright.verdict.text import render as as_text

            click.echo(("\n" if index else "") + as_text(made), nl=False)


def _unreadable(problems: Iterable[Problem], sources: Mapping[str, str]) -> NoReturn:
    with redirect_stdout(sys.stderr):
        show(problems, sources, "text")
    raise SystemExit(1)
