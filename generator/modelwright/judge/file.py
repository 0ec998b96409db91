"""One file of manifests, judged: a pure function of plain values, so that it may run in any process and need not run
twice. What concerns several files is put together afterwards, by `gather`.

A file is read document by document where it must be: kubectl cuts a stream at its `---` lines before it reads any of it
(apimachinery pkg/util/yaml/decoder.go `splitYAMLDocument`), so a broken document leaves the others as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from modelwright.judge import judge
from modelwright.judge.references import HINTED, Ask, Lack, Links, Register, open_asks, unanswered
from modelwright.judge.references.offers import offers
from modelwright.model import Document, Manifest, Mark, Path, Place, Release
from modelwright.patterns import pattern
from modelwright.problems import Problem, Resource
from modelwright.records import dataclass, field, replace
from modelwright.typed import TYPE_CHECKING, Any
from modelwright.yamlio import decode, read
from modelwright.yamlio.block import read_block

if TYPE_CHECKING:
    from modelwright.judge.own import OwnKinds
    from modelwright.judge.policies import Policies
    from modelwright.judge.updates import Identity

BATCH = 100
"""Documents that are read together."""
MOST_TOLD = 1000
"""Problems told of one file; it is no use to anybody to read more."""
MOST_KEPT = 20_000
"""Problems told of all files together."""
SHOWN = 64 * 1024
"""Characters of lines kept of one file, to be shown in a report."""
BLUEPRINTS = "modelwright/"
KUSTOMIZE = "kustomize.config.k8s.io/"

_DOCUMENT = pattern(r"^---(?=\s|\Z)", re.MULTILINE)
_SAYS_KIND = pattern(r"(?:^|[{,])[ \t]*[\"']?(?:apiVersion|kind)[\"']?[ \t]*:", re.MULTILINE)
_NOTHING = pattern(r"(?:---)?\s*+(?:#[^\n]*+\s*+)*+\Z")


@dataclass(frozen=True, slots=True)
class Settings:
    """What every file is judged by."""

    release: Release
    own: OwnKinds | None = None
    """Kinds that the cluster defines itself."""
    head: Document | None = None
    """A Workspace blueprint, whose `judge` counts."""
    strict: bool = False
    """Whether a kind that cannot be judged is an error."""
    others: bool = False
    """Whether a file may hold no object at all; it is left out then, and counted."""
    previous: Mapping[Identity, Mapping[str, Any]] | None = None
    """The objects that the cluster has by now."""
    policies: Policies | None = None
    """Policies that the cluster asks of everything."""


@dataclass(frozen=True, slots=True)
class Counts:
    manifests: int = 0
    pipelines: int = 0
    """Compiled pipelines, as kfp writes them."""
    others: int = 0
    """Files left out: nothing in them is an object of a cluster."""
    suppressed: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.manifests + other.manifests,
            self.pipelines + other.pipelines,
            self.others + other.others,
            self.suppressed + other.suppressed,
        )


@dataclass(frozen=True, slots=True)
class Judged:
    """What is wrong with a file; its text is not needed any more."""

    name: str
    problems: tuple[Problem, ...]
    """Their places are marks."""
    counts: Counts
    lines: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    """File -> line number -> text of the lines that problems are about, to be shown."""
    links: Links = Links()
    """What its objects refer to elsewhere, and what others may refer to."""
    full: bool = False
    """Whether there was too much to tell: what follows in the same file need not be judged."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a clean file."""

    manifests: int
    """How many it holds."""
    links: Links = Links()
    """What they refer to elsewhere, and what others may refer to."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is wrong with all files together."""

    problems: tuple[Problem, ...]
    counts: Counts
    lines: Mapping[str, Mapping[int, str]]
    lacks: tuple[tuple[Lack, Problem], ...] = ()
    """References that nothing answers, with what is to be told of them: their places are not marks yet."""
    noted: int = 0
    """How many more there are, which others may answer."""


def gather(files: Iterable[Judged], references: bool = False) -> Verdict:
    """All files together: a kind that cannot be judged is told once, references are looked up, and all within a bound.

    `references`: also those are told that others may answer.
    """
    problems: dict[Problem, None] = {}
    counts, lines, told, left = Counts(), dict[str, dict[int, str]](), set[tuple[str, str]](), 0
    full: set[str] = set()
    asks, register = list[Ask](), Register()
    for file in files:
        asks += file.links.asks
        for offer in file.links.offers:
            register.add(offer)
        if file.name in full:
            continue
        if file.full:
            full.add(file.name)
        counts += file.counts
        for problem in file.problems:
            if problem.code == "MW505" and problem.resource:
                kind = (problem.resource.api_version, problem.resource.kind)
                if kind in told:
                    continue
                told.add(kind)
            if len(problems) < MOST_KEPT or problem in problems:
                problems[problem] = None
            else:
                left += 1
        for name, some in file.lines.items() if len(problems) < MOST_KEPT else ():
            lines.setdefault(name, {}).update(some)
    if left:
        hint = "judge a folder at a time"
        problems[Problem("MW131", f"{left} problems more than {MOST_KEPT} are not told", None, hint)] = None
    lacks, noted = list[tuple[Lack, Problem]](), 0
    for lack in unanswered(asks, register, register.owns):
        if (lack.sure or references) and len(lacks) < MOST_KEPT:
            lacks.append((lack, lack.problem(register, len(lacks) < HINTED)))
        else:
            noted += 1
    return Verdict(tuple(problems), counts, lines, tuple(lacks), noted)


def judge_file(name: str, data: bytes, settings: Settings, first_line: int = 1) -> Judged:
    """What is wrong with the manifests in a file, or in a piece of one that starts at line `first_line`."""
    text, wrong = decode(data, name)
    if wrong:
        return Judged(name, _shifted(wrong, first_line - 1), Counts())
    problems: list[Problem] = []
    lines: dict[int, str] = {}
    counts = Counts()
    objects = full = False
    links: list[Links] = []
    for batch in _batches(text):
        part = _judge_batch(name, batch, settings)
        objects = objects or part.objects
        counts += part.counts
        links.append(part.links)
        if not part.problems:
            continue
        room = MOST_TOLD - len(problems)
        problems += _shifted(part.problems[:room], first_line - 1)
        keep_lines(lines, part.problems[:room], batch.text, batch.line, first_line - 1)
        if len(part.problems) > room:
            message = f"more than {MOST_TOLD} problems in one file: the rest of it was not judged"
            problems.append(Problem("MW131", message, _mark_of(problems[-1]), "mend these first"))
            full = True
            break
    if settings.others and not objects and not counts.pipelines:
        return Judged(name, (), Counts(others=1))
    return Judged(name, tuple(problems), counts, {name: lines} if lines else {}, _linked(links, first_line - 1), full)


def _linked(links: Sequence[Links], above: int) -> Links:
    """Everything of a file: what it answers itself needs nobody else."""
    offered = tuple(offer for each in links for offer in each.offers)
    asks = [replace(ask, line=ask.line + above) if above else ask for each in links for ask in each.asks]
    return Links(tuple(open_asks(asks, Register(offered))) if asks else (), offered)


def _mark_of(problem: Problem) -> Mark | None:
    """Where a problem is, if that is known."""
    return problem.place if isinstance(problem.place, Mark) else None


@dataclass(frozen=True, slots=True)
class _Batch:
    """Some documents of a file."""

    text: str
    line: int
    """Number of the first line, less 1."""
    starts: tuple[int, ...]
    """Where each document starts in the text."""

    def each(self) -> Iterator[_Batch]:
        line, before = self.line, 0
        for start, end in zip(self.starts, (*self.starts[1:], len(self.text)), strict=True):
            line += self.text.count("\n", before, start)
            before = start
            yield _Batch(self.text[start:end], line, (0,))


def _batches(text: str) -> Iterator[_Batch]:
    """A text as runs of whole documents. One with directives, which stand above a `---`, is not cut."""
    if "\n---" not in text or "\n%" in text or text.startswith(("%", "\ufeff")):
        yield _Batch(text, 0, (0,))
        return
    starts = [found.start() for found in _DOCUMENT.finditer(text)]
    if not starts or (starts[0] and not _NOTHING.match(text[: starts[0]])):
        starts.insert(0, 0)
    starts[0] = 0
    line = 0
    for index in range(0, len(starts), BATCH):
        run = starts[index : index + BATCH]
        end = starts[index + BATCH] if index + BATCH < len(starts) else len(text)
        part = text[run[0] : end]
        if part.replace("---", "").strip():
            yield _Batch(part, line, tuple(start - run[0] for start in run))
        line += part.count("\n")


@dataclass(frozen=True, slots=True)
class _Part:
    problems: tuple[Problem, ...] = ()
    """Their places are marks in the file."""
    counts: Counts = Counts()
    objects: bool = False
    links: Links = Links()


def _judge_batch(name: str, batch: _Batch, settings: Settings) -> _Part:
    plain = read_block(batch.text)
    documents, wrong = read(batch.text, name) if plain is None else (plain, ())
    if wrong and not documents and len(batch.starts) > 1:
        parts = [_judge_batch(name, each, settings) for each in batch.each() if not _NOTHING.match(each.text)]
        return _joined(parts)
    if not documents and batch.text.lstrip().startswith("{"):
        parts = _judge_json(name, batch, settings)
        if parts:
            return _joined(parts)
    if not documents:
        return _told(name, batch, settings, list(wrong), 0, Counts(), bool(_SAYS_KIND.search(batch.text)))
    if not any(isinstance(each, dict) and "apiVersion" in each for each in documents):
        from modelwright.judge.ir import is_pipeline
        from modelwright.judge.ir import judge_file as judge_pipeline

        if any(map(is_pipeline, documents)):
            found = judge_pipeline(batch.text, name, settings.release.kubeflow_pipelines)[1]
            return _told(name, batch, settings, list(found), 0, Counts(pipelines=1), True)
    return _judge_documents(name, batch, documents, list(wrong), settings)


def _joined(parts: Sequence[_Part]) -> _Part:
    problems = tuple(problem for part in parts for problem in part.problems)
    links = Links.together(part.links for part in parts)
    return _Part(problems, sum((part.counts for part in parts), Counts()), any(part.objects for part in parts), links)


def _judge_json(name: str, batch: _Batch, settings: Settings) -> list[_Part]:
    """What is no YAML, but JSON; nothing where it is neither."""
    from modelwright.yamlio.jsontext import values

    parts = []
    for value in values(batch.text) or ():
        # Its first line may hold others: they are blanks to it.
        first = batch.text.rfind("\n", 0, value.start) + 1
        alone = _Batch(" " * (value.start - first) + value.text, batch.line + batch.text.count("\n", 0, first), (0,))
        twice = [Problem("MW103", f"`{key}` is said twice", Place(name), "keep one of the two") for key in value.twice]
        parts.append(_judge_documents(name, alone, [value.data], twice, settings))
    return parts


def _judge_documents(
    name: str, batch: _Batch, documents: Sequence[Any], problems: list[Problem], settings: Settings
) -> _Part:
    manifests: list[Manifest] = []
    objects = False
    for index, document in enumerate(documents):
        place = Place(name, index)
        if document is None or _of_kustomize(document):
            continue
        if isinstance(document, dict) and ("apiVersion" in document or "kind" in document):
            if str(document.get("apiVersion")).startswith(BLUEPRINTS):
                problems += () if settings.others else (_blueprint(document, place),)
                continue
            objects = True
        if isinstance(document, dict) and type(document.get("items")) is not list:
            manifests.append(Manifest(document, place=place))
            continue
        for path, item in _items(document):
            where = Place(name, index, path) if path else place
            if isinstance(item, dict):
                manifests.append(Manifest(item, place=where))
            else:
                hint = "a manifest is a map with apiVersion and kind"
                problems.append(Problem("MW508", "not a Kubernetes object", where, hint))
    asks: list[Ask] = []
    problems += judge(
        manifests, settings.release, own=settings.own, previous=settings.previous, policies=settings.policies, asks=asks
    )
    part = _told(name, batch, settings, problems, len(documents), Counts(len(manifests)), objects)
    offered = tuple(offer for manifest in manifests for offer in offers(manifest.data))
    return replace(part, links=Links(_anchored(asks, batch, len(documents)), offered)) if offered or asks else part


def _anchored(asks: Sequence[Ask], batch: _Batch, documents: int) -> tuple[Ask, ...]:
    """Asks that know at which line to look for their document, so that no more than that is ever read again."""
    found = []
    line, before = batch.line, 0
    alone = 1 < documents == len(batch.starts)
    for ask in asks:
        place = ask.place
        if alone and place is not None:
            start = batch.starts[place.document]
            line += batch.text.count("\n", before, start)
            before, place = start, replace(place, document=0)
        found.append(replace(ask, place=place, line=line))
    return tuple(found)


def _told(
    name: str, batch: _Batch, settings: Settings, problems: list[Problem], documents: int, counts: Counts, objects: bool
) -> _Part:
    """Problems at their lines in the file, without those that somebody decided to live with."""
    if not problems:
        return _Part((), counts, objects)
    from modelwright.suppress import suppress

    if settings.strict:
        problems = [replace(p, level="error") if p.code == "MW505" else p for p in problems]
    marked = _marked(problems, name, batch, documents)
    left, suppressed = suppress(marked, {name: batch.text}, settings.head)
    # What is wrong with the workspace's own settings is told once, of no file.
    own = tuple(p for p in left if p.place is None or p.place.file == name)
    return _Part(_shifted(own, batch.line), counts + Counts(suppressed=suppressed), objects)


def _items(document: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """The objects in a document: itself, or the items of a list of any kind, as kubectl takes them apart.

    Items of a typed list may leave out what its name says (apimachinery pkg/apis/meta/v1/unstructured/helpers.go
    `decodeToList`).
    """
    items = document.get("items") if isinstance(document, dict) else None
    kind = document.get("kind") if isinstance(items, list) else None
    if not isinstance(items, list) or not isinstance(kind, str) or not kind.endswith("List"):
        yield path, document
        return
    for number, item in enumerate(items):
        if kind != "List" and isinstance(item, dict) and not item.get("kind") and not item.get("apiVersion"):
            item = {"apiVersion": document.get("apiVersion"), "kind": kind.removesuffix("List"), **item}
        yield from _items(item, (*path, "items", number))


def _of_kustomize(document: Any) -> bool:
    """What is kustomize's own input rather than something a cluster gets."""
    if isinstance(document, list):
        return bool(document) and all(isinstance(item, dict) and "op" in item for item in document)
    return isinstance(document, dict) and str(document.get("apiVersion", "")).startswith(KUSTOMIZE)


def _blueprint(document: Mapping[str, Any], place: Place) -> Problem:
    kind = Resource(str(document["apiVersion"]), str(document.get("kind")), "")
    what = "this is a blueprint, not a manifest: it was not judged"
    hint = "`modelwright check` judges blueprints, and what they compile to"
    return Problem("MW505", what, place, hint, effect="risk", resource=kind, level="note")


def _marked(problems: Sequence[Problem], name: str, batch: _Batch, documents: int) -> list[Problem]:
    """The problems with marks in the batch instead of places."""
    from modelwright.yamlio.finder import Finder

    whole = Finder({name: batch.text})
    each = [(Finder({name: part.text}), part.line - batch.line) for part in batch.each()] if documents > 1 else []
    alone = 1 < documents == len(each)
    """Whether every document has its own stretch of the text: it alone is read to find places in it."""

    def mark(place: Place | Mark) -> Mark:
        if isinstance(place, Mark) or place.file != name or not alone:
            return whole.mark(place)
        finder, line = each[place.document]
        return _down(finder.mark(replace(place, document=0)), line)

    return [
        replace(p, place=p.place and mark(p.place), related=tuple((text, mark(place)) for text, place in p.related))
        for p in problems
    ]


def _down(mark: Mark, lines: int) -> Mark:
    return replace(mark, line=mark.line + lines, end_line=mark.end_line + lines)


def _shifted(problems: Iterable[Problem], lines: int) -> tuple[Problem, ...]:
    """Problems at marks, as many lines further down."""
    if not lines:
        return tuple(problems)
    return tuple(
        replace(
            p,
            place=_down(p.place, lines) if isinstance(p.place, Mark) else p.place,
            related=tuple((text, _down(m, lines) if isinstance(m, Mark) else m) for text, m in p.related),
        )
        for p in problems
    )


def keep_lines(
    lines: dict[int, str], problems: Sequence[Problem], text: str, above: int = 0, before: int = 0
) -> None:
    """Add the lines that problems are about, but none that holds a credential.

    The problems' marks count from `above` lines over the text; what is kept counts from `before` lines further up.
    """
    wanted = {p.place.line for p in problems if isinstance(p.place, Mark)}
    wanted -= {p.place.line for p in problems if isinstance(p.place, Mark) and p.conceal}
    if not wanted:
        return
    taken = sum(map(len, lines.values()))
    texts = text.removeprefix("\ufeff").split("\n")
    for number in sorted(wanted):
        index = number - above - 1
        line = texts[index].removesuffix("\r") if 0 <= index < len(texts) else ""
        taken += len(line)
        if taken > SHOWN:
            return
        lines[number + before] = line
