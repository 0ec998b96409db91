"""References between objects: of files and folders that are validated together, and of workspaces.

Each file of `references/folders/` is a folder (files after a line `# file: name`) beside the report that `validate
--references` gives; each of `references/workspaces/` blueprints beside that of `compile`.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from tests import scaffold

from modelwright.cli import cli

HERE = Path(__file__).parent / "references"
FOLDERS = sorted((HERE / "folders").glob("*.yaml"))
WORKSPACES = sorted((HERE / "workspaces").glob("*.yaml"))


def lay(root: Path, text: str, first: str) -> None:
    """Put a text's files on disk."""
    for path, body in scaffold.parts(text, first).items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(body)


def told(root: Path, *words: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The report of a call in a folder, with what goes to stderr after it, and the exit code."""
    monkeypatch.chdir(root)
    result = CliRunner().invoke(cli, list(words))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return f"{result.stdout}{result.stderr}exit code {result.exit_code}\n"


def held(case: Path, output: str, update: bool) -> None:
    golden = case.with_suffix(".out")
    if update:
        golden.write_text(output)
    assert output == golden.read_text()


@pytest.mark.parametrize("case", FOLDERS, ids=lambda p: p.stem)
def test_a_folder(case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, update_golden: bool) -> None:
    first = "kustomization" if case.stem == "a-kustomization" else "first"
    lay(tmp_path, case.read_text(), f"k8s/{first}.yaml")
    output = told(tmp_path, "validate", "--references", "k8s", monkeypatch=monkeypatch)
    held(case, output + told(tmp_path, "validate", "k8s", monkeypatch=monkeypatch), update_golden)


@pytest.mark.parametrize("case", WORKSPACES, ids=lambda p: p.stem)
def test_a_workspace(case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, update_golden: bool) -> None:
    (tmp_path / "modelwright.yaml").write_text(scaffold.HEAD)
    lay(tmp_path, case.read_text(), "blueprints/case.yaml")
    held(case, told(tmp_path, "compile", monkeypatch=monkeypatch), update_golden)


POD = """\
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: ml}
spec:
  containers:
  - name: web
    image: web:1
    env:
    - {name: A, valueFrom: {secretKeyRef: {name: store, key: user}}}
"""
NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata: {name: ml}\n"
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: store, namespace: ml}\nstringData: {user: a}\n"


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_remembered_file_takes_part(jobs: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELWRIGHT_CACHE", str(tmp_path / "cache"))
    for index in range(300):
        name = f"metadata: {{name: web-{index}, namespace: ml}}"
        lay(tmp_path, POD.replace("metadata: {name: web, namespace: ml}", name), f"k8s/{index}.yaml")
    lay(tmp_path, NAMESPACE, "k8s/namespace.yaml")
    lay(tmp_path, SECRET, "k8s/secret.yaml")
    sound = told(tmp_path, "validate", "k8s", "--jobs", jobs, monkeypatch=monkeypatch)
    assert sound == "no problems\n302 manifests judged\nexit code 0\n"
    assert told(tmp_path, "validate", "k8s", "--jobs", jobs, monkeypatch=monkeypatch) == sound
    (tmp_path / "k8s" / "7.yaml").rename(tmp_path / "k8s" / "moved.yaml")
    (tmp_path / "k8s" / "secret.yaml").unlink()
    broken = told(tmp_path, "validate", "k8s", "--jobs", jobs, monkeypatch=monkeypatch)
    assert broken.count(" MW864 there is no Secret `store`\n") == 300
    assert "k8s/moved.yaml:9:50: MW864" in broken and "k8s/7.yaml" not in broken
    assert told(tmp_path, "validate", "k8s", "--jobs", jobs, monkeypatch=monkeypatch) == broken


def test_a_comment_suppresses_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = POD.replace("    - {name: A", "    # modelwright: ignore MW864 made by hand\n    - {name: A")
    lay(tmp_path, f"{NAMESPACE}---\n{said}", "a.yaml")
    assert "no problems (1 suppressed)" in told(tmp_path, "validate", "a.yaml", monkeypatch=monkeypatch)


def test_a_document_far_down_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    many = "".join(f"---\n{SECRET.replace('store', f'other-{n}')}" for n in range(250))
    lay(tmp_path, f"# one\n---\n# two\n{NAMESPACE}{many}---\n# three\n{POD}", "a.yaml")
    line = 2 + 1 + 3 + 250 * 5 + 2 + 9
    assert f"a.yaml:{line}:50: MW864" in told(tmp_path, "validate", "a.yaml", monkeypatch=monkeypatch)


def test_standard_input_and_json_are_told_at_the_line_of_the_document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(cli, ["validate", "-"], input=f"{NAMESPACE}---\n{POD}")
    assert "<stdin>:4:1: MW864 there is no Secret `store`" in result.output and result.exit_code == 1
    import json

    from modelwright.yamlio import read

    rows = "\n".join(json.dumps(read(text, "x")[0][0]) for text in (NAMESPACE, POD))
    lay(tmp_path, rows, "a.json")
    assert "a.json:2:" in told(tmp_path, "validate", "a.json", monkeypatch=monkeypatch)


def test_a_list_is_its_items(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    items = "".join("- " + text.replace("\n", "\n  ").rstrip() + "\n" for text in (NAMESPACE, POD))
    lay(tmp_path, f"apiVersion: v1\nkind: List\nitems:\n{items}", "a.yaml")
    assert "a.yaml:15:52: MW864" in told(tmp_path, "validate", "a.yaml", monkeypatch=monkeypatch)
    lay(tmp_path, f"apiVersion: v1\nkind: List\nitems:\n{items}- {SECRET.replace(chr(10), chr(10) + '  ')}", "a.yaml")
    assert "no problems" in told(tmp_path, "validate", "a.yaml", monkeypatch=monkeypatch)


def test_a_graph_of_ten_thousand_steps_is_told_in_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = "".join(f"      - {{name: s{n}, serviceName: model-{n}}}\n" for n in range(10_000))
    graph = "apiVersion: serving.kserve.io/v1alpha1\nkind: InferenceGraph\nmetadata: {name: flow, namespace: ml}\nspec:\n  nodes:\n    root:\n      routerType: Sequence\n      steps:\n"
    lay(tmp_path, f"{NAMESPACE}---\n{graph}{steps}", "a.yaml")
    output = told(tmp_path, "validate", "a.yaml", "--format", "json", monkeypatch=monkeypatch)
    assert output.count('"MW869"') == 10_000
