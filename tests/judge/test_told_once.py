"""One defect is one problem, and its hint would be taken."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.scaffold import compiled

from modelwright.cli import cli
from modelwright.judge import judge_document
from modelwright.model import Release

RELEASE = Release("1.33", "0.20")
HALF = """\
apiVersion: modelwright/v1
kind: Model
metadata: {name: iris}
spec:
  format: sklearn
  source: gs://models/iris
  resources: {nvidia.com/gpu: 500m}
  environments: {dev: {}}
"""


def test_half_a_device_is_told_once() -> None:
    assert [p.code for p in compiled(HALF).problems] == ["MW511"]


@pytest.mark.parametrize(
    ("name", "hint"), [("1Bad_", "for example `bad`"), ("My.Model", "for example `my-model`"), ("123", "")]
)
def test_the_name_in_a_hint_is_valid(name: str, hint: str) -> None:
    service = {
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "metadata": {"name": name},
        "spec": {"predictor": {"model": {"modelFormat": {"name": "sklearn"}}}},
    }
    assert [(code, said) for code, _, _, said in judge_document(service, RELEASE)] == [("MW508", hint)]


def test_one_manifest_is_counted_as_one(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n")
    assert CliRunner().invoke(cli, ["validate", str(file)]).output == "no problems\n1 manifest judged\n"


def test_the_hint_for_a_blueprint_name_is_a_name() -> None:
    (problem,) = compiled(HALF.replace("iris}", "1abc}").replace("500m", "1")).problems
    assert (problem.code, problem.hint) == ("MW207", "`abc` would do")


@pytest.mark.parametrize("option", ["--kubernetes", "--kserve", "--open-data-hub", "--kubeflow-pipelines"])
def test_a_version_that_is_none_is_misuse(option: str, tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n")
    done = CliRunner().invoke(cli, ["validate", option, "abc", str(file)])
    assert done.exit_code == 2 and f"{option} 'abc' is no version" in done.output
