"""Open Data Hub: what its dashboard, webhooks and controllers find on the objects, release by release."""

from __future__ import annotations

from typing import Any

import pytest

from modelwright.model import Manifest, Place, Source, Variant
from modelwright.pipeline import Build, build
from modelwright.targets.opendatahub import decorate

HEAD = """\
apiVersion: modelwright/v1
kind: Workspace
metadata: {name: test}
spec: {projects: {risk: {title: Risk models, description: Scores and limits}}}
"""
PLATFORM = """\
apiVersion: modelwright/v1
kind: Cluster
metadata: {name: hub}
spec: {versions: {kubernetes: "1.33", openDataHub: "%s"}, mode: standard, provides: [Secret/other, PersistentVolumeClaim/a]}
---
apiVersion: modelwright/v1
kind: Environment
metadata: {name: prod}
spec: {cluster: hub, secretStore: vault, sizes: {gpu: {cpu: 2, memory: 8Gi, gpu: 1, hardwareProfile: {name: gpu-small, namespace: hub}}}}
---
apiVersion: modelwright/v1
kind: Connection
metadata: {name: store, title: Model store}
spec: {type: s3, endpoint: "https://s3.test", bucket: models, from: {keys: {AWS_ACCESS_KEY_ID: ml#id, AWS_SECRET_ACCESS_KEY: ml#key}}}
"""
IRIS = """\
apiVersion: modelwright/v1
kind: Model
metadata: {name: iris, title: Iris, description: Sorts flowers}
spec:
  format: sklearn
  runtime: mlserver
  source: {connection: store, path: iris/v1/}
  access: {auth: true, visibility: external, timeout: 60s}
  environments: {prod: {}}
"""


def compiled(release: str, *blueprints: str) -> Build:
    texts = (PLATFORM % release, *blueprints)
    named = (Source(f"blueprints/{i}.yaml", text) for i, text in enumerate(texts))
    return build((Source("modelwright.yaml", HEAD), *named))


def made(release: str, *blueprints: str, codes: tuple[str, ...] = ()) -> dict[str, dict[str, Any]]:
    """Kind -> object of environment prod."""
    result = compiled(release, *blueprints)
    assert tuple(p.code for p in result.problems) == codes
    built = result.tree.built.items()
    return {m.kind: dict(m.data) for folder, found in built if folder.startswith("prod/") for m in found}


def model(text: str) -> str:
    head = "apiVersion: modelwright/v1\nkind: Model\nmetadata: {name: iris}\nspec:\n  environments: {prod: {}}\n"
    return head + "".join(f"  {line}\n" for line in text.splitlines())


@pytest.mark.parametrize("release", ["2.35", "3.0", "3.5"])
def test_a_namespace_is_a_project_of_the_dashboard(release: str) -> None:
    assert made(release, IRIS)["Namespace"]["metadata"] == {
        "name": "risk-prod",
        "labels": {"opendatahub.io/dashboard": "true", "modelmesh-enabled": "false"},
        "annotations": {
            "argocd.argoproj.io/sync-options": "Prune=false,Delete=false",
            "openshift.io/display-name": "Risk models",
            "openshift.io/description": "Scores and limits",
        },
    }


def test_2_x_names_the_entry_of_storage_config() -> None:
    assert made("2.35", IRIS)["InferenceService"] == {
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "metadata": {
            "name": "iris",
            "namespace": "risk-prod",
            "labels": {"opendatahub.io/dashboard": "true", "networking.kserve.io/visibility": "exposed"},
            "annotations": {
                "serving.kserve.io/deploymentMode": "RawDeployment",
                "openshift.io/display-name": "Iris",
                "openshift.io/description": "Sorts flowers",
                "security.opendatahub.io/enable-auth": "true",
                "haproxy.router.openshift.io/timeout": "60s",
            },
        },
        "spec": {
            "predictor": {
                "model": {
                    "modelFormat": {"name": "sklearn"},
                    "runtime": "mlserver",
                    "storage": {"key": "store", "path": "iris/v1/"},
                }
            }
        },
    }


@pytest.mark.parametrize(("release", "mode"), [("3.0", "RawDeployment"), ("3.3", "RawDeployment"), ("3.4", "Standard"), ("3.5", "Standard")])
def test_3_x_names_the_connection_and_states_nothing_that_is_injected(release: str, mode: str) -> None:
    objects = made(release, IRIS)
    assert objects["InferenceService"]["metadata"]["annotations"] == {
        "serving.kserve.io/deploymentMode": mode,
        "openshift.io/display-name": "Iris",
        "openshift.io/description": "Sorts flowers",
        "opendatahub.io/model-type": "predictive",
        "security.opendatahub.io/enable-auth": "true",
        "haproxy.router.openshift.io/timeout": "60s",
        "opendatahub.io/connections": "store",
        "opendatahub.io/connection-path": "iris/v1/",
    }
    assert objects["InferenceService"]["spec"] == {
        "predictor": {"model": {"modelFormat": {"name": "sklearn"}, "runtime": "mlserver"}}
    }


@pytest.mark.parametrize("release", ["2.35", "3.5"])
def test_a_connection_is_marked_and_complete(release: str) -> None:
    assert made(release, IRIS)["ExternalSecret"]["spec"]["target"] == {
        "name": "store",
        "template": {
            "metadata": {
                "labels": {"opendatahub.io/dashboard": "true", "opendatahub.io/managed": "true"},
                "annotations": {
                    "opendatahub.io/connection-type": "s3",
                    "opendatahub.io/connection-type-protocol": "s3",
                    "opendatahub.io/connection-type-ref": "s3",
                    "openshift.io/display-name": "Model store",
                },
            },
            "mergePolicy": "Merge",
            "data": {"AWS_S3_ENDPOINT": "https://s3.test", "AWS_S3_BUCKET": "models"},
        },
    }


def test_a_sealed_secret_is_marked_in_the_template_that_sealing_leaves_open() -> None:
    workspace = compiled("3.5", IRIS).workspace
    (connection,) = workspace.connections.values()
    sealed = {"apiVersion": "bitnami.com/v1alpha1", "kind": "SealedSecret", "metadata": {"name": "store"}}
    spec = {
        "encryptedData": {"AWS_S3_BUCKET": "AgB"},
        "template": {"metadata": {"annotations": {"openshift.io/display-name": "Own"}}},
    }
    patch = decorate(Manifest({**sealed, "spec": spec}), Variant(connection, "prod", "risk", "risk-prod", {}), workspace)
    assert patch is not None
    template = patch["spec"]["template"]
    assert template["metadata"]["labels"] == {"opendatahub.io/dashboard": "true", "opendatahub.io/managed": "true"}
    assert "openshift.io/display-name" not in template["metadata"]["annotations"]
    assert set(template["data"]) == {"AWS_S3_ENDPOINT"}


def test_a_fact_that_the_store_holds_is_left_to_it() -> None:
    images = "apiVersion: modelwright/v1\nkind: Connection\nmetadata: {name: uris}\nspec: {type: uri, from: {keys: {URI: ml#uri}}}\n"
    target = made("3.5", images, model("format: onnx\nruntime: ovms\nsource: {connection: uris}"))["ExternalSecret"]
    assert "data" not in target["spec"]["target"]["template"]


def test_a_bucket_without_a_secret_has_no_entry_to_name() -> None:
    public = "apiVersion: modelwright/v1\nkind: Connection\nmetadata: {name: public}\nspec: {type: s3, bucket: open}\n"
    for release in ("2.35", "3.5"):
        service = made(release, public, model("format: onnx\nruntime: ovms\nsource: {connection: public, path: m}"))["InferenceService"]
        assert service["spec"]["predictor"]["model"]["storageUri"] == "s3://open/m"
        assert "opendatahub.io/connections" not in service["metadata"]["annotations"]


def test_no_object_but_the_models_own_is_made_for_storage() -> None:
    assert "ServiceAccount" not in made("3.5", IRIS.replace("auth: true, ", ""))


def test_a_token_is_asked_for_by_an_account_a_role_a_binding_and_an_empty_secret() -> None:
    objects = made("3.5", IRIS)
    dashboard = {"opendatahub.io/dashboard": "true"}
    assert objects["ServiceAccount"]["metadata"] == {"name": "iris-sa", "namespace": "risk-prod", "labels": dashboard}
    assert objects["Role"]["metadata"]["name"] == "iris-view-role"
    assert objects["Role"]["rules"] == [
        {"apiGroups": ["serving.kserve.io"], "resources": ["inferenceservices"], "resourceNames": ["iris"], "verbs": ["get"]}
    ]
    assert objects["RoleBinding"]["metadata"]["name"] == "iris-view"
    assert objects["RoleBinding"]["roleRef"]["name"] == "iris-view-role"
    assert objects["RoleBinding"]["subjects"] == [{"kind": "ServiceAccount", "name": "iris-sa", "namespace": "risk-prod"}]
    assert objects["Secret"] == {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "kubernetes.io/service-account-token",
        "metadata": {
            "name": "default-name-iris-sa",
            "namespace": "risk-prod",
            "labels": dashboard,
            "annotations": {"kubernetes.io/service-account.name": "iris-sa", "openshift.io/display-name": "default-name"},
        },
    }


def test_a_hardware_profile_is_named_and_the_clusters_tolerations_left_to_it() -> None:
    with_gpu = PLATFORM.replace("mode: standard", "mode: standard, gpu: {tolerations: [{key: gpu, operator: Exists}]}")
    named = (Source("p.yaml", with_gpu % "3.5"), Source("m.yaml", model("format: vLLM\nruntime: vllm\nsize: gpu\nsource: pvc://a/b")))
    result = build((Source("modelwright.yaml", HEAD), *named))
    assert result.problems == ()
    (service,) = (m.data for m in result.tree.built["prod/risk/iris"])
    assert service["metadata"]["annotations"] == {
        "serving.kserve.io/deploymentMode": "Standard",
        "opendatahub.io/model-type": "generative",
        "opendatahub.io/hardware-profile-name": "gpu-small",
        "opendatahub.io/hardware-profile-namespace": "hub",
    }
    assert set(service["spec"]["predictor"]) == {"model"}


def test_a_uri_connection_is_left_to_the_webhook_only_where_the_secret_holds_the_whole_address() -> None:
    whole = "apiVersion: modelwright/v1\nkind: Connection\nmetadata: {name: uris}\nspec: {type: uri, secret: uris}\n"
    said = whole.replace("type: uri", "type: uri, uri: https://models.test")
    source = "format: onnx\nruntime: ovms\nsource: {connection: uris%s}"
    service = made("3.5", whole, model(source % ""))["InferenceService"]
    assert service["metadata"]["annotations"]["opendatahub.io/connections"] == "uris"
    assert "storageUri" not in service["spec"]["predictor"]["model"]
    service = made("3.5", said, model(source % ", path: a.onnx"))["InferenceService"]
    assert "opendatahub.io/connections" not in service["metadata"]["annotations"]
    assert service["spec"]["predictor"]["model"]["storageUri"] == "https://models.test/a.onnx"


@pytest.mark.parametrize("release", ["2.35", "3.5"])
def test_an_image_is_pulled_with_its_connections_secret(release: str) -> None:
    images = "apiVersion: modelwright/v1\nkind: Connection\nmetadata: {name: images}\nspec: {type: oci, registry: quay.io/me, secret: pull}\n"
    source = "format: onnx\nruntime: ovms\nsource: {connection: images, path: 'fraud:3'}\n"
    predictor = made(release, images, model(source))["InferenceService"]["spec"]["predictor"]
    assert predictor["model"]["storageUri"] == "oci://quay.io/me/fraud:3"
    assert predictor.get("imagePullSecrets") == ([{"name": "pull"}] if release == "2.35" else None)
    predictor = made(release, images, model(source + "pullSecrets: [other]"))["InferenceService"]["spec"]["predictor"]
    assert predictor["imagePullSecrets"] == [{"name": "other"}, {"name": "pull"}]


def test_a_runtime_of_cluster_scope_is_out_of_the_controllers_sight() -> None:
    shared = "apiVersion: modelwright/v1\nkind: Runtime\nmetadata: {name: all}\nspec: {scope: cluster, formats: [onnx], image: 'quay.io/a:1', environments: {prod: {}}}\n"
    (problem,) = compiled("3.5", shared, model("format: onnx\nruntime: all\nsource: s3://b/m")).problems
    assert (problem.code, problem.effect, problem.place) == ("MW840", "risk", Place("blueprints/2.yaml", 0, ("spec", "runtime")))


def test_what_the_author_says_wins() -> None:
    said = IRIS.replace("metadata: {name: iris,", "metadata: {name: iris, labels: {opendatahub.io/dashboard: 'false'}, annotations: {openshift.io/display-name: Own},")
    metadata = made("3.5", said)["InferenceService"]["metadata"]
    assert metadata["labels"]["opendatahub.io/dashboard"] == "false"
    assert metadata["annotations"]["openshift.io/display-name"] == "Own"


def test_a_runtime_has_the_form_of_the_dashboards_templates() -> None:
    runtime = """\
apiVersion: modelwright/v1
kind: Runtime
metadata: {name: ovms, title: OpenVINO here}
spec:
  formats: [onnx]
  image: quay.io/ovms:1
  template: {name: kserve-ovms, displayName: OpenVINO, version: v2025.1, scope: global, accelerators: [intel.com/gpu], apiProtocol: REST}
  environments: {prod: {}}
"""
    made_of_it = made("3.5", runtime)["ServingRuntime"]
    assert made_of_it["metadata"]["labels"] == {"opendatahub.io/dashboard": "true"}
    assert made_of_it["metadata"]["annotations"] == {
        "openshift.io/display-name": "OpenVINO here",
        "opendatahub.io/template-name": "kserve-ovms",
        "opendatahub.io/template-display-name": "OpenVINO",
        "opendatahub.io/recommended-accelerators": '["intel.com/gpu"]',
        "opendatahub.io/apiProtocol": "REST",
        "opendatahub.io/runtime-version": "v2025.1",
        "opendatahub.io/serving-runtime-scope": "global",
    }
    assert made_of_it["spec"]["multiModel"] is False


def test_problems_of_decorated_fields_lead_to_the_authors_words() -> None:
    result = compiled("3.5", IRIS)
    (service,) = (m for m in result.tree.built["prod/risk/iris"] if m.kind == "InferenceService")
    place = service.origin(("metadata", "annotations", "opendatahub.io/connection-path"))
    assert place is not None and (place.file, place.path) == ("blueprints/1.yaml", ("spec", "source", "path"))


ODD = (
    "metadata: x",
    "metadata: {name: iris, labels: [x], annotations: 3}\nspec: 3",
    "metadata: {name: iris}\nspec: {predictor: [1]}",
    "metadata: {name: iris}\nspec: {predictor: {model: {storage: 3}}}",
    "metadata: {name: iris}\nspec: {predictor: {model: 7}}",
)


@pytest.mark.parametrize("body", ODD)
@pytest.mark.parametrize("kind", ["InferenceService", "ServingRuntime"])
def test_a_template_of_the_workspace_may_make_anything(kind: str, body: str) -> None:
    group = "v1beta1" if kind == "InferenceService" else "v1alpha1"
    own = Source(f"templates/kserve/{kind.lower()}.yaml.j2", f"apiVersion: serving.kserve.io/{group}\nkind: {kind}\n{body}\n")
    runtime = "apiVersion: modelwright/v1\nkind: Runtime\nmetadata: {name: mlserver}\nspec: {formats: [sklearn], image: 'quay.io/a:1', environments: {prod: {}}}\n"
    texts = (PLATFORM % "3.5", IRIS, runtime)
    result = build((Source("modelwright.yaml", HEAD), own, *(Source(f"blueprints/{i}.yaml", t) for i, t in enumerate(texts))))
    assert {p.code for p in result.problems} - {"MW840"}
