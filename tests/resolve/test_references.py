"""One defect, one problem: a runtime that is not there for those who need it."""

from __future__ import annotations

from tests.scaffold import compiled

from modelwright.report.text import render

RUNTIME = """\
apiVersion: modelwright/v1
kind: Environment
metadata: {name: qa}
spec: {cluster: main}
---
apiVersion: modelwright/v1
kind: Runtime
metadata: {name: server}
spec:
  formats: [{name: onnx, version: "1"}]
  image: registry.example.com/server:1.0
"""
MODEL = """\
apiVersion: modelwright/v1
kind: Model
metadata: {name: iris}
spec:
  format: onnx
  runtime: server
  source: gs://models/iris
  environments: {dev: {}, qa: {}}
"""


def heads(*texts: str) -> list[str]:
    made = compiled(*texts)
    return [line for line in render(made.problems, made.sources).split("\n") if line.startswith("blueprints/")]


def test_an_idle_runtime_is_a_warning() -> None:
    assert heads(RUNTIME) == ["blueprints/blueprint.yaml:9:1: MW219 warning: Runtime `server` runs nowhere"]


def test_an_idle_runtime_that_models_need_is_one_error_however_many_they_are() -> None:
    models = [MODEL.replace("iris}", f"iris-{n}}}") for n in range(70)]
    only_dev = MODEL.replace(", qa: {}", "")
    for needing in ([MODEL], models, [only_dev, models[0]]):
        assert heads(RUNTIME, *needing) == [
            "blueprints/blueprint.yaml:9:1: MW219 Runtime `server` runs nowhere, and models need it [qa, dev]"
        ]


def test_an_override_alone_may_need_it() -> None:
    model = MODEL.replace("  runtime: server\n", "").replace("dev: {}", "dev: {runtime: server}")
    assert heads(RUNTIME, model) == [
        "blueprints/blueprint.yaml:9:1: MW219 Runtime `server` runs nowhere, and models need it [dev]"
    ]


def test_a_misspelt_environment_of_a_runtime_is_told_at_the_runtime() -> None:
    runtime = RUNTIME + "  environments: {dev: {}, qq: {}}\n"
    assert heads(runtime, MODEL) == ["blueprints/blueprint.yaml:12:27: MW208 there is no environment `qq`"]


def test_a_runtime_that_runs_elsewhere_is_told_at_the_model() -> None:
    assert heads(RUNTIME + "  environments: {dev: {}}\n", MODEL) == [
        "blueprints/1.yaml:6:12: MW211 runtime `server` does not run in environment `qa` [qa]"
    ]
