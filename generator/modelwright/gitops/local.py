"""A repository on this machine: objects are written into it, then one branch is moved by compare-and-swap."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pygit2
from pygit2.enums import ReferenceType, RepositoryOpenFlag

from modelwright.gitops.locks import alone
from modelwright.gitops.receive import hooks_of, receive
from modelwright.gitops.troubles import Locked, Moved, Refused, diagnosed, of_disk, refused

LOCK = "modelwright.lock"
_STALE = 1.0
"""Seconds after which a lock that a killed run announced, and that nobody touched since, is its leftover."""


class Local:
    """The repository at `path`, bare or not."""

    def __init__(self, path: str, *, own: str = "") -> None:
        """Open it. `own` is the folder of the workspace's own repository, whose hooks are none of a server's.

        Raises Refused: MW411 no repository, MW412 of a form libgit2 cannot write, MW413 not trusted.
        """
        self.repository = opened(path)
        self.name = path
        self._common = Path(_common(self.repository.path))
        inside = own and os.path.realpath(_common(own)) == os.path.realpath(self._common)
        self._hooks = [] if inside else hooks_of(self.repository, self._common)
        self._lock: int | None = None

    def close(self) -> None:
        self.repository.free()

    def failed(self, error: Exception) -> Exception:
        """What an error about the repository's objects means."""
        return of_disk(error, self.name)

    def default_branch(self) -> str:
        """What HEAD names, be there commits or not."""
        try:
            target = self.repository.references["HEAD"].target
        except (KeyError, pygit2.GitError):
            return "main"
        return target.removeprefix("refs/heads/") if isinstance(target, str) else "main"

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Keep other publishers on this machine out for a while."""
        with alone(str(self._common / LOCK)) as handle:
            self._lock = handle
            try:
                yield
            finally:
                self._lock = None

    def tip(self, branch: str) -> pygit2.Oid | None:
        """The commit the branch is at; None where there is no such branch. Raises Refused (MW414) for one in use."""
        reference = self._reference(branch)
        name = reference.name if reference else f"refs/heads/{branch}"
        for folder in self._checkouts(name):
            raise refused(
                "MW414",
                f"branch `{branch}` is checked out in `{folder}`: moving it would leave those files behind",
                "publish to another branch with `--branch`, or to a bare repository",
            )
        if reference is None:
            return None
        target = reference.target
        if not isinstance(target, pygit2.Oid) or not isinstance(self.repository.get(target), pygit2.Commit):
            raise refused("MW415", f"branch `{branch}` of `{self.name}` does not lead to a commit", "look at it with git")
        return target

    def move(self, branch: str, old: pygit2.Oid | None, new: pygit2.Oid) -> None:
        """Set the branch to `new` if it is still at `old`; raises Moved where it is not, Refused where it cannot be."""
        reference = self._reference(branch)
        name = reference.name if reference else f"refs/heads/{branch}"
        if (reference.target if reference else None) != old:
            raise Moved
        if self._hooks:
            receive(self.repository.path, name, old, new, self._hooks)
            return
        with self._announced(name, new):
            try:
                if reference is None:
                    self.repository.references.create(name, new)
                else:
                    reference.set_target(new)
            except (pygit2.AlreadyExistsError, KeyError):
                raise Moved from None
            except OSError as error:
                self._locked_or_broken(branch, name, error)
            except pygit2.GitError as error:
                if "old reference value does not match" in str(error):
                    raise Moved from None
                raise of_disk(diagnosed(error, self.repository.path, b"reference"), self.name) from error

    def _locked_or_broken(self, branch: str, name: str, error: OSError) -> None:
        text = str(error).rstrip()
        # libgit2 gives no reason where the lock is there already, and the system's where it cannot be made.
        if text.startswith("failed to lock file") and (text.endswith(":") or (self._common / f"{name}.lock").exists()):
            raise Locked from None
        clash = clashing(branch, [r.removeprefix("refs/heads/") for r in self.repository.references])
        if clash:
            raise branch_clash(branch, clash) from None
        raise of_disk(error, self.name) from error

    def _reference(self, branch: str) -> pygit2.Reference | None:
        try:
            reference = self.repository.references[f"refs/heads/{branch}"]
            return reference.resolve() if reference.type == ReferenceType.SYMBOLIC else reference
        except KeyError:
            return None
        except (OSError, pygit2.GitError) as error:
            raise of_disk(error, self.name) from error

    def _checkouts(self, name: str) -> Iterator[str]:
        """Work trees that have the branch checked out: the repository's own, and linked ones (git-worktree(1))."""
        if not self.repository.is_bare and _head(self._common / "HEAD") == name:
            yield str(self._common.parent)
        for head in sorted(self._common.glob("worktrees/*/HEAD")):
            if _head(head) == name:
                try:
                    yield str(Path((head.parent / "gitdir").read_text().strip()).parent)
                except OSError:
                    yield str(head.parent)

    @contextmanager
    def _announced(self, name: str, new: pygit2.Oid) -> Iterator[None]:
        """Note in our own lock file what is about to be locked, so that the next run can clear up after a killed one."""
        if self._lock is None:
            yield
            return
        self._clear_up()
        _note(self._lock, f"{name} {new}\n")
        try:
            yield
        finally:
            _note(self._lock, "")

    def _clear_up(self) -> None:
        """Remove the branch lock a killed run left: the one it announced, empty or holding the commit it made."""
        assert self._lock is not None
        name, _, commit = os.pread(self._lock, 4096, 0).decode(errors="replace").strip().partition(" ")
        if not name.startswith("refs/heads/") or ".." in name:
            return
        left = self._common / f"{name}.lock"
        try:
            before = left.stat()
            if left.read_text(errors="replace").strip() in ("", commit):
                time.sleep(max(0.0, min(_STALE, before.st_mtime + _STALE - time.time())))
                after = left.stat()
                if (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns):
                    left.unlink()
        except OSError:
            return


def opened(path: str) -> pygit2.Repository:
    """The repository at exactly this path, or one problem that says why not."""
    try:
        return pygit2.Repository(path, RepositoryOpenFlag.NO_SEARCH)
    except (OSError, ValueError, pygit2.GitError) as error:
        text = str(error)
    if "not owned by" in text:
        raise refused(
            "MW413",
            f"`{path}` belongs to another user, and its configuration is therefore not trusted",
            f"if you trust it: git config --global --add safe.directory {os.path.abspath(path)}",
        )
    if "object format" in text or "extension" in text or "repository version" in text:
        raise of_form(path, text)
    if not os.path.lexists(path):
        raise refused("MW411", f"there is no repository at `{path}`", "make one with `git init --bare`, or mend the path")
    if os.path.isdir(path) and "not found at" not in text:
        raise refused("MW440", f"cannot open `{path}`: {text}", "check the owner and the permissions of its files")
    if os.path.isdir(path) and not os.access(path, os.R_OK | os.X_OK):
        raise refused("MW440", f"cannot open `{path}`: permission denied", "check its owner and its permissions")
    raise refused("MW411", f"`{path}` is not a Git repository", "name its top folder, or make one with `git init --bare`")


def of_form(where: str, text: str) -> Refused:
    """MW412: the repository uses something libgit2 does not know."""
    what = f"is of a form that modelwright cannot write ({text.rpartition(': ')[2]})"
    if "refstorage" in text.lower():
        what = "keeps its references as reftable, which modelwright cannot write"
    elif "sha256" in text.lower():
        what = "names its objects by SHA-256, which modelwright cannot write"
    hint = "publish to a repository made with `git init --bare --object-format=sha1 --ref-format=files`"
    return refused("MW412", f"`{where}` {what}", hint)


def branch_clash(branch: str, other: str) -> Refused:
    message = f"branch `{branch}` cannot be made: there is a branch `{other}`, and Git keeps one below the other"
    return refused("MW415", message, "choose another name, or rename that branch")


def clashing(branch: str, others: list[str]) -> str:
    """A branch whose name is a folder of this one's, or the other way round."""
    return next((o for o in sorted(others) if branch.startswith(f"{o}/") or o.startswith(f"{branch}/")), "")


def _common(folder: str) -> str:
    """The folder that linked work trees share (gitrepository-layout(5), `commondir`)."""
    try:
        stated = (Path(folder) / "commondir").read_text().strip()
    except OSError:
        return folder
    return os.path.normpath(os.path.join(folder, stated))


def _head(path: Path) -> str:
    try:
        return path.read_text(errors="replace").strip().removeprefix("ref: ")
    except OSError:
        return ""


def _note(handle: int, text: str) -> None:
    os.ftruncate(handle, 0)
    os.pwrite(handle, text.encode(), 0)
