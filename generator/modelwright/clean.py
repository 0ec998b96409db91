"""Files that were judged and found clean, remembered between runs by the digest of their bytes.

Only clean files are remembered: what is wrong is found, and told, anew at every run. Rows of a digest and what is known
of the file stand in 256 small files by the digest's first byte, below a folder named by everything else that decides a
verdict. Beside them, `seen` says which files those were, so that one that nobody touched since need not even be read.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from struct import Struct, error

from modelwright.judge.file import Known
from modelwright.judge.references import Ask, Links, Offer
from modelwright.memory import Store, tool
from modelwright.model import Place
from modelwright.problems import Resource
from modelwright.serialize import digest

_SIZE = 16
MOST = 4096
"""Rows of one file; beyond, the oldest are forgotten."""
LONGEST = 2**16
"""Bytes of a row that is kept."""
WAYS = 16
"""Ways to judge (releases, versions of the tool) that are remembered; beyond, the one written to longest ago is not."""

SETTLED = 2 * 10**9
"""Nanoseconds after a change of a file from which on another one is sure to give it another time: disks count in steps of
up to 2 seconds."""
MOST_SEEN = 65_536
"""Files remembered by what the disk says of them."""

_MARK = Struct(">QQQqq")
_SEEN = _MARK.size + _SIZE


Row = tuple[bytes, Known]
"""The digest of a file's bytes, and what is known of it."""
Mark = tuple[bytes, bytes]
"""What the disk says of a file, and the digest of its bytes."""


class Clean:
    """The clean files of one way to judge."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._rows: dict[int, dict[bytes, bytes]] = {}

    @classmethod
    def opened(cls, place: Path | None, settings: object) -> Clean | None:
        """What is remembered below `place` for `settings`; None where nothing can be. The tool's own code counts too."""
        store = Store.opened(place) if place else None
        return cls(store.place / "clean" / digest(tool(), settings)) if store else None

    @staticmethod
    def key_of(data: bytes) -> bytes:
        """The digest by which a file is remembered."""
        return blake2b(data, digest_size=_SIZE).digest()

    def known(self, key: bytes, file: str) -> Known | None:
        """What is known of the file with this digest, where it was clean; `file` is its name by now."""
        shard = key[0]
        rows = self._rows.get(shard)
        if rows is None:
            rows = self._rows[shard] = self._read(shard)
        row = rows.get(key)
        return _known(row, file) if row is not None else None

    def add(self, rows: Iterable[Row]) -> None:
        """Remember clean files; where the disk refuses, they are not remembered."""
        fresh: dict[int, dict[bytes, bytes]] = {}
        for key, known in rows:
            row = _row(known)
            if len(row) <= LONGEST:
                fresh.setdefault(key[0], {})[key] = row
        for shard, found in fresh.items():
            # Read again: another run may have added to it.
            kept = list((self._read(shard) | found).items())[-MOST:]
            self._rows[shard] = dict(kept)
            self._write(f"{shard:02x}", b"".join(key.hex().encode() + row + b"\n" for key, row in kept))

    def seen(self) -> dict[bytes, bytes]:
        """The marks of clean files, and the digests of their bytes."""
        try:
            with open(self._place / "seen", "rb") as file:
                data = file.read(_SEEN * MOST_SEEN)
        except OSError:
            return {}
        starts = range(0, len(data) - _SEEN + 1, _SEEN)
        return {data[i : i + _MARK.size]: data[i + _MARK.size : i + _SEEN] for i in starts}

    def add_seen(self, rows: Iterable[Mark]) -> None:
        """Remember files by their marks."""
        fresh = {mark: key for mark, key in rows if mark}
        if fresh:
            self._write("seen", b"".join(mark + key for mark, key in list((self.seen() | fresh).items())[-MOST_SEEN:]))

    def _read(self, shard: int) -> dict[bytes, bytes]:
        try:
            with open(self._place / f"{shard:02x}", "rb") as file:
                lines = file.read(MOST * LONGEST).split(b"\n")
            return {bytes.fromhex(line[: 2 * _SIZE].decode()): line[2 * _SIZE :] for line in lines[:MOST] if line}
        except (OSError, ValueError):
            return {}

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


def _row(known: Known) -> bytes:
    """As JSON, without the file's name: another file may have the same bytes."""
    asks = [
        (a.check, a.effect, a.target, a.path, (r.api_version, r.kind, r.name, r.namespace), p and (p.document, p.path), a.line, a.lacks)
        for a in known.links.asks
        for r, p in [(a.resource, a.place)]
    ]
    return json.dumps((known.manifests, asks, known.links.offers), separators=(",", ":")).encode()


def _known(row: bytes, file: str) -> Known | None:
    try:
        count, asks, offers = json.loads(row)
        return Known(
            count,
            Links(
                tuple(
                    Ask(check, effect, tuple(target), tuple(path), Resource(*about), p and Place(file, p[0], tuple(p[1])), line, lacks)
                    for check, effect, target, path, about, p, line, lacks in asks
                ),
                tuple(Offer(g, k, n, name, keys and tuple(keys), makes) for g, k, n, name, keys, makes in offers),
            ),
        )
    except (TypeError, ValueError):
        return None
