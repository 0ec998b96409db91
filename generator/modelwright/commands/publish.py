"""`modelwright publish`: blueprints -> a commit in the GitOps repository."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from modelwright.commands.common import (
    compiled,
    exit_code,
    jobs_option,
    misuse,
    read_workspace,
    report_options,
    root_of,
    show,
)

if TYPE_CHECKING:
    from modelwright.gitops.publish import Published

_ENVIRONMENT = "MODELWRIGHT_PUBLISH_"


@click.command(
    "publish",
    epilog="""\b
Examples:
  modelwright publish ../gitops.git                  a repository on this machine
  modelwright publish git@git.example.com:ops.git    over ssh, to its default branch
  modelwright publish https://git.example.com/ops.git --branch-per-environment env/{environment}
  modelwright publish . --branch deployed            another branch of this repository
  modelwright publish ../gitops.git --dry-run        what would change

\b
Credentials: ssh keys from your agent or the file in MODELWRIGHT_SSH_KEY; for https the token in
MODELWRIGHT_PUBLISH_TOKEN or git's credential helpers. Options may also stand in the environment
(MODELWRIGHT_PUBLISH_URL, .._BRANCH, ..) or below `publish:` in ~/.config/modelwright/config.yaml.""",
)
@click.argument("remote", required=False)
@click.option("--branch", envvar=f"{_ENVIRONMENT}BRANCH", metavar="NAME", help="Branch to commit to (default: the repository's).")
@click.option(
    "--branch-per-environment",
    "pattern",
    envvar=f"{_ENVIRONMENT}BRANCH_PER_ENVIRONMENT",
    metavar="PATTERN",
    help="A branch per environment, such as env/{environment}.",
)
@click.option("--path", "below", envvar=f"{_ENVIRONMENT}PATH", metavar="FOLDER", help="Folder in the repository (default: overlays; `.` is its top).")
@click.option("--message", metavar="TEXT", default="", help="Commit message instead of the usual one.")
@click.option("--author", envvar=f"{_ENVIRONMENT}AUTHOR", metavar="'NAME <MAIL>'", help="Author of the commit (default: as git has it).")
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@click.option("--force", is_flag=True, help="Overwrite generated files that were edited by hand.")
@click.option("--allow-empty", is_flag=True, help="Allow a result that removes every overlay.")
@jobs_option
@report_options
@click.pass_obj
def command(
    directory: str,
    remote: str | None,
    branch: str | None,
    pattern: str | None,
    below: str | None,
    message: str,
    author: str | None,
    dry_run: bool,
    force: bool,
    allow_empty: bool,
    form: str,
    fail_on: str,
    jobs: int | None,
) -> None:
    """Commit the overlays to a GitOps repository.

    Blueprints are compiled in memory and judged; only when nothing is wrong is a commit made on top of the
    branch, of exactly the files that differ. Nothing is checked out, and this workspace's own files and
    index stay as they are. Files there that someone edited by hand are named and kept.
    """
    root = root_of(directory)
    from modelwright.gitops.order import Misuse, order_of
    from modelwright.gitops.publish import publish
    from modelwright.gitops.troubles import Refused
    from modelwright.write.records import unrecorded

    stated = {"branch": branch, "branchPerEnvironment": pattern, "path": below, "author": author}
    try:
        order, bound = order_of(str(root), remote, stated, os.environ)
    except Misuse as wrong:
        misuse(str(wrong))
    except Refused as refused:
        show((refused.problem,), {}, form)
        raise SystemExit(1) from None
    order = replace(order, message=message, dry_run=dry_run, force=force, allow_empty=allow_empty)
    sources, problems = read_workspace(root)
    result = compiled(sources, jobs)
    # A version that is published and not recorded could never be made again.
    problems += (*result.problems, *unrecorded(result.records))
    if exit_code(problems, fail_on):
        show(problems, result.sources, form, result.suppressed, root=root, fail_on=fail_on)
        raise SystemExit(1)
    done, found = publish(result, order, str(root), os.environ, bound)
    problems += found
    if form == "text" and dry_run:
        _list(done, order.folder)
    show(problems, result.sources, form, result.suppressed, root=root, fail_on=fail_on)
    if form == "text":
        for one in done:
            click.echo(_line(one, dry_run), err=True)
    raise SystemExit(exit_code(problems, fail_on))


def _list(done: tuple[Published, ...], folder: str) -> None:
    from modelwright.report.locate import safe

    for one in done:
        click.echo(f"{one.branch}:")
        marked = {
            **dict.fromkeys(one.decision.creates, "A"),
            **dict.fromkeys(one.decision.updates, "M"),
            **dict.fromkeys(one.decision.prunes, "D"),
        }
        for path in sorted(marked):
            click.echo(f"{marked[path]} {safe(f'{folder}/{path}' if folder else path)}")


def _line(one: Published, dry_run: bool) -> str:
    from modelwright.gitops.message import counted

    new = " (a new branch)" if one.created and (one.commit or dry_run) and not one.decision.empty else ""
    counts = f"{counted(one.decision)}, {one.decision.unchanged} as they were"
    if one.decision.blocked:
        return f"{one.branch}: nothing published"
    if one.decision.empty:
        return f"{one.branch}: nothing to publish, {one.decision.unchanged} as they were"
    return f"{one.branch}{new}: {'would be ' if dry_run else ''}{counts}" + (f": {one.commit}" if one.commit else "")
