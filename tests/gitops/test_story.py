"""The life of a GitOps repository on this machine: published to, edited, attacked, shared with others."""

from __future__ import annotations

import os
import random
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from modelwright.gitops import publish as publishing
from modelwright.gitops.cache import plain_git
from tests.gitops.servers import git
from tests.gitops.world import FILES, MODEL, bare, clone, codes, files_in, publish_to, pushed, sound

ATTRIBUTES = ".gitattributes"
NOBODY = 65534
CHANGED = {**FILES, MODEL: "kind: InferenceService\nspec:\n  replicas: 3\n"}


def without(*paths: str) -> dict[str, str]:
    return {k: v for k, v in FILES.items() if k not in paths}


def as_nobody(action: Callable[[], Any]) -> Any:
    """The action's result, had without root's powers."""
    if os.geteuid() != 0:
        return action()
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    try:
        with plain_git():  # root's own configuration is closed to others
            return action()
    finally:
        os.seteuid(0)
        os.setegid(0)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return bare(tmp_path / "ops.git")


def test_the_first_publish_makes_the_branch_and_the_second_nothing(repository: Path) -> None:
    done, problems = publish_to(repository)
    assert problems == () and done.created and done.branch == "main"
    assert set(done.decision.creates) == {*FILES, ATTRIBUTES}
    files = files_in(repository)
    assert set(files) == {*FILES, ATTRIBUTES}
    assert all(text.startswith("# modelwright mlops: ") for text in files.values())
    again, problems = publish_to(repository)
    assert problems == () and again.commit == "" and again.decision.empty and again.decision.unchanged == 6
    assert git(repository, "rev-list", "--count", "main") == "1"
    sound(repository)


def test_a_commit_holds_exactly_the_files_that_differ(repository: Path) -> None:
    publish_to(repository)
    done, problems = publish_to(repository, {**CHANGED, "prod/fraud/kustomization.yaml": "resources: []\n"})
    assert problems == ()
    shown = git(repository, "show", "--name-status", "--format=", done.commit).splitlines()
    assert shown == [f"M\toverlays/{MODEL}", "A\toverlays/prod/fraud/kustomization.yaml"]
    assert git(repository, "rev-parse", "main") == done.commit


def test_what_no_blueprint_makes_any_more_goes_and_so_do_hollow_folders(repository: Path) -> None:
    publish_to(repository)
    gone = [p for p in FILES if p.startswith("dev/")]
    done, problems = publish_to(repository, without(*gone))
    assert problems == () and set(done.decision.prunes) == set(gone)
    assert git(repository, "ls-tree", "--name-only", "main:overlays").split() == [ATTRIBUTES, "base"]


def test_what_is_not_ours_stays_as_it_is_to_the_byte(repository: Path, tmp_path: Path) -> None:
    publish_to(repository)
    work = clone(repository, tmp_path / "work")
    (work / "README.md").write_text("by hand\r\n")
    odd = work / "overlays" / "dev" / "fraud" / "detector" / "it's ünusual \N{SNOWMAN}"
    odd.mkdir()
    (odd / "run.sh").write_text("#!/bin/sh\n")
    (odd / "run.sh").chmod(0o755)
    (odd / "link").symlink_to("../../../../../../etc/passwd")
    (work / "overlays" / "base" / os.fsdecode(b"latin\xe4")).write_text("x")
    pushed(work)
    before = git(repository, "ls-tree", "-r", "main")
    done, problems = publish_to(repository, CHANGED)
    assert problems == () and done.decision.updates == (MODEL,)
    after = git(repository, "ls-tree", "-r", "main")
    assert [line for line in before.splitlines() if line not in after.splitlines()] == [
        line for line in before.splitlines() if MODEL in line
    ]
    publish_to(repository, {}, allow_empty=True)
    left = git(repository, "ls-tree", "-r", "main").splitlines()
    assert len(left) == 4 and set(left) <= set(before.splitlines())
    sound(repository)


def test_an_edited_file_is_named_and_kept_and_force_lets_it_go(repository: Path, tmp_path: Path) -> None:
    publish_to(repository)
    work = clone(repository, tmp_path / "work")
    edited = work / "overlays" / MODEL
    edited.write_text(edited.read_text().replace("replicas: 1", "replicas: 7"))
    pushed(work)
    more = {**CHANGED, "stage/fraud/kustomization.yaml": "resources: []\n"}
    done, problems = publish_to(repository, more)
    assert codes(problems) == ["MW420"]
    assert problems[0].message == f"`overlays/{MODEL}` was edited by hand: it is kept as it is"
    assert done.decision.creates == ("stage/fraud/kustomization.yaml",) and done.commit
    assert "replicas: 7" in files_in(repository)[MODEL]
    done, problems = publish_to(repository, more, force=True)
    assert problems == () and done.decision.updates == (MODEL,)
    assert "replicas: 3" in files_in(repository)[MODEL]


def test_a_kept_kustomization_keeps_what_it_may_name(repository: Path, tmp_path: Path) -> None:
    publish_to(repository)
    work = clone(repository, tmp_path / "work")
    with (work / "overlays" / "dev" / "fraud" / "kustomization.yaml").open("a") as file:
        file.write("- extra\n")
    pushed(work)
    _, problems = publish_to(repository, without("dev/fraud/detector/patch.yaml", "dev/fraud/kustomization.yaml"))
    assert codes(problems) == ["MW420"]
    assert "dev/fraud/detector/patch.yaml" in files_in(repository)


def test_a_header_lost_or_line_ends_changed_are_no_edits(repository: Path, tmp_path: Path) -> None:
    publish_to(repository)
    work = clone(repository, tmp_path / "work")
    model, patch = work / "overlays" / MODEL, work / "overlays" / "dev/fraud/detector/patch.yaml"
    model.write_text(FILES[MODEL])
    (work / "overlays" / ATTRIBUTES).write_bytes((work / "overlays" / ATTRIBUTES).read_bytes())
    blob = subprocess.run(
        ["git", "hash-object", "-w", "--stdin"], cwd=work, input=patch.read_bytes().replace(b"\n", b"\r\n"), capture_output=True
    )
    git(work, "update-index", "--cacheinfo", f"100644,{blob.stdout.decode().strip()},overlays/dev/fraud/detector/patch.yaml")
    git(work, "commit", "-q", "-m", "crlf")
    pushed(work)
    done, problems = publish_to(repository)
    assert problems == () and MODEL in done.decision.updates
    assert files_in(repository)[MODEL].startswith("# modelwright mlops: ")
    assert b"\r" not in subprocess.run(
        ["git", "show", "main:overlays/dev/fraud/detector/patch.yaml"], cwd=repository, capture_output=True
    ).stdout


@pytest.mark.parametrize("there", ["file", "link", "submodule"])
@pytest.mark.parametrize("where", ["overlays", "overlays/base", f"overlays/{MODEL}"])
def test_something_in_the_way_blocks_the_publish(repository: Path, tmp_path: Path, there: str, where: str) -> None:
    work = clone(repository, tmp_path / "work")
    target = work / where
    target.parent.mkdir(parents=True, exist_ok=True)
    if there == "file":
        target.write_text("mine\n")
    elif there == "link":
        target.symlink_to("/etc")
    (work / "README").write_text("x")
    pushed(work)
    if there == "submodule":
        commit = git(repository, "rev-parse", "main")
        git(work, "update-index", "--add", "--cacheinfo", f"160000,{commit},{where}")
        git(work, "commit", "-q", "-m", "submodule")
        git(work, "push", "-q")
    before = git(repository, "rev-parse", "main")
    done, problems = publish_to(repository)
    assert codes(problems) == ["MW421"] and f"`{where}`" in problems[0].message and done.commit == ""
    assert git(repository, "rev-parse", "main") == before


def test_a_folder_where_a_file_must_be(repository: Path, tmp_path: Path) -> None:
    publish_to(repository, {f"{MODEL}/old.yaml": "kind: Old\n"})
    done, problems = publish_to(repository)
    assert problems == () and f"{MODEL}/old.yaml" in done.decision.prunes
    assert files_in(repository)[MODEL].endswith(FILES[MODEL].strip())
    done, problems = publish_to(repository, {f"{MODEL}/old.yaml": "kind: Old\n"})
    assert problems == () and set(files_in(repository)) == {f"{MODEL}/old.yaml", ATTRIBUTES}
    work = clone(repository, tmp_path / "work")
    (work / "overlays" / MODEL / "mine.yaml").write_text("mine\n")
    pushed(work)
    _, problems = publish_to(repository)
    assert codes(problems) == ["MW421"] and "other files in it" in problems[0].message
    sound(repository)


def test_two_workspaces_in_one_folder_are_told_apart(repository: Path) -> None:
    publish_to(repository)
    done, problems = publish_to(repository, CHANGED, workspace="other")
    assert codes(problems) == ["MW421"] and "belong to workspace `mlops`" in problems[0].message and not done.commit
    done, problems = publish_to(repository, CHANGED, workspace="other", folder="teams/other")
    assert problems == () and done.commit
    assert set(files_in(repository, below="teams/other/")) == {*FILES, ATTRIBUTES}
    assert set(files_in(repository)) == {*FILES, ATTRIBUTES}


def test_the_top_of_the_repository_can_be_the_folder(repository: Path) -> None:
    done, problems = publish_to(repository, folder="")
    assert problems == () and done.commit
    assert set(files_in(repository, below="")) == {*FILES, ATTRIBUTES}


def test_an_empty_result_needs_a_word(repository: Path) -> None:
    publish_to(repository)
    done, problems = publish_to(repository, {})
    assert codes(problems) == ["MW422"] and not done.commit and len(files_in(repository)) == 6
    done, problems = publish_to(repository, {}, allow_empty=True)
    assert problems == () and files_in(repository) == {}
    sound(repository)


def test_nothing_to_publish_to_a_new_branch_makes_no_branch(repository: Path) -> None:
    done, problems = publish_to(repository, {}, branch="new")
    assert problems == () and not done.commit and git(repository, "branch") == ""


def test_a_dry_run_tells_and_writes_nothing(repository: Path) -> None:
    before = sorted(repository.rglob("*"))
    done, problems = publish_to(repository, dry_run=True)
    assert problems == () and len(done.decision.creates) == 6 and done.commit == ""
    assert [p for p in sorted(repository.rglob("*")) if p.name != "modelwright.lock"] == before


def test_the_same_tree_whoever_publishes_it_from_wherever(tmp_path: Path) -> None:
    trees = set()
    for name in ("one.git", "it's ünusual \N{SNOWMAN} two.git"):
        repository = bare(tmp_path / name)
        publish_to(repository, dict(sorted(FILES.items(), reverse=name.startswith("one"))))
        trees.add(git(repository, "rev-parse", "main^{tree}"))
    assert len(trees) == 1


def test_the_message_says_what_and_where_from(repository: Path) -> None:
    done, _ = publish_to(repository)
    message = git(repository, "show", "-s", "--format=%B%an <%ae> %cn <%ce>", done.commit)
    digest = git(repository, "rev-parse", "main:overlays")
    assert message.splitlines() == [
        "Publish mlops",
        "",
        "6 new, 0 changed, 0 removed.",
        "",
        "Modelwright-Version: 0.1.0",
        f"Modelwright-Digest: {digest}",
        "A <a@example.com> A <a@example.com>",
    ]
    trailers = git(repository, "show", "-s", "--format=%(trailers:only,unfold)", done.commit)
    assert trailers.splitlines() == ["Modelwright-Version: 0.1.0", f"Modelwright-Digest: {digest}"]
    done, _ = publish_to(repository, CHANGED, message="Ship it\n\nNow.\n", author=("Me", "me@example.com"))
    assert git(repository, "show", "-s", "--format=%s|%an|%cn", done.commit) == "Ship it|Me|A"


def test_a_branch_that_moved_back_or_was_packed_away_is_no_matter(repository: Path) -> None:
    publish_to(repository)
    first = git(repository, "rev-parse", "main")
    publish_to(repository, CHANGED)
    git(repository, "update-ref", "refs/heads/main", first)
    git(repository, "gc", "-q", "--prune=now")
    git(repository, "pack-refs", "--all")
    done, problems = publish_to(repository, CHANGED)
    assert problems == () and done.decision.updates == (MODEL,)
    assert git(repository, "rev-parse", "main^") == first
    sound(repository)


def test_a_rewritten_history_is_built_upon_not_undone(repository: Path, tmp_path: Path) -> None:
    publish_to(repository)
    work = clone(repository, tmp_path / "work")
    git(work, "checkout", "-q", "--orphan", "fresh")
    (work / "NOTES").write_text("new start\n")
    git(work, "add", "--all")
    git(work, "commit", "-q", "-m", "new start")
    git(work, "push", "-q", "--force", "origin", "HEAD:main")
    start = git(repository, "rev-parse", "main")
    _, problems = publish_to(repository, CHANGED)
    assert problems == () and git(repository, "rev-parse", "main^") == start
    assert git(repository, "show", "main:NOTES") == "new start"


def test_branches_above_and_below_each_other(repository: Path) -> None:
    publish_to(repository, branch="env")
    for branch in ("env/dev", "env"):
        done, problems = publish_to(repository, CHANGED, branch=branch)
        assert (codes(problems), bool(done.commit)) == ((["MW415"], False) if branch == "env/dev" else ([], True))


def test_a_branch_that_is_a_tag_object_or_a_symbolic_name(repository: Path) -> None:
    publish_to(repository)
    git(repository, "symbolic-ref", "refs/heads/alias", "refs/heads/main")
    done, problems = publish_to(repository, CHANGED, branch="alias")
    assert problems == () and git(repository, "rev-parse", "main") == done.commit
    git(repository, "tag", "-a", "-m", "x", "v1", "main")
    for wrong in (git(repository, "rev-parse", "main^{tree}"), git(repository, "rev-parse", "v1"), "1" * 40):
        (repository / "refs" / "heads" / "broken").write_text(wrong + "\n")
        done, problems = publish_to(repository, CHANGED, branch="broken")
        assert codes(problems) == ["MW415"] and done.commit == ""


class TestSameRepository:
    """Published from a workspace to another branch of its own repository."""

    @pytest.fixture
    def work(self, tmp_path: Path) -> Path:
        git(tmp_path, "init", "-q", "-b", "main", "work")
        work = tmp_path / "work"
        (work / "modelwright.yaml").write_text("x\n")
        git(work, "add", "--all")
        git(work, "commit", "-q", "-m", "start")
        (work / "staged").write_text("staged\n")
        git(work, "add", "staged")
        (work / "modelwright.yaml").write_text("changed\n")
        return work

    def test_its_checkout_and_its_index_stay_as_they_are(self, work: Path) -> None:
        before = git(work, "status", "--porcelain=v2"), (work / ".git" / "index").read_bytes()
        done, problems = publish_to(work, branch="deployed", root=str(work))
        assert problems == () and done.created
        assert (git(work, "status", "--porcelain=v2"), (work / ".git" / "index").read_bytes()) == before
        assert git(work, "log", "--format=%s", "deployed") == "Publish mlops"

    def test_a_checked_out_branch_is_refused_in_every_work_tree(self, work: Path, tmp_path: Path) -> None:
        git(work, "worktree", "add", "-q", "-b", "side", str(tmp_path / "side"))
        for at in (work, tmp_path / "side"):
            for branch in ("", "main", "side"):
                before = git(work, "for-each-ref")
                done, problems = publish_to(at, branch=branch, root=str(work))
                assert codes(problems) == ["MW414"] and not done.commit
                assert git(work, "for-each-ref") == before
        done, problems = publish_to(tmp_path / "side", branch="deployed", root=str(work))
        assert problems == () and done.commit == git(work, "rev-parse", "deployed")

    def test_an_unborn_checked_out_branch_is_refused_too(self, tmp_path: Path) -> None:
        git(tmp_path, "init", "-q", "-b", "main", "fresh")
        _, problems = publish_to(tmp_path / "fresh")
        assert codes(problems) == ["MW414"]

    def test_nothing_of_its_configuration_runs(self, work: Path, tmp_path: Path) -> None:
        trap, sprung = tmp_path / "trap", tmp_path / "sprung"
        trap.write_text(f"#!/bin/sh\ntouch '{sprung}'\nexit 1\n")
        trap.chmod(0o755)
        hooks = tmp_path / "hooks"
        hooks.mkdir()
        for name in ("pre-commit", "reference-transaction", "pre-receive", "update", "pre-push", "post-commit"):
            (hooks / name).symlink_to(trap)
        for key, value in {
            "core.fsmonitor": str(trap),
            "core.hooksPath": str(hooks),
            "core.sshCommand": str(trap),
            "core.gitProxy": str(trap),
            "filter.trap.clean": str(trap),
            "filter.trap.smudge": str(trap),
            "filter.trap.process": str(trap),
            "credential.helper": f"!{trap}",
            "gpg.program": str(trap),
            "uploadpack.packObjectsHook": str(trap),
            "commit.gpgSign": "true",
            "url.ext::sh -c trap.insteadOf": str(tmp_path),
            "user.name": "Mallory",
        }.items():
            git(work, "config", key, value)
        (work / ".gitattributes").write_text("* filter=trap\n")
        other = bare(tmp_path / "other.git")
        for target, branch in ((work, "deployed"), (other, "main")):
            done, problems = publish_to(target, branch=branch, root=str(work))
            assert problems == () and done.commit
            assert git(target, "show", "-s", "--format=%an", done.commit) == "A"
        assert not sprung.exists()


class TestHooks:
    """A repository's own rules hold for one who reaches it by its path, as they do with git push."""

    def hook(self, repository: Path, name: str, text: str) -> None:
        (repository / "hooks").mkdir(exist_ok=True)
        file = repository / "hooks" / name
        file.write_text(f"#!/bin/sh\n{text}\n")
        file.chmod(0o755)

    @pytest.mark.parametrize("name", ["pre-receive", "update"])
    def test_it_may_say_no_and_its_words_are_shown(self, repository: Path, name: str) -> None:
        self.hook(repository, name, "printf 'no deploys \\033[31m on fridays\\n::error::gotcha\\n' >&2; exit 1")
        done, problems = publish_to(repository)
        assert codes(problems) == ["MW434"] and done.commit == ""
        assert "no deploys" in problems[0].message and "on fridays" in problems[0].message
        assert git(repository, "branch") == ""

    def test_it_is_told_what_arrives_and_may_say_yes(self, repository: Path, tmp_path: Path) -> None:
        self.hook(repository, "post-receive", f"cat >> '{tmp_path}/log'")
        self.hook(repository, "pre-receive", "exit 0")
        first, _ = publish_to(repository)
        second, problems = publish_to(repository, CHANGED)
        assert problems == () and git(repository, "rev-parse", "main") == second.commit
        assert (tmp_path / "log").read_text().splitlines() == [
            f"{'0' * 40} {first.commit} refs/heads/main",
            f"{first.commit} {second.commit} refs/heads/main",
        ]
        sound(repository)

    def test_without_git_to_run_them_nothing_is_published(self, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.hook(repository, "pre-receive", "exit 1")
        monkeypatch.setenv("PATH", "")
        done, problems = publish_to(repository)
        assert codes(problems) == ["MW434"] and "pre-receive" in problems[0].message and done.commit == ""


class TestTrouble:
    """Repositories that cannot be published to: one problem each, nothing changed."""

    def test_forms_that_libgit2_cannot_write(self, tmp_path: Path) -> None:
        sha256 = bare(tmp_path / "sha256.git", "--object-format=sha256")
        assert codes(publish_to(sha256)[1]) == ["MW412"]
        reftable = bare(tmp_path / "reftable.git")
        git(reftable, "config", "core.repositoryFormatVersion", "1")
        git(reftable, "config", "extensions.refStorage", "reftable")
        assert codes(publish_to(reftable)[1]) == ["MW412"]

    def test_no_repository(self, tmp_path: Path) -> None:
        (tmp_path / "empty").mkdir()
        (tmp_path / "file").write_text("x")
        for path in ("missing", "empty", "file", "missing/deeper"):
            _, problems = publish_to(tmp_path / path)
            assert codes(problems) == ["MW411"] and str(tmp_path / path) in problems[0].message
        assert not (tmp_path / "missing").exists()

    @pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
    def test_the_repository_of_somebody_else(self, repository: Path) -> None:
        os.chown(repository, 12345, 12345)
        _, problems = publish_to(repository)
        assert codes(problems) == ["MW413"] and "safe.directory" in problems[0].hint

    def test_no_permission_to_write(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            Path(folder).chmod(0o755)
            repository = bare(Path(folder) / "ops.git")
            publish_to(repository)
            before = git(repository, "rev-parse", "main")
            for path in [repository, *repository.rglob("*")]:
                path.chmod(0o555 if path.is_dir() else 0o444)
                if os.geteuid() == 0:
                    os.chown(path, NOBODY, NOBODY)
            _, problems = as_nobody(lambda: publish_to(repository, CHANGED))
            assert codes(problems) == ["MW440"] and "permission denied" in problems[0].message
            if os.geteuid() == 0:
                os.chown(repository, 0, 0)
            assert git(repository, "rev-parse", "main") == before

    def test_a_full_disk(self, small_disk: Path) -> None:
        repository = bare(small_disk / "ops.git")
        publish_to(repository)
        before = git(repository, "rev-parse", "main")
        noise = random.Random(0).randbytes(300_000).hex()
        done, problems = publish_to(repository, {**FILES, "base/big.yaml": f"data: {noise}\n"})
        assert codes(problems) == ["MW440"] and "no space left" in problems[0].message and not done.commit
        assert git(repository, "rev-parse", "main") == before
        sound(repository)
        done, problems = publish_to(repository, CHANGED)
        assert problems == () and done.decision.updates == (MODEL,)

    def test_a_lock_that_stays(self, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(publishing, "LOCKED", 4)
        publish_to(repository)
        lock = repository / "refs" / "heads" / "main.lock"
        lock.write_text("")
        done, problems = publish_to(repository, CHANGED)
        assert codes(problems) == ["MW417"] and not done.commit
        assert "`refs/heads/main.lock`" in problems[0].hint
        assert lock.exists(), "somebody else's lock is not ours to break"
        lock.unlink()
        assert publish_to(repository, CHANGED)[0].commit
