"""URLs (apiserver `pkg/cel/library/urls.go`), read as Go's `net/url` reads them: `ParseRequestURI`."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote, unquote_plus

from modelwright.cel.library import function, method, tenth
from modelwright.cel.values import EvalError, opaque, show
from modelwright.records import dataclass

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(.*)", re.DOTALL)
_PORT = re.compile(r"(?::[0-9]*)?")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_USER = re.compile(r"[A-Za-z0-9\-._:~!$&'()*+,;=%@]*")
_HOST = re.compile(r"(?:[A-Za-z0-9\-_.~!$&'()*+,;=:\[\]<>\"]|[^\x00-\x7f]|%(?:25|[89A-Fa-f][0-9A-Fa-f]))*")
_PATH = re.compile(r"[A-Za-z0-9\-._~$&+,/:;=@!'()*\[\]%]*")
_SAFE = "-._~$&+,/:;=@"


@dataclass(frozen=True, slots=True)
class Url:
    """A URL in its parts, still escaped."""

    scheme: str
    host: str
    path: str
    query: str
    rest: str
    """What stands after the scheme, where no slash does, then user and fragment: for equality only."""


opaque("url", Url)


def _walk(text: str) -> int:
    return tenth(len(text))


@function("url", "string -> url", cost=_walk)
def url_of(text: str) -> Url:
    """An absolute URL, or an absolute path."""
    _parse(text, request=True)
    before, _, fragment = text.partition("#")
    if _BAD_ESCAPE.search(fragment):
        raise _refused(text, "invalid URL escape")
    found = _parse(before, request=False)
    return Url(found.scheme, found.host, found.path, found.query, f"{found.rest}#{fragment}")


def _refused(text: str, why: str) -> EvalError:
    return EvalError(f"URL parse error during conversion from string: {show(text)}: {why}")


def _parse(text: str, request: bool) -> Url:
    if any(ord(char) < 0x20 or ord(char) == 0x7F for char in text):
        raise _refused(text, "invalid control character in URL")
    if not text and request:
        raise _refused(text, "empty url")
    if text.startswith(":"):
        raise _refused(text, "missing protocol scheme")
    found = _SCHEME.fullmatch(text)
    scheme, rest = (found[1].lower(), found[2]) if found else ("", text)
    rest, _, query = rest.partition("?")
    if text == "*" or not rest.startswith("/"):
        if scheme:
            return Url(scheme, "", "", query, rest)
        if text != "*" and (request or ":" in rest.partition("/")[0]):
            raise _refused(text, "invalid URI for request")
    user = host = ""
    if rest.startswith("//") and (scheme or (not request and not rest.startswith("///"))):
        authority, slash, path = rest[2:].partition("/")
        user, _, host = authority.rpartition("@")
        _check_authority(text, user, host)
        rest = slash + path
    if _BAD_ESCAPE.search(rest):
        raise _refused(text, "invalid URL escape")
    return Url(scheme, host, rest, query, user)


def _check_authority(text: str, user: str, host: str) -> None:
    if not _USER.fullmatch(user) or _BAD_ESCAPE.search(user):
        raise _refused(text, "invalid userinfo")
    if host.startswith("["):
        inside, closed, port = host.rpartition("]")
        if not closed:
            raise _refused(text, "missing ']' in host")
        host = inside.partition("%25")[0] + "]"
    else:
        port = host[host.rindex(":") :] if ":" in host else ""
    if not _PORT.fullmatch(port):
        raise _refused(text, f"invalid port {show(port)} after host")
    if not _HOST.fullmatch(host):
        raise _refused(text, "invalid character in host name")


@function("isURL", "string -> bool", cost=_walk)
def is_url(text: str) -> bool:
    """Whether `url` takes it."""
    try:
        return bool(_parse(text, request=True))
    except EvalError:
        return False


def _host_and_port(url: Url) -> tuple[str, str]:
    host = unquote(url.host)
    name, colon, port = host.rpartition(":")
    if not colon or not _PORT.fullmatch(colon + port):
        name, port = host, ""
    if name.startswith("[") and name.endswith("]"):
        name = name[1:-1]
    return name, port


method("getScheme", "url -> string")(lambda url: url.scheme)
method("getHost", "url -> string")(lambda url: unquote(url.host))
method("getHostname", "url -> string")(lambda url: _host_and_port(url)[0])
method("getPort", "url -> string")(lambda url: _host_and_port(url)[1])


@method("getEscapedPath", "url -> string")
def _escaped_path(url: Url) -> str:
    """As it was written where that is well escaped, else escaped anew."""
    if _PATH.fullmatch(url.path):
        return url.path
    return quote(unquote(url.path), safe=_SAFE)


@method("getQuery", "url -> map<string, list<string>>")
def _query(url: Url) -> dict[str, list[str]]:
    """Keys to their values in order; what is ill escaped, or holds a `;`, is left out."""
    found: dict[str, list[str]] = {}
    for pair in url.query.split("&"):
        key, _, value = pair.partition("=")
        if pair and ";" not in pair and not _BAD_ESCAPE.search(pair):
            found.setdefault(unquote_plus(key), []).append(unquote_plus(value))
    return found
