"""What a ClusterStorageContainer says of the addresses it serves."""

from __future__ import annotations

from collections.abc import Iterator

from modelwright.cel.values import EvalError
from modelwright.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modelwright.rules.check import Row, Run


def unreadable(entry: Any, run: Run) -> Iterator[Row]:
    """A pattern that Go's regular expressions refuse (kserve IsStorageUriSupported)."""
    from modelwright.cel.library.regex import compiled

    pattern = entry.get("regex")
    if not isinstance(pattern, str) or not pattern:
        return
    try:
        compiled(pattern)
    except EvalError:
        yield ("regex",), "the pattern is no regular expression", "write it in the syntax of Go (RE2)"
