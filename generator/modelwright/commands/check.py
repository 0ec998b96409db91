"""`modelwright check`: everything compile does, but the writing."""

from __future__ import annotations

import click

from modelwright.commands.common import (
    exit_code,
    jobs_option,
    read_workspace,
    report_options,
    root_of,
    show,
    tracked_files,
    tracked_option,
)
from modelwright.commands.previous import compiled_since, revision_option


@click.command(
    "check",
    epilog="""\b
Examples:
  modelwright check                   in a hook or a pull request
  modelwright check --format json     for another program
  modelwright check --tracked         in a hook: what Git would commit, and nothing else
  modelwright check --previous main   in a pull request: also what the cluster refuses to change""",
)
@tracked_option
@revision_option
@jobs_option
@report_options
@click.pass_obj
def command(directory: str, only_tracked: bool, revision: str | None, form: str, fail_on: str, jobs: int | None) -> None:
    """Judge the workspace and its overlays; write nothing.

    Also fails when overlays are out of date with their blueprints or were edited by hand.
    """
    from modelwright.write import plan, stale, unrecorded

    root = root_of(directory)
    tracked = tracked_files(root) if only_tracked else None
    sources, problems = read_workspace(root, tracked)
    result = compiled_since(root, sources, jobs, revision)
    problems += result.problems
    if not exit_code(problems, "error"):
        tree = result.tree
        changes = plan(root, tree.files, tree.owners, result.workspace.name, tracked=tracked)
        problems += (*changes.problems, *(unrecorded(result.records) or stale(changes)))
    show(problems, result.sources, form, result.suppressed, root=root, fail_on=fail_on)
    raise SystemExit(exit_code(problems, fail_on))
