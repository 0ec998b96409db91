"""Folders as handles: once opened, a folder cannot be swapped for a symlink behind our back.

Where the platform has no directory handles (Windows), plain paths and a check for links take their place.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import closing
from dataclasses import field
from typing import Literal

from modelwright.records import dataclass

Sort = Literal["file", "folder", "link", "odd"]
Identity = tuple[int, int, int]
"""Inode, size and time of change: differs when somebody wrote to the file in between."""

HANDLES = (
    {os.open, os.mkdir, os.rmdir, os.unlink, os.stat, os.rename} <= os.supports_dir_fd
    and os.scandir in os.supports_fd
    and hasattr(os, "O_NOFOLLOW")
    and hasattr(os, "O_DIRECTORY")
)

# O_NONBLOCK: a pipe put in place of a file must not make us wait for its writer.
_READ = (
    os.O_RDONLY
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_BINARY", 0)
)
_WRITE = (
    os.O_WRONLY
    | os.O_CREAT
    | os.O_EXCL
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_BINARY", 0)
)
_CHUNK = 1 << 16
_DEPTH = 40
_START, _FILE_END, _FOLDER_END = ".modelwright-", ".tmp", ".new"


def is_temporary(name: str) -> bool:
    """Whether `name` is that of a file or folder that a killed run may have left behind."""
    start, end = len(_START), -len(_FILE_END)
    return name.startswith(_START) and name.endswith((_FILE_END, _FOLDER_END)) and name[start:end].isdigit()


def temporary_folder() -> str:
    """The name of the folder for what this process has not finished yet."""
    return f"{_START}{os.getpid()}{_FOLDER_END}"


@dataclass(frozen=True, slots=True)
class Folder:
    """An open folder. `path` is only used where there are no handles, and to name the folder."""

    path: str
    fd: int | None = None

    @classmethod
    def opened(cls, path: str) -> Folder:
        """The folder at `path`, whose own links are followed: the caller vouches for it."""
        if not HANDLES:
            if not os.path.isdir(path):
                raise NotADirectoryError(20, "Not a directory", path)
            return cls(path)
        return cls(path, os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))

    def folder(self, name: str) -> Folder:
        """The folder `name` in this one; OSError when it is missing, a link or something else."""
        path = os.path.join(self.path, name)
        if self.fd is None:
            found = self.sort(name)
            if found is None:
                raise FileNotFoundError(2, "No such file or directory", path)
            if found != "folder":
                raise NotADirectoryError(20, "Not a directory", path)
            return Folder(path)
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
        return Folder(path, os.open(name, flags, dir_fd=self.fd))

    def close(self) -> None:
        if self.fd is not None:
            os.close(self.fd)

    def entries(self) -> list[tuple[str, Sort]]:
        """What is in the folder, by name, links not followed."""
        with os.scandir(self.path if self.fd is None else self.fd) as found:
            return sorted((entry.name, _sort_of(entry)) for entry in found)

    def sort(self, name: str) -> Sort | None:
        """What `name` is, links not followed; None when it is missing."""
        try:
            mode = os.stat(self._at(name), dir_fd=self.fd, follow_symlinks=False).st_mode
        except FileNotFoundError:
            return None
        if stat.S_ISLNK(mode) or (self.fd is None and _is_junction(self._at(name))):
            return "link"
        return "folder" if stat.S_ISDIR(mode) else "file" if stat.S_ISREG(mode) else "odd"

    def identity(self, name: str) -> Identity | None:
        """What tells this version of the file `name` from a later one; None when it is missing."""
        try:
            return _identity(os.stat(self._at(name), dir_fd=self.fd, follow_symlinks=False))
        except FileNotFoundError:
            return None

    def read(self, name: str) -> bytes:
        """The content of the file `name`."""
        fd = os.open(self._at(name), _READ, dir_fd=self.fd)
        try:
            data = os.read(fd, _CHUNK)
            if len(data) < _CHUNK:
                return data
            chunks = [data]
            while data := os.read(fd, _CHUNK):
                chunks.append(data)
            return b"".join(chunks)
        finally:
            os.close(fd)

    def begins(self, name: str, length: int) -> bytes:
        """The first bytes of the file `name`."""
        fd = os.open(self._at(name), _READ, dir_fd=self.fd)
        try:
            return os.read(fd, length)
        finally:
            os.close(fd)

    def write(self, name: str, data: bytes) -> None:
        """Make `name` a file with this content and mode 0644, all at once: a reader sees old or new."""
        temporary = f"{_START}{os.getpid()}{_FILE_END}"
        try:
            self._fill(temporary, data)
            source, target = self._at(temporary), self._at(name)
            os.replace(source, target, src_dir_fd=self.fd, dst_dir_fd=self.fd)
        except BaseException:
            self.remove(temporary)
            raise

    def _fill(self, name: str, data: bytes) -> None:
        try:
            self.fill(name, data)
        except FileExistsError:
            # Left by a killed run of the same process id (1 in every container).
            self.remove(name)
            self.fill(name, data)

    def fill(self, name: str, data: bytes) -> None:
        """Make a new file with this content and mode 0644, piece by piece: for a name that nobody looks at."""
        fd = os.open(self._at(name), _WRITE, 0o644, dir_fd=self.fd)
        try:
            if hasattr(os, "fchmod"):
                os.fchmod(fd, 0o644)
            written = os.write(fd, data)
            while written < len(data):
                written += os.write(fd, data[written:])
        finally:
            os.close(fd)

    def move(self, path: str, into: Folder, name: str) -> None:
        """Make the folder at `path`, which we made below this one, the folder `name` of another that has none yet."""
        os.replace(self._at(path), into._at(name), src_dir_fd=self.fd, dst_dir_fd=into.fd)

    def remove(self, name: str) -> None:
        """Remove the file `name`; it may be gone already."""
        try:
            os.unlink(self._at(name), dir_fd=self.fd)
        except FileNotFoundError:
            pass

    def clear(self, name: str) -> None:
        """Remove the file `name`, or the folder and all that is in it; it may be gone already. No link is followed."""
        if self.sort(name) == "folder":
            self._empty(name, 0)
        else:
            self.remove(name)

    def _empty(self, name: str, depth: int) -> None:
        with closing(self.folder(name)) as folder:
            for each, sort in folder.entries():
                if sort != "folder":
                    folder.remove(each)
                elif depth < _DEPTH:
                    folder._empty(each, depth + 1)
        self.remove_folder(name)

    def make(self, name: str) -> None:
        """Make the folder `name`, unless it is there."""
        try:
            os.mkdir(self._at(name), dir_fd=self.fd)
        except FileExistsError:
            pass

    def remove_folder(self, name: str) -> None:
        """Remove the folder `name` if it is there and empty."""
        try:
            os.rmdir(self._at(name), dir_fd=self.fd)
        except OSError:
            pass

    def _at(self, name: str) -> str:
        return name if self.fd is not None else os.path.join(self.path, name)


@dataclass(slots=True)
class Walker:
    """Goes from folder to folder below `top` and keeps open only those on the way to the current one."""

    top: Folder
    _open: list[tuple[str, Folder]] = field(default_factory=list)

    def to(self, path: str, *, make: bool = False) -> Folder:
        """The folder at `path` below `top` (empty: `top` itself); with `make`, missing ones are made."""
        parts = path.split("/") if path else []
        common = 0
        while common < min(len(parts), len(self._open)) and self._open[common][0] == parts[common]:
            common += 1
        self._leave(common)
        for part in parts[common:]:
            here = self._open[-1][1] if self._open else self.top
            try:
                below = here.folder(part)
            except FileNotFoundError:
                if not make:
                    raise
                here.make(part)
                below = here.folder(part)
            self._open.append((part, below))
        return self._open[-1][1] if self._open else self.top

    def close(self) -> None:
        self._leave(0)

    def _leave(self, depth: int) -> None:
        while len(self._open) > depth:
            self._open.pop()[1].close()


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing below the walked folder. `folder` is open only until the next entry is asked for."""

    path: str
    name: str
    sort: Sort
    folder: Folder


def walk(top: Folder, enter: Walk) -> Iterator[Entry | OSErrorAt]:
    """Everything below `top`, folders before their content, in order of their names, no link followed.

    `enter` says which folders are worth a look. `.git` never is, nor what a killed run left; and nothing we write is
    40 folders deep.
    """
    yield from _walk(top, "", 0, enter)


@dataclass(frozen=True, slots=True)
class OSErrorAt:
    """What could not be read, and why."""

    path: str
    error: OSError


@dataclass(frozen=True, slots=True)
class Walk:
    """Which part of a tree is looked at: everything, or what is at or below some paths."""

    paths: frozenset[str] | None = None
    above: frozenset[str] = frozenset()

    @classmethod
    def of(cls, paths: frozenset[str] | None) -> Walk:
        return cls(paths, frozenset(a for p in paths or () for a in ancestors(p)))

    def covers(self, path: str) -> bool:
        """Whether `path` is at or below one of the paths."""
        if self.paths is None or path in self.paths:
            return True
        return any(above in self.paths for above in ancestors(path))

    def enters(self, path: str) -> bool:
        return self.covers(path) or path in self.above


def ancestors(path: str) -> Iterator[str]:
    """The folders above `path`, the nearest first."""
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


def _walk(folder: Folder, prefix: str, depth: int, enter: Walk) -> Iterator[Entry | OSErrorAt]:
    try:
        entries = folder.entries()
    except OSError as error:
        yield OSErrorAt(prefix.rstrip("/"), error)
        return
    for name, sort in entries:
        path = prefix + name
        if sort != "folder":
            yield Entry(path, name, sort, folder)
        elif name == ".git" or depth >= _DEPTH:
            yield Entry(path, name, "odd", folder)
        else:
            yield Entry(path, name, sort, folder)
            if is_temporary(name) or not enter.enters(path):
                continue
            try:
                below = folder.folder(name)
            except OSError as error:
                yield OSErrorAt(path, error)
                continue
            try:
                yield from _walk(below, path + "/", depth + 1, enter)
            finally:
                below.close()


def _sort_of(entry: os.DirEntry[str]) -> Sort:
    if entry.is_symlink() or (hasattr(entry, "is_junction") and entry.is_junction()):
        return "link"
    if entry.is_dir(follow_symlinks=False):
        return "folder"
    return "file" if entry.is_file(follow_symlinks=False) else "odd"


def _is_junction(path: str) -> bool:
    check = getattr(os.path, "isjunction", None)
    return bool(check and check(path))


def _identity(found: os.stat_result) -> Identity:
    return found.st_ino, found.st_size, found.st_mtime_ns
