"""What KServe's controllers stumble over when they make the workloads of one InferenceService or runtime.

Sources, below kserve `pkg/`: controller/v1beta1/inferenceservice/utils/utils.go (ValidateStorageURI),
controller/v1beta1/inferenceservice/components/predictor.go, credentials/service_account_credentials.go,
controller/v1beta1/inferenceservice/reconcilers/hpa/hpa_reconciler.go. Nothing here raises, whatever stands in an object.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from modelwright.model import minor
from modelwright.patterns import pattern
from modelwright.rules.check import Row, Run
from modelwright.rules.releases import Facts
from modelwright.targets.kserve.constants import CONTAINER, LEGACY, MODE, WORKER
from modelwright.targets.kserve.devices import GPUS
from modelwright.typed import Any

SCHEMES = ("gs://", "s3://", "pvc://", "file://", "https://", "http://", "hdfs://", "webhdfs://", "oci://")
LATER = {"hf://": (0, 15), "oci+native://": (0, 20)}
"""Schemes and the first release that knows them."""
AZURE = "blob.core.windows.net"
_ADDRESS = pattern(r"\w://")
_AZURE = "https://.+.blob.core.windows.net/."
STORED = ("s3", "hdfs", "webhdfs")
"""Types that a `storage-config` entry may have."""
READ = (*STORED, "gs", "http", "https", "hf", "file")
"""Types that, as a scheme, the storage initializer reads (kserve python/storage)."""
_MODES = {"RawDeployment": "Standard", "Serverless": "Knative", "Standard": "Standard", "Knative": "Knative", "ModelMesh": "ModelMesh"}


def supported(uri: str, kserve: str) -> bool:
    """Whether KServe fetches from an address without a ClusterStorageContainer's help."""
    if not _ADDRESS.search(uri):
        return True  # a path in the container
    if AZURE in uri:
        import re2

        return re2.search(_AZURE, uri) is not None
    release = minor(kserve)
    return uri.startswith(SCHEMES) or any(uri.startswith(scheme) and release >= since for scheme, since in LATER.items())


def mode(run: Run) -> str:
    """`Knative`, `Standard`, `ModelMesh`, or empty where the cluster decides and nobody says how."""
    word = _at(run.object, "metadata", "annotations", MODE)
    # Up to 0.15 only the old words count, from 0.16 on both; an unknown word leaves it to the cluster.
    old = minor(run.facts.kserve) < (0, 16) and word in ("Standard", "Knative")
    known = _MODES.get(word) if isinstance(word, str) and not old else None
    return known or run.facts.mode


def unfetchable(uri: Any, run: Run) -> Iterator[Row]:
    """A model's address that no storage initializer takes."""
    if not isinstance(uri, str) or mode(run) == "ModelMesh" or supported(uri, run.facts.kserve):
        return
    scheme = _scheme(uri)
    if scheme in LATER:
        first = ".".join(map(str, LATER[scheme]))
        yield (), f"KServe {run.facts.kserve} cannot fetch `{uri}`", f"`{scheme}` is known from KServe {first} on"
    elif AZURE in uri:
        yield (), f"KServe cannot fetch `{uri}`", f"an Azure address is `https://ACCOUNT.{AZURE}/CONTAINER/PATH`"
    else:
        yield (), f"KServe cannot fetch `{uri}`", f"it knows {', '.join(_known(run.facts))}; others need a ClusterStorageContainer"


def _scheme(uri: str) -> str:
    return uri.partition("://")[0] + "://"


def _known(facts: Facts) -> list[str]:
    return [*SCHEMES, *(scheme for scheme, since in LATER.items() if minor(facts.kserve) >= since)]


def fetched_by(uri: str, containers: Iterable[Mapping[str, Any]]) -> bool:
    """Whether one of these ClusterStorageContainers takes an address (IsStorageUriSupported); a pattern that is none takes nothing."""
    import re2

    for data in containers:
        spec = _at(data, "spec")
        if data.get("kind") != "ClusterStorageContainer" or not isinstance(spec, Mapping) or data.get("disabled") is True:
            continue
        formats = spec.get("supportedUriFormats")
        for row in formats if isinstance(formats, list) else ():
            prefix, pattern = _at(row, "prefix"), _at(row, "regex")
            if isinstance(prefix, str) and prefix and uri.startswith(prefix):
                return True
            try:
                if isinstance(pattern, str) and pattern and re2.search(pattern, uri):
                    return True
            except re2.error:
                continue
    return False


def storage(block: Any, run: Run) -> Iterator[Row]:
    """A model's block (`model`, `sklearn`, ...) whose `storage` contradicts itself or its `storageUri`."""
    stored = _at(block, "storage")
    if not isinstance(stored, Mapping) or mode(run) == "ModelMesh":
        return
    if isinstance(stored.get("path"), str) and isinstance(_at(block, "storageUri"), str):
        yield ("storage", "path"), "the model's files are said twice, by `storageUri` and by `storage.path`", "keep one"
    kind = _at(stored, "parameters", "type")
    if isinstance(kind, str) and kind and kind not in READ:
        hint = f"types are {', '.join(STORED)}; of others write the whole address as `storageUri`"
        yield ("storage", "parameters", "type"), f"KServe cannot read storage of type `{kind}`", hint


def container(spec: Any, run: Run) -> Iterator[Row]:
    """A runtime for one model without the container that serves it, or whose workers have none."""
    if not isinstance(spec, Mapping) or spec.get("multiModel") is True or spec.get("disabled") is True:
        return
    mesh = any(word in spec for word in ("grpcEndpoint", "grpcDataEndpoint", "builtInAdapter"))
    more = "; one for ModelMesh needs `multiModel: true`" if mesh else ""
    yield from _lacking(spec.get("containers"), CONTAINER, ("containers",), more)
    workers = spec.get("workerSpec")
    if isinstance(workers, Mapping) and workers.get("containers"):  # none at all the webhook refuses
        yield from _lacking(workers.get("containers"), WORKER, ("workerSpec", "containers"))


def _lacking(containers: Any, name: str, at: tuple[str, ...], more: str = "") -> Iterator[Row]:
    if not isinstance(containers, list) or any(_at(each, "name") == name for each in containers):
        return
    held = ", ".join(f"`{_at(each, 'name')}`" for each in containers[:5]) or "none"
    yield at, f"no container is called `{name}`, so no model can be served", f"rename the server's container (here: {held}){more}"


def workers(predictor: Any, run: Run) -> Iterator[Row]:
    """A predictor whose `workerSpec` no controller follows."""
    if not isinstance(_at(predictor, "workerSpec"), Mapping):
        return
    if not any(isinstance(predictor.get(word), Mapping) for word in ("model", *LEGACY)):
        hint = "serve it by a `model` whose runtime has workers, or drop `workerSpec`"
        yield ("workerSpec",), "a container of one's own has no workers: KServe takes them from a runtime", hint
    elif mode(run) == "Knative":
        yield ("workerSpec",), "workers are made in standard mode only: the model waits for them for ever", "deploy it in standard mode"


_PARALLEL = {
    "--tensor-parallel-size": "tensor",
    "--tensor_parallel_size": "tensor",
    "-tp": "tensor",
    "--pipeline-parallel-size": "pipeline",
    "--pipeline_parallel_size": "pipeline",
    "-pp": "pipeline",
}


def accelerators(predictor: Any, run: Run) -> Iterator[Row]:
    """A model that is split over more GPUs than it gets. What is not stated may be stated by the runtime: no row."""
    model = _at(predictor, "model")
    if not isinstance(model, Mapping):
        return
    spread = _at(predictor, "workerSpec")
    if isinstance(spread, Mapping):
        yield from _spread(model, spread, run)
        return
    have, name = _gpus(_at(model, "resources"), ("limits", "requests"))
    sizes = _parallel(model.get("args"))
    want = sizes.get("tensor", (1, 0))[0] * sizes.get("pipeline", (1, 0))[0]
    if have and sizes and want > have:
        index = max(place for _, place in sizes.values())
        yield ("model", "args", index), f"the model is split over {want} GPUs and gets {have} (`{name}`)", "ask for as many"


def _parallel(args: Any) -> dict[str, tuple[int, int]]:
    """How a vLLM server is told to split a model: number and index of the argument."""
    found = {}
    words = args if isinstance(args, list) else []
    for index, word in enumerate(words):
        if not isinstance(word, str):
            continue
        flag, equals, value = word.partition("=")
        if not equals and index + 1 < len(words):
            value = words[index + 1]
        if flag in _PARALLEL and isinstance(value, str) and value.isascii() and value.isdigit() and 0 < len(value) < 6:
            found[_PARALLEL[flag]] = int(value), index
    return found


def _spread(model: Mapping[str, Any], spread: Mapping[str, Any], run: Run) -> Iterator[Row]:
    """computeRayNodeAndGPUs: the head's GPUs and those of all workers but one must make up the whole.

    Runtimes that use another backend than Ray (from 0.19) are not held to it.
    """
    pipeline, tensor = spread.get("pipelineParallelSize"), spread.get("tensorParallelSize")
    containers = spread.get("containers")
    first = containers[0] if isinstance(containers, list) and containers else None
    head, _ = _gpus(model.get("resources"), ("requests",))
    worker, _ = _gpus(_at(first, "resources"), ("requests",))
    own = model.get("runtime") not in (None, "kserve-huggingfaceserver-multinode")
    if not isinstance(pipeline, int) or not isinstance(tensor, int) or not head or not worker or pipeline < 1 or tensor < 1:
        return
    if own and minor(run.facts.kserve) >= (0, 19):
        return
    total = pipeline * tensor
    nodes = -(-total // worker)
    if total > head and nodes > 1 and total > head + worker * (nodes - 1):
        what = f"{pipeline} times {tensor} GPUs are more than {head} of the first pod and {worker} of each of {nodes - 1} more"
        yield ("workerSpec", "tensorParallelSize"), what, "give the first pod as many as a worker"


def _gpus(resources: Any, parts: tuple[str, ...]) -> tuple[int, str]:
    """How many GPUs a container asks for, and what they are called; 0 where it says nothing sound."""
    for part in parts:
        amounts = _at(resources, part)
        for name in GPUS if isinstance(amounts, dict) else ():
            amount = str(amounts.get(name, ""))
            if amount.isascii() and amount.isdigit() and 0 < len(amount) < 6 and int(amount):
                return int(amount), name
    return 0, ""


def memory_target(metric: Any, run: Run) -> Iterator[Row]:
    """A metric of `autoScaling` that makes an HPA which the API server refuses: memory without a target it can compare."""
    if _at(metric, "resource", "name") != "memory" or mode(run) not in ("Standard",) or _scaler(run) != "hpa":
        return
    target = _at(metric, "resource", "target")
    kind = _at(target, "type")
    word = {"Utilization": "averageUtilization", "AverageValue": "averageValue"}.get(kind if isinstance(kind, str) else "")
    if word is None:
        what = "a memory target needs the `type` `Utilization` or `AverageValue`: without it no autoscaler is made"
        yield ("resource", "target"), what, "write `type: Utilization` beside `averageUtilization`"
    elif _at(target, word) is None:
        yield ("resource", "target"), f"a target of type `{kind}` needs `{word}`: without it no autoscaler is made", f"write `{word}`"


def _scaler(run: Run) -> str:
    said = _at(run.object, "metadata", "annotations", "serving.kserve.io/autoscalerClass")
    return said if isinstance(said, str) and said else "hpa"


def _at(node: Any, *path: str) -> Any:
    for step in path:
        if not isinstance(node, dict):
            return None
        node = node.get(step)
    return node
