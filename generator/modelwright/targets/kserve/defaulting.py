"""What KServe's mutating webhook makes of an InferenceService.

Source: kserve `pkg/apis/serving/v1beta1/inference_service_defaults.go` (DefaultInferenceService) and the `Default` of each
implementation (`predictor_custom.go`, `transformer_custom.go`, `explainer_custom.go`, `explainer_art.go`), 0.15 to 0.20.
What it adds out of the cluster's state (labels of local models, whether a token is mounted) changes no verdict and is left
out. It reads the object into Go's types and writes it again, so amounts come out in their shortest form and lists of
containers with a name in each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from modelwright.judge.admission import Admitted, Row
from modelwright.model import Path
from modelwright.quantities import is_quantity, written
from modelwright.rules.releases import Facts, within

MODE = "serving.kserve.io/deploymentMode"
FORMAT = "modelFormat"
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
OF_MODEL = ("modelFormat", "runtime")
"""Fields that a `model` has and no framework's block."""
DRIFT, OVERWRITTEN = "MW773", "MW760"


def default_inference_service(data: Mapping[str, Any], facts: Facts) -> Admitted:
    """The object after defaulting; `data` itself where nothing changes. Values of any shape are left as they are."""
    predictor = _at(data, ("spec", "predictor"))
    if not facts.kserve or not isinstance(predictor, dict):
        return Admitted(data)
    draft = _Draft(data)
    mode = _mode(draft, facts)
    moved: tuple[tuple[Path, Path], ...] = ()
    if mode != "ModelMesh":
        moved = _model(draft, predictor, facts)
        _custom(draft, facts)
    for component in ("transformer", "explainer"):
        _side(draft, component, facts)
    _rewritten(draft)
    return Admitted(draft.object, moved, tuple(draft.findings))


class _Draft:
    """A copy of an object that shares what is not written, and what there is to say of stated fields."""

    __slots__ = ("_own", "findings", "object")

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.object: Any = data
        self.findings: list[Row] = []
        self._own: dict[int, Any] = {}

    def at(self, path: Path) -> Any:
        return _at(self.object, path)

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

    def drift(self, path: Path, message: str, hint: str = "") -> None:
        self.findings.append((DRIFT, path, message, hint, "drift"))


def _at(data: Any, path: Path) -> Any:
    for step in path:
        if not isinstance(data, dict):
            return None
        data = data.get(step)
    return data


def _mode(draft: _Draft, facts: Facts) -> str:
    """The stated mode, in the words of the release, or none; the cluster's is written down unless it is Knative."""
    if not isinstance(draft.at(("metadata",)), dict):
        return ""
    where: Path = ("metadata", "annotations", MODE)
    stated = draft.at(where)
    if isinstance(stated, str):
        word = RENAMED.get(stated)
        if word and within(facts.kserve, ">=0.17"):
            draft.put(where, word)
            draft.drift(where, f"KServe {facts.kserve} makes `{word}` of `{stated}`", f"write `{word}`")
        return stated
    if facts.mode in ("Standard", "ModelMesh"):
        raw = facts.mode == "Standard" and within(facts.kserve, "<0.16")
        _annotate(draft, MODE, "RawDeployment" if raw else facts.mode)
    return ""


def _annotate(draft: _Draft, key: str, value: str) -> None:
    """Add an annotation unless there is one."""
    metadata = draft.at(("metadata",))
    if not isinstance(metadata, dict):
        return
    annotations = metadata.get("annotations")
    if annotations is None:
        draft.put(("metadata", "annotations"), {key: value})
    elif isinstance(annotations, dict) and key not in annotations:
        draft.put(("metadata", "annotations", key), value)


def _model(draft: _Draft, predictor: Mapping[str, Any], facts: Facts) -> tuple[tuple[Path, Path], ...]:
    """Put `model` in place of a framework's block, and say what it speaks."""
    model: Path = ("spec", "predictor", "model")
    word = next((word for word in FRAMEWORKS if word in predictor), "")
    block: Any = predictor.get(word)
    moved = isinstance(block, dict) and not any(field in block for field in OF_MODEL)
    if moved:
        if "model" in predictor:
            message = f"`{word}` takes the place of `model`, of which nothing is left"
            draft.findings.append((OVERWRITTEN, model, message, "keep one", "ignored"))
        speaks = {"protocolVersion": "v2"} if word in SPEAK_V2 else {}
        draft.put(model, {"modelFormat": {"name": word}, **speaks, **block})
        draft.drop(("spec", "predictor", word))
        more = " and `protocolVersion: v2`" if speaks and "protocolVersion" not in block else ""
        draft.drift(
            ("spec", "predictor", word),
            f"KServe makes `model` with `modelFormat: {{name: {word}}}`{more} of `{word}`",
            "write `model`, or Argo CD shows the difference for ever",
        )
    name = _at(draft.at(model), ("modelFormat", "name"))
    if not isinstance(name, str) or not name:
        return ()
    speaks_v2 = name == "triton" or (name == "vLLM" and within(facts.kserve, ">=0.20"))
    if speaks_v2 and "protocolVersion" not in draft.at(model):
        draft.put((*model, "protocolVersion"), "v2")
    if within(facts.kserve, ">=0.17"):
        _annotate(draft, FORMAT, name)
    return ((model, ("spec", "predictor", word)),) if moved else ()


def _custom(draft: _Draft, facts: Facts) -> None:
    """A predictor's own server, where it is the one implementation."""
    predictor = draft.at(("spec", "predictor"))
    containers = _containers(predictor)
    if not containers or any(word in predictor for word in ("model", *FRAMEWORKS)):
        return
    if sum(container.get("name") == SERVER for container in containers) <= 1:
        at: Path = ("spec", "predictor", "containers", 0)
        if len(containers) == 1 or not containers[0].get("name"):
            _name(draft, at, containers[0])
        _amounts(draft, at, containers[0], facts)


def _side(draft: _Draft, component: str, facts: Facts) -> None:
    """A transformer or explainer: its first container is its server, whatever its name."""
    words = draft.at(("spec", component))
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
    if stated:
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


def _rewritten(draft: _Draft) -> None:
    """What comes of reading the object into Go's types and writing it again."""
    for at, container, named in list(_all_containers(draft.object["spec"])):
        if named and "name" not in container:
            draft.put((*at, "name"), "")
        resources: Any = container.get("resources")
        for part in ("requests", "limits") if isinstance(resources, dict) else ():
            amounts = resources.get(part)
            for name, amount in amounts.items() if isinstance(amounts, dict) else ():
                text = written(amount)
                if text is amount or text == amount or not is_quantity(text):
                    continue
                draft.put((*at, "resources", part, name), text)
                kind = "the number " if not isinstance(amount, str) else ""
                draft.drift((*at, "resources", part, name), f"KServe makes `\"{text}\"` of {kind}`{amount}`", f'write `"{text}"`')
    canaries = draft.at(("spec", "canary"))
    for index, canary in enumerate(canaries if isinstance(canaries, list) else ()):
        if isinstance(canary, dict) and "trafficPercent" not in canary:
            draft.put(("spec", "canary", index, "trafficPercent"), 0)


Found = tuple[Path, Mapping[str, Any], bool]
"""Where a container is, the container, and whether the schema wants a name of it."""


def _all_containers(spec: Mapping[str, Any]) -> Iterator[Found]:
    """Every container of an InferenceService."""
    for component in ("predictor", "transformer", "explainer"):
        words = spec.get(component)
        if isinstance(words, dict):
            yield from _of_component(words, ("spec", component), canary=False)
    canaries = spec.get("canary")
    for index, canary in enumerate(canaries if isinstance(canaries, list) else ()):
        predictor = canary.get("predictor") if isinstance(canary, dict) else None
        if isinstance(predictor, dict):
            yield from _of_component(predictor, ("spec", "canary", index, "predictor"), canary=True)


def _of_component(words: Mapping[str, Any], at: Path, canary: bool) -> Iterator[Found]:
    for field in ("containers", "initContainers"):
        if field in words:
            yield from _listed(words[field], (*at, field))
    workers: Any = words.get("workerSpec")
    for field in ("containers", "initContainers") if isinstance(workers, dict) else ():
        yield from _listed(workers.get(field), (*at, "workerSpec", field))
    for word in ("model", "art", *FRAMEWORKS):
        block = words.get(word)
        if isinstance(block, dict):
            yield (*at, word), block, canary


def _listed(containers: Any, at: Path) -> Iterator[Found]:
    for index, container in enumerate(containers if isinstance(containers, list) else ()):
        if isinstance(container, dict):
            yield (*at, index), container, True
