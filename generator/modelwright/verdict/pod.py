"""The pod of a model in short, as the predictor's reconciler and the pod webhook put it together.

Sources, below kserve `pkg/`: controller/v1beta1/inferenceservice/components/predictor.go (buildPodSpec),
controller/v1beta1/inferenceservice/utils/utils.go (MergeRuntimeContainers, UpdateImageTag),
apis/serving/v1beta1/inference_service_defaults.go (SetRuntimeDefaults).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from modelwright.records import dataclass
from modelwright.targets.kserve.devices import GPUS

_TAG = re.compile(r":[\w.\-]*\Z", re.ASCII)
_GPU_BUILDS = ("tensorflow-serving", "torchserve", "huggingfaceserver")
"""Servers whose build for GPUs is the same image with `-gpu` after its tag."""
_BY_NAME = {
    "kserve-mlserver": "mlserver",
    "kserve-torchserve": "torchserve",
    "kserve-tritonserver": "tritonserver",
    "kserve-tensorflow-serving": "tensorflow-serving",
    "kserve-huggingfaceserver": "huggingfaceserver",
    "kserve-vllmserver": "vllmserver",
}


@dataclass(frozen=True, slots=True)
class Container:
    """One container. Each part goes with who says it: `model`, `runtime`, `admission`; empty where nobody does."""

    name: str
    image: str
    image_from: str
    command: tuple[str, ...]
    args: tuple[tuple[str, str], ...]
    """Each with who says it: those of the runtime first."""
    env: tuple[tuple[str, str], ...]
    """Names of variables, each with who says it."""
    requests: tuple[tuple[str, str, str], ...]
    """Resource, amount, and who says it."""
    limits: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Pod:
    """What serves a model."""

    containers: tuple[Container, ...]
    files: str
    """How the model's files get there, in words."""
    account: str
    scaling: str
    address: str
    placement: tuple[str, ...] = ()
    """Node labels and tolerations, in words."""


def merged(runtime: Mapping[str, Any], model: Mapping[str, Any], server: str, isvc: str) -> Container:
    """The server's container: the runtime's, with the model's words over it. `isvc` is the InferenceService's name."""
    version = str(model["runtimeVersion"]) if model.get("runtimeVersion") is not None else None
    resources = {}
    for part in ("requests", "limits"):
        held = {**_said(runtime, part, "runtime"), **_said(model, part, "model")}
        resources[part] = tuple((word, amount, who) for word, (amount, who) in held.items())
    image, by = str(model.get("image") or runtime.get("image") or ""), "model" if model.get("image") else "runtime" if runtime else ""
    image = tagged(image, version, server, any(word in GPUS for word, _, _ in resources["limits"]))
    command = _list(model, "command") or _list(runtime, "command")
    args = [(filled(str(each), isvc), "runtime") for each in _list(runtime, "args")]
    args += [(str(each), "model") for each in _list(model, "args")]
    more_args, more_env = _by_server(server, model)
    args += [(each, "controller") for each in more_args]
    env = {name: who for part, who in ((runtime, "runtime"), (model, "model")) for name in _variables(part)}
    env = {**env, **{each: "controller" for each in more_env if env.get(each) != "model"}}
    return Container(
        "kserve-container", image, by, tuple(map(str, command)), tuple(args), tuple(env.items()), resources["requests"], resources["limits"]
    )


def _by_server(server: str, model: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Arguments and variables that the controller gives a known server (SetRuntimeDefaults)."""
    files = model.get("storageUri") is not None or model.get("storage") is not None
    match server:
        case "mlserver":
            return (), ("MLSERVER_MODEL_NAME", "MLSERVER_MODEL_URI") if files else ("MLSERVER_LOAD_MODELS_AT_STARTUP",)
        case "torchserve":
            return (), ("PROTOCOL_VERSION",)
        case "tritonserver":
            return () if files else ("--model-control-mode=explicit",), ()
        case _:
            return (), ()


def server_type(stated: str, runtime: str) -> str:
    """What a runtime's annotation says it runs (from 0.17), else what one of KServe's own names does."""
    return stated or _BY_NAME.get(runtime, "")


def plain(container: Mapping[str, Any], who: str, isvc: str = "") -> Container:
    """A container that one side alone says."""
    parts = [tuple((word, amount, by) for word, (amount, by) in _said(container, part, who).items()) for part in ("requests", "limits")]
    return Container(
        str(container.get("name") or ""),
        str(container.get("image") or ""),
        who,
        tuple(map(str, _list(container, "command"))),
        tuple((filled(str(each), isvc) if isvc else str(each), who) for each in _list(container, "args")),
        tuple((name, who) for name in _variables(container)),
        *parts,
    )


def _said(container: Mapping[str, Any], part: str, who: str) -> dict[str, tuple[str, str]]:
    resources = container.get("resources")
    amounts = resources.get(part) if isinstance(resources, Mapping) else None
    return {str(word): (str(amount), who) for word, amount in amounts.items()} if isinstance(amounts, Mapping) else {}


def _list(container: Mapping[str, Any], word: str) -> list[Any]:
    found = container.get(word)
    return found if isinstance(found, list) else []


def _variables(container: Mapping[str, Any]) -> list[str]:
    return [str(each.get("name")) for each in _list(container, "env") if isinstance(each, Mapping)]


def filled(text: str, isvc: str) -> str:
    """A runtime's text with the model's name in it; other placeholders stay."""
    return text.replace("{{.Name}}", isvc).replace("{{ .Name }}", isvc)


def tagged(image: str, version: str | None, server: str, gpu: bool) -> str:
    """The image with the tag that `runtimeVersion`, a GPU or their lack gives it (UpdateImageTag)."""
    if not image or "@sha256:" in image:
        return image
    found = _TAG.search(image)
    if version is not None:
        return f"{image[: found.start()] if found else image}:{version}"
    if found is None:
        return image
    if gpu and server in _GPU_BUILDS and not image.endswith("-gpu"):
        return f"{image}-gpu"
    if not gpu and server == "vllmserver" and not image[: found.start()].endswith("-cpu"):
        return f"{image[: found.start()]}-cpu{found[0]}"
    return image
