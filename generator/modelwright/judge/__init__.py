"""What the cluster would do with each object: refuse it, break, or take it.

This room plays the first steps of the server: is the kind served, does the object fit its schema, are its names,
labels and quantities well formed, do requests stay within limits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from modelwright.judge.catalog import Catalog, KindSchema, catalog
from modelwright.judge.lifecycle import deprecation
from modelwright.judge.names import Note
from modelwright.model import Manifest, Path, Place, Release
from modelwright.problems import Effect, Problem, Resource
from modelwright.records import replace
from modelwright.rules.check import Asked, Finding
from modelwright.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modelwright.judge.facts import Finding as Unfit
    from modelwright.judge.own import OwnKinds
    from modelwright.judge.policies import Policies
    from modelwright.judge.references import Ask

__all__ = ["catalog", "judge", "judge_document"]


_OWN_WORDS = (("spec", "manifests"), ("spec", "extras"))
"""Where a blueprint speaks in the platform's own words."""
_EFFECTS: dict[str, Effect] = {"MW140": "risk", "MW505": "risk", "MW513": "ignored", "MW515": "broken"}
_CLAIMING = frozenset({"Account", "ClusterServingRuntime", "LocalModelCache", "ServingRuntime"})
_CHANGED, _CHANGING = frozenset({"InferenceService", "LLMInferenceService"}), frozenset({"HardwareProfile", "Namespace", "Secret"})
"""Kinds of which `beside` asks something, by themselves or together: said here, too, so that it is not loaded for others."""
_HINTS = 50
"""So many findings of one object get hints that take a search."""


Identity = tuple[str, str, str, str]
"""Group, kind, namespace and name."""


def judge(
    manifests: Sequence[Manifest],
    release: Release,
    environment: str = "",
    own: OwnKinds | None = None,
    previous: Mapping[Identity, Mapping[str, Any]] | None = None,
    policies: Policies | None = None,
    asks: list[Ask] | None = None,
) -> tuple[Problem, ...]:
    """Problems of each manifest on a cluster of that release, in the order of the manifests.

    `own` are kinds that the cluster defines itself; they win over those of the release. `previous` are the objects that
    are there already: what may not change is told of those that replace one, and what did not change is forgiven as the
    server forgives it. `policies` are asked of what the cluster would take otherwise. What the manifests refer to is added to
    `asks`, if that is given.
    """
    known = catalog(release)
    if own:
        known = replace(known, extra=own, covered=own.covered)
    problems: list[Problem] = []
    unjudged: set[tuple[str, str]] = set()
    sound: list[tuple[Manifest, Mapping[str, Any] | None]] = []
    for manifest in manifests:
        told, before = set(), len(problems)
        old = previous.get(_identity(manifest)) if previous else None
        for note in _notes(manifest.data, known, old):
            if isinstance(note, Asked):
                if asks is not None:
                    asks.append(_ask(note, manifest))
                continue
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
        if not any(problem.severity == "error" for problem in problems[before:]):
            sound.append((manifest, old))
    problems += _beside(manifests, known, environment, previous)
    if policies and sound:
        sound = [(_admitted(manifest, known), old) for manifest, old in sound]
        from modelwright.judge.policies import policy_problems

        problems += policy_problems(sound, policies, known, environment)
    return tuple(problems)


def _beside(
    manifests: Sequence[Manifest],
    known: Catalog,
    environment: str,
    previous: Mapping[Identity, Mapping[str, Any]] | None,
) -> Iterator[Problem]:
    kinds = {manifest.kind for manifest in manifests}
    if kinds.isdisjoint(_CLAIMING) and (kinds.isdisjoint(_CHANGED) or kinds.isdisjoint(_CHANGING)):
        return
    from modelwright.judge.beside import findings
    from modelwright.rules.engine import facts

    def old(manifest: Manifest) -> Mapping[str, Any] | None:
        return previous.get(_identity(manifest)) if previous else None

    for manifest, finding in findings(manifests, facts(known), old):
        yield _problem(finding, manifest, known, environment)


def judge_document(data: Mapping[str, Any], release: Release) -> list[Note]:
    """What is wrong with one object, as `(code, path, message, hint)` rows."""
    notes = _notes(data, catalog(release))
    return [(note[0], note[1], note[2], note[3]) for note in notes if not isinstance(note, Asked)]


def _admitted(manifest: Manifest, known: Catalog) -> Manifest:
    """A manifest as mutating webhooks leave it, which is what policies see."""
    from modelwright.judge.admission import admitted, functions
    from modelwright.rules.engine import facts, without_nulls

    schema = known.schema(manifest.api_version, manifest.kind)
    if schema is None or not functions(manifest.api_version, manifest.kind):
        return manifest
    return replace(manifest, data=admitted(schema, without_nulls(manifest.data), facts(known))[0].object)


def _identity(manifest: Manifest) -> Identity:
    return manifest.api_version.rpartition("/")[0], manifest.kind, manifest.namespace, manifest.name


def _ask(note: Asked, manifest: Manifest) -> Ask:
    from modelwright.judge.references import Ask

    target = (note.group, note.kind, note.namespace, note.name, note.key)
    about = Resource(manifest.api_version, manifest.kind, manifest.name, manifest.namespace)
    return Ask(note.check, note.effect, target, note.path, about, place_of(manifest, note.path))


def _problem(note: Note | Finding, manifest: Manifest, known: Catalog, environment: str) -> Problem:
    code, path, message, hint = note[:4]
    effect: Effect = "rejected"
    place = place_of(manifest, path, key=code == "MW501")
    if isinstance(note, Finding):
        effect = note.effect
        if note.said and manifest.variant is not None and not (place and place.path[:2] in _OWN_WORDS):
            message, hint = note.said
    elif code in _EFFECTS:
        effect = _EFFECTS[code]
        if code == "MW515":
            from modelwright.judge.admission import functions

            # A mutating webhook reads the object before anything is stored.
            effect = "rejected" if functions(manifest.api_version, manifest.kind) else effect
    metadata = manifest.data.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    name, namespace = (str(metadata.get(key) or "") for key in ("name", "namespace"))
    return Problem(
        code,
        message,
        place=place,
        hint=hint,
        effect=effect,
        environments=(environment,) if environment else (),
        resource=Resource(manifest.api_version, manifest.kind, name, namespace),
        path=path,
        level="note" if code == "MW505" else None,
    )


def place_of(manifest: Manifest, path: Path, key: bool = False) -> Place | None:
    """Where a person wrote it: for plain manifests the very field, for rendered ones the blueprint's."""
    if manifest.variant is None:
        return manifest.place and replace(manifest.place, path=(*manifest.place.path, *path), key=key)
    place = manifest.origin(path)
    # The author's own word for this very key, as in `manifests:`, rather than a value that led to it.
    return replace(place, key=True) if place and key and place.path[-1:] == path[-1:] else place


def _notes(data: Any, known: Catalog, old: Mapping[str, Any] | None = None) -> Iterator[Note | Finding | Asked]:
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
            for note in _notes(item, known):
                path: Path = ("items", index, *note[1])
                yield note._replace(path=path) if isinstance(note, Finding | Asked) else (note[0], path, *note[2:])
        return
    schema = known.schema(api_version, kind)
    if schema is None:
        from modelwright.judge.lifecycle import unserved

        yield unserved(known, api_version, kind)
        return
    yield from deprecation(known, api_version, kind)
    yield from _object_notes(data, known, schema, api_version, kind, old)


def _object_notes(
    data: Mapping[str, Any],
    known: Catalog,
    schema: KindSchema,
    api_version: str,
    kind: str,
    old: Mapping[str, Any] | None,
) -> Iterator[Note | Finding | Asked]:
    from modelwright.judge.admission import admitted, functions

    if not schema.custom or not functions(api_version, kind):
        from modelwright.judge.schema import findings as unfit

        yield from _admitted_notes(data, known, schema, api_version, kind, old, unfit(schema, data))
        return
    from modelwright.rules.engine import facts, without_nulls

    about = facts(known)
    made, found = admitted(schema, data, about)
    data = made.object
    old = admitted(schema, without_nulls(old), about)[0].object if old is not None else None
    for code, path, message, hint, effect in made.findings:
        yield Finding(code, path, message, hint, effect)
    for note in _admitted_notes(data, known, schema, api_version, kind, old, found):
        path = made.stated(note[1])
        if path is note[1]:
            yield note
        else:
            yield note._replace(path=path) if isinstance(note, Finding | Asked) else (note[0], path, *note[2:])


def _admitted_notes(
    data: Mapping[str, Any],
    known: Catalog,
    schema: KindSchema,
    api_version: str,
    kind: str,
    old: Mapping[str, Any] | None,
    found: list[Unfit],
) -> Iterator[Note | Finding | Asked]:
    from modelwright.rules.engine import findings

    if old is not None and schema.custom and old.get("apiVersion") != api_version:
        old = None  # the server converts it first
    if old is not None:
        from modelwright.judge.updates import fixed_notes, left

        yield from () if schema.custom else fixed_notes(data, old)
        found = left(schema, found, data, old) if schema.custom else found
    if found:
        from modelwright.judge.words import note

        for index, finding in enumerate(found):
            if finding.defect == "missing" and finding.path == ("metadata",):
                continue  # said once, as a missing name
            yield note(finding, known, api_version, schema, kind, data, hints=index < _HINTS)
    if schema.custom:
        from modelwright.judge.expressions import rule_notes

        yield from rule_notes(schema, data, found=found, before=old)
    # A null is dropped, which is told; that a rule then misses the field is more than that.
    told = {f.path for f in found if f.path != ("metadata",) and f.defect != "null"} if found else ()
    misspelt = {f.path[:-1] for f in found if f.defect == "unknown"} if found else ()
    # What a manifest says of `status` is dropped where an object is made.
    meant = {name: value for name, value in data.items() if name != "status"} if "status" in data else data
    for broken in findings(meant, api_version, kind, schema.custom, known, old):
        if broken.path == ("metadata", "namespace") and broken.code == "MW508" and not schema.namespaced:
            continue  # the server drops it
        # What does not fit the schema is told; what rules make of it would be the same defect again.
        if told and any(broken.path[:length] in told for length in range(1, len(broken.path) + 1)):
            continue
        # So would be the lack of a field beside one that is not known.
        if broken.path[:-1] in misspelt and _absent(data, broken.path):
            continue
        yield broken


def _absent(data: Any, path: Path) -> bool:
    for step in path[:-1]:
        try:
            data = data[step]
        except (LookupError, TypeError):
            return True
    return isinstance(data, dict) and path[-1] not in data
