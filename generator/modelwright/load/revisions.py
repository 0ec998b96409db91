"""Files as they were at a revision of Git."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

MOST = 200_000
"""Files of one revision that are looked at."""


class NoRevision(Exception):
    """Git has no answer; its own words are the message."""


def at_revision(folder: Path, revision: str, paths: Sequence[str] = (".",)) -> dict[str, bytes]:
    """The plain files at and below some paths as a revision had them: path relative to `folder` -> content.

    Paths are relative to `folder`, which is in the work tree, or absolute within it. Links are left out. Read by `git`
    itself, without hooks, filters or a monitor of the file system. Raises NoRevision.
    """
    commit = _git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}").decode().strip()
    listed = _git(folder, "ls-tree", "-r", "-z", commit, "--", *paths)
    rows = [os.fsdecode(row).split("\t", 1) for row in listed.split(b"\0") if row]
    named = [(head.split(" ")[2], path) for head, path in rows if head.startswith("100")]
    if len(named) > MOST:
        raise NoRevision(f"{revision} has more than {MOST} files there")
    found = _git(folder, "cat-file", "--batch", given="".join(f"{oid}\n" for oid, _ in named).encode())
    files: dict[str, bytes] = {}
    start = 0
    for _, path in named:
        end = found.index(b"\n", start)
        size = int(found[start:end].split(b" ")[2])
        files[path] = found[end + 1 : end + 1 + size]
        start = end + 1 + size + 1
    return files


def _git(folder: Path, *words: str, given: bytes = b"") -> bytes:
    command = ["git", "--no-optional-locks", "--literal-pathspecs", "-c", "core.fsmonitor=false", *words]
    try:
        done = subprocess.run(command, cwd=folder, input=given, capture_output=True, check=False)
    except OSError as error:
        raise NoRevision(f"git cannot be run: {error.strerror}") from error
    if done.returncode:
        said = os.fsdecode(done.stderr).strip().partition("\n")[0]
        raise NoRevision(said or "there is no such revision")
    return done.stdout
