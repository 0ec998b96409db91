"""Cold start: what a person waits for in a hook or a shell."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from peers import modelwright
from table import Table, megabytes, milliseconds

COLUMNS = ("command", "wall", "user CPU", "CPU", "peak memory")


def table(repeat: int) -> Table:
    """`check` of the repository's own workspace, and `--version` beside bare Python."""
    check = [*modelwright.program(), "-C", str(modelwright.ROOT), "check"]
    with tempfile.TemporaryDirectory() as temporary:
        cache = Path(temporary) / "cache"
        bare = modelwright.measured([sys.executable, "-c", "pass"], cache, repeat)
        version = modelwright.measured([*modelwright.program(), "--version"], cache, repeat)
        used = {
            "bare Python": bare,
            "modelwright --version": version,
            "modelwright check of the example, nothing remembered": modelwright.measured(check, cache, repeat),
            "the same again": modelwright.measured(check, cache, repeat, forget=False),
        }
    rows = tuple(
        (label, milliseconds(u.wall), milliseconds(u.user), milliseconds(u.cpu), megabytes(u.peak))
        for label, u in used.items()
    )
    above = milliseconds(version.wall - bare.wall)
    return Table(
        "Cold start", COLUMNS, rows, (f"Median of {repeat}; --version takes {above} above bare Python.",)
    )
