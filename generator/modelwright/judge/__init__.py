"""What the cluster would do with each object: refuse it, break, or take it.

This room plays the first steps of the server: is the kind served, does the object fit its schema, are its names,
labels and quantities well formed, do requests stay within limits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from modelwright.judge.catalog import Catalog, KindSchema, catalog
from modelwright.judge.modelmesh import EFFECTS as MODELMESH_EFFECTS
from modelwright.judge.modelmesh import notes as modelmesh_notes
from modelwright.judge.names import PROGRAM_FIELDS, Note
from modelwright.model import Manifest, Path, Place, Release
from modelwright.problems import Effect, Problem, Resource

if TYPE_CHECKING:
    from modelwright.judge.own import OwnKinds
    from modelwright.judge.updates import Objects

__all__ = ["catalog", "judge", "judge_document"]


_HINTS = 50
"""So many findings of one object get hints that take a search."""


def judge(
    manifests: Sequence[Manifest],
    release: Release,
    environment: str = "",
    own: OwnKinds | None = None,
    previous: Objects | None = None,
) -> tuple[Problem, ...]:
    """Problems of each manifest on a cluster of that release, in the order of the manifests.

    `own` are kinds that the cluster defines itself; they win over those of the release. `previous` are the objects
    that the cluster has by now: one of them is updated.
    """
    known = catalog(release)
    if own:
        known = replace(known, extra=own, covered=own.covered)
    problems: list[Problem] = []
    unjudged: set[tuple[str, str]] = set()
    for manifest in manifests:
        told = set()
        for note in _notes(manifest.data, known, previous or {}):
            if note[0] == "MW505":
                identity = (manifest.api_version, manifest.kind)
                if identity in unjudged:
                    continue
                unjudged.add(identity)
            problem = _problem(note, manifest, known, environment)
            if note[0] == "MW511" and manifest.variant is not None:
                # One word of a blueprint may make both the request and the limit.
                if (problem.message, problem.place) in told:
                    continue
                told.add((problem.message, problem.place))
            problems.append(problem)
        if manifest.variant is None and manifest.kind in ("Pipeline", "PipelineVersion"):
            from modelwright.judge.pipelines import pipeline_problems

            problems += pipeline_problems(manifest, release)
    return tuple(problems)


def judge_document(data: Mapping[str, Any], release: Release) -> list[Note]:
    """What is wrong with one object, as `(code, path, message, hint)` rows."""
    return list(_notes(data, catalog(release)))


def _problem(note: Note, manifest: Manifest, known: Catalog, environment: str) -> Problem:
    code, path, message, hint = note
    effect: Effect = "rejected"
    if code == "MW505":
        effect = "risk"
    elif code in ("MW513", "MW515"):
        effect = "ignored" if code == "MW513" else "broken"
    elif code in MODELMESH_EFFECTS:
        effect = MODELMESH_EFFECTS[code]
    elif code == "MW511":
        schema = known.schema(manifest.api_version, manifest.kind)
        effect = "broken" if schema and schema.custom else "rejected"
    metadata = manifest.data.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    name, namespace = (str(metadata.get(key) or "") for key in ("name", "namespace"))
    return Problem(
        code,
        message,
        place=_place(manifest, path, key=code == "MW501"),
        hint=hint,
        effect=effect,
        environments=(environment,) if environment else (),
        resource=Resource(manifest.api_version, manifest.kind, name, namespace),
        path=path,
        level="note" if code == "MW505" else None,
    )


def _place(manifest: Manifest, path: Path, key: bool) -> Place | None:
    """Where a person wrote it: for plain manifests the very field, for rendered ones the blueprint's."""
    if manifest.variant is None:
        return manifest.place and replace(manifest.place, path=(*manifest.place.path, *path), key=key)
    place = manifest.origin(path)
    # The author's own word for this very key, as in `manifests:`, rather than a value that led to it.
    return replace(place, key=True) if place and key and place.path[-1:] == path[-1:] else place


def _notes(data: Any, known: Catalog, previous: Objects = MappingProxyType({})) -> Iterator[Note]:
    if not isinstance(data, dict):
        yield "MW508", (), "this is not a Kubernetes object: a map with apiVersion, kind and metadata", ""
        return
    api_version, kind = data.get("apiVersion"), data.get("kind")
    for field, value in (("apiVersion", api_version), ("kind", kind)):
        if not isinstance(value, str) or not value:
            yield (
                "MW508",
                (field,),
                f"the object has no `{field}`",
                f"every Kubernetes object needs `{field}`",
            )
            return
    assert isinstance(api_version, str) and isinstance(kind, str)
    if kind == "List" and api_version == "v1" and isinstance(data.get("items"), list):
        for index, item in enumerate(data["items"]):
            for code, path, message, hint in _notes(item, known, previous):
                yield code, ("items", index, *path), message, hint
        return
    schema = known.schema(api_version, kind)
    if schema is None:
        from modelwright.judge.unserved import unserved

        yield unserved(known, api_version, kind)
        return
    yield from _object_notes(data, known, schema, api_version, kind, _before(data, previous) if previous else None)


def _before(data: Mapping[str, Any], previous: Objects) -> Mapping[str, Any] | None:
    from modelwright.judge.updates import identity

    key = identity(data)
    return previous.get(key) if key else None


def _object_notes(
    data: Mapping[str, Any],
    known: Catalog,
    schema: KindSchema,
    api_version: str,
    kind: str,
    before: Mapping[str, Any] | None = None,
) -> Iterator[Note]:
    from modelwright.judge.containers import pod_notes
    from modelwright.judge.names import metadata_notes
    from modelwright.judge.schema import findings

    found = findings(schema, data)
    if before is not None:
        from modelwright.judge.updates import fixed_notes, left

        if not schema.custom:
            yield from fixed_notes(data, before)
        elif before.get("apiVersion") != api_version:
            before = None  # the server converts it first
        else:
            found = left(schema, found, data, before)
    if found:
        from modelwright.judge.words import note

        for index, finding in enumerate(found):
            if finding.defect == "missing" and finding.path == ("metadata",):
                continue  # said once, as a missing name
            yield note(finding, known, api_version, schema, kind, data, hints=index < _HINTS)
    if schema.custom:
        from modelwright.judge.expressions import rule_notes

        yield from rule_notes(schema, data, found=found, before=before)
    metadata = data.get("metadata")
    if metadata is None or isinstance(metadata, dict):
        if metadata and not schema.namespaced:
            metadata = {name: value for name, value in metadata.items() if name != "namespace"}  # the server does so
        yield from metadata_notes(kind, metadata or {}, schema.custom)
        if metadata and not metadata.keys().isdisjoint(PROGRAM_FIELDS):
            from modelwright.judge.objectmeta import program_notes

            yield from program_notes(kind, metadata, schema.custom)
    if kind != "PersistentVolumeClaim":
        yield from pod_notes(data, schema.custom)
    if api_version.startswith("serving.kserve.io/") and not known.release.lacks("modelmesh"):
        yield from modelmesh_notes(data, kind)
