"""Ourselves: the program of this repository, as its users start it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from measure import Usage, median, run

ROOT = Path(__file__).parent.parent.parent
HERE = {
    "PYTHONPATH": str(ROOT / "generator"),  # this tree's code, whatever else is installed
    "PYTHONDONTWRITEBYTECODE": "",  # compiled once, as what `pip` installs is
}


def program() -> list[str]:
    """The console script beside this Python; without one, the module."""
    script = Path(sys.executable).parent / "modelwright"
    return [str(script)] if script.exists() else [sys.executable, "-m", "modelwright"]


def compiled(workspace: Path, watch: bool = False) -> Usage:
    """One `modelwright compile`, on as many processes as it likes."""
    return run([*program(), "-C", str(workspace), "compile"], remembering(_cache(workspace)), watch)


def cold(workspace: Path, watch: bool = False) -> Usage:
    """The same where nothing was compiled before: no overlays, and nothing remembered.

    What was there is put aside, not removed: a disk without a journal shuns inodes for minutes after (ext4,
    `recently_deleted`), and would make each new file slower the more were removed.
    """
    for folder in (workspace / "overlays", _cache(workspace)):
        if folder.exists():
            aside = workspace.with_name("aside")
            aside.mkdir(exist_ok=True)
            folder.rename(aside / f"{folder.name}-{len(list(aside.iterdir()))}")
    return compiled(workspace, watch)


def remembering(cache: Path) -> dict[str, str]:
    """The environment in which results are remembered in `cache`, and what the user's own runs left is not used."""
    return {**HERE, "MODELWRIGHT_CACHE": str(cache)}


def _cache(workspace: Path) -> Path:
    return workspace.with_name(f"{workspace.name}-cache")


def measured(command: Sequence[str], cache: Path, repeat: int, forget: bool = True) -> Usage:
    """The median of a command, timed unwatched, as looking at memory takes time; then watched once."""
    used = []
    for watch in (*[False] * repeat, True):
        if forget:
            shutil.rmtree(cache, ignore_errors=True)
        used.append(run(command, remembering(cache), watch))
    timed = median(used[:-1])
    return Usage(timed.wall, timed.user, timed.system, used[-1].peak)
