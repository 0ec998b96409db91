"""`--previous`: changes that a cluster refuses are told before they are pushed."""

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
metadata: {name: iris}
spec: {format: sklearn, source: "gs://models/iris/", extras: [cache.yaml], environments: {dev: {}}}
"""
CLAIM = """\
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: cache}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 2Gi}}}
"""
SMALLER = CLAIM.replace("2Gi", "1Gi")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """The scaffold and a model with a volume claim, compiled and committed; commands run in its folder."""
    for name in os.environ:
        if name.startswith("GIT_"):
            monkeypatch.delenv(name)
    for name, value in IDENTITY.items():
        monkeypatch.setenv(name, value)
    repository = Repository.made(tmp_path / "repository")
    scaffold.write(repository.root)
    repository.write("blueprints/iris.yaml", MODEL)
    repository.write("blueprints/cache.yaml", CLAIM)
    monkeypatch.chdir(repository.root)
    assert run("compile").exit_code == 0
    repository.git("add", ".")
    repository.git("commit", "-qm", "iris")
    return repository


def run(*words: str, text: str = "") -> Result:
    return CliRunner().invoke(cli, list(words), input=text)


def test_a_pull_request_is_told_what_the_cluster_will_refuse(repository: Repository) -> None:
    repository.write("blueprints/cache.yaml", SMALLER)
    assert "MW602" not in run("check").output
    found = run("check", "--previous", "HEAD")
    assert found.exit_code == 1
    assert "MW602" in found.output and "it was `2Gi`" in found.output and "blueprints/cache.yaml:4" in found.output


def test_nothing_is_written_of_a_change_that_would_be_refused(repository: Repository) -> None:
    repository.write("blueprints/cache.yaml", SMALLER)
    assert run("compile", "--previous", "HEAD").exit_code == 1
    assert repository.git("status", "--short", "overlays") == ""


def test_what_did_not_change_is_not_told(repository: Repository) -> None:
    assert run("check", "--previous", "HEAD").output == run("check").output
    repository.write("blueprints/cache.yaml", CLAIM.replace("2Gi", "3Gi"))
    assert "MW602" not in run("check", "--previous", "HEAD").output


def test_manifests_are_compared_with_files_folders_and_revisions(repository: Repository) -> None:
    repository.write("old/claim.yaml", CLAIM)
    repository.write("new/claim.yaml", SMALLER)
    repository.git("add", ".")
    repository.git("commit", "-qm", "two claims")
    for where in ("old", "old/claim.yaml"):
        found = run("validate", "--previous", where, "new")
        assert (found.exit_code, "MW602" in found.output) == (1, True)
    assert run("validate", "--previous", "HEAD", "new").exit_code == 0
    repository.write("new/claim.yaml", SMALLER.replace("ReadWriteOnce", "ReadWriteMany"))
    found = run("validate", "--previous", "HEAD", "new")
    assert found.exit_code == 1 and "`spec.accessModes` of a PersistentVolumeClaim cannot be changed" in found.output
    assert run("validate", "--previous", "old", "-", text=SMALLER).exit_code == 1


@pytest.mark.parametrize("words", [("check",), ("compile",), ("validate", "blueprints")])
def test_what_is_no_revision_is_misuse(repository: Repository, words: tuple[str, ...]) -> None:
    for odd in ("nowhere", "--all", "HEAD:blueprints", "\x1b[31m"):
        found = run(*words, f"--previous={odd}")
        assert found.exit_code == 2 and "revision" in found.output and "\x1b" not in found.output


def test_a_former_file_that_cannot_be_read_is_told(repository: Repository) -> None:
    repository.write("old/claim.yaml", "a: [")
    repository.write("new/claim.yaml", CLAIM)
    found = run("validate", "--previous", "old", "new")
    assert found.exit_code == 1 and "old/claim.yaml:1" in found.output and "MW102" in found.output
