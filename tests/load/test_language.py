"""The language itself: every field explained, every example valid, editors told the same as authors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from tests.load.test_load import MODELS, OTHERS, blueprint, model

from modelwright.load import describe, fields, json_schema, kinds, load
from modelwright.load.language import metadata_schema, schema
from modelwright.model import Source
from modelwright.yamlio import emit, read

# The documents of the language's own draft whose kinds and words this release compiles.
DRAFT = """\
{name: sklearn-iris, spec: {format: sklearn, source: "gs://kfserving-examples/models/sklearn/1.0/model"}}
---
name: llm
spec:
  format: caikit
  runtime: caikit-tgis-runtime-grpc
  source: {connection: aws-connection-minio-data-connection, path: caikit/flan-t5-small}
  resources: {cpu: 1, memory: 4Gi, gpu: 1, limits: {cpu: 2, memory: 8Gi}}
  mode: standard
  access: {auth: false}
  tolerations: [{key: nvidia.com/gpu, operator: Exists, effect: NoSchedule}]
---
name: granite-3-1-8b-instruct
spec:
  format: vLLM
  runtime: vllm
  source: oci://registry.redhat.io/rhelai1/modelcar-granite-3-1-8b-instruct:1.5
  args: [--max-model-len=15000, --dtype=half]
  size: gpu-small
---
name: huggingface-llama3
spec:
  format: huggingface
  args: [--model_id=meta-llama/Llama-3.2-1B-Instruct]
  env: {HF_TOKEN: {secret: hf-secret/HF_TOKEN}}
  mounts: {/lmcache: {configMap: lmcache-config, items: [lmcache_config.yaml], readOnly: true}}
  replicas: {min: 2}
---
name: torch-transformer
spec:
  format: triton
  source: gs://kfserving-examples/models/torchscript
  transformer: {image: "kserve/image-transformer:latest", command: [python, -m, model], args: [--protocol, grpc-v2]}
---
{name: custom-model-grpc, spec: {container: {image: "kserve/custom-model-grpc:latest", ports: [{name: h2c, port: 8081}]}}}
---
name: churn-risk-predictor
spec:
  format: sklearn
  source: pvc://mlflow-models/churn-risk/challenger
  canary: {traffic: 10}
---
{name: example-onnx-mnist, spec: {format: onnx, runtime: ovms-1.x, mode: modelmesh, source: {connection: localMinIO, path: onnx/mnist.onnx}}}
---
name: huggingface-multinode
spec:
  {format: huggingface, runtime: kserve-huggingfaceserver-multinode, source: "pvc://llama-3-8b-pvc/hf/8b", autoscale: none, workers: {pipeline: 2, tensor: 1}}
---
name: kserve-sdxl
kind: Runtime
spec:
  formats: [{name: sdxl, autoSelect: true}]
  image: quay.io/rh-aiservices-bu/kserve-sdxl:0.1.0
  mounts: {/dev/shm: {emptyDir: {medium: Memory, sizeLimit: 2Gi}}}
  template: {displayName: Kserve for SDXL, accelerators: [nvidia.com/gpu], apiProtocol: REST}
---
name: orchestrator-8b
spec: {format: vLLM, runtime: orchestrator-8b, source: "pvc://model-weights/x", environments: {dev: {}, prod: {size: gpu-large}}}
"""


def drafts() -> list[dict[str, Any]]:
    documents, problems = read(DRAFT, "draft.yaml")
    assert not problems
    return [
        {"apiVersion": "modelwright/v1", "kind": d.get("kind", "Model"), "metadata": {"name": d["name"]}, "spec": d["spec"]}
        for d in documents
    ]


@pytest.mark.parametrize("document", drafts(), ids=lambda d: d["metadata"]["name"])
def test_the_draft_passes(document: dict[str, Any]) -> None:
    assert load([Source("blueprints/a.yaml", emit(document))])[1] == ()
    jsonschema.Draft202012Validator(json_schema(document["kind"])).validate(document)


def nodes(node: Any, path: str) -> Iterator[tuple[str, Any]]:
    yield path, node
    for name, child in (node.get("properties") or {}).items():
        yield from nodes(child, f"{path}.{name}")
    for word in ("items", "additionalProperties"):
        if isinstance(node.get(word), dict):
            yield from nodes(node[word], f"{path}.{word}")


ALL = [(path, node) for kind in kinds() for path, node in nodes(schema(kind), kind)]
ALL += list(nodes(metadata_schema(), "metadata"))
KNOWN = {
    "title", "description", "examples", "default", "type", "enum", "pattern", "minimum", "maximum", "format", "items",
    "properties", "additionalProperties", "required", "short", "exclusive", "needs", "demands", "replace", "free", "keys", "empty",
    "instead", "words", "as", "later", "overrides", "defaultsOf", "patch",
}  # fmt: skip


def test_every_field_is_described_in_known_words() -> None:
    assert [path for path, node in ALL if len(str(node.get("description") or "")) < 5] == []
    assert {word for _, node in ALL for word in node} <= KNOWN
    assert [path for path, node in ALL if not str(node["description"]).endswith((".", "`"))] == []


def test_groups_name_fields() -> None:
    for path, node in ALL:
        named = [w for word in ("exclusive", "needs") for group in node.get(word, ()) for w in group]
        named += list(node.get("required", ())) + (node["replace"] if isinstance(node.get("replace"), list) else [])
        assert set(named) <= set(node.get("properties") or ()), path


MODEL_FIELDS = [(name, node) for name, node in schema("Model")["properties"].items() if node.get("examples") and not node.get("later")]


@pytest.mark.parametrize(("name", "node"), MODEL_FIELDS, ids=[name for name, _ in MODEL_FIELDS])
def test_examples_are_right(name: str, node: dict[str, Any]) -> None:
    for example in node["examples"]:
        spec = {"container": "a:1"} if name == "container" else {"format": "sklearn"}
        document = {"apiVersion": "modelwright/v1", "kind": "Model", "metadata": {"name": "a"}, "spec": {**spec, name: example}}
        assert load([Source("blueprints/a.yaml", emit(document))])[1] == ()


@pytest.mark.parametrize("kind", kinds())
def test_the_schema_for_editors_is_json_schema(kind: str) -> None:
    made = json_schema(kind)
    jsonschema.Draft202012Validator.check_schema(made)
    assert made["title"] == kind


NOT_SAID = {"MW214", "MW215", "MW216"}
"""Amounts and credentials: editors do not check these."""
BEYOND = {"min above max", "cpu target"}


def wrongs() -> Iterator[Any]:
    for name, case in MODELS.items():
        lines, code = case[0], case[1]
        if code not in NOT_SAID and name not in BEYOND:
            yield pytest.param("Model", model(*lines), id=name)
    for name, other in OTHERS.items():
        if other[2] not in NOT_SAID:
            yield pytest.param(other[0], blueprint(other[0], *other[1]), id=name)


@pytest.mark.parametrize(("kind", "text"), list(wrongs()))
def test_editors_see_what_load_sees(kind: str, text: str) -> None:
    document = read(text, "a.yaml")[0][0]
    assert not jsonschema.Draft202012Validator(json_schema(kind)).is_valid(document)


@pytest.mark.parametrize(
    ("topic", "words"),
    [
        ("model", "fields:"), ("model.spec.autoscale", "a metric with its target"), ("Model.spec.replicas.min", "At least"),
        ("model.metadata.name", "lower case"), ("model.spec.env.A.secret", "name/key"), ("model.spec.ports.port", "Port number"),
        ("model.spec.environments.prod.size", "A size"), ("environment.spec.defaults.Model.replicas", "How many"),
        ("environment.spec.manage", "default: true"), ("runtime.spec.scope", "default: namespace"),
    ],
)  # fmt: skip
def test_describe(topic: str, words: str) -> None:
    assert words in (describe(topic) or "")


@pytest.mark.parametrize("topic", ["", "modell", "model.spec.nothing", "model.spec.replicas.min.x", "llm", "model..x"])
def test_describe_nothing(topic: str) -> None:
    assert describe(topic) is None


def test_fields_nest() -> None:
    found = fields("Model")
    assert found["replicas"]["fields"]["min"]["type"] == "a whole number"
    assert found["ports"]["fields"]["port"]["description"]
