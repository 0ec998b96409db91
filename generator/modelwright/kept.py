"""What is made of files that come with the tool, kept where Python keeps compiled modules: in `__pycache__` beside them.

Never for what a workspace brings. As for modules, whoever can write there can change the program itself; and as for
modules, where nobody can, each run makes it anew.
"""

from __future__ import annotations

import marshal
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from hashlib import blake2b
from importlib.util import MAGIC_NUMBER, cache_from_source
from pathlib import Path

from modelwright.typed import Any

_DIGEST = 16


def key(*parts: bytes) -> bytes:
    """What tells apart the things that something is made of."""
    made = blake2b(MAGIC_NUMBER, digest_size=_DIGEST)
    for part in parts:
        made.update(len(part).to_bytes(8))
        made.update(part)
    return made.digest()


def versions(files: Iterable[Path]) -> bytes:
    """Which versions of some files are there; a part of a key."""
    return repr([(each.st_size, each.st_mtime_ns) for each in map(os.stat, files)]).encode()


def get(source: Path, key: bytes) -> Any:
    """What was kept for the file `source` under this key; None where there is nothing, or nothing of use."""
    try:
        data = _place(source).read_bytes()
        return marshal.loads(data[_DIGEST:]) if data[:_DIGEST] == key else None
    except (OSError, ValueError, EOFError, TypeError):
        return None


def put(source: Path, key: bytes, made: Any) -> None:
    """Keep `made`, of types that `marshal` knows; where Python keeps nothing or the disk refuses, it is not kept."""
    if sys.dont_write_bytecode:
        return
    place = _place(source)
    temporary = place.with_name(f"{place.name}.{os.getpid()}")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(key + marshal.dumps(made))
        temporary.replace(place)
    except OSError:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _place(source: Path) -> Path:
    return Path(cache_from_source(str(source)))
