"""Cold start: what a person waits for in a hook or a shell."""

from __future__ import annotations

import sys

from measure import median, run
from peers import modelwright
from table import Table, megabytes, milliseconds

COLUMNS = ("command", "wall", "user CPU", "CPU", "peak memory")


def table(repeat: int) -> Table:
    """`check` of the repository's own workspace, and `--version` beside bare Python."""
    ways = {
        "bare Python": [sys.executable, "-c", "pass"],
        "modelwright --version": [*modelwright.program(), "--version"],
        "modelwright check, the example": [*modelwright.program(), "-C", str(modelwright.ROOT), "check"],
    }
    used = {label: median([run(way, modelwright.HERE) for _ in range(repeat)]) for label, way in ways.items()}
    peaks = {label: run(way, modelwright.HERE, watch=True).peak for label, way in ways.items()}
    rows = tuple(
        (label, milliseconds(u.wall), milliseconds(u.user), milliseconds(u.cpu), megabytes(peaks[label]))
        for label, u in used.items()
    )
    above = used["modelwright --version"].wall - used["bare Python"].wall
    note = f"Median of {repeat}. `modelwright --version` takes {milliseconds(above)} above bare Python."
    return Table("Cold start", COLUMNS, rows, (note,))
