"""A private bare repository per address in the user's cache folder, so that a publish fetches only what is new."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path

import pygit2
from pygit2.enums import ConfigLevel, RepositoryInitFlag, RepositoryOpenFlag

CONFIG = """\
[core]
\trepositoryformatversion = 0
\tbare = true
\tfilemode = false
\tlogallrefupdates = false
[gc]
\tauto = 0
[http]
\tfollowRedirects = false
"""
"""Redirects are not followed: libgit2 would show the credentials for one host to whichever it is sent to."""
PACKS = 60
"""Packs after which a cache is made anew: each fetch adds one, and every look-up asks all of them."""
_LEVELS = (ConfigLevel.PROGRAMDATA, ConfigLevel.SYSTEM, ConfigLevel.XDG, ConfigLevel.GLOBAL)


def place(url: str, workspace: str, environ: Mapping[str, str]) -> Path | None:
    """The folder for this URL's cache.

    None where the user's cache folder cannot be had for ourselves, or lies in the workspace: what a repository
    brings along must not be taken for what was fetched.
    """
    stated = environ.get("XDG_CACHE_HOME", "")
    top = Path(stated) if os.path.isabs(stated) else Path.home() / ".cache"
    folder = top / "modelwright" / "publish"
    name = blake2b(url.encode(), digest_size=16).hexdigest() + ".git"
    if not _within(folder, workspace):
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if _ours(folder):
                return folder / name
        except OSError:
            pass
    return None


def _within(folder: Path, workspace: str) -> bool:
    return Path(os.path.realpath(folder)).is_relative_to(os.path.realpath(workspace))


def _ours(folder: Path) -> bool:
    """A folder of this user's, closed to others from now on."""
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or (hasattr(os, "getuid") and found.st_uid != os.getuid()):
        return False
    folder.chmod(0o700)
    return True


def prepared(folder: Path) -> pygit2.Repository:
    """The cache at `folder`, made (anew) where it is missing, broken or grown. Call it with the lock held."""
    if _grown(folder):
        discard(folder)
    try:
        return _opened(folder)
    except (OSError, ValueError, pygit2.GitError):
        discard(folder)
        return _opened(folder)


def discard(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def _grown(folder: Path) -> bool:
    try:
        return sum(name.endswith(".pack") for name in os.listdir(folder / "objects" / "pack")) > PACKS
    except OSError:
        return False


def _opened(folder: Path) -> pygit2.Repository:
    if not (folder / "HEAD").exists():
        flags = RepositoryInitFlag.BARE | RepositoryInitFlag.MKDIR | RepositoryInitFlag.MKPATH
        pygit2.init_repository(str(folder), flags=flags, mode=0o700)
    config = folder / "config"
    if config.read_text() != CONFIG:
        config.write_text(CONFIG)
    # We hold the lock: whoever left these is dead.
    for left in folder.rglob("*.lock"):
        left.unlink()
    return pygit2.Repository(str(folder), RepositoryOpenFlag.NO_SEARCH)


@contextmanager
def plain_git() -> Iterator[None]:
    """Without git's configuration files: an `insteadOf` there would lead a credential to another host.

    `safe.directory` and the user's name are read before; helpers are asked through git itself.
    """
    paths = pygit2.settings.search_path
    before = {level: paths[level] for level in _LEVELS}
    try:
        for level in _LEVELS:
            paths[level] = ""
        yield
    finally:
        for level, path in before.items():
            paths[level] = path
