"""Runtimes that platforms bring: KServe's and ModelMesh's own, and those that Open Data Hub has templates of.

The facts are packaged (`schemas/runtimes.json`, made by `importing/runtimes.py`) and read when first asked for. A template
is no runtime: it counts only where a Cluster names what was made of it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from modelwright.judge.kinds import nearest, order
from modelwright.judge.packages import schemas_folder
from modelwright.model import Release
from modelwright.targets.kserve.selection import Format, Runtime

Facts = Mapping[str, Any]
"""What is packaged of a runtime: see `importing.runtimes.facts`."""


@lru_cache(maxsize=1)
def _families() -> Mapping[str, Any]:
    with open(os.path.join(schemas_folder(), "runtimes.json"), encoding="utf-8") as file:
        families: Mapping[str, Any] = json.load(file)["families"]
    return families


def releases(family: str) -> tuple[str, ...]:
    """The releases of `kserve`, `modelmesh` or `opendatahub` whose runtimes are known, oldest first."""
    return tuple(_families()[family]["releases"])


@lru_cache(maxsize=64)
def brought(family: str, release: str) -> Mapping[str, Facts]:
    """Name -> facts of the runtimes that a release brings; of the nearest known one. Newest for no release."""
    used = order(nearest(release, releases(family)))
    rows = _families()[family]["runtimes"]
    return {facts["name"]: facts for first, last, facts in rows if order(first) <= used <= order(last)}


def known_since(family: str, name: str) -> str:
    """The first known release that brings a runtime; empty for none."""
    found = [first for first, _, facts in _families()[family]["runtimes"] if facts["name"] == name]
    return min(found, key=order) if found else ""


def facts(name: str, release: Release) -> Facts | None:
    """What is known of a runtime of that name, where a platform brings one: on Open Data Hub as its template has it."""
    for family, wanted in _near(release):
        found = brought(family, wanted).get(name)
        if found is not None:
            return found
    if release.open_data_hub:
        # Templates of releases between those known.
        rows = _families()["opendatahub"]["runtimes"]
        return next((row[2] for row in reversed(rows) if row[2]["name"] == name), None)
    return None


def _near(release: Release) -> Iterator[tuple[str, str]]:
    if release.open_data_hub:
        yield "opendatahub", release.open_data_hub
    yield "kserve", release.kserve
    yield "modelmesh", ""


@lru_cache(maxsize=64)
def built_in(release: Release) -> tuple[Runtime, ...]:
    """The runtimes that are there because KServe is. Open Data Hub installs none: only templates of some."""
    if release.open_data_hub or not release.kserve:
        return ()
    return tuple(runtime(each) for each in brought("kserve", release.kserve).values())


def named(name: str, release: Release) -> Runtime:
    """A runtime that a Cluster names among those installed: by its name where that tells, else one that may serve anything."""
    found = facts(name, release)
    return runtime(found) if found else Runtime(name, cluster=not release.open_data_hub, known=False)


def runtime(facts: Facts) -> Runtime:
    """Packaged facts as selection sees them."""
    return Runtime(
        name=facts["name"],
        cluster=facts["kind"] == "ClusterServingRuntime",
        formats=tuple(
            Format(row["name"], row.get("version"), bool(row.get("autoSelect")), row.get("priority")) for row in facts.get("formats", ())
        ),
        protocols=tuple(facts.get("protocols", ())),
        many=bool(facts.get("multiModel")),
        workers="workers" in facts,
        disabled=bool(facts.get("disabled")),
        containers=tuple(each["name"] for each in facts.get("containers", ())),
        server=str(facts.get("serverType", "")),
    )
