"""The workspace's picture: the example's exactly, hostile words harmless, and the real Mermaid reads it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from modelwright.cli import cli
from modelwright.load.files import gather
from modelwright.model import Document, Variant
from modelwright.pipeline import build
from modelwright.report.mermaid import escaped, render
from modelwright.resolve import plans
from modelwright.resolve.workspace import Plan, Workspace
from tests import scaffold

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "graph.md"
MERMAID = ROOT / ".tools" / "mermaid"
HOSTILE = 'x"]; end %% #quot; <script>alert(1)</script> `**b**`\nclick A "javascript:x" style a:b#c; \u202e{{|'


@cache
def _example() -> tuple[Workspace, tuple[Plan, ...]]:
    workspace = build(gather(str(ROOT))[0]).workspace
    return workspace, plans(workspace.components, workspace)[0]


def _graph(**narrow: str) -> str:
    return render(*_example(), **narrow)


def _plan(kind: str, name: str, spec: dict[str, Any], project: str = "risk") -> Plan:
    document = Document(kind, name, {"metadata": {"name": name}, "spec": spec}, f"{name}.yaml")
    variant = Variant(document, "dev", project, f"{project}-dev", {"metadata": {"name": name}, "spec": spec})
    return Plan(document, project, variant, {"dev": variant})


def _workspace(*plans: Plan, title: str = "") -> Workspace:
    return Workspace("test", projects={"risk": {"title": title}}, components=tuple(p.document for p in plans))


def test_the_page_shows_the_example_as_it_is(update_golden: bool) -> None:
    page = PAGE.read_text()
    result = CliRunner().invoke(cli, ["-C", str(ROOT), "graph"])
    assert result.exit_code == 0, result.output
    wanted = re.sub(r"(?<=```mermaid\n).*?(?=```)", lambda _: result.stdout, page, flags=re.DOTALL)
    if update_golden:
        PAGE.write_text(wanted)
        return
    assert page == wanted


def test_it_is_narrowed_by_project_and_environment() -> None:
    text = _graph(environment="staging", project="assistants")
    words = ["graph", "--environment", "staging", "--project", "assistants"]
    assert CliRunner().invoke(cli, ["-C", str(ROOT), *words]).stdout == text
    assert re.findall(r'(\w+)\(?\[+\(?"', text) == [
        "Project_assistants",
        "Model_assistants_support_assistant",
        "Runtime_assistants_vllm",
        "Environments",
        "Environment_staging",
    ]
    assert re.findall(r"-->|==>", text) == ["-->"]


@pytest.mark.parametrize("word", ["environment", "project"])
def test_a_name_that_is_none_is_misuse(word: str) -> None:
    result = CliRunner().invoke(cli, ["-C", str(ROOT), "graph", f"--{word}", "nowhere"])
    assert result.exit_code == 2
    assert result.output.startswith(f"modelwright: there is no {word} 'nowhere'; known here: ")


def test_a_workspace_with_errors_is_not_drawn(tmp_path: Path) -> None:
    scaffold.write(tmp_path)
    (tmp_path / "blueprints" / "broken.yaml").write_text("kind: [")
    result = CliRunner().invoke(cli, ["-C", str(tmp_path), "graph"])
    assert result.exit_code == 1
    assert "blueprints/broken.yaml:1:" in result.output and "flowchart" not in result.output


def test_more_than_mermaid_draws_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modelwright.commands.graph.ARROWS", 5)
    result = CliRunner().invoke(cli, ["-C", str(ROOT), "graph"])
    assert result.exit_code == 0
    assert result.stderr == (
        "Mermaid draws at most 5 arrows and 50000 characters unless told otherwise: narrow it by --project\n"
    )


def test_pipelines_and_graphs_point_at_what_they_use() -> None:
    route = {"sequence": [{"model": "churn"}, {"node": "next"}]}
    made = [
        _plan("Pipeline", "train", {"server": "runs", "deploys": "churn"}),
        _plan("Graph", "triage", {"nodes": {"root": route, "next": {"switch": [{"model": "other", "when": "x"}]}}}),
        _plan("Model", "churn", {"format": {"name": "sklearn"}}),
        _plan("PipelineServer", "runs", {"objectStorage": {"connection": "store"}}),
    ]
    assert render(_workspace(*made), reversed(made)) == render(_workspace(*made), made) == """\
flowchart LR
  subgraph Project_risk["risk"]
    Graph_risk_triage{{"triage<br/>Graph<br/>dev"}}
    Model_risk_churn(["churn<br/>Model, sklearn<br/>dev"])
    Model_risk_other(["other<br/>Model"])
    Pipeline_risk_train[/"train<br/>Pipeline<br/>dev"/]
    PipelineServer_risk_runs["runs<br/>PipelineServer<br/>dev"]
  end
  Connection_store[("store<br/>Connection")]
  Graph_risk_triage -->|"asks"| Model_risk_churn
  Graph_risk_triage -->|"asks"| Model_risk_other
  Pipeline_risk_train -->|"deploys"| Model_risk_churn
  Pipeline_risk_train -->|"runs on"| PipelineServer_risk_runs
  PipelineServer_risk_runs -->|"stores in"| Connection_store
  classDef foreign stroke-dasharray: 4
  class Model_risk_other foreign
"""


def test_names_that_look_alike_are_boxes_of_their_own() -> None:
    made = [_plan("Model", "b-c", {}, "a"), _plan("Model", "c", {}, "a-b")]
    text = render(_workspace(*made), made)
    assert 'Model_a_b_c(["b-c<br/>Model<br/>dev"])' in text
    assert 'Model_a_b_c_2(["c<br/>Model<br/>dev"])' in text


def test_a_hostile_word_stays_a_word() -> None:
    assert escaped('"]\n<b>&#;|`') == "#34;#93; #60;b#62;#38;#35;#59;#124;#96;"
    assert escaped("Größe 模型 \u202ea\x1b") == "Größe 模型  a "
    assert len(escaped("x" * 1000)) == 80


def test_the_real_mermaid_reads_it() -> None:
    node = shutil.which("node")
    if node is None or not (MERMAID / "node_modules").is_dir():
        pytest.skip("mermaid is not installed: `make tools` puts it below .tools/ where npm is at hand")
    hostile = _plan("Model", "churn", {"format": {"name": HOSTILE}, "runtime": HOSTILE})
    texts = [
        _graph(),
        _graph(environment="prod", project="risk"),
        render(_workspace(hostile, title=HOSTILE), [hostile]),
    ]
    command = [node, str(Path(__file__).with_name("mermaid.mjs")), str(MERMAID)]
    done = subprocess.run(command, input=json.dumps(texts), capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    example, narrowed, odd = json.loads(done.stdout)
    assert example["diagramType"] == narrowed["diagramType"] == odd["diagramType"] == "flowchart-v2"
    assert len(example["boxes"]) > len(narrowed["boxes"]) > 3
    assert ["Environment_staging", "then", "Environment_prod"] in example["arrows"]
    assert [_shown(frame) for frame in odd["frames"]] == [escaped(f"risk, {HOSTILE}")]
    assert [_shown(text) for _, text in odd["boxes"]] == [
        f"churn<br>{escaped(f'Model, {HOSTILE}')}<br>dev",
        f"{escaped(HOSTILE)}<br>Runtime",
    ]


def _shown(text: str) -> str:
    """A label with the parser's own marks for character codes turned back."""
    return re.sub("ﬂ°°([0-9]+)¶ß", r"#\1;", text)
