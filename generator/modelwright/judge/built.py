"""What a folder builds to, judged: problems stand where a value was written, if that can be told, else at the
folder's kustomization."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from modelwright.inputs.built import Built
from modelwright.judge.file import Counts, Judged, Settings, keep_lines
from modelwright.model import Mark, Path, Place
from modelwright.problems import Problem
from modelwright.typed import Any

Name = tuple[str, str]
"""Kind and name."""


def judge_built(built: Built, settings: Settings) -> Judged:
    """What is wrong with a folder's objects, and with building them."""
    from modelwright.judge import judge
    from modelwright.suppress import suppress

    problems = list(built.problems)
    for manifest in built.manifests:
        for problem in judge([manifest], settings.release, own=settings.own, previous=settings.previous, policies=settings.policies):
            if settings.strict and problem.code == "MW505":
                problem = replace(problem, level="error")
            place = manifest.origin(problem.path)
            if place is not None:
                place = replace(place, file=built.name(place.file), key=problem.code == "MW501")
            problems.append(replace(problem, place=place))
    counts = Counts(len(built.manifests))
    if not problems:
        return Judged(built.head, (), counts)
    sources = built.texts()
    placed = _placed(problems, built, sources)
    left, suppressed = suppress(_marked(placed, sources), sources, settings.head)
    own = tuple(p for p in left if p.place is None or p.place.file in sources or p.place.file == built.head)
    lines: dict[str, dict[int, str]] = {}
    for file in {p.place.file for p in own if p.place} & set(sources):
        keep_lines(lines.setdefault(file, {}), [p for p in own if p.place and p.place.file == file], sources[file])
    return Judged(built.head, own, counts + Counts(suppressed=suppressed), lines)


def _name(data: Mapping[str, Any]) -> Name:
    metadata = data.get("metadata")
    return str(data.get("kind")), str(metadata.get("name") if isinstance(metadata, Mapping) else "")


def _written(texts: Mapping[str, str]) -> Mapping[Name, tuple[Place, Mapping[str, Any]]]:
    """The objects in files, by name; not those of which there are several, such as a base's and its patch's."""
    from modelwright.yamlio import read

    found: dict[Name, tuple[Place, Mapping[str, Any]]] = {}
    several: set[Name] = set()
    for file, text in texts.items():
        for index, document in enumerate(read(text, file)[0]):
            if isinstance(document, Mapping) and document.get("kind"):
                name = _name(document)
                several |= {name} & set(found)
                found[name] = Place(file, index), document
    return {name: written for name, written in found.items() if name not in several}


def _placed(problems: Sequence[Problem], built: Built, texts: Mapping[str, str]) -> list[Problem]:
    """Problems whose place the builder did not know, where a file has the same value of an object of that name."""
    if all(problem.place for problem in problems):
        return list(problems)
    written = _written(texts)
    objects = {_name(manifest.data): manifest.data for manifest in built.manifests}
    found = []
    for problem in problems:
        name = (problem.resource.kind, problem.resource.name) if problem.resource else ("", "")
        place, data = written.get(name, (None, {}))
        if problem.place is not None:
            found.append(problem)
        elif place is not None and _at(data, problem.path) == _at(objects.get(name, {}), problem.path):
            where = replace(place, path=problem.path, key=problem.code == "MW501")
            found.append(replace(problem, place=where, related=(*problem.related, ("built here", Place(built.head)))))
        else:
            what = " ".join(filter(None, name))
            message = f"{what}: {problem.message}" if what else problem.message
            found.append(replace(problem, place=Place(built.head), message=message))
    return found


def _at(data: Any, path: Path) -> Any:
    """The value at a path; None where there is none."""
    for step in path:
        if isinstance(data, Mapping) and isinstance(step, str):
            data = data.get(step)
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            data = data[step]
        else:
            return None
    return data


def _marked(problems: Sequence[Problem], texts: Mapping[str, str]) -> list[Problem]:
    from modelwright.yamlio.finder import Finder

    finder = Finder(texts)

    def mark(place: Place | Mark) -> Mark:
        return finder.mark(place)

    return [
        replace(p, place=p.place and mark(p.place), related=tuple((text, mark(place)) for text, place in p.related))
        for p in problems
    ]
