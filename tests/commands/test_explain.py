"""`modelwright explain ENVIRONMENT/COMPONENT`: what becomes of a component, and whose word each value is."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from tests.scaffold import write

from modelwright.cli import cli

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent / "explain"
PAGE = ROOT / "docs" / "explain.md"
BLOCK = re.compile(r"```\n\$ modelwright (explain (\S+))\n(.*?)```", re.DOTALL)
DIGITS = re.findall(r"```yaml\n(apiVersion.*?)```", PAGE.read_text(), re.DOTALL)[0]


def explain(root: Path, *words: str) -> Result:
    return CliRunner().invoke(cli, ["-C", str(root), "explain", *words])


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """The scaffold with the page's model, which no runtime serves."""
    write(tmp_path)
    (tmp_path / "blueprints" / "digits.yaml").write_text(DIGITS)
    return tmp_path


@pytest.mark.parametrize("topic", ["prod/fraud-detector", "dev/credit-score", "prod/support-assistant", "dev/digits", "prod/churn-training"])
def test_the_page_of_a_component(topic: str, workspace: Path, update_golden: bool) -> None:
    done = explain(workspace if topic == "dev/digits" else ROOT, topic)
    golden = HERE / f"{topic.replace('/', '-')}.txt"
    if update_golden:
        golden.write_text(done.output)
    assert done.exit_code == 0
    assert done.output == golden.read_text()


def test_what_the_documentation_shows_is_what_one_gets(workspace: Path, update_golden: bool) -> None:
    def given(found: re.Match[str]) -> str:
        root = workspace if found[2] == "dev/digits" else ROOT
        return f"```\n$ modelwright {found[1]}\n{explain(root, found[2]).output}```"

    page = PAGE.read_text()
    if update_golden:
        page = BLOCK.sub(given, page)
        PAGE.write_text(page)
    assert len(BLOCK.findall(page)) == 2
    assert BLOCK.sub(given, page) == page


def data(root: Path, topic: str) -> Any:
    done = explain(root, topic, "--format", "json")
    assert done.exit_code == 0
    return json.loads(done.output)


def test_programs_get_the_same(workspace: Path) -> None:
    found = data(ROOT, "dev/credit-score")
    assert found["runtime"]["chosen"] == "mlserver"
    assert {each["name"] for each in found["runtime"]["others"]} == {"kserve-torchserve", "kserve-tritonserver"}
    (container,) = found["pod"]["containers"]
    assert (container["image"], container["imageFrom"]) == ("docker.io/seldonio/mlserver:1.6.1", "runtime")
    values = {each["path"]: each for each in found["objects"][0]["values"]}
    cpu = values["spec.predictor.model.resources.requests.cpu"]
    assert (cpu["value"], cpu["from"]["kind"], cpu["from"]["name"], cpu["from"]["line"]) == ("500m", "Environment", "dev", 9)
    broken = data(workspace, "dev/digits")
    assert (broken["runtime"]["chosen"], broken["pod"], [p["code"] for p in broken["problems"]]) == (None, None, ["MW795"])


@pytest.mark.parametrize(
    ("topic", "words"),
    [
        ("prd/fraud-detector", "did you mean `prod`?"),
        ("prod/fraud-detectr", "did you mean `fraud-detector`?"),
        ("prod/assistants/fraud-detector", "does not run in environment 'prod', project 'assistants'"),
        ("staging/churn", "'churn' does not run in environment 'staging'"),
        ("prod/", "is no ENVIRONMENT/COMPONENT"),
        ("a/b/c/d", "is no ENVIRONMENT/COMPONENT"),
    ],
)
def test_a_name_that_is_none(topic: str, words: str) -> None:
    done = explain(ROOT, topic)
    assert done.exit_code == 2 and words in done.output


def test_a_component_may_be_named_with_its_project() -> None:
    assert explain(ROOT, "prod/risk/churn").output == explain(ROOT, "prod/churn").output


def test_two_projects_may_have_one_of_a_name(workspace: Path) -> None:
    (workspace / "modelwright.yaml").write_text("apiVersion: modelwright/v1\nkind: Workspace\nmetadata: {name: w}\nspec: {projects: {a: {}, b: {}}}\n")
    for project in "ab":
        (workspace / "blueprints" / f"{project}.yaml").write_text(DIGITS.replace("spec:\n", f"spec:\n  project: {project}\n"))
    (workspace / "blueprints" / "digits.yaml").unlink()
    done = explain(workspace, "dev/digits")
    assert done.exit_code == 2 and "dev/a/digits, dev/b/digits" in done.output
    assert "project   b, namespace b-dev" in explain(workspace, "dev/b/digits").output


def test_what_cannot_be_read_is_not_explained(workspace: Path) -> None:
    (workspace / "blueprints" / "digits.yaml").write_text(DIGITS.replace("format: onnx", "formt: onnx"))
    done = explain(workspace, "dev/digits")
    assert done.exit_code == 1 and "digits.yaml:" in done.output
    shutil.rmtree(workspace / "blueprints")
    assert explain(workspace, "dev/digits").exit_code == 2


MODEL = "apiVersion: modelwright/v1\nkind: Model\nmetadata: {name: m}\nspec: {%s, environments: {dev: {}}}\n"


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        ("format: sklearn, source: 's3://b/m'", ["Runtime: kserve-sklearnserver", "kserve-container: kserve/sklearnserver:v0.20.0 (runtime)", "requests cpu 1, memory 2Gi (runtime)", "scale     1 pod"]),
        ("format: sklearn, source: 'pvc://claim/m', replicas: {min: 2, max: 4}", ["claim `claim` is mounted", "2 to 4 pods, by a HorizontalPodAutoscaler on cpu at 80%"]),
        ("format: sklearn, protocol: v2, source: 's3://b/m'", ["Runtime: kserve-mlserver", "not kserve-sklearnserver: it serves it, too, but `kserve-mlserver` has a higher priority (2 over 1)", "MLSERVER_MODEL_NAME, MLSERVER_MODEL_URI (controller)"]),
        ("format: tensorflow, source: 's3://b/m', resources: {cpu: 1, memory: 1Gi, gpu: 1}", ["tensorflow/serving:2.6.2-gpu", "requests cpu 1, memory 1Gi, nvidia.com/gpu 1 (model)"]),
        ("format: sklearn, runtimeVersion: '1.2', source: 's3://b/m', resources: {cpu: 3}", ["kserve/sklearnserver:1.2 (runtime)", "requests cpu 3, memory 2Gi (model and runtime)"]),
        ("container: {image: 'quay.io/me/own:1', args: [--fast]}", ["serves    a container of its own in standard mode", "kserve-container: quay.io/me/own:1 (model)", "args     --fast (model)"]),
        ("format: sklearn, source: 's3://b/m', mode: knative", ["1 and more pods, by Knative", "address   http://m.risk-dev.svc.cluster.local/v1/models/m:predict"]),
        ("format: sklearn, source: 's3://b/m', stopped: true", ["scale     stopped: no pods"]),
        ("format: sklearn, source: 's3://b/m', autoscale: none, replicas: 3", ["3 pods, no autoscaler"]),
        ("format: sklearn, source: 's3://b/m', runtime: theirs", ["Runtime: theirs", "the model names `theirs`, of which nothing is known here", "kserve-container: image not known here"]),
        ("format: onnx, source: 's3://b/m', runtime: kserve-sklearnserver", ["Runtime: none", "`kserve-sklearnserver` does not list format `onnx`", "MW801 "]),
    ],
)
def test_what_the_pod_will_look_like(words: str, lines: list[str], tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "blueprints" / "m.yaml").write_text(MODEL % words)
    done = explain(tmp_path, "dev/m")
    assert done.exit_code == 0, done.output
    for line in lines:
        assert line in done.output, done.output
