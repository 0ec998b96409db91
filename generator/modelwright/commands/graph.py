"""`modelwright graph`: the workspace as a picture."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout

import click

from modelwright.commands.common import exit_code, misuse, read_workspace, root_of, show

ARROWS, LARGEST = 500, 50_000
"""Mermaid's own limits (its configuration's maxEdges and maxTextSize), which GitHub leaves as they are."""


@click.command(
    "graph",
    epilog="""\b
Examples:
  modelwright graph                       everything
  modelwright graph --environment prod    what runs in prod
  modelwright graph --project risk        one team's

Put it between ```mermaid and ``` in a README or a pull request: GitHub and GitLab draw it.""",
)
@click.option("--environment", default="", metavar="E", help="Only what runs in this environment.")
@click.option("--project", default="", metavar="P", help="Only the components of this project.")
@click.pass_obj
def command(directory: str, environment: str, project: str) -> None:
    """Print components, what they refer to, and the environments, as a Mermaid flowchart."""
    from modelwright.pipeline import build
    from modelwright.problems import did_you_mean
    from modelwright.report.mermaid import render
    from modelwright.resolve import plans

    sources, problems = read_workspace(root_of(directory))
    result = build(sources, whole=False)
    problems += result.problems
    if exit_code(problems, "error"):
        with redirect_stdout(sys.stderr):
            show(problems, result.sources, "text")
        raise SystemExit(1)
    workspace = result.workspace
    planned, _ = plans(workspace.components, workspace)
    projects = sorted({plan.project for plan in planned})
    for word, name, known in (
        ("environment", environment, list(workspace.environments)),
        ("project", project, projects),
    ):
        if name and name not in known:
            misuse(f"there is no {word} {name!r}; {did_you_mean(name, known)}")
    text = render(workspace, planned, environment=environment, project=project)
    click.echo(text, nl=False)
    if len(text) > LARGEST or text.count("-->") > ARROWS:
        limits = f"{ARROWS} arrows and {LARGEST} characters"
        click.echo(f"Mermaid draws at most {limits} unless told otherwise: narrow it by --project", err=True)
