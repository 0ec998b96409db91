"""What the verbs share: options, reading a workspace, printing a report, exit codes."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from modelwright.commands.output import FORMATS, exit_code, misuse, show
from modelwright.model import Source
from modelwright.problems import Problem

if TYPE_CHECKING:
    from modelwright.pipeline import Build

__all__ = [
    "FORMATS",
    "OVERLAYS",
    "compiled",
    "exit_code",
    "jobs_option",
    "misuse",
    "read_workspace",
    "report_options",
    "root_of",
    "show",
    "tracked_files",
    "tracked_option",
]

OVERLAYS = "overlays"
_PARTS = ("blueprints/", "templates/", f"{OVERLAYS}/")

F = TypeVar("F", bound=Callable[..., Any])


def report_options(command: F) -> F:
    """`--format` and `--fail-on`, as every judging command has them."""
    command = click.option(
        "--format",
        "form",
        type=click.Choice(FORMATS),
        default="text",
        show_default=True,
        help="How to print problems: for people, for programs, for what shows them beside the code.",
    )(command)
    return click.option(
        "--fail-on",
        type=click.Choice(["error", "warning"]),
        default="error",
        show_default=True,
        help="The least severity that makes the exit code 1.",
    )(command)


def jobs_option(command: F) -> F:
    """`--jobs`, for commands that compile everything."""
    return click.option(
        "--jobs",
        type=click.IntRange(min=1),
        metavar="N",
        help="Processes to work with at most. Default: one for each CPU.",
    )(command)


def compiled(sources: Sequence[Source], jobs: int | None) -> Build:
    """The workspace compiled and judged, its manifests dropped as soon as they are."""
    from modelwright.memory import folder, remembering
    from modelwright.pipeline import build
    from modelwright.workers import available, spread

    run = remembering(spread(jobs or available()), folder(os.environ))
    return build(sources, whole=False, run=run)


def root_of(directory: str) -> Path:
    """The workspace folder; misuse where it is none."""
    root = Path(directory)
    if not root.is_dir():
        misuse(f"there is no folder {directory!r}")
    if not (root / "modelwright.yaml").exists():
        misuse(f"no modelwright.yaml in {str(root.resolve())!r}: run `modelwright init` there, or name the workspace with -C")
    return root


def tracked_option(command: F) -> F:
    """`--tracked`: only what Git would commit."""
    return click.option(
        "--tracked", "only_tracked", is_flag=True, help="Leave out files that Git does not track: judge the commit."
    )(command)


def tracked_files(root: Path) -> frozenset[str]:
    """What Git tracks of the workspace (nothing of it: it is not in the commit); misuse where it lacks its head."""
    from modelwright.load.tracked import NotTracked, tracked

    try:
        files = tracked(root)
    except NotTracked as reason:
        from modelwright.report.locate import safe

        misuse(f"--tracked needs a Git repository: {safe(str(reason).partition(chr(10))[0])}")
    if "modelwright.yaml" in files:
        return files
    if any(path.startswith(_PARTS) for path in files):
        misuse(f"Git does not track {(root / 'modelwright.yaml').as_posix()!r}, but files beside it: `git add` it")
    return frozenset()


def read_workspace(
    root: Path, only: frozenset[str] | None = None
) -> tuple[tuple[Source, ...], tuple[Problem, ...]]:
    """All texts of the workspace, or only those of some files, and what could not be read."""
    from modelwright.load.files import gather

    return gather(str(root), only)
