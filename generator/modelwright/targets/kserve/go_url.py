"""Texts that Go reads as an address, or does not, and how it writes them again.

KServe decodes `model.uri` with net/url, refuses what that refuses, and stores what `URL.String` makes of the rest.
"""

from __future__ import annotations

import re
from urllib.parse import quote, unquote_to_bytes

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_HOST = re.compile(r"[A-Za-z0-9\-_.~!$&'()*+,;=:\[\]<>\"%\u0080-\U0010ffff]*")
_USER = re.compile(r"[A-Za-z0-9\-._:~!$&'()*+,;=%@]*")
_PORT = re.compile(r"(:[0-9]*)?")


def unreadable(text: str) -> str:
    """Why Go's `url.Parse` refuses a text; empty where it does not."""
    text, _, fragment = text.partition("#")
    if any(character < " " or character == "\x7f" for character in text):
        return "it has a control character"
    if _ESCAPE.search(fragment):
        return "`%` is not followed by two hexadecimal digits"
    if text.startswith(":"):
        return "it begins with `:`"
    found = _SCHEME.match(text)
    scheme, rest = (found[1], text[found.end() :]) if found else ("", text)
    rest = rest.partition("?")[0]
    if not rest.startswith("/"):
        if scheme:
            return ""  # an opaque address such as mailto:me
        return "its first part has a `:`" if ":" in rest.partition("/")[0] else _bad_escape(rest)
    if rest.startswith("//") and (scheme or not rest.startswith("///")):
        authority, slash, path = rest[2:].partition("/")
        return _bad_authority(authority) or _bad_escape(slash + path)
    return _bad_escape(rest)


def written(text: str) -> str:
    """How Go writes an address that it can read; with a user in it, as it is."""
    text, _, fragment = text.partition("#")
    found = _SCHEME.match(text)
    scheme, rest = (found[0].lower(), text[found.end() :]) if found else ("", text)
    rest, mark, query = rest.partition("?")
    end = mark + query + ("#" + _escaped(fragment, _IN_FRAGMENT) if fragment else "")
    if scheme and not rest.startswith("/"):
        return scheme + rest + end
    if not rest.startswith("//") or (not scheme and rest.startswith("///")):
        return scheme + _escaped(rest, _IN_PATH) + end
    host, slash, path = rest[2:].partition("/")
    if "@" in host:
        return scheme + rest + end
    path = _escaped(slash + path, _IN_PATH)
    return scheme + ("//" if host or path else "") + quote(host, safe=_IN_HOST) + path + end


_IN_PATH, _IN_FRAGMENT, _IN_HOST = "$&+,/:;=@", "$&+,/:;=?@!()*", "!$&'()*+,;=:[]<>\"%"
"""Besides letters, digits and `-_.~`: what stays as it is when Go escapes the rest."""
_KEPT = re.compile(r"[A-Za-z0-9\-_.~$&+,/:;=@!'()*\[\]%]*")


def _escaped(part: str, safe: str) -> str:
    """A path or fragment as `EscapedPath` writes it: as it is, unless there is something in it that must be escaped."""
    plain = part.replace("?", "") if "?" in safe else part
    return part if _KEPT.fullmatch(plain) else quote(unquote_to_bytes(part), safe=safe)


def _bad_escape(path: str) -> str:
    return "`%` is not followed by two hexadecimal digits" if _ESCAPE.search(path) else ""


def _bad_authority(authority: str) -> str:
    user, at, host = authority.rpartition("@")
    if at and (not _USER.fullmatch(user) or _ESCAPE.search(user)):
        return "its user has a character that it cannot have"
    if host.startswith("["):
        inner, closed, port = host.rpartition("]")
        if not closed:
            return "its host has a `[` without `]`"
        zone = inner.find("%25")
        if not _PORT.fullmatch(port):
            return "its port is no number"
        inner = inner if zone < 0 else inner[:zone]
        return "" if _HOST.fullmatch(inner) and "%" not in inner else "its host has a character that it cannot have"
    if not _HOST.fullmatch(host):
        return "its host has a character that it cannot have"
    if "%" in host and re.search("%(?!25|[89A-Fa-f][0-9A-Fa-f])", host):
        return "its host has a character that it cannot have"
    colon = host.rfind(":")
    return "" if colon < 0 or _PORT.fullmatch(host[colon:]) else "its port is no number"
