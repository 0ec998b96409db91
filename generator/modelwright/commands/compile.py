"""`modelwright compile`: blueprints -> overlays, judged first."""

from __future__ import annotations

import click

from modelwright.commands.common import (
    OVERLAYS,
    compiled,
    exit_code,
    jobs_option,
    read_workspace,
    report_options,
    root_of,
    show,
)


@click.command(
    "compile",
    epilog="""\b
Examples:
  modelwright compile                 compile and write overlays/
  modelwright compile --force         also replace overlays edited by hand
  modelwright -C deploy compile       the workspace in deploy/""",
)
@click.option("--force", is_flag=True, help="Overwrite generated files that were edited by hand.")
@click.option("--allow-empty", is_flag=True, help="Allow a result that removes every overlay.")
@jobs_option
@report_options
@click.pass_obj
def command(directory: str, force: bool, allow_empty: bool, form: str, fail_on: str, jobs: int | None) -> None:
    """Compile blueprints to overlays, and judge them.

    Every manifest is built as kustomize would build it and judged by the schemas of its
    environment's cluster. Only when nothing is wrong are files written. A file someone edited by hand is
    named and kept.
    """
    from modelwright.write import apply, plan

    root = root_of(directory)
    sources, problems = read_workspace(root)
    result = compiled(sources, jobs)
    problems += result.problems
    texts = result.sources
    if exit_code(problems, fail_on):
        show(problems, texts, form, result.suppressed)
        raise SystemExit(1)
    tree = result.tree
    changes = plan(
        root, tree.files, tree.owners, result.workspace.name, force=force, allow_empty=allow_empty
    )
    if not changes.blocked:
        problems += apply(changes, root).problems
    problems += changes.problems
    show(problems, texts, form, result.suppressed)
    if form == "text" and not changes.blocked:
        counts = f"{len(changes.creates)} new, {len(changes.updates)} changed, {len(changes.prunes)} removed"
        click.echo(f"{OVERLAYS}/: {counts}, {len(changes.unchanged)} as they were", err=True)
    raise SystemExit(exit_code(problems, fail_on))
