"""Texts that Go reads as an address, or does not: KServe decodes `model.uri` with net/url, and refuses what that refuses."""

from __future__ import annotations

import re

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
