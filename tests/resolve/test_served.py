"""A model gets a runtime that serves it, or one learns which word is in the way."""

from __future__ import annotations

import pytest
from tests.scaffold import compiled

from modelwright.problems import Problem

CLUSTER = """\
apiVersion: modelwright/v1
kind: Cluster
metadata: {name: c}
spec: {versions: {%s}, mode: standard%s}
---
apiVersion: modelwright/v1
kind: Environment
metadata: {name: prod}
spec: {cluster: c, after: dev}
"""
MODEL = "apiVersion: modelwright/v1\nkind: Model\nmetadata: {name: m}\nspec: {%s, source: 's3://b/m', environments: {prod: {}}}\n"
KSERVE = 'kubernetes: "1.33", kserve: "0.20"'
HUB = 'kubernetes: "1.33", openDataHub: "3.5"'
RUNTIME = """\
apiVersion: modelwright/v1
kind: Runtime
metadata: {name: mine}
spec:
  formats: [{name: own, version: "1", autoSelect: true}, {name: shy, version: "1"}]
  protocols: [v2]
  image: quay.io/me/server:1
  environments: {prod: {}}
"""


def problems(words: str, *others: str, versions: str = KSERVE, runtimes: str = "") -> tuple[Problem, ...]:
    return compiled(CLUSTER % (versions, f", runtimes: [{runtimes}]" if runtimes != "" else ""), MODEL % words, *others).problems


def told(words: str, *others: str, versions: str = KSERVE, runtimes: str = "") -> list[tuple[str, str, str]]:
    """Code, message and hint of each problem."""
    return [(p.code, p.message, p.hint) for p in problems(words, *others, versions=versions, runtimes=runtimes)]


NOBODY = "no runtime serves "


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        ("format: onnx", "format `onnx` by protocol `v1`, which counts where none is stated", "`kserve-tritonserver` would with `protocol: v2`"),
        ("format: mlflow", "format `mlflow` by protocol `v1`, which counts where none is stated", "`kserve-mlserver` would with `protocol: v2`"),
        ("format: sklearn, protocol: grpc-v1", "format `sklearn` by protocol `grpc-v1`", "`kserve-mlserver` would with `protocol: v2`"),
        ("format: {name: sklearn, version: '1.3'}", "version `1.3` of format `sklearn`", '`kserve-sklearnserver` would with `version: "1"`'),
        ("format: {name: xgboost, version: '9'}", "version `9` of format `xgboost`", "versions are compared as exact text; listed: `1`, `2`"),
        ("format: SKLearn", "format `SKLearn`", "`kserve-sklearnserver` would with `format: sklearn`"),
        ("format: sklaern", "format `sklaern`", "did you mean `sklearn`? If others installed one that does, name it in the cluster's `runtimes`"),
    ],
)
def test_what_no_runtime_of_kserve_serves(words: str, message: str, hint: str) -> None:
    assert told(words) == [("MW795", NOBODY + message, hint)]


@pytest.mark.parametrize("words", ["format: sklearn", "format: onnx, protocol: v2", "format: triton", "format: vLLM", "format: {name: lightgbm, version: '4'}"])
def test_what_one_of_them_does(words: str) -> None:
    assert told(words) == []


def test_the_same_mistake_in_several_environments_is_told_once() -> None:
    found = compiled(CLUSTER % (KSERVE, ""), MODEL.replace("{prod: {}}", "{dev: {}, prod: {}}") % "format: onnx").problems
    assert [(p.code, p.environments) for p in found] == [("MW795", ("dev", "prod"))]


def test_a_list_of_runtimes_stands_for_those_of_the_release() -> None:
    assert told("format: sklearn", runtimes="kserve-xgbserver") == [("MW795", "no runtime serves format `sklearn`", "known here: `xgboost`")]
    assert told("format: xgboost", runtimes="kserve-xgbserver") == []
    assert [code for code, *_ in told("format: sklearn", runtimes=" ")] == ["MW795"]


def test_nothing_is_said_where_an_unknown_runtime_may_serve_it() -> None:
    assert told("format: whatever", runtimes="kserve-xgbserver, theirs") == []


def test_the_runtimes_of_modelmesh_say_nothing_of_those_for_one_model() -> None:
    assert told("format: sklearn", runtimes="mlserver-1.x") == []
    assert [code for code, *_ in told("format: whatever", runtimes="mlserver-1.x")] == ["MW795"]


def test_the_workspaces_own_runtimes_count() -> None:
    assert told("format: own, protocol: v2", RUNTIME) == []
    assert told("format: own", RUNTIME)[0][2] == "`mine` would with `protocol: v2`"
    assert told("format: shy, protocol: v2", RUNTIME)[0][2] == "`mine` serves it where it is named: `runtime: mine`"
    assert [code for code, *_ in told("format: own, protocol: v2", RUNTIME.replace("{prod: {}}", "{dev: {}}"))] == ["MW795"]
    assert [code for code, *_ in told("format: own, protocol: v2", RUNTIME.replace("{prod: {}}", "{prod: {disabled: true}}"))] == ["MW795"]


def test_an_environments_word_of_a_runtime_counts() -> None:
    other = RUNTIME.replace("{prod: {}}", "{prod: {protocols: [v1]}}")
    assert told("format: own", other) == []
    assert told("format: own, runtime: mine, protocol: v2", other)[0][:2] == ("MW803", "runtime `mine` does not speak protocol `v2`")


def test_a_runtime_that_its_author_patches_may_serve_anything() -> None:
    patched = RUNTIME.replace("  image", "  manifests: {ServingRuntime: {spec: {supportedModelFormats: [{name: other, autoSelect: true}]}}}\n  image")
    assert told("format: other", patched) == []
    assert told("format: other, runtime: mine", patched) == []
    model = "format: other, manifests: {InferenceService: {spec: {predictor: {model: {modelFormat: {name: sklearn}}}}}}"
    assert told(model) == []


def test_a_plain_manifest_may_bring_one() -> None:
    plain = """\
apiVersion: serving.kserve.io/v1alpha1
kind: ServingRuntime
metadata: {name: plain}
spec:
  supportedModelFormats: [{name: other, version: "1", autoSelect: true}]
  containers: [{name: kserve-container, image: "quay.io/me/other:1"}]
"""
    model = MODEL % "format: other, extras: [plain.yaml]"
    assert compiled(CLUSTER % (KSERVE, ""), f"{model}# file: plain.yaml\n{plain}").problems == ()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("format: onnx, runtime: kserve-sklearnserver", "MW801"),
        ("format: {name: sklearn, version: '2'}, runtime: kserve-sklearnserver", "MW802"),
        ("format: sklearn, protocol: v1, runtime: kserve-mlserver", "MW803"),
        ("format: onnx, runtime: kserve-tritonserver", ""),
        ("format: sklearn, runtime: kserve-predictiveserver", ""),
        ("format: whatever, runtime: theirs", ""),
    ],
)
def test_a_named_runtime_of_kserve_is_known(words: str, code: str) -> None:
    assert [each for each, *_ in told(words)] == ([code] if code else [])


def test_a_runtime_of_another_release_is_not_there() -> None:
    old = 'kubernetes: "1.33", kserve: "0.19"'
    (found,) = problems("format: autogluon, runtime: kserve-autogluonserver", versions=old)
    assert (found.code, found.severity) == ("MW211", "warning") and found.hint.startswith("KServe 0.19 does not bring it")
    assert told("format: autogluon, runtime: kserve-autogluonserver", versions=old, runtimes="kserve-autogluonserver") == []


def test_a_slip_in_a_runtimes_name_is_told() -> None:
    (found,) = problems("format: onnx, runtime: kserve-tritonsever")
    assert (found.code, found.severity) == ("MW211", "warning") and "did you mean `kserve-tritonserver`?" in found.hint


def test_what_is_made_of_a_template_is_known_by_its_name() -> None:
    words = "format: {name: onnx, version: '1'}, runtime: mlserver-runtime"
    assert told(words, versions=HUB) == [] == told(words, versions=HUB, runtimes="mlserver-runtime")
    other = words.replace("onnx", "caikit")
    assert [code for code, *_ in told(other, versions=HUB, runtimes="mlserver-runtime")] == ["MW801"]
    # Where nobody says that it is the template's, it may be another.
    assert told(other, versions=HUB) == []


def test_open_data_hub_tells_of_a_model_without_runtime_by_itself() -> None:
    assert [(p.code, p.effect) for p in problems("format: sklearn", versions=HUB)] == [("MW840", "risk")]
    assert [(p.code, p.effect) for p in problems("format: sklearn", versions=HUB, runtimes="mlserver-runtime")] == [("MW840", "broken")]
    assert [(p.code, p.effect) for p in problems("format: sklearn", versions=HUB, runtimes="theirs")] == [("MW840", "risk")]


def test_workers_need_a_runtime_that_has_them() -> None:
    spread = "workers: {pipeline: 2, tensor: 1}, autoscale: none, source: 'pvc://b/m'"
    model = MODEL.replace(", source: 's3://b/m'", "")

    def codes(words: str) -> list[str]:
        problems = compiled(CLUSTER % (KSERVE, ""), model % f"{words}, {spread}", RUNTIME).problems
        return [p.code for p in problems if p.code != "MW867"]  # nobody says who makes the claim

    assert codes("format: huggingface") == []
    assert codes("format: huggingface, runtime: kserve-huggingfaceserver-multinode") == []
    assert codes("format: huggingface, runtime: kserve-huggingfaceserver") == ["MW799"]
    assert codes("format: own, runtime: mine") == ["MW799"]
    assert codes("format: sklearn") == ["MW795"]


def test_a_cluster_without_kserve_is_not_asked() -> None:
    assert "MW795" not in {code for code, *_ in told("format: onnx", versions='kubernetes: "1.33"')}


def test_an_address_that_kserve_cannot_fetch_is_one_problem_at_its_line() -> None:
    (found,) = compiled(CLUSTER % (KSERVE, ""), MODEL.replace("s3://b/m", "ftp://b/m") % "format: sklearn").problems
    assert (found.code, found.effect, getattr(found.place, "path", ())) == ("MW796", "broken", ("spec", "source"))
    assert found.hint.startswith("it knows gs://, s3://")
