"""Results kept between runs: used when nothing they depend on changed, and never trusted otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from modelwright import memory, serialize
from modelwright.cli import cli
from modelwright.memory import Store, folder, remembering
from modelwright.model import Document, Place
from modelwright.pipeline import build
from modelwright.problems import Problem, Resource
from tests import scaffold

MODEL = "apiVersion: modelwright/v1\nkind: Model\nmetadata: {name: iris}\nspec: {format: sklearn, source: gs://b/m, environments: {dev: {}}}\n"


class Counting:
    """A `map` that counts what it does."""

    def __init__(self) -> None:
        self.done = 0

    def __call__(self, task: Any, chunks: Sequence[Any], /) -> Iterator[Any]:
        for chunk in chunks:
            self.done += 1
            yield task(chunk)


def worked(place: Path, *texts: str) -> tuple[int, Any]:
    """How many chunks were done for these blueprints, and what came out."""
    count = Counting()
    result = build(scaffold.sources(*texts), whole=False, run=remembering(count, place))
    return count.done, result


def test_what_was_done_is_not_done_again(tmp_path: Path) -> None:
    first, again = worked(tmp_path / "kept", MODEL), worked(tmp_path / "kept", MODEL)
    assert (first[0], again[0]) == (3, 0)
    assert again[1].tree.files == first[1].tree.files and again[1].problems == first[1].problems == ()


def test_a_mistake_is_told_again(tmp_path: Path) -> None:
    wrong = MODEL.replace("sklearn,", "sklearn, size: tiny, replicas: -1,")
    first, again = worked(tmp_path, wrong), worked(tmp_path, wrong)
    assert again[0] == 0 and again[1].problems == first[1].problems
    assert [p.code for p in first[1].problems] == ["MW204"]


def test_whatever_a_result_depends_on_makes_it_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    worked(tmp_path, MODEL)
    # What the project shares is as it was.
    assert worked(tmp_path, MODEL.replace("gs://b/m", "gs://b/n"))[0] == 2
    small = scaffold.PLATFORM.replace("cpu: 1", "cpu: 2")
    assert worked(tmp_path, MODEL, small.replace("name: main", "name: other").partition("---")[0])[0] == 3
    monkeypatch.setattr(memory, "tool", lambda: "another version")
    assert worked(tmp_path, MODEL)[0] == 3


@pytest.mark.parametrize("damage", [b"", b"not zlib", b"\x78\x9c\x03\x00\x00\x00\x00\x01", b"\x78\x01\x01"])
def test_a_damaged_entry_is_made_anew(damage: bytes, tmp_path: Path) -> None:
    whole = worked(tmp_path, MODEL)
    for entry in tmp_path.glob("??/*"):
        entry.write_bytes(damage)
    again = worked(tmp_path, MODEL)
    assert again[0] == 3 and again[1].tree.files == whole[1].tree.files


def test_a_linked_entry_is_not_followed(tmp_path: Path) -> None:
    worked(tmp_path / "kept", MODEL)
    for number, entry in enumerate((tmp_path / "kept").glob("??/*")):
        entry.rename(tmp_path / f"elsewhere-{number}")
        entry.symlink_to(tmp_path / f"elsewhere-{number}")
    assert worked(tmp_path / "kept", MODEL)[0] == 3


def test_a_folder_that_others_write_to_is_not_used(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    assert Store.opened(tmp_path) is None
    assert worked(tmp_path, MODEL)[0] == worked(tmp_path, MODEL)[0] == 3


def test_only_the_environment_says_where() -> None:
    assert folder({"MODELWRIGHT_CACHE": "off", "HOME": "/h"}) is None
    assert folder({"HOME": "/h"}) == Path("/h/.cache/modelwright/results")
    assert folder({"XDG_CACHE_HOME": "/c", "HOME": "/h"}) == Path("/c/modelwright/results")
    assert folder({"XDG_CACHE_HOME": "relative"}) is None
    assert folder({}) is None


def test_the_command_writes_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELWRIGHT_CACHE", str(tmp_path / "kept"))
    trees = []
    for name in ("first", "second"):
        scaffold.write(tmp_path / name)
        (tmp_path / name / "blueprints" / "iris.yaml").write_text(MODEL)
        assert CliRunner().invoke(cli, ["-C", str(tmp_path / name), "compile"]).exit_code == 0
        top = tmp_path / name / "overlays"
        trees.append({p.relative_to(top): p.read_bytes() for p in top.rglob("*") if p.is_file()})
    assert trees[0] == trees[1] and len(trees[0]) > 4


DATA = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4) | st.tuples(inner),
    max_leaves=20,
)


@given(DATA, st.text(max_size=5), st.integers(0, 9))
def test_records_come_back_as_they_were(data: Any, name: str, index: int) -> None:
    place = Place("a.yaml", index, ("spec", name, index), True)
    problem = Problem("MW204", name, place, environments=(name,), resource=Resource("v1", "Pod", name), related=((name, place),))
    value = (Document("Model", name, {"": data, "spec": data}, "a.yaml", index), (problem,), frozenset({name, "b"}), {("a", name): 1})
    assert serialize.read(serialize.written(value)) == value
    assert serialize.digest(value) == serialize.digest(serialize.read(serialize.written(value)))


@pytest.mark.parametrize("text", ['{"": "Path", "v": ["/etc"]}', '{"": "Place"}', '{"": "Place", "v": 3}', "[1, 2", '{"": "eval", "v": []}'])
def test_a_record_of_nothing_we_know_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        serialize.read(text)
