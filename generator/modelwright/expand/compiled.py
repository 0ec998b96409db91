"""Compiled templates of our own, kept between runs: see `kept`.

One is used again only if its text, Python, Jinja and our own compiler are those it was made by.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import CodeType
from typing import Any

from modelwright import kept
from modelwright.expand.holes import Stretch
from modelwright.expand.instrument import Hole, Learned, Pattern, Read, Turn


def get(source: Path, text: str) -> tuple[CodeType, Learned] | None:
    """What was kept for the template at `source`; None where there is nothing, or nothing of use."""
    match kept.get(source, _key(text)):
        case CodeType() as code, holes, reads, stretches:
            return code, (
                tuple(Hole(line, tuple(tuple(map(_pattern, patterns)) for patterns in found)) for line, found in holes),
                tuple(Read(_pattern(pattern), line, words) for pattern, line, words in reads),
                tuple(Stretch(*parts) for parts in stretches),
            )
    return None


def put(source: Path, text: str, code: CodeType, learned: Learned) -> None:
    """Keep a compiled template."""
    holes, reads, stretches = learned
    made = (
        code,
        [(hole.line, [list(map(_plain, patterns)) for patterns in hole.reads]) for hole in holes],
        [(_plain(read.pattern), read.line, read.words) for read in reads],
        [stretch.parts() for stretch in stretches],
    )
    kept.put(source, _key(text), made)


def _plain(pattern: Pattern) -> tuple[Any, ...]:
    """A pattern of types that can be kept: a turn is a tuple."""
    return tuple((step.loop,) if isinstance(step, Turn) else step for step in pattern)


def _pattern(plain: tuple[Any, ...]) -> Pattern:
    return tuple(Turn(*step) if isinstance(step, tuple) else step for step in plain)


def _key(text: str) -> bytes:
    return kept.key(_compiler(), text.encode())


@cache
def _compiler() -> bytes:
    """Tells apart whatever may compile a template differently: Jinja, and the files of this room."""
    jinja = find_spec("jinja2")
    files = [Path(jinja.origin).with_name("compiler.py")] if jinja and jinja.origin else []
    return kept.versions((*files, *sorted(Path(__file__).parent.glob("*.py"))))
