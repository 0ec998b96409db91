"""Files that were judged and found clean, remembered between runs by the digest of their bytes.

Only clean files are remembered: what is wrong is found, and told, anew at every run. Rows of a digest and a count stand
in 256 small files by the digest's first byte, below a folder named by everything else that decides a verdict. Beside them,
`seen` says which files those were, so that one that nobody touched since need not even be read.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from struct import Struct, error

from modelwright.memory import Store, tool
from modelwright.serialize import digest

_SIZE = 16
MOST = 4096
"""Rows of one file; beyond, the oldest are forgotten."""
WAYS = 16
"""Ways to judge (releases, versions of the tool) that are remembered; beyond, the one written to longest ago is not."""

SETTLED = 2 * 10**9
"""Nanoseconds after a change of a file from which on another one is sure to give it another time: disks count in steps of
up to 2 seconds."""
MOST_SEEN = 65_536
"""Files remembered by what the disk says of them."""

_MARK = Struct(">QQQqq")

Row = tuple[bytes, int]
"""The digest of a file's bytes, or its mark, and how many manifests it holds."""


class Clean:
    """The clean files of one way to judge."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._known: dict[int, dict[bytes, int]] = {}

    @classmethod
    def opened(cls, place: Path | None, settings: object) -> Clean | None:
        """What is remembered below `place` for `settings`; None where nothing can be. The tool's own code counts too."""
        store = Store.opened(place) if place else None
        return cls(store.place / "clean" / digest(tool(), settings)) if store else None

    @staticmethod
    def key_of(data: bytes) -> bytes:
        """The digest by which a file is remembered."""
        return blake2b(data, digest_size=_SIZE).digest()

    def manifests(self, key: bytes) -> int | None:
        """How many manifests the file with this digest holds, where it was clean."""
        shard = key[0]
        known = self._known.get(shard)
        if known is None:
            known = self._known[shard] = self._read(shard)
        return known.get(key)

    def add(self, rows: Iterable[Row]) -> None:
        """Remember clean files; where the disk refuses, they are not remembered."""
        fresh: dict[int, dict[bytes, int]] = {}
        for key, count in rows:
            if count < 2**16:
                fresh.setdefault(key[0], {})[key] = count
        for shard, found in fresh.items():
            # Read again: another run may have added to it.
            kept = list((self._read(shard) | found).items())[-MOST:]
            self._known[shard] = dict(kept)
            self._write(f"{shard:02x}", _rows(kept))

    def seen(self) -> dict[bytes, int]:
        """The marks of clean files: mark -> how many manifests the file holds."""
        return _table(self._place / "seen", _MARK.size, MOST_SEEN)

    def add_seen(self, rows: Iterable[Row]) -> None:
        """Remember files by their marks."""
        fresh = {mark: count for mark, count in rows if mark and count < 2**16}
        if fresh:
            self._write("seen", _rows(list((self.seen() | fresh).items())[-MOST_SEEN:]))

    def _read(self, shard: int) -> dict[bytes, int]:
        return _table(self._place / f"{shard:02x}", _SIZE, MOST)

    def _write(self, name: str, data: bytes) -> None:
        temporary = self._place / f".{name}.{os.getpid()}"
        try:
            if not self._place.is_dir():
                self._place.mkdir(mode=0o700, parents=True)
                self._forget()
            temporary.write_bytes(data)
            temporary.replace(self._place / name)
        except OSError:
            with suppress(OSError):
                temporary.unlink()

    def _forget(self) -> None:
        others = sorted(self._place.parent.iterdir(), key=lambda way: way.stat().st_mtime)
        for way in others[:-WAYS]:
            for file in way.iterdir():
                file.unlink()
            way.rmdir()


def mark(found: os.stat_result, now: int) -> bytes:
    """What the disk says of a file: device, number, size, and when it was written and changed at all.

    Like Git's index, but for the last of these, which no program can set. Empty for a file that changed a moment before
    `now`, in nanoseconds, as it might change again and look the same; and where the disk does not say when it changed.
    """
    if os.name != "posix" or now - found.st_ctime_ns <= SETTLED:
        return b""
    try:
        return _MARK.pack(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
    except error:
        return b""


def _table(path: Path, size: int, most: int) -> dict[bytes, int]:
    """The rows of a file: a key of so many bytes and a count each."""
    row = size + 2
    try:
        with open(path, "rb") as file:
            data = file.read(row * most)
    except OSError:
        return {}
    return {data[i : i + size]: int.from_bytes(data[i + size : i + row], "big") for i in range(0, len(data) - row + 1, row)}


def _rows(rows: Iterable[Row]) -> bytes:
    return b"".join(key + count.to_bytes(2, "big") for key, count in rows)
