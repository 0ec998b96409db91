"""What KServe's webhooks make of objects, and what we do: verdict and changed fields, compared object by object.

`python -m tests.targets.kserve.drawn_admission [RELEASE [SEED [COUNT]]]` asks the oracle of a release (all of them where none
is named) about drawn objects, prints what differs, each kind of difference with its smallest object, and, where all releases
were asked, writes docs/conformance-kserve.md. `... record` keeps some of the answers for the tests, which need no Go.

The server refuses what a webhook refuses, and what does not fit the definition of its kind once the mutating webhook has
changed it. For the latter our own judge of schemas is asked about the webhook's object: `tests/judge/server.py` holds that
one against the server's code.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path as File
from typing import Any

from tests.targets.kserve.drawing import changed, objects
from tests.targets.kserve.explained import EXPLAINED, OPEN, Difference, explanation
from tests.targets.kserve.oracle import RELEASES, ROOT, Answer, Question, ask, binary

from modelwright.judge import judge
from modelwright.judge.catalog import catalog
from modelwright.judge.facts import Schemas
from modelwright.judge.kept import kept
from modelwright.judge.schema import findings as unfit
from modelwright.model import Manifest, Path, Place, Release, minor
from modelwright.problems import Problem

PAGE = ROOT / "docs" / "conformance-kserve.md"
CORPUS = ROOT.parent / "shared" / "corpus"
KUBERNETES = "1.33"
@dataclass(frozen=True, slots=True)
class Case:
    """A question, and the cluster as our judge knows it."""

    release: Release
    question: Question

    @property
    def kind(self) -> str:
        return str(self.question.object["kind"])


def release_of(version: str, mode: str = "knative") -> Release:
    """The release that our judge is told."""
    return Release(KUBERNETES, ".".join(version.split(".")[:2]), mode=mode)


def _words(version: str) -> Mapping[str, str]:
    """Modes as clusters are told them, and the release's own words."""
    if minor(version) < (0, 16):
        return {"knative": "Serverless", "standard": "RawDeployment", "modelmesh": "ModelMesh"}
    return {"knative": "Knative", "standard": "Standard", "modelmesh": "ModelMesh"}


def config_of(version: str, mode: str) -> dict[str, dict[str, str]]:
    """How the cluster's own settings say the mode."""
    return {"deploy": {"defaultDeploymentMode": _words(version)[mode]}}


def drawn(version: str, seed: int, count: int, corpus: File | None) -> Iterator[Case]:
    """Objects made wrong, a third of them as updates of what was there."""
    made = objects(release_of(version), seed, corpus)
    for number in range(count):
        base, schema, chance = next(made)
        schemas = Schemas(schema.schema, True)
        mode = chance.choice(("knative", "knative", "standard", "modelmesh" if number % 5 == 0 else "standard"))
        update = number % 3 == 2
        data = changed(base, schemas, chance, head=not update)
        old = None
        if update:
            old = changed(base, schemas, chance, head=False) if chance.random() < 0.5 else base
        existing: tuple[Mapping[str, Any], ...] = ()
        if base["kind"] in ("ServingRuntime", "ClusterServingRuntime") and chance.random() < 0.4:
            other = changed(base, schemas, chance)
            other["metadata"] = {**base["metadata"], "name": "zz-other"}
            if isinstance(other.get("spec"), dict):
                other["spec"].pop("replicas", None)  # of some the webhook could not read the runtime: it would not be there
            existing = () if _unfit(release_of(version), other) else (other,)
        yield Case(release_of(version, mode), Question(data, old, existing, config_of(version, mode)))


def stored(version: str, cases: Sequence[Case]) -> list[Case]:
    """Updates of objects as a server has them: those it would not have taken are left out, and the mode is recorded."""
    updates = [case for case in cases if case.question.old is not None]
    first = [replace(case, question=replace(case.question, object=case.question.old or {}, old=None)) for case in updates]
    olds = {id(case): answer for case, answer in zip(updates, ask(version, map(sent, first)), strict=True)}
    made = []
    for case in cases:
        answer = olds.get(id(case))
        if answer is None:
            made.append(case)
        elif answer.allowed and not _unfit(case.release, answer.defaulted):
            made.append(replace(case, question=replace(case.question, old=_recorded(case, answer.defaulted))))
    return made


def sent(case: Case) -> Question:
    """The question as webhooks are asked it: without what the server drops, with what it fills in."""
    data = case.question.object
    schema = catalog(case.release).schema(data["apiVersion"], data["kind"])
    assert schema is not None
    return replace(case.question, object=kept(schema, data)[0])


def _recorded(case: Case, data: Mapping[str, Any]) -> dict[str, Any]:
    """An object with the mode that the controller writes into its status (GetDeploymentMode of kserve pkg/utils).

    It leaves ModelMesh's objects alone.
    """
    old = {name: value for name, value in data.items() if name != "status"}
    if case.kind == "InferenceService":
        default = case.question.config["deploy"]["defaultDeploymentMode"]
        known = _words(case.release.kserve).values()
        stated = (old["metadata"].get("annotations") or {}).get("serving.kserve.io/deploymentMode")
        mode = stated if stated in known else default
        if mode != "ModelMesh":
            old["status"] = {"deploymentMode": mode}
    return old


def _unfit(release: Release, data: Mapping[str, Any], old: Mapping[str, Any] | None = None) -> list[str]:
    """What the server itself has against an object: fields and values that its definition does not allow."""
    from modelwright.judge.expressions import rule_notes

    schema = catalog(release).schema(str(data.get("apiVersion")), str(data.get("kind")))
    if schema is None:
        return ["not served"]
    found = [each for each in unfit(schema, data) if each.defect != "null"]  # dropped, not refused
    said = [f"schema: {each.defect} {'.'.join(map(str, each.path))} {each.wanted}" for each in found]
    return said + [f"CEL: {note[2]}" for note in rule_notes(schema, data, found=found, before=old)]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of an object, and why."""

    refused: bool
    said: tuple[str, ...] = ()
    webhook: bool = False
    """Whether a webhook refuses what it could read."""
    changed: Mapping[Path, Any] = field(default_factory=dict)
    """Fields that are stated and do not stay so, and what becomes of them; `...` of what is gone, or not known."""


def server(case: Case, answer: Answer) -> Verdict:
    """The webhook's answer, and the schema's about what it leaves."""
    if not answer.allowed:
        return Verdict(True, tuple(f"{answer.stage}: {error}" for error in answer.errors), answer.stage != "decode")
    data = case.question.object
    schema = catalog(case.release).schema(data["apiVersion"], data["kind"])
    assert schema is not None
    unknown = [f"unknown: {each.path}" for each in kept(schema, data)[1] if each.defect == "unknown"]
    after = {name: value for name, value in answer.defaulted.items() if name != "status"}
    bad = unknown or _unfit(case.release, after, case.question.old)
    return Verdict(bool(bad), tuple(bad), False, {} if bad else dict(_changes(data, after)))


def _changes(stated: Any, after: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """The stated values that are not there any more, or others; of what is gone as a whole only where it began."""
    if isinstance(stated, dict) and isinstance(after, dict):
        for name, value in stated.items():
            if path or name not in ("apiVersion", "kind", "status"):
                yield from _changes(value, after.get(name, ...), (*path, name))
    elif isinstance(stated, list) and isinstance(after, list) and len(stated) == len(after):
        for index, pair in enumerate(zip(stated, after, strict=True)):
            yield from _changes(*pair, (*path, index))
    elif stated is not None and stated != after:
        yield path, after


def ours(case: Case) -> tuple[Verdict, tuple[Problem, ...]]:
    """Our verdict."""
    question = case.question
    data = [*question.existing, question.object]
    manifests = [Manifest(each, place=Place("drawn.yaml", index)) for index, each in enumerate(data)]
    previous = {}
    if question.old is not None:
        metadata = question.object["metadata"]
        group = str(question.object["apiVersion"]).rpartition("/")[0]
        previous[group, case.kind, str(metadata.get("namespace") or ""), str(metadata.get("name") or "")] = question.old
    found = tuple(
        problem for problem in judge(manifests, case.release, previous=previous) if _about(problem, len(data) - 1)
    )
    refused = tuple(_said(each) for each in found if each.effect == "rejected" and each.code != "MW505")
    drift = {each.path: ... for each in found if each.effect == "drift"}
    return Verdict(bool(refused), refused, False, drift), found


def _about(problem: Problem, index: int) -> bool:
    return problem.place is None or problem.place.document == index


def _said(problem: Problem) -> str:
    return f"{problem.code} {'.'.join(map(str, problem.path))}: {problem.message}"


def differences(case: Case, theirs: Verdict) -> list[Difference]:
    """What the server and we say differently of one object."""
    we, found = ours(case)
    told = Difference("", (), case.question, case.release, found)
    if theirs.refused != we.refused:
        what, said = ("too lax", theirs.said) if theirs.refused else ("too strict", we.said)
        return [replace(told, what=what, said=said)]
    if theirs.refused:
        return []
    missing = [path for path in theirs.changed if not any(path[: len(each)] == each for each in we.changed)]
    extra = [each for each in we.changed if not any(_along(each, path) for path in theirs.changed)]
    return [
        replace(told, what=what, said=(_plain(path),), path=path, after=theirs.changed.get(path, ...))
        for what, paths in (("drift not told", missing), ("drift that is none", extra))
        for path in sorted(paths, key=str)
    ]


def _plain(path: Path) -> str:
    return ".".join("N" if isinstance(step, int) else str(step) for step in path)


def _along(one: Path, other: Path) -> bool:
    length = min(len(one), len(other))
    return one[:length] == other[:length]


def group(difference: Difference) -> str:
    """Differences of about the same cause have the same text."""
    text = re.sub(r'"[^"]*"|\'[^\']*\'|`[^`]*`', "_", difference.said[0])
    text = re.sub(r"\[[^\]]*\]|\([^)]*\)", "[]", text)
    return f"{difference.what}: {difference.question.object['kind']} {re.sub(r'[0-9]+', 'N', text)[:160]}"


@dataclass(slots=True)
class Figures:
    """What a comparison came to."""

    objects: int = 0
    updates: int = 0
    webhook: int = 0
    """Refused by a webhook."""
    schema: int = 0
    changed: int = 0
    explained: int = 0
    differences: int = 0


def compared(cases: Iterable[tuple[Case, Verdict]]) -> tuple[Figures, list[Difference], Counter[str]]:
    """Figures, what has no explanation, and how often each explanation was needed."""
    figures, odd, reasons = Figures(), [], Counter[str]()
    for case, theirs in cases:
        figures.objects += 1
        figures.updates += case.question.old is not None
        figures.webhook += theirs.webhook
        figures.schema += theirs.refused and not theirs.webhook
        figures.changed += bool(theirs.changed)
        for found in differences(case, theirs):
            reason = explanation(found)
            reasons.update([reason] if reason else [])
            figures.explained += bool(reason)
            figures.differences += not reason
            if not reason:
                odd.append(found)
    return figures, odd, reasons


def asked(version: str, cases: Sequence[Case]) -> list[tuple[Case, Verdict]]:
    """Cases, and what the server says of them."""
    answers = ask(version, map(sent, cases))
    return [(case, server(case, answer)) for case, answer in zip(cases, answers, strict=True)]


def shrunk(version: str, difference: Difference) -> Difference:
    """A smaller object with a difference of the same group."""
    wanted, best = group(difference), difference
    for _ in range(40):
        cases = [Case(best.release, question) for question in _smaller(best.question)]
        for case, verdict in asked(version, cases):
            found = [each for each in differences(case, verdict) if group(each) == wanted and not explanation(each)]
            if found:
                best = found[0]
                break
        else:
            break
    return best


def _smaller(question: Question) -> Iterator[Question]:
    from tests.judge.mutations import at, places

    if question.existing:
        yield replace(question, existing=())
    data = question.object
    kept_paths = (("apiVersion",), ("kind",), ("metadata",), ("metadata", "name"), ("spec",), ("spec", "predictor"))
    for path in sorted((each for each in places(data) if each not in kept_paths), key=len):
        made = json.loads(json.dumps(data))
        del at(made, path[:-1])[path[-1]]
        yield replace(question, object=made)
    if question.old is not None and question.old != data:
        yield replace(question, old={**data, **({"status": question.old["status"]} if "status" in question.old else {})})


def report(version: str, odd: Sequence[Difference], shrink: bool = True) -> None:
    """Each group of differences with its smallest object."""
    groups: dict[str, list[Difference]] = {}
    for each in odd:
        groups.setdefault(group(each), []).append(each)
    for name, found in sorted(groups.items(), key=lambda pair: -len(pair[1])):
        least = min(found, key=lambda each: len(json.dumps(each.question.row())))
        least = shrunk(version, least) if shrink else least
        print(f"\n{len(found)} x {name}")
        for text in least.said[:3]:
            print(f"   said: {text[:300]}")
        row = {key: value for key, value in least.question.row().items() if key != "operation"}
        print(f"   mode {least.release.mode}: {json.dumps(row)[:1500]}")


def main(arguments: Sequence[str]) -> int:
    """Compare; 1 where anything differs without a reason."""
    versions = arguments[:1] or RELEASES
    seed, count = int(arguments[1]) if len(arguments) > 1 else 1, int(arguments[2]) if len(arguments) > 2 else 10_000
    rows: dict[str, tuple[Figures, Counter[str]]] = {}
    for version in versions:
        corpus = CORPUS if CORPUS.is_dir() else None
        try:
            binary(version)
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"\nKServe {version}: not asked, for its program cannot be built: {error}")
            continue
        cases = stored(version, list(drawn(version, seed, count, corpus)))
        figures, odd, reasons = compared(asked(version, cases))
        report(version, odd)
        rows[version] = figures, reasons
        print(f"\nKServe {version}: {figures}\n  explained: {dict(reasons)}")
    if not arguments and rows and not any(figures.differences for figures, _ in rows.values()):
        PAGE.write_text(page(rows), encoding="utf-8")
    return int(any(figures.differences for figures, _ in rows.values()))


def _unasked(rows: Mapping[str, Any]) -> list[str]:
    left = [version for version in RELEASES if version not in rows]
    return [f"Not asked, for lack of their programs: KServe {', '.join(left)}.", ""] if left else []


def page(rows: Mapping[str, tuple[Figures, Counter[str]]]) -> str:
    """What comparisons found, as the page that says so."""
    total: Counter[str] = sum((reasons for _, reasons in rows.values()), Counter())
    return "\n".join(
        [
            "# KServe's webhooks: KServe's own code",
            "",
            "Made by `make conformance`. Oracles (`tests/oracle/kserve`, one program for each release) link the defaulters and",
            "validators of KServe itself, behind controller-runtime's own handlers; a little API server gives them the release's",
            "ConfigMap, runtimes and local model caches. They are asked about drawn objects: our own seeds",
            "(`tests/targets/kserve/seeds.yaml`) and the shared corpus, with one to four things done to each, mostly where webhooks",
            "look; a third are updates. The verdict must be the same (refused by a webhook or, once defaulted, by the schema), and",
            "so must the stated fields that the webhook changes and those that we tell as drift.",
            "",
            "Some hundred answers for each release are kept in `tests/targets/kserve/recorded` and held by the tests where there is",
            "no Go.",
            "",
            "| KServe | objects | updates | refused by a webhook | by the schema | changed | explained or open | other differences |",
            "|---|---|---|---|---|---|---|---|",
            *(
                f"| {version} | {f.objects:,} | {f.updates:,} | {f.webhook:,} | {f.schema:,} | {f.changed:,} | {f.explained:,} | {f.differences:,} |"
                for version, (f, _) in rows.items()
            ),
            "",
            "## Explained",
            "",
            *(f"- {reason} ({total[reason]:,})" for reason in EXPLAINED),
            "",
            "## Open",
            "",
            "What differs and should not:",
            "",
            *(f"- {reason} ({total[reason]:,})" for reason in OPEN),
            "",
            *_unasked(rows),
            "Not asked of any: the webhook for pods, deletion, Open Data Hub's webhooks, and what a name or a label may be, which the server",
            "itself says.",
            "",
        ]
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
