"""Cold start: what a person waits for in a hook or a shell."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from measure import Usage, median, run
from peers import modelwright
from table import Table, megabytes, milliseconds

COLUMNS = ("command", "wall", "user CPU", "CPU", "peak memory")


def table(repeat: int) -> Table:
    """`check` of the repository's own workspace, and `--version` beside bare Python."""
    check = [*modelwright.program(), "-C", str(modelwright.ROOT), "check"]
    with tempfile.TemporaryDirectory() as temporary:
        cache = Path(temporary) / "cache"
        bare = _measured([sys.executable, "-c", "pass"], cache, repeat)
        version = _measured([*modelwright.program(), "--version"], cache, repeat)
        used = {
            "bare Python": bare,
            "modelwright --version": version,
            "modelwright check of the example, nothing remembered": _measured(check, cache, repeat),
            "the same again": _measured(check, cache, repeat, forget=False),
        }
    rows = tuple(
        (label, milliseconds(u.wall), milliseconds(u.user), milliseconds(u.cpu), megabytes(u.peak))
        for label, u in used.items()
    )
    above = milliseconds(version.wall - bare.wall)
    return Table(
        "Cold start", COLUMNS, rows, (f"Median of {repeat}; --version takes {above} above bare Python.",)
    )


def _measured(command: Sequence[str], cache: Path, repeat: int, forget: bool = True) -> Usage:
    """Timed unwatched, as looking at memory takes time; then watched once."""
    used = []
    for watch in (*[False] * repeat, True):
        if forget:
            shutil.rmtree(cache, ignore_errors=True)
        used.append(run(command, modelwright.remembering(cache), watch))
    timed = median(used[:-1])
    return Usage(timed.wall, timed.user, timed.system, used[-1].peak)
