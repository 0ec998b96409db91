"""The repository's own workspace is the first golden case: what it compiles to is what is committed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from modelwright.cli import cli
from modelwright.load.files import gather
from modelwright.pipeline import Build, build
from modelwright.resolve import plans
from modelwright.yamlio import read
from tests import tools

ROOT = Path(__file__).parent.parent
FOLDERS = sorted(
    str(p.parent.relative_to(ROOT / "overlays"))
    for p in (ROOT / "overlays").rglob("kustomization.yaml")
    if "base" not in p.parts
)


@pytest.fixture(scope="module")
def example() -> Build:
    sources, problems = gather(str(ROOT))
    assert not problems
    return build(sources)


def test_check_passes() -> None:
    result = CliRunner().invoke(cli, ["-C", str(ROOT), "check"])
    assert result.exit_code == 0, result.output


def test_it_stays_small_and_varied(example: Build) -> None:
    documents = sum(
        len(re.findall(r"^kind: ", p.read_text(), re.MULTILINE))
        for p in (*(ROOT / "blueprints").rglob("*.yaml"), ROOT / "modelwright.yaml")
    )
    assert documents <= 20
    planned, _ = plans(example.workspace.components, example.workspace)
    formats = {p.base.values["spec"]["format"]["name"] for p in planned if p.document.kind == "Model"}
    assert len(formats) >= 6


@pytest.mark.parametrize("version", tools.KUSTOMIZE)
@pytest.mark.parametrize("folder", FOLDERS)
def test_kustomize_builds_what_was_rendered(folder: str, version: str, example: Build) -> None:
    built = read(tools.build(version, ROOT / "overlays" / folder), folder)[0]
    wanted = [
        dict(manifest.data)
        for name, manifests in example.tree.built.items()
        if name == folder or (folder.count("/") == 1 and name.startswith(f"{folder}/"))
        for manifest in manifests
    ]
    assert sorted(map(identity, built)) == sorted(map(identity, wanted))
    by_name = {identity(m): m for m in built}
    for manifest in wanted:
        assert by_name[identity(manifest)] == manifest


def identity(manifest: dict[str, dict[str, str]]) -> tuple[str, ...]:
    metadata = manifest["metadata"]
    return str(manifest["kind"]), metadata.get("namespace", ""), metadata["name"]


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_what_kustomize_builds_passes_validate(environment: str, example: Build) -> None:
    cluster = example.workspace.environments[environment].cluster.name
    for project in ("risk", "assistants"):
        folder = ROOT / "overlays" / environment / project
        if folder.is_dir():
            text = tools.build("5.8", folder)
            result = CliRunner().invoke(cli, ["-C", str(ROOT), "validate", "--cluster", cluster, "-"], input=text)
            assert result.exit_code == 0, result.output


def test_render_is_what_the_overlays_hold(example: Build) -> None:
    result = CliRunner().invoke(cli, ["-C", str(ROOT), "render", "prod", "fraud-detector"])
    assert result.exit_code == 0
    assert read(result.output, "-")[0] == tuple(m.data for m in example.tree.built["prod/risk/fraud-detector"])
