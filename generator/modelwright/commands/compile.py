"""`modelwright compile`: blueprints -> overlays, judged first."""

from __future__ import annotations

from shlex import quote

import click

from modelwright.commands.common import (
    OVERLAYS,
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
    "compile",
    epilog="""\b
Examples:
  modelwright compile                 compile and write overlays/
  modelwright compile --force         also replace overlays edited by hand
  modelwright -C deploy compile       the workspace in deploy/
  modelwright compile --tracked       in a hook: what Git would commit; exits 1 where overlays are not as committed""",
)
@click.option("--force", is_flag=True, help="Overwrite generated files that were edited by hand.")
@click.option("--allow-empty", is_flag=True, help="Allow a result that removes every overlay.")
@tracked_option
@revision_option
@jobs_option
@report_options
@click.pass_obj
def command(
    directory: str, force: bool, allow_empty: bool, only_tracked: bool, revision: str | None, form: str, fail_on: str, jobs: int | None
) -> None:
    """Compile blueprints to overlays, and judge them.

    Every manifest is built as kustomize would build it and judged by the schemas of its
    environment's cluster. Only when nothing is wrong are files written. A file someone edited by hand is
    named and kept. With --tracked the exit code is also 1 when overlays were written, or are not added to Git.
    """
    from modelwright.workers import available
    from modelwright.write import apply, plan, record

    root = root_of(directory)
    tracked = tracked_files(root) if only_tracked else None
    sources, problems = read_workspace(root, tracked)
    result = compiled_since(root, sources, jobs, revision)
    problems += result.problems
    texts = result.sources
    if exit_code(problems, fail_on):
        show(problems, texts, form, result.suppressed, root=root, fail_on=fail_on)
        raise SystemExit(1)
    tree = result.tree
    changes = plan(
        root,
        tree.files,
        tree.owners,
        result.workspace.name,
        force=force,
        allow_empty=allow_empty,
        tracked=tracked,
    )
    if not changes.blocked:
        # Inputs first: overlays without them could not be made again.
        problems += record(result.records, root) or apply(changes, root, jobs or available()).problems
    problems += changes.problems
    lacking = tracked is not None and not changes.blocked and bool(changes.unadded or not changes.empty or result.records)
    if problems or result.suppressed or form != "text" or not lacking:
        show(problems, texts, form, result.suppressed, root=root, fail_on=fail_on)
    if form == "text" and not changes.blocked:
        counts = f"{len(changes.creates)} new, {len(changes.updates)} changed, {len(changes.prunes)} removed"
        click.echo(f"{OVERLAYS}/: {counts}, {len(changes.unchanged)} as they were", err=True)
        for path in sorted(result.records):
            click.echo(f"{path}: a new version, recorded", err=True)
    if lacking:
        added = [OVERLAYS, *sorted(result.records)]
        words = " ".join(quote((root / each).as_posix()) for each in added)
        click.echo(f"the commit lacks them: `git add {words}`, then commit again", err=True)
    raise SystemExit(1 if lacking else exit_code(problems, fail_on))
