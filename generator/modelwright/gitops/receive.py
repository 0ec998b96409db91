"""Moves a branch of a repository on this machine through `git receive-pack`, where it has hooks to be asked.

libgit2 runs no hooks. A repository that guards its branches with some must not be published to behind their back.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from hashlib import sha1
from pathlib import Path

import pygit2

from modelwright.gitops.troubles import Locked, Moved, Refused, refused

HOOKS = ("pre-receive", "update", "proc-receive", "post-receive", "post-update", "reference-transaction")
"""What receive-pack runs (githooks(5)); `push-to-checkout` is left out: a checked-out branch is refused before."""
_NOTHING = b"PACK\0\0\0\x02\0\0\0\0"
"""A pack without objects: what the commit needs is in the repository already (gitformat-pack(5))."""
_ZERO = "0" * 40
_SECONDS = 600
SAID = 2000
"""Characters of a server's message worth showing."""
_LOCKS = ("failed to lock", "failed to update ref", "cannot lock ref")
_RACES = ("incorrect old value", "fetch first", "stale info", "non-fast-forward", "reference already exists")
"""What servers answer to one who came second (git, builtin/receive-pack.c and refs.c)."""


def hooks_of(repository: pygit2.Repository, common: Path) -> list[str]:
    """The hooks a push would run there."""
    folder = common / "hooks"
    if "core.hooksPath" in repository.config:
        folder = common / os.path.expanduser(str(repository.config["core.hooksPath"]))
    return [name for name in HOOKS if os.access(folder / name, os.X_OK) and (folder / name).is_file()]


def receive(path: str, name: str, old: pygit2.Oid | None, new: pygit2.Oid, hooks: list[str]) -> None:
    """Ask receive-pack to move the branch (gitprotocol-pack(5)). Raises Moved, or Refused (MW434) with the hook's words."""
    program = shutil.which("git")
    if program is None:
        raise refused(
            "MW434",
            f"`{path}` has hooks ({', '.join(hooks)}), and there is no git program to run them",
            "install git, or publish through the server over ssh or https",
        )
    command = f"{old or _ZERO} {new} {name}\0report-status side-band-64k agent=modelwright\n".encode()
    request = _line(command) + b"0000" + _NOTHING + sha1(_NOTHING, usedforsecurity=False).digest()
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    done = subprocess.run(
        [program, "receive-pack", path],
        input=request,
        capture_output=True,
        env=environment,
        cwd=path,
        timeout=_SECONDS,
        check=False,
    )
    said, report = _reply(done.stdout)
    said = said or done.stderr.decode(errors="replace")
    if f"ok {name}" in report:
        return
    why = next((line.removeprefix(f"ng {name} ") for line in report if line.startswith("ng ")), "")
    raise turned_down(name.removeprefix("refs/heads/"), why, said)


def turned_down(branch: str, why: str, said: str) -> Moved | Refused:
    """What a server's refusal of a branch means: a lost race, or a rule of its own (MW434)."""
    if any(words in why for words in _LOCKS):
        return Locked()
    if any(words in why for words in _RACES):
        return Moved()
    words = spoken(said)
    message = f"the repository refuses the commit on branch `{branch}`" + (f": {why}" if why else "")
    if words:
        message += f"; it says: {words}"
    return refused("MW434", message, "the rules are those of that repository: nothing was published")


def spoken(said: str) -> str:
    """A server's message on one line, cut where it rambles. Reports escape what is left in it."""
    lines = [line.strip() for line in said.replace("\r", "\n").split("\n")]
    text = " | ".join(line for line in lines if line)
    return text if len(text) <= SAID else f"{text[:SAID]} .."


def _line(content: bytes) -> bytes:
    return b"%04x%b" % (len(content) + 4, content)


def _lines(data: bytes) -> list[bytes]:
    """The packets of a reply; flushes are left out."""
    found, at = [], 0
    while at + 4 <= len(data):
        try:
            size = int(data[at : at + 4], 16)
        except ValueError:
            break
        if size >= 4:
            found.append(data[at + 4 : at + size])
        at += max(size, 4)
    return found


def _reply(data: bytes) -> tuple[str, list[str]]:
    """What the hooks said, and the report's lines. Band 1 carries the report, 2 and 3 text for people."""
    report, said = b"", b""
    for packet in _lines(data):
        if packet[:1] == b"\x01":
            report += packet[1:]
        elif packet[:1] in (b"\x02", b"\x03"):
            said += packet[1:]
    return said.decode(errors="replace"), [line.decode(errors="replace").strip() for line in _lines(report)]
