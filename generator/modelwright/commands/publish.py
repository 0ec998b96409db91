"""`modelwright publish`: blueprints -> a commit in the GitOps repository."""

from __future__ import annotations

import os
from collections.abc import Mapping
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
    from modelwright.gitops.address import Address
    from modelwright.gitops.publish import Order, Published

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
@click.option("--path", "folder", envvar=f"{_ENVIRONMENT}PATH", metavar="FOLDER", help="Folder in the repository (default: overlays; `.` is its top).")
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
    folder: str | None,
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
    from modelwright.gitops.publish import publish
    from modelwright.gitops.troubles import Refused

    stated = {"branch": branch, "branchPerEnvironment": pattern, "path": folder, "author": author}
    try:
        order, bound = _order(str(root), remote, stated)
    except Refused as refused:
        show((refused.problem,), {}, form)
        raise SystemExit(1) from None
    order = _with(order, message=message, dry_run=dry_run, force=force, allow_empty=allow_empty)
    sources, problems = read_workspace(root)
    result = compiled(sources, jobs)
    problems += result.problems
    if exit_code(problems, fail_on):
        show(problems, result.sources, form, result.suppressed)
        raise SystemExit(1)
    done, found = publish(result, order, str(root), os.environ, bound)
    problems += found
    if form == "text" and dry_run:
        _list(done, order.folder)
    show(problems, result.sources, form, result.suppressed)
    if form == "text":
        for one in done:
            click.echo(_line(one, dry_run), err=True)
    raise SystemExit(exit_code(problems, fail_on))


def _order(root: str, remote: str | None, flags: Mapping[str, str | None]) -> tuple[Order, Address | None]:
    """The order, and the address that the environment's or the configuration's URL binds credentials to."""
    from modelwright.gitops.address import address
    from modelwright.gitops.publish import Order
    from modelwright.gitops.settings import configured

    if flags["branch"] and flags["branchPerEnvironment"]:
        misuse("one branch, or a branch per environment? both are named")
    own = configured(os.environ, root)
    stated = {word: flags[word] if flags[word] is not None else own.get(word) for word in flags}
    if flags["branch"]:
        stated["branchPerEnvironment"] = None
    url = os.environ.get(f"{_ENVIRONMENT}URL") or own.get("url")
    if not (remote or url):
        misuse("where to? name a repository: `modelwright publish REMOTE`, or set MODELWRIGHT_PUBLISH_URL")
    bound = address(url) if url else None
    target = address(remote) if remote else bound
    assert target is not None
    order = Order(
        target,
        _branch(stated["branch"] or ""),
        _pattern(stated["branchPerEnvironment"] or ""),
        _folder(stated["path"] if stated["path"] is not None else "overlays"),
        author=_author(stated["author"]),
    )
    return order, bound


def _with(order: Order, **words: object) -> Order:
    from dataclasses import replace

    return replace(order, **words)  # type: ignore[arg-type]


def _branch(name: str) -> str:
    from pygit2 import reference_is_valid_name

    short = name.removeprefix("refs/heads/")
    if name and (short.startswith("-") or short == "HEAD" or not reference_is_valid_name(f"refs/heads/{short}")):
        misuse(f"{name!r} is not a name for a branch")
    return short


def _pattern(text: str) -> str:
    from modelwright.gitops.publish import HOLE

    if text and HOLE not in text:
        misuse(f"the pattern {text!r} has no {HOLE}: all environments would share one branch")
    _branch(text.replace(HOLE, "x"))
    return text


def _folder(text: str) -> str:
    if text in (".", "./", "/"):
        return ""
    parts = text.rstrip("/").split("/")
    odd = any(p in ("", ".", "..") or p.lower() in (".git", "git~1") or p != p.strip() for p in parts)
    if odd or not text.isprintable() or "\\" in text or ":" in text:
        misuse(f"{text!r} is not a folder in a repository: write it as `deploy/overlays`")
    return "/".join(parts)


def _author(text: str | None) -> tuple[str, str] | None:
    from modelwright.gitops.message import person

    if not text:
        return None
    found = person(text)
    if found is None:
        misuse(f"{text!r} is not an author: write it as 'Name <mail@example.com>'")
    return found


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
