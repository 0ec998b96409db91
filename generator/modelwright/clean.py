"""Files that were judged and found clean, remembered between runs by the digest of their bytes.

Only clean files are remembered: what is wrong is found, and told, anew at every run. Rows of a digest and a count stand
in 256 small files by the digest's first byte, below a folder named by everything else that decides a verdict.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

from modelwright.memory import Store, tool
from modelwright.serialize import digest

_SIZE = 16
_ROW = _SIZE + 2
MOST = 4096
"""Rows of one file; beyond, the oldest are forgotten."""
WAYS = 16
"""Ways to judge (releases, versions of the tool) that are remembered; beyond, the one written to longest ago is not."""

Row = tuple[bytes, int]
"""The digest of a file's bytes, and how many manifests it holds."""


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
            self._write(shard, b"".join(key + count.to_bytes(2, "big") for key, count in kept))

    def _read(self, shard: int) -> dict[bytes, int]:
        try:
            with open(self._place / f"{shard:02x}", "rb") as file:
                data = file.read(_ROW * MOST)
        except OSError:
            return {}
        starts = range(0, len(data) - _ROW + 1, _ROW)
        return {data[i : i + _SIZE]: int.from_bytes(data[i + _SIZE : i + _ROW], "big") for i in starts}

    def _write(self, shard: int, data: bytes) -> None:
        temporary = self._place / f".{shard:02x}.{os.getpid()}"
        try:
            if not self._place.is_dir():
                self._place.mkdir(mode=0o700, parents=True)
                self._forget()
            temporary.write_bytes(data)
            temporary.replace(self._place / f"{shard:02x}")
        except OSError:
            with suppress(OSError):
                temporary.unlink()

    def _forget(self) -> None:
        others = sorted(self._place.parent.iterdir(), key=lambda way: way.stat().st_mtime)
        for way in others[:-WAYS]:
            for file in way.iterdir():
                file.unlink()
            way.rmdir()
