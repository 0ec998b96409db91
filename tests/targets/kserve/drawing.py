"""Drawn objects of KServe's kinds: documents with something done to them, mostly where webhooks look."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path as File
from typing import Any

from tests.judge.mutations import MUTATIONS as ANY
from tests.judge.mutations import ODD_VALUES, at, places, schema_at

from modelwright.judge.catalog import KindSchema, catalog
from modelwright.judge.facts import Schemas
from modelwright.judge.kept import kept
from modelwright.model import Path, Release
from modelwright.yamlio import read

KINDS = (
    "InferenceService", "ServingRuntime", "ClusterServingRuntime", "InferenceGraph", "TrainedModel", "LocalModelCache",
    "LLMInferenceService", "LLMInferenceServiceConfig",
)  # fmt: skip
SEEDS = File(__file__).parent / "seeds.yaml"
LONGEST = 6000
"""Characters of a base document as JSON; longer ones only repeat themselves."""
_K = "serving.kserve.io/"
ANNOTATIONS: Mapping[str, Sequence[Any]] = {
    _K + "deploymentMode": ("Serverless", "RawDeployment", "Knative", "Standard", "ModelMesh", "standard", "", "Raw"),
    _K + "autoscalerClass": ("hpa", "keda", "none", "external", "kpa", "HPA", ""),
    "autoscaling.knative.dev/class": ("hpa.autoscaling.knative.dev", "kpa.autoscaling.knative.dev", "hpa", ""),
    _K + "metrics": ("cpu", "memory", "concurrency", "rps", "x"),
    _K + "targetUtilizationPercentage": ("0", "50", "101", "a"),
    _K + "gpu-resource-types": ('["example.com/gpu"]', "[]", '["a", ""]', "a", "[1]", "", '{"a": 1}', "null"),
    _K + "enable-prometheus-scraping": ("true", "false"),
    _K + "disable-localmodel": ("true", ""),
    _K + "nodegroup": ("workers", "other"),
    _K + "exp-dra-device-class": ("gpu.example.com", "", " ", "A b", "a..b", " gpu "),
    _K + "exp-dra-device-count": ("1", "0", "-1", "a", "", "1.5", "9999999999999", " 2 ", "+2", "100"),
    _K + "exp-dra-cel-selector": ("device.driver == 'a'", "", " ", "\n", "[]"),
    _K + "exp-dra-container-name": ("main", "", "A", "a.b", " main ", "a" * 64),
    "internal.serving.kserve.io/localmodel-sourceuri": ("s3://a", ""),
    "internal.serving.kserve.io/localmodel-pvc-name": ("a",),
    "modelFormat": ("sklearn", "other"),
    "prometheus.io/port": ("8080",),
}
LABELS: Mapping[str, Sequence[Any]] = {
    "internal.serving.kserve.io/localmodel": ("a",),
    "internal.serving.kserve.io/localmodel-namespace": ("shop",),
    "modelClass": ("mlserver_sklearn.SKLearnModel",),
    _K + "llm-routing-group": ("heads",),
    "team": ("one",),
}
NAMES = ("a", "A", "a-b", "1a", "a.b", "a-", "a_b", "-a", "a" * 63, "a" * 64, "price", "x9")
URIS = (
    "s3://a/b", "gs://a", "pvc://claim/a", "pvc://", "hf://a/b", "oci://a/b:1", "https://a.example.com/b.zip", "http://a",
    "file:///a", "abfs://a/b", "hdfs://a", "webhdfs://a", "git://a", "s3:/a", "S3://a", "", "model", "foo://a", "://a",
    "https://account.blob.core.windows.net/c/b", "/a", "gs:/a", "oci-native://a",
)  # fmt: skip
SMALL = (-1, 0, 1, 2, 3, 4, 50, 99, 100, 101)
INTERESTING: Mapping[str, Sequence[Any]] = {
    "name": (
        "kserve-container", "transformer-container", "worker-container", "main", "a", "A", "", "cpu", "memory", "nvidia.com/gpu",
        "PYTHONPATH", "PIPELINE_PARALLEL_SIZE", "TENSOR_PARALLEL_SIZE", "STORAGE_URI", "LEVEL", "stable", "next", ".", "..",
        "org/model", "sklearn", "xgboost", "triton", "vllm", "one", "two", "gate", "first", "root", "pythonpath", "SKLearn",
    ),
    "type": ("Resource", "External", "PodMetric", "Utilization", "AverageValue", "Value", "Recreate", "RollingUpdate", "Pods"),
    "scaleMetric": ("cpu", "memory", "concurrency", "rps"),
    "scaleTarget": SMALL, "minReplicas": SMALL, "maxReplicas": SMALL, "replicas": SMALL, "containerConcurrency": (-1, 0, 1),
    "trafficPercent": SMALL, "canaryTrafficPercent": SMALL, "weight": (*SMALL, 40, 60), "maxRank": SMALL, "maxAdapters": SMALL,
    "maxCpuAdapters": SMALL, "idleReplicaCount": SMALL, "averageUtilization": SMALL, "priority": (0, 1, 2, 3),
    "pipelineParallelSize": SMALL, "tensorParallelSize": SMALL, "pipeline": SMALL, "data": SMALL, "dataLocal": SMALL,
    "tensor": SMALL, "parallelism": SMALL, "stabilizationWindowSeconds": SMALL,
    "averageValue": ("1Mi", "1Gi", "1048575", "1", "0", "500m", "-1"), "value": ("3", "0", "-1", "5", "100m", "1Gi"),
    "query": ("", "sum(up)"), "serverAddress": ("", "http://a", "a"), "backend": ("prometheus", "opentelemetry", "graphite"),
    "storageUri": URIS, "uri": URIS, "sourceModelUri": URIS, "serviceUrl": ("http://a", "", "a"),
    "mountPath": ("/", "/mnt", "/mnt/models", "/mnt/models/a", "mnt", "", "/mnt/../a", "/a..b", "/other/a", "/mnt/models/"),
    "path": ("/", "models/a", ""), "key": ("store", "key", ""), "schemaPath": ("schema.json",),
    "protocolVersion": ("v1", "v2", "grpc-v1", "grpc-v2", "v3", ""), "runtime": ("kserve-sklearnserver", "kserve-mlserver", ""),
    "runtimeVersion": ("1", "2.5.1-gpu", "latest", "21.05-py3"), "version": ("1", "2", "3", ""),
    "multiModel": (True, False), "disabled": (True, False), "autoSelect": (True, False), "enabled": (True, False),
    "expert": (True, False), "automountServiceAccountToken": (True, False),
    "resourceId": ("kbs:///a/b/c", "kbs:///a/b", "kbs://a/b/c", "", "kbs:///a/b/c/d", "kbs:///a/b/c?x=1", "KBS:///a/b/c"),
    "variantCost": ("10", "10.0", "0.5", "-1", "a", "", ".5", "5.", "1e3", "0", "00.1"),
    "group": ("heads", "", "other", "A", "a.b"), "routerType": ("Sequence", "Splitter", "Ensemble", "Switch", "Other"),
    "serviceName": ("one", "", "two"), "nodeName": ("split", "root", "", "nowhere"), "dependency": ("Soft", "Hard"),
    "condition": ("{ .a == 1 }", ""), "memory": ("256Mi", "1Gi", "0", "1G", "1024Mi"), "cpu": ("1", "100m", "0.5", 1, 2, "1000m"),
    "framework": ("sklearn", "xgboost", "other"), "protocolVersions": (["v1"], ["v2"], ["v1", "v2"], [], ["grpc-v2"]),
    "nodeGroups": (["workers"], ["other"], ["workers", "other"]), "modelSize": ("10Gi", "1", "0"),
    "baseRefs": ([{"name": "base"}], [], [{"name": ""}], [{}]), "refs": ([], [{"name": "gate"}], [{"name": "r", "namespace": "n"}]),
    "parentRefs": ([], [{"name": "gate"}], [{"name": "gate", "namespace": "edge"}], [{"name": "gate", "namespace": "edge", "sectionName": "s"}]),
    "spec": ({}, {"hostnames": ["a.example.com"]}), "http": ({}, {"refs": [{"name": "r"}]}, {"spec": {}}),
    "inline": ({}, {"a": 1}, {"plugins": []}), "ref": ({"name": "settings"}, {"name": ""}, {}),
    "gateway": ({}, {"refs": [{"name": "gate", "namespace": "edge"}]}), "ingress": ({}, {"refs": [{"name": "i", "namespace": "n"}]}),
    "scheduler": ({}, {"replicas": 0}), "containers": ([], [{"name": "main", "image": "a"}]), "hpa": ({},), "keda": ({},),
    "env": ([], [{"name": "PYTHONPATH", "value": "/a"}], [{"name": "STORAGE_URI", "value": "s3://a"}], [{"name": "A", "value": ""}]),
    "limits": ({"example.com/gpu": "1"}, {"cpu": 1}, {}, {"nvidia.com/mig-1g.5gb": 1}), "emptyDir": ({}, {"size": "1Gi"}),
    "requests": ({"amd.com/gpu": 1}, {"memory": "1Gi"}, {"cpu": "2"}), "advanced": ({}, {"scalingModifiers": {"formula": "a"}}),
    "horizontalPodAutoscalerConfig": ({}, {"name": "h"}), "pvc": ({}, {"ref": {"name": "c"}}, {"ref": {"name": ""}}),
    "secondary": ([], [{}], [{"fileSystem": {}}], [{"fileSystem": {"emptyDir": {"size": "1Gi"}, "pvc": {"ref": {"name": "c"}}}}]),
    "metrics": ([], [{"type": "Resource"}], [{"type": "External"}], [{"type": "PodMetric"}], [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization"}}}]),
    "workerSpec": ({}, {"containers": []}, {"containers": [{"name": "worker-container"}]}, {"pipelineParallelSize": 2}),
    "canary": ([], [{"trafficPercent": 5, "predictor": {"name": "next", "model": {"modelFormat": {"name": "sklearn"}, "storageUri": "s3://a"}}}]),
    "deploymentStrategy": ({"type": "Recreate"}, {}), "autoScaling": ({}, {"metrics": []}),
    "storageUris": ([], [{"uri": "s3://a"}], [{"uri": "s3://a", "mountPath": "/mnt/a"}, {"uri": "s3://b", "mountPath": "/opt/b"}]),
    "storage": ({"key": "store", "path": "a"}, {}, {"storageUri": "s3://a"}), "confidential": ({"enabled": True}, {"enabled": False}, {}),
    "lora": ({}, {"adapters": []}, {"adapters": [{"name": "one", "uri": "s3://a"}, {"name": "one", "uri": "s3://b"}]}),
    "wva": ({}, {"hpa": {}}, {"keda": {}}, {"hpa": {}, "keda": {}}), "scaling": ({"maxReplicas": 2}, {"maxReplicas": 2, "wva": {"hpa": {}}}),
    "kvCacheOffloading": ({}, {"cpu": "0", "secondary": [{}]}), "resources": ({}, {"limits": {}}, {"requests": {"cpu": "1"}}),
    "args": ([], ["{{ .Spec.Model.Name }}"], ["{{ .Nothing }}"], ["{{ if }}"], ["{{"]), "command": ([], ["run"]),
    "volumes": ([{"name": "kvcache", "emptyDir": {}}],), "worker": ({}, {"containers": []}, {"containers": [{"name": "main", "image": "a"}]}),
    "template": ({}, {"containers": []}, {"containers": [{"name": "main", "image": "a"}]}), "prefill": ({}, {"parallelism": {"pipeline": 2}}),
    "logger": ({"mode": "all"}, {"mode": "some"}, {}), "batcher": ({"maxBatchSize": 1},), "labels": ({"a": "b"},),
}  # fmt: skip
"""Values of fields, by their names, that rules of webhooks tell apart."""
BLOCKS = ("model", "sklearn", "xgboost", "tensorflow", "pytorch", "triton", "onnx", "huggingface", "pmml", "lightgbm", "paddle")


def bases(release: Release, corpus: File | None = None) -> list[dict[str, Any]]:
    """Seeds and documents of the corpus that this release serves, without what it does not know."""
    files = [SEEDS]
    if corpus is not None:
        files += sorted(path for kind in KINDS for path in (corpus / kind).glob("*.y*ml"))
        files += sorted((corpus / "LocalModel").glob("*.y*ml"))
    known, made, seen = catalog(release), [], set()
    for file in files:
        documents, _ = read(file.read_text(encoding="utf-8", errors="replace"), file.name)
        for data in documents or ():
            if not isinstance(data, dict) or data.get("kind") not in KINDS or not isinstance(data.get("metadata"), dict):
                continue
            schema = known.schema(str(data.get("apiVersion")), str(data.get("kind")))
            text = repr(data.get("spec"))
            if schema is None or len(text) > LONGEST or text in seen:
                continue
            seen.add(text)
            made.append(_known(schema, data))
    return made


def _known(schema: KindSchema, data: Mapping[str, Any]) -> dict[str, Any]:
    made = copy.deepcopy(dict(data))
    made.pop("status", None)
    for finding in sorted(kept(schema, made)[1], key=lambda each: [str(step) for step in each.path], reverse=True):
        if finding.defect == "unknown":
            del at(made, finding.path[:-1])[finding.path[-1]]
    return made


def _annotation(data: Any, path: Path, chance: random.Random, schemas: Schemas) -> None:
    holder, known = ("annotations", ANNOTATIONS) if chance.random() < 0.9 else ("labels", LABELS)
    metadata = data["metadata"]
    inside = metadata.get(holder)
    if not isinstance(inside, dict):
        inside = metadata[holder] = {}
    key = chance.choice(sorted(known)) if chance.random() < 0.5 else sorted(known)[chance.randrange(3) - 1]
    inside[key] = chance.choice(known[key])


def _mode(data: Any, path: Path, chance: random.Random, schemas: Schemas) -> None:
    metadata = data["metadata"]
    inside = metadata.get("annotations")
    if not isinstance(inside, dict):
        inside = metadata["annotations"] = {}
    key = chance.choice((_K + "deploymentMode", _K + "autoscalerClass"))
    if chance.random() < 0.2:
        inside.pop(key, None)
    else:
        inside[key] = chance.choice(ANNOTATIONS[key][:6])


def _name(data: Any, path: Path, chance: random.Random, schemas: Schemas) -> None:
    data["metadata"]["name"] = chance.choice(NAMES)


def _value(data: Any, path: Path, chance: random.Random, schemas: Schemas) -> None:
    """A field that is there gets a value that rules tell apart."""
    found = [each for each in places(data) if each[0] != "metadata" and each[-1] in INTERESTING]
    if found:
        where = chance.choice(found)
        at(data, where[:-1])[where[-1]] = copy.deepcopy(chance.choice(INTERESTING[str(where[-1])]))


def _field(data: Any, path: Path, chance: random.Random, schemas: Schemas) -> None:
    """A field that the kind knows and rules look at."""
    maps = [each for each in places(data) if each[0] == "spec" and isinstance(at(data, each), dict)]
    chance.shuffle(maps)
    for where in maps[:4]:
        named = schema_at(schemas, where).get("properties", {})
        names = sorted(name for name in named if name in INTERESTING and name not in at(data, where))
        if names:
            name = chance.choice(names)
            at(data, where)[name] = copy.deepcopy(chance.choice(INTERESTING[name]))
            return


def _copied(data: Any, path: Path, chance: random.Random, schemas: Schemas) -> None:
    """A part stands under another name, too, that its place knows: two frameworks, two components."""
    maps = [each for each in places(data) if each[0] == "spec" and len(each) > 1 and isinstance(at(data, each), dict)]
    where = chance.choice(maps) if maps else ()
    if not where:
        return
    parent = at(data, where[:-1])
    if isinstance(parent, list):
        parent.append(copy.deepcopy(at(data, where)))
        return
    known = sorted(schema_at(schemas, where[:-1]).get("properties", {}))
    names = [name for name in known if name not in parent]
    likely = [name for name in names if name in (*BLOCKS, "transformer", "explainer", "prefill", "template", "worker")]
    if names:
        name = chance.choice(likely or names)
        parent[name] = copy.deepcopy(at(data, where))
        if chance.random() < 0.5:
            del parent[where[-1]]


def _drop(data: Any, path: Path, chance: random.Random, schemas: Schemas) -> None:
    found = [each for each in places(data) if each[0] == "spec" and len(each) > 1]
    if found:
        where = chance.choice(found)
        del at(data, where[:-1])[where[-1]]


def _odd(data: Any, path: Path, chance: random.Random, schemas: Schemas) -> None:
    found = [each for each in places(data) if each[0] == "spec" and len(each) > 1]
    if found:
        where = chance.choice(found)
        at(data, where[:-1])[where[-1]] = copy.deepcopy(chance.choice(ODD_VALUES))


def _any(data: Any, path: Path, chance: random.Random, schemas: Schemas) -> None:
    found = [each for each in places(data) if each[0] == "spec"]
    if found:
        ANY[chance.choice(("repeated", "grafted", "null", "at an edge"))](data, chance.choice(found), chance, schemas)


Mutation = Callable[[Any, Path, random.Random, Schemas], None]
WAYS: Sequence[tuple[int, Mutation]] = (
    (10, _annotation), (12, _mode), (3, _name), (26, _value), (22, _field), (9, _copied), (10, _drop), (2, _odd), (6, _any),
)  # fmt: skip
"""What may be done to an object, and how often."""


def changed(data: Mapping[str, Any], schemas: Schemas, chance: random.Random, head: bool = True) -> dict[str, Any]:
    """The object with one to four things done to it; without `head` it keeps its name."""
    made = copy.deepcopy(dict(data))
    for _ in range(chance.choice((1, 1, 2, 2, 3, 4))):
        (way,) = chance.choices([way for _, way in WAYS], [often for often, _ in WAYS])
        if way is _name and not head:
            continue
        way(made, (), chance, schemas)
        if not isinstance(made.get("metadata"), dict):
            made["metadata"] = copy.deepcopy(data["metadata"])
    return made


def objects(release: Release, seed: int, corpus: File | None = None) -> Iterator[tuple[dict[str, Any], KindSchema, random.Random]]:
    """Bases without end, kinds in turn, each with its schema."""
    chance = random.Random(seed)
    known = catalog(release)
    by_kind: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for base in bases(release, corpus):
        by_kind.setdefault((base["apiVersion"], base["kind"]), []).append(base)
    often = {"InferenceService": 9, "LLMInferenceService": 4, "ServingRuntime": 2, "ClusterServingRuntime": 2}
    kinds = sorted(by_kind)
    weights = [often.get(kind, 1) for _, kind in kinds]
    while True:
        (kind,) = chance.choices(kinds, weights)
        schema = known.schema(*kind)
        assert schema is not None
        yield chance.choice(by_kind[kind]), schema, chance
