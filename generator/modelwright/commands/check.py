"""`modelwright check`: everything compile does, but the writing."""

from __future__ import annotations

import click

from modelwright.commands.common import (
    compiled,
    exit_code,
    jobs_option,
    read_workspace,
    report_options,
    root_of,
    show,
)


@click.command(
    "check",
    epilog="""\b
Examples:
  modelwright check                   in a hook or a pull request
  modelwright check --format json     for another program""",
)
@jobs_option
@report_options
@click.pass_obj
def command(directory: str, form: str, fail_on: str, jobs: int | None) -> None:
    """Judge the workspace and its overlays; write nothing.

    Also fails when overlays are out of date with their blueprints or were edited by hand.
    """
    from modelwright.write import plan, stale

    root = root_of(directory)
    sources, problems = read_workspace(root)
    result = compiled(sources, jobs)
    problems += result.problems
    if not exit_code(problems, "error"):
        changes = plan(root, result.tree.files, result.tree.owners, result.workspace.name)
        problems += (*changes.problems, *stale(changes))
    show(problems, result.sources, form, result.suppressed)
    raise SystemExit(exit_code(problems, fail_on))
