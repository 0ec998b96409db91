"""Reading a workspace from disk: only plain files inside it, in one order."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from modelwright.load.files import gather
from modelwright.problems import Problem

HEAD = "apiVersion: modelwright/v1\nkind: Workspace\nmetadata: {name: w}\n"
unix = pytest.mark.skipif(os.name == "nt", reason="needs links, pipes and odd names")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "w" / "blueprints").mkdir(parents=True)
    (tmp_path / "w" / "modelwright.yaml").write_text(HEAD)
    return tmp_path / "w"


def put(root: Path, path: str, text: str = "a: 1\n") -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)


def read(root: Path) -> tuple[list[str], list[tuple[str, str]]]:
    sources, problems = gather(str(root))
    return [s.path for s in sources], [(p.code, where(p)) for p in problems]


def where(problem: Problem) -> str:
    assert problem.place is not None
    return problem.place.file


def test_files_come_in_one_order(root: Path) -> None:
    for path in ("b.yaml", "a/z.yml", "a/b/c.yaml", "a-b.yaml", "c.YAML", "notes.md", ".hidden.yaml", ".git/x.yaml"):
        put(root, f"blueprints/{path}")
    put(root, "templates/kserve/inferenceservice.yaml.j2")
    put(root, "overlays/x.yaml")
    names = ["modelwright.yaml", *(f"blueprints/{p}" for p in ("a/b/c.yaml", "a/z.yml", "a-b.yaml", "b.yaml", "c.YAML"))]
    assert read(root) == ([*names, "templates/kserve/inferenceservice.yaml.j2"], [])


def test_folders_of_the_workspace(root: Path) -> None:
    put(root, "teams/a/x.yaml")
    put(root, "modelwright.yaml", HEAD + "spec: {blueprints: [teams/, ./teams/a, team, ../out, /etc, 5]}\n")
    assert read(root) == (
        ["modelwright.yaml", "teams/a/x.yaml"],
        [("MW110", "modelwright.yaml"), ("MW109", "modelwright.yaml"), ("MW109", "modelwright.yaml")],
    )


def test_the_whole_workspace_as_folder(root: Path) -> None:
    for path in ("x.yaml", "overlays/dev/kustomization.yaml", "templates/a.yaml"):
        put(root, path)
    put(root, "modelwright.yaml", HEAD + "spec: {blueprints: [.]}\n")
    assert read(root) == (["modelwright.yaml", "x.yaml"], [])


@unix
def test_links_are_named_and_not_followed(root: Path) -> None:
    put(root.parent, "secret.yaml", "secret: hunter2\n")
    (root / "blueprints/link.yaml").symlink_to(root.parent / "secret.yaml")
    (root / "blueprints/gone.yaml").symlink_to("nowhere")
    (root / "blueprints/folder").symlink_to(root.parent)
    (root / "blueprints/notes.md").symlink_to("nowhere")
    paths, problems = read(root)
    assert paths == ["modelwright.yaml"]
    assert problems == [("MW109", f"blueprints/{n}") for n in ("folder", "gone.yaml", "link.yaml")]


@unix
@pytest.mark.parametrize("stated", ["inner/deep", "inner"])
def test_a_linked_blueprint_folder(root: Path, stated: str) -> None:
    put(root.parent, "out/deep/x.yaml")
    (root / "inner").symlink_to(root.parent / "out")
    put(root, "modelwright.yaml", HEAD + f"spec: {{blueprints: [{stated}]}}\n")
    assert read(root) == (["modelwright.yaml"], [("MW109", "inner")])


@unix
def test_a_linked_head(root: Path) -> None:
    (root / "modelwright.yaml").rename(root.parent / "out.yaml")
    (root / "modelwright.yaml").symlink_to(root.parent / "out.yaml")
    assert read(root) == ([], [("MW109", "modelwright.yaml")])


@unix
def test_odd_names_and_odd_files(root: Path) -> None:
    put(root, "blueprints/a\nb.yaml")
    put(root, "blueprints/\u202egnp.yaml")
    os.mkfifo(root / "blueprints/pipe.yaml")
    (root / "blueprints/d.yaml").mkdir()
    paths, problems = read(root)
    assert paths == ["modelwright.yaml"]
    assert sorted(code for code, _ in problems) == ["MW108", "MW108", "MW110"]


def test_large_and_binary_files(root: Path) -> None:
    put(root, "blueprints/large.yaml", "#" * (4 * 2**20 + 1))
    put(root, "blueprints/fits.yaml", "#" * (4 * 2**20))
    (root / "blueprints/binary.yaml").write_bytes(b"\xff\xfe\xfa\x00\x01")
    paths, problems = read(root)
    assert paths == ["modelwright.yaml", "blueprints/fits.yaml"]
    assert problems == [("MW101", "blueprints/binary.yaml"), ("MW104", "blueprints/large.yaml")]


def test_deep_folders_end(root: Path) -> None:
    put(root, "blueprints/" + "a/" * 40 + "x.yaml")
    assert [code for code, _ in read(root)[1]] == ["MW104"]


def test_no_workspace(tmp_path: Path) -> None:
    assert read(tmp_path) == ([], [("MW110", "modelwright.yaml")])
