"""`modelwright publish` as it is called."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from modelwright.cli import cli
from tests.gitops.servers import git
from tests.gitops.world import bare, files_in, sound
from tests.scaffold import PLATFORM, write

MODEL = """\
apiVersion: modelwright/v1
kind: Model
metadata: {name: churn}
spec: {format: sklearn, source: "s3://models/churn/", size: small, environments: {dev: {}}}
"""
PROD = """\
---
apiVersion: modelwright/v1
kind: Environment
metadata: {name: prod}
spec: {cluster: main, after: dev, sizes: {small: {cpu: 2, memory: 4Gi}}}
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    root = tmp_path / "workspace"
    write(root)
    (root / "blueprints" / "churn.yaml").write_text(MODEL)
    return root


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return bare(tmp_path / "ops.git")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "config"


def call(workspace: Path, *arguments: str | Path, **environment: str) -> Result:
    given = {"GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.com", "XDG_CONFIG_HOME": str(workspace.parent / "config")}
    return CliRunner().invoke(cli, ["-C", str(workspace), "publish", *map(str, arguments)], env=given | environment)


def test_published_told_and_published_no_more(workspace: Path, repository: Path) -> None:
    result = call(workspace, repository)
    assert result.exit_code == 0 and result.stdout == "no problems\n"
    assert result.stderr == f"main (a new branch): 7 new, 0 changed, 0 removed, 0 as they were: {git(repository, 'rev-parse', 'main')}\n"
    assert not (workspace / "overlays").exists(), "the workspace stays as it is"
    result = call(workspace, repository)
    assert (result.exit_code, result.stderr) == (0, "main: nothing to publish, 7 as they were\n")
    sound(repository)


def test_the_tree_is_the_one_compile_writes(workspace: Path, repository: Path) -> None:
    call(workspace, repository)
    assert CliRunner().invoke(cli, ["-C", str(workspace), "compile"]).exit_code == 0
    git(workspace, "init", "-q")
    git(workspace, "add", "overlays")
    assert git(workspace, "write-tree") == git(repository, "rev-parse", "main^{tree}")


def test_a_dry_run_lists_what_would_change(workspace: Path, repository: Path) -> None:
    result = call(workspace, repository, "--dry-run", "--path", "deploy/here")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[:3] == [
        "main:",
        "A deploy/here/.gitattributes",
        "A deploy/here/base/risk/churn/inferenceservice.yaml",
    ]
    assert result.stderr == "main (a new branch): would be 7 new, 0 changed, 0 removed, 0 as they were\n"
    assert git(repository, "branch") == ""


def test_nothing_is_published_on_errors(workspace: Path, repository: Path) -> None:
    (workspace / "blueprints" / "churn.yaml").write_text(MODEL.replace("format: sklearn", "format: [1]"))
    result = call(workspace, repository)
    assert result.exit_code == 1 and "blueprints/churn.yaml:4:" in result.stdout
    assert git(repository, "branch") == ""


def test_a_branch_per_environment_holds_what_that_one_needs(workspace: Path, repository: Path) -> None:
    (workspace / "blueprints" / "platform.yaml").write_text(PLATFORM + PROD)
    (workspace / "blueprints" / "fraud.yaml").write_text(
        MODEL.replace("churn", "fraud").replace("dev: {}", "dev: {}, prod: {replicas: 2}")
    )
    result = call(workspace, repository, "--branch-per-environment", "env/{environment}")
    assert result.exit_code == 0, result.output
    dev, prod = files_in(repository, "env/dev"), files_in(repository, "env/prod")
    assert {p.split("/")[0] for p in dev} == {".gitattributes", "base", "dev"}
    assert {p.split("/")[0] for p in prod} == {".gitattributes", "base", "prod"}
    assert "base/risk/churn/kustomization.yaml" in dev and "base/risk/churn/kustomization.yaml" not in prod
    assert "base/risk/fraud/kustomization.yaml" in dev and "base/risk/fraud/kustomization.yaml" in prod
    assert git(repository, "log", "--format=%s", "env/prod") == "Publish test to prod"
    (workspace / "blueprints" / "fraud.yaml").write_text(
        MODEL.replace("churn", "fraud").replace("dev: {}", "dev: {}, prod: {replicas: 3}")
    )
    result = call(workspace, repository, "--branch-per-environment", "env/{environment}")
    assert git(repository, "rev-list", "--count", "env/dev") == "1" and git(repository, "rev-list", "--count", "env/prod") == "2"


def test_where_to_comes_from_the_environment_or_the_users_configuration(workspace: Path, repository: Path, home: Path) -> None:
    assert call(workspace, MODELWRIGHT_PUBLISH_URL=str(repository), MODELWRIGHT_PUBLISH_BRANCH="one").exit_code == 0
    (home / "modelwright").mkdir(parents=True)
    (home / "modelwright" / "config.yaml").write_text(f"publish:\n  url: {repository}\n  branch: two\n  path: deploy\n")
    assert call(workspace).exit_code == 0
    assert call(workspace, "--branch", "three").exit_code == 0
    assert git(repository, "for-each-ref", "--format=%(refname:short)").split() == ["one", "three", "two"]
    assert files_in(repository, "two", "deploy/") == files_in(repository, "one")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("publish: [a]\n", "`publish` in"),
        ("publish: {urll: x}\n", "`publish.urll` in"),
        ("publish: {url: 3}\n", "`publish.url` in"),
        ("publish: {url: a\n", "cannot be read"),
    ],
)
def test_a_configuration_that_says_something_else(workspace: Path, home: Path, text: str, said: str) -> None:
    (home / "modelwright").mkdir(parents=True)
    (home / "modelwright" / "config.yaml").write_text(text)
    result = call(workspace)
    assert result.exit_code == 1 and result.stdout.startswith("MW441 ") and said in result.stdout


def test_a_workspace_has_no_say_in_where(workspace: Path, repository: Path) -> None:
    inside = workspace / "modelwright"
    inside.mkdir()
    (inside / "config.yaml").write_text(f"publish: {{url: {repository}}}\n")
    result = call(workspace, XDG_CONFIG_HOME=str(workspace))
    assert result.exit_code == 1 and "lies in the workspace" in result.stdout
    head = workspace / "modelwright.yaml"
    head.write_text(head.read_text().replace("spec: {", f"spec: {{publish: {{url: {repository}}}, "))
    assert call(workspace).exit_code == 2
    assert git(repository, "branch") == ""


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("R", "--branch", "a..b"),
        ("R", "--branch", "-d"),
        ("R", "--branch", "refs/heads/"),
        ("R", "--branch", "HEAD"),
        ("R", "--branch", "refs/tags/v1"),
        ("R", "--branch-per-environment", "{project}/{environment}"),
        ("R", "--branch", "a", "--branch-per-environment", "{environment}"),
        ("R", "--branch-per-environment", "env"),
        ("R", "--branch-per-environment", "env..{environment}"),
        ("R", "--author", "somebody"),
        ("R", "--author", "a <b> <c>"),
        ("R", "--path", "../up"),
        ("R", "--path", "/abs"),
        ("R", "--path", "a//b"),
        ("R", "--path", "a/.git/b"),
        ("R", "--path", "a/.GIT"),
        ("R", "--path", "a\\b"),
        ("R", "--path", ""),
        ("R", "--path", "a\x1b"),
        ("R", "extra"),
    ],
)
def test_misuse(workspace: Path, repository: Path, arguments: tuple[str, ...]) -> None:
    result = call(workspace, *(repository if a == "R" else a for a in arguments))
    assert result.exit_code == 2 and result.stderr, result.output
    assert "Traceback" not in result.output and "\x1b" not in result.output
    assert git(repository, "branch") == ""


def test_a_report_for_programs(workspace: Path, tmp_path: Path) -> None:
    result = call(workspace, tmp_path / "missing.git", "--format", "json")
    assert result.exit_code == 1
    (problem,) = json.loads(result.stdout)["problems"]
    assert problem["code"] == "MW411" and problem["file"] is None and problem["severity"] == "error"


def test_the_source_commit_is_named_and_so_are_changes_to_it(workspace: Path, repository: Path) -> None:
    def trailer() -> str:
        return git(repository, "show", "-s", "--format=%(trailers:key=Modelwright-Source,valueonly)", "main")

    git(workspace, "init", "-q")
    git(workspace, "add", "--all")
    git(workspace, "commit", "-q", "-m", "start")
    head = git(workspace, "rev-parse", "HEAD")
    call(workspace, repository)
    assert trailer() == head
    churn = workspace / "blueprints" / "churn.yaml"
    churn.write_text(MODEL.replace("small", "large"))
    call(workspace, repository)
    assert trailer() == f"{head} (with uncommitted changes)"
    churn.write_bytes(MODEL.replace("\n", "\r\n").encode())
    call(workspace, repository)
    assert trailer() == head


def test_words_of_a_hook_are_made_safe(workspace: Path, repository: Path) -> None:
    hook = repository / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nprintf '::error::x\\n\\033[31m red \\342\\200\\256 bidi\\n' >&2\nexit 1\n")
    hook.chmod(0o755)
    result = call(workspace, repository)
    assert result.exit_code == 1 and "\x1b" not in result.stdout and "\N{RIGHT-TO-LEFT OVERRIDE}" not in result.stdout
    assert "\\x1b[31m red \\u202e bidi" in result.stdout
    assert not any(line.startswith("::") for line in result.stdout.splitlines())
