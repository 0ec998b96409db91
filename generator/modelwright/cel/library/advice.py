"""Functions for the texts of our own rules, which Kubernetes does not have."""

from __future__ import annotations

from modelwright.cel.library import NEVER, function
from modelwright.problems import closest as nearest


@function("closest", "string, list<string> -> string", since=NEVER)
def closest(word: str, words: list[str]) -> str:
    """The likeliest meant word; an empty text where none is near."""
    return nearest(word[:100], [each for each in words[:1000] if isinstance(each, str)])
