"""What a command says and ends with: misuse, reports, exit codes. Without the library of the command line, which a plain
`validate` does not load (`start.py`)."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence

from modelwright.problems import Problem, Severity
from modelwright.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import NoReturn

FAILING: Mapping[str, tuple[Severity, ...]] = {"error": ("error",), "warning": ("error", "warning")}

FORMATS = ("text", "json", "sarif", "junit", "github", "gitlab", "markdown")
"""Each a file in `report/`."""


def echo(text: str, *, err: bool = False, nl: bool = True, color: bool | None = None) -> None:
    """As `click.echo`, which is only asked where a stream cannot take any text as it is."""
    stream = sys.stderr if err else sys.stdout
    if stream is None:
        return
    plain = os.name == "posix" and (color or "\033" not in text)
    if plain and (stream.encoding or "").lower().replace("-", "") == "utf8":
        stream.write(f"{text}\n" if nl else text)
        stream.flush()
        return
    import click

    click.echo(text, err=err, nl=nl, color=color)


def misuse(message: str) -> NoReturn:
    """Say what is wrong with the call itself and exit 2."""
    echo(f"modelwright: {message}", err=True)
    raise SystemExit(2)


def show(
    problems: Iterable[Problem],
    texts: Mapping[str, str],
    form: str,
    suppressed: int = 0,
    *,
    root: str | os.PathLike[str] = ".",
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

        frame = Frame(suppressed, _in_repository(root), files, FAILING[fail_on], lines or {})
        shown = import_module(f"modelwright.report.{form}").render(found, texts, frame)
    _print(shown)


def _print(text: str) -> None:
    """Text to stdout. A reader that goes away has seen enough, and the exit code tells the rest."""
    try:
        echo(text, nl=False, color=True)
    except OSError as error:
        # Python would try again at exit, and fail with an exit code of its own.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            misuse(f"the report cannot be written: {error.strerror}")


def _in_repository(root: str | os.PathLike[str]) -> Callable[[str], str]:
    """Names a file below `root` as the repository does that holds the current folder; the whole path where it is outside."""
    from pathlib import Path

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
