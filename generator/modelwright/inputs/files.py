"""Manifests that anybody wrote, read from disk piece by piece: files, folders, standard input.

Nothing is ever held but one piece. What cannot be read is a problem, and the rest is read all the same. In folders
only plain files are opened: a pipe would wait for ever, and a link may lead anywhere.
"""

from __future__ import annotations

import codecs
import os
import stat
from collections.abc import Iterator, Sequence

from modelwright.model import Mark, Place
from modelwright.problems import Problem
from modelwright.records import dataclass, field
from modelwright.typed import BinaryIO
from modelwright.yamlio.read import MAX_BYTES

SUFFIXES = (".yaml", ".yml", ".json")
KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
"""Names of the file that makes a folder one for kustomize (kustomize api/konfig/general.go)."""
CHART, TEMPLATES = "Chart.yaml", "templates"
"""The file that makes a folder a Helm chart, and the folder of its templates (helm pkg/chart/loader)."""
DEEPEST = 64
"""Folders in folders; more is a mistake or an attack."""
MOST_BYTES = 1024**3
"""Bytes read of one file or stream."""
SMALL = 256 * 1024
"""Bytes of a file that is read at once."""
STDIN = "<stdin>"

_BREAK = b"\n---"
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)


@dataclass(frozen=True, slots=True)
class Piece:
    """Whole documents of a file: all of them, where it is not large."""

    name: str
    data: bytes
    line: int = 1
    """Number of the first line."""


@dataclass(frozen=True, slots=True)
class Found:
    """What is below a folder."""

    files: tuple[str, ...] = ()
    """Files to read, in the order of their names."""
    folders: tuple[str, ...] = ()
    """Folders with a kustomization."""
    charts: tuple[str, ...] = ()
    """Folders of a Helm chart's templates, which were not entered: they are no YAML."""
    problems: tuple[Problem, ...] = ()


@dataclass(slots=True)
class _Walk:
    top: str
    files: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    charts: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def into(self, folder: str, depth: int) -> None:
        if depth > DEEPEST:
            self._tell("MW104", f"folders nest deeper than {DEEPEST}", folder, "move the files up")
            return
        try:
            with os.scandir(folder) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            self._tell("MW110", f"cannot be read: {error.strerror}", folder, "check its permissions")
            return
        names = {entry.name for entry in found}
        if any(name in names and os.path.isfile(os.path.join(folder, name)) for name in KUSTOMIZATIONS):
            self.folders.append(folder)
        chart = CHART in names
        above = "" if folder == "." else os.path.join(folder, "")
        for entry in found:
            path = above + entry.name
            if entry.name.startswith("."):
                continue
            if chart and entry.name == TEMPLATES:
                self.charts.append(path)
            elif entry.is_dir(follow_symlinks=False):
                self.into(path, depth + 1)
            elif entry.name.lower().endswith(SUFFIXES):
                if entry.is_file(follow_symlinks=False):
                    self.files.append(path)
                elif not os.path.isdir(path):
                    self._file(path, entry.is_symlink())

    def _file(self, path: str, link: bool) -> None:
        if link and not _inside(path, self.top):
            hint = "name the file itself, or its folder"
            self._tell("MW109", "this link leads out of the folder, or nowhere: it was not followed", path, hint)
        elif not os.path.isfile(path):
            self._tell("MW110", "this is not a plain file", path, "remove it, or leave out its folder")
        else:
            self.files.append(path)

    def _tell(self, code: str, message: str, path: str, hint: str) -> None:
        self.problems.append(Problem(code, message, Place(path), hint))


def walk(folder: str) -> Found:
    """Everything in a folder that may hold manifests: YAML and JSON files, at any depth.

    Names that start with a dot are left out, and linked folders, as kubectl does (cli-runtime pkg/resource/visitor.go
    `ExpandPathsToFileVisitors`).
    """
    found = _Walk(os.path.realpath(folder))
    found.into(folder, 0)
    return Found(tuple(found.files), tuple(found.folders), tuple(found.charts), tuple(found.problems))


def of_chart(path: str) -> bool:
    """Whether a file is one of a Helm chart's templates."""
    above, _, below = os.path.dirname(os.path.abspath(path)).rpartition(f"{os.sep}{TEMPLATES}")
    return below[:1] in ("", os.sep) and bool(above) and os.path.isfile(os.path.join(above, CHART))


def _inside(path: str, top: str) -> bool:
    """Whether a link leads to something that exists below `top`, through whatever other links."""
    try:
        real = os.path.realpath(path, strict=True)
    except OSError:
        return False
    return real.startswith(top.rstrip(os.sep) + os.sep)


def stdin(stream: BinaryIO) -> Iterator[Piece | Problem]:
    """The pieces of standard input."""
    try:
        yield from pieces(stream, STDIN)
    except OSError as error:
        yield Problem("MW110", f"cannot be read: {error.strerror}", Place(STDIN), "give it manifests")


def named(path: str) -> Iterator[Piece | Problem]:
    """The pieces of a file that somebody named: a pipe such as `<(kustomize build .)` may be one."""
    yield from _opened(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0), plain=False)


def met(path: str) -> Iterator[Piece | Problem]:
    """The pieces of a file met in a folder."""
    yield from _opened(path, _FLAGS, plain=True)


def small(path: str) -> tuple[bytes, os.stat_result] | None:
    """All of a plain file, and what the disk said of it before; None where it is not that, or not small, and `named` or
    `met` have to be asked."""
    try:
        # Looked at before it is opened: who writes to a pipe is told when that is opened, and when it is closed.
        found = os.stat(path)
        if not stat.S_ISREG(found.st_mode) or found.st_size >= SMALL:
            return None
        handle = os.open(path, _FLAGS)
        try:
            data = os.read(handle, SMALL)
        finally:
            os.close(handle)
    except OSError:
        return None
    return (data, found) if len(data) == found.st_size else None


def _opened(path: str, flags: int, plain: bool) -> Iterator[Piece | Problem]:
    try:
        handle = os.open(path, flags)
        with os.fdopen(handle, "rb") as file:
            mode = os.fstat(handle).st_mode
            if stat.S_ISDIR(mode) or (plain and not stat.S_ISREG(mode)):
                yield Problem("MW110", "this is not a plain file", Place(path), "name another")
                return
            yield from pieces(file, path)
    except OSError as error:
        yield Problem("MW110", f"cannot be read: {error.strerror}", Place(path), "check its permissions")


def pieces(stream: BinaryIO, name: str) -> Iterator[Piece | Problem]:
    """A stream as pieces of whole documents, `MAX_BYTES` each at most; one that is longer is a problem."""
    data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES and data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        yield _long(name, 1)
        return
    if len(data) <= MAX_BYTES or b"\0" in data[:8192]:
        # What is no text is told as that, whatever its length.
        yield Piece(name, data if len(data) <= MAX_BYTES else data[:8192])
        return
    line, read, skipping = 1, len(data), False
    while data:
        last = len(data) <= MAX_BYTES
        cut = len(data) if last else _last_break(data, MAX_BYTES)
        if skipping:
            cut = _first_break(data)
            skipping = cut == 0
            cut = cut or max(len(data) - len(_BREAK), 1)
        elif cut:
            yield Piece(name, data[:cut], line)
        else:
            yield _long(name, line)
            skipping, cut = True, len(data) - len(_BREAK)
        line += data.count(b"\n", 0, cut)
        data = data[cut:]
        if read > MOST_BYTES and skipping:
            return
        if read > MOST_BYTES:
            message = f"more than {MOST_BYTES // 1024**2} MiB: the rest was not judged"
            yield Problem("MW104", message, Mark(name, line, 1, line, 2), "split it into several files")
            return
        more = stream.read(MAX_BYTES + 1 - len(data))
        read += len(more)
        if not more and skipping:
            return
        data += more


def _long(name: str, line: int) -> Problem:
    message = f"one document is larger than {MAX_BYTES // 1024**2} MiB"
    hint = "no cluster takes so large an object; a list can be split into its items"
    return Problem("MW104", message, Mark(name, line, 1, line, 2), hint)


def _last_break(data: bytes, end: int) -> int:
    """Where the last document of `data` starts; 0 where there is but one."""
    at = data.rfind(_BREAK, 0, end)
    while at >= 0 and not _is_break(data, at):
        at = data.rfind(_BREAK, 0, at + len(_BREAK) - 1)
    return at + 1 if at >= 0 else 0


def _first_break(data: bytes) -> int:
    """Where the first document starts that does not start with `data`; 0 where there is none."""
    at = data.find(_BREAK)
    while at >= 0 and not _is_break(data, at):
        at = data.find(_BREAK, at + 1)
    return at + 1 if at >= 0 else 0


def _is_break(data: bytes, at: int) -> bool:
    return data[at + len(_BREAK) : at + len(_BREAK) + 1] in (b" ", b"\t", b"\r", b"\n", b"")


def texts(paths: Sequence[str]) -> dict[str, str]:
    """The texts of files met in folders, but for large ones and what is no text."""
    from modelwright.yamlio import decode

    found: dict[str, str] = {}
    for path in paths:
        piece = next(met(path), None)
        if isinstance(piece, Piece):
            text, wrong = decode(piece.data, path)
            if not wrong:
                found[path] = text
    return found
