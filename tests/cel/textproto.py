"""A reader of protobuf's text format, as much of it as the published cases of CEL use."""

from __future__ import annotations

import re
from typing import Any

_TOKEN = re.compile(
    r"""\s+|\#[^\n]*|(?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<word>[-+]?[A-Za-z0-9_.+]+(?:-[0-9]+)?)|(?P<sign>[][{}<>:,;/])""",
    re.DOTALL,
)
_ESCAPE = re.compile(
    rb"\\(?:([0-7]{1,3})|[xX]([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))", re.DOTALL
)
_PLAIN = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"a": b"\a", b"b": b"\b", b"f": b"\f", b"v": b"\v"}

Message = dict[str, list[Any]]
"""Field -> its values in order: messages, bytes (texts), or words as they stand."""


def parse(text: str) -> Message:
    """A message of a file."""
    words: list[str] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        assert match, text[at : at + 40]
        at = match.end()
        if match.lastgroup:
            words.append(match[0])
    message, end = _message(words, 0, "")
    assert end == len(words)
    return message


def _message(words: list[str], at: int, close: str) -> tuple[Message, int]:
    fields: Message = {}
    while at < len(words) and words[at] != close:
        name = words[at]
        at += 1
        if name == "[":
            end = words.index("]", at)
            name, at = "".join(words[at:end]), end + 1
        if words[at] == ":":
            at += 1
        if words[at] == "[":
            at += 1
            while words[at] != "]":
                value, at = _value(words, at)
                fields.setdefault(name, []).append(value)
                at += words[at] == ","
            at += 1
        else:
            value, at = _value(words, at)
            fields.setdefault(name, []).append(value)
        if at < len(words) and words[at] in (",", ";"):
            at += 1
    return fields, at


def _value(words: list[str], at: int) -> tuple[Any, int]:
    word = words[at]
    if word in "{<":
        message, end = _message(words, at + 1, "}" if word == "{" else ">")
        return message, end + 1
    if word[0] in "\"'":
        data = b""
        while at < len(words) and words[at][0] in "\"'":
            data += _ESCAPE.sub(_unescaped, words[at][1:-1].encode())
            at += 1
        return data, at
    return word, at + 1


def _unescaped(match: re.Match[bytes]) -> bytes:
    octal, hexadecimal, short, long, plain = match.groups()
    if octal:
        return bytes([int(octal, 8)])
    if hexadecimal:
        return bytes([int(hexadecimal, 16)])
    if short or long:
        return chr(int(short or long, 16)).encode()
    return _PLAIN.get(plain, plain)
