"""What each packaged kind costs: `python benchmarks/kinds.py [WORDS]` prints a Markdown table.

Size is that of its file, which holds all versions and releases. Load is reading the file and making the kind, compile is
making its check, rules is compiling those of one that has any, answer is one object judged by it; each the best of 3, in
milliseconds. All are done for kinds that occur, not for the others.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from table import Table, markdown

SOURCE = Path(__file__).resolve().parents[1] / "generator"
INDEX = """\
import time, sys
sys.path.insert(0, sys.argv[1])
from modelwright.judge import packages
start = time.perf_counter()
packages.families()
print((time.perf_counter() - start) * 1000)
"""


def best(action: Callable[[], Any]) -> float:
    """Milliseconds of the fastest of three runs."""
    found = []
    for _ in range(3):
        start = time.perf_counter()
        action()
        found.append((time.perf_counter() - start) * 1000)
    return min(found)


def cold_index() -> float:
    """Milliseconds that the first question to the catalog costs in a fresh process: its index is read."""
    command = [sys.executable, "-c", INDEX, str(SOURCE)]
    return min(float(subprocess.run(command, capture_output=True, text=True, check=True).stdout) for _ in range(3))


def row(api: str, kind: str) -> tuple[str, ...]:
    """One line of the table, for the newest release of a kind."""
    from modelwright.judge import packages
    from modelwright.judge.expressions import rule_notes
    from modelwright.judge.fast import compiled
    from modelwright.judge.kinds import packaged

    newest = packages.ranges(api, kind)[-1]
    path = Path(packages.schemas_folder()).joinpath(*newest.file.split("/"))

    def load() -> Any:
        packages._file.cache_clear()
        return packages.custom_kind(newest)

    loading = best(load)
    schema = load().schema

    def fresh() -> Any:
        return packaged(schema, True)

    check = compiled.__wrapped__
    compiling = best(lambda: check(fresh()))
    engine, object_ = check(fresh()), {"apiVersion": api, "kind": kind, "metadata": {"name": "a"}, "spec": {}}
    rules = best(lambda: list(rule_notes(fresh(), object_)))
    answer = best(lambda: engine.is_valid(object_))
    size = len(path.read_bytes())
    return (f"{kind} `{api}`", f"{size / 1000:.0f} kB", *(f"{each:.2f}" for each in (loading, compiling, rules)), f"{answer:.3f}")


def table(words: list[str]) -> Table:
    """All kinds whose name holds every one of `words`, and the sums over all."""
    sys.path.insert(0, str(SOURCE))
    from modelwright.judge import packages

    rows = []
    for key in sorted(packages.kinds()):
        api, _, kind = key.rpartition("/")
        if all(word.lower() in key.lower() for word in words):
            rows.append(row(api, kind))
    folder = Path(packages.schemas_folder())
    total = sum(path.stat().st_size for path in folder.rglob("*.json"))
    index = (folder / "index.json").stat().st_size
    entries = len(json.loads((folder / "index.json").read_text(encoding="utf-8"))["kinds"])
    note = f"{entries} kinds and versions, {total / 1e6:.2f} MB; the index is {index / 1000:.0f} kB and read in {cold_index():.2f} ms."
    columns = ("kind", "file", "load ms", "compile ms", "rules ms", "answer ms")
    return Table("Kinds that are packaged", columns, tuple(rows), (note,))


if __name__ == "__main__":
    print(markdown([table(sys.argv[1:])]))
