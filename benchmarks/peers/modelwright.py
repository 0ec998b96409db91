"""Ourselves: the program of this repository, as its users start it."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from measure import Usage, run

ROOT = Path(__file__).parent.parent.parent
HERE = {"PYTHONPATH": str(ROOT / "generator")}  # this tree's code, whatever else is installed


def program() -> list[str]:
    """The console script beside this Python; without one, the module."""
    script = Path(sys.executable).parent / "modelwright"
    return [str(script)] if script.exists() else [sys.executable, "-m", "modelwright"]


def compiled(workspace: Path, watch: bool = False) -> Usage:
    """One `modelwright compile`, on as many processes as it likes."""
    environment = {**HERE, "XDG_CACHE_HOME": str(_cache(workspace))}
    return run([*program(), "-C", str(workspace), "compile"], environment, watch)


def cold(workspace: Path, watch: bool = False) -> Usage:
    """The same where nothing was compiled before: only what a person wrote is left."""
    for path in (_cache(workspace), *workspace.iterdir()):
        if path.is_dir() and path.name != "blueprints":
            shutil.rmtree(path)
    return compiled(workspace, watch)


def _cache(workspace: Path) -> Path:
    return workspace.with_name(f"{workspace.name}-cache")
