"""Regular expressions, always in linear time: RE2, whose syntax is Go's.

`find` and `findAll`: kubernetes/apiserver `pkg/cel/library/regex.go`.
"""

from __future__ import annotations

from functools import lru_cache

from modelwright.cel.library import method, tenth
from modelwright.cel.values import EvalError
from modelwright.typed import Any

LONGEST = 20_000
"""Characters of the longest pattern: larger ones RE2 refuses for want of memory, after a while."""


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> Any:
    """The pattern, ready to search. Raises EvalError where RE2 refuses it."""
    import re2

    if "\\C" in pattern.replace("\\\\", ""):
        raise EvalError(f"error parsing regexp: invalid escape sequence: `\\C` in `{pattern[:80]}`")
    if len(pattern) > LONGEST:
        raise EvalError("error parsing regexp: expression too large")
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 8 << 20
    try:
        return re2.compile(pattern, options)
    except (re2.error, UnicodeError) as error:
        words = error.args[0] if error.args else ""
        words = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
        raise EvalError(f"error parsing regexp: {words}: `{pattern[:80]}`") from None


def pattern_cost(text: str, pattern: str, _: int = 0) -> int:
    """The cost of a search (cel-go `interpreter/runtimecost.go`)."""
    return tenth(1 + len(text)) * -(-len(pattern) // 4)


def matches(text: str, pattern: str) -> bool:
    """Whether the pattern is anywhere in the text."""
    return compiled(pattern).search(text) is not None


@method("find", "string, string -> string", cost=pattern_cost)
def find(text: str, pattern: str) -> str:
    """The first match, or nothing."""
    found = compiled(pattern).search(text)
    return found[0] if found else ""


@method("findAll", "string, string -> list<string>", cost=pattern_cost)
@method("findAll", "string, string, int -> list<string>", cost=pattern_cost)
def find_all(text: str, pattern: str, limit: int = -1) -> list[str]:
    """The matches, at most `limit` of them; a negative limit is none."""
    result: list[str] = []
    end = -1
    for found in compiled(pattern).finditer(text):
        if len(result) == limit:
            break
        # Go takes no empty match right after the last one.
        if found[0] or found.start() != end:
            result.append(found[0])
        end = found.end()
    return result
