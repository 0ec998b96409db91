"""The table of cases that rules are held to: `cases/*.yaml`.

    - from: deployment                  # an object of `bases.yaml`, or `manifest:` with one
      set: {"spec.template.spec.containers[0].ports[0].containerPort": 0}
      drop: [spec.replicas]             # `x * 1000` as a value is a text of a thousand letters
      release: {kubernetes: "1.30"}     # 1.33 and KServe 0.20 where it is not said
      old: {spec.replicas: 2, spec.paused: null}    # an update: what the object before had instead; null for nothing
      finds: [MW651 spec.template.spec.containers[0].ports[0].containerPort]

`finds` are all problems of the whole judge, each `CODE path` or `CODE effect path`; none where it is absent. `refers` are all
references, each `CODE [group/]Kind [namespace:]name[/key] path`; where it is absent they are not looked at.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from modelwright.judge import _identity as identity
from modelwright.judge import judge
from modelwright.judge.references import Ask
from modelwright.judge.words import dotted
from modelwright.model import Manifest, Place
from modelwright.problems import SEVERITY
from modelwright.rules.steps import path
from modelwright.yamlio import read
from tests.rules.judging import release

FOLDER = Path(__file__).parent / "cases"
SOUND = Path(__file__).parents[1] / "judge" / "core" / "sound.yaml"
WORDS = {"from", "manifest", "set", "drop", "release", "old", "finds", "refers"}


@dataclass(frozen=True)
class Case:
    """One object, and everything that is wrong with it."""

    name: str
    data: Mapping[str, Any]
    release: Mapping[str, str]
    finds: tuple[str, ...]
    old: Mapping[str, Any] | None = None
    """The object before, where this is an update."""
    refers: tuple[str, ...] | None = None
    """Its references, where they are said; `finds` has them, too."""

    def found(self) -> tuple[str, ...]:
        """What is found, in the words of `finds`."""
        manifest = Manifest(self.data, place=Place("case.yaml"))
        previous = {identity(manifest): self.old} if self.old else None
        asks: list[Ask] = []
        given = judge([manifest], release(self.release), previous=previous, asks=asks)
        words = [wanted.split(" ", 2) for wanted in self.finds if wanted not in (self.refers or ())]
        told = {len(each) > 1 and each[1] in SEVERITY for each in words}
        effect = told == {True}
        found = [" ".join(filter(None, (p.code, (effect and p.effect) or "", dotted(p.path)))) for p in given]
        return tuple(sorted([*found, *(_reference(ask) for ask in asks if self.refers is not None)]))


@cache
def cases() -> tuple[Case, ...]:
    """Every case, in the order of files."""
    return tuple(case for file in sorted(FOLDER.glob("*.yaml")) if file.name != "bases.yaml" for case in _of(file))


def _read(file: Path) -> Any:
    documents, problems = read(file.read_text(encoding="utf-8"), file.name)
    assert not problems, problems
    return documents[0]


@cache
def bases() -> Mapping[str, Any]:
    """Sound objects, by name: those of `bases.yaml`, and the core kinds of tests/judge/core as `kind-name`."""
    documents, problems = read(SOUND.read_text(encoding="utf-8"), SOUND.name)
    assert not problems, problems
    found = {f"{data['kind'].lower()}-{data['metadata']['name'].replace(':', '-')}": data for data in documents}
    return {**found, **_read(FOLDER / "bases.yaml")}


def _of(file: Path) -> list[Case]:
    found = []
    for index, row in enumerate(_read(file)):
        assert set(row) <= WORDS, f"{file.name}, case {index + 1}: {set(row) - WORDS}"
        data = copy.deepcopy(row["manifest"] if "manifest" in row else bases()[row["from"]])
        for where, value in (row.get("set") or {}).items():
            long = isinstance(value, str) and value.startswith("x * ")
            _set(data, where, "x" * int(value[4:]) if long else value)
        for where in row.get("drop") or ():
            *above, last = path(where)
            del _get(data, above)[last]
        refers = row.get("refers")
        finds = tuple(sorted([*(row.get("finds") or ()), *(refers or ())]))
        old = _old(data, row.get("old"))
        found.append(Case(f"{file.stem}-{index + 1}", data, row.get("release") or {}, finds, old, refers))
    return found


def _reference(ask: Ask) -> str:
    group, kind, namespace, name, key = ask.target
    called = f"{namespace}:{name}" if namespace else name
    return f"{ask.code} {group}{group and '/'}{kind} {called}{key and '/'}{key} {dotted(ask.path)}"


def _old(data: Any, changes: Mapping[str, Any] | None) -> Any:
    if changes is None:
        return None
    old = copy.deepcopy(data)
    for where, value in changes.items():
        if value is None:
            *above, last = path(where)
            del _get(old, above)[last]
        else:
            _set(old, where, value)
    return old


def _get(data: Any, steps: Any) -> Any:
    for step in steps:
        data = data[step]
    return data


def _set(data: Any, where: str, value: Any) -> None:
    """Put a value at a path; maps on the way are made, and a list grows by one."""
    *above, last = path(where)
    for index, step in enumerate(above):
        following = [*above, last][index + 1]
        if isinstance(data, list) and step == len(data):
            data.append({})
        elif isinstance(data, dict) and step not in data:
            data[step] = [] if isinstance(following, int) else {}
        data = data[step]
    if isinstance(data, list) and last == len(data):
        data.append(value)
    else:
        data[last] = value
