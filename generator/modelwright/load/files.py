"""Reads a workspace from disk: the one place where blueprints' files are opened."""

from __future__ import annotations

import os
import posixpath
import stat
from collections.abc import Collection, Iterator
from pathlib import Path

from modelwright.load.shape import is_inside
from modelwright.model import Place, Source
from modelwright.problems import Problem, did_you_mean
from modelwright.yamlio import decode, read
from modelwright.yamlio.read import MAX_BYTES

HEAD = "modelwright.yaml"
SUFFIXES = (".yaml", ".yml")
TEMPLATES = "templates"
OUTPUT = "overlays"
DEEPEST = 32
"""Folders in folders; more is a mistake or an attack."""

_SAFE_OPEN = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)


def gather(root: str, only: Collection[str] | None = None) -> tuple[tuple[Source, ...], tuple[Problem, ...]]:
    """Every text of the workspace: modelwright.yaml, its blueprint folders, its `templates/`.

    Links are not followed, so that nothing outside the workspace is read. With `only` (paths of files) the
    others are as good as missing.
    """
    top = Path(root)
    problems: list[Problem] = []
    head = _take(top, HEAD, problems) if only is None or HEAD in only else None
    sources = [head] if head else []
    paths: dict[str, None] = {}
    known = None if only is None else _with_folders(only)
    for folder in _folders(top, head, known, problems):
        paths.update(dict.fromkeys(_walk(top, folder, SUFFIXES, problems)))
    paths.update(dict.fromkeys(_walk(top, TEMPLATES, (".j2",), problems)))
    if known is not None:
        paths = {path: None for path in paths if path in known}
        problems = [p for p in problems if p.place is None or p.place.file in known]
    for path in paths:
        source = _take(top, path, problems) if path != HEAD else None
        sources += [source] if source else []
    return tuple(sources), tuple(dict.fromkeys(problems))


def _with_folders(files: Collection[str]) -> frozenset[str]:
    """The files, and every folder above one."""
    found = {"."}
    for path in files:
        while path and path not in found:
            found.add(path)
            path = path.rpartition("/")[0]
    return frozenset(found)


def _folders(top: Path, head: Source | None, known: Collection[str] | None, problems: list[Problem]) -> list[str]:
    """Folders that modelwright.yaml lists. What is not a list of texts is told when the file is checked."""
    documents = read(head.text, HEAD)[0] if head else ()
    data = documents[0] if documents and isinstance(documents[0], dict) else {}
    spec = data.get("spec")
    stated = spec.get("blueprints") if isinstance(spec, dict) else None
    if not isinstance(stated, list):
        return ["blueprints"]
    folders = []
    for index, folder in enumerate(stated):
        if not isinstance(folder, str):
            continue
        place = Place(HEAD, 0, ("spec", "blueprints", index))
        if not is_inside(folder):
            problems.append(Problem("MW109", f"`{folder}` leads out of the workspace", place, "name a folder inside it"))
        elif not (top / folder).is_dir() and not (top / folder).is_symlink():
            near = did_you_mean(folder, [e.name for e in os.scandir(top) if e.is_dir() and not e.name.startswith(".")])
            problems.append(Problem("MW110", f"there is no folder `{folder}`", place, near))
        elif known is not None and posixpath.normpath(folder) not in known:
            problems.append(Problem("MW110", f"no file of folder `{folder}` is added to Git", place, "`git add` it"))
        else:
            folders.append(posixpath.normpath(folder))
    return folders


def _walk(top: Path, folder: str, suffixes: tuple[str, ...], problems: list[Problem]) -> Iterator[str]:
    """Files below a folder, folders and files together in the order of their names."""
    parts = folder.split("/")
    for depth in range(1, len(parts) + 1):
        part = "/".join(parts[:depth])
        if (top / part).is_symlink():
            problems.append(_link(part))
            return
    pending = [(folder, True)]
    while pending:
        path, is_folder = pending.pop()
        if is_folder:
            pending += reversed(list(_entries(top, path, suffixes, problems)))
        else:
            yield path


def _entries(top: Path, folder: str, suffixes: tuple[str, ...], problems: list[Problem]) -> Iterator[tuple[str, bool]]:
    if folder.count("/") >= DEEPEST:
        problems.append(Problem("MW104", f"folders nest deeper than {DEEPEST}", Place(folder), "move the files up"))
        return
    try:
        entries = sorted(os.scandir(top / folder), key=lambda entry: entry.name)
    except FileNotFoundError:
        return
    except (OSError, ValueError) as error:
        problems.append(_unreadable(folder, error))
        return
    for entry in entries:
        name = entry.name if folder == "." else f"{folder}/{entry.name}"
        if entry.name.startswith(".") or (folder == "." and entry.name in (TEMPLATES, OUTPUT)):
            continue
        wanted = entry.name.lower().endswith(suffixes)
        if not entry.name.isprintable():
            if wanted or not entry.is_file(follow_symlinks=False):
                what = "a file name holds characters that cannot be printed"
                problems.append(Problem("MW108", what, Place(name), "rename it"))
        elif entry.is_symlink():
            if wanted or entry.is_dir():
                problems.append(_link(name))
        elif entry.is_dir(follow_symlinks=False):
            yield name, True
        elif wanted:
            yield name, False


def _take(top: Path, path: str, problems: list[Problem]) -> Source | None:
    try:
        handle = os.open(os.path.join(top, path), _SAFE_OPEN)
    except OSError as error:
        problems.append(_link(path) if (top / path).is_symlink() else _unreadable(path, error))
        return None
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            what = "this is a folder" if stat.S_ISDIR(found.st_mode) else "this is not a plain file"
            problems.append(Problem("MW110", what, Place(path), "remove it from the workspace"))
            return None
        data = _read(handle, found.st_size)
    except OSError as error:
        problems.append(_unreadable(path, error))
        return None
    finally:
        os.close(handle)
    text, wrong = decode(data, path)
    problems += wrong
    return None if wrong else Source(path, text)


def _read(handle: int, size: int) -> bytes:
    """All of a file, which had `size` bytes a moment ago; the rest of a larger one than we take is left."""
    data = os.read(handle, min(size, MAX_BYTES) + 1)
    while len(data) <= MAX_BYTES and (more := os.read(handle, MAX_BYTES + 1 - len(data))):
        data += more
    return data


def _link(path: str) -> Problem:
    hint = "put the file itself into the workspace"
    return Problem("MW109", "this is a link, and links are not followed", Place(path), hint)


def _unreadable(path: str, error: Exception) -> Problem:
    reason = getattr(error, "strerror", None) or "the path is not valid"
    return Problem("MW110", f"cannot be read: {reason}", Place(path), "check its permissions")
