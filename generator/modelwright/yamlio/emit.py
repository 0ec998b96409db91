"""Data -> canonical YAML: one way to write everything, and text only unquoted where every reader agrees."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from modelwright.patterns import pattern
from modelwright.typed import Any

TOP = ("apiVersion", "kind", "metadata")
METADATA = ("name", "namespace", "labels", "annotations")

MAX_SIMPLE_KEY = 1000
"""Longer keys need the `? key` form: YAML ends the search for a `:` after 1024 characters (1.1, section 9.2.2)."""

_WORDS = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null", "none", "nan", "inf"))
"""Lower-case words that some reader takes for a boolean, null or number."""

_NUMBER_LIKE = pattern(r"[-+.0-9][0-9a-fA-FxXoObBtTzZ_.,:+\- ]*\Z|[-+]?\.(?:inf|nan)\Z", re.IGNORECASE)
"""A superset of what YAML 1.1 and 1.2, goyaml.v2 and Ruby take for numbers, times and dates."""

_START = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_/.$(+-")
_NOT_PLAIN = pattern(r":\Z| \Z|: | #|\A- |\A---|\A\.\.\.")

# A fixed table rather than `str.isprintable`, whose answer changes with the Unicode version of each Python:
# controls, odd spaces, joiners and direction marks, surrogates, private use, unassigned planes.
_HIDDEN_CLASS = (
    "\x00-\x1f\x7f-\xa0\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u08e2\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f"
    "\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\u3164\ud800-\uf8ff\ufeff\uffa0\uffef-\uffff\U000e0000-\U0010ffff"
)
_HIDDEN = pattern(f"[{_HIDDEN_CLASS}]")
_ESCAPED = pattern(f'["\\\\{_HIDDEN_CLASS}]')
_NOT_LITERAL = pattern(r"\A[ \t\n]|[ \t](?:\n|\Z)")
_LITERAL_OK = str.maketrans("", "", "\t\n")


def emit(data: Mapping[str, Any] | Sequence[Any], *, canonical: bool = True) -> str:
    """One document, two spaces of indent, sequences flush with their key, no folded lines.

    `canonical` puts apiVersion, kind and metadata first, and metadata's name, namespace, labels and annotations.
    """
    out: list[str] = []
    if isinstance(data, Mapping):
        if data:
            _mapping(out, _ordered(data) if canonical else data, "", "")
        else:
            out.append("{}")
    elif data:
        _sequence(out, data, "", "")
    else:
        out.append("[]")
    out.append("")
    return "\n".join(out)


def _ordered(data: Mapping[str, Any]) -> Mapping[str, Any]:
    ordered = {key: data[key] for key in TOP if key in data} | dict(data)
    metadata = ordered.get("metadata")
    if isinstance(metadata, Mapping):
        ordered["metadata"] = {key: metadata[key] for key in METADATA if key in metadata} | dict(metadata)
    return ordered


def _mapping(out: list[str], data: Mapping[str, Any], indent: str, lead: str) -> None:
    """Lines of a map; `lead` stands for the indent of its first line (`- ` in a list)."""
    for key, value in data.items():
        name = text(key if key.__class__ is str else scalar(key))
        if len(name) > MAX_SIMPLE_KEY:
            out.append(f"{lead}? {name}")
            head = f"{indent}:"
        else:
            head = f"{lead}{name}:"
        lead = indent
        kind = value.__class__
        if kind is str:
            if "\n" in value:
                _lines(out, head, value, indent)
            else:
                out.append(f"{head} {text(value)}")
        elif kind is int:
            out.append(f"{head} {value}")
        elif kind is dict or isinstance(value, Mapping):
            if value:
                out.append(head)
                below = indent + "  "
                _mapping(out, value, below, below)
            else:
                out.append(head + " {}")
        elif kind is list or isinstance(value, list | tuple):
            if value:
                out.append(head)
                _sequence(out, value, indent, indent)
            else:
                out.append(head + " []")
        else:
            out.append(f"{head} {scalar(value)}")


def _sequence(out: list[str], data: Iterable[Any], indent: str, lead: str) -> None:
    below = indent + "  "
    for item in data:
        head = lead + "-"
        lead = indent
        kind = item.__class__
        if kind is str:
            if "\n" in item:
                _lines(out, head, item, indent)
            else:
                out.append(f"{head} {text(item)}")
        elif kind is dict or isinstance(item, Mapping):
            if item:
                _mapping(out, item, below, head + " ")
            else:
                out.append(head + " {}")
        elif kind is list or isinstance(item, list | tuple):
            if item:
                _sequence(out, item, below, head + " ")
            else:
                out.append(head + " []")
        else:
            out.append(f"{head} {scalar(item)}")


def _lines(out: list[str], head: str, value: str, indent: str) -> None:
    """Text of several lines: as a literal block where it shows all of it."""
    if not _literal(value):
        out.append(f"{head} {text(value)}")
        return
    if not value.endswith("\n"):
        chomp, body = "|-", value
    else:
        chomp, body = "|+" if value.endswith("\n\n") else "|", value[:-1]
    out.append(f"{head} {chomp}")
    inner = indent + "  "
    out.extend(inner + line if line else "" for line in body.split("\n"))


def _literal(value: str) -> bool:
    """Whether a literal block shows `value` whole: no hidden characters, and no blanks where editors trim them."""
    return not _NOT_LITERAL.search(value) and not _HIDDEN.search(value.translate(_LITERAL_OK))


def scalar(value: Any) -> str:
    """A single value on one line."""
    if isinstance(value, str):
        return text(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, float):
        return _float(value)
    return text(str(value))


def _float(value: float) -> str:
    """The shortest text, with a point and a signed exponent: YAML 1.1 readers take `1e20` for text."""
    if value != value or value in (float("inf"), float("-inf")):
        return {"inf": ".inf", "-inf": "-.inf"}.get(repr(float(value)), ".nan")
    written = repr(float(value))
    if "e" not in written:
        return written
    mantissa, _, exponent = written.partition("e")
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}e{exponent}"


class _Written(dict[str, str]):
    """Text -> how it is written, which depends on nothing else. Bounded: what is long or comes late is not kept."""

    def __missing__(self, value: str) -> str:
        made = value if _plain(value) else '"' + _ESCAPED.sub(_escape, value) + '"'
        if len(value) <= LONGEST_KEPT and len(self) < MOST_KEPT:
            self[value] = made
        return made


LONGEST_KEPT = 256
MOST_KEPT = 65536

text = _Written().__getitem__
"""Text, unquoted where every reader gives the same text back, else in double quotes."""


def _plain(value: str) -> bool:
    """Whether YAML 1.1 and 1.2 readers all take unquoted `value` for this text (in block style)."""
    return (
        value != ""
        and (value[0] in _START or value[0] > "\xa0")
        and not _NOT_PLAIN.search(value)
        and not _NUMBER_LIKE.match(value)
        and value.lower() not in _WORDS
        and not _HIDDEN.search(value)
    )


_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0"}


def _escape(found: re.Match[str]) -> str:
    c = found[0]
    if c in _SHORT:
        return _SHORT[c]
    code = ord(c)
    if 0xD800 <= code <= 0xDFFF:
        return "\\ufffd"  # half a character; YAML has no way to write it, and Go's JSON replaces it too
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
