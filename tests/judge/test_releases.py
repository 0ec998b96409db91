"""A release that the catalog lacks is judged by the nearest one, and said to be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests import scaffold

from modelwright.cli import cli
from modelwright.judge.releases import unknown
from modelwright.model import Place

CASES = [
    ({"kubernetes": "1.33.4", "kserve": "0.20.1"}, {}),
    ({"kubernetes": "1.99"}, {"kubernetes": "1.37"}),
    ({"kubernetes": "1.3"}, {"kubernetes": "1.25"}),
    ({"kserve": "0.21"}, {"kserve": "0.20"}),
    ({"kserve": "0.13.1"}, {"kserve": "0.15"}),
    ({"openDataHub": "3.2"}, {}),
    ({"openDataHub": "2.35"}, {}),
    ({"openDataHub": "2.20"}, {"openDataHub": "2.34"}),
    ({"openDataHub": "3.9", "kserve": "0.99"}, {"openDataHub": "3.5"}),
    ({"kubeflowPipelines": "2.15"}, {}),
    ({"kubeflowPipelines": "2.9"}, {"kubeflowPipelines": "2.5"}),
    ({"kubeflowPipelines": "2.18"}, {"kubeflowPipelines": "2.17"}),
    ({"certManager": "1.21", "istio": "1.30.1", "myTool": "7.0"}, {}),
    ({"certManager": "1.9"}, {"certManager": "1.21"}),
    ({"kserve": "latest"}, {}),
]


@pytest.mark.parametrize(("versions", "told"), CASES)
def test_what_stands_for_a_release(versions: dict[str, str], told: dict[str, str]) -> None:
    found = {word: message.partition("it is judged as ")[2] for word, message, _ in unknown(versions)}
    assert found == told


def test_a_cluster_says_so_at_the_line() -> None:
    cluster = 'apiVersion: modelwright/v1\nkind: Cluster\nmetadata: {name: a}\nspec: {versions: {kubernetes: "1.33", kserve: "0.21"}}\n'
    (problem,) = scaffold.compiled(cluster).problems
    assert (problem.code, problem.severity, problem.effect) == ("MW512", "warning", "risk")
    assert problem.place == Place("blueprints/blueprint.yaml", 0, ("spec", "versions", "kserve"))
    assert problem.message == "KServe 0.21 is not in the catalog: it is judged as 0.20"
    assert problem.hint == "known here: 0.15 to 0.20; name the cluster's own definitions under `crds` of the Cluster"


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli, ["validate", *arguments], input="apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n")
    return result.exit_code, result.stdout


def test_flags_say_so_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, output = run("-", "--kubernetes", "1.99", "--format", "json")
    (problem,) = json.loads(output)["problems"]
    assert code == 0 and problem["code"] == "MW512" and problem["file"] is None
    assert run("-", "--kubernetes", "1.99", "--fail-on", "warning")[0] == 1
    assert run("-") == (0, "no problems\n")
    monkeypatch.chdir(tmp_path)
    scaffold.write(tmp_path)
    platform = tmp_path / "blueprints" / "platform.yaml"
    platform.write_text(platform.read_text().replace("0.20", "0.99"))
    code, output = run("-", "--cluster", "main")
    assert code == 0 and output.startswith("blueprints/platform.yaml:4:")
    assert "MW512 warning: KServe 0.99 is not in the catalog" in output
