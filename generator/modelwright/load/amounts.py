"""Quantities: `500m`, `4Gi`, and what people write instead."""

from __future__ import annotations

import re
from typing import Any

from modelwright.quantities import amount

LONGEST = 40
ADVICE = "write a number with a unit, such as `500m` or `4Gi`"
LEAST_MEMORY = 2**20
MOST_CPU = 100_000


def amount_problem(word: str, value: Any, form: str) -> tuple[str, str] | None:
    """What is wrong with the amount that `word` states, of `form` (quantity, cpu or memory), and what to write instead."""
    shown = str(value)[:LONGEST] if isinstance(value, str | float) or abs(value) < 10**30 else "that number"
    found = amount(value)
    if found is None:
        return f"`{shown}` is not an amount", respelt(value) if isinstance(value, str) else ADVICE
    if found < 0:
        return f"`{word}` cannot be negative", ""
    if form == "memory" and 0 < found < LEAST_MEMORY:
        number = re.match(r"[0-9.]+", shown)
        unit = "Mi" if shown.endswith("m") or found > 64 else "Gi"
        return f"`{shown}` of memory is less than a program needs", f"did you mean `{number[0]}{unit}`?" if number else ADVICE
    if form == "cpu" and found > MOST_CPU:
        return f"`{shown}` is more CPUs than there are", "CPUs are counted in cores: `2`, or `500m` for half a core"
    return None


def respelt(value: str) -> str:
    """The amount that was likely meant: `4Gi` for `4gb`."""
    found = re.fullmatch(r"\s*([0-9]+(?:[.,][0-9]+)?)\s*([a-zA-Z]*)\s*([a-zA-Z]*)\s*", value[:LONGEST])
    if not found:
        return ADVICE
    number, unit = found[1].replace(",", "."), (found[2] + found[3]).lower()
    if unit[:1] in ("k", "m", "g", "t") and unit[1:] in ("", "b", "i", "ib", "bytes", "byte"):
        return f"did you mean `{number}{unit[0].upper()}i`?"
    if unit in ("", "cpu", "cpus", "core", "cores", "vcpu", "vcpus"):
        return f"did you mean `{number}`?"
    return ADVICE
