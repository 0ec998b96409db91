"""What the verbs share: options, reading a workspace, printing a report, exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from modelwright.model import Source
from modelwright.problems import Problem, Severity

if TYPE_CHECKING:
    from modelwright.pipeline import Build

OVERLAYS = "overlays"
FAILING: Mapping[str, tuple[Severity, ...]] = {"error": ("error",), "warning": ("error", "warning")}
_PARTS = ("blueprints/", "templates/", f"{OVERLAYS}/")

FORMATS = ("text", "json", "sarif", "junit", "github", "gitlab", "markdown")
"""Each a file in `report/`."""

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


def misuse(message: str) -> NoReturn:
    """Say what is wrong with the call itself and exit 2."""
    click.echo(f"modelwright: {message}", err=True)
    raise SystemExit(2)


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


def show(
    problems: Iterable[Problem],
    texts: Mapping[str, str],
    form: str,
    suppressed: int = 0,
    *,
    root: Path | str = ".",
    files: Sequence[str] = (),
    lines: Mapping[str, Mapping[int, str]] | None = None,
    fail_on: str = "error",
) -> None:
    """Print a report to stdout, whatever happens.

    Files are named as problems name them, relative to `root`; formats that others show beside the code name them as the
    repository does.
    """
    found = tuple(problems)
    if form == "text":
        from modelwright.report.text import render as as_text

        shown = as_text(found, texts, color=_color(), suppressed=suppressed, lines=lines)
    elif form == "json":
        from modelwright.report.json import render as as_json

        shown = as_json(found, texts, suppressed=suppressed)
    else:
        from importlib import import_module

        from modelwright.report.frame import Frame

        frame = Frame(suppressed, _in_repository(Path(root)), files, FAILING[fail_on], lines or {})
        shown = import_module(f"modelwright.report.{form}").render(found, texts, frame)
    _print(shown)


def _print(text: str) -> None:
    """Text to stdout. A reader that goes away has seen enough, and the exit code tells the rest."""
    try:
        click.echo(text, nl=False, color=True)
    except OSError as error:
        # Python would try again at exit, and fail with an exit code of its own.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            misuse(f"the report cannot be written: {error.strerror}")


def _in_repository(root: Path) -> Callable[[str], str]:
    """Names a file below `root` as the repository does that holds the current folder; the whole path where it is outside."""
    here = Path.cwd()
    top = next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), here)

    def name(file: str) -> str:
        if file.startswith("<"):
            return file
        path = os.path.normpath(os.path.join(here, root, file))
        inside = os.path.relpath(path, top)
        return path if inside.startswith("..") else Path(inside).as_posix()

    return name


def _color() -> bool:
    return sys.stdout is not None and sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def exit_code(problems: Iterable[Problem], fail_on: str) -> int:
    """1 where a problem is at least as severe as `fail_on`."""
    return 1 if any(p.severity in FAILING[fail_on] for p in problems) else 0
