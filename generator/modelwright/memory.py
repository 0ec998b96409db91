"""Results kept between runs, in the user's own cache folder, by a digest of everything they were made from.

The digest covers the tool itself, so that a result is never older than the code that would make it. Whatever is wrong
with the folder or with an entry, the work is done as if nothing had been kept.
"""

from __future__ import annotations

import os
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path

from modelwright import serialize
from modelwright.records import dataclass
from modelwright.typed import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from modelwright.chunks import Run

T = TypeVar("T")
R = TypeVar("R")

LARGEST = 256 * 2**20
"""Bytes an entry may unpack to."""
DAY = 24 * 3600
KEPT = 14 * DAY
"""Seconds after which an entry that nobody asked for is removed."""
MOST = 2**30
"""Bytes of all entries together; beyond, the oldest are removed."""

_OPEN = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)


def folder(environ: Mapping[str, str]) -> Path | None:
    """Where results are kept: `$MODELWRIGHT_CACHE` (`off` for nowhere), else below the user's cache folder."""
    stated = environ.get("MODELWRIGHT_CACHE", "")
    if stated == "off":
        return None
    if stated:
        return Path(stated)
    above = environ.get("XDG_CACHE_HOME") or (f"{environ['HOME']}/.cache" if environ.get("HOME") else "")
    return Path(above, "modelwright", "results") if os.path.isabs(above) else None


def remembering(run: Run, place: Path | None) -> Run:
    """`run`, but chunks whose result is kept in `place` are not done again."""
    store = Store.opened(place) if place else None
    if store is None:
        return run

    def remembered(task: Callable[[T], R], chunks: Sequence[T]) -> Iterator[R]:
        # Once for all chunks: it holds all that they share.
        ground = serialize.digest(tool(), _named(task))
        keys = [serialize.digest(ground, chunk) for chunk in chunks]
        found = [store.get(key) for key in keys]
        missing = [i for i, result in enumerate(found) if result is None]
        for i, result in zip(missing, run(task, [chunks[i] for i in missing]), strict=True):
            store.put(keys[i], result)
            found[i] = result
        store.sweep()
        yield from found

    return remembered


def _named(task: Callable[[Any], Any]) -> Any:
    """A task as a value: the function and what is bound to it."""
    if isinstance(task, partial):
        return task.func.__module__, task.func.__qualname__, task.args
    return task.__module__, task.__qualname__


@cache
def tool() -> str:
    """A digest of everything that decides what a result is: our own files, and those of the libraries that judge."""
    from modelwright.judge.catalog import schemas_folder

    rows: list[tuple[str, int, int]] = []
    for top in (Path(__file__).parent, Path(schemas_folder())):
        for above, folders, names in os.walk(top):
            folders[:] = sorted(name for name in folders if name != "__pycache__")
            rows += [_row(os.path.join(above, name)) for name in sorted(names)]
    for library in ("yaml", "jinja2", "jsonschema_rs", "kubernetes_validate"):
        spec = find_spec(library)
        if spec and spec.origin:
            rows.append(_row(spec.origin))
    import sys

    return serialize.digest(sys.version, tuple(rows))


def _row(path: str) -> tuple[str, int, int]:
    found = os.stat(path)
    return path, found.st_size, found.st_mtime_ns


@dataclass(frozen=True, slots=True)
class Store:
    """A folder of entries, one file each, that belongs to this user alone."""

    place: Path

    @classmethod
    def opened(cls, place: Path) -> Store | None:
        """The store at `place`, made where it is missing; None where it cannot be used or others may write to it."""
        try:
            place.mkdir(parents=True, exist_ok=True, mode=0o700)
            found = place.stat()
        except OSError:
            return None
        ours = not hasattr(os, "getuid") or (found.st_uid == os.getuid() and not found.st_mode & 0o022)
        return cls(place) if ours else None

    def get(self, key: str) -> Any:
        """The result kept under `key`; None where there is none that can be read."""
        path = self.place / key[:2] / key[2:]
        try:
            handle = os.open(path, _OPEN)
            with os.fdopen(handle, "rb") as file:
                packed = file.read(LARGEST)
                if time.time() - os.fstat(handle).st_mtime > DAY:
                    os.utime(path)
            unpacking = zlib.decompressobj()
            data = unpacking.decompress(packed, LARGEST)
            return serialize.read(data.decode(errors="surrogatepass")) if unpacking.eof else None
        except (OSError, ValueError, zlib.error):
            return None

    def put(self, key: str, result: Any) -> None:
        """Keep `result`; where the disk refuses, it is not kept."""
        above = self.place / key[:2]
        temporary = above / f".{os.getpid()}.tmp"
        try:
            above.mkdir(mode=0o700, exist_ok=True)
            temporary.write_bytes(zlib.compress(serialize.written(result).encode(errors="surrogatepass"), 1))
            temporary.replace(above / key[2:])
        except OSError:
            temporary.unlink(missing_ok=True)

    def sweep(self) -> None:
        """Once a day, remove what nobody asked for in a long time."""
        stamp = self.place / "swept"
        try:
            if stamp.exists() and time.time() - stamp.stat().st_mtime < DAY:
                return
            stamp.touch()
            os.utime(stamp)
            entries = sorted(((e.stat(), e) for e in self.place.glob("??/*")), key=lambda row: -row[0].st_mtime)
            size = 0
            for found, entry in entries:
                size += found.st_size
                if size > MOST or time.time() - found.st_mtime > KEPT:
                    entry.unlink(missing_ok=True)
        except OSError:
            return
