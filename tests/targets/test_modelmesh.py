"""ModelMesh: one blueprint, many models in few pods; what it does not read is told, and credentials go in one Secret."""

from __future__ import annotations

from typing import Any

import pytest

from modelwright.model import Source
from modelwright.pipeline import Build, build

HEAD = """\
apiVersion: modelwright/v1
kind: Workspace
metadata: {name: test}
spec: {projects: {risk: {}}}
"""
PLATFORM = """\
apiVersion: modelwright/v1
kind: Cluster
metadata: {name: mesh}
spec: {versions: {kubernetes: "1.31", %s}, mode: modelmesh}
---
apiVersion: modelwright/v1
kind: Environment
metadata: {name: prod}
spec: {cluster: mesh, secretStore: vault, defaults: {Model: {replicas: {min: 1}}}}
"""
KSERVE = 'kserve: "0.15"'
HUB = 'openDataHub: "2.35"'
STORE = """\
apiVersion: modelwright/v1
kind: Connection
metadata: {name: store}
spec: {type: s3, endpoint: "https://s3.test", bucket: models, from: {keys: {AWS_ACCESS_KEY_ID: ml#id, AWS_SECRET_ACCESS_KEY: ml#key}}}
"""


def connection(name: str, spec: str) -> str:
    return f"apiVersion: modelwright/v1\nkind: Connection\nmetadata: {{name: {name}}}\nspec: {spec}\n"


def model(text: str, name: str = "iris") -> str:
    head = f"apiVersion: modelwright/v1\nkind: Model\nmetadata: {{name: {name}}}\nspec:\n  environments: {{prod: {{}}}}\n"
    return head + "".join(f"  {line}\n" for line in text.splitlines())


def compiled(versions: str, *blueprints: str) -> Build:
    texts = (PLATFORM % versions, *blueprints)
    return build((Source("modelwright.yaml", HEAD), *(Source(f"blueprints/{i}.yaml", t) for i, t in enumerate(texts))))


def made(versions: str, *blueprints: str) -> dict[str, dict[str, Any]]:
    """`Kind/name` -> object of environment prod, of a workspace without problems."""
    result = compiled(versions, *blueprints)
    assert result.problems == ()
    built = result.tree.built.items()
    return {f"{m.kind}/{m.name}": dict(m.data) for folder, found in built if folder.startswith("prod/") for m in found}


def told(versions: str, *blueprints: str) -> list[tuple[str, str, tuple[Any, ...]]]:
    """Code, effect and path in the blueprint of each problem."""
    found = compiled(versions, *blueprints).problems
    return [(p.code, p.effect, getattr(p.place, "path", ())) for p in found]


def test_a_model_says_what_modelmesh_reads_and_nothing_else() -> None:
    service = made(KSERVE, STORE, model("format: {name: onnx, version: '1'}\nruntime: ovms-1.x\nprotocol: grpc-v1\nsource: {connection: store, path: /m.onnx, parameters: {bucket: other}}"))
    assert service["InferenceService/iris"] == {
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "metadata": {"name": "iris", "namespace": "risk-prod", "annotations": {"serving.kserve.io/deploymentMode": "ModelMesh"}},
        "spec": {
            "predictor": {
                "model": {
                    "modelFormat": {"name": "onnx", "version": "1"},
                    "protocolVersion": "grpc-v1",
                    "runtime": "ovms-1.x",
                    "storage": {"key": "store", "path": "m.onnx", "parameters": {"bucket": "other"}},
                }
            }
        },
    }


IGNORED = {
    "size": "size: small",
    "resources": "resources: {cpu: 1}",
    "env": "env: {A: b}",
    "args": "args: [x]",
    "replicas": "replicas: 2",
    "autoscale": "autoscale: {metric: rps, target: 5}",
    "nodeSelector": "nodeSelector: {zone: a}",
    "tolerations": "tolerations: [{operator: Exists}]",
    "serviceAccount": "serviceAccount: a",
    "canary": "canary: {traffic: 10}",
    "logger": "logger: http://log",
    "batcher": "batcher: {size: 4}",
    "explainer": "explainer: quay.io/me/explain:1",
    "runtimeVersion": "runtimeVersion: '1'",
    "access": "access: {auth: true}",
    "mounts": "mounts: {/cache: {emptyDir: {}}}",
    "concurrency": "concurrency: 4",
    "hardwareProfile": "hardwareProfile: gpu",
    "pod": "pod: {schedulerName: x}",
}


@pytest.mark.parametrize("word", IGNORED)
@pytest.mark.parametrize("versions", [KSERVE, HUB])
def test_an_ignored_word_is_told_where_it_is_said(word: str, versions: str) -> None:
    sizes = PLATFORM.replace("secretStore: vault", "secretStore: vault, sizes: {small: {cpu: 1}}")
    texts = (sizes % versions, model(f"format: onnx\nsource: s3://b/m\n{IGNORED[word]}"))
    result = build((Source("modelwright.yaml", HEAD), *(Source(f"{i}.yaml", t) for i, t in enumerate(texts))))
    (problem,) = result.problems
    assert (problem.code, problem.effect, problem.environments) == ("MW700", "ignored", ("prod",))
    assert getattr(problem.place, "path", ()) == ("spec", word) and getattr(problem.place, "key", False)
    (service,) = result.tree.built["prod/risk/iris"]
    assert service.data["spec"] == {"predictor": {"model": {"modelFormat": {"name": "onnx"}, "storageUri": "s3://b/m"}}}


def test_an_entry_of_the_registry_is_labels_of_open_data_hub() -> None:
    words = "format: onnx\nruntime: ovms\nsource: s3://b/m\nregistry: {model: 7}"
    assert told(KSERVE, model(words)) == [("MW242", "ignored", ("spec", "registry"))]
    labels = made(HUB, model(words))["InferenceService/iris"]["metadata"]["labels"]
    assert labels["modelregistry.opendatahub.io/registered-model-id"] == "7"


def test_defaults_of_an_environment_are_not_held_against_a_model() -> None:
    assert told(KSERVE, model("format: onnx\nsource: s3://b/m")) == []


@pytest.mark.parametrize(("word", "said"), [("container", "container: quay.io/me/s:1"), ("sources", "sources: [{uri: 's3://b/m'}]\nformat: onnx")])
def test_what_cannot_be_served_is_one_problem(word: str, said: str) -> None:
    assert told(KSERVE, model(said)) == [("MW701", "broken", ("spec", word))]


def test_patches_in_the_platforms_own_fields_are_told_too() -> None:
    patch = "manifests: {InferenceService: {spec: {predictor: {minReplicas: 2}}}}"
    (problem,) = told(KSERVE, model(f"format: onnx\nsource: s3://b/m\n{patch}"))
    assert problem == ("MW700", "ignored", ("spec", "manifests", "InferenceService", "spec", "predictor", "minReplicas"))


def test_a_transformer_runs_as_a_pod_beside_the_mesh() -> None:
    service = made(KSERVE, model("format: onnx\nsource: s3://b/m\ntransformer: {image: 'quay.io/me/t:1', replicas: 2}"))["InferenceService/iris"]
    assert service["spec"]["transformer"] == {
        "minReplicas": 2,
        "maxReplicas": 2,
        "containers": [{"name": "kserve-container", "image": "quay.io/me/t:1"}],
    }


def test_a_runtime_for_many_models() -> None:
    runtime = """\
apiVersion: modelwright/v1
kind: Runtime
metadata: {name: mlserver-1.x, labels: {name: mlserver}}
spec:
  formats: [{name: sklearn, version: "0", autoSelect: true}]
  protocols: [grpc-v2]
  image: quay.io/me/mlserver:1
  env: {MLSERVER_HTTP_PORT: "8002"}
  resources: {cpu: 500m, memory: 1Gi}
  mounts: {/models: {emptyDir: {}}}
  tolerations: [{operator: Exists}]
  multiModel:
    adapter: {serverType: mlserver, runtimeManagementPort: 8001, memBufferBytes: 134217728}
    endpoint: port:8085
    dataEndpoint: port:8001
    replicas: 2
  environments: {prod: {}}
"""
    assert made(KSERVE, runtime)["ServingRuntime/mlserver-1.x"] == {
        "apiVersion": "serving.kserve.io/v1alpha1",
        "kind": "ServingRuntime",
        "metadata": {"name": "mlserver-1.x", "namespace": "risk-prod", "labels": {"name": "mlserver"}},
        "spec": {
            "multiModel": True,
            "supportedModelFormats": [{"name": "sklearn", "version": "0", "autoSelect": True}],
            "protocolVersions": ["grpc-v2"],
            "replicas": 2,
            "grpcEndpoint": "port:8085",
            "grpcDataEndpoint": "port:8001",
            "builtInAdapter": {"serverType": "mlserver", "runtimeManagementPort": 8001, "memBufferBytes": 134217728},
            "containers": [
                {
                    "name": "mlserver",
                    "image": "quay.io/me/mlserver:1",
                    "env": [{"name": "MLSERVER_HTTP_PORT", "value": "8002"}],
                    "volumeMounts": [{"name": "models", "mountPath": "/models"}],
                    "resources": {"requests": {"cpu": "500m", "memory": "1Gi"}, "limits": {"cpu": "500m", "memory": "1Gi"}},
                }
            ],
            "tolerations": [{"operator": "Exists"}],
            "volumes": [{"name": "models", "emptyDir": {}}],
        },
    }
    assert "ServingRuntime/mlserver-1.x" in made(HUB, runtime)


BLOBS = """\
{
  "type": "azure",
  "account_name": "acct",
  "container": "c",
  "connection_string": {{ printf "DefaultEndpointsProtocol=https;AccountName=%s;AccountKey=%s;EndpointSuffix=core.windows.net" "acct" (index . "blobs.AZURE_STORAGE_ACCESS_KEY") | toJson }}
}
"""
DISK = """\
{
  "type": "pvc",
  "name": "models-pvc"
}
"""
STORED = """\
{
  "type": "s3",
  "endpoint_url": "https://s3.test",
  "bucket": "models",
  "access_key_id": {{ index . "store.AWS_ACCESS_KEY_ID" | toJson }},
  "secret_access_key": {{ index . "store.AWS_SECRET_ACCESS_KEY" | toJson }}
}
"""


def test_credentials_of_a_project_go_in_one_secret() -> None:
    azure = connection("blobs", "{type: azure, account: acct, container: c, key: azure-blobs, from: {store: other, keys: {AZURE_STORAGE_ACCESS_KEY: az#key}}}")
    disk = connection("disk", "{type: pvc, name: models-pvc}")
    models = [model(f"format: onnx\nsource: {{connection: {c}, path: m}}", f"m-{c}") for c in ("store", "blobs", "disk")]
    objects = made(KSERVE, STORE, azure, disk, *models)
    assert sorted(objects) == [
        "ExternalSecret/storage-config",
        "InferenceService/m-blobs",
        "InferenceService/m-disk",
        "InferenceService/m-store",
        "Namespace/risk-prod",
    ]
    assert objects["Namespace/risk-prod"]["metadata"]["labels"] == {"modelmesh-enabled": "true"}
    storages = {n: objects[f"InferenceService/m-{n}"]["spec"]["predictor"]["model"]["storage"] for n in ("store", "blobs", "disk")}
    assert storages == {
        "store": {"key": "store", "path": "m"},
        "blobs": {"key": "azure-blobs", "path": "m"},
        "disk": {"path": "m", "parameters": {"type": "pvc", "name": "models-pvc"}},
    }
    assert objects["ExternalSecret/storage-config"]["spec"] == {
        "secretStoreRef": {"kind": "ClusterSecretStore", "name": "vault"},
        "target": {
            "name": "storage-config",
            "template": {"data": {"azure-blobs": BLOBS, "disk": DISK, "store": STORED}},
        },
        "data": [
            {
                "secretKey": "blobs.AZURE_STORAGE_ACCESS_KEY",
                "remoteRef": {"key": "az", "property": "key"},
                "sourceRef": {"storeRef": {"kind": "ClusterSecretStore", "name": "other"}},
            },
            {"secretKey": "store.AWS_ACCESS_KEY_ID", "remoteRef": {"key": "ml", "property": "id"}},
            {"secretKey": "store.AWS_SECRET_ACCESS_KEY", "remoteRef": {"key": "ml", "property": "key"}},
        ],
    }


def test_facts_cannot_become_template_code() -> None:
    odd = STORE.replace("bucket: models", "bucket: '{{ .x }}\"'")
    objects = made(KSERVE, odd, model("format: onnx\nsource: {connection: store, path: m}"))
    text = objects["ExternalSecret/storage-config"]["spec"]["target"]["template"]["data"]["store"]
    assert '"bucket": "{{ "{{" }} .x }}\\""' in text


def test_models_of_both_modes_share_a_connection() -> None:
    other = model("format: onnx\nprotocol: v2\nmode: standard\nsource: {connection: store, path: other}", "alone")
    objects = made(KSERVE, STORE, model("format: onnx\nsource: {connection: store, path: m}"), other)
    assert {"ExternalSecret/storage-config", "ExternalSecret/store", "ServiceAccount/store-storage"} <= set(objects)


def test_open_data_hub_makes_storage_config_itself() -> None:
    objects = made(HUB, STORE, model("format: onnx\nruntime: ovms\nsource: {connection: store, path: m}"))
    assert sorted(objects) == ["ExternalSecret/store", "InferenceService/iris", "Namespace/risk-prod"]
    assert objects["InferenceService/iris"]["spec"]["predictor"]["model"]["storage"] == {"key": "store", "path": "m"}
    assert objects["Namespace/risk-prod"]["metadata"]["labels"] == {"modelmesh-enabled": "true", "opendatahub.io/dashboard": "true"}


@pytest.mark.parametrize(
    ("versions", "spec", "wanted"),
    [
        (KSERVE, "{type: s3, bucket: b, secret: storage-config, key: x}", []),
        (KSERVE, "{type: uri, uri: 'https://models.test', from: {keys: {URI: a}}}", []),
        (KSERVE, "{type: s3, bucket: b, secret: keys}", [("MW704", "broken", ("spec", "secret"))]),
        (KSERVE, "{type: s3, bucket: public}", []),
        (KSERVE, "{type: pvc, name: models}", [("MW705", "risk", ("spec", "type"))]),
        (KSERVE, "{type: uri, uri: 'https://models.test'}", []),
        (KSERVE, "{type: hf}", [("MW701", "broken", ("spec", "source", "path"))]),
        (KSERVE, "{type: s3, bucket: b, from: {keys: {TOKEN: a}}}", [("MW700", "ignored", ("spec", "from", "keys", "TOKEN"))]),
        (HUB, "{type: s3, bucket: b, secret: keys}", []),
        (HUB, "{type: gcs, bucket: b, secret: keys}", [("MW704", "broken", ("spec", "type"))]),
    ],
)
def test_what_a_connection_needs(versions: str, spec: str, wanted: list[Any]) -> None:
    assert told(versions, connection("c", spec), model("format: onnx\nsource: {connection: c, path: m}")) == wanted


def test_two_connections_cannot_be_one_entry() -> None:
    again = STORE.replace("name: store", "name: again").replace("type: s3", "type: s3, key: store")
    models = [model(f"format: onnx\nsource: {{connection: {c}, path: m}}", c) for c in ("store", "again")]
    assert told(KSERVE, STORE, again, *models) == [("MW704", "broken", ("metadata", "name"))]


@pytest.mark.parametrize("release", ["3.0", "3.5"])
def test_where_there_is_no_modelmesh_the_mode_is_told(release: str) -> None:
    versions = f'openDataHub: "{release}"'
    own = model("format: onnx\nmode: modelmesh\nsource: s3://b/m\nreplicas: 3")
    assert told(versions, own) == [("MW240", "broken", ("spec", "mode"))]
    (problem,) = compiled(versions, model("format: onnx\nsource: s3://b/m")).problems
    assert problem.code == "MW240" and getattr(problem.place, "file", "") == "blueprints/0.yaml"


def test_problems_of_two_environments_are_one() -> None:
    second = PLATFORM.replace("name: prod", "name: dev").replace("name: mesh", "name: mesh-b").replace("cluster: mesh", "cluster: mesh-b")
    text = model("format: onnx\nsource: s3://b/m\nargs: [x]").replace("{prod: {}}", "{prod: {}, dev: {}}")
    (problem,) = compiled(KSERVE, second % KSERVE, text).problems
    assert set(problem.environments) == {"prod", "dev"}
