"""Many files of manifests, judged on as many processes as help; those found clean before are only read.

Results come in the order of the files, each with a problem by itself, all clean ones of a run of files together.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from modelwright.inputs import files as inputs
from modelwright.inputs.files import Piece
from modelwright.judge.file import Counts, Judged, Known, Settings, judge_file
from modelwright.judge.references import Links
from modelwright.problems import Problem
from modelwright.records import dataclass, replace
from modelwright.typed import TYPE_CHECKING
from modelwright.workers import spread

if TYPE_CHECKING:
    from pathlib import Path

    from modelwright.clean import Clean, Mark, Row

CHUNK = 64
"""Files judged together."""
FEW = 16
"""So many files are judged sooner than it is found out whether they are remembered."""


@dataclass(frozen=True, slots=True)
class Part:
    """What came of a run of files."""

    judged: tuple[Judged, ...]
    names: tuple[str, ...]
    """Files that hold manifests, or should."""
    fresh: tuple[Row, ...] = ()
    """Clean ones that were not remembered, by their digests."""
    marks: tuple[Mark, ...] = ()
    """Clean ones, by their marks."""


def judge_files(
    files: Sequence[str], settings: Settings, met: bool, jobs: int, place: Path | None
) -> Iterator[Part]:
    """What is wrong with each of the files; those `met` in a folder may hold something else than manifests.

    `place` is where clean ones are remembered, if anywhere.
    """
    if met:
        settings = replace(settings, others=True)
    clean = None
    if len(files) > FEW and settings.previous is None:
        from modelwright.clean import Clean

        clean = Clean.opened(place, settings)
    known = dict(_untouched(files, clean)) if clean is not None else {}
    left = [file for file in files if file not in known] if known else files
    chunks = [tuple(left[start : start + CHUNK]) for start in range(0, len(left), CHUNK)]
    fresh: list[Row] = []
    marks: list[Mark] = []
    held: set[str] = set(known)
    for part in spread(jobs)(partial(_chunk, settings, clean, met), chunks):
        fresh += part.fresh
        marks += part.marks
        held.update(part.names)
        # Names come in the order of the files, whichever were known.
        yield Part(part.judged, ()) if known else part
    if known:
        yield Part((_together(known.values(), Counts()),), tuple(file for file in files if file in held))
    if clean is not None:
        clean.add(fresh)
        clean.add_seen(marks)


def _together(known: Iterable[Known], counts: Counts) -> Judged:
    """Clean files as one."""
    known = tuple(known)
    counts += Counts(sum(each.manifests for each in known))
    return Judged("", (), counts, links=Links.together(each.links for each in known))


def _untouched(files: Sequence[str], clean: Clean) -> Iterator[tuple[str, Known]]:
    """The files that were clean and that nobody touched since, and what is known of each."""
    from modelwright.clean import mark

    seen = clean.seen()
    now = time.time_ns()
    for file in files if seen else ():
        try:
            key = seen.get(mark(os.stat(file), now))
        except (OSError, ValueError):
            continue
        known = clean.known(key, file) if key else None
        if known is not None:
            yield file, known


def judge_pieces(name: str, pieces: Iterable[Piece | Problem], settings: Settings) -> Part:
    """What is wrong with a file that is read piece by piece."""
    judged: list[Judged] = []
    holds = False
    for piece in pieces:
        if isinstance(piece, Problem):
            judged.append(Judged(name, (piece,), Counts()))
            continue
        found = judge_file(piece.name, piece.data, settings, piece.line)
        holds = holds or (piece.line == 1 and not found.counts.others)
        judged.append(found)
        if found.full:
            break
    return Part(tuple(judged), (name,) if holds else ())


def _chunk(settings: Settings, clean: Clean | None, met: bool, files: Sequence[str]) -> Part:
    judged: list[Judged] = []
    names: list[str] = []
    fresh: list[Row] = []
    marks: list[Mark] = []
    counts = Counts()
    sound: list[Known] = []
    now = time.time_ns()
    if clean is not None:
        from modelwright.clean import mark
    for file in files:
        read = inputs.small(file)
        key = clean.key_of(read[0]) if read is not None and clean is not None else b""
        known = clean.known(key, file) if key and clean is not None else None
        if known is not None:
            sound.append(known)
            names.append(file)
        else:
            pieces = (Piece(file, read[0]),) if read is not None else (inputs.met if met else inputs.named)(file)
            part = judge_pieces(file, pieces, settings)
            names += part.names
            for found in part.judged:
                if found.problems or found.lines:
                    judged.append(found)
                else:
                    counts += replace(found.counts, manifests=0)
                    sound.append(Known(found.counts.manifests, found.links))
            first = part.judged[0] if len(part.judged) == 1 else None
            if key and part.names and first and first == Judged(file, (), Counts(first.counts.manifests), links=first.links):
                known = Known(first.counts.manifests, first.links)
                fresh.append((key, known))
        if known is not None and read is not None and clean is not None:
            marks.append((mark(read[1], now), key))
    return Part((_together(sound, counts), *judged), tuple(names), tuple(fresh), tuple(marks))
