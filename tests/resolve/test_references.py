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
    model = MODEL.replace("  runtime: server\n", "  protocol: v2\n").replace("dev: {}", "dev: {runtime: server}")
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


SERVED = RUNTIME + "  environments: {dev: {}, qa: {}}\n"
CLUSTER = """\
apiVersion: modelwright/v1
kind: Cluster
metadata: {name: bare}
spec: {versions: {kubernetes: "1.33", kserve: "0.20"}, mode: standard, runtimes: []}
---
apiVersion: modelwright/v1
kind: Environment
metadata: {name: far}
spec: {cluster: bare}
"""


def test_a_disabled_runtime_serves_nobody_who_names_it() -> None:
    everywhere = SERVED.replace("  environments", "  disabled: true\n  environments")
    head = "blueprints/1.yaml:6:12: MW211 runtime `server` is disabled"
    assert heads(everywhere, MODEL) == [f"{head} [qa, dev]"]
    assert heads(everywhere.replace("dev: {}", "dev: {disabled: false}"), MODEL) == [f"{head} [qa]"]
    assert heads(SERVED.replace("qa: {}}", "qa: {disabled: true}}"), MODEL) == [f"{head} [qa]"]


def test_a_cluster_that_lists_no_runtimes_has_none() -> None:
    model = MODEL.replace("{dev: {}, qa: {}}", "{far: {}}").replace("runtime: server", "runtime: mlserver")
    told = "blueprints/1.yaml:6:12: MW211 there is no runtime `mlserver` for project `risk` in environment `far` [far]"
    assert heads(CLUSTER, model) == [told]


def test_where_a_cluster_lists_nothing_a_near_miss_is_a_warning() -> None:
    told = "blueprints/1.yaml:6:12: MW211 warning: there is no runtime `servr` for project `risk` in environment `%s` [%s]"
    assert sorted(heads(SERVED, MODEL.replace("runtime: server", "runtime: servr"))) == [told % (e, e) for e in ("dev", "qa")]
    assert heads(SERVED, MODEL.replace("runtime: server", "runtime: mlserver-of-others")) == []
    assert heads(SERVED.replace("name: server", "name: mlserver"), MODEL.replace("runtime: server", "runtime: kserve-tritonserver")) == []


def test_a_runtime_of_another_project_is_a_warning() -> None:
    head = "apiVersion: modelwright/v1\nkind: Workspace\nmetadata: {name: test}\nspec: {projects: {risk: {}, other: {}}}\n---\n"
    made = compiled(head + SERVED.replace("  image", "  project: other\n  image"), MODEL.replace(", qa: {}", ""))
    (problem,) = made.problems
    assert (problem.code, problem.severity) == ("MW211", "warning")
    assert "`server` is a runtime of project `other` alone" in problem.hint
