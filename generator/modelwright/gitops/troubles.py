"""What may go wrong while publishing, and the two ways a try can end early."""

from __future__ import annotations

import errno
import os
import re
import zlib
from contextlib import suppress

from modelwright.problems import Problem

CONNECTION = frozenset({"MW410", "MW411", "MW412", "MW413", "MW430", "MW431", "MW432", "MW433", "MW435", "MW440"})
"""Problems of the repository as a whole: no other branch would fare better."""


class Refused(Exception):
    """Publishing cannot go on; `problem` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class Moved(Exception):
    """Somebody else's commit came first: look again and rebuild the commit on what is there now."""


class Locked(Moved):
    """Somebody else is just moving the branch. A lock that stays is one a killed Git left."""


class Unsteady(Exception):
    """The connection broke before anything was said; worth another try. `problem` is for when none helps."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def problem(code: str, message: str, hint: str = "") -> Problem:
    """An error about the repository published to; it has no place in the workspace."""
    return Problem(code, message, None, hint, "risk", level="error")


def refused(code: str, message: str, hint: str = "") -> Refused:
    return Refused(problem(code, message, hint))


def not_accepted(url: str) -> Refused:
    """MW432: the credentials are no good."""
    hint = "are they expired, or for another host?"
    if not url.startswith("http"):
        hint = "is your public key known there? one with a passphrase needs the agent or MODELWRIGHT_SSH_PASSPHRASE"
    return refused("MW432", f"`{url}` does not accept the credentials it was given", hint)


_WHY_LAST = re.compile(r": ([A-Z][A-Za-z -]+)$")


def diagnosed(error: Exception, folder: str, content: bytes) -> Exception:
    """Why writing `content` below `folder` failed: libgit2 says "no error" of a full disk, so it is tried again without it."""
    name = os.path.join(folder, f"modelwright-{os.getpid()}.tmp")
    try:
        with open(name, "xb") as file:
            file.write(zlib.compress(content, 1))
    except OSError as why:
        return why
    else:
        return error
    finally:
        with suppress(OSError):
            os.unlink(name)


def of_disk(error: BaseException, where: str) -> Refused:
    """MW440: the disk refuses, below `where`. libgit2 reports such errors as text only."""
    text = str(error).rstrip(": ")
    number = getattr(error, "errno", None)
    if number == errno.ENOSPC or "No space left" in text or "quota exceeded" in text.lower():
        why, hint = "no space left on device", "free some disk space and run the same command again: no branch was moved"
    elif number in (errno.EACCES, errno.EPERM) or "denied" in text or "not permitted" in text:
        why, hint = "permission denied", "check the owner and the permissions of the repository's files"
    elif number == errno.EROFS or "Read-only" in text:
        why, hint = "the disk is mounted read-only", ""
    else:
        last = _WHY_LAST.search(text)
        why, hint = (last[1].lower() if last else text), "run the same command again: no branch was moved"
    return refused("MW440", f"cannot write to `{where}`: {why}", hint)
