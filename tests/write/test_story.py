"""The life of an overlays folder: compiled, edited, merged, moved, pruned, attacked."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import subprocess
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import pytest

from modelwright import workers
from modelwright.problems import Problem
from modelwright.write import Plan, Written, apply, plan, stale
from modelwright.write import disk as disk_room

FIRST = {
    "base/fraud/detector/kustomization.yaml": "resources:\n- model.yaml\n",
    "base/fraud/detector/model.yaml": "kind: InferenceService\nspec:\n  replicas: 1\n",
    "dev/fraud/kustomization.yaml": "resources:\n- detector\n",
    "dev/fraud/detector/kustomization.yaml": "resources:\n- ../../../base/fraud/detector\n",
    "dev/fraud/detector/patch.yaml": "spec:\n  replicas: 2\n",
}
MODEL = "base/fraud/detector/model.yaml"


def decide(
    root: Path,
    files: Mapping[str, str] = FIRST,
    *,
    force: bool = False,
    allow_empty: bool = False,
    scope: Collection[str] | None = None,
) -> Plan:
    owners = dict.fromkeys(files, "Model/detector")
    return plan(root, files, owners, "mlops", force=force, allow_empty=allow_empty, scope=scope)


def compiled(root: Path, files: Mapping[str, str] = FIRST) -> Written:
    return apply(decide(root, files), root)


def tree(root: Path) -> dict[str, str]:
    top = root / "overlays"
    return {p.relative_to(top).as_posix(): p.read_text() for p in sorted(top.rglob("*")) if p.is_file()}


def folders(root: Path) -> set[str]:
    top = root / "overlays"
    return {p.relative_to(top).as_posix() for p in top.rglob("*") if p.is_dir()}


def codes(problems: tuple[Problem, ...]) -> list[str]:
    return [p.code for p in problems]


def without(*paths: str) -> dict[str, str]:
    return {k: v for k, v in FIRST.items() if k not in paths}


@pytest.fixture(params=["handles", "paths"])
def root(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A workspace; each story is told twice, with directory handles and without (as on Windows)."""
    if request.param == "paths":
        monkeypatch.setattr(disk_room, "HANDLES", False)
    elif not disk_room.HANDLES:
        pytest.skip("this platform has no directory handles")
    top = tmp_path / "workspace"
    top.mkdir()
    yield top


def test_the_first_compile_writes_everything_and_the_second_nothing(root: Path) -> None:
    assert compiled(root) == Written(created=6)
    files = tree(root)
    assert set(files) == {*FIRST, ".gitattributes"}
    assert all(text.startswith("# modelwright mlops: ") for text in files.values())
    assert files[MODEL].endswith(FIRST[MODEL])
    before = {p: p.stat().st_mtime_ns for p in (root / "overlays").rglob("*")}
    again = decide(root)
    assert again.empty and len(again.unchanged) == 6 and stale(again) == ()
    assert apply(again, root) == Written()
    assert before == {p: p.stat().st_mtime_ns for p in (root / "overlays").rglob("*")}


def test_a_changed_blueprint_updates_one_file_and_check_says_so_before(root: Path) -> None:
    compiled(root)
    changed = {**without("dev/fraud/detector/patch.yaml"), MODEL: "kind: Other\n", "prod/a.yaml": "a: 1\n"}
    step = decide(root, changed)
    assert [(p.code, p.severity, p.message) for p in stale(step)] == [
        ("MW403", "error", f"`overlays/{MODEL}` is out of date"),
        ("MW403", "error", "`overlays/dev/fraud/detector/patch.yaml` is no longer made by any blueprint"),
        ("MW403", "error", "`overlays/prod/a.yaml` is missing"),
    ]
    assert apply(step, root) == Written(created=1, updated=1, pruned=1)
    assert decide(root, changed).empty


def test_check_names_twenty_stale_files_and_counts_the_rest(root: Path) -> None:
    found = stale(decide(root, {f"dev/{n}.yaml": "a: 1\n" for n in range(40)}))
    assert len(found) == 21 and found[-1].message.startswith("21 more files")


def test_a_hand_edit_survives_is_named_at_its_line_and_yields_only_to_force(root: Path) -> None:
    compiled(root)
    file = root / "overlays" / MODEL
    file.write_text(file.read_text().replace("replicas: 1", "replicas: 7"))
    step = decide(root, {**FIRST, "dev/fraud/detector/patch.yaml": "spec: {}\n"})
    (problem,) = step.problems
    assert (problem.code, problem.effect, problem.severity) == ("MW401", "risk", "error")
    assert MODEL in problem.message and "Model/detector" in problem.hint and "--force" in problem.hint
    assert getattr(problem.place, "line", 0) == 4
    assert apply(step, root) == Written(updated=1)
    assert "replicas: 7" in file.read_text()

    assert apply(decide(root, force=True), root) == Written(updated=2)
    assert file.read_text().endswith(FIRST[MODEL])


def test_an_edit_that_says_what_the_blueprint_says_is_no_error(root: Path) -> None:
    compiled(root)
    file = root / "overlays" / MODEL
    file.write_text(file.read_text().replace("replicas: 1", "replicas: 7"))
    caught_up = {**FIRST, MODEL: FIRST[MODEL].replace("replicas: 1", "replicas: 7")}
    step = decide(root, caught_up)
    assert not step.problems and list(step.updates) == [MODEL]
    apply(step, root)
    assert decide(root, caught_up).empty
    file.write_text(file.read_text().split("\n", 1)[1])  # somebody took the header off
    assert list(decide(root, caught_up).updates) == [MODEL]


def test_an_edited_file_whose_component_is_gone_is_kept_and_named(root: Path) -> None:
    compiled(root)
    patch = "dev/fraud/detector/patch.yaml"
    file = root / "overlays" / patch
    file.write_text(file.read_text() + "more: 1\n")
    step = decide(root, without(patch))
    assert codes(step.problems) == ["MW401"] and step.prunes == () and step.edited == (patch,)
    assert "no blueprint makes it" in step.problems[0].message
    apply(step, root)
    assert file.exists()
    assert apply(decide(root, without(patch), force=True), root).pruned == 1
    assert not file.exists()


def test_nothing_is_pruned_that_a_kept_kustomization_may_name(root: Path) -> None:
    compiled(root)
    edited = root / "overlays/dev/fraud/kustomization.yaml"
    edited.write_text(edited.read_text() + "# mine\n")
    gone = ("dev/fraud/detector/kustomization.yaml", "dev/fraud/detector/patch.yaml")
    step = decide(root, without(*gone))
    assert step.prunes == () and codes(step.problems) == ["MW401"]
    assert set(decide(root, without(*gone), force=True).prunes) == set(gone)


def test_pruning_takes_emptied_folders_along_but_never_the_top(root: Path) -> None:
    compiled(root)
    (root / "overlays/README.md").write_text("ours to keep\n")
    few = {p: b for p, b in FIRST.items() if p.startswith("base/")}
    assert compiled(root, few).pruned == 3
    assert folders(root) == {"base", "base/fraud", "base/fraud/detector"}

    step = decide(root, {})
    assert codes(step.problems) == ["MW408"] and step.blocked and "--allow-empty" in step.problems[0].hint
    assert apply(step, root) == Written()
    assert apply(decide(root, {}, allow_empty=True), root).pruned == 3
    assert tree(root) == {"README.md": "ours to keep\n"} and folders(root) == set()
    (root / "overlays/README.md").unlink()
    assert compiled(root, {}) == Written() and (root / "overlays").is_dir()


def test_an_empty_workspace_makes_no_folder(root: Path) -> None:
    assert compiled(root, {}) == Written()
    assert not (root / "overlays").exists()


def test_a_moved_or_copied_file_is_cleaned_up(root: Path) -> None:
    compiled(root)
    (root / "overlays/base/fraud").rename(root / "overlays/base/risk")
    step = decide(root)
    assert not step.problems and len(step.prunes) == 2 and len(step.creates) == 2
    apply(step, root)
    assert decide(root).empty and "base/risk" not in folders(root)


def test_foreign_files_are_left_alone_unless_they_stand_in_the_way(root: Path) -> None:
    (root / "overlays/base/fraud/detector").mkdir(parents=True)
    (root / "overlays/base/fraud/detector/notes.txt").write_text("hands off\n")
    (root / "overlays/photo.png").write_bytes(b"\x89PNG\xff\x00" * 3000)
    assert compiled(root) == Written(created=6)
    assert (root / "overlays/photo.png").stat().st_size == 18000
    (root / "overlays" / MODEL).write_text("kind: Mine\n")
    step = decide(root)
    assert codes(step.problems) == ["MW402"] and MODEL in step.problems[0].message
    assert codes(decide(root, force=True).problems) == ["MW402"]
    assert apply(step, root) == Written() and (root / "overlays" / MODEL).read_text() == "kind: Mine\n"


def test_a_second_name_for_a_kustomization_stands_in_the_way(root: Path) -> None:
    compiled(root)
    (root / "overlays/dev/fraud/kustomization.yml").write_text("resources: []\n")
    assert codes(decide(root).problems) == ["MW402"]


def test_files_of_another_workspace_are_one_problem(root: Path) -> None:
    compiled(root)
    step = plan(root, FIRST, dict.fromkeys(FIRST, "Model/detector"), "renamed")
    assert codes(step.problems) == ["MW402"] and step.blocked
    assert "6 files" in step.problems[0].message and "`mlops`" in step.problems[0].message


def test_a_folder_or_a_pipe_where_a_file_must_be(root: Path) -> None:
    (root / "overlays" / MODEL).mkdir(parents=True)
    (root / "overlays" / MODEL / "mine.txt").write_text("x")
    if hasattr(os, "mkfifo"):
        os.mkfifo(root / "overlays/.gitattributes")
        assert codes(decide(root).problems) == ["MW402", "MW402"]
        (root / "overlays/.gitattributes").unlink()
    assert codes(decide(root).problems) == ["MW402"]
    (root / "overlays" / MODEL / "mine.txt").unlink()
    assert compiled(root) == Written(created=6)  # an empty folder is nobody's


def test_a_file_becomes_a_folder_and_back(root: Path) -> None:
    file, folder = {"dev/x": "a: 1\n"}, {"dev/x/a": "a: 1\n", "dev/x/b": "b: 1\n"}
    compiled(root, file)
    assert compiled(root, folder) == Written(created=2, pruned=1)
    assert decide(root, folder).empty
    assert compiled(root, file) == Written(created=1, pruned=2)
    assert decide(root, file).empty


def test_overlays_that_is_a_file(root: Path) -> None:
    (root / "overlays").write_text("x")
    step = decide(root)
    assert codes(step.problems) == ["MW402"] and apply(step, root) == Written()


def test_symlinks_are_refused_and_what_they_point_to_is_safe(root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    compiled(root)
    shutil.copytree(root / "overlays", outside)
    before = {p: p.read_bytes() for p in outside.rglob("*") if p.is_file()}
    shutil.rmtree(root / "overlays")
    (root / "overlays").symlink_to(outside, target_is_directory=True)
    for files in ({MODEL: "x: 1\n"}, {}):
        step = decide(root, files, force=True, allow_empty=True)
        assert codes(step.problems) == ["MW404"] and apply(step, root) == Written()
    (root / "overlays").unlink()

    compiled(root)
    shutil.rmtree(root / "overlays/base")
    (root / "overlays/base").symlink_to(outside / "base", target_is_directory=True)
    (root / "overlays/dev/fraud/kustomization.yaml").unlink()
    (root / "overlays/dev/fraud/kustomization.yaml").symlink_to(outside / "dev/fraud/kustomization.yaml")
    step = decide(root, {MODEL: "x: 1\n"}, force=True)
    assert codes(step.problems) == ["MW404", "MW404"] and apply(step, root) == Written()
    assert before == {p: p.read_bytes() for p in outside.rglob("*") if p.is_file()}


def test_a_folder_swapped_for_a_symlink_after_the_plan_is_not_followed(root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    step = decide(root)
    (root / "overlays").mkdir()
    (root / "overlays/base").symlink_to(outside, target_is_directory=True)
    assert codes(apply(step, root).problems) == ["MW409"]
    assert list(outside.iterdir()) == []


def test_an_edit_made_after_the_plan_is_not_lost(root: Path) -> None:
    compiled(root)
    step = decide(root, {**FIRST, MODEL: "kind: New\n"})
    file = root / "overlays" / MODEL
    file.write_text(file.read_text() + "late: edit\n")
    result = apply(step, root)
    assert codes(result.problems) == ["MW409"] and "changed while" in result.problems[0].message
    assert "late: edit" in file.read_text()


@pytest.mark.parametrize(
    "path",
    ["../x", "/x", "a/../../x", "a//b", "a/./b", "", "a/", "a\\b", "a\0b", "a\nb", ".git/config", ".modelwright-1.tmp"],
)
def test_a_path_that_leaves_the_folder_is_a_bug_of_ours(tmp_path: Path, path: str) -> None:
    with pytest.raises(ValueError):
        decide(tmp_path, {path: "x"})


def test_other_misuse(tmp_path: Path) -> None:
    with pytest.raises(ValueError):
        decide(tmp_path, {"a": "", "a/b": ""})
    with pytest.raises(ValueError):
        plan(tmp_path, {"a": ""}, {}, "mlops")


@pytest.mark.skipif(os.name == "nt", reason="modes are of POSIX")
@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_the_mode_does_not_depend_on_the_umask(root: Path, mask: int) -> None:
    old = os.umask(mask)
    try:
        compiled(root)
    finally:
        os.umask(old)
    modes = {stat.S_IMODE(p.stat().st_mode) for p in (root / "overlays").rglob("*") if p.is_file()}
    assert modes == {0o644}


def test_a_crlf_checkout_is_still_ours_and_up_to_date(root: Path) -> None:
    compiled(root)
    for file in (root / "overlays").rglob("*"):
        if file.is_file():
            file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert decide(root).empty
    step = decide(root, {**FIRST, MODEL: "kind: New\n"})
    assert not step.problems and list(step.updates) == [MODEL]
    apply(step, root)
    assert b"\r" not in (root / "overlays" / MODEL).read_bytes()


def test_scope_leaves_everything_else_as_it_is(root: Path) -> None:
    compiled(root)
    new = {MODEL: "kind: New\n", "dev/fraud/kustomization.yaml": "resources: []\n"}
    step = decide(root, new, scope=["dev/fraud"])
    assert list(step.updates) == ["dev/fraud/kustomization.yaml"]
    assert set(step.prunes) == {"dev/fraud/detector/kustomization.yaml", "dev/fraud/detector/patch.yaml"}
    apply(step, root)
    assert tree(root)[MODEL].endswith(FIRST[MODEL])
    assert decide(root, new, scope=[MODEL]).prunes == ()


def test_leftovers_of_a_killed_run_are_cleared(root: Path) -> None:
    compiled(root)
    left = root / "overlays/dev/fraud/.modelwright-4711.tmp"
    left.write_text("half a fi")
    (root / "overlays/dev/gone/deep").mkdir(parents=True)
    step = decide(root)
    assert step.empty and stale(step) == ()
    apply(step, root)
    assert not left.exists() and "dev/gone" not in folders(root)


def test_a_folder_that_a_killed_run_left_is_cleared_and_nothing_behind_its_links(root: Path, tmp_path: Path) -> None:
    compiled(root)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "mine.yaml").write_text("a: 1\n")
    left = root / "overlays/.modelwright-4711.new"
    shutil.copytree(root / "overlays/base", left / "0")
    (left / "0/link").symlink_to(outside, target_is_directory=True)
    (left / "0" / "/".join("x" * 39)).mkdir(parents=True)
    assert set(decide(root, scope=["dev"]).leftovers) == set()
    step = decide(root)
    assert step.empty and not step.problems and stale(step) == ()
    assert apply(step, root) == Written()
    assert not left.exists() and (outside / "mine.yaml").exists()


def test_a_folder_deeper_than_any_run_leaves_is_not_followed_to_its_end(root: Path) -> None:
    compiled(root)
    deep = root / "overlays/.modelwright-4711.new" / "/".join("x" * 60)
    deep.mkdir(parents=True)
    assert apply(decide(root), root) == Written() and decide(root).empty
    assert deep.exists()


def test_a_new_folder_appears_whole_or_not_at_all(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not disk_room.HANDLES:
        pytest.skip("without directory handles files are written one by one")
    compiled(root, {p: b for p, b in FIRST.items() if p.startswith("base/")})
    before, real, left = tree(root), os.write, 2

    def full(fd: int, data: bytes) -> int:
        nonlocal left
        left -= 1
        if not left:
            raise OSError(28, "No space left on device")
        return real(fd, data)

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        result = compiled(root)
    assert codes(result.problems) == ["MW409"] and "overlays/dev/fraud/" in result.problems[0].message
    assert tree(root) == before and folders(root) == {"base", "base/fraud", "base/fraud/detector"}
    assert compiled(root) == Written(created=3)


def test_a_folder_of_another_disk_is_filled_file_by_file(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.replace

    def replace(source: str, target: str, **handles: int | None) -> None:
        if ".new/" in str(source):
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        real(source, target, **handles)

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", replace)
        assert compiled(root) == Written(created=6)
    assert decide(root).empty and len(folders(root)) == 6


def test_a_folder_that_somebody_made_after_the_plan_is_left_alone(root: Path) -> None:
    step = decide(root)
    mine = root / "overlays" / MODEL
    mine.parent.mkdir(parents=True)
    mine.write_text("mine\n")
    assert codes(apply(step, root).problems) == ["MW409"]
    assert mine.read_text() == "mine\n" and not list((root / "overlays").glob(".modelwright-*"))


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_a_problem_not_a_traceback(root: Path) -> None:
    compiled(root)
    locked = root / "overlays/base/fraud/detector"
    locked.chmod(0o555)
    try:
        result = compiled(root, {**FIRST, MODEL: "kind: New\n"})
        assert codes(result.problems) == ["MW409"] and MODEL in result.problems[0].message
        locked.chmod(0o000)
        assert codes(decide(root).problems) == ["MW409"]
    finally:
        locked.chmod(0o755)


def test_a_full_disk_leaves_whole_files(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled(root)
    before = tree(root)

    def full(fd: int, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        result = compiled(root, {**FIRST, MODEL: "kind: New\n"})
    assert codes(result.problems) == ["MW409"] and "no space left" in result.problems[0].message
    assert result.problems[0].severity == "error" and tree(root) == before


def test_a_missing_workspace_is_a_problem(root: Path) -> None:
    assert codes(decide(root / "nowhere").problems) == ["MW409"]


def test_two_runs_at_once_do_not_mix(root: Path) -> None:
    fcntl = pytest.importorskip("fcntl")
    if not disk_room.HANDLES:
        pytest.skip("the lock needs directory handles")
    compiled(root)
    fd = os.open(root / "overlays", os.O_RDONLY)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        result = compiled(root, {**FIRST, MODEL: "kind: New\n"})
    finally:
        os.close(fd)
    assert codes(result.problems) == ["MW409"] and "another modelwright" in result.problems[0].message
    assert compiled(root, {**FIRST, MODEL: "kind: New\n"}).updated == 1


def test_no_handle_is_left_open(root: Path) -> None:
    if not os.path.isdir("/proc/self/fd"):
        pytest.skip("handles can be counted on Linux only")
    before = len(os.listdir("/proc/self/fd"))
    compiled(root)
    compiled(root, {**FIRST, MODEL: "kind: New\n"})
    compiled(root, {MODEL: "kind: New\n"})
    assert len(os.listdir("/proc/self/fd")) == before


def git(root: Path, *words: str, fails: bool = False) -> str:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    clean |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "HOME": str(root)}
    who = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "core.autocrlf=false"]
    done = subprocess.run(["git", *who, *words], cwd=root, env=clean, capture_output=True, text=True, check=False)
    assert (done.returncode != 0) == fails, done.stdout + done.stderr
    return done.stdout


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
@pytest.mark.parametrize("attributes", [True, False])
@pytest.mark.parametrize("style", ["merge", "diff3"])
def test_a_real_merge_conflict_is_mended_by_compile(root: Path, attributes: bool, style: str) -> None:
    long = "".join(f"line{n}: {n}\n" for n in range(30))

    def commit(start: str, message: str) -> None:
        compiled(root, {**FIRST, MODEL: f"start: {start}\n{long}end: {message}\n"})
        if not attributes:
            (root / "overlays/.gitattributes").unlink()
        git(root, "add", "-A")
        git(root, "commit", "-qm", message)

    git(root, "init", "-qb", "main")
    git(root, "config", "merge.conflictStyle", style)
    commit("a", "first")
    git(root, "checkout", "-qb", "topic")
    commit("b", "topic")
    git(root, "checkout", "-q", "main")
    commit("c", "main")
    git(root, "merge", "topic", fails=True)
    left = (root / "overlays" / MODEL).read_text()
    assert ("<<<<<<<" in left) is not attributes

    merged = {**FIRST, MODEL: f"start: c\n{long}end: topic\n"}
    step = decide(root, merged)
    assert not step.problems and list(step.updates) == [MODEL]
    message = stale(step)[-1].message
    assert ("merge conflict" in message) is not attributes
    apply(step, root)
    assert tree(root)[MODEL].endswith(merged[MODEL])
    git(root, "add", "-A")
    git(root, "commit", "-qm", "merged")


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_git_understands_our_attributes(root: Path) -> None:
    compiled(root)
    git(root, "init", "-q")
    found = git(root, "check-attr", "-a", f"overlays/{MODEL}")
    kept = {line.split(": ", 1)[1] for line in found.splitlines()}
    assert kept == {"text: set", "eol: lf", "merge: unset", "linguist-generated: set"}


def test_two_processes_write_what_one_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "SHARED", 4)
    files = {path.replace("detector", f"detector-{n}"): body for n in range(20) for path, body in FIRST.items()}
    alone, together = tmp_path / "alone", tmp_path / "together"
    for root, jobs in ((alone, 1), (together, 2)):
        root.mkdir()
        step = decide(root, files)
        assert apply(step, root, jobs) == Written(created=len(step.creates))
    assert tree(together) == tree(alone) and len(tree(alone)) > len(files)


def test_what_the_disk_refuses_a_second_process_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "SHARED", 4)
    long = f"prod/{'z' * 300}"
    step = decide(tmp_path, {**{f"prod/{n}": "a: b\n" for n in range(10)}, long: "a: b\n"})
    found = apply(step, tmp_path, 2).problems
    assert codes(found) == ["MW409"] and f"`overlays/{long}`: file name too long" in found[0].message
    assert not os.listdir(tmp_path / "overlays")
