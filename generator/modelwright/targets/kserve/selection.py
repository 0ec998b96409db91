"""Which runtime serves a model, and why none of the others does, as the controllers find it.

KServe: pkg/apis/serving/v1beta1/predictor_model.go and the predictor's reconciler
(pkg/controller/v1beta1/inferenceservice/components/predictor.go). ModelMesh: modelmesh-serving 0.12,
controllers/modelmesh/model_type_labels.go. Both compare exact text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from modelwright.model import Release, minor
from modelwright.records import dataclass, replace
from modelwright.targets.kserve.constants import CONTAINER, LEGACY, MODE
from modelwright.typed import Any, Literal

PROTOCOLS = ("v1", "v2", "grpc-v1", "grpc-v2")
"""In the order in which KServe prefers runtimes of equal priority (constants.GetProtocolVersionInt)."""
DEFAULT_PROTOCOL = "v1"

Word = Literal["format", "version", "protocol", "workers"]
"""A word of a model that asks for a runtime."""
Obstacle = Literal[
    "absent", "disabled", "many", "single", "format", "version", "auto", "protocol", "workers", "no workers", "container", "later"
]
"""Why a runtime does not serve a model."""


@dataclass(frozen=True, slots=True)
class Format:
    """A format that a runtime lists."""

    name: str
    version: str | None = None
    auto: bool = False
    """Whether models that name no runtime may get this one."""
    priority: int | None = None


@dataclass(frozen=True, slots=True)
class Runtime:
    """What is known of a ServingRuntime or ClusterServingRuntime."""

    name: str
    cluster: bool = False
    """Whether it is a ClusterServingRuntime."""
    formats: tuple[Format, ...] = ()
    protocols: tuple[str, ...] = ()
    many: bool = False
    """Whether it serves many models (`multiModel`)."""
    workers: bool = False
    """Whether it spreads a model over nodes (`workerSpec`)."""
    disabled: bool = False
    containers: tuple[str, ...] | None = None
    """Names of its containers; None where they are not known."""
    known: bool = True
    """False for a runtime of which only the name is known: it may serve anything."""
    server: str = ""
    """What `serving.kserve.io/server-type` says."""

    def priority(self, name: str) -> int | None:
        """Of a format: that of the first entry of that name, whatever its version (GetPriority)."""
        return next((each.priority for each in self.formats if each.name == name), None)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a model asks of its runtime."""

    format: str
    version: str | None = None
    protocol: str | None = None
    """None where it says nothing, which is not the same as empty text."""
    runtime: str | None = None
    workers: bool = False
    mesh: bool = False
    """Whether ModelMesh serves it."""

    @property
    def label(self) -> str:
        """What is compared (getModelFormatLabel)."""
        return self.format if self.version is None else f"{self.format}:{self.version}"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a runtime does not serve a model."""

    obstacle: Obstacle
    text: str
    """As a predicate: `does not list format onnx`."""


@dataclass(frozen=True, slots=True)
class Fix:
    """The least change that makes a runtime serve the model."""

    runtime: str
    word: str
    """A word of the model: `protocol`, `runtime`, `version`, `format`; empty where it is the runtime's matter."""
    value: str | None
    """What the word should say; None where it should go."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What a controller makes of a model's wish."""

    chosen: Runtime | None
    others: tuple[tuple[Runtime, tuple[Reason, ...]], ...]
    """Each other runtime with all that speaks against it, in the order given."""
    fault: Reason | None = None
    """Why the model cannot be served by the runtime that it names, or by the one that is found."""
    tied: tuple[str, ...] = ()
    """Runtimes that would come before the chosen one if they were made later, or that ModelMesh may as well take."""
    unsure: tuple[str, ...] = ()
    """Runtimes of which too little is known: one of them may serve the model."""

    @property
    def serves(self) -> bool:
        """Whether some runtime serves the model, as far as is known."""
        return self.chosen is not None and self.fault is None


def select(wanted: Wanted, runtimes: Iterable[Runtime], release: Release) -> Selection:
    """The runtime for a model among all that its namespace sees, on a cluster of that release."""
    seen = tuple(runtimes)
    if wanted.runtime is not None:
        return _named(wanted, seen, release)
    reasons = [(each, obstacles(wanted, each, release)) for each in seen if each.known]
    unsure = tuple(each.name for each in seen if not each.known)
    fitting = sorted((each for each, found in reasons if not found), key=lambda each: _order(wanted, each))
    if not fitting:
        return Selection(None, tuple(reasons), unsure=unsure)
    first = fitting[0]
    place = _order(wanted, first)[:-1]
    tied = tuple(each.name for each in fitting[1:] if wanted.mesh or _order(wanted, each)[:-1] == place)
    others = tuple(
        (each, found or (Reason("later", _after(wanted, first, each)),)) for each, found in reasons if each is not first
    )
    return Selection(first, others, _fault(wanted, first, release), tied, unsure)


def _order(wanted: Wanted, runtime: Runtime) -> tuple[Any, ...]:
    """Namespaced ones first, then by priority, protocol, and name where nothing is known of their age."""
    if wanted.mesh:
        return (False, 0, 0, runtime.name)
    priority = runtime.priority(wanted.format)
    return (runtime.cluster, -priority if priority is not None else _LAST, _rank(runtime), runtime.name)


_LAST = 1 << 32


def _rank(runtime: Runtime) -> int:
    ranks = [PROTOCOLS.index(each) if each in PROTOCOLS else len(PROTOCOLS) for each in runtime.protocols]
    return min(ranks, default=len(PROTOCOLS))


def _after(wanted: Wanted, first: Runtime, other: Runtime) -> str:
    """Why a runtime that fits comes after the one chosen."""
    if wanted.mesh:
        return "would do as well: ModelMesh takes either"
    if first.cluster != other.cluster:
        return f"serves it, too, but `{first.name}` of the namespace goes first"
    one, two = first.priority(wanted.format), other.priority(wanted.format)
    if one != two:
        return f"serves it, too, but `{first.name}` has {'a higher priority' if two is not None else 'a priority'} ({one}{f' over {two}' if two is not None else ''})"
    if _rank(first) != _rank(other):
        return f"serves it, too, but `{first.name}` speaks an older protocol"
    return f"serves it, too: of `{first.name}` and this one the newer goes first"


def _named(wanted: Wanted, seen: Sequence[Runtime], release: Release) -> Selection:
    """The runtime that a model names: of the namespace first, then of the cluster (GetServingRuntime)."""
    mine = sorted((each for each in seen if each.name == wanted.runtime), key=lambda each: each.cluster)
    if not mine:
        fault = Reason("absent", "is not there")
        return Selection(None, tuple((each, obstacles(wanted, each, release)) for each in seen if each.known), fault)
    chosen = mine[0]
    free = replace(wanted, runtime=None)
    others = tuple(
        (each, obstacles(free, each, release) or (Reason("later", "would take the model, too, which names another"),))
        for each in seen
        if each is not chosen and each.known
    )
    if not chosen.known:
        return Selection(chosen, others, unsure=(chosen.name,))
    found = obstacles(wanted, chosen, release, named=True)
    return Selection(chosen, others, found[0] if found else _fault(wanted, chosen, release))


def _fault(wanted: Wanted, chosen: Runtime, release: Release) -> Reason | None:
    """What keeps a runtime that was chosen from serving: no other is tried."""
    if not wanted.mesh and chosen.containers is not None and CONTAINER not in chosen.containers:
        return Reason("container", f"has no container `{CONTAINER}`")
    return None


def obstacles(wanted: Wanted, runtime: Runtime, release: Release, *, named: bool = False) -> tuple[Reason, ...]:
    """All that speaks against a runtime, the weightiest first. `named`: the model names it, so less is asked."""
    if wanted.mesh:
        return tuple(_of_mesh(wanted, runtime, named))
    found = [Reason("disabled", "is disabled")] if runtime.disabled else []
    if not named and runtime.many:
        found.append(Reason("many", "serves many models, for ModelMesh"))
    found += _unlisted(wanted, runtime, named)
    protocol = wanted.protocol
    if protocol is None:
        protocol = _settled(runtime, release) if named else DEFAULT_PROTOCOL
    if protocol and runtime.protocols and protocol not in runtime.protocols:
        stated = "" if wanted.protocol else ", which counts where none is stated"
        found.append(Reason("protocol", f"does not speak protocol `{protocol}`{stated} (but {_listed(runtime.protocols)})"))
    # Up to 0.14 the search knows nothing of workers.
    if minor(release.kserve) >= (0, 15) and wanted.workers != runtime.workers:
        if wanted.workers:
            found.append(Reason("workers", "has no `workerSpec`: it does not spread a model over nodes"))
        elif not named:
            found.append(Reason("no workers", "spreads a model over nodes, and this one has no `workerSpec`"))
    return tuple(found)


def _settled(runtime: Runtime, release: Release) -> str:
    """The protocol that a named runtime gives a model without one before the two are compared.

    Up to 0.16, of three runtimes known by name (SetRuntimeDefaults); since then it is set after.
    """
    return _SETTLED.get(runtime.name, "") if minor(release.kserve) < (0, 17) else ""


_SETTLED = {"kserve-mlserver": "v2", "kserve-torchserve": "v1", "kserve-tritonserver": "v2"}


def _unlisted(wanted: Wanted, runtime: Runtime, named: bool) -> list[Reason]:
    """Why a runtime's list of formats does not take the model.

    A label is the name alone or name and version, and labels are compared as text: so here.
    """
    if any(wanted.label in _labels(each) for each in runtime.formats if named or each.auto):
        return []
    if any(wanted.label in _labels(each) for each in runtime.formats):
        return [Reason("auto", f"lists `{wanted.label}` for models that name it only (no `autoSelect`)")]
    same = [each for each in runtime.formats if each.name == wanted.format]
    if same:
        versions = _listed([each.version for each in same if each.version is not None]) or "none"
        return [Reason("version", f"does not list version `{wanted.version}` of `{wanted.format}` (but {versions})")]
    near = next((each.name for each in runtime.formats if each.name.lower() == wanted.format.lower()), "")
    return [Reason("format", f"does not list format `{wanted.format}`" + (f", but `{near}`" if near else ""))]


def _labels(each: Format) -> tuple[str, ...]:
    return (each.name,) if each.version is None else (each.name, f"{each.name}:{each.version}")


def _of_mesh(wanted: Wanted, runtime: Runtime, named: bool) -> Iterable[Reason]:
    if runtime.disabled:
        yield Reason("disabled", "is disabled")
    if not runtime.many:
        yield Reason("single", "serves one model (no `multiModel`)")
    if named:
        return  # whatever its formats
    yield from _unlisted(wanted, runtime, named)
    # The REST proxy gives v2 to whatever speaks grpc-v2.
    spoken = (*runtime.protocols, "v2") if "grpc-v2" in runtime.protocols else runtime.protocols
    if wanted.protocol and wanted.protocol not in spoken:
        yield Reason("protocol", f"does not speak protocol `{wanted.protocol}` (but {_listed(spoken) or 'lists none'})")


def _listed(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in dict.fromkeys(words))


_EASE: tuple[Obstacle, ...] = ("protocol", "auto", "version", "format", "no workers", "workers", "disabled")


def nearest(wanted: Wanted, selection: Selection) -> Fix | None:
    """The change to the model, of one word, that would let some runtime serve it; the easiest of several."""
    found: list[tuple[int, tuple[Any, ...], Fix]] = []
    for runtime, reasons in selection.others:
        if len(reasons) == 1 and reasons[0].obstacle in _EASE:
            fix = _fix(wanted, runtime, reasons[0].obstacle)
            if fix is not None:
                found.append((_EASE.index(reasons[0].obstacle), _order(wanted, runtime), fix))
    return min(found, key=lambda each: each[:2])[2] if found else None


def _fix(wanted: Wanted, runtime: Runtime, obstacle: Obstacle) -> Fix | None:
    match obstacle:
        case "protocol":
            spoken = sorted(runtime.protocols, key=lambda each: PROTOCOLS.index(each) if each in PROTOCOLS else len(PROTOCOLS))
            return Fix(runtime.name, "protocol", spoken[0]) if spoken else None
        case "auto":
            return Fix(runtime.name, "runtime", runtime.name)
        case "version":
            listed = [each for each in runtime.formats if each.name == wanted.format and (each.auto or wanted.runtime)]
            versions = [each.version for each in listed if each.version is not None]
            return Fix(runtime.name, "version", _closest(wanted.version or "", versions)) if listed else None
        case "format":
            listed = [each for each in runtime.formats if each.auto or wanted.runtime]
            near = next((each.name for each in listed if each.name.lower() == wanted.format.lower()), None)
            return Fix(runtime.name, "format", near) if near else None
        case _:
            return None


def _closest(version: str, versions: Sequence[str]) -> str | None:
    """The listed version that a stated one most likely means: `1` for `1.2`."""
    return next((each for each in versions if version.split(".")[0] == each.split(".")[0]), None)


def asked(wanted: Wanted, selection: Selection) -> tuple[str, Word]:
    """What nobody serves, in words and as far as it matters, and which word of the model asks for it."""
    listing = [reasons for runtime, reasons in selection.others if any(each.name == wanted.format for each in runtime.formats)]
    obstacles = {reason.obstacle for reasons in listing for reason in reasons}
    what = f"format `{wanted.format}`"
    if listing and wanted.version is not None:
        what = f"version `{wanted.version}` of {what}"
        if all(any(reason.obstacle == "version" for reason in reasons) for reasons in listing):
            return what, "version"
    if "workers" in obstacles:
        return f"{what} on several nodes", "workers"
    if "protocol" in obstacles:
        said = f"protocol `{wanted.protocol}`" if wanted.protocol else f"protocol `{DEFAULT_PROTOCOL}`, which counts where none is stated"
        return f"{what} by {said}", "protocol" if wanted.protocol else "format"
    return what, "format"


def advised(wanted: Wanted, selection: Selection, protocol: str = "protocol") -> str:
    """The nearest fix as a hint; empty for none. `protocol` is the word for it: manifests say `protocolVersion`."""
    fix = nearest(wanted, selection)
    if fix is None:
        return ""
    if fix.word == "runtime":
        return f"`{fix.runtime}` serves it where it is named: `runtime: {fix.runtime}`"
    if fix.word == "version" and fix.value is None:
        rows = [each for runtime, _ in selection.others for each in runtime.formats if each.name == wanted.format and each.auto]
        return f"versions are compared as exact text; listed: {_listed([each.version for each in rows if each.version]) or 'none'}"
    value = f'"{fix.value}"' if fix.word == "version" else fix.value
    return f"`{fix.runtime}` would with `{protocol if fix.word == 'protocol' else fix.word}: {value}`"


def offered(selection: Selection) -> list[str]:
    """The formats that models may get which name no runtime."""
    return sorted({each.name for runtime, _ in selection.others for each in runtime.formats if each.auto})


_LEGACY_V2 = ("triton", "onnx", "huggingface")


def wanted_of(data: Mapping[str, Any], release: Release) -> Wanted | None:
    """What an InferenceService asks for, as it stands or as admission would leave it; None where a container serves.

    Admission gives `triton`, and from 0.20 `vLLM`, protocol v2; of the older blocks triton, onnx and huggingface
    (inference_service_defaults.go). Never raises, whatever stands in the object.
    """
    predictor = _at(data, "spec", "predictor")
    mesh = _at(data, "metadata", "annotations", MODE) == "ModelMesh"
    for word in ("model", *LEGACY):
        block = predictor.get(word) if isinstance(predictor, Mapping) else None
        if isinstance(block, Mapping):
            break
    else:
        return None
    workers = isinstance(predictor.get("workerSpec"), Mapping)
    protocol, runtime = _text(block.get("protocolVersion")), _text(block.get("runtime"))
    if word == "model":
        name, version = _text(_at(block, "modelFormat", "name")) or "", _text(_at(block, "modelFormat", "version"))
        if protocol is None and not mesh and (name == "triton" or (name == "vLLM" and minor(release.kserve) >= (0, 20))):
            protocol = "v2"
    else:
        name, version = word, None
        if mesh:
            runtime = runtime or _text(_at(data, "metadata", "annotations", "serving.kserve.io/servingRuntime"))
        elif protocol is None and word in _LEGACY_V2:
            protocol = "v2"
    return Wanted(name, version, protocol, runtime, workers, mesh)


def runtime_of(data: Mapping[str, Any]) -> Runtime | None:
    """A ServingRuntime or ClusterServingRuntime manifest as selection sees it; None for any other object, or one without name.

    Never raises; what has no sound form counts as absent.
    """
    name, spec = _text(_at(data, "metadata", "name")), _at(data, "spec")
    if data.get("kind") not in ("ServingRuntime", "ClusterServingRuntime") or not name or not isinstance(spec, Mapping):
        return None
    containers = spec.get("containers")
    return Runtime(
        name=name,
        cluster=data["kind"] == "ClusterServingRuntime",
        formats=_formats(spec.get("supportedModelFormats")),
        protocols=_texts(spec.get("protocolVersions")),
        many=spec.get("multiModel") is True,
        workers=isinstance(spec.get("workerSpec"), Mapping),
        disabled=spec.get("disabled") is True,
        containers=_names(containers) if isinstance(containers, list) else None,
        server=_text(_at(data, "metadata", "annotations", "serving.kserve.io/server-type")) or "",
    )


def _formats(rows: Any) -> tuple[Format, ...]:
    return tuple(
        Format(row["name"], _text(row.get("version")), row.get("autoSelect") is True, _number(row.get("priority")))
        for row in (rows if isinstance(rows, list) else ())
        if isinstance(row, Mapping) and isinstance(row.get("name"), str)
    )


def of_blueprint(name: str, spec: Mapping[str, Any]) -> Runtime:
    """A Runtime blueprint, its spec in long form with an environment's overrides, as the runtime that it makes."""
    formats = [
        {**row, "version": str(row["version"])} if row.get("version") is not None else row
        for row in spec.get("formats") or ()
        if isinstance(row, Mapping)
    ]
    mesh = spec.get("multiModel")
    main = mesh.get("container") if isinstance(mesh, Mapping) else CONTAINER
    return Runtime(
        name=name,
        cluster=spec.get("scope") == "cluster",
        formats=_formats(formats),
        protocols=_texts(spec.get("protocols")),
        many=isinstance(mesh, Mapping),
        workers=isinstance(spec.get("workers"), Mapping),
        disabled=spec.get("disabled") is True,
        containers=(main,) if isinstance(main, str) else None,
    )


def _at(node: Any, *path: str) -> Any:
    for step in path:
        if not isinstance(node, Mapping):
            return None
        node = node.get(step)
    return node


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _texts(values: Any) -> tuple[str, ...]:
    return tuple(each for each in values if isinstance(each, str)) if isinstance(values, list) else ()


def _names(containers: list[Any]) -> tuple[str, ...]:
    return tuple(str(_at(each, "name") or "") for each in containers)
