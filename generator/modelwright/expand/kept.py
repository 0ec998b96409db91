"""Compiled templates of our own, kept where Python keeps compiled modules: in `__pycache__` beside their source.

Only for templates that come with the tool, never for those of a workspace. As for modules, whoever can write there can
change the program itself; and as for modules, where nobody can, each run compiles anew. A kept template is used only
if text, Python, Jinja and our own compiler are those it was made by.
"""

from __future__ import annotations

import marshal
import os
import sys
from contextlib import suppress
from functools import cache
from hashlib import blake2b
from importlib.util import MAGIC_NUMBER, cache_from_source, find_spec
from pathlib import Path
from types import CodeType
from typing import Any

from modelwright.expand.holes import Stretch
from modelwright.expand.instrument import Hole, Learned, Pattern, Read, Turn

_DIGEST = 16


def get(source: Path, text: str) -> tuple[CodeType, Learned] | None:
    """What was kept for the template at `source`; None where there is nothing, or nothing of use."""
    try:
        data = _place(source).read_bytes()
        if data[:_DIGEST] != _digest(text):
            return None
        code, holes, reads, stretches = marshal.loads(data[_DIGEST:])
    except (OSError, ValueError, EOFError, TypeError):
        return None
    return code, (
        tuple(Hole(line, tuple(tuple(map(_pattern, patterns)) for patterns in found)) for line, found in holes),
        tuple(Read(_pattern(pattern), line, words) for pattern, line, words in reads),
        tuple(Stretch(*parts) for parts in stretches),
    )


def put(source: Path, text: str, code: CodeType, learned: Learned) -> None:
    """Keep a compiled template; where Python keeps nothing or the disk refuses, it is not kept."""
    if sys.dont_write_bytecode:
        return
    holes, reads, stretches = learned
    made = (
        code,
        [(hole.line, [list(map(_plain, patterns)) for patterns in hole.reads]) for hole in holes],
        [(_plain(read.pattern), read.line, read.words) for read in reads],
        [stretch.parts() for stretch in stretches],
    )
    place = _place(source)
    temporary = place.with_name(f"{place.name}.{os.getpid()}")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(_digest(text) + marshal.dumps(made))
        temporary.replace(place)
    except OSError:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _plain(pattern: Pattern) -> tuple[Any, ...]:
    """A pattern of types that `marshal` knows: a turn is a tuple."""
    return tuple((step.loop,) if isinstance(step, Turn) else step for step in pattern)


def _pattern(plain: tuple[Any, ...]) -> Pattern:
    return tuple(Turn(*step) if isinstance(step, tuple) else step for step in plain)


def _place(source: Path) -> Path:
    return Path(cache_from_source(str(source)))


def _digest(text: str) -> bytes:
    return blake2b(_compiler() + text.encode(), digest_size=_DIGEST).digest()


@cache
def _compiler() -> bytes:
    """Tells apart whatever may compile a template differently: Python, Jinja and the files of this room."""
    jinja = find_spec("jinja2")
    files = [Path(jinja.origin).with_name("compiler.py")] if jinja and jinja.origin else []
    found = [path.stat() for path in (*files, *sorted(Path(__file__).parent.glob("*.py")))]
    return MAGIC_NUMBER + repr([(each.st_size, each.st_mtime_ns) for each in found]).encode()
