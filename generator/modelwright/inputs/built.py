"""Folders with a kustomization, built: by ourselves, or by an installed program for those who want that very one."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryFile

from modelwright.inputs.worklist import head
from modelwright.model import Manifest, Mark, Place
from modelwright.problems import Problem
from modelwright.records import dataclass
from modelwright.typed import Any

SECONDS = 120
MOST_BYTES = 64 * 1024**2
"""Of what a folder builds to."""
OFFLINE = {
    "GIT_ALLOW_PROTOCOL": "file",
    "GIT_TERMINAL_PROMPT": "0",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "http_proxy": "http://127.0.0.1:9",
    "https_proxy": "http://127.0.0.1:9",
    "NO_PROXY": "",
    "no_proxy": "",
}
"""kustomize has no word for it: Git may use no network, and every other address leads nowhere (port 9 discards)."""


@dataclass(frozen=True, slots=True)
class Built:
    """What a folder builds to."""

    head: str
    """The file that makes it one for kustomize."""
    manifests: tuple[Manifest, ...]
    problems: tuple[Problem, ...] = ()
    texts: Callable[[], Mapping[str, str]] = dict
    """The files it was built from, as far as that is known."""
    name: Callable[[str], str] = str
    """A file as problems name it, of the path that manifests know."""


Builder = Callable[[str], Built]
"""Builds a folder with a kustomization."""


class _Tree:
    """The files of a repository, as our own builder asks for them; none outside."""

    def __init__(self, folder: str) -> None:
        above = os.path.realpath(folder)
        folders = [above, *map(str, Path(above).parents)]
        self._top = next((each for each in folders if os.path.lexists(os.path.join(each, ".git"))), os.sep)
        self._here = "" if os.path.isabs(folder) else os.path.realpath(os.curdir)
        self.folder = self._below(above)
        self._found: dict[str, bytes] = {}

    def _below(self, path: str) -> str:
        inside = os.path.relpath(path, self._top)
        return "" if inside == os.curdir else inside.replace(os.sep, "/")

    def read(self, path: str) -> bytes | None:
        """The content of a file; None where there is none, or it leads out of the repository by a link."""
        from modelwright.inputs.files import Piece, met

        if path not in self._found:
            full = os.path.realpath(os.path.join(self._top, path))
            if not os.path.isfile(full) or os.path.commonpath((full, self._top)) != self._top:
                return None
            piece = next(met(full), None)
            if not isinstance(piece, Piece):
                return None
            self._found[path] = piece.data
        return self._found[path]

    def name(self, path: str) -> str:
        """A file as seen from the current folder, or from the root where the folder was named so."""
        full = os.path.join(self._top, path)
        return os.path.relpath(full, self._here) if self._here else full

    def texts(self) -> Mapping[str, str]:
        from modelwright.yamlio import decode

        return {self.name(path): decode(data, path)[0] for path, data in self._found.items()}


def ours(folder: str) -> Built:
    """A folder built by ourselves: nothing is run, and nothing fetched."""
    from modelwright.kustomize import build

    tree = _Tree(folder)
    manifests, problems = build(tree.read, tree.folder)
    return Built(head(folder), manifests, tuple(_renamed(p, tree.name) for p in problems), tree.texts, tree.name)


def _renamed(problem: Problem, name: Callable[[str], str]) -> Problem:
    def moved(place: Place | Mark) -> Place | Mark:
        return replace(place, file=name(place.file))

    related = tuple((text, moved(place)) for text, place in problem.related)
    return replace(problem, place=problem.place and moved(problem.place), related=related)


def by_program(program: str, environ: Mapping[str, str], texts: Callable[[], Mapping[str, str]]) -> Builder:
    """A builder that runs a program: `kustomize`, or `kubectl`, whose word for it is another.

    It does not say where a value was written; that is looked for in `texts`.
    """
    words = (program, "kustomize") if os.path.basename(program).startswith("kubectl") else (program, "build")

    def build(folder: str) -> Built:
        # A name that starts with a dash would be a flag.
        place = folder if os.path.isabs(folder) else os.path.join(".", folder)
        with TemporaryFile() as out, TemporaryFile() as err:
            code = _run((*words, place), {**environ, **OFFLINE}, out, err)
            problem = _failure(code, program, folder, err)
            if problem is not None:
                return Built(head(folder), (), (problem,))
            if out.tell() > MOST_BYTES:
                return Built(head(folder), (), (_told(folder, f"builds to more than {MOST_BYTES // 1024**2} MiB"),))
            out.seek(0)
            return replace(_read(folder, out.read()), texts=texts)

    return build


def _run(words: tuple[str, ...], environ: Mapping[str, str], out: Any, err: Any) -> int | None:
    """The exit code; None where it took too long and was ended, with whatever it had started."""
    process = subprocess.Popen(
        words, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=environ, start_new_session=True
    )
    try:
        return process.wait(SECONDS)
    except BaseException as reason:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if isinstance(reason, subprocess.TimeoutExpired):
            return None
        raise
    finally:
        out.seek(0, os.SEEK_END)


def _failure(code: int | None, program: str, folder: str, err: Any) -> Problem | None:
    if code == 0:
        return None
    if code is None:
        return _told(folder, f"was not built by `{program}` within {SECONDS} seconds")
    err.seek(0)
    said = err.read(2000).decode("utf-8", "replace").strip().removeprefix("Error: ").splitlines()
    return _told(folder, f"is not built by `{program}`: {said[0][:500] if said else f'exit code {code}'}")


def _told(folder: str, what: str) -> Problem:
    return Problem("MW130", f"this folder {what}", Place(head(folder)), "build it by hand to see more")


def _read(folder: str, data: bytes) -> Built:
    from modelwright.yamlio import decode, read

    documents: list[Any] = []
    for part in data.split(b"\n---\n"):
        text, problems = decode(part, head(folder))
        if not problems:
            found, problems = read(text, head(folder))
            documents += (document for document in found if document is not None)
        if problems:
            return Built(head(folder), (), (_told(folder, f"builds to what cannot be read: {problems[0].message}"),))
    return Built(head(folder), tuple(Manifest(data) for data in documents if isinstance(data, Mapping)))
