"""Files that are no compiled pipeline, or not only one, and what is said about them."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelwright.judge.ir import judge_file, judge_pipeline
from modelwright.report.text import render
from modelwright.yamlio import read

SOUND = (Path(__file__).parent / "train.yaml").read_text()
RECOMPILE = "recompile its source with kfp 2 or later: `kfp dsl compile --py pipeline.py --output pipeline.yaml`"

FILES = {
    "nothing": ("# nothing here\n", "MW710", "this file is empty, not a compiled pipeline", RECOMPILE),
    "a list": ("- a\n- b\n", "MW710", "this is not a compiled pipeline", RECOMPILE),
    "other settings": ("learning_rate: 0.1\n", "MW710", "this is not a compiled pipeline", RECOMPILE),
    "kfp 1": ("apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nspec: {}\n", "MW711", "this is an Argo Workflow, as kfp 1 compiled pipelines", RECOMPILE),
    "Tekton": ("apiVersion: tekton.dev/v1beta1\nkind: PipelineRun\nspec: {}\n", "MW711", "this is a Tekton PipelineRun, as kfp-tekton compiled pipelines", RECOMPILE),
    "a component of kfp 1": ("name: fit\nimplementation: {container: {image: a}}\n", "MW711", "this is a component of kfp 1, not a compiled pipeline", RECOMPILE),
    "a job": ("pipelineSpec: {root: {}}\nruntimeConfig: {}\n", "MW711", "this is a pipeline job, not the compiled pipeline inside it",
              "give what stands under its `pipelineSpec`, or recompile to YAML with kfp 2"),
    "a manifest": ("apiVersion: pipelines.kubeflow.org/v2beta1\nkind: PipelineVersion\nspec: {}\n", "MW711", "this is a PipelineVersion manifest, not the compiled pipeline inside it",
                   "give what stands under its `spec.pipelineSpec`, or the file that kfp compiled"),
    "another object": ("apiVersion: v1\nkind: ConfigMap\n", "MW710", "this is a ConfigMap, not a compiled pipeline", RECOMPILE),
    "only a platform": ("platforms: {kubernetes: {}}\n", "MW710", "this is a platform document without its pipeline", "the pipeline comes first, then `---` and the platform document"),
    "two pipelines": (SOUND.replace("---\n", "---\npipelineInfo: {name: b}\nroot: {}\n---\n"), "MW710",
                      "a pipeline file holds one pipeline, and one platform document beside it", "give every pipeline a file of its own"),
}


@pytest.mark.parametrize("case", FILES)
def test_what_is_no_pipeline_is_said_to_be_none(case: str) -> None:
    text, code, message, hint = FILES[case]
    assert [(p.code, p.message, p.hint) for p in judge_file(text, "p.yaml")[1]] == [(code, message, hint)]


def test_names_that_yaml_reads_as_truth_are_names_as_kfp_writes_them() -> None:
    text = SOUND.replace("threshold", "y").replace("name: train", "name: n", 1)
    assert judge_file(text, "p.yaml", "2.17")[1] == ()


def test_the_two_documents_may_come_in_either_order() -> None:
    spec, platform = SOUND.split("---\n")
    assert judge_file(f"{platform}---\n{spec}", "p.yaml", "2.17")[1] == ()


def test_a_pipeline_may_be_spelt_as_protobuf_spells_it() -> None:
    text = SOUND.replace("componentRef", "component_ref").replace("pipelineInfo", "pipeline_info")
    assert judge_file(text, "p.yaml", "2.17")[1] == ()
    broken = text.replace("name: comp-read\n", "name: comp-reed\n")
    assert [p.place.path for p in judge_file(broken, "p.yaml", "2.17")[1]] == [  # type: ignore[union-attr]
        ("root", "dag", "tasks", "read", "component_ref", "name")
    ]


def test_a_pipeline_beyond_what_a_cluster_stores() -> None:
    text = SOUND.replace("value: info", f"value: {'x' * 1_600_000}")
    assert [(p.code, p.message) for p in judge_file(text, "p.yaml")[1]] == [
        ("MW729", "this pipeline takes 1,605,932 bytes in the cluster's store; 1,572,864 is the most it takes (etcd)")
    ]


def test_a_mistake_in_a_file_of_a_megabyte_is_told_at_its_line() -> None:
    filler = "".join(f"    exec-{i}: {{container: {{image: a, args: [{'x' * 60}]}}}}\n" for i in range(12_000))
    text = SOUND.replace("    exec-read:", f"{filler}    exec-read:").replace("image: registry.example.com/read:1.0", "imagee: x")
    _, problems = judge_file(text, "p.yaml", "2.17")
    report = render(problems, {"p.yaml": text})
    line = text.splitlines().index("        imagee: x") + 1
    assert len(text) > 1_100_000 and report.startswith(f"p.yaml:{line}:9")


def test_a_credential_is_told_without_its_line() -> None:
    text = SOUND.replace("- name: LOG_LEVEL\n          value: info", "- name: DB_PASSWORD\n          value: hunter2")
    report = render(judge_file(text, "p.yaml")[1], {"p.yaml": text})
    assert "DB_PASSWORD" in report and "hunter2" not in report


def test_hostile_pipelines_are_bounded() -> None:
    deep = {"root": {"dag": {"tasks": {f"t{i}": {"componentRef": {"name": f"c{i}"}, "dependentTasks": [f"t{i + 1}"]} for i in range(5000)}}}}
    assert len(judge_pipeline({**deep, "schemaVersion": "2.1.0", "pipelineInfo": {"name": "a"}})) == 100
    chain = {f"c{i}": {"dag": {"tasks": {"a": {"componentRef": {"name": f"c{i + 1}"}}}}} for i in range(20_000)}
    spec = {"components": chain, "root": {"dag": {"tasks": {"a": {"componentRef": {"name": "c0"}}}}}, "schemaVersion": "2.1.0", "pipelineInfo": {"name": "a"}}
    assert [f.code for f in judge_pipeline(spec)] == ["MW719"]
    for odd in ("root: 1", "root: {dag: {tasks: [a]}}", "components: {a: null}", "deploymentSpec: {executors: {a: {container: []}}}", "pipelineInfo: {name: 3}"):
        data = read(f"schemaVersion: 2.1.0\n{odd}\n", "p.yaml")[0][0]
        assert judge_pipeline(data), odd


LEAKS = {
    # what is leaked: (text in the sound pipeline, text instead, codes)
    "URL in a variable": ("value: info", "value: postgres://u:hunter2@h/db", ["MW735"]),
    "URL in a default": ("defaultValue: 0.8\n", "defaultValue: postgres://u:hunter2@h/db\n", ["MW725", "MW735"]),
    "number in a variable": ("name: LOG_LEVEL\n          value: info", "name: API_TOKEN\n          value: 47114711", ["MW713"]),
    "number in a variable, named last": ("name: LOG_LEVEL\n          value: info", "value: 47114711\n          name: API_TOKEN", ["MW713"]),
    "misspelt value": ("name: LOG_LEVEL\n          value: info", "name: API_TOKEN\n          valeu: hunter2", ["MW716"]),
    "nested default": ("defaultValue: 0.8\n", "defaultValue: {db: [{password: hunter2}]}\n", ["MW725", "MW735"]),
    "wrong type": ("threshold: {", "password: {", []),
}


@pytest.mark.parametrize("case", LEAKS)
def test_a_credential_is_never_printed(case: str) -> None:
    old, new, codes = LEAKS[case]
    assert old in SOUND or case == "wrong type"
    text = SOUND.replace(old, new, 1)
    if case == "wrong type":
        text = SOUND.replace("threshold", "password").replace("defaultValue: 0.8", "defaultValue: hunter2")
        codes = ["MW725", "MW735"]
    problems = judge_file(text, "train.yaml", "2.17")[1]
    assert [p.code for p in problems] == codes
    output = render(problems, {"train.yaml": text})
    assert "hunter2" not in output and "4711" not in output
