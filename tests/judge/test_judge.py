"""Each code on small broken manifests; the verdicts of real ones; the engine and the walk agree."""

from __future__ import annotations

import copy
import csv
import random
import time
from pathlib import Path as FilePath
from typing import Any

import pytest
import yaml

from modelwright.judge import judge, judge_document
from modelwright.judge.builtin import NATIVE_GROUPS
from modelwright.judge.catalog import catalog, core_kind, core_minors, core_names, custom_kind, ranges
from modelwright.judge.packages import kinds
from modelwright.judge.schema import explain, valid
from modelwright.model import Document, Manifest, Place, Release, Variant
from modelwright.quantities import quantity

REPO = FilePath(__file__).resolve().parents[2]
SHARED = REPO.parent / "shared"
NEW = Release("1.33", "0.20")
OLD = Release("1.30", "0.15")
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared material is not here")


def isvc(predictor: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    return {
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "metadata": {"name": "fraud", **metadata},
        "spec": {"predictor": predictor},
    }


def model(**more: Any) -> dict[str, Any]:
    return {"modelFormat": {"name": "onnx"}, "storageUri": "s3://models/fraud", **more}


def obj(api_version: str, kind: str, name: str = "fraud", **more: Any) -> dict[str, Any]:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name}, **more}


def deployment(container: dict[str, Any], labels: dict[str, str] | None = None) -> dict[str, Any]:
    template = {"metadata": {"labels": labels or {"a": "b"}}, "spec": {"containers": [container]}}
    return obj("apps/v1", "Deployment", spec={"selector": {"matchLabels": {"a": "b"}}, "template": template})


def resources(**more: Any) -> dict[str, Any]:
    return {"name": "main", "image": "a/b:1", "resources": more}


PORTS = {"ports": [{"port": 80}]}
BAD: dict[str, tuple[dict[str, Any], Release, str, str, str, str]] = {
    # name: (manifest, release, code, path, words of the message, words of the hint)
    "too deep": (isvc({"model": model(nodeSelector={"a": "b"})}), NEW, "MW501", "spec.predictor.model.nodeSelector",
                 "is not a field of", "under `spec.predictor`"),
    "too high": (isvc({"storageUri": "s3://a", "model": {"modelFormat": {"name": "onnx"}}}), NEW, "MW501",
                 "spec.predictor.storageUri", "is not a field of", "under `spec.predictor.model`"),
    "misspelt": (isvc({"minReplica": 1, "model": model()}), NEW, "MW501", "spec.predictor.minReplica",
                 "`minReplica`", "did you mean `minReplicas`?"),
    "needs a later release": (isvc({"storageUris": [{"uri": "s3://a"}], "model": model()}), OLD, "MW501",
                              "spec.predictor.storageUris", "", "needs KServe 0.16; this cluster runs 0.15"),
    "needs a later Open Data Hub": (isvc({"name": "x", "model": model()}), Release("1.30", "", "3.4"), "MW501",
                                    "spec.predictor.name", "", "needs Open Data Hub 3.5"),
    "a level too many": (obj("apps/v1", "Deployment", spec={"spec": {"replicas": 1}, **deployment(resources())["spec"]}),
                         NEW, "MW501", "spec.spec", "", "remove the level `spec`"),
    "odd metadata": (isvc({"model": model()}, label={"a": "b"}), NEW, "MW501", "metadata.label", "", "`labels`"),
    "text for a number": (isvc({"minReplicas": "2", "model": model()}), NEW, "MW502", "spec.predictor.minReplicas",
                          'must be a whole number, but is the text "2"', "remove the quotes: `2`"),
    "number for a text": (isvc({"model": model(env=[{"name": "PORT", "value": 8080}])}), NEW, "MW502",
                          "spec.predictor.model.env.0.value", "must be text", '"8080"'),
    "yes for a text": (isvc({"model": model(env=[{"name": "A", "value": True}])}), NEW, "MW502",
                       "spec.predictor.model.env.0.value", "must be text", "YAML reads yes"),
    "text for a map": (isvc({"model": model(modelFormat="onnx")}), NEW, "MW502",
                       "spec.predictor.model.modelFormat", "must be a map of fields", "`{name: onnx}`"),
    "number label": (isvc({"model": model()}, labels={"v": 1}), NEW, "MW502", "metadata.labels.v", "must be text", '"1"'),
    "fraction of a CPU": (obj("serving.kserve.io/v1alpha1", "ServingRuntime", spec={"containers": [
        {"name": "kserve-container", "resources": {"limits": {"cpu": 0.5}}}]}), NEW, "MW502",
        "spec.containers.0.resources.limits.cpu", "but is the number 0.5", '"0.5"'),
    "fraction of a CPU that a webhook makes text": (
        isvc({"model": model(resources={"limits": {"cpu": 0.5}})}), NEW, "MW773",
        "spec.predictor.model.resources.limits.cpu", 'makes `"500m"` of the number `0.5`', '"500m"'),
    "null": (isvc({"minReplicas": None, "model": model()}), NEW, "MW513", "spec.predictor.minReplicas", "empty", "remove"),
    "null where an empty map is meant": (obj("serving.kserve.io/v1alpha1", "ServingRuntime", spec={"containers": [
        {"name": "kserve-container"}], "volumes": [{"name": "a", "emptyDir": None}]}), NEW, "MW513", "spec.volumes.0.emptyDir",
        "the server drops it", "`{}`"),
    "null for a required field": (obj("serving.kserve.io/v1alpha1", "ServingRuntime", spec={"containers": [
        {"name": "kserve-container", "env": [{"name": None}]}]}), NEW, "MW502",
        "spec.containers.0.env.0.name", "empty (null)", "remove"),
    "null in a list": (obj("serving.kserve.io/v1alpha1", "ServingRuntime", spec={"containers": [
        {"name": "kserve-container", "args": [None]}]}), NEW, "MW502", "spec.containers.0.args.0", "empty (null)", ""),
    "no predictor": (obj("serving.kserve.io/v1beta1", "InferenceService", spec={}), NEW, "MW503", "spec.predictor",
                     "needs the field `predictor`", "add `predictor`"),
    "no format name": (isvc({"model": model(modelFormat={"version": "1"})}), NEW, "MW888",
                       "spec.predictor.model.modelFormat.name", "no format", "modelFormat"),
    "not in the list": (isvc({"scaleMetric": "gpu", "model": model()}), NEW, "MW504", "spec.predictor.scaleMetric",
                        'cannot be the text "gpu"', "`cpu`"),
    "too large": (isvc({"minReplicas": 2**40, "model": model()}), NEW, "MW515", "spec.predictor.minReplicas",
                  "out of range", "2147483647"),
    "repeated": (obj("serving.kserve.io/v1alpha1", "ServingRuntime", spec={"containers": [
        {"name": "kserve-container", "env": [{"name": "A"}, {"name": "A"}]}]}), NEW, "MW504", "spec.containers.0.env.1", "repeats", "own name"),
    "repeated twice": (obj("serving.kserve.io/v1alpha1", "ServingRuntime", spec={"containers": [
        {"name": "kserve-container", "env": [{"name": "A"}] * 3}]}), NEW, "MW504", "spec.containers.0.env.1", "repeats", "own name"),
    "beyond all whole numbers": (isvc({"minReplicas": 2**63, "model": model()}), NEW, "MW502",
                                 "spec.predictor.minReplicas", "whole number", ""),
    "finalizer": (isvc({"model": model()}, finalizers=["a b"]), NEW, "MW553", "metadata.finalizers.0", "finalizer", "example.com"),
    "two finalizers at odds": (isvc({"model": model()}, finalizers=["orphan", "foregroundDeletion"]), NEW, "MW553",
                               "metadata.finalizers", "exclude", "remove"),
    "owner without a name": (isvc({"model": model()}, ownerReferences=[
        {"apiVersion": "v1", "kind": "A", "name": "", "uid": "u"}]), NEW, "MW553", "metadata.ownerReferences.0.name",
        "must not be empty", ""),
    "an Event as owner": (isvc({"model": model()}, ownerReferences=[
        {"apiVersion": "v1", "kind": "Event", "name": "a", "uid": "u"}]), NEW, "MW553", "metadata.ownerReferences.0",
        "Event", ""),
    "two controllers": (isvc({"model": model()}, ownerReferences=[
        {"apiVersion": "v1", "kind": "A", "name": n, "uid": n, "controller": True} for n in "ab"]), NEW, "MW553",
        "metadata.ownerReferences", "only one", ""),
    "start of a name": ({**obj("v1", "ConfigMap"), "metadata": {"generateName": "a_b-"}}, NEW, "MW508",
                        "metadata.generateName", "cannot begin", ""),
    "not base64": (obj("v1", "Secret", data={"key": "hunter 2"}), NEW, "MW504", "data.key", "must be base64 text",
                   "stringData"),
    "not in the catalog": (obj("example.org/v1", "Thing"), NEW, "MW505", "kind", "not judged", ""),
    "not yet there": (obj("serving.kserve.io/v1alpha1", "LLMInferenceService", spec={}), OLD, "MW506", "kind",
                      "needs KServe 0.16; this cluster runs 0.15", ""),
    "not in this distribution": (obj("serving.kserve.io/v1alpha1", "ClusterServingRuntime", spec={}),
                                 Release("1.30", "", "3.4"), "MW506", "kind", "does not install", ""),
    "no KServe at all": (isvc({"model": model()}), Release("1.30"), "MW506", "kind", "needs KServe", ""),
    "older version": (obj("serving.kserve.io/v1alpha2", "LLMInferenceService", spec={}), Release("1.30", "0.16"),
                      "MW506", "apiVersion", "not served as", "serving.kserve.io/v1alpha1"),
    "retired version": (obj("batch/v1beta1", "CronJob"), NEW, "MW506", "apiVersion", "gone since Kubernetes 1.25", "batch/v1"),
    "unknown kind of a known project": (obj("argoproj.io/v1alpha1", "Workflow"), NEW, "MW505", "kind", "not judged",
                                        "did you mean"),
    "unknown version of a known kind": (obj("external-secrets.io/v1alpha1", "ExternalSecret"), NEW, "MW505", "kind",
                                        "not judged", "`external-secrets.io/v1` is known"),
    "unknown version of a known release": (obj("pipelines.kubeflow.org/v1", "Pipeline", spec={}),
                                           Release("1.33", kubeflow_pipelines="2.17"), "MW506", "apiVersion",
                                           "not served", "v2beta1"),
    "misspelt kind": (obj("serving.kserve.io/v1beta1", "InferenceServices"), NEW, "MW506", "kind", "no kind",
                      "`InferenceService`"),
    "misspelt core kind": (obj("apps/v1", "Deploymnt"), NEW, "MW506", "kind", "no kind", "`Deployment`"),
    "wrong group": (obj("v1", "Deployment"), NEW, "MW506", "apiVersion", "does not serve", "apps/v1"),
    "no kind": ({"apiVersion": "v1"}, NEW, "MW508", "kind", "no `kind`", ""),
    "no apiVersion": ({"kind": "Secret"}, NEW, "MW508", "apiVersion", "no `apiVersion`", ""),
    "no metadata": ({"apiVersion": "v1", "kind": "Secret"}, NEW, "MW508", "metadata.name", "no name", ""),
    "upper case": (obj("v1", "ConfigMap", "My_Map"), NEW, "MW508", "metadata.name", "lower-case", "`my-map`"),
    "model starts with a digit": (isvc({"model": model()}, name="1st"), NEW, "MW508", "metadata.name", "letter", ""),
    "model with a dot": (isvc({"model": model()}, name="a.b"), NEW, "MW508", "metadata.name", "not a valid name", ""),
    "service starts with a digit": (obj("v1", "Service", "1st", spec=PORTS), NEW, "MW508", "metadata.name", "letter", ""),
    "namespace with a dot": (obj("v1", "Namespace", "a.b"), NEW, "MW508", "metadata.name", "Namespace", ""),
    "long service": (obj("v1", "Service", "s" * 64, spec=PORTS), NEW, "MW508", "metadata.name", "at most 63", ""),
    "bad namespace": (isvc({"model": model()}, namespace="A"), NEW, "MW508", "metadata.namespace", "namespace", "`a`"),
    "label name": (isvc({"model": model()}, labels={"a b": "x"}), NEW, "MW509", "metadata.labels.a b", "label name", ""),
    "label value": (isvc({"model": model()}, labels={"a": "x y"}), NEW, "MW509", "metadata.labels.a", "`x y`", ""),
    "pod label": (deployment(resources(), {"a": "b "}), NEW, "MW509", "spec.template.metadata.labels.a", "`b `", ""),
    "annotation name": (isvc({"model": model()}, annotations={"/x": "y"}), NEW, "MW509", "metadata.annotations./x",
                        "annotation name", ""),
    "large annotations": (isvc({"model": model()}, annotations={"a": "x" * 270_000}), NEW, "MW509",
                          "metadata.annotations", "262144", ""),
    "GB": (isvc({"model": model(resources={"limits": {"memory": "4GB"}})}), NEW, "MW510",
           "spec.predictor.model.resources.limits.memory", "must be a quantity", "`4Gi`"),
    "GB in a core kind": (deployment(resources(limits={"memory": "4 Gi"})), NEW, "MW510",
                          "spec.template.spec.containers.0.resources.limits.memory", "must be a quantity", "`4Gi`"),
    "request over limit": (isvc({"model": model(resources={"requests": {"cpu": "1500m"}, "limits": {"cpu": "1"}})}),
                           NEW, "MW511", "spec.predictor.model.resources.requests.cpu", "more than its limit", "raise"),
    "request over limit, core": (deployment(resources(requests={"cpu": 2}, limits={"cpu": 1})), NEW, "MW511",
                                 "spec.template.spec.containers.0.resources.requests.cpu", "more than its limit", ""),
    "half a GPU": (deployment(resources(limits={"nvidia.com/gpu": "500m"})), NEW, "MW511",
                   "spec.template.spec.containers.0.resources.limits.nvidia.com/gpu", "whole number", ""),
    "GPU without limit": (deployment(resources(requests={"nvidia.com/gpu": 1})), NEW, "MW511",
                          "spec.template.spec.containers.0.resources.requests.nvidia.com/gpu", "without a limit", ""),
    "GPU overcommitted": (deployment(resources(requests={"nvidia.com/gpu": 1}, limits={"nvidia.com/gpu": 2})), NEW,
                          "MW511", "spec.template.spec.containers.0.resources.requests.nvidia.com/gpu", "must equal", ""),
    "negative": (deployment(resources(limits={"cpu": "-1"})), NEW, "MW511",
                 "spec.template.spec.containers.0.resources.limits.cpu", "negative", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_one_defect_is_one_problem(name: str) -> None:
    data, release, code, path, message, hint = BAD[name]
    found = judge_document(data, release)
    assert [(row[0], ".".join(map(str, row[1]))) for row in found] == [(code, path)]
    assert message in found[0][2] and hint in found[0][3]


GOOD = {
    "model": isvc({"model": model(resources={"requests": {"cpu": "500m"}, "limits": {"cpu": "1"}})}),
    "core, null labels": {**obj("v1", "ConfigMap", data={"a": "b"}), "metadata": {"name": "a", "labels": None}},
    "core, number quantity": deployment(resources(requests={"cpu": 0.5}, limits={"cpu": 1, "memory": "1e3"})),
    "dropped null of a defaulted field": obj("serving.kserve.io/v1alpha1", "ServingRuntime", spec={"containers": [
        {"name": "kserve-container", "ports": [{"containerPort": 1, "protocol": None}]}]}),
    "role with a colon": obj("rbac.authorization.k8s.io/v1", "Role", "system:models", rules=[]),
    "generated name": {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"generateName": "a-"}, "spec": {
        "template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "a", "image": "a"}]}}}},
    "volume claims have no such rule": obj("v1", "PersistentVolumeClaim", spec={"accessModes": ["ReadWriteOnce"], "resources": {
        "requests": {"storage": "2Gi"}, "limits": {"storage": "1Gi"}}}),
    "a limit may come from the runtime": isvc({"model": model(resources={"requests": {"nvidia.com/gpu": "1"}})}),
    "list": {"apiVersion": "v1", "kind": "List", "items": [obj("v1", "Namespace")]},
}  # fmt: skip


@pytest.mark.parametrize("name", GOOD)
def test_good_manifests_pass(name: str) -> None:
    assert judge_document(GOOD[name], NEW) == []


def test_two_unrelated_defects_are_two_problems() -> None:
    data = isvc({"minReplica": 1, "model": model(args="x")})
    assert [row[0] for row in judge_document(data, NEW)] == ["MW501", "MW502"]


@pytest.mark.parametrize("odd", [None, [], "text", 3, {}, {"apiVersion": 1, "kind": []}, {"apiVersion": "v1", "kind": "../x"},
                                 {"apiVersion": "v1", "kind": "Secret", "metadata": []}])  # fmt: skip
def test_nonsense_is_answered(odd: Any) -> None:
    assert judge_document(odd, NEW)


def test_values_of_secrets_are_never_repeated() -> None:
    for value in ("hunter 2", 4711, ["hunter"]):
        (found,) = judge_document(obj("v1", "Secret", data={"key": value}), NEW)
        assert "hunter" not in found[2] + found[3] and "4711" not in found[2] + found[3]


def test_effects_places_and_environments() -> None:
    document = Document("Model", "fraud", {"metadata": {"name": "fraud"}, "spec": {"size": "x"}}, "fraud.yaml")
    variant = Variant(document, "dev", "p", "p-dev", {})
    data = isvc({"model": model(resources={"requests": {"cpu": "2"}, "limits": {"cpu": "1"}})})
    plain = Manifest({**data, "extra": 1}, place=Place("extra.yaml", 2))
    rendered, unknown, late = judge([Manifest(data, {}, variant), plain], NEW, "dev")
    assert (rendered.code, rendered.effect, rendered.environments) == ("MW511", "broken", ("dev",))
    assert rendered.place == Place("fraud.yaml", 0, ("metadata", "name"))
    assert rendered.resource and rendered.resource.name == "fraud"
    assert unknown.place == Place("extra.yaml", 2, ("extra",), key=True) and unknown.effect == "rejected"
    assert late.place and isinstance(late.place, Place) and late.place.path[-2:] == ("requests", "cpu")
    assert judge([Manifest(deployment(resources(limits={"cpu": -1})))], NEW)[0].effect == "rejected"


def test_an_unknown_kind_is_noted_once() -> None:
    manifests = [Manifest(obj("example.org/v1", "Thing", name)) for name in ("a", "b")]
    (found,) = judge(manifests, NEW)
    assert (found.code, found.severity, found.effect) == ("MW505", "note", "risk")


def test_releases_find_their_schemas() -> None:
    llm = ("serving.kserve.io/v1alpha1", "LLMInferenceService")
    assert catalog(Release("1.33", "0.16")).schema(*llm) is not None
    assert catalog(Release("1.33", "0.17.3")).schema("serving.kserve.io/v1alpha2", llm[1]) is not None
    assert catalog(Release("1.33", "0.15", "2.34")).schema(*llm) is not None
    assert catalog(OLD).schema(*llm) is None
    assert catalog(Release("1.99", "0.99")).minor == core_minors()[-1]
    assert catalog(Release("1.2", "0.1")).platform.release == "0.15"
    assert catalog(Release("1.33", "", "3.2")).platform.release == "3.0"
    isvc_kind = ("serving.kserve.io/v1beta1", "InferenceService")
    assert catalog(Release("1.33", "", "3.5")).schema(*isvc_kind) is catalog(NEW).schema(*isvc_kind)


def test_scopes() -> None:
    known = catalog(NEW)
    for api, kind, namespaced in [
        ("v1", "Namespace", False),
        ("v1", "Secret", True),
        ("serving.kserve.io/v1alpha1", "ClusterServingRuntime", False),
        ("serving.kserve.io/v1alpha1", "ServingRuntime", True),
        ("rbac.authorization.k8s.io/v1", "ClusterRole", False),
    ]:
        schema = known.schema(api, kind)
        assert schema is not None and schema.namespaced is namespaced


def test_every_packaged_schema_compiles() -> None:
    rows = {(row.file, row.number): row for key in kinds() for row in ranges(*_api_and_kind(key))}
    for row in rows.values():
        assert valid(custom_kind(row), {}) is False


def _api_and_kind(key: str) -> tuple[str, str]:
    api, _, kind = key.rpartition("/")
    return api, kind


@pytest.mark.parametrize("minor", [core_minors()[0], core_minors()[-1]])
def test_every_kind_built_into_kubernetes_is_served(minor: str) -> None:
    assert len(core_minors()) > 10
    for api, kind in core_names(minor):
        group, _, version = api.rpartition("/")
        assert group in NATIVE_GROUPS, api
        assert core_kind(minor, group, version, kind) is not None, (api, kind)


PLAIN, MODELMESH_AGE = Release("1.33"), Release("1.31", open_data_hub="2.35")
ODH = Release("1.33", open_data_hub="3.5")
INSTALLED = [
    ("networking.istio.io/v1", "VirtualService", (PLAIN, NEW, ODH), ()),
    ("template.openshift.io/v1", "Template", (NEW, ODH), ()),
    ("route.openshift.io/v1", "Route", (NEW, ODH), ()),
    ("serving.kserve.io/v1alpha1", "Predictor", (PLAIN, NEW, MODELMESH_AGE), (ODH,)),
    ("serving.kserve.io/v1beta1", "InferenceService", (NEW, MODELMESH_AGE, ODH), (PLAIN,)),
    ("serving.kserve.io/v1alpha1", "ClusterServingRuntime", (NEW, ODH), (MODELMESH_AGE, PLAIN)),
    ("serving.kserve.io/v1alpha1", "LocalModelCache", (NEW,), (ODH, PLAIN)),
    ("dashboard.opendatahub.io/v1", "AcceleratorProfile", (MODELMESH_AGE, PLAIN), (ODH,)),
    ("dashboard.opendatahub.io/v1alpha1", "HardwareProfile", (MODELMESH_AGE,), (ODH,)),
    ("infrastructure.opendatahub.io/v1", "HardwareProfile", (ODH,), ()),
    ("inference.networking.k8s.io/v1", "InferencePool", (PLAIN, NEW, ODH), ()),
    ("inference.networking.x-k8s.io/v1alpha2", "InferenceObjective", (PLAIN, Release("1.33", open_data_hub="3.4")), (ODH,)),
    ("inference.networking.x-k8s.io/v1alpha2", "InferenceModel", (PLAIN, MODELMESH_AGE), (ODH,)),
    ("pipelines.kubeflow.org/v2beta1", "PipelineVersion", (PLAIN, Release("1.33", kubeflow_pipelines="2.5")), ()),
    ("kubeflow.org/v1beta1", "Viewer", (PLAIN, Release("1.33", kubeflow_pipelines="2.16")), ()),
]  # fmt: skip
"""Who installs what: a kind, releases that serve it, and releases that do not."""


@pytest.mark.parametrize(("api", "kind", "yes", "no"), INSTALLED, ids=[row[1] for row in INSTALLED])
def test_platforms_bring_their_kinds(api: str, kind: str, yes: tuple[Release, ...], no: tuple[Release, ...]) -> None:
    assert [r for r in yes if catalog(r).schema(api, kind) is None] == []
    for release in no:
        assert catalog(release).schema(api, kind) is None
        assert [note[0] for note in judge_document(obj(api, kind), release)] == ["MW506"]


def test_a_field_of_a_later_release_of_pipelines_is_told_as_such() -> None:
    version = obj("pipelines.kubeflow.org/v2beta1", "PipelineVersion", spec={"versionName": "a"})
    hints = [note[3] for note in judge_document(version, Release("1.33", kubeflow_pipelines="2.16")) if note[0] == "MW501"]
    assert hints == ["it needs Kubeflow Pipelines 2.17; this cluster runs 2.16"]


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", 1), ("+1.5", 1.5), (".5", 0.5), ("5.", 5), ("100m", 0.1), ("1Ki", 1024), ("1e3", 1000), ("1E", 10**18),
     ("1E3", 1000), ("0.1n", 1e-9), ("-2", -2), ("1Gi", 2**30), ("4GB", None), ("1 Gi", None), ("", None), (".", None),
     ("1ki", None), ("1e", None), ("1Mi5", None), ("0x10", None), ("1e99999999999", None), ("٣", None), ("1K", None)],
)  # fmt: skip
def test_quantities(text: str, value: float | None) -> None:
    found = quantity(text)
    assert found is None if value is None else found is not None and float(found) == pytest.approx(value)


# --- real manifests -----------------------------------------------------------------------------------------------

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SCHEMA_CODES = {"MW501", "MW502", "MW503", "MW504", "MW505", "MW506", "MW510"}


@needs_shared
@pytest.mark.parametrize("release", [NEW, Release("1.33", "", "3.5")], ids=["kserve", "open-data-hub"])
def test_official_runtimes_pass(release: Release) -> None:
    text = (SHARED / "data/kserve/v0.20.0/runtimes.yaml").read_text(encoding="utf-8")
    documents = [document for document in yaml.load_all(text, Loader=LOADER) if document]
    assert len(documents) == 14
    # In the repository, most images are the latest.
    assert [note for document in documents for note in judge_document(document, release) if note[0] != "MW882"] == []


DISAGREE = {
    # The index check refuses an empty field (null); the server drops it, and takes the rest (its own code says so).
    **dict.fromkeys((f"InferenceService/{number}" for number in ("077", "092", "167", "168", "169")), "ok"),
    # A webhook reads the number as an amount and writes it as text before the schema is asked.
    **dict.fromkeys((f"InferenceService/{number}" for number in (233, 234, 235, 236)), "ok"),
    "InferenceService/040": "unknown-fields",
    "InferenceService/041": "unknown-fields",
    # What it lacks, beside the unknown fields, the webhook writes.
    "InferenceService/225": "unknown-fields",
    # A webhook names the one container.
    "InferenceService/091": "ok",
    "LLMInferenceService/110": "ok",
    "LLMInferenceService/111": "ok",
    "ServingRuntime/078": "ok",
    "ServingRuntime/036": "unknown-fields",
    "ServingRuntime/076": "unknown-fields",
    # The index was made against a later development state of KServe; the release asks for at least 1 and has no tokenizer.
    "LLMInferenceService/027": "invalid",
    "LLMInferenceService/028": "invalid",
    "LLMInferenceServiceConfig/005": "unknown-fields",
    # The index check knew neither keyed lists (a variable given twice) nor the types of annotations (a number).
    "ServingRuntime/039": "invalid",
    "ServingRuntime/081": "invalid",
}


def corpus() -> list[dict[str, str]]:
    index = SHARED / "corpus/INDEX.tsv"
    with index.open(encoding="utf-8", newline="") as file:
        return [r for r in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if r["crd_head"]]


def read(row: dict[str, str]) -> Any:
    return yaml.load((SHARED / "corpus" / (row["id"] + ".yaml")).read_text(encoding="utf-8"), Loader=LOADER)


@needs_shared
def test_verdicts_on_public_manifests() -> None:
    differ = {}
    rows = corpus()
    for row in rows:
        codes = {note[0] for note in judge_document(read(row), NEW)} & _SCHEMA_CODES
        mine = "ok" if not codes else "unknown-fields" if codes == {"MW501"} else "invalid"
        if mine != row["crd_head"]:
            differ[row["id"]] = mine
    assert len(rows) > 700
    assert differ == DISAGREE


# --- the two ways agree -------------------------------------------------------------------------------------------

VALUES: list[Any] = [None, True, 0, -1, 2**40, 1.5, 2.0, "", "2", "a b", [], {}, [{}], ["a"], {"a": "b"}, "1Gi", [None]]


def spots(node: Any) -> list[tuple[Any, Any]]:
    keys: Any = node if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
    return [spot for key in keys for spot in [(node, key), *spots(node[key])]]


def spoil(data: Any, rng: random.Random) -> None:
    node, key = rng.choice(spots(data))
    if rng.random() < 0.6:
        node[key] = copy.deepcopy(rng.choice(VALUES))
    elif rng.random() < 0.5:
        del node[key]
    elif isinstance(node, dict):
        node[rng.choice(["zzz", "name", "resources", "spec"])] = copy.deepcopy(rng.choice(VALUES))
    else:
        node.append(copy.deepcopy(rng.choice(node)))


def test_every_refusal_is_explained() -> None:
    """Whatever the compiled check refuses, the walk finds a reason for, and nothing else."""
    rng = random.Random(20)
    seeds = [data for data, release, *_ in BAD.values() if release is NEW] + [*GOOD.values()]
    if SHARED.is_dir():
        seeds += [read(row) for row in corpus()[::12]]
    refused = 0
    for _ in range(2500):
        data = copy.deepcopy(rng.choice(seeds))
        spoil(data, rng)
        judge_document(data, NEW)
        api, name = data.get("apiVersion"), data.get("kind")
        kind = catalog(NEW).schema(api, name) if isinstance(api, str) and isinstance(name, str) else None
        if kind is None:
            continue
        found = explain(kind, data)
        # Of most kinds the server drops a status before it looks at the object.
        whole = valid(kind, data) or (not found and valid(kind, {k: v for k, v in data.items() if k != "status"}))
        assert whole is not bool(found), (data, found)
        assert all(finding.rule != "other" for finding in found), (data, found)
        refused += bool(found)
    assert refused > 1000


def test_a_flood_of_unknown_fields_stays_cheap() -> None:
    data = isvc({"model": model(), **{f"x{i}": 1 for i in range(5000)}})
    start = time.process_time()
    assert len(judge_document(data, NEW)) == 5000
    assert time.process_time() - start < 2


def test_a_release_that_is_no_number_is_still_answered() -> None:
    for text in ("", "latest", "v1.33", "x.y"):
        assert judge_document(isvc({"model": model()}), Release(text, "0.20")) == []
        judge_document(isvc({"model": model()}), Release("1.33", text, text))
