"""Indices of Jobs, such as `1,3-5`.

Source: kubernetes/kubernetes `pkg/apis/batch/validation/validation.go` (validateIndexesFormat).
"""

from __future__ import annotations

from collections.abc import Iterator

from modelwright.rules.check import Row, Run
from modelwright.typed import Any

_MOST_LETTERS = 64 * 1024


def indexes(value: Any, run: Run) -> Iterator[Row]:
    """`successPolicy` of a Job: indices that exist, and as many as are counted."""
    policy, completions = value.get("successPolicy"), value.get("completions", value.get("parallelism", 1))
    rules = policy.get("rules") if isinstance(policy, dict) else None
    for at, rule in enumerate(rules if isinstance(rules, list) else ()):
        text = rule.get("succeededIndexes") if isinstance(rule, dict) else None
        if not isinstance(text, str) or not isinstance(completions, int):
            continue
        here = ("successPolicy", "rules", at)
        total, said = _read(text, completions)
        count = rule.get("succeededCount")
        if said:
            yield (*here, "succeededIndexes"), f"`{text[:80]}` are no indices: {said}", "such as `0,2-4`"
        elif isinstance(count, int) and count > total:
            yield (*here, "succeededCount"), f"`succeededCount` is more than there are indices ({total})", ""


def _read(text: str, completions: int) -> tuple[int, str]:
    """How many indices there are, and what is wrong with them."""
    if len(text) > _MOST_LETTERS:
        return 0, "they are too many"
    total, last = 0, -1
    for part in text.split(",") if text else ():
        ends = part.split("-")
        if len(ends) > 2 or not all(end.isascii() and end.isdigit() and len(end) < 10 for end in ends):
            return 0, f"`{part[:80]}` is not understood"
        first, end = int(ends[0]), int(ends[-1])
        if max(first, end) >= completions:
            return 0, f"the Job has {completions}, from 0 on"
        if first <= last or (len(ends) == 2 and end <= first):
            return 0, "they must rise"
        total, last = total + end - first + 1, end
    return total, ""
