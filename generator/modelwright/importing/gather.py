"""Definitions from wherever somebody has them: files, folders, what `kubectl get crd -o yaml` prints."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field

from modelwright.importing.crds import API_VERSION, text_of
from modelwright.judge.intake import Defined, definitions
from modelwright.model import Document, Place, Release
from modelwright.problems import Problem
from modelwright.records import dataclass

KINDS = ("CustomResourceDefinition", "KindSchemas")


@dataclass(frozen=True, slots=True)
class Given:
    """One input."""

    name: str
    data: bytes
    found: bool = False
    """True for a file that was found in a folder rather than named: it may be about something else."""


@dataclass(slots=True)
class Gathered:
    """What the inputs define, by group and kind, and what is wrong with them."""

    kinds: dict[tuple[str, str], Defined] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)

    @property
    def sound(self) -> bool:
        return not any(problem.severity == "error" for problem in self.problems)


def gather(inputs: Iterable[Given], release: Release) -> Gathered:
    """The kinds that all inputs define together."""
    made = Gathered()
    for given in inputs:
        kinds, problems = _read(given, release, made.texts)
        made.problems += problems
        for each in kinds:
            first = made.kinds.setdefault((each.group, each.kind), each)
            if first is not each:
                there = (("the other one", first.place),)
                what = f"the kind {each.kind} of `{each.group}` is defined twice"
                made.problems.append(Problem("MW231", what, each.place, "keep the one that the cluster has", related=there))
    return made


def _read(given: Given, release: Release, texts: dict[str, str]) -> tuple[tuple[Defined, ...], tuple[Problem, ...]]:
    from modelwright.yamlio import decode, read

    if given.found and not any(kind.encode() in given.data for kind in KINDS):
        return (), ()
    text, problems = decode(given.data, given.name, large=True)
    if problems:
        return (), problems
    texts[given.name] = text
    documents, problems = read(text, given.name, large=True)
    if problems:
        return (), problems
    objects = [
        Document(str(data["kind"]), "", data, given.name, index)
        for index, data in enumerate(documents)
        if isinstance(data, dict) and _defines(data)
    ]
    if not objects and not given.found:
        what, hint = "there is no CustomResourceDefinition here", "get them by `kubectl get crd -o yaml`"
        return (), (Problem("MW230", what, Place(given.name), hint),)
    return definitions(tuple(objects), release)


def _defines(data: dict[str, object]) -> bool:
    """Definitions, or a list that holds nothing else."""
    kind, items = data.get("kind"), data.get("items")
    if isinstance(kind, str) and kind.endswith("List") and isinstance(items, list):
        return any(isinstance(item, dict) and item.get("kind") in KINDS for item in items)
    return kind in KINDS


def files_of(kinds: Iterable[Defined]) -> dict[str, str]:
    """File name -> text, for each kind one compact file of all its served versions."""
    wanted = sorted((each for each in kinds if each.versions), key=lambda kind: (kind.group, kind.kind))
    return {f"{each.kind.lower()}.{each.group}.yaml": text_of(each.versions) for each in wanted}


def is_ours(text: str) -> bool:
    """Whether a file is one that `files_of` made, which may be written anew."""
    return text.startswith(f'{{"apiVersion":"{API_VERSION}"')
