"""A Pipeline blueprint: one Pipeline object, and a PipelineVersion for every version that was ever released.

A version's content can never change in a cluster, so it is named by its content, and what was released is kept beside the
blueprint in `pipelines/<name>/<version>.yaml`: output never depends on old output.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache

from modelwright.expand.template import Derived
from modelwright.judge.ir import OLDEST, Pipeline, judge_file, kind_of, misfit, order, size
from modelwright.load import matching
from modelwright.load import records as kept_in
from modelwright.load.secrets import may_be_secret
from modelwright.model import Document, Path, Place, Variant
from modelwright.problems import Problem, did_you_mean
from modelwright.records import dataclass
from modelwright.resolve.names import project_of, spec_of
from modelwright.resolve.pipelines import stated
from modelwright.resolve.workspace import Workspace
from modelwright.targets import Piece, Pieces
from modelwright.targets.pipelines.content import content_hash, name_of
from modelwright.typed import Any

IR: Path = ("spec", "ir")
FIRST = {"argocd.argoproj.io/sync-wave": "-1"}
"""A version is refused while its pipeline is not there, and Argo CD sorts kinds it does not know by name (argo-cd
gitops-engine/pkg/sync/sync_tasks.go)."""
SERVER_SIDE = {"argocd.argoproj.io/sync-options": "ServerSideApply=true"}
"""Client-side apply keeps a copy of the object in an annotation, and annotations take 256 KiB."""
LARGE = 200 * 1024
_NAME = re.compile(r"^pipelineInfo:\n(?:  .*\n){0,8}?  name: ([a-z0-9-]+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Release:
    """One version of a pipeline."""

    version: str
    """All that its object holds, as ten hexadecimal digits."""
    content: str
    """What it does, likewise: compiled again by another release of the SDK, it is the same."""
    file: str
    pipeline: Pipeline
    problems: tuple[Problem, ...]


def pieces(variant: Variant, workspace: Workspace) -> Pieces:
    """The Pipeline and its versions; nothing but problems where there is no version to run."""
    release = workspace.environments[variant.environment].cluster.release.kubeflow_pipelines
    if release and order(release) < order(OLDEST):
        message = f"pipelines as objects need Kubeflow Pipelines {OLDEST}; environment `{variant.environment}` runs {release}"
        hint = "upload the pipeline there by hand, or leave this environment out"
        place = variant.place(IR)
        return (), (Problem("MW221", message, place, hint, "rejected", (variant.environment,)),)
    current, others, problems = _versions(variant, workspace, release)
    problems = [replace(problem, environments=(variant.environment,)) for problem in problems]
    if current is None:
        return (), tuple(problems)
    problems += [*_parameters(variant, current.pipeline), *_patched(variant)]
    made = [_pipeline(variant, current)]
    # Held to one version, an environment has no other: the newest is what Kubeflow Pipelines runs where nobody says which.
    released = [current] if _pinned(variant) else sorted([current, *others], key=lambda each: each.version)
    made += [_version(variant, each) for each in released]
    return tuple(made), tuple(problems)


def records(variant: Variant, workspace: Workspace) -> Mapping[str, str]:
    """The files to keep of versions that were not released before: the same ones whichever environment asks."""
    release = workspace.environments[variant.environment].cluster.release.kubeflow_pipelines
    kept, _ = _kept(variant, workspace, release)
    folder = posixpath.join(posixpath.dirname(variant.document.file), kept_in(variant.document.name))
    fresh = _fresh(variant, workspace, release, kept).values()
    return {folder.replace("*", each.version): workspace.files[each.file] for each in fresh}


def _pinned(variant: Variant) -> str:
    return str(variant.values["spec"].get("version") or "")


def _versions(variant: Variant, workspace: Workspace, release: str) -> tuple[Release | None, list[Release], list[Problem]]:
    """The version to run, all others, and what is wrong with them."""
    kept, problems = _kept(variant, workspace, release)
    waiting: list[Release] = []
    pinned = _pinned(variant)
    if pinned:
        current = kept.pop(pinned, None)
        if current is None and not problems:
            hint = did_you_mean(pinned, sorted(kept)) if kept else "run `modelwright compile` without `version`, and commit what it records"
            place = variant.place(("spec", "version"))
            problems.append(Problem("MW732", f"no version `{pinned}` of this pipeline was released", place, hint))
    else:
        word = str(variant.values["spec"].get("ir") or "")
        current, found = _named(variant, word, workspace, release)
        problems += found
        fresh = _fresh(variant, workspace, release, kept)
        if current is not None:
            there = {**kept, **fresh}
            current = _same(current, there) or current
            kept.pop(current.version, None)
            waiting = [each for each in fresh.values() if each.version != current.version]
            problems += _leaking(variant, current, workspace, release, there)
    if current is not None:
        problems += current.problems
    for other in kept.values():
        # It was sound when it was released; a younger server may know better.
        problems += [replace(problem, level="warning") for problem in other.problems]
    return current, [*kept.values(), *waiting], problems


def _same(current: Release, known: Mapping[str, Release]) -> Release | None:
    """The known version that a compiled file is: itself, else the one that does the same."""
    alike = sorted(version for version, each in known.items() if each.content == current.content)
    return known.get(current.version) or (known[alike[0]] if alike else None)


def _meant(variant: Variant, workspace: Workspace, release: str) -> Iterator[tuple[str, Release]]:
    """Each environment that is not held to a version, with the file that its `ir` names."""
    for name in spec_of(variant.document).get("environments") or {}:
        environment = workspace.environments.get(name)
        spec = stated(variant.document, environment) if environment else {}
        if spec.get("ir") and not spec.get("version"):
            made, _ = _named(variant, str(spec["ir"]), workspace, release)
            if made is not None:
                yield name, made


def _fresh(variant: Variant, workspace: Workspace, release: str, kept: Mapping[str, Release]) -> dict[str, Release]:
    """Version -> what `compile` records now, of all environments: each environment has every version, at once."""
    found: dict[str, Release] = {}
    for _, made in _meant(variant, workspace, release):
        if _same(made, {**kept, **found}) is None:
            found[made.version] = made
    return found


def _leaking(
    variant: Variant, current: Release, workspace: Workspace, release: str, known: Mapping[str, Release]
) -> Iterator[Problem]:
    """MW737: an `ir` of one environment. A record does not say where it came from, so that it is released in all."""
    place = variant.place(IR)
    if place.path[:2] != ("spec", "environments"):
        return
    others = {name: _same(made, known) or made for name, made in _meant(variant, workspace, release)}
    names = [f"`{name}`" for name, made in others.items() if made.version != current.version]
    if names:
        message = f"the version of this `ir` is released in {', '.join(names[:12])} too, and may be what runs there"
        hint = "Kubeflow Pipelines runs the newest where nobody says which: hold the others to a `version`"
        yield Problem("MW737", message, place, hint, "risk")


def _named(variant: Variant, word: str, workspace: Workspace, release: str) -> tuple[Release | None, list[Problem]]:
    """The file that `ir` names, as a version."""
    found = matching(variant.document.file, word, workspace.files)
    if len(found) != 1:
        several = Problem("MW710", f"`{word}` stands for {len(found)} files", variant.place(IR), "name the one that kfp compiled")
        return None, [several] if found else []  # a missing file was told when blueprints were read
    made, problems = released(workspace.files[found[0]], found[0], release)
    return made, list(problems) if made is None else []


def _kept(variant: Variant, workspace: Workspace, release: str) -> tuple[dict[str, Release], list[Problem]]:
    """Version -> what was recorded of it."""
    found: dict[str, Release] = {}
    problems: list[Problem] = []
    for file in matching(variant.document.file, kept_in(variant.document.name), workspace.files):
        version = posixpath.basename(file).removesuffix(".yaml")
        made, _ = released(workspace.files[file], file, release)
        if made is None or made.version != version:
            message = "this released version was changed: its content is not what its name says"
            hint = "restore it (`git checkout`); a changed pipeline becomes a version of its own"
            problems.append(Problem("MW731", message, Place(file), hint))
            continue
        found[version] = made
    return found, problems


@lru_cache(maxsize=256)
def released(text: str, file: str, release: str) -> tuple[Release | None, tuple[Problem, ...]]:
    """A compiled file as a version, judged; nothing but problems where it is none. Every environment asks for the same."""
    pipeline, problems = judge_file(text, file, release)
    if pipeline is None or not isinstance(pipeline.spec, Mapping):
        return None, problems
    return Release(name_of(pipeline), content_hash(pipeline), file, pipeline, problems), problems


def _parameters(variant: Variant, pipeline: Pipeline) -> Iterator[Problem]:
    """Values for inputs, as the server takes them when a run is made (backend/src/apiserver/template/v2_template.go)."""
    root = pipeline.spec.get("root") or {}
    definitions = root.get("inputDefinitions") or root.get("input_definitions") or {}
    known: Mapping[str, Any] = definitions.get("parameters") or {}
    for name, value in (variant.values["spec"].get("parameters") or {}).items():
        place = variant.place(("spec", "parameters", name))
        stage = (variant.environment,)
        if name not in known:
            hint = did_you_mean(name, list(known)) or "the pipeline has no inputs"
            at = replace(place, key=True)
            yield Problem("MW733", f"the pipeline has no input `{name}`", at, hint, "broken", stage)
            continue
        wrong = misfit(value, kind_of(known[name]), argument=False, name=name)
        allowed = known[name].get("literals") or []
        if wrong:
            hidden = may_be_secret(name, value)
            yield Problem("MW733", f"`{name}` {wrong}", place, "", "broken", stage, conceal=hidden)
        elif allowed and value not in allowed:
            listed = ", ".join(f"`{each}`" for each in allowed[:12])
            yield Problem("MW733", f"`{name}` is none of the values the pipeline takes", place, f"allowed: {listed}", "broken", stage)


def _patched(variant: Variant) -> Iterator[Problem]:
    """MW736: patches of what cannot change."""
    for key, patch in (variant.values["spec"].get("manifests") or {}).items():
        if str(key).partition("/")[0] == "PipelineVersion" and isinstance(patch, Mapping) and "spec" in patch:
            place = variant.place(("spec", "manifests", key, "spec"))
            hint = "change the pipeline and compile it again: it becomes a version of its own"
            yield Problem("MW736", "the spec of a released version cannot change", place, hint, "rejected", (variant.environment,))


def _pipeline(variant: Variant, current: Release) -> Piece:
    spec = variant.values["spec"]
    said: dict[str, Any] = {
        **{key: Derived(value, (IR,)) for key, value in FIRST.items()},
        "modelwright/version": Derived(f"{variant.document.name}-{current.version}", (("spec", "version"), IR)),
    }
    if spec.get("parameters"):
        text = json.dumps(spec["parameters"], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        said["modelwright/parameters"] = Derived(text, (("spec", "parameters"),))
    if spec.get("deploys"):
        said["modelwright/deploys"] = Derived(f"Model/{spec['deploys']}", (("spec", "deploys"),))
    return Piece("pipeline.yaml.j2", {**_words(variant), "annotations": {**said, **_own(variant)}})


def _version(variant: Variant, release: Release) -> Piece:
    """Nothing but the compiled pipeline: a word of the blueprint in it could not be changed again."""
    pipeline = release.pipeline
    version = {
        "name": Derived(f"{variant.document.name}-{release.version}", (IR,)),
        "spec": Derived(pipeline.spec, (IR,)),
        "platform": None if pipeline.platform is None else Derived(pipeline.platform, (IR,)),
    }
    said = {key: Derived(value, (IR,)) for key, value in SERVER_SIDE.items()} if size(pipeline) > LARGE else {}
    annotations = {**said, **_own(variant)} or None
    return Piece("pipelineversion.yaml.j2", {**_words(variant), "version": version, "annotations": annotations})


def _own(variant: Variant) -> dict[str, Any]:
    stated = variant.values["metadata"].get("annotations") or {}
    return {key: Derived(value, (("metadata", "annotations", key),)) for key, value in stated.items()}


def _words(variant: Variant) -> dict[str, Any]:
    return {"metadata": variant.values["metadata"], "spec": variant.values["spec"], "size": variant.values["size"]}


def shared_records(workspace: Workspace) -> tuple[Problem, ...]:
    """MW734: pipelines of one name in two projects, whose blueprints share a folder and so their released versions."""
    seen: dict[str, Document] = {}
    problems = []
    for document in workspace.components:
        if document.kind != "Pipeline" or not document.name:
            continue
        folder = posixpath.join(posixpath.dirname(document.file), posixpath.dirname(kept_in(document.name)))
        first = seen.setdefault(folder, document)
        if project_of(first, workspace.document) != project_of(document, workspace.document):
            message = f"pipelines `{document.name}` of two projects would keep their versions in one folder, `{folder}`"
            related = (("the other one", first.place(("metadata", "name"))),)
            hint = "move one of the blueprints, with its compiled file, to a folder of its own"
            problems.append(Problem("MW734", message, document.place(("metadata", "name")), hint, "rejected", related=related))
    return tuple(problems)


def twins(workspace: Workspace) -> tuple[Problem, ...]:
    """MW815: pipelines of one project whose compiled files bear the same name.

    Only the one line is looked at, in the form that kfp writes: this runs once for all pipelines of the workspace.
    """
    seen: dict[tuple[str, str], tuple[str, Place]] = {}
    problems = []
    for document in workspace.components:
        spec = spec_of(document)
        if document.kind != "Pipeline" or not isinstance(spec.get("ir"), str):
            continue
        found = matching(document.file, spec["ir"], workspace.files)
        named = _NAME.search(workspace.files[found[0]]) if len(found) == 1 else None
        if named is None:
            continue
        name = named[1]
        place = document.place(IR)
        first = seen.setdefault((project_of(document, workspace.document), name), (document.name, place))
        if first[0] != document.name:
            message = f"pipelines `{first[0]}` and `{document.name}` are both compiled under the name `{name}`"
            hint = "name them apart in Python, `@dsl.pipeline(name=...)`: they share their cache and their folder of artifacts"
            problems.append(Problem("MW815", message, place, hint, "risk", related=(("the other one", first[1]),)))
    return tuple(problems)
