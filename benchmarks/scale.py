"""Ten times the models: CPU per component, and the memory of all processes together."""

from __future__ import annotations

from pathlib import Path

from measure import Usage, median
from peers import modelwright
from table import Table, megabytes, milliseconds, ratio, seconds
from workspace import write

COLUMNS = ("run", "wall", "user CPU", "user CPU per component", "ratio", "peak memory")


def table(few: int, many: int, repeat: int, here: Path) -> Table:
    """`few` models are compiled `repeat` times and their median taken, `many` once; both in folders below `here`."""
    small, large = _measured(few, repeat, here / "few"), _measured(many, 1, here / "many")
    rows = []
    for step, label in enumerate(("compile", "compile, nothing changed")):
        base = small[step].user / few
        for count, usage in ((few, small[step]), (many, large[step])):
            each = usage.user / count
            figures = (seconds(usage.wall), seconds(usage.user), milliseconds(each), ratio(each / base))
            rows.append((f"{label}, {count:,} models", *figures, megabytes(usage.peak)))
    note = "Memory: the proportional share (PSS) of all processes, summed, the highest of a look every 20 ms."
    return Table(f"{many:,} models against {few:,}", COLUMNS, tuple(rows), (note,))


def _measured(count: int, repeat: int, here: Path) -> tuple[Usage, Usage]:
    """Compile, and compile again."""
    workspace = here / "workspace"
    write(workspace, count)
    cold = [modelwright.cold(workspace, watch=True) for _ in range(repeat)]
    again = [modelwright.compiled(workspace, watch=True) for _ in range(repeat)]
    return median(cold), median(again)
