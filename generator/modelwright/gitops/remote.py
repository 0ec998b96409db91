"""A repository behind ssh or http: fetched into a cache, published to by a push that insists on what it saw."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pygit2
from pygit2.enums import CredentialType

from modelwright.gitops import cache
from modelwright.gitops.credentials import Keys
from modelwright.gitops.failures import failure, is_local
from modelwright.gitops.local import branch_clash, clashing
from modelwright.gitops.locks import alone
from modelwright.gitops.probe import stays
from modelwright.gitops.receive import SAID, turned_down
from modelwright.gitops.troubles import Moved, Refused, Unsteady, of_disk

_CONNECT, _ANSWER = 30_000, 600_000
"""Milliseconds to wait for a connection, and for each answer."""


TROUBLES = (OSError, KeyError, UnicodeDecodeError, pygit2.GitError)
"""What libgit2 and pygit2 raise; the last but one for words of a server that are not UTF-8."""


class _Callbacks(pygit2.RemoteCallbacks):
    """What libgit2 asks and tells during one connection."""

    def __init__(self, keys: Keys, expected: pygit2.Oid | None = None) -> None:
        super().__init__()
        keys.restart()
        self.keys = keys
        self.expected = expected
        self.said = ""
        self.verdicts: dict[str, str | None] = {}

    def sideband_progress(self, string: str) -> None:
        if len(self.said) < 2 * SAID:
            self.said += string

    def credentials(self, url: str, username_from_url: str | None, allowed_types: CredentialType) -> Any:
        return self.keys.answer(allowed_types)

    def certificate_check(self, certificate: None, valid: bool, host: bytes) -> bool:
        # pygit2's default lets every ssh host key pass; libgit2 says whether ~/.ssh/known_hosts has it.
        return valid

    def push_negotiation(self, updates: list[Any]) -> None:
        # The lease: the server is about to replace exactly the commit we built on.
        for update in updates:
            if update.src != (self.expected or _ZERO):
                raise Moved

    def push_update_reference(self, refname: str, message: str | None) -> None:
        self.verdicts[refname] = message


_ZERO = pygit2.Oid(hex="0" * 40)


def _kept(branch: str) -> str:
    """The cache's own name for a branch. In hex, for there `env` and `env/dev` can both be."""
    return f"refs/modelwright/{branch.encode().hex()}"


class Remote:
    """The repository at an URL, with its cache."""

    repository: pygit2.Repository

    def __init__(self, keys: Keys, workspace: str) -> None:
        self.keys = keys
        self.name = keys.address.url
        self._resources = ExitStack()
        try:
            self._settle(cache.place(f"{keys.address.user}@{self.name}", workspace, keys.environ))
        except OSError as error:
            raise of_disk(error, "the folder for temporary files") from error
        self._resources.enter_context(cache.plain_git())
        self._asked = False
        pygit2.settings.server_connect_timeout = _CONNECT
        pygit2.settings.server_timeout = _ANSWER

    def close(self) -> None:
        self._resources.close()

    def _settle(self, folder: Path | None) -> None:
        """Use this folder, or a temporary one that goes when all is done."""
        if folder is None:
            above = tempfile.mkdtemp(prefix="modelwright-")
            self._resources.callback(shutil.rmtree, above, ignore_errors=True)
            folder = Path(above) / "cache.git"
        self._folder = folder
        self.keys.folder = str(folder)

    def default_branch(self) -> str:
        """What the server's HEAD names; `main` where it does not tell, as before the first commit."""
        remote = self._remote()
        self._look(remote)
        names = (head.symref_target for head in remote.list_heads(connect=False) if head.name == "HEAD")
        return (next(names, None) or "refs/heads/main").removeprefix("refs/heads/")

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Have the cache for ourselves for a while."""
        with alone(f"{self._folder}.lock") as handle:
            try:
                if handle is None:
                    self._settle(None)
                self.repository = cache.prepared(self._folder)
            except (OSError, pygit2.GitError) as error:
                raise failure(error, self.name, str(self._folder), self.keys.shown) from error
            if self.keys.address.transport == "http" and not self._asked:
                stays(self.keys)
                self._asked = True
            yield

    def tip(self, branch: str) -> pygit2.Oid | None:
        """The commit the branch is at on the server, fetched; None where there is no such branch."""
        remote = self._remote()
        heads = self._look(remote)
        tip = heads.get(f"refs/heads/{branch}")
        if tip is None:
            clash = clashing(branch, [name.removeprefix("refs/heads/") for name in heads if name.startswith("refs/heads/")])
            if clash:
                raise branch_clash(branch, clash)
            return None
        try:
            if tip not in self.repository:
                self._fetch(remote, branch)
                if tip not in self.repository:
                    raise Moved
        except pygit2.GitError as error:
            raise self.failed(error) from error
        return tip

    def move(self, branch: str, old: pygit2.Oid | None, new: pygit2.Oid) -> None:
        """Push; raises Moved where the branch is no longer at `old`, Refused where the server will not have it."""
        name = f"refs/heads/{branch}"
        callbacks = _Callbacks(self.keys, old)
        try:
            self.repository.references.create(_kept(branch), new, force=True)
            self._remote().push([f"+{new}:{name}"], callbacks=callbacks, proxy=True)
        except TROUBLES as error:
            # Did it arrive before the connection broke? Then there is nothing more to do.
            if self._arrived(name, new):
                return
            if "unpack" in str(error):
                raise turned_down(branch, "it cannot store what was sent", callbacks.said) from error
            raise self._failed(error) from error
        why = callbacks.verdicts.get(name, "the server did not say what became of it")
        if why is not None and not self._arrived(name, new):
            raise turned_down(branch, why, callbacks.said)

    def _arrived(self, name: str, new: pygit2.Oid) -> bool:
        try:
            return self._look(self._remote()).get(name) == new
        except (Refused, Unsteady):
            return False

    def _look(self, remote: pygit2.Remote) -> dict[str, pygit2.Oid]:
        try:
            heads = remote.list_heads(callbacks=_Callbacks(self.keys), proxy=True)
        except TROUBLES as error:
            raise self._failed(error) from error
        return {head.name: head.oid for head in heads if head.name}

    def _fetch(self, remote: pygit2.Remote, branch: str) -> None:
        """Over the connection that `_look` opened."""
        spec = f"+refs/heads/{branch}:{_kept(branch)}"
        for depth in (1, 0):
            try:
                remote.fetch([spec], callbacks=_Callbacks(self.keys), proxy=True, depth=depth)
                return
            except TROUBLES as error:
                if depth == 0 or "shallow" not in str(error):
                    raise self._failed(error) from error

    def _remote(self) -> pygit2.Remote:
        return self.repository.remotes.create_anonymous(self.name)

    def failed(self, error: Exception) -> Exception:
        """What an error about the cache's own objects means: it is made anew, where there is room for it."""
        found = of_disk(error, str(self._folder)).problem
        cache.discard(self._folder)
        full = "no space left" in found.message or "permission denied" in found.message
        return Refused(found) if full else Unsteady(found)

    def _failed(self, error: Exception) -> Exception:
        if is_local(error, str(self._folder)):
            return self.failed(error)
        return failure(error, self.name, str(self._folder), self.keys.shown)
