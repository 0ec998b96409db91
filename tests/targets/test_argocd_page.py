"""docs/argocd.md: the plugin shown there runs as shown, and the Application is one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests import tools

from modelwright.judge import judge
from modelwright.load.files import gather
from modelwright.model import Manifest, Place, Release
from modelwright.pipeline import build
from modelwright.yamlio import read

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "argocd.md").read_text()


def _shown(kind: str) -> dict[str, Any]:
    """The document of this kind that the page shows whole."""
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    found = [data for block in blocks for data in read(block, "argocd.md")[0] if isinstance(data, dict)]
    return next(data for data in found if data.get("kind") == kind and "metadata" in data)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """The example as it lies in Git, without its overlays."""
    shutil.copy(ROOT / "modelwright.yaml", tmp_path)
    shutil.copytree(ROOT / "blueprints", tmp_path / "blueprints")
    return tmp_path


def _generate(workspace: Path, **parameters: str) -> subprocess.CompletedProcess[str]:
    """What the plugin server does: command and args, in the application's folder, parameters as PARAM_NAME."""
    spec = _shown("ConfigManagementPlugin")["spec"]
    assert (workspace / spec["discover"]["fileName"]).is_file()
    announced = {parameter["name"] for parameter in spec["parameters"]["static"]}
    assert set(parameters) <= announced
    program = Path(sys.executable).parent
    environment = {"PATH": f"{program}{os.pathsep}{os.environ['PATH']}"}
    environment |= {f"PARAM_{name.upper()}": value for name, value in parameters.items()}
    command = [*spec["generate"]["command"], *spec["generate"].get("args", [])]
    return subprocess.run(
        command, cwd=workspace, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_the_plugin_gives_an_environment(workspace: Path) -> None:
    done = _generate(workspace, environment="prod")
    assert (done.returncode, done.stderr) == (0, "")
    objects = read(done.stdout, "out")[0]
    built = build(gather(str(ROOT))[0]).tree.built
    wanted = [m for folder, manifests in built.items() if folder.startswith("prod/") for m in manifests]
    assert sorted(map(_identity, objects)) == sorted((m.api_version, m.kind, m.namespace, m.name) for m in wanted)


@pytest.mark.parametrize("version", tools.KUSTOMIZE)
def test_the_plugin_gives_a_project_as_kustomize_builds_it(workspace: Path, version: str) -> None:
    done = _generate(workspace, environment="prod", project="risk")
    assert (done.returncode, done.stderr) == (0, "")
    built = read(tools.build(version, ROOT / "overlays" / "prod" / "risk"), "built")[0]
    assert sorted(read(done.stdout, "out")[0], key=_identity) == sorted(built, key=_identity)


def _identity(data: Any) -> tuple[str, str, str, str]:
    metadata = data["metadata"]
    return data["apiVersion"], data["kind"], metadata.get("namespace", ""), metadata["name"]


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"environment": ""},
        {"environment": "nowhere"},
        {"environment": "--help"},
        {"environment": "prod; echo {}"},
        {"environment": "prod", "project": "nobody"},
        {"environment": "prod", "project": "$(echo risk) --help"},
    ],
)
def test_it_fails_rather_than_give_nothing(workspace: Path, parameters: dict[str, str]) -> None:
    done = _generate(workspace, **parameters)
    assert done.returncode != 0
    assert done.stdout == ""
    assert done.stderr


def test_a_mistake_is_told_to_argo_cd_and_nothing_is_deployed(workspace: Path) -> None:
    churn = workspace / "blueprints" / "risk" / "churn.yaml"
    churn.write_text(churn.read_text().replace("format: sklearn", "format: sklaern"))
    done = _generate(workspace, environment="prod")
    assert (done.returncode, done.stdout) == (1, "")
    assert "blueprints/risk/churn.yaml:9:11: MW801" in done.stderr


def test_the_application_shown_is_one() -> None:
    application = _shown("Application")
    assert judge([Manifest(application, place=Place("argocd.md"))], Release("1.33")) == ()
    plugin = _shown("ConfigManagementPlugin")
    source = application["spec"]["source"]["plugin"]
    assert source["name"] == plugin["metadata"]["name"]
    assert {p["name"] for p in source["parameters"]} <= {p["name"] for p in plugin["spec"]["parameters"]["static"]}
