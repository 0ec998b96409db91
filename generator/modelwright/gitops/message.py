"""The commit: who made it, what it says, and where it came from."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from modelwright import __version__
from modelwright.gitops.decide import Decision
from modelwright.records import dataclass

if TYPE_CHECKING:
    import pygit2

Person = tuple[str, str]
"""Name and e-mail address."""

NOBODY: Person = ("modelwright", "modelwright@localhost")
"""Who commits where nothing says who does, as on many build machines."""

_PERSON = re.compile(r"\s*([^<>\n]*[^<>\s])\s*<([^<>\s]+)>\s*")


@dataclass(frozen=True, slots=True)
class Origin:
    """The workspace's own commit, where it is in Git."""

    commit: str = ""
    changed: bool = False
    """True when a blueprint differs from that commit."""


def person(text: str) -> Person | None:
    """`Name <address>` taken apart; None where it is not that."""
    match = _PERSON.fullmatch(text)
    return (match[1], match[2]) if match and text.isprintable() else None


def people(author: Person | None, environ: Mapping[str, str]) -> tuple[Person, Person]:
    """Author and committer: the flag, then GIT_AUTHOR_* and GIT_COMMITTER_*, then the user's own git configuration.

    The configuration of the workspace's repository has no say.
    """
    own = _configured(environ)
    writer = author or _stated("AUTHOR", environ, own)
    return writer, _stated("COMMITTER", environ, own if own != NOBODY else writer)


def _stated(role: str, environ: Mapping[str, str], fallback: Person) -> Person:
    name = _clean(environ.get(f"GIT_{role}_NAME", "")) or fallback[0]
    email = _clean(environ.get(f"GIT_{role}_EMAIL", "")) or fallback[1]
    return name, email


def _configured(environ: Mapping[str, str]) -> Person:
    import pygit2

    name = email = ""
    stated = environ.get("GIT_CONFIG_GLOBAL", "")
    levels: list[Callable[[], pygit2.Config]] = [lambda: pygit2.Config(stated)]
    if not stated:
        levels = [pygit2.Config.get_global_config, pygit2.Config.get_xdg_config, pygit2.Config.get_system_config]
    for level in levels:
        try:
            config = level()
            name = name or _clean(_value(config, "user.name"))
            email = email or _clean(_value(config, "user.email"))
        except (OSError, pygit2.GitError):
            continue
    return name or NOBODY[0], email or NOBODY[1]


def _value(config: pygit2.Config, key: str) -> str:
    return str(config[key]) if key in config else ""


def _clean(text: str) -> str:
    """Without what a commit's header cannot hold (git's own rule, ident.c: crud and `<`, `>`, line ends)."""
    return "".join(c for c in text if c.isprintable() and c not in "<>").strip(" .,:;\"'\\")


def written(decision: Decision, workspace: str, environment: str, digest: str, origin: Origin, stated: str) -> str:
    """The whole message: subject (or what the user stated), counts, trailers as git-interpret-trailers(1) reads them."""
    subject = f"Publish {workspace}" + (f" to {environment}" if environment else "")
    counts = counted(decision)
    trailers = [f"Modelwright-Version: {__version__}", f"Modelwright-Digest: {digest}"]
    if origin.commit:
        changed = " (with uncommitted changes)" if origin.changed else ""
        trailers.insert(0, f"Modelwright-Source: {origin.commit}{changed}")
    body = stated.strip() or f"{subject}\n\n{counts[0].upper()}{counts[1:]}."
    return f"{body}\n\n" + "\n".join(trailers) + "\n"


def counted(decision: Decision) -> str:
    new, changed, gone = len(decision.creates), len(decision.updates), len(decision.prunes)
    return f"{new} new, {changed} changed, {gone} removed"


def origin(root: str, texts: Mapping[str, str]) -> Origin:
    """The commit checked out in the workspace, and whether its blueprints are those compiled.

    Only objects are read: no filter, hook or fsmonitor of that repository is run, and its index is left alone.
    """
    import pygit2

    try:
        found = pygit2.discover_repository(os.path.abspath(root))
        if not found:
            return Origin()
        repository = pygit2.Repository(found)
        head = repository.revparse_single("HEAD").peel(pygit2.Commit)
        if not repository.workdir:
            return Origin()
        above = os.path.relpath(os.path.realpath(root), os.path.realpath(repository.workdir))
        return Origin(str(head.id), _differs(repository, head.tree, above, texts))
    except (OSError, KeyError, ValueError, pygit2.GitError):
        # No commit yet, a repository libgit2 cannot read: the trailer is a courtesy.
        return Origin()


def _differs(repository: pygit2.Repository, tree: pygit2.Tree, above: str, texts: Mapping[str, str]) -> bool:
    import pygit2

    for name, text in texts.items():
        path = os.path.normpath(os.path.join(above, name)).replace(os.sep, "/")
        try:
            entry = tree[path]
        except KeyError:
            return True
        if entry.id != pygit2.hash(text.encode(errors="surrogateescape")):
            blob = repository[entry.id]
            there = blob.data if isinstance(blob, pygit2.Blob) else b""
            # A checkout may have changed line ends, and reading drops a byte order mark.
            if _plain(there.decode(errors="surrogateescape")) != _plain(text):
                return True
    return False


def _plain(text: str) -> str:
    return text.removeprefix("\ufeff").replace("\r\n", "\n")
