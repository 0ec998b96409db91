"""JSON that is no YAML: kubectl reads text that starts with a brace as JSON, one object after another (apimachinery
pkg/util/yaml/decoder.go `YAMLOrJSONDecoder`), and JSON may say what libyaml does not take.

That is: several objects in a row, characters outside the first plane as two escapes, a key that ends in a line break or is
longer than 1,024 characters, and U+007F.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any, NoReturn

from modelwright.records import dataclass

_PAIR = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")
_SPACE = re.compile(r"[ \t\r\n]*")


@dataclass(frozen=True, slots=True)
class Value:
    """One object of a text."""

    data: Any
    text: str
    """Its text, changed without moving anything so that YAML's parser finds places in it."""
    start: int
    twice: tuple[str, ...]
    """Keys that one of its maps says twice; the last one counts."""


def values(text: str) -> list[Value] | None:
    """The JSON objects that a text consists of; None where it is something else, or nests deeper than Python reads."""
    twice: list[str] = []

    def paired(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) < len(pairs):
            twice.extend(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        return made

    decoder = json.JSONDecoder(object_pairs_hook=paired, parse_constant=_refuse)
    found: list[Value] = []
    at = _space(text, 0)
    try:
        while at < len(text):
            if text[at] != "{":
                return None
            data, end = decoder.raw_decode(text, at)
            found.append(Value(data, _readable(text[at:end]), at, tuple(twice)))
            twice.clear()
            at = _space(text, end)
    except (ValueError, RecursionError):
        return None
    return found


def _space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")


def _readable(text: str) -> str:
    return _PAIR.sub(r"\\ufffd\\ufffd", text).replace("\x7f", "?")
