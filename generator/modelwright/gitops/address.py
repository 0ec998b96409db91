"""Where to publish to: a path, or an URL whose scheme is on a short list."""

from __future__ import annotations

import os
import re
from dataclasses import field
from typing import Literal
from urllib.parse import unquote, urlsplit

from modelwright.gitops.troubles import refused
from modelwright.records import dataclass

Transport = Literal["path", "ssh", "http"]

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_HELPER = re.compile(r"[A-Za-z0-9]+::")
_SCP = re.compile(r"(?:(?P<user>[^@/:]+)@)?(?P<host>\[[^\]/]+\]|[^@/:\[\]]+):(?P<path>.*)", re.DOTALL)
_HOST = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*|\[?[0-9A-Fa-f:.]+(?:%[A-Za-z0-9]+)?\]?")
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._@+-]*")
_ONE_SLASH = re.compile(r"(https?|ssh|file|ftps?):/(?!/)", re.IGNORECASE)
_LONGEST = 4096
"""Characters of an address; the longest path that Linux takes (linux/limits.h)."""
_PORTS = {"http": 80, "https": 443}
_KNOWN = "give a path, or an URL of ssh://, https://, http:// or file://"


@dataclass(frozen=True, slots=True)
class Address:
    """A repository to publish to. `url` holds no credentials and may be printed."""

    transport: Transport
    url: str
    """What libgit2 is given; the path itself where `transport` is `path`."""
    host: str = ""
    port: int | None = None
    user: str = ""
    password: str = field(default="", repr=False)
    secure: bool = True
    """False where all that is sent can be read on the way: plain http, other than to this machine."""

    @property
    def origin(self) -> tuple[str, str, int | None]:
        """What a credential is bound to: scheme, host and port."""
        scheme = self.url.partition("://")[0]
        return scheme, self.host.lower(), self.port or _PORTS.get(scheme)


def address(text: str) -> Address:
    """Read what the user gave as the repository.

    Forms as in git-fetch(1), "Git URLs", but for those that would run a program (`ext::`, any `helper::`), let
    an option slip in (`-u..`), or cannot be written to. Raises Refused (MW410).
    """
    if not text or not text.isprintable():
        raise refused("MW410", "the repository's address is empty or holds characters that cannot be printed", _KNOWN)
    if len(text) > _LONGEST:
        raise refused("MW410", f"the repository's address has {len(text):,} characters; {_LONGEST:,} are the most", _KNOWN)
    if text.startswith("-"):
        raise refused("MW410", f"{_shown(text)} would be taken for an option", "put `./` before a path that begins so")
    if _HELPER.match(text):
        helper = text.partition("::")[0]
        raise refused("MW410", f"`{_cut(helper)}::` asks for a helper program, and none is run", _KNOWN)
    scheme = _SCHEME.match(text)
    if scheme:
        return _of_url(text, scheme[1].lower())
    half = _ONE_SLASH.match(text)
    if half:
        word = half[1].lower()
        raise refused("MW410", f"an URL begins with `{word}://`; this has one slash", f"write `{word}://`")
    colon, slash = text.find(":"), text.find("/")
    if colon > 0 and (slash < 0 or colon < slash) and not (os.name == "nt" and colon == 1):
        return _of_scp(text)
    return Address("path", os.path.expanduser(text))


def _of_scp(text: str) -> Address:
    match = _SCP.fullmatch(text)
    if match is None or not match["path"]:
        raise refused("MW410", f"{_shown(text)} is neither a path nor `user@host:path`", _KNOWN)
    if not match["user"] and "@" in match["path"]:
        # Not repeated: it is likely `user:password@host`.
        what = "the repository's address has an `@` behind its first `:`, where a path begins"
        raise refused("MW410", what, "write `user@host:path` without a password, or ssh://host/path")
    _check(match["host"], match["user"] or "")
    if match["path"].startswith("-"):
        raise refused("MW410", f"the path of {_shown(text)} would be taken for an option", "use the form ssh://host/path")
    return Address("ssh", text, match["host"].strip("[]"), None, match["user"] or "")


def _of_url(text: str, scheme: str) -> Address:
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        # The text is not repeated: there is no telling where in it a password stands.
        raise refused("MW410", "the repository's address cannot be read as an URL", _KNOWN) from None
    if scheme == "file":
        if host not in ("", "localhost"):
            raise refused("MW410", f"`file://{_cut(host)}/..` names another host", "write file:///path, with three slashes")
        return Address("path", unquote(parts.path))
    if scheme not in ("ssh", "http", "https"):
        raise refused("MW410", f"`{_cut(scheme)}://` is not a way to publish", _KNOWN)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    _check(host, user if scheme == "ssh" else "")
    if parts.query or parts.fragment:
        raise refused("MW410", "the repository's address holds a `?` or a `#`", "give the plain URL that git clones from")
    if not parts.path.strip("/"):
        raise refused("MW410", f"the address names the host `{_cut(host)}` but no repository on it", _KNOWN)
    bare = f"[{host}]" if ":" in host else host
    place = f"{bare}:{port}" if port else bare
    if scheme == "ssh":
        if password:
            raise refused("MW410", "a password in an ssh URL is not used", "leave it out: keys come from the agent or a file")
        return Address("ssh", f"ssh://{user + '@' if user else ''}{place}{parts.path}", host, port, user)
    url = f"{scheme}://{place}{parts.path}"
    return Address("http", url, host, port, user, password, scheme == "https" or _is_here(host))


def _check(host: str, user: str) -> None:
    if not _HOST.fullmatch(host):
        raise refused("MW410", f"`{_cut(host)}` is not a host name", _KNOWN)
    if user and not _USER.fullmatch(user):
        raise refused("MW410", "the user in the repository's address has characters that no user name has", _KNOWN)


def _cut(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."


def _shown(text: str) -> str:
    """The address for a message, unless there may be a password in it."""
    return "the repository's address" if "@" in text.partition(":")[2] else f"`{_cut(text)}`"


def _is_here(host: str) -> bool:
    return host in ("localhost", "::1") or bool(re.fullmatch(r"127(?:\.[0-9]{1,3}){3}", host))
