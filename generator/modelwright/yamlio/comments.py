"""Comments that speak to a program. Text that only looks like one, within quotes or a block, is none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from modelwright.records import dataclass
from modelwright.yamlio.read import MAX_DEPTH, _Stop, checked, parser

_BREAKS = "\n\r\x85\u2028\u2029"
"""What ends a line, and so a comment, in YAML 1.1 (libyaml `yaml_private.h`, IS_BREAK)."""
_BREAK = re.compile(f"[{_BREAKS}]")
_REST = re.compile(f"[^{_BREAKS}]*+")
_PROPERTIES = re.compile(rf"(?:[&!][^ \t{_BREAKS}]*+|[ \t{_BREAKS}]++|#[^{_BREAKS}]*+)*+")
"""Anchor and tag before a scalar, with what may stand between them."""


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment, from its `#` to the end of its line."""

    line: int
    column: int
    text: str
    alone: bool
    """Whether nothing but blanks is before it on its line."""


def comments(text: str, word: str) -> list[Comment]:
    """The comments that start with `word`, in their order; of a text that cannot be read on, those before that point."""
    if word not in text:
        return []
    try:
        source = checked(text, "")
    except _Stop:
        return []
    looks = re.compile(rf"(?P<alone>^[ \t]*+)?(?P<text>#[ \t]*+{re.escape(word)})", re.MULTILINE)
    found: list[Comment] = []
    line, start, seen = 1, 0, 0
    for match in _outside_scalars(source, looks.finditer(source)):
        at = match.start("text")
        line += source.count("\n", seen, at)
        start = max(start, source.rfind("\n", seen, at) + 1)
        seen = at
        rest = _REST.match(source, at)
        assert rest is not None
        found.append(Comment(line, at - start + 1, rest.group().rstrip(), match["alone"] is not None))
    return found


def _outside_scalars(text: str, looks: Iterator[re.Match[str]]) -> Iterator[re.Match[str]]:
    """Those of the matches that are comments: a `#` that is neither in a scalar nor in another comment."""
    match = next(looks, None)
    gap = 0
    for start, end in _scalars(text):
        while match is not None and match.start("text") < end:
            if match.start("text") < start and not _within_comment(text, gap, match.start("text")):
                yield match
            match = next(looks, None)
        if match is None:
            return
        gap = end
    while match is not None:
        if not _within_comment(text, gap, match.start("text")):
            yield match
        match = next(looks, None)


def _within_comment(text: str, gap: int, at: int) -> bool:
    """Whether another comment, begun after position `gap`, is still open. Between scalars any `#` begins one."""
    earlier = text.rfind("#", gap, at)
    return earlier >= 0 and _BREAK.search(text, earlier, at) is None


def _scalars(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of every scalar's own text; of one that cannot be read, to the end."""
    from yaml import YAMLError

    loader = parser(text)
    depth = 0
    end = 0
    try:
        while True:
            event = loader.get_event()
            kind = event.__class__.__name__
            end = event.end_mark.index
            if kind == "ScalarEvent":
                yield _start(text, event), end
            elif kind in ("MappingStartEvent", "SequenceStartEvent"):
                depth += 1
                if depth > MAX_DEPTH:
                    break
            elif kind in ("MappingEndEvent", "SequenceEndEvent"):
                depth -= 1
            elif kind == "StreamEndEvent":
                return
    except (YAMLError, UnicodeEncodeError):
        pass
    yield end, len(text)


def _start(text: str, event: Any) -> int:
    start: int = event.start_mark.index
    if event.anchor is not None or event.tag is not None:
        properties = _PROPERTIES.match(text, start, event.end_mark.index)
        start = properties.end() if properties else start
    if event.style in ("|", ">"):
        header = _BREAK.search(text, start)
        start = header.start() if header else start
    return start
