"""What KServe's webhooks say of drawn objects: `recorded/<release>.jsonl.gz`, held by the tests where there is no Go.

`python -m tests.targets.kserve.recorded_admission [RELEASE]` asks the oracles of tests/oracle/kserve and writes the records
anew: of objects drawn from our own seeds, some of each thing that is said.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path as File
from typing import Any

from tests.targets.kserve.drawn_admission import Case, Verdict, asked, config_of, drawn, release_of, stored
from tests.targets.kserve.oracle import RELEASES, Question

FOLDER = File(__file__).parent / "recorded"
DRAWN, SEED, OF_EACH, TAKEN = 3000, 7, 2, 40
"""So many are drawn; kept are so many of each refusal and of each set of changed fields, and so many that stay as they are."""


def _row(case: Case, said: Verdict) -> dict[str, Any]:
    question = case.question
    row: dict[str, Any] = {"mode": case.release.mode, "object": question.object}
    row |= {"old": question.old} if question.old is not None else {}
    row |= {"existing": list(question.existing)} if question.existing else {}
    if said.refused:
        row |= {"refused": [text[:160] for text in said.said[:3]], "webhook": said.webhook}
    changed = [[list(path)] if after is ... else [list(path), after] for path, after in said.changed.items()]
    return row | ({"changed": changed} if changed else {})


def rows(version: str) -> Iterator[tuple[Case, Verdict]]:
    """The record of a release."""
    text = gzip.decompress((FOLDER / f"{version}.jsonl.gz").read_bytes()).decode()
    for line in text.splitlines():
        row = json.loads(line)
        config = config_of(version, row["mode"])
        question = Question(row["object"], row.get("old"), row.get("existing", ()), config)
        changed = {tuple(path): after[0] if after else ... for path, *after in row.get("changed", ())}
        refused = row.get("refused", ())
        yield Case(release_of(version, row["mode"]), question), Verdict(bool(refused), tuple(refused), row.get("webhook", False), changed)


def recorded() -> list[str]:
    """The releases that have a record."""
    return [version for version in RELEASES if (FOLDER / f"{version}.jsonl.gz").is_file()]


def _chosen(answered: Iterable[tuple[Case, Verdict]]) -> Iterator[tuple[Case, Verdict]]:
    seen: dict[str, int] = {}
    for case, said in answered:
        what = said.said[0] if said.refused else str(sorted(map(str, said.changed)))
        plain = re.sub("[0-9]+", "N", re.sub("[\"`'].*?[\"`']", "_", what))
        name = f"{case.kind} {plain}"
        seen[name] = seen.get(name, 0) + 1
        if seen[name] <= (OF_EACH if said.refused or said.changed else TAKEN):
            yield case, said


def record(version: str) -> int:
    """Write the record of a release; how many objects it has."""
    lines = [json.dumps(_row(*each)) for each in _chosen(asked(version, stored(version, list(drawn(version, SEED, DRAWN, None)))))]
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{version}.jsonl.gz").write_bytes(gzip.compress("\n".join(lines).encode(), mtime=0))
    return len(lines)


if __name__ == "__main__":
    for each in sys.argv[1:] or RELEASES:
        print(each, record(each))
