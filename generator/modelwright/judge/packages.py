"""The packaged schemas of custom kinds: facts from released CustomResourceDefinitions, by project and release.

`schemas/index.json` is read first and is small; the file of a kind is read when the kind is asked for.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import lru_cache

from modelwright.judge.kinds import KindSchema, nearest, order, packaged
from modelwright.model import Release
from modelwright.patterns import pattern
from modelwright.records import dataclass, field
from modelwright.typed import Any

MAIN = ("kserve", "opendatahub")
"""The families of which a cluster has at most one, and only where its versions say so."""
SERVING = "serving.kserve.io"


@dataclass(frozen=True, slots=True)
class Range:
    """A kind's schema in a family of releases, `first` to `last`."""

    family: str
    first: str
    last: str
    file: str
    number: int
    """Which of the file's schemas."""

    def covers(self, release: str) -> bool:
        """Whether the release is one of these."""
        return self.first == release or order(self.first) <= order(release) <= order(self.last)


@dataclass(frozen=True, slots=True)
class Platform:
    """Which sets of custom resources a cluster has."""

    family: str
    """The one that serves models: `kserve`, `opendatahub` or `modelmesh`."""
    release: str
    """The release of it that stands for the cluster's own; empty where none is installed."""
    kserve: str
    absent: frozenset[str] = frozenset()
    """Kinds that this platform does not take though a release defines them: `Kind`, or `Kind.group`."""
    beside: tuple[tuple[str, str], ...] = ()
    """Family -> release, of other projects whose release is known."""

    def runs(self, family: str) -> str:
        """The release of a family that stands for the cluster's own; empty where it may be any."""
        return self.release if family == self.family else dict(self.beside).get(family, "")

    def lacks(self, group: str, kind: str) -> bool:
        """Whether the platform does not take a kind, of whatever version."""
        return kind in self.absent or f"{kind}.{group}" in self.absent


@lru_cache(maxsize=1)
def schemas_folder() -> str:
    """The packaged schemas; in a source tree that is not installed, the `schemas/` folder beside `generator/`."""
    package = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    for folder in (os.path.join(package, "schemas"), os.path.join(package, "..", "..", "schemas")):
        if os.path.isfile(os.path.join(folder, "index.json")) and os.path.isfile(os.path.join(folder, "__init__.py")):
            return os.path.normpath(folder)
    from importlib.resources import files

    return str(files("modelwright.schemas"))


def _text(name: str) -> str:
    with open(os.path.join(schemas_folder(), *name.split("/")), encoding="utf-8") as file:
        return file.read()


@lru_cache(maxsize=1)
def _index() -> Mapping[str, Any]:
    index: Mapping[str, Any] = json.loads(_text("index.json"))
    return index


def families() -> tuple[str, ...]:
    """The projects whose kinds are packaged."""
    return tuple(_index()["families"])


def title(family: str) -> str:
    """A project's name for people."""
    return str(_index()["families"][family]["title"])


def releases(family: str) -> tuple[str, ...]:
    """The releases of a project that are packaged, oldest first; of Open Data Hub, those that differ from the one before."""
    if family == "opendatahub":
        return tuple(str(row["release"]) for row in _index()["openDataHub"])
    return tuple(_index()["families"][family]["releases"])


def neighbours(family: str, one: str, other: str) -> bool:
    """Whether there is no release of a project between two, nor are they the same."""
    known = tuple(_index()["families"][family]["releases"])
    return known.index(other) - known.index(one) == 1


def kinds() -> tuple[str, ...]:
    """`apiVersion/Kind` of every packaged kind."""
    return tuple(_index()["kinds"])


@lru_cache(maxsize=1024)
def ranges(api_version: str, kind: str) -> tuple[Range, ...]:
    """The packaged schemas of a kind, family by family, the oldest release first."""
    group = api_version.rpartition("/")[0]
    rows = _index()["kinds"].get(f"{api_version}/{kind}", ())
    file = f"{group}/{kind}.json"
    return tuple(Range(family, first, last, file, number) for family, first, last, number in rows)


def platform(release: Release) -> Platform:
    """The platform of a cluster: the nearest known release of each part."""
    asked = {"pipelines": release.kubeflow_pipelines, "odh-dashboard": release.open_data_hub}
    beside = tuple((name, nearest(wish, releases(name))) for name, wish in asked.items() if wish)
    if release.open_data_hub:
        rows = {str(row["release"]): row for row in _index()["openDataHub"]}
        row = rows[nearest(release.open_data_hub, tuple(rows))]
        absent = frozenset(row["absent"])
        return Platform("opendatahub", str(row["crds"]), str(row["kserve"]), absent, beside)
    wanted = nearest(release.kserve, releases("kserve")) if release.kserve else ""
    return Platform("kserve", wanted, wanted, beside=beside)


@lru_cache(maxsize=2048)
def served(here: Platform, api_version: str, kind: str) -> Range | None:
    """The packaged schema a platform uses for a kind; None where it does not serve it.

    What serves models decides for its own kinds. Other projects may run beside it, each in the newest release known
    unless the cluster says which.
    """
    rows = ranges(api_version, kind)
    if not rows or here.lacks(api_version.rpartition("/")[0], kind):
        return None
    mine = [row for row in rows if row.family == here.family]
    for row in mine:
        if here.release and row.covers(here.release):
            return row
    beside = [row for row in rows if row.family not in MAIN]
    if api_version.startswith(f"{SERVING}/"):
        beside = [] if len(beside) < len(rows) else beside
    elif not beside and not mine:
        return rows[-1]  # of a project that only Open Data Hub's releases are known to bring
    stated = dict(here.beside)
    fitting = [row for row in beside if row.family not in stated or row.covers(stated[row.family])]
    return fitting[-1] if fitting else None


@dataclass(frozen=True, slots=True, eq=False)
class _File:
    """A file by its lines (`importing.crds.text_of`): a line for each schema and each part that schemas share."""

    namespaced: bool
    schemas: tuple[str, ...]
    parts: Mapping[str, str]
    """Name -> the line that holds the part."""
    plural: str
    made: dict[int, KindSchema] = field(default_factory=dict)


_REFERENCE = pattern(r'"\$ref":"#/\$defs/(\d+)"')


@lru_cache(maxsize=512)
def _file(name: str) -> _File:
    lines = _text(name).splitlines()
    start = lines.index('"versions":[') + 1
    schemas = tuple(line.removesuffix(",") for line in lines[start : lines.index("]", start)])
    parts = {}
    if '"$defs":{' in lines:
        first = lines.index('"$defs":{') + 1
        shared = lines[first : lines.index("},", first)]
        parts = {line[1 : line.index('"', 1)]: line.removesuffix(",") for line in shared}
    plural = next((line[len('"plural":"') : -2] for line in lines if line.startswith('"plural":"')), "")
    return _File('"scope":"Namespaced",' in lines, schemas, parts, plural)


def custom_kind(row: Range) -> KindSchema:
    """The kind of a range, always the same value. Of its file only what it needs is parsed."""
    file = _file(row.file)
    known = file.made.get(row.number)
    if known is None:
        line = file.schemas[row.number]
        needed: dict[str, str] = {}
        waiting = _REFERENCE.findall(line)
        while waiting:
            name = waiting.pop()
            if name not in needed:
                needed[name] = file.parts[name]
                waiting += _REFERENCE.findall(file.parts[name])
        entry = json.loads(line)
        schema = entry["schema"]
        if needed:
            schema["$defs"] = json.loads("{" + ",".join(needed[name] for name in file.parts if name in needed) + "}")
        known = file.made[row.number] = packaged(schema, file.namespaced, entry.get("deprecated") is True, file.plural)
    return known
