"""Clean files are remembered between runs, by what they hold and by how they were judged."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelwright import clean
from modelwright.clean import Clean

key_of = Clean.key_of


def opened(place: Path, settings: str = "1.33") -> Clean:
    found = Clean.opened(place, settings)
    assert found is not None
    return found


def test_a_clean_file_is_known_at_the_next_run(tmp_path: Path) -> None:
    rows = [(key_of(str(n).encode()), n % 7) for n in range(2000)]
    opened(tmp_path).add(rows[:1000])
    opened(tmp_path).add(rows[1000:])
    again = opened(tmp_path)
    assert [again.manifests(key) for key, _ in rows] == [count for _, count in rows]
    assert again.manifests(key_of(b"another file")) is None


def test_what_was_added_is_known_at_once(tmp_path: Path) -> None:
    here = opened(tmp_path)
    assert here.manifests(key_of(b"a")) is None
    here.add([(key_of(b"a"), 3)])
    assert here.manifests(key_of(b"a")) == 3


def test_another_way_to_judge_knows_nothing_of_it(tmp_path: Path) -> None:
    opened(tmp_path, "1.33").add([(key_of(b"a"), 1)])
    assert opened(tmp_path, "1.34").manifests(key_of(b"a")) is None


def test_the_oldest_are_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clean, "MOST", 3)
    keys = [bytes([7, n]) + bytes(14) for n in range(5)]
    for key in keys:
        opened(tmp_path).add([(key, 1)])
    assert [opened(tmp_path).manifests(key) for key in keys] == [None, None, 1, 1, 1]


def test_old_ways_are_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clean, "WAYS", 2)
    for settings in ("1.31", "1.32", "1.33"):
        opened(tmp_path, settings).add([(key_of(b"a"), 1)])
    assert len(list((tmp_path / "clean").iterdir())) == 2
    assert opened(tmp_path, "1.33").manifests(key_of(b"a")) == 1


@pytest.mark.parametrize("content", [b"", b"\0", b"x" * 17, b"\xff" * 1000])
def test_a_broken_file_says_nothing(tmp_path: Path, content: bytes) -> None:
    key = key_of(b"a")
    opened(tmp_path).add([(key, 1)])
    [file] = (tmp_path / "clean").glob("*/*")
    file.write_bytes(content)
    assert opened(tmp_path).manifests(key) is None
    opened(tmp_path).add([(key, 1)])
    assert opened(tmp_path).manifests(key) == 1


def test_a_folder_of_others_is_not_used(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    assert Clean.opened(tmp_path, "1.33") is None
    assert Clean.opened(None, "1.33") is None
