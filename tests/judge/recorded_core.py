"""What Kubernetes' own code says of core kinds: `core/kubernetes.jsonl`, recorded from 1.34.

`python -m tests.judge.recorded_core` builds tests/oracle/core and writes the file anew: every case of
tests/rules/cases/core*.yaml, and some of the drawn mutations of `drawn_core`. Without Go the record stands.
"""

from __future__ import annotations

import copy
import json
import random
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.judge.drawn_core import Answer, ask, build, grown, mutated, sound

RECORD = Path(__file__).parent / "core" / "kubernetes.jsonl"
MUTATIONS, GROWN, SEED = 500, 150, 20
LONGEST = 1500
"""Characters of a row; longer ones are left out."""


def changes(before: Any, after: Any, where: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """What makes one object of another: paths and their new values; `...` where there is none any more."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in {**before, **after}:
            if key not in after:
                yield (*where, key), ...
            elif key not in before:
                yield (*where, key), after[key]
            else:
                yield from changes(before[key], after[key], (*where, key))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, pair in enumerate(zip(before, after, strict=True)):
            yield from changes(*pair, (*where, index))
    elif before != after or type(before) is not type(after):
        yield where, after


def applied(data: Any, row: Mapping[str, Any]) -> Any:
    """The object that a row is about."""
    made = copy.deepcopy(data)
    for *above, last in row.get("drop", ()):
        del _at(made, above)[last]
    for (*above, last), value in row.get("set", ()):
        _at(made, above)[last] = value
    return made


def _at(data: Any, steps: Any) -> Any:
    for step in steps:
        data = data[step]
    return data


def drawn() -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Rows without answers, and their objects."""
    bases, chance = sound(), random.Random(SEED)
    weights = [len(json.dumps(base)) for base in bases]
    for number in range(MUTATIONS + GROWN):
        (index,) = chance.choices(range(len(bases)), weights)
        made = (mutated if number < MUTATIONS else grown)(bases[index], chance)
        found = list(changes(bases[index], made))
        put = [[list(where), value] for where, value in found if value is not ...]
        row: dict[str, Any] = {"of": index, "set": put, "drop": [list(w) for w, value in found if value is ...]}
        row = {key: value for key, value in row.items() if value or key == "of"}
        if len(json.dumps(row)) <= LONGEST and applied(bases[index], row) == made:
            yield row, made


def rows() -> list[dict[str, Any]]:
    """The record."""
    return [json.loads(line) for line in RECORD.read_text(encoding="utf-8").splitlines()]


def answer(row: Mapping[str, Any]) -> Answer:
    """A row's answer."""
    details = tuple(row["server"])
    return Answer(tuple(row.get("decode", ())), tuple(each.partition(": ")[0] for each in details), details)


def main() -> None:
    """Write the record anew."""
    from tests.rules.table import cases

    told = [({"case": case.name}, case.data) for case in cases() if case.name.startswith("core-")]
    asked = [*told, *drawn()]
    with tempfile.TemporaryDirectory() as name:
        answers = ask(build(Path(name)), [data for _, data in asked])
    lines = []
    for (row, _), said in zip(asked, answers, strict=True):
        server = [f"{field}{detail[len(field) :][:100]}" for field, detail in zip(said.fields, said.details, strict=True)]
        lines.append(json.dumps({**row, "server": server, **({"decode": ["refused"]} if said.decode else {})}))
    RECORD.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
