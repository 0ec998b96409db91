"""What KServe's mutating webhook makes of an InferenceService.

Source: kserve `pkg/apis/serving/v1beta1/inference_service_defaults.go` (DefaultInferenceService) and the `Default` of each
implementation (`predictor_custom.go`, `transformer_custom.go`, `explainer_custom.go`, `explainer_art.go`), 0.15 to 0.20.
What it adds and nobody asks (annotation `modelFormat` since 0.17, labels of local models, whether a token is mounted) is
left out. It reads the object into Go's types and writes it again, so amounts come out in their shortest form and lists of
containers with a name in each.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from modelwright.judge.admission import Admitted, Row
from modelwright.model import Path
from modelwright.quantities import is_quantity, written
from modelwright.rules.releases import Facts, within
from modelwright.targets.kserve.amounts import FOR_EVER, Amount, rewritten
from modelwright.typed import Any, NamedTuple

MODE = "serving.kserve.io/deploymentMode"
SERVER = "kserve-container"
RENAMED = {"RawDeployment": "Standard", "Serverless": "Knative"}
"""Words for modes up to 0.15, and those that 0.16 put in their place."""
FRAMEWORKS = ("sklearn", "tensorflow", "xgboost", "pytorch", "triton", "onnx", "huggingface", "pmml", "lightgbm", "paddle")
"""Blocks that become `model`, in the order of `setPredictorModelDefaults`: the first one counts."""
SPEAK_V2 = ("triton", "onnx", "huggingface")
"""Of these the ones whose server speaks protocol v2 where nothing else is said."""
AMOUNTS = {"cpu": "1", "memory": "2Gi"}
"""What a custom server asks for and is held to where it says nothing: `inferenceService.resource` of the configuration as
KServe brings it (config/configmap/inferenceservice.yaml). Open Data Hub's configuration has none of it
(opendatahub-io/kserve config/overlays/odh)."""
BLOCKS = frozenset(["model", "art", *FRAMEWORKS])
LISTS = ("containers", "initContainers")
OF_MODEL = ("modelFormat", "runtime")
"""Fields that a `model` has and no framework's block."""
DRIFT, OVERWRITTEN = "MW773", "MW760"
NOTHING: tuple[Row, ...] = (("MW765", ("spec",), "the InferenceService says no predictor", "say `spec.predictor.model`", "rejected"),)


def default_inference_service(data: Mapping[str, Any], facts: Facts) -> Admitted:
    """The object after defaulting; `data` itself where nothing changes. Values of any shape are left as they are."""
    spec: Any = data.get("spec")
    predictor = spec.get("predictor") if isinstance(spec, dict) else None
    if not facts.kserve or not isinstance(predictor, dict):
        return Admitted(data, findings=NOTHING if spec is None and facts.kserve else ())
    draft = _Draft(data, _release(facts.kserve))
    if _mode(draft, facts) != "ModelMesh":
        _model(draft, predictor, facts)
        _custom(draft, facts)
    for component in ("transformer", "explainer"):
        if component in spec:
            _side(draft, component, facts)
    _rewritten(draft, draft.object["spec"])
    draft.findings += rewritten(DRIFT, draft.amounts)
    return Admitted(draft.object, draft.moved, tuple(draft.findings), whole=True)


def with_format(data: Mapping[str, Any], facts: Facts) -> Mapping[str, Any]:
    """An admitted InferenceService with the annotation `modelFormat`, which the webhook adds since 0.17. Nothing judges it:
    it is for whoever wants to see all of an object."""
    name: Any = data
    for step in ("spec", "predictor", "model", "modelFormat", "name"):
        name = name.get(step) if isinstance(name, dict) else None
    metadata = data["metadata"]
    annotations = metadata.get("annotations") or {}
    if not name or "modelFormat" in annotations or not within(facts.kserve, ">=0.17"):
        return data
    return {**data, "metadata": {**metadata, "annotations": {**annotations, "modelFormat": name}}}


class _Release(NamedTuple):
    """What the defaulting of a release does."""

    standard: str
    """Its word for Standard mode."""
    renames: bool
    """Whether it puts the new words for modes in place of the old."""
    vllm: bool
    """Whether it takes vLLM for a server that speaks v2."""
    keeps: bool
    """Whether amounts to scale to stay as they are written."""


@lru_cache(maxsize=64)
def _release(kserve: str) -> _Release:
    standard = "RawDeployment" if within(kserve, "<0.16") else "Standard"
    return _Release(standard, within(kserve, ">=0.17"), within(kserve, ">=0.20"), within(kserve, ">=0.16"))


class _Draft:
    """A copy of an object that shares what is not written, and what there is to say of stated fields."""

    __slots__ = ("_own", "amounts", "findings", "moved", "object", "release")

    def __init__(self, data: Mapping[str, Any], release: _Release) -> None:
        self.object: Any = data
        self.release = release
        self.moved: tuple[tuple[Path, Path], ...] = ()
        self.findings: list[Row] = []
        self.amounts: list[Amount] = []
        self._own: dict[int, Any] = {}

    def put(self, path: Path, value: Any) -> None:
        """Set a value; what holds it is a map or a list already."""
        self._mine(path[:-1])[path[-1]] = value

    def drop(self, path: Path) -> None:
        del self._mine(path[:-1])[path[-1]]

    def _mine(self, path: Path) -> Any:
        holder = self.object = self._copied(self.object)
        for step in path:
            holder[step] = holder = self._copied(holder[step])
        return holder

    def _copied(self, value: Any) -> Any:
        if id(value) in self._own:
            return value
        made = value.copy()
        self._own[id(made)] = made
        return made

    def drift(self, path: Path, message: str, hint: str) -> None:
        """Say what becomes of a stated field; of one in a block that moves, that is said already."""
        if not self.moves(path):
            self.findings.append((DRIFT, path, message, hint, "drift"))

    def moves(self, path: Path) -> bool:
        return any(path[: len(now)] == now for now, _ in self.moved)


def _mode(draft: _Draft, facts: Facts) -> str:
    """The stated mode, or none; the cluster's is written down unless it is Knative."""
    metadata: Any = draft.object.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    stated = annotations.get(MODE) if isinstance(annotations, dict) else None
    if isinstance(stated, str):
        word = RENAMED.get(stated)
        if word and draft.release.renames:
            where: Path = ("metadata", "annotations", MODE)
            draft.put(where, word)
            draft.drift(where, f"KServe {facts.kserve} makes `{word}` of `{stated}`", f"write `{word}`")
        return stated
    if facts.mode in ("Standard", "ModelMesh") and isinstance(metadata, dict):
        word = draft.release.standard if facts.mode == "Standard" else facts.mode
        if annotations is None:
            draft.put(("metadata", "annotations"), {MODE: word})
        elif isinstance(annotations, dict) and MODE not in annotations:
            draft.put(("metadata", "annotations", MODE), word)
    return ""


def _model(draft: _Draft, predictor: Mapping[str, Any], facts: Facts) -> None:
    """Put `model` in place of a framework's block, and say what it speaks."""
    at: Path = ("spec", "predictor", "model")
    word = ""
    if not predictor.keys().isdisjoint(FRAMEWORKS):
        word = next((word for word in FRAMEWORKS if predictor.get(word) is not None), "")
    if word:
        block = predictor[word]
        if not isinstance(block, dict) or any(field in block for field in OF_MODEL):
            return  # the schema refuses it
        _moved(draft, predictor, word, block)
    model: Any = draft.object["spec"]["predictor"].get("model")
    form = model.get("modelFormat") if isinstance(model, dict) else None
    name = form.get("name") if isinstance(form, dict) else None
    if isinstance(name, str):
        speaks_v2 = name == "triton" or (name == "vLLM" and draft.release.vllm)
        if speaks_v2 and model.get("protocolVersion") is None:
            draft.put((*at, "protocolVersion"), "v2")


def _moved(draft: _Draft, predictor: Mapping[str, Any], word: str, block: Mapping[str, Any]) -> None:
    at: Path = ("spec", "predictor", word)
    model: Path = ("spec", "predictor", "model")
    if predictor.get("model") is not None:
        message = f"`{word}` takes the place of `model`, of which nothing is left"
        draft.findings.append((OVERWRITTEN, model, message, "keep one", "ignored"))
    speaks = {"protocolVersion": "v2"} if word in SPEAK_V2 and block.get("protocolVersion") is None else {}
    draft.put(model, {**block, "modelFormat": {"name": word}, **speaks})
    draft.drop(at)
    more = " and `protocolVersion: v2`" if speaks else ""
    draft.drift(
        at,
        f"KServe makes `model` with `modelFormat: {{name: {word}}}`{more} of `{word}`",
        f"write `model`, or {FOR_EVER}",
    )
    draft.moved = ((model, at),)


def _custom(draft: _Draft, facts: Facts) -> None:
    """A predictor's own server, where it is the one implementation."""
    predictor = draft.object["spec"]["predictor"]
    containers = _containers(predictor)
    if not containers or any(predictor.get(word) is not None for word in ("model", *FRAMEWORKS)):
        return
    if sum(container.get("name") == SERVER for container in containers) <= 1:
        at: Path = ("spec", "predictor", "containers", 0)
        if len(containers) == 1 or not containers[0].get("name"):
            _name(draft, at, containers[0])
        _amounts(draft, at, containers[0], facts)


def _side(draft: _Draft, component: str, facts: Facts) -> None:
    """A transformer or explainer: its first container is its server, whatever its name."""
    words = draft.object["spec"][component]
    if not isinstance(words, dict):
        return
    art = words.get("art") if component == "explainer" else None
    containers = _containers(words)
    if containers and art is None:
        at: Path = ("spec", component, "containers", 0)
        found = containers[0]
    elif isinstance(art, dict) and not words.get("containers"):
        at, found = ("spec", component, "art"), art
    else:
        return
    _name(draft, at, found)
    _amounts(draft, at, found, facts)


def _containers(words: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The containers, where all of them are maps."""
    found = words.get("containers")
    return found if isinstance(found, list) and all(isinstance(each, dict) for each in found) else []


def _name(draft: _Draft, at: Path, container: Mapping[str, Any]) -> None:
    stated = container.get("name")
    if stated == SERVER or not (stated is None or isinstance(stated, str)):
        return
    draft.put((*at, "name"), SERVER)
    if stated is not None:
        draft.drift((*at, "name"), f"KServe calls this container `{SERVER}`, not `{stated}`", f"write `{SERVER}`")


def _amounts(draft: _Draft, at: Path, container: Mapping[str, Any], facts: Facts) -> None:
    """Add what a server asks for, and is held to, where it does not say."""
    if facts.open_data_hub:
        return
    resources = container.get("resources")
    if resources is None:
        draft.put((*at, "resources"), {"requests": dict(AMOUNTS), "limits": dict(AMOUNTS)})
        return
    for part in ("requests", "limits") if isinstance(resources, dict) else ():
        stated = resources.get(part)
        if stated is None:
            draft.put((*at, "resources", part), dict(AMOUNTS))
        elif isinstance(stated, dict) and not AMOUNTS.keys() <= stated.keys():
            draft.put((*at, "resources", part), {**AMOUNTS, **stated})


def _rewritten(draft: _Draft, spec: Mapping[str, Any]) -> None:
    """What comes of reading the object into Go's types and writing it again."""
    for component in ("predictor", "transformer", "explainer"):
        if component in spec:
            _component(draft, spec[component], ("spec", component), named=False)
    canaries = spec.get("canary")
    for index, canary in enumerate(canaries if isinstance(canaries, list) else ()):
        if isinstance(canary, dict):
            at: Path = ("spec", "canary", index)
            _component(draft, canary.get("predictor"), (*at, "predictor"), named=True)
            if canary.get("trafficPercent") is None:
                draft.put((*at, "trafficPercent"), 0)


def _component(draft: _Draft, words: Any, at: Path, named: bool) -> None:
    """`named`: whether the schema wants a name in blocks, too."""
    for field, value in list(words.items()) if isinstance(words, dict) else ():
        if field in LISTS and isinstance(value, list):
            for index, container in enumerate(value):
                _container(draft, container, (*at, field, index), named=True)
        elif field in BLOCKS:
            _container(draft, value, (*at, field), named)
        elif field == "workerSpec":
            _component(draft, value, (*at, field), named)
        elif field == "resources":
            _resources(draft, value, (*at, field))
        elif field == "autoScaling":
            _targets(draft, value, (*at, field))


def _container(draft: _Draft, container: Any, at: Path, named: bool) -> None:
    if not isinstance(container, dict):
        return
    if named and container.get("name") is None:
        draft.put((*at, "name"), "")
    if "resources" in container:
        _resources(draft, container["resources"], (*at, "resources"))


def _resources(draft: _Draft, resources: Any, at: Path) -> None:
    for part in ("requests", "limits") if isinstance(resources, dict) else ():
        amounts = resources.get(part)
        for name, amount in list(amounts.items()) if isinstance(amounts, dict) else ():
            _amount(draft, amount, (*at, part, name))


def _targets(draft: _Draft, scaling: Any, at: Path) -> None:
    """Amounts to scale to: since 0.16 a text stays as it is (`metric_quantity.go`)."""
    metrics = scaling.get("metrics") if isinstance(scaling, dict) else None
    for index, metric in enumerate(metrics if isinstance(metrics, list) else ()):
        for kind in ("resource", "external", "podmetric") if isinstance(metric, dict) else ():
            source: Any = metric.get(kind)
            target: Any = source.get("target") if isinstance(source, dict) else None
            for field in ("value", "averageValue") if isinstance(target, dict) else ():
                amount = target.get(field)
                if not (isinstance(amount, str) and draft.release.keeps):
                    _amount(draft, amount, (*at, "metrics", index, kind, "target", field))


def _amount(draft: _Draft, amount: Any, at: Path) -> None:
    text = written(amount)
    if text is not amount and text != amount and is_quantity(text):
        draft.put(at, text)
        if not draft.moves(at):
            draft.amounts.append((at, amount, text))
