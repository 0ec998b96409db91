"""Clean files are remembered between runs, by what they hold and by how they were judged."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from modelwright import bulk, clean
from modelwright.bulk import judge_files
from modelwright.clean import Clean, Known, mark
from modelwright.judge.file import Settings
from modelwright.judge.references import Ask, Links, Offer
from modelwright.model import Place, Release
from modelwright.problems import Resource

key_of = Clean.key_of


def opened(place: Path, settings: str = "1.33") -> Clean:
    found = Clean.opened(place, settings)
    assert found is not None
    return found


def manifests(clean: Clean, key: bytes) -> int | None:
    known = clean.known(key, "a.yaml")
    return known and known.manifests


def test_a_clean_file_is_known_at_the_next_run(tmp_path: Path) -> None:
    rows = [(key_of(str(n).encode()), Known(n % 7)) for n in range(2000)]
    opened(tmp_path).add(rows[:1000])
    opened(tmp_path).add(rows[1000:])
    again = opened(tmp_path)
    assert [manifests(again, key) for key, _ in rows] == [known.manifests for _, known in rows]
    assert manifests(again, key_of(b"another file")) is None


def test_what_was_added_is_known_at_once(tmp_path: Path) -> None:
    here = opened(tmp_path)
    assert manifests(here, key_of(b"a")) is None
    here.add([(key_of(b"a"), Known(3))])
    assert manifests(here, key_of(b"a")) == 3


def test_what_a_file_refers_to_is_known_too_under_its_name_of_now(tmp_path: Path) -> None:
    target = ("", "Secret", "ml", "store", "user")
    about = Resource("v1", "Pod", "web", "ml")

    def links(file: str) -> Links:
        place = Place(file, 2, ("spec", "containers", 0))
        asks = (Ask("MW864/a/b/1", "broken", target, ("spec",), about, place, 7), Ask("MW865/a/b/1", "risk", target, (), about, lacks=True))
        return Links(asks, (Offer("", "Pod", "ml", "web"), Offer("", "Secret", "", "other", ("a", "b"), True)))

    opened(tmp_path).add([(key_of(b"a"), Known(1, links("old.yaml")))])
    assert opened(tmp_path).known(key_of(b"a"), "new.yaml") == Known(1, links("new.yaml"))


def test_what_refers_to_more_than_is_kept_is_judged_again(tmp_path: Path) -> None:
    offers = tuple(Offer("", "Secret", "", "x" * 60 + str(n)) for n in range(1000))
    opened(tmp_path).add([(key_of(b"a"), Known(1, Links((), offers)))])
    assert opened(tmp_path).known(key_of(b"a"), "a.yaml") is None


def test_another_way_to_judge_knows_nothing_of_it(tmp_path: Path) -> None:
    opened(tmp_path, "1.33").add([(key_of(b"a"), Known(1))])
    assert manifests(opened(tmp_path, "1.34"), key_of(b"a")) is None


def test_the_oldest_are_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clean, "MOST", 3)
    keys = [bytes([7, n]) + bytes(14) for n in range(5)]
    for key in keys:
        opened(tmp_path).add([(key, Known(1))])
    assert [manifests(opened(tmp_path), key) for key in keys] == [None, None, 1, 1, 1]


def test_old_ways_are_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clean, "WAYS", 2)
    for settings in ("1.31", "1.32", "1.33"):
        opened(tmp_path, settings).add([(key_of(b"a"), Known(1))])
    assert len(list((tmp_path / "clean").iterdir())) == 2
    assert manifests(opened(tmp_path, "1.33"), key_of(b"a")) == 1


@pytest.mark.parametrize("content", [b"", b"\0", b"x" * 17, b"\xff" * 1000])
def test_a_broken_file_says_nothing(tmp_path: Path, content: bytes) -> None:
    key = key_of(b"a")
    opened(tmp_path).add([(key, Known(1))])
    [file] = (tmp_path / "clean").glob("*/*")
    file.write_bytes(content)
    assert manifests(opened(tmp_path), key) is None
    opened(tmp_path).add([(key, Known(1))])
    assert manifests(opened(tmp_path), key) == 1


def test_a_folder_of_others_is_not_used(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    assert Clean.opened(tmp_path, "1.33") is None
    assert Clean.opened(None, "1.33") is None


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file counts as one that changed long ago."""
    monkeypatch.setattr(clean, "SETTLED", -(2**62))


def seen(place: Path, file: Path) -> bytes | None:
    return opened(place).seen().get(mark(file.stat(), time.time_ns())) if file.exists() else None


def remembered(place: Path, file: Path) -> None:
    assert seen(place, file) is None
    opened(place).add_seen([(mark(file.stat(), time.time_ns()), key_of(b"a"))])


@pytest.mark.usefixtures("quiet")
def test_a_file_that_nobody_touched_need_not_be_read(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("a: 1")
    remembered(tmp_path, file)
    assert seen(tmp_path, file) == key_of(b"a")


def same_size_same_time(file: Path) -> None:
    before = file.stat()
    file.write_text("a: 2")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def replaced(file: Path) -> None:
    before = file.stat()
    other = file.with_name("other")
    other.write_text("a: 2")
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.replace(file)


def longer(file: Path) -> None:
    file.write_text("a: 10")


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("change", [same_size_same_time, replaced, longer, Path.unlink])
def test_a_file_that_changed_is_read(tmp_path: Path, change: Callable[[Path], object]) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("a: 1")
    remembered(tmp_path, file)
    change(file)
    assert seen(tmp_path, file) is None


def test_a_file_that_changed_a_moment_ago_is_read_the_next_time_too(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("a: 1")
    remembered(tmp_path, file)
    assert seen(tmp_path, file) is None


@pytest.mark.usefixtures("quiet")
def test_the_oldest_files_are_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clean, "MOST_SEEN", 2)
    files = [tmp_path / f"{n}.yaml" for n in range(3)]
    for file in files:
        file.write_text(file.name)
        remembered(tmp_path, file)
    assert [seen(tmp_path, file) for file in files] == [None, key_of(b"a"), key_of(b"a")]


SERVICE_ACCOUNT = """apiVersion: v1
kind: ServiceAccount
metadata: {name: robot-%d}
"""


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("wrong", [(), (3,), (0, 20, 99), tuple(range(0, 50, 2))])
def test_what_is_remembered_changes_no_verdict(
    tmp_path: Path, wrong: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "CHUNK", 7)
    files = [tmp_path / f"{n:03}.yaml" for n in range(100)]
    for n, file in enumerate(files):
        file.write_text(SERVICE_ACCOUNT % n)
    files[50].write_text("no: object")

    def verdict(jobs: int = 1) -> tuple[object, ...]:
        parts = list(judge_files([str(file) for file in files], Settings(Release("1.33", "0.20")), True, jobs, tmp_path / "kept"))
        judged = [each for part in parts for each in part.judged]
        problems = [(each.name, each.problems) for each in judged if each.problems]
        counts = [sum(getattr(each.counts, name) for each in judged) for name in ("manifests", "pipelines", "others")]
        return problems, counts, [name for part in parts for name in part.names]

    first = verdict()
    assert verdict() == verdict(2) == first
    for n in wrong:
        files[n].write_text((SERVICE_ACCOUNT % n).replace("robot", "Robot"))
    after = verdict()
    assert [Path(name).name for name, _ in after[0]] == [files[n].name for n in wrong]
    assert after[1:] == first[1:]
    for kept in (tmp_path / "kept" / "clean").glob("*/*"):
        kept.unlink()
    assert verdict() == after == verdict(2)
