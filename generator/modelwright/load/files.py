"""Reads a workspace from disk: the one place where blueprints' files are opened."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from modelwright.model import Place, Source
from modelwright.problems import Problem
from modelwright.yamlio import decode
from modelwright.yamlio.read import MAX_BYTES

HEAD = "modelwright.yaml"
SUFFIXES = (".yaml", ".yml")


def gather(root: str) -> tuple[tuple[Source, ...], tuple[Problem, ...]]:
    """Every text of the workspace: modelwright.yaml, its blueprint folders, its `templates/`.

    Links are not followed, so that nothing outside the workspace is read.
    """
    top = Path(root)
    sources: list[Source] = []
    problems: list[Problem] = []
    _take(top, HEAD, sources, problems)
    for folder in _folders(sources, problems):
        for path in _walk(top, folder, SUFFIXES, problems):
            _take(top, path, sources, problems)
    for path in _walk(top, "templates", (".j2",), problems):
        _take(top, path, sources, problems)
    return tuple(sources), tuple(problems)


def _folders(sources: list[Source], problems: list[Problem]) -> list[str]:
    from modelwright.yamlio import read

    documents = read(sources[0].text, HEAD)[0] if sources else ()
    head = documents[0] if documents and isinstance(documents[0], dict) else {}
    stated = (head.get("spec") or {}).get("blueprints") if isinstance(head.get("spec"), dict) else None
    if not isinstance(stated, list):
        return ["blueprints"]
    folders = []
    for index, folder in enumerate(stated):
        parts = str(folder).split("/")
        if not isinstance(folder, str) or folder.startswith("/") or ".." in parts or "\\" in folder:
            place = Place(HEAD, 0, ("spec", "blueprints", index))
            problems.append(Problem("MW109", f"`{folder}` leads out of the workspace", place, "name a folder inside it"))
        else:
            folders.append(folder.strip("/").removeprefix("./") or ".")
    return folders


def _walk(top: Path, folder: str, suffixes: tuple[str, ...], problems: list[Problem]) -> Iterator[str]:
    path = top / folder
    for depth in range(1, len(folder.split("/")) + 1):
        part = "/".join(folder.split("/")[:depth])
        if (top / part).is_symlink():
            problems.append(_link(part))
            return
    try:
        entries = sorted(os.scandir(path), key=lambda entry: entry.name)
    except FileNotFoundError:
        return
    except OSError as error:
        problems.append(_unreadable(folder, error))
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        name = f"{folder}/{entry.name}"
        if not entry.name.isprintable():
            problems.append(Problem("MW108", "a file name holds characters that cannot be printed", Place(name), "rename it"))
        elif entry.is_symlink():
            if entry.name.endswith(suffixes) or entry.is_dir():
                problems.append(_link(name))
        elif entry.is_dir(follow_symlinks=False):
            yield from _walk(top, name, suffixes, problems)
        elif entry.name.endswith(suffixes):
            yield name


def _take(top: Path, path: str, sources: list[Source], problems: list[Problem]) -> None:
    try:
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        handle = os.open(top / path, flags)
    except OSError as error:
        problems.append(_link(path) if (top / path).is_symlink() else _unreadable(path, error))
        return
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            problems.append(Problem("MW110", "this is not a plain file", Place(path), "remove it from the workspace"))
            return
        data = file.read(MAX_BYTES + 1)
    text, found = decode(data, path)
    problems += found
    if not found:
        sources.append(Source(path, text))


def _link(path: str) -> Problem:
    return Problem(
        "MW109", "this is a link, and links are not followed", Place(path), "put the file itself into the workspace"
    )


def _unreadable(path: str, error: OSError) -> Problem:
    return Problem("MW110", f"cannot be read: {error.strerror}", Place(path), "check its permissions")
