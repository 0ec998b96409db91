"""A sound pipeline, broken in one place at a time: one problem, with its code, at the line that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelwright.judge.ir import judge_file
from modelwright.report.locate import located

SOUND = (Path(__file__).parent / "train.yaml").read_text()

BROKEN = {
    # what is wrong: (text, what it becomes, code, the line it is found at, message)
    "unknown key": ("schemaVersion: 2.1.0", "schemaVersion: 2.1.0\nsteps: []", "MW712", "steps: []", "`steps` is not a field of a pipeline"),
    "misspelt key": ("  dependentTasks:\n          - fit", "  dependantTasks:\n          - fit", "MW712", "dependantTasks:",
                     "`dependantTasks` is not a field of `components.comp-for-loop-1.dag.tasks.score`"),
    "key of another level": ("            name: comp-fit\n", "            name: comp-fit\n            version: 1\n", "MW712", "version: 1",
                             "`version` is not a field of `components.comp-for-loop-1.dag.tasks.fit.componentRef`"),
    "wrong type": ("enableCache: true\n          componentRef:\n            name: comp-fit",
                   "enableCache: yes please\n          componentRef:\n            name: comp-fit", "MW713", "enableCache: yes please",
                   '`components.comp-for-loop-1.dag.tasks.fit.cachingOptions.enableCache` must be true or false, but is the text "yes please"'),
    "not a list": ("dependentTasks:\n        - read", "dependentTasks: read", "MW713", "dependentTasks: read",
                   '`root.dag.tasks.for-loop-1.dependentTasks` must be a list, but is the text "read"'),
    "unknown type": ("parameterType: NUMBER_INTEGER\n        label", "parameterType: INTEGER\n        label", "MW713", "parameterType: INTEGER",
                     '`components.comp-fit.inputDefinitions.parameters.depth.parameterType` cannot be the text "INTEGER"'),
    "bad duration": ("backoffDuration: 30s", "backoffDuration: 30 seconds", "MW713", "backoffDuration: 30 seconds",
                     '`components.comp-for-loop-1.dag.tasks.fit.retryPolicy.backoffDuration` must be a duration such as `60s`, but is the text "30 seconds"'),
    "two kinds at once": ("                componentInputParameter: pipelinechannel--threshold\n",
                          "                componentInputParameter: pipelinechannel--threshold\n                runtimeValue: {constant: 1}\n",
                          "MW713", "runtimeValue: {constant: 1}", "`componentInputParameter` and `runtimeValue` exclude each other"),
    "old schema": ("schemaVersion: 2.1.0", "schemaVersion: 2.0.0", "MW714", "schemaVersion: 2.0.0", "`schemaVersion` is `2.0.0`"),
    "no schema": ("schemaVersion: 2.1.0\n", "", "MW714", "components:", "`schemaVersion` is missing"),
    "no root": ("root:\n", "defaultPipelineRoot: s3://x\nrooot:\n", "MW712", "rooot:", "`rooot` is not a field of a pipeline"),
    "no name": ("pipelineInfo:\n  name: train", "pipelineInfo:\n  description: train", "MW715", "pipelineInfo:", "the pipeline has no name"),
    "bad name": ("  name: train\n", "  name: Train.Me\n", "MW715", "name: Train.Me",
                 "`Train.Me` is no name for a pipeline: lower case letters, digits and dashes, at most 128"),
    "unknown executor key": ("image: registry.example.com/read:1.0", "imagee: registry.example.com/read:1.0", "MW716",
                             "imagee: registry.example.com/read:1.0", "`imagee` is not a field of `deploymentSpec.executors.exec-read.container`"),
    "misspelt resource": ("resourceCpuLimit", "resourceCPULimit", "MW716", "resourceCPULimit: '2'",
                          "`resourceCPULimit` is not a field of `deploymentSpec.executors.exec-fit.container.resources`"),
    "unknown platform key": ("secretAsEnv", "secretsAsEnv", "MW717", "secretsAsEnv:",
                             "`secretsAsEnv` is not a field of `platforms.kubernetes.deploymentSpec.executors.exec-fit`"),
    "unknown pipeline config": ("        size: 5Gi", "        sise: 5Gi", "MW717", "sise: 5Gi",
                                "`sise` is not a field of `platforms.kubernetes.pipelineConfig.workspace`"),
    "field that is gone": ("      workspace:\n", "      resourceTtl: 60\n      workspace:\n", "MW718", "resourceTtl: 60",
                           "Kubeflow Pipelines knew `resourceTtl` up to 2.16; this cluster runs 2.17"),
    "no such component": ("name: comp-read\n", "name: comp-reed\n", "MW719", "name: comp-reed",
                          "task `read` runs component `comp-reed`, which is not there"),
    "no such executor": ("executorLabel: exec-read", "executorLabel: exec-reed", "MW719", "executorLabel: exec-reed",
                         "component `comp-read` names executor `exec-reed`, which is not there"),
    "component of nothing": ("    executorLabel: exec-notify\n", "", "MW719", "comp-notify:", "component `comp-notify` does nothing"),
    "no such task": ("dependentTasks:\n        - for-loop-1", "dependentTasks:\n        - for-loop-2", "MW720", "- for-loop-2",
                     "task `notify` refers to task `for-loop-2`, which is not in the same graph"),
    "no such producer": ("producerTask: fit", "producerTask: train", "MW720", "producerTask: train",
                         "task `score` refers to task `train`, which is not in the same graph"),
    "no such output": ("outputParameterKey: Output", "outputParameterKey: output", "MW720", "outputParameterKey: output",
                       "task `read` gives no output parameter `output`"),
    "no such input": ("componentInputParameter: threshold", "componentInputParameter: treshold", "MW721", "componentInputParameter: treshold",
                      "there is no input parameter `treshold` to take the value from"),
    "circle": ("          name: comp-read\n        taskInfo", "          name: comp-read\n        dependentTasks: [for-loop-1]\n        taskInfo", "MW722",
               "dependentTasks: [for-loop-1]", "tasks wait for each other: for-loop-1 -> read -> for-loop-1"),
    "waits for itself": ("dependentTasks:\n        - read", "dependentTasks:\n        - read\n        - for-loop-1", "MW722", "- for-loop-1",
                         "task `for-loop-1` waits for itself"),
    "recursion": ("            name: comp-evaluate\n", "            name: comp-for-loop-1\n", "MW723", "name: comp-for-loop-1",
                  "component `comp-for-loop-1` contains itself"),
    "required input": ("            word:\n", "            text:\n", "MW724", "notify:",
                       "task `notify` does not give the parameter `word` that component `comp-notify` needs"),
    "required artifact": ("            artifacts:\n              model:\n                task", "            artifacts:\n              modell:\n                task", "MW724",
                          "score:", "task `score` does not give the artifact `model` that component `comp-evaluate` needs"),
    "default of another type": ("defaultValue: 0.8", "defaultValue: high", "MW725", "defaultValue: high",
                                'the default of `threshold` must be a number, but is the text "high"'),
    "default not allowed": ("defaultValue: log", "defaultValue: mse", "MW725", "defaultValue: mse", "the default of `loss` is not one of its allowed values"),
    "constant of another type": ("componentInputParameter: pipelinechannel--depths-loop-item", "runtimeValue: {constant: deep}", "MW725",
                                 "runtimeValue: {constant: deep}", '`depth` must be a whole number, but is the text "deep"'),
    "constant not allowed": ("constant: log", "constant: mse", "MW725", "constant: mse", '`loss` cannot be the text "mse"'),
    "output of another type": ("        Output:\n          parameterType: LIST", "        Output:\n          parameterType: BOOLEAN", "MW725",
                               "outputParameterKey: Output", "`pipelinechannel--depths` must be a list, but gets true or false"),
    "loop without its item": ("itemInput: pipelinechannel--depths-loop-item", "itemInput: depth", "MW726", "itemInput: depth",
                              "component `comp-for-loop-1` has no input `depth` to take the items of the loop"),
    "loop over nothing given": ("inputParameter: pipelinechannel--depths\n", "inputParameter: depths\n", "MW726", "inputParameter: depths",
                                "task `for-loop-1` loops over its input `depths`, which it is not given"),
    "loop over no list": ("inputParameter: pipelinechannel--depths\n", "raw: a, b\n", "MW726", "raw: a, b",
                          "the items that task `for-loop-1` loops over are no JSON list"),
    "no image": ("        image: registry.example.com/notify:1.0\n", "", "MW727", "container:", "executor `exec-notify` has no container image"),
    "resolver": ("    exec-notify:\n      container:\n        args: ['{{$}}']\n        image: registry.example.com/notify:1.0\n",
                 "    exec-notify:\n      resolver: {}\n", "MW727", "resolver: {}", "executor `exec-notify` is a resolver, which Kubeflow Pipelines does not run"),
    "no such label": ("        exec-fit:\n          secret", "        exec-fitt:\n          secret", "MW728", "exec-fitt:",
                      "the pipeline has no executor `exec-fitt` to configure"),
    "credential in a variable": ("- name: LOG_LEVEL\n          value: info", "- name: REGISTRY_PASSWORD\n          value: hunter2", "MW735", "value: hunter2",
                                 "`REGISTRY_PASSWORD` looks like a credential, and would be in Git and in the cluster's store"),
    "credential as a parameter": ("      threshold:\n        defaultValue: 0.8", "      api_key: {parameterType: STRING, defaultValue: abc123}\n      threshold:\n        defaultValue: 0.8",
                                  "MW735", "api_key: {parameterType: STRING, defaultValue: abc123}", "`api_key` looks like a credential, and would be in Git and in the cluster's store"),
}


def test_the_sound_pipeline_has_no_problem() -> None:
    for release in ("", "2.16", "2.17"):
        assert judge_file(SOUND, "train.yaml", release)[1] == ()


@pytest.mark.parametrize("case", BROKEN)
def test_one_defect_is_one_problem_at_its_line(case: str) -> None:
    old, new, code, line, message = BROKEN[case]
    assert old in SOUND
    text = SOUND.replace(old, new, 1)
    _, problems = judge_file(text, "train.yaml", "2.17")
    lines = text.splitlines()
    found = [(f.problem.code, lines[f.mark.line - 1].strip(), f.problem.message) for f in located(problems, {"train.yaml": text}) if f.mark]
    assert found == [(code, line, message)]
