"""Patterns that are compiled when they are first asked: a command that judges one file needs a handful of eighty."""

from __future__ import annotations

import re

_METHODS = ("findall", "finditer", "fullmatch", "match", "search", "split", "sub")


class _Pattern:
    __slots__ = ("_flags", "_text", *_METHODS)

    def __init__(self, text: str, flags: int) -> None:
        self._text, self._flags = text, flags

    def __getattr__(self, name: str) -> object:
        # Reached as long as no method is set.
        compiled = re.compile(self._text, self._flags)
        for method in _METHODS:
            setattr(self, method, getattr(compiled, method))
        return getattr(compiled, name)


def pattern(text: str, flags: int = 0) -> re.Pattern[str]:
    """`re.compile`, later: the methods of what it gives do the same, at the same speed."""
    return _Pattern(text, flags)  # type: ignore[return-value]
