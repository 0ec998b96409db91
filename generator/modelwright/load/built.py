"""Folders built by an installed kustomize, for those who want that very program; without network, time-boxed."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import Any

from modelwright.model import Place
from modelwright.problems import Problem

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

    folder: str
    documents: tuple[Any, ...]
    problems: tuple[Problem, ...] = ()


Builder = Callable[[str], Built]
"""Builds a folder with a kustomization."""


def by_program(program: str, environ: Mapping[str, str]) -> Builder:
    """A builder that runs a program: `kustomize`, or `kubectl`, whose word for it is another."""
    words = (program, "kustomize") if os.path.basename(program).startswith("kubectl") else (program, "build")

    def build(folder: str) -> Built:
        # A name that starts with a dash would be a flag.
        place = folder if os.path.isabs(folder) else os.path.join(".", folder)
        with TemporaryFile() as out, TemporaryFile() as err:
            code = _run((*words, place), {**environ, **OFFLINE}, out, err)
            problem = _failure(code, program, folder, err)
            if problem is not None:
                return Built(folder, (), (problem,))
            if out.tell() > MOST_BYTES:
                return Built(folder, (), (_told(folder, f"builds to more than {MOST_BYTES // 1024**2} MiB"),))
            out.seek(0)
            return _read(folder, out.read())

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
            return Built(folder, (), (_told(folder, f"builds to what cannot be read: {problems[0].message}"),))
    return Built(folder, tuple(documents))


def head(folder: str) -> str:
    """The file that makes a folder one for kustomize."""
    from modelwright.load.inputs import KUSTOMIZATIONS

    files = (name if folder == "." else os.path.join(folder, name) for name in KUSTOMIZATIONS)
    return next(filter(os.path.isfile, files), os.path.join(folder, KUSTOMIZATIONS[0]))
