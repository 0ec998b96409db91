"""The hooks under the real pre-commit, installed from this very work tree into repositories of their own.

pre-commit runs once per story step, so each story asks several things.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from modelwright.yamlio import read
from tests import scaffold
from tests.gitrepo import Repository

pytest.importorskip("pre_commit", reason="pre-commit is not installed: pip install -e '.[dev]'")

ROOT = Path(__file__).parent.parent
PRE_COMMIT = (sys.executable, "-m", "pre_commit")
MODEL = """\
apiVersion: modelwright/v1
kind: Model
metadata: {name: NAME}
spec: {format: sklearn, source: "gs://models/NAME/", environments: {dev: {}}}
"""

Making = Callable[..., Repository]
SCHEMA = ROOT.parent / "shared" / "data" / "report-schemas" / "pre-commit-hooks.json"


@pytest.mark.skipif(not SCHEMA.exists(), reason="the published schema is not beside this checkout")
def test_the_hooks_are_what_pre_commit_takes() -> None:
    hooks = read((ROOT / ".pre-commit-hooks.yaml").read_text(), "hooks")[0][0]
    jsonschema.validate(hooks, json.loads(SCHEMA.read_text()))


@pytest.fixture(scope="session")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> tuple[Repository, str]:
    """This work tree as a hook repository, and the commit to name; all workers of a run share its environment."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    home, place = folder / "pre-commit-home", folder / "hook-repository"
    if not place.exists():
        _publish(tmp_path_factory.mktemp("hook-repository") / "made", place)
    repository = Repository.made(tmp_path_factory.mktemp("first"), {"PRE_COMMIT_HOME": str(home)})
    revision = Repository(place, repository.env).git("rev-parse", "HEAD").strip()
    hooked = Repository(place, repository.env)
    _configure(repository, hooked, revision, "modelwright-check")
    done = repository.run(*PRE_COMMIT, "install-hooks")
    if done.returncode and not os.environ.get("CI") and re.search("ConnectionError|No matching distribution", done.stdout):
        pytest.skip("pre-commit cannot install the hook: the package registry is out of reach")
    assert done.returncode == 0, done.stdout
    return hooked, revision


def _publish(made: Path, place: Path) -> None:
    """A repository with what an installation needs, put in place at once."""
    repository = Repository.made(made)
    skip = shutil.ignore_patterns("__pycache__", "*.egg-info", "build")
    for name in ("generator", "schemas"):
        shutil.copytree(ROOT / name, made / name, ignore=skip)
    for name in (".pre-commit-hooks.yaml", "pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, made / name)
    repository.git("add", ".")
    repository.git("commit", "-qm", "hooks")
    try:
        made.rename(place)
    except OSError:
        assert place.is_dir(), "another worker was faster"


def _configure(repository: Repository, hooked: Repository, revision: str, hook: str, args: str = "[]") -> None:
    repository.write(
        ".pre-commit-config.yaml",
        f"repos: [{{repo: '{hooked.root}', rev: {revision}, hooks: [{{id: {hook}, args: {args}}}]}}]\n",
    )


@pytest.fixture
def guarded(hooks: tuple[Repository, str], tmp_path: Path) -> Making:
    """Makes a repository with a compiled workspace, guarded by one of the hooks."""

    def make(hook: str, *, below: str = "", args: str = "[]") -> Repository:
        repository = Repository.made(tmp_path / "work", {"PRE_COMMIT_HOME": hooks[0].env["PRE_COMMIT_HOME"]})
        scaffold.write(repository.root / below)
        repository.write(f"{below}blueprints/iris.yaml", MODEL.replace("NAME", "iris"))
        _compile(repository, below)
        _configure(repository, *hooks, hook, args)
        repository.git("add", ".")
        repository.git("commit", "-qm", "start")
        assert repository.run(*PRE_COMMIT, "install").returncode == 0
        return repository

    return make


def _compile(repository: Repository, below: str = "") -> None:
    done = repository.run(sys.executable, "-m", "modelwright", "-C", below or ".", "compile")
    assert done.returncode == 0, done.stdout


def _refused(repository: Repository, *words: str) -> str:
    done = repository.run("git", *words)
    assert done.returncode == 1, done.stdout
    return done.stdout


def test_compile_stops_the_commit_until_its_overlays_are_added(guarded: Making) -> None:
    repository = guarded("modelwright-compile")
    repository.write("blueprints/wine.yaml", MODEL.replace("NAME", "wine"))
    repository.git("add", "blueprints")
    shown = _refused(repository, "commit", "-m", "wine")
    assert "modelwright compile" in shown
    assert "overlays/: 3 new, 1 changed, 0 removed" in shown
    assert "the commit lacks them: `git add overlays`, then commit again" in shown

    # New files alone, which pre-commit itself does not count, stop it as well.
    repository.git("add", "--update")
    shown = _refused(repository, "commit", "-m", "wine")
    assert "files were modified by this hook" not in shown
    assert "overlays/: 0 new, 0 changed, 0 removed" in shown

    repository.git("add", "overlays")
    repository.git("commit", "-qm", "wine")
    assert repository.status() == []
    assert "overlays/base/risk/wine/inferenceservice.yaml" in repository.git("ls-tree", "-r", "--name-only", "HEAD")


def test_compile_sees_what_is_staged_and_nothing_else(guarded: Making) -> None:
    repository = guarded("modelwright-compile")
    # Not added: a broken blueprint, and a good one whose overlays were made earlier.
    repository.write("blueprints/broken.yaml", "kind: [")
    repository.write("README.md", "a workspace\n")
    repository.git("add", "README.md")
    repository.git("commit", "-qm", "readme")
    (repository.root / "blueprints" / "broken.yaml").unlink()
    repository.write("blueprints/wine.yaml", MODEL.replace("NAME", "wine"))
    _compile(repository)
    before = repository.status()
    repository.write("README.md", "my workspace\n")
    repository.git("add", "README.md")
    repository.git("commit", "-qm", "readme again")
    assert repository.status() == before
    assert repository.git("show", "--name-only", "--format=", "HEAD") == "README.md\n"

    # Staged: another format. In the work tree only: a mistake. The commit is the staged one's.
    staged = MODEL.replace("NAME", "iris").replace("sklearn", "xgboost")
    repository.git("checkout", "--", ".")
    repository.write("blueprints/iris.yaml", staged)
    repository.git("add", "blueprints/iris.yaml")
    repository.write("blueprints/iris.yaml", staged + "mistake: here\n")
    shown = _refused(repository, "commit", "-m", "xgboost")
    assert "files were modified by this hook" in shown
    repository.git("add", "overlays/base/risk/iris")
    repository.git("commit", "-qm", "xgboost")
    assert "xgboost" in repository.git("show", "HEAD:overlays/base/risk/iris/inferenceservice.yaml")
    assert (repository.root / "blueprints" / "iris.yaml").read_text() == staged + "mistake: here\n"


def test_check_judges_every_kind_of_commit(guarded: Making, tmp_path: Path) -> None:
    repository = guarded("modelwright-check")
    # A commit that only deletes names no file to pre-commit.
    repository.git("rm", "-q", "blueprints/iris.yaml")
    assert "the blueprints make no file" in _refused(repository, "commit", "-m", "gone")
    repository.git("reset", "-q", "--hard")

    repository.write("blueprints/wine.yaml", MODEL.replace("NAME", "wine"))
    _compile(repository)
    repository.git("add", ".")
    repository.git("commit", "-qm", "wine")
    wine = repository.root / "blueprints" / "wine.yaml"
    wine.write_text(wine.read_text().replace("sklearn", "sklaern: ["))
    assert "blueprints/wine.yaml:4:" in _refused(repository, "commit", "-am", "broken")
    wine.write_text(MODEL.replace("NAME", "wine").replace("sklearn", "lightgbm"))
    assert "is out of date" in _refused(repository, "commit", "-am", "stale")
    assert repository.run(*PRE_COMMIT, "run", "--all-files").returncode == 1

    # `git commit PATH` leaves out what else is staged: here the overlays, which it needs.
    _compile(repository)
    repository.git("add", ".")
    assert "is out of date" in _refused(repository, "commit", "-m", "lightgbm", "blueprints/wine.yaml")
    repository.git("commit", "-qm", "lightgbm", "blueprints/wine.yaml", "overlays")
    assert repository.status() == []

    # A linked work tree has an index of its own.
    repository.git("worktree", "add", "-q", str(tmp_path / "linked"), "-b", "linked")
    linked = Repository(tmp_path / "linked", repository.env)
    linked.git("rm", "-q", "blueprints/wine.yaml")
    assert "is no longer made by any blueprint" in _refused(linked, "commit", "-m", "gone")
    _compile(linked)
    linked.git("add", ".")
    linked.git("commit", "-qm", "gone")
    assert repository.run(*PRE_COMMIT, "run", "--all-files").returncode == 0


def test_a_workspace_in_a_subfolder(guarded: Making) -> None:
    repository = guarded("modelwright-compile", below="deploy/", args="[-C, deploy]")
    repository.write("deploy/blueprints/wine.yaml", MODEL.replace("NAME", "wine"))
    repository.git("add", ".")
    assert "`git add deploy/overlays`" in _refused(repository, "commit", "-m", "wine")
    repository.git("add", "deploy/overlays")
    repository.git("commit", "-qm", "wine")
    assert repository.status() == []


MANIFEST = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {a: b}\n"
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: web}]}}
"""


def test_validate_judges_the_manifests_of_any_repository(hooks: tuple[Repository, str], tmp_path: Path) -> None:
    repository = Repository.made(tmp_path / "any", {"PRE_COMMIT_HOME": hooks[0].env["PRE_COMMIT_HOME"]})
    _configure(repository, *hooks, "modelwright-validate", "[--kubernetes, '1.30']")
    repository.write("k8s/settings.yaml", MANIFEST)
    repository.write("mkdocs.yml", "site_name: docs\n")
    repository.write("web/base/kustomization.yaml", "resources: [deployment.yaml]\n")
    repository.write("web/base/deployment.yaml", DEPLOYMENT)
    repository.write("web/prod/kustomization.yaml", "resources: [../base]\npatches: [{path: more.yaml}]\n")
    repository.write("web/prod/more.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 2}\n")
    repository.git("add", ".")
    assert repository.run(*PRE_COMMIT, "install").returncode == 0
    repository.git("commit", "-qm", "start")

    # A manifest that the release named lacks, and a patch that breaks what it is laid over.
    repository.write("k8s/quota.yaml", "apiVersion: flowcontrol.apiserver.k8s.io/v1beta2\nkind: FlowSchema\nmetadata: {name: all}\n")
    repository.write("web/prod/more.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: two}\n")
    repository.git("add", ".")
    shown = _refused(repository, "commit", "-m", "wrong")
    assert "k8s/quota.yaml:1:13: MW506 FlowSchema" in shown and "gone since Kubernetes 1.29" in shown
    assert "web/prod/more.yaml:4:18: MW502" in shown and "2 errors" in shown

    repository.write("k8s/quota.yaml", "# none\n")
    repository.write("web/prod/more.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 3}\n")
    repository.git("add", ".")
    repository.git("commit", "-qm", "right")
