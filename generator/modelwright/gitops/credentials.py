"""Credentials: from the environment, the URL the user gave, or the user's own git and ssh set-up. Bound to one host."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import Path

import pygit2
from pygit2.enums import CredentialType

from modelwright.gitops.address import Address
from modelwright.gitops.troubles import not_accepted, refused
from modelwright.records import dataclass

TOKEN, USER = "MODELWRIGHT_PUBLISH_TOKEN", "MODELWRIGHT_PUBLISH_USER"
KEY, PASSPHRASE = "MODELWRIGHT_SSH_KEY", "MODELWRIGHT_SSH_PASSPHRASE"
_KEYS = ("id_ed25519", "id_ecdsa", "id_rsa")
_SECONDS = 60
_SSH = pygit2.Username | pygit2.Keypair
_HTTP_HINT = f"set {TOKEN}, or teach git a credential helper for this host"
_SSH_HINT = f"add a key to your ssh agent, or name its file in {KEY}"


@dataclass(slots=True)
class Keys:
    """What may be shown to the host of `address`, one after the other. No other host is shown any of it."""

    address: Address
    environ: Mapping[str, str] = field(repr=False)
    bound: Address | None = None
    """Where the environment or the user's configuration names an URL of their own: the only host for the token."""
    folder: str = ""
    """A folder of ours in which git may be asked for credentials."""
    shown: int = 0
    _next: Iterator[pygit2.UserPass | pygit2.Keypair] | None = None
    _pair: tuple[str, str] | None = field(default=None, repr=False)
    _known: bool = False

    def restart(self) -> None:
        """For a new connection: begin with the first again."""
        self._next, self.shown = None, 0

    def answer(self, allowed: CredentialType) -> pygit2.UserPass | _SSH:
        """The next credential of a kind the server takes. Raises Refused when there is none (left)."""
        ssh = self.address.transport == "ssh"
        user = self.address.user or _login(self.environ)
        if ssh and allowed & CredentialType.USERNAME and not allowed & CredentialType.SSH_KEY:
            return pygit2.Username(user)
        if self._next is None:
            self._next = self._ssh(user) if ssh else self._http()
        fits = allowed & (CredentialType.SSH_KEY if ssh else CredentialType.USERPASS_PLAINTEXT)
        found = next(self._next, None) if fits else None
        if found is None:
            raise self._none()
        self.shown += 1
        return found

    def _none(self) -> Exception:
        url, hint = self.address.url, _SSH_HINT if self.address.transport == "ssh" else _HTTP_HINT
        if self.shown:
            return not_accepted(url)
        return refused("MW431", f"`{url}` asks for credentials, and there are none", hint)

    def _http(self) -> Iterator[pygit2.UserPass]:
        pair = self.web()
        if pair is not None:
            yield pygit2.UserPass(*pair)

    def web(self) -> tuple[str, str] | None:
        """User and password (or token) for the web; looked up once. Raises Refused (MW436) rather than send it in the clear."""
        if not self._known:
            self._pair, self._known = self._stated() or self._asked(), True
        if self._pair is not None and not self.address.secure:
            raise refused(
                "MW436",
                f"`{self.address.url}` asks for credentials over plain http, where anyone on the way could read them",
                "use https",
            )
        return self._pair

    def _stated(self) -> tuple[str, str] | None:
        if self.address.password:
            return self.address.user, self.address.password
        token = self.environ.get(TOKEN, "")
        if not token:
            return None
        if self.bound is not None and self.bound.origin != self.address.origin:
            raise refused(
                "MW431",
                f"{TOKEN} is for `{self.bound.host}`, where MODELWRIGHT_PUBLISH_URL or your configuration publishes to, "
                f"not for `{self.address.host}`",
                "set both for the same host",
            )
        return self.environ.get(USER) or self.address.user or "x-access-token", token

    def _asked(self) -> tuple[str, str] | None:
        """What `git credential fill` answers: the user's own helpers, asked outside every work tree."""
        program = shutil.which("git")
        if program is None:
            return None
        scheme, _, rest = self.address.url.partition("://")
        place, _, path = rest.partition("/")
        lines = [f"protocol={scheme}", f"host={place}", f"path={path}"]
        lines += [f"username={self.address.user}"] if self.address.user else []
        kept = {k: v for k, v in self.environ.items() if not k.startswith("GIT_") or k in ("GIT_ASKPASS", "GIT_CONFIG_GLOBAL")}
        kept.pop("SSH_ASKPASS", None)
        kept |= {"GIT_TERMINAL_PROMPT": "0", "GIT_DIR": self.folder}
        try:
            done = subprocess.run(
                [program, "credential", "fill"],
                input="\n".join(lines) + "\n\n",
                capture_output=True,
                text=True,
                env=kept,
                cwd=self.folder,
                timeout=_SECONDS,
                check=False,
            )
        except (OSError, UnicodeDecodeError, subprocess.TimeoutExpired):
            return None
        found = dict(line.partition("=")[::2] for line in done.stdout.splitlines())
        if done.returncode or not found.get("password") or found.get("host", place) != place:
            return None
        return found.get("username", ""), found["password"]

    def _ssh(self, user: str) -> Iterator[pygit2.Keypair]:
        stated = self.environ.get(KEY)
        if stated:
            path = os.path.expanduser(stated)
            if not os.access(path, os.R_OK):
                raise refused("MW431", f"{KEY} names `{stated}`, which cannot be read", "name a private key file")
            yield _keypair(user, path, self.environ.get(PASSPHRASE, ""))
            return
        if self.environ.get("SSH_AUTH_SOCK"):
            yield pygit2.KeypairFromAgent(user)
        for name in _KEYS:
            path = str(Path.home() / ".ssh" / name)
            if os.access(path, os.R_OK):
                yield _keypair(user, path, self.environ.get(PASSPHRASE, ""))


def _keypair(user: str, path: str, passphrase: str) -> pygit2.Keypair:
    public = f"{path}.pub"
    return pygit2.Keypair(user, public if os.path.exists(public) else None, path, passphrase)


def _login(environ: Mapping[str, str]) -> str:
    import getpass

    try:
        return environ.get("USER") or getpass.getuser()
    except (KeyError, OSError):
        return "git"
