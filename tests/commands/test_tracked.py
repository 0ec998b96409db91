"""`--tracked`: a hook judges what Git would commit, whatever else lies in the work tree."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests import scaffold
from tests.gitrepo import IDENTITY, Repository

from modelwright.cli import cli

MODEL = """\
apiVersion: modelwright/v1
kind: Model
metadata: {name: NAME}
spec: {format: sklearn, source: "gs://models/NAME/", environments: {dev: {}}}
"""


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """The scaffold and model `iris`, compiled and committed; commands run in its folder."""
    for name in os.environ:
        if name.startswith("GIT_"):
            monkeypatch.delenv(name)
    for name, value in IDENTITY.items():
        monkeypatch.setenv(name, value)
    repository = Repository.made(tmp_path / "repository")
    scaffold.write(repository.root)
    repository.write("blueprints/iris.yaml", MODEL.replace("NAME", "iris"))
    monkeypatch.chdir(repository.root)
    assert run("compile").exit_code == 0
    repository.git("add", ".")
    repository.git("commit", "-qm", "iris")
    return repository


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, list(words))


def test_a_blueprint_that_is_not_added_does_not_count(repository: Repository) -> None:
    repository.write("blueprints/wine.yaml", MODEL.replace("NAME", "wine"))
    repository.write("blueprints/broken.yaml", "kind: [")
    (repository.root / "blueprints" / "linked.yaml").symlink_to("/etc/hostname")
    assert run("check").exit_code == 1
    assert run("check", "--tracked").output == "no problems\n"
    assert run("compile", "--tracked").exit_code == 0
    assert repository.status() == [
        "?? blueprints/broken.yaml",
        "?? blueprints/linked.yaml",
        "?? blueprints/wine.yaml",
    ]


def test_its_overlays_made_earlier_are_left_alone(repository: Repository) -> None:
    repository.write("blueprints/wine.yaml", MODEL.replace("NAME", "wine"))
    assert run("compile").exit_code == 0
    repository.git("checkout", "--", ".")  # as pre-commit puts unstaged changes aside
    before = repository.status()
    assert "?? overlays/base/risk/wine/inferenceservice.yaml" in before
    assert run("check", "--tracked").output == "no problems\n"
    assert run("compile", "--tracked").exit_code == 0
    assert repository.status() == before


def test_overlays_that_are_not_added_are_missed(repository: Repository) -> None:
    repository.write("blueprints/wine.yaml", MODEL.replace("NAME", "wine"))
    assert run("compile").exit_code == 0
    assert run("check").exit_code == 0
    repository.git("add", "blueprints")
    repository.git("add", "--update")
    result = run("check", "--tracked")
    assert result.exit_code == 1
    assert "MW403 `overlays/base/risk/wine/inferenceservice.yaml` is not added to Git" in result.output
    result = run("compile", "--tracked")
    assert result.exit_code == 1
    assert "0 new, 0 changed, 0 removed" in result.output
    assert "the commit lacks them: `git add overlays`, then commit again" in result.output
    repository.git("add", "overlays")
    assert run("check", "--tracked").exit_code == run("compile", "--tracked").exit_code == 0


def test_compile_stops_the_commit_whose_overlays_it_writes(repository: Repository) -> None:
    repository.write("blueprints/wine.yaml", MODEL.replace("NAME", "wine"))
    repository.git("add", "blueprints")
    result = run("compile", "--tracked")
    assert result.exit_code == 1
    assert result.output == (
        "overlays/: 3 new, 1 changed, 0 removed, 6 as they were\n"
        "the commit lacks them: `git add overlays`, then commit again\n"
    )


def test_a_deleted_blueprint_takes_its_overlays_along(repository: Repository) -> None:
    repository.write("blueprints/wine.yaml", MODEL.replace("NAME", "wine"))
    assert run("compile").exit_code == 0
    repository.git("add", ".")
    repository.git("rm", "-qf", "blueprints/wine.yaml")
    assert "is no longer made by any blueprint" in run("check", "--tracked").output
    assert "0 new, 1 changed, 3 removed" in run("compile", "--tracked").output
    repository.git("add", "overlays")
    assert run("check", "--tracked").exit_code == 0


def test_a_commit_of_some_paths_is_judged_by_its_own_index(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """githooks(5): GIT_INDEX_FILE names it, relative to where the hook runs."""
    repository.write("blueprints/wine.yaml", MODEL.replace("NAME", "wine"))
    assert run("compile").exit_code == 0
    (repository.root / ".git" / "next").write_bytes((repository.root / ".git" / "index").read_bytes())
    repository.git("add", ".")
    assert run("check", "--tracked").exit_code == 0
    monkeypatch.setenv("GIT_DIR", ".git")
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/next")
    repository.git("checkout", "HEAD", "--", "overlays/dev/risk/kustomization.yaml")
    assert run("check", "--tracked").output == "no problems\n"


def test_a_workspace_that_is_not_added_at_all_is_not_judged(repository: Repository) -> None:
    repository.git("rm", "-rq", "--cached", ".")
    repository.write("README.md", "")
    repository.git("add", "README.md")
    (repository.root / "blueprints" / "broken.yaml").write_text("kind: [")
    assert run("check", "--tracked").exit_code == run("compile", "--tracked").exit_code == 0


def test_blueprints_without_their_workspace_are_a_mistake(repository: Repository) -> None:
    repository.git("rm", "-q", "--cached", "modelwright.yaml")
    result = run("check", "--tracked")
    assert result.exit_code == 2
    assert result.output == (
        "modelwright: Git does not track 'modelwright.yaml', but files beside it: `git add` it\n"
    )


def test_a_folder_of_blueprints_that_is_not_added_is_missed(repository: Repository) -> None:
    head = scaffold.HEAD.replace("spec: {", "spec: {blueprints: [blueprints, more], ")
    repository.write("modelwright.yaml", head)
    repository.write("more/wine.yaml", MODEL.replace("NAME", "wine"))
    repository.git("add", "--update")
    result = run("check", "--tracked")
    assert result.exit_code == 1
    assert result.output.startswith("modelwright.yaml:4:33: MW110 no file of folder `more` is added to Git\n")


def test_no_repository_is_misuse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    scaffold.write(tmp_path)
    result = run("-C", str(tmp_path), "check", "--tracked")
    assert result.exit_code == 2
    assert result.output.startswith("modelwright: --tracked needs a Git repository: fatal: not a git repository")


def test_the_workspace_may_be_named_after_the_command(repository: Repository) -> None:
    assert run("check", "--tracked", "-C", str(repository.root)).exit_code == 0
    assert run("-C", "nowhere", "check", "-C", ".").exit_code == 0
    assert run("check", "-C", "nowhere").exit_code == 2
