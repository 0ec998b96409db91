"""What a server makes of custom resources, and what we do: verdict and places, compared object by object.

`python -m tests.judge.server [SEED] [COUNT]` builds tests/oracle/resources (Go, linking Kubernetes' own custom-resource
code), asks it about every document of the corpus that has a definition, and about COUNT that were made wrong, and
writes the figures to docs/conformance.md. `python -m tests.judge.server record` asks about the documents of
tests/judge/resources instead and records the answers, for the tests.
"""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from tests.judge.mutations import mutate

from modelwright.importing.crds import kinds_of
from modelwright.judge import _notes
from modelwright.judge.catalog import Catalog, KindSchema, catalog, packaged
from modelwright.judge.facts import Schemas
from modelwright.judge.names import Note, name_advice
from modelwright.judge.updates import identity
from modelwright.model import Release
from modelwright.yamlio import read

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
ORACLE = ROOT / "tests" / "oracle" / "resources"
SERVER_CODES = frozenset(("MW501", "MW502", "MW503", "MW504", "MW508", "MW509", "MW510", "MW553", "MW600", "MW601"))
"""What the server itself refuses; other codes are told of webhooks, controllers, and of what is taken but in vain."""


@dataclass(frozen=True, slots=True)
class Case:
    """One object of a kind, and what was done to it."""

    name: str
    kind: Definition
    data: Any
    old: Any = None


@dataclass(frozen=True, slots=True, eq=False)
class Definition:
    """A version of a kind: the definition's file for the server, the schema for us."""

    file: str
    version: str
    api_version: str
    kind: str
    schema: KindSchema


@dataclass(frozen=True, slots=True)
class Answer:
    """A verdict, and the places it is about. No places and not taken: the request could not even be read."""

    taken: bool
    places: frozenset[str] = frozenset()
    said: str = ""
    wrong: tuple[str, ...] = ()
    """The places of values of a wrong type."""
    around: frozenset[str] = frozenset()
    """The places of values that fit none of the alternatives."""


def definitions(files: Iterable[Path], folder: Path) -> dict[tuple[str, str], Definition]:
    """The kinds that files define, by apiVersion and kind; a later file wins."""
    made: dict[tuple[str, str], Definition] = {}
    for number, file in enumerate(files):
        for index, crd in enumerate(yaml.load_all(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)):
            if not isinstance(crd, dict) or crd.get("kind") != "CustomResourceDefinition":
                continue
            path = folder / f"{number}-{index}.json"
            path.write_text(json.dumps(crd, default=str), encoding="utf-8")
            for found in kinds_of(crd):
                key = (f"{found.group}/{found.version}", found.kind)
                made[key] = Definition(str(path), found.version, *key, packaged(found.schema, found.namespaced))
    return made


def released() -> list[Path]:
    """The definitions to judge by: for KServe's kinds those of 0.20, else the newest."""
    found = sorted((SHARED / "crds").rglob("*.yaml"), key=lambda p: [int(n) for n in re.findall(r"\d+", p.parent.name)])
    return sorted(found, key=lambda p: p.parent == SHARED / "crds" / "kserve" / "v0.20.0")


def documents(kinds: Mapping[tuple[str, str], Definition], folders: Iterable[Path]) -> Iterator[Case]:
    """Every document below folders whose kind has a definition."""
    for folder in folders:
        for path in sorted(p for p in folder.rglob("*") if p.suffix in (".yaml", ".yml") and p.is_file()):
            for index, data in enumerate(read(path.read_text(encoding="utf-8", errors="replace"), path.name)[0]):
                if isinstance(data, dict):
                    kind = kinds.get((str(data.get("apiVersion")), str(data.get("kind"))))
                    if kind:
                        yield Case(f"{path.relative_to(SHARED)}#{index}", kind, data)


def build(folder: Path) -> Path:
    """The oracle's program. Needs Go and its modules."""
    binary = folder / "oracle"
    subprocess.run(["go", "build", "-o", str(binary), "."], cwd=ORACLE, check=True)
    return binary


def ask(binary: Path, cases: Sequence[Case]) -> list[dict[str, Any]]:
    """The server's answers, as the oracle gives them."""
    rows = (
        {"crd": c.kind.file, "version": c.kind.version, "object": c.data, **({"old": c.old} if c.old is not None else {})}
        for c in cases
    )
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    made = subprocess.run([str(binary)], input=lines, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in made.stdout.split("\n") if line]


def theirs(answer: Mapping[str, Any]) -> Answer:
    """The oracle's answer as verdict and places."""
    if "decode" in answer:
        return Answer(False, said=answer["decode"])
    causes = answer.get("errors", ())
    found = {*answer.get("unknown", ()), *map(_field, causes)}
    said = "; ".join([*(f"unknown {u}" for u in answer.get("unknown", ())), *(f"{c['field']}: {c['detail']}" for c in causes)])
    around = frozenset(_plain(_field(cause)) for cause in causes if cause["field"] == "<nil>")
    return Answer(not found, frozenset(map(_plain, found)), said[:2000], around=around)


def _field(cause: Mapping[str, str]) -> str:
    """Where an error is: of alternatives none of which fits, only the text says it."""
    quoted = re.search(r'"([^"]*)" must (?:validate|not validate)', cause["detail"])
    return quoted[1] if cause["field"] == "<nil>" and quoted else cause["field"]


_TAGS = re.compile(r"^(.*\bmetadata\.(?:labels|annotations|finalizers|ownerReferences))\..*$", re.DOTALL)


def _plain(place: str) -> str:
    """A place as names and numbers between dots; of labels and annotations the server names no single one."""
    text = "" if place == "<nil>" else place.replace("[", ".").replace("]", "").lstrip(".")
    return _TAGS.sub(r"\1", text)


@lru_cache(maxsize=1)
def _known() -> Catalog:
    return catalog(Release("1.34", "0.20"))


def ours(case: Case) -> Answer:
    """Our verdict of the server's own checks, and its places."""
    kind = case.kind
    known = replace(_known(), extra={(kind.api_version, kind.kind): kind.schema})
    before = case.old if case.old is not None and identity(case.data) == identity(case.old) else None
    notes = [n[:4] for n in _notes(case.data, known, before) if n[0] in SERVER_CODES and not _by_webhook(case.data, n)]
    found = frozenset(_plain(".".join(map(str, path))) for _, path, _, _ in notes)
    wrong = tuple(_plain(".".join(map(str, path))) for code, path, _, _ in notes if code == "MW502")
    said = "; ".join(f"{code} {'.'.join(map(str, path))}: {said}" for code, path, said, _ in notes)
    return Answer(not notes, found, said[:2000], wrong)


def _by_webhook(data: Any, note: Note) -> bool:
    """Whether KServe's own webhook asks for it, and the server would not."""
    if note[:2] != ("MW508", ("metadata", "name")) or data["kind"] != "InferenceService":
        return False
    name = (data.get("metadata") or {}).get("name")
    return isinstance(name, str) and bool(name) and not name_advice("", name)


EXPLAINED = {
    "2.0 as JSON": "A rule cannot compare a whole number that JSON spells with a fraction. No YAML file and no kubectl "
    "sends one: both write `2`.",
    "a wrong type, forgiven": "A value of a wrong type that did not change is forgiven, but a rule about it cannot be "
    "evaluated; we ask no rules of it.",
    "a slip told once": "Beside a field that is not known the server also tells the one that is missing; for us that is one "
    "defect, told where it was written.",
    "annotations too large": "Of an object whose annotations are too large the server asks no rules; we do.",
}


def difference(server: Answer, we: Answer) -> str:
    """The class of a disagreement; empty where there is none."""
    if "expected int, got float64" in server.said:
        return "2.0 as JSON"
    if "invalid data, expected" in server.said:
        return "a wrong type, forgiven"
    if "metadata.annotations: Too long" in server.said and we.places > server.places:
        return "annotations too large"
    if server.taken != we.taken:
        return "refused, though the server takes it" if server.taken else "taken, though the server refuses it"
    if not server.places:
        return ""  # the request could not be read, and no place is told
    theirs = set(server.places)
    # Of a map where none may be the server also lists every field as unknown.
    theirs -= {place for place in theirs if any(place.startswith(f"{wrong}.") for wrong in we.wrong)}
    # Where no alternative fits it names the value, and what is wrong by the alternative that comes nearest; we one of them.
    ours = set(we.places)
    for around in server.around:
        theirs, ours = ({around if f"{place}.".startswith(f"{around}.") else place for place in each} for each in (theirs, ours))
    # A name made of a bad prefix is bad too.
    if "metadata.generateName" in theirs:
        theirs -= {"metadata.name"} - ours
    slips = [f"{place}." for place in re.findall(r"MW501 (.*?): `", we.said)]
    beside = [place[: place.rindex(".") + 1] if "." in place else "" for place in theirs - ours]
    if ours < theirs and all(any(slip.startswith(each) for slip in slips) for each in beside):
        return "a slip told once"
    return "" if theirs == ours else "other places"


def wrong(plain: Sequence[Case], count: int, chance: random.Random) -> Iterator[Case]:
    """Documents with something done to them."""
    for number in range(count):
        base = plain[number % len(plain)]
        done, data = mutate(base.data, Schemas(base.kind.schema.schema, True), chance)
        yield Case(f"{base.name} {done}", base.kind, data)


def changed(plain: Sequence[Case], count: int, chance: random.Random) -> Iterator[Case]:
    """Changes of documents, half of which were made wrong before."""
    named = [case for case in plain if identity(case.data)]
    for number in range(count):
        base = named[number % len(named)]
        schemas = Schemas(base.kind.schema.schema, True)
        old = mutate(base.data, schemas, chance, head=False)[1] if number % 2 else base.data
        done, data = mutate(old, schemas, chance, head=False)
        yield Case(f"{base.name} changed: {done}", base.kind, data, old)


@dataclass(slots=True)
class Figures:
    """What a comparison came to."""

    count: int = 0
    taken: int = 0
    places: int = 0
    classes: Counter[str] = field(default_factory=Counter)
    odd: list[str] = field(default_factory=list)


def compared(rows: Iterable[tuple[Case, Mapping[str, Any]]]) -> Figures:
    """Our answers against the recorded or fresh ones of the server."""
    figures = Figures()
    for case, answer in rows:
        if str(answer.get("decode", "")).startswith("panic"):
            continue  # the object before could not have been stored
        server, we = theirs(answer), ours(case)
        figures.count += 1
        figures.taken += server.taken
        figures.places += len(server.places)
        found = difference(server, we)
        if found:
            figures.classes[found] += 1
        if found and found not in EXPLAINED:
            lines = (f"{found}: {case.name}", f"  server: {server.said[:800]}", f"  ours: {we.said[:800]}")
            figures.odd.append("\n".join((*lines, f"  only one has: {sorted(server.places ^ we.places)}")))
    return figures


def _row(title: str, figures: Figures) -> str:
    refused = figures.count - figures.taken
    explained = sum(figures.classes[name] for name in EXPLAINED)
    return f"| {title} | {figures.count:,} | {refused:,} | {figures.places:,} | {explained} | {len(figures.odd)} |"


_HEAD = "| compared | objects | refused | fields named | explained | other |\n|---|---|---|---|---|---|"


def main(seed: int = 1, count: int = 20_000) -> int:
    """Compare, and write the figures down; 1 where a disagreement has no explanation."""
    from tests.conformance import Section, write

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        binary = build(folder)
        kinds = definitions(released(), folder)
        chance = random.Random(seed)
        plain = list(documents(kinds, [SHARED / "corpus", SHARED / "data"]))
        groups = {
            "documents as they are": plain,
            f"made wrong (seed {seed})": list(wrong(plain, count, chance)),
        }
        answers = {title: ask(binary, cases) for title, cases in groups.items()}
        stored = [case for case, answer in zip(plain, answers["documents as they are"], strict=True) if theirs(answer).taken]
        groups[title := f"changes (seed {seed})"] = list(changed(stored, count // 2, chance))
        answers[title] = ask(binary, groups[title])
        found = {title: compared(zip(cases, answers[title], strict=True)) for title, cases in groups.items()}
    for figures in found.values():
        print("\n".join(figures.odd))
    rows = [_row(title, figures) for title, figures in found.items()]
    total = sum((figures.classes for figures in found.values()), Counter[str]())
    why = [f"- {name} ({total[name]}): {reason}" for name, reason in EXPLAINED.items() if total[name]]
    write(Section.RESOURCES, "\n".join([_HEAD, *rows[:2], "", *why]))
    write(Section.UPDATES, "\n".join([_HEAD, rows[2]]))
    print("\n".join(rows))
    return int(any(figures.odd for figures in found.values()))


RECORD = Path(__file__).parent / "resources"


def sample() -> list[tuple[str, dict[str, Any], dict[str, Any] | None]]:
    """The made-up documents: what each is about, the object, and the object before where it is a change."""
    made = yaml.load((RECORD / "documents.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    head = {"apiVersion": "example.org/v1", "kind": "Widget", "metadata": {"name": "a"}}

    def whole(part: Any) -> dict[str, Any]:
        return {**head, **part} if "spec" in part or "metadata" in part or "status" in part else {**head, "spec": part}

    return [(name, whole(case["new"]), whole(case["old"]) if "old" in case else None) for name, case in made.items()]


def cases(folder: Path) -> list[Case]:
    """The sample with its definition."""
    [kind] = definitions([RECORD / "definition.yaml"], folder).values()
    return [Case(name, kind, data, old) for name, data, old in sample()]


def recorded() -> dict[str, Any]:
    """The server's answer to each of the sample."""
    lines = (RECORD / "answers.jsonl").read_text(encoding="utf-8").splitlines()
    return {row["name"]: row["answer"] for row in map(json.loads, lines)}


def record() -> int:
    """Ask about the sample anew."""
    with tempfile.TemporaryDirectory() as name:
        rows = cases(Path(name))
        answers = ask(build(Path(name)), rows)
    lines = (json.dumps({"name": case.name, "answer": answer}) for case, answer in zip(rows, answers, strict=True))
    (RECORD / "answers.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(record() if sys.argv[1:] == ["record"] else main(*map(int, sys.argv[1:])))
