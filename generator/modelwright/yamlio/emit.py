"""Data -> canonical YAML: one way to write everything, and text only unquoted where every reader agrees."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

TOP = ("apiVersion", "kind", "metadata")
METADATA = ("name", "namespace", "labels", "annotations")

# Words and shapes that YAML 1.1 or 1.2 readers take for something other than text.
_CHARACTERS = r"(?:[A-Za-z0-9_./@%+=~^!$()*,;<>?-]|:(?=[A-Za-z0-9_./@%+-]))"
_SAFE = re.compile(rf"(?:[A-Za-z_/]|--[A-Za-z]){_CHARACTERS}*(?: {_CHARACTERS}+)*\Z|[0-9]+(?:m|[KMGTPE]i)\Z")
_WORDS = frozenset(["y", "n", "yes", "no", "on", "off", "true", "false", "null", "none", "nan", "inf"])


def emit(data: Mapping[str, Any] | Sequence[Any], *, canonical: bool = True) -> str:
    """One document, two spaces of indent, sequences flush with their key.

    `canonical` puts apiVersion, kind and metadata first, and metadata's name, namespace, labels and annotations.
    """
    lines: list[str] = []
    if isinstance(data, Mapping):
        ordered = _ordered(data) if canonical else data
        lines.extend(_mapping(ordered, "") if ordered else ["{}"])
    else:
        lines.extend(_sequence(data, "") if data else ["[]"])
    return "\n".join(lines) + "\n"


def _ordered(data: Mapping[str, Any]) -> Mapping[str, Any]:
    ordered = {key: data[key] for key in TOP if key in data} | dict(data)
    metadata = ordered.get("metadata")
    if isinstance(metadata, Mapping):
        ordered["metadata"] = {key: metadata[key] for key in METADATA if key in metadata} | dict(metadata)
    return ordered


def _mapping(data: Mapping[str, Any], indent: str) -> Iterator[str]:
    for key, value in data.items():
        head = f"{indent}{text(str(key))}:"
        yield from _entry(head, value, indent, indent)


def _sequence(data: Sequence[Any], indent: str) -> Iterator[str]:
    for item in data:
        if isinstance(item, Mapping) and item:
            inner = _mapping(item, indent + "  ")
            first = next(inner)
            yield f"{indent}- {first[len(indent) + 2:]}"
            yield from inner
        elif isinstance(item, list | tuple) and item:
            inner = _sequence(item, indent + "  ")
            first = next(inner)
            yield f"{indent}- {first[len(indent) + 2:]}"
            yield from inner
        else:
            yield from _entry(f"{indent}-", item, indent + "  ", indent)


def _entry(head: str, value: Any, indent: str, sequence_indent: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        if value:
            yield head
            yield from _mapping(value, indent + "  ")
        else:
            yield head + " {}"
    elif isinstance(value, list | tuple):
        if value:
            yield head
            yield from _sequence(value, sequence_indent)
        else:
            yield head + " []"
    elif isinstance(value, str) and "\n" in value and _literal(value):
        chomp = "" if value.endswith("\n") and not value.endswith("\n\n") else "-"
        yield f"{head} |{chomp}"
        inner = indent + "  "
        body = value[:-1] if value.endswith("\n") else value
        for line in body.split("\n"):
            yield inner + line if line else ""
    else:
        yield f"{head} {scalar(value)}"


def _literal(value: str) -> bool:
    """Text that a literal block gives back unchanged: no odd characters, no leading space, no trailing blank lines."""
    return (
        not value.startswith((" ", "\n", "\t"))
        and not value.endswith("\n\n")
        and all(not line.endswith((" ", "\t")) for line in value.split("\n"))
        and all(c == "\n" or c == "\t" or (c.isprintable() and c not in "\u2028\u2029\x85\ufeff") for c in value)
        and "\n\t" not in value
    )


def scalar(value: Any) -> str:
    """A single value on one line."""
    if isinstance(value, str):
        return text(value)
    if value is None:
        return "null"
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, float):
        return _float(value)
    return str(value)


def _float(value: float) -> str:
    written = repr(value)
    if "e" in written:
        mantissa, _, exponent = written.partition("e")
        mantissa = mantissa if "." in mantissa else f"{mantissa}.0"
        sign = "" if exponent.startswith("-") else "+"
        return f"{mantissa}e{sign}{exponent.lstrip('+')}"
    return written


@lru_cache(maxsize=65536)
def text(value: str) -> str:
    """Text, unquoted where every reader gives the same text back, else in double quotes."""
    if _SAFE.match(value) and value.lower() not in _WORDS and not value.endswith(("=", " ")) and " <" not in value:
        return value
    return _quoted(value)


_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0"}


def _quoted(value: str) -> str:
    return '"' + "".join(_escaped(c) for c in value) + '"'


def _escaped(c: str) -> str:
    if c in _ESCAPES:
        return _ESCAPES[c]
    if c.isprintable() and c != "\ufeff":
        return c
    code = ord(c)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
