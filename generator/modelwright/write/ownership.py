"""Whose is a file below `overlays/`? Its first line tells, and its digest proves it.

    # modelwright mlops: Model/fraud-detector. Edit the blueprint. 5d1c0f0b1f9a7c31e2d4

The digest has two halves of five bytes. The first covers workspace, owner and body, the second the path
as well: a file carried elsewhere unchanged is therefore told apart from one that was edited, without
knowing where it came from. It guards against accidents, not against malice: anyone can compute it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import blake2b
from typing import Literal

from modelwright.records import dataclass

Verdict = Literal["ours", "moved", "conflicted", "edited", "foreign"]
"""ours: as written. moved: as written, for another path. conflicted: versions of ours with merge markers
between them. edited: ours once, changed since. foreign: never ours, or another workspace's."""

DISPOSABLE: frozenset[Verdict] = frozenset({"ours", "moved", "conflicted"})
"""Nobody's work is lost when such a file is overwritten or removed."""

_HEADER = re.compile(r"# modelwright (?P<workspace>\S+): (?P<owner>.*)\. Edit the blueprint\.(?: (?P<digest>\S+))?\s*")
_HEADER_WITHIN_LINES = 5
_MARKER = re.compile(r"(<<<<<<<|\|\|\|\|\|\|\||=======|>>>>>>>)(?: .*)?")


@dataclass(frozen=True, slots=True)
class Header:
    """The first line of a generated file, taken apart."""

    workspace: str
    owner: str
    digest: str


def normalised(text: str) -> str:
    """`text` with LF line ends and without a byte order mark: what a checkout may change is not content."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n")


def stamp(path: str, owner: str, workspace: str, body: str) -> str:
    """The file text for `body`: header line, then the body with LF line ends and a final newline.

    `path` is the path below the overlays folder. Raises ValueError on a header that could not be read back.
    """
    body = normalised(body)
    if body and not body.endswith("\n"):
        body += "\n"
    if not _holds(workspace, owner):
        raise ValueError(f"no header line can hold workspace {workspace!r} and owner {owner!r}")
    return f"{_header(workspace, owner, _digest(path, workspace, owner, body))}\n{body}"


def verdict(path: str, text: str, workspace: str) -> Verdict:
    """Whose the file at `path` (below the overlays folder) with content `text` is."""
    text = normalised(text)
    first, _, body = text.partition("\n")
    header = _parsed(first)
    if header is not None and header.workspace != workspace:
        return "foreign"
    if header is not None:
        digest = _digest(path, workspace, header.owner, body)
        if header.digest == digest:
            return "ours"
        half = len(digest) // 2
        if len(header.digest) == len(digest) and header.digest[:half] == digest[:half]:
            return "moved"
    sides = _sides(text)
    if sides and all(_begins_as(side, workspace) for side in sides):
        return "conflicted"
    if any(_begins_as(line, workspace) for line in text.split("\n", _HEADER_WITHIN_LINES)[:_HEADER_WITHIN_LINES]):
        return "edited"
    return "foreign"


def header_of(text: str) -> Header | None:
    """The header `text` begins with, or None."""
    return _parsed(normalised(text).partition("\n")[0])


def body_of(text: str) -> str:
    """`text` without its header line, if it has one."""
    text = normalised(text)
    first, _, rest = text.partition("\n")
    return rest if _parsed(first) else text


def _header(workspace: str, owner: str, digest: str) -> str:
    return f"# modelwright {workspace}: {owner}. Edit the blueprint. {digest}"


@lru_cache(1024)
def _holds(workspace: str, owner: str) -> bool:
    """Whether a header line with these two could be read back. A component's files are stamped one after the other."""
    header = _header(workspace, owner, "0")
    return _parsed(header) is not None and ":" not in workspace and "\0" not in header and "\r" not in header


def _digest(path: str, workspace: str, owner: str, body: str) -> str:
    content = blake2b(f"{workspace}\0{owner}\0{body}".encode(errors="surrogateescape"), digest_size=5)
    placed = content.copy()
    placed.update(b"\0" + path.encode(errors="surrogateescape"))
    return content.hexdigest() + placed.hexdigest()


def _parsed(line: str) -> Header | None:
    if not line.startswith("# modelwright "):
        return None
    match = _HEADER.fullmatch(line)
    return Header(match["workspace"], match["owner"], match["digest"] or "") if match else None


def _begins_as(text: str, workspace: str) -> bool:
    header = _parsed(text.partition("\n")[0])
    return header is not None and header.workspace == workspace


def _sides(text: str) -> tuple[str, str] | None:
    """Both versions of a file with merge markers in it, or None where there are no (whole) conflicts.

    The marker lines are those git writes: seven signs at the start of a line, then nothing or a space and
    a label; `|||||||` comes with the styles diff3 and zdiff3 (git-merge(1), "How conflicts are presented").
    Our own bodies never hold such a line: in YAML that we emit, text in several lines is indented.
    """
    if "<<<<<<<" not in text:
        return None
    sides: tuple[list[str], list[str]] = ([], [])
    into: tuple[int, ...] = (0, 1)
    seen, part = False, ""
    for line in text.split("\n"):
        match = _MARKER.fullmatch(line)
        marker = match[1] if match else ""
        if marker == "<<<<<<<" and part == "":
            part, into, seen = marker, (0,), True
        elif marker == "|||||||" and part == "<<<<<<<":
            part, into = marker, ()
        elif marker == "=======" and part in ("<<<<<<<", "|||||||"):
            part, into = marker, (1,)
        elif marker == ">>>>>>>" and part == "=======":
            part, into = "", (0, 1)
        elif marker and part != "|||||||":
            return None
        else:
            for side in into:
                sides[side].append(line)
    if part or not seen:
        return None
    return "\n".join(sides[0]), "\n".join(sides[1])
