"""Ids computed without a repository are those real git computes."""

from __future__ import annotations

from pathlib import Path

from modelwright.gitops.objects import folder, object_id, packed, parsed
from tests.gitops.servers import git

FILES = {
    "a": b"1",
    "a.b": b"2",
    "a-b/c": b"3",
    "a0": b"4",
    "deep/er/and/deeper": b"5",
    "\u00e9 \u2603/x": b"6",
    "empty": b"",
}


def test_the_tree_is_the_one_git_writes(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    for path, content in {**FILES, "a/z": b"7"}.items():
        if path == "a":
            continue
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    git(tmp_path, "add", "--all")
    files = {p: object_id(b"blob", c) for p, c in {**FILES, "a/z": b"7"}.items() if p != "a"}
    made = folder(files)
    assert made.oid.hex() == git(tmp_path, "write-tree")
    assert made.count == len(files)


def test_a_tree_read_is_a_tree_written(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "run").write_text("#!/bin/sh\n")
    (tmp_path / "run").chmod(0o755)
    (tmp_path / "link").symlink_to("run")
    (tmp_path / "run.d").mkdir()
    (tmp_path / "run.d" / "x").write_text("x")
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "-q", "-m", "x")
    import pygit2

    repository = pygit2.Repository(str(tmp_path))
    content = repository.read(repository.revparse_single("HEAD^{tree}").id)[1]
    entries = parsed(content)
    assert packed(entries) == content
    assert {name: mode for name, (mode, _) in entries.items()} == {
        "run": b"100755",
        "link": b"120000",
        "run.d": b"40000",
    }
