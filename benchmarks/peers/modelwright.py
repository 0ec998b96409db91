"""Ourselves: the program of this repository, as its users start it."""

from __future__ import annotations

import atexit
import shutil
import sysconfig
import tempfile
import venv
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from measure import Usage, median, run

ROOT = Path(__file__).parent.parent.parent
HERE = {
    "PYTHONPATH": str(ROOT / "generator"),  # this tree's code, whatever else is installed
    "PYTHONDONTWRITEBYTECODE": "",  # compiled once, as what `pip` installs is
}


@cache
def program() -> list[str]:
    """The console script as `pip install` makes it, in an environment of its own that has what this one has.

    The one beside this Python is that of an editable install, which loads tools of the importer before anything else: some
    20 ms that no user pays.
    """
    here = Path(tempfile.mkdtemp(prefix="modelwright-bench-"))
    atexit.register(shutil.rmtree, here, ignore_errors=True)
    venv.create(here, symlinks=True)
    [packages] = here.glob("lib/python*/site-packages")
    (packages / "installed.pth").write_text(f"{ROOT / 'generator'}\n{sysconfig.get_path('purelib')}\n")
    script = here / "bin" / "modelwright"
    script.write_text(f"#!{here / 'bin' / 'python'}\nimport sys\nfrom modelwright.start import main\nsys.exit(main())\n")
    script.chmod(0o755)
    return [str(script)]


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
