"""The runtime of a model: the one it names, or the one that the controllers would find for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from modelwright.model import Document, Path, Place, Variant
from modelwright.problems import Problem, did_you_mean
from modelwright.resolve import modelmesh
from modelwright.resolve.names import spec_of
from modelwright.resolve.workspace import Cluster, Environment, Workspace

if TYPE_CHECKING:
    from modelwright.targets.kserve.selection import Reason, Runtime, Selection, Wanted

FORMAT: Path = ("spec", "format")
MADE = ("ServingRuntime", "ClusterServingRuntime")
_WORDS: Mapping[str, Path] = {
    "format": (*FORMAT, "name"),
    "version": (*FORMAT, "version"),
    "protocol": ("spec", "protocol"),
    "workers": ("spec", "workers"),
}


class Known:
    """What was found out already of a workspace's runtimes: models of one project and environment share it."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._seen: dict[tuple[str, str], tuple[Runtime, ...]] = {}
        self._selections: dict[tuple[str, str, Wanted], Selection] = {}
        self._specs: dict[tuple[str, int, str], Mapping[str, Any]] = {}

    def selection(self, wish: Wanted, project: str, environment: Environment) -> Selection:
        """As `select`, among all that the project's namespace sees."""
        from modelwright.targets.kserve.selection import select

        here = (project, environment.name)
        if (*here, wish) not in self._selections:
            if here not in self._seen:
                self._seen[here] = candidates(project, environment, self.workspace)
            self._selections[*here, wish] = select(wish, self._seen[here], environment.cluster.release)
        return self._selections[*here, wish]

    def spec(self, document: Document, environment: Environment) -> Mapping[str, Any]:
        """As `runtime_spec`."""
        key = (document.file, document.index, environment.name)
        if key not in self._specs:
            self._specs[key] = runtime_spec(document, environment)
        return self._specs[key]


def chosen_twice(workspace: Workspace) -> Iterator[Problem]:
    """MW785 for a format that two runtimes of a namespace, or of the cluster, would be chosen for alike: by protocol,
    format, version and priority (kserve pkg/webhook/admission/servingruntime, validateServingRuntimePriority)."""
    from modelwright.targets.kserve.selection import of_blueprint

    for environment in workspace.environments.values():
        taken: dict[tuple[Any, ...], str] = {}
        for (owner, name), document in sorted(workspace.runtimes.items()):
            stays = environment.name in (spec_of(document).get("environments") or {})
            if not stays or (document.file, document.index) in workspace.unsound:
                continue
            runtime = of_blueprint(name, runtime_spec(document, environment))
            told: set[str] = set()
            for index, each in enumerate(runtime.formats if not runtime.disabled else ()):
                for protocol in runtime.protocols if each.auto and each.priority is not None else ():
                    key = (owner, runtime.many, protocol, each.name.lower(), each.version, each.priority)
                    other = taken.setdefault(key, name)
                    if other == name or other in told:
                        continue
                    told.add(other)
                    yield Problem(
                        "MW785",
                        f"runtime `{other}` has priority {each.priority} for format `{each.name}`, too",
                        document.place(("spec", "formats", index)),
                        "give one of them another priority, or take `autoSelect` from one",
                        environments=(environment.name,),
                    )


def check(variant: Variant, environment: Environment, known: Known) -> Iterator[Problem]:
    """What keeps a model without a runtime that serves it: MW211, MW795, MW799, MW801-803, MW841-843."""
    word = variant.values["spec"].get("runtime")
    if isinstance(word, str):
        yield from _named(word, variant, environment, known)
    else:
        yield from _found(variant, environment, known)


def wanted(variant: Variant, workspace: Workspace) -> Wanted | None:
    """What a Model asks of its runtime, once admitted; None where its own container serves, or where an author's patch
    may ask for something else."""
    from modelwright.targets.kserve.constants import MODE
    from modelwright.targets.kserve.selection import wanted_of

    spec: Mapping[str, Any] = variant.values["spec"]
    form = spec.get("format")
    if not isinstance(form, Mapping) or not isinstance(form.get("name"), str) or spec.get("container"):
        return None
    if any(str(word).partition("/")[0] == "InferenceService" for word in spec.get("manifests") or ()):
        return None
    version = form.get("version")
    model = {
        "modelFormat": {"name": form["name"], **({} if version is None else {"version": str(version)})},
        "protocolVersion": spec.get("protocol"),
        "runtime": spec.get("runtime"),
    }
    mode = {MODE: "ModelMesh"} if workspace.mode(variant) == "modelmesh" else {}
    data = {"metadata": {"annotations": mode}, "spec": {"predictor": {"model": model, "workerSpec": spec.get("workers")}}}
    return wanted_of(data, workspace.environments[variant.environment].cluster.release)


def selection(wish: Wanted, variant: Variant, workspace: Workspace) -> Selection:
    """Which runtime of the model's environment takes it."""
    from modelwright.targets.kserve.selection import select

    environment = workspace.environments[variant.environment]
    return select(wish, candidates(variant.project, environment, workspace), environment.cluster.release)


def candidates(project: str, environment: Environment, workspace: Workspace) -> tuple[Runtime, ...]:
    """All runtimes that a project's namespace sees: the workspace's own, then the cluster's."""
    from modelwright.targets.kserve.selection import of_blueprint

    found = []
    for (owner, name), document in sorted(workspace.runtimes.items()):
        if owner not in ("", project):
            continue
        if (document.file, document.index) in workspace.unsound:
            found.append(_opaque(name))
        elif environment.name in (spec_of(document).get("environments") or {}):
            spec = runtime_spec(document, environment)
            patched = any(str(word).partition("/")[0] in MADE for word in spec.get("manifests") or ())
            found.append(_opaque(name) if patched else of_blueprint(name, spec))
    return (*found, *installed(environment.cluster))


def _opaque(name: str) -> Runtime:
    from modelwright.targets.kserve.selection import Runtime

    return Runtime(name, known=False)


def installed(cluster: Cluster) -> tuple[Runtime, ...]:
    """The runtimes that a Cluster names; where it does not say, those that come with its release.

    One that names ModelMesh's alone says nothing of the others.
    """
    from modelwright.targets.kserve.builtin import built_in, named

    stated = tuple(named(name, cluster.release) for name in sorted(cluster.runtimes))
    return stated if lists(cluster) and not (stated and all(each.many for each in stated)) else (*stated, *built_in(cluster.release))


def lists(cluster: Cluster) -> bool:
    """Whether a Cluster says which runtimes are installed."""
    return spec_of(cluster.document).get("runtimes") is not None


def runtime_spec(document: Document, environment: Environment) -> Mapping[str, Any]:
    """The spec of a Runtime in long form, as an environment has it."""
    from modelwright.load import longform, override

    said = spec_of(document)
    patch = (said.get("environments") or {}).get(environment.name)
    own = longform("Runtime", {k: v for k, v in said.items() if k not in ("environments", "project")})
    spec = override("Runtime", environment.defaults.get("Runtime", {}), own)
    return override("Runtime", spec, longform("Runtime", patch)) if patch else spec


def _found(variant: Variant, environment: Environment, known: Known) -> Iterator[Problem]:
    """MW795, or MW843 for ModelMesh, where no runtime takes a model that names none.

    On Open Data Hub that a model names none is told by itself (MW840).
    """
    cluster = environment.cluster
    wish = wanted(variant, known.workspace)
    if wish is None or (not wish.mesh and (cluster.release.open_data_hub or not cluster.release.kserve)):
        return
    if wish.mesh and not cluster.runtimes:
        return
    found = known.selection(wish, variant.project, environment)
    if found.chosen is not None or found.unsure or _brought_along(wish, environment, known.workspace):
        return
    yield _nobody(wish, found, variant, environment)


def _brought_along(wish: Wanted, environment: Environment, workspace: Workspace) -> bool:
    """Whether a plain manifest of the workspace makes a runtime that takes the model, wherever it lands."""
    from modelwright.load.manifests import manifests
    from modelwright.targets.kserve.selection import runtime_of, select

    texts = [(file, text) for file, text in workspace.files.items() if "ServingRuntime" in text]
    made = [runtime_of(document.data) for file, text in texts for document in manifests(file, text)[0]]
    return select(wish, (each for each in made if each is not None), environment.cluster.release).chosen is not None


def _nobody(wish: Wanted, found: Selection, variant: Variant, environment: Environment) -> Problem:
    from modelwright.targets.kserve.selection import asked

    what, word = asked(wish, found)
    kind = "multi-model runtime" if wish.mesh else "runtime"
    verb = "takes" if wish.mesh else "serves"
    return Problem(
        "MW843" if wish.mesh else "MW795",
        f"no {kind} {verb} {what}",
        variant.place(_WORDS[word]),
        advice(wish, found, environment.cluster),
        effect="broken",
    )


def advice(wish: Wanted, found: Selection, cluster: Cluster) -> str:
    """The nearest change that would give the model a runtime, else formats that are served."""
    from modelwright.targets.kserve.selection import advised, offered

    hint = advised(wish, found)
    if hint:
        return hint
    hint = did_you_mean(wish.format, offered(found))
    stop = "" if not hint else " " if hint.endswith("?") else ". "
    return hint if lists(cluster) or wish.mesh else f"{hint}{stop}If others installed one that does, name it in the cluster's `runtimes`"


def _named(word: str, variant: Variant, environment: Environment, known: Known) -> Iterator[Problem]:
    workspace = known.workspace
    mode = workspace.mode(variant)
    document = workspace.runtime(variant.project, word)
    if document is None:
        yield from _foreign(word, variant, environment, workspace, mode)
        return
    if (document.file, document.index) in workspace.unsound:
        return
    related = (("the runtime is here", document.place(("metadata", "name"))),)
    at = variant.place(("spec", "runtime"))
    names = spec_of(document).get("environments") or {}
    if not names:
        from modelwright.resolve.references import runs_nowhere

        yield runs_nowhere(document, workspace, needed=True)
        return
    if environment.name not in names:
        if not all(name in workspace.environments for name in names):
            return  # told at the runtime: the misspelt name may be this one
        what = f"runtime `{word}` does not run in environment `{environment.name}`"
        hint = f"add `{environment.name}: {{}}` to the runtime's `environments`"
        yield Problem("MW211", what, at, hint, effect="broken", related=related)
        return
    spec = known.spec(document, environment)
    if spec.get("disabled"):
        hint = "name another, or drop `disabled` there"
        yield Problem("MW211", f"runtime `{word}` is disabled", at, hint, effect="broken", related=related)
        return
    wrong = modelmesh.wrong_runtime(variant, document, mode)
    if wrong is not None:
        yield wrong
        return
    from modelwright.targets.kserve.selection import of_blueprint

    patched = any(str(key).partition("/")[0] in MADE for key in spec.get("manifests") or ())
    if not patched:
        yield from _unfit(of_blueprint(word, spec), variant, environment, workspace, document)


def _unfit(
    runtime: Runtime, variant: Variant, environment: Environment, workspace: Workspace, document: Document | None = None
) -> Iterator[Problem]:
    """What the runtime that a model names says against it; ModelMesh sends it the model all the same (MW841)."""
    from modelwright.targets.kserve.selection import obstacles

    wish = wanted(variant, workspace)
    if wish is None:
        return
    release = environment.cluster.release
    if not wish.mesh:
        for reason in obstacles(wish, runtime, release, named=True):
            yield from _told(reason, wish, runtime, variant, document)
        return
    for reason in obstacles(replace(wish, mesh=False, protocol=None), runtime, release, named=True):
        if reason.obstacle in ("format", "version"):
            for problem in _told(reason, wish, runtime, variant, document):
                message = f"{problem.message}; ModelMesh sends it the model all the same"
                yield replace(problem, code="MW841", message=message, effect="risk")


def _told(
    reason: Reason, wish: Wanted, runtime: Runtime, variant: Variant, document: Document | None
) -> Iterator[Problem]:
    """One thing that a named runtime lacks, as a problem at the model's word."""
    match reason.obstacle:
        case "format":
            code, at, listed = "MW801", (*FORMAT, "name"), ("formats", "its formats")
            what = f"cannot serve format `{wish.format}`"
            hint = did_you_mean(wish.format, [each.name for each in runtime.formats])
        case "version":
            code, at, listed = "MW802", (*FORMAT, "version"), ("formats", "its formats")
            what = f"does not list version `{wish.version}` of format `{wish.format}`"
            versions = [each.version for each in runtime.formats if each.name == wish.format and each.version is not None]
            hint = f"versions are compared as exact text; listed: {', '.join(f'`{v}`' for v in versions) or 'none'}"
        case "protocol":
            code, at, listed = "MW803", ("spec", "protocol"), ("protocols", "its protocols")
            what = f"does not speak protocol `{wish.protocol}`" if wish.protocol else reason.text
            hint = did_you_mean(wish.protocol or "", list(runtime.protocols))
        case "workers":
            code, at, listed = "MW799", ("spec", "workers"), ("workers", "its workers")
            what, hint = "does not spread a model over nodes", "name a runtime that has `workers`, or drop them here"
        case _:
            return
    related: tuple[tuple[str, Place], ...] = ()
    if document is not None:
        place = document.place(("spec", listed[0])) if listed[0] in spec_of(document) else document.place(("metadata", "name"))
        related = ((f"the runtime lists {listed[1]} here", place),)
    yield Problem(code, f"runtime `{runtime.name}` {what}", variant.place(at), hint, effect="broken", related=related)


def _foreign(
    word: str, variant: Variant, environment: Environment, workspace: Workspace, mode: str
) -> Iterator[Problem]:
    """A runtime that the workspace does not make.

    Where the cluster does not say what others installed, it may be there (MW211): only a name much like one made here, or
    one of KServe's own that this release does not bring, is told. On Open Data Hub a runtime often bears its template's name.
    """
    from modelwright.targets.kserve.builtin import facts
    from modelwright.targets.kserve.builtin import runtime as known

    cluster = environment.cluster
    absent = _absent(word, variant, environment, workspace)
    if absent is not None:
        yield absent
        return
    found = facts(word, cluster.release)
    # What one finds under a platform's own name is what the platform brings; a template's copy may be changed.
    if found is not None and mode != "modelmesh" and (not cluster.release.open_data_hub or word in cluster.runtimes):
        made = known(found)
        if not made.many:
            yield from _unfit(made, variant, environment, workspace)


def _absent(word: str, variant: Variant, environment: Environment, workspace: Workspace) -> Problem | None:
    from difflib import get_close_matches

    from modelwright.targets.kserve.builtin import brought, known_since

    cluster = environment.cluster
    mine = {name for project, name in workspace.runtimes if project in ("", variant.project)}
    if word in cluster.runtimes:
        return None
    what = f"there is no runtime `{word}` for project `{variant.project}` in environment `{environment.name}`"
    at = variant.place(("spec", "runtime"))
    if lists(cluster):
        return Problem("MW211", what, at, did_you_mean(word, sorted(mine | cluster.runtimes)), effect="broken")
    plain = bool(cluster.release.kserve and not cluster.release.open_data_hub)
    own = set(brought("kserve", cluster.release.kserve)) if plain else set()
    if word in own or word in brought("modelmesh", ""):
        return None
    since = known_since("kserve", word) if plain else ""
    made = {name: project for project, name in workspace.runtimes}
    near = next(iter(get_close_matches(word, sorted({*made, *own}), n=1, cutoff=0.8)), "")
    if since:
        hint = f"KServe {cluster.release.kserve} does not bring it"
    elif near and not (word.startswith("kserve-") and near not in own):
        hint = f"did you mean `{near}`?" if near in mine | own else f"`{near}` is a runtime of project `{made[near]}` alone"
    else:
        return None
    hint += f"{'' if hint.endswith('?') else '.'} If others installed it, name it in the cluster's `runtimes`"
    return Problem("MW211", what, at, hint, effect="broken", level="warning")
