"""What libgit2's errors about a server mean for the user. It tells most of them apart in text only."""

from __future__ import annotations

import errno

import pygit2

from modelwright.gitops.troubles import Unsteady, not_accepted, of_disk, problem, refused

_FULL = ("No space left", "Disk quota")
_GONE = (
    "resolve address",
    "Name or service not known",
    "Temporary failure in name resolution",
    "Connection refused",
    "No route to host",
    "Network is unreachable",
    "timed out",
    "timeout",
)
"""The host is not there, and will not be in a second."""


def is_local(error: Exception, folder: str) -> bool:
    """Whether the error is about our own cache rather than about the server."""
    return folder in str(error)


def failure(error: Exception, url: str, folder: str, shown: int) -> Exception:
    """The error as Refused; as Unsteady where another try may help. `shown`: how many credentials were."""
    text = str(error)
    if (isinstance(error, OSError) and error.errno == errno.ENOSPC) or any(word in text for word in _FULL):
        return of_disk(error, folder)
    if isinstance(error, pygit2.errors.CertificateError) or "hostkey" in text or "host key" in text:
        return _identity(url, text)
    if "redirect" in text:
        return refused("MW435", f"`{url}` redirects elsewhere, and credentials do not follow", "give the address it leads to")
    if _status(text) == 401 or isinstance(error, pygit2.errors.AuthError) or "authenticat" in text:
        if shown:
            return not_accepted(url)
        return refused("MW431", f"`{url}` asks for credentials, and there are none", "see `modelwright explain MW431`")
    if _status(text) == 403 or "ermission denied" in text:
        return refused("MW432", f"`{url}` does not let these credentials write", "ask for the right to push, or use other credentials")
    if _status(text) == 404 or "not found" in text or "does not appear to be a git repository" in text or "does not exist" in text:
        return refused("MW411", f"there is no repository at `{url}`", "mend the address; hosts also say so of one that may not be seen")
    if "object format" in text or "sha256" in text.lower():
        from modelwright.gitops.local import of_form

        return of_form(url, text)
    why = _last(text)
    found = problem("MW430", f"cannot reach `{url}`: {why}", "check the address and the network; no branch was moved")
    return refused("MW430", found.message, found.hint) if any(word in text for word in _GONE) else Unsteady(found)


def _identity(url: str, text: str) -> Exception:
    if url.startswith("https://"):
        hint = "add its authority to the system's, or name a file of authorities in SSL_CERT_FILE"
        return refused("MW433", f"the certificate of `{url}` cannot be trusted", hint)
    hint = "compare its key with what the host's owner tells, then: ssh-keyscan HOST >> ~/.ssh/known_hosts"
    return refused("MW433", f"the host key of `{url}` is not the one in ~/.ssh/known_hosts, or is not there", hint)


def _status(text: str) -> int:
    """The HTTP status in libgit2's words (transports/http.c)."""
    _, found, rest = text.partition("unexpected http status code: ")
    digits = rest[:3]
    return int(digits) if found and digits.isdigit() else 0


def _last(text: str) -> str:
    return text.strip().rstrip(":") or "the connection broke"
