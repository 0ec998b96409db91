"""Asks Git which files of the workspace a commit made now would hold."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

_PATHS = ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY")


class NotTracked(Exception):
    """Git has no answer; its own words are the message."""


def tracked(root: Path) -> frozenset[str]:
    """Paths in Git's index below the workspace at `root`, relative to it, with `/` between their parts.

    The index is the one of the commit at hand: `git commit -a` and `git commit PATH` make one of their own and
    name it by GIT_INDEX_FILE, relative to the folder hooks run in, as GIT_DIR may be (githooks(5), git(1)). Read
    by `git` itself, which knows every form of index; nothing is written, and no file system monitor is started.
    Raises NotTracked outside of a repository.
    """
    environment = {name: value for name, value in os.environ.items() if name != "GIT_PREFIX"}
    environment |= {name: os.path.abspath(environment[name]) for name in _PATHS if environment.get(name)}
    if "GIT_DIR" in environment:
        environment.setdefault("GIT_WORK_TREE", os.getcwd())
    command = ["git", "--no-optional-locks", "-c", "core.fsmonitor=false", "ls-files", "-z"]
    try:
        done = subprocess.run(command, cwd=root, env=environment, capture_output=True, check=False)
    except OSError as error:
        raise NotTracked(f"git cannot be run: {error.strerror}") from error
    if done.returncode:
        raise NotTracked(os.fsdecode(done.stderr).strip() or f"git ls-files failed with {done.returncode}")
    return frozenset(filter(None, os.fsdecode(done.stdout).split("\0")))
