"""Many files of manifests, judged on as many processes as help; those found clean before are only read.

Results come in the order of the files, each with a problem by itself, all clean ones of a run of files together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from modelwright.inputs import files as inputs
from modelwright.inputs.files import Piece
from modelwright.judge.file import Counts, Judged, Settings, judge_file
from modelwright.judge.references import Links
from modelwright.problems import Problem
from modelwright.records import dataclass
from modelwright.workers import spread

if TYPE_CHECKING:
    from modelwright.clean import Clean, Row
    from modelwright.judge.references import Ask, Offer

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
    """Clean ones that were not remembered."""


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
    chunks = [tuple(files[start : start + CHUNK]) for start in range(0, len(files), CHUNK)]
    fresh: list[Row] = []
    for part in spread(jobs)(partial(_chunk, settings, clean, met), chunks):
        fresh += part.fresh
        yield part
    if clean is not None:
        clean.add(fresh)


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
    from modelwright.clean import Known

    judged: list[Judged] = []
    names: list[str] = []
    fresh: list[Row] = []
    counts = Counts()
    asks: list[Ask] = []
    offers: list[Offer] = []
    for file in files:
        data = inputs.small(file)
        key = clean.key_of(data) if data is not None and clean is not None else b""
        known = clean.known(key, file) if key and clean is not None else None
        if known is not None:
            counts += Counts(known.manifests)
            asks += known.links.asks
            offers += known.links.offers
            names.append(file)
            continue
        pieces = (Piece(file, data),) if data is not None else (inputs.met if met else inputs.named)(file)
        part = judge_pieces(file, pieces, settings)
        names += part.names
        for found in part.judged:
            if found.problems or found.lines:
                judged.append(found)
            else:
                counts += found.counts
                asks += found.links.asks
                offers += found.links.offers
        first = part.judged[0] if len(part.judged) == 1 else None
        if key and part.names and first and first == Judged(file, (), Counts(first.counts.manifests), links=first.links):
            fresh.append((key, Known(first.counts.manifests, first.links)))
    return Part((Judged("", (), counts, links=Links(tuple(asks), tuple(offers))), *judged), tuple(names), tuple(fresh))
