"""Quantities: `500m`, `4Gi`, and what people write instead."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

QUANTITY = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]{1,3})?\Z")
"""Kubernetes' quantity grammar (apimachinery pkg/api/resource/quantity.go), exponents kept within reason."""

SUFFIXES = {
    "": Decimal(1), "n": Decimal("1e-9"), "u": Decimal("1e-6"), "m": Decimal("1e-3"), "k": Decimal("1e3"),
    "M": Decimal("1e6"), "G": Decimal("1e9"), "T": Decimal("1e12"), "P": Decimal("1e15"), "E": Decimal("1e18"),
    "Ki": Decimal(2**10), "Mi": Decimal(2**20), "Gi": Decimal(2**30), "Ti": Decimal(2**40), "Pi": Decimal(2**50),
    "Ei": Decimal(2**60),
}
LONGEST = 40
ADVICE = "write a number with a unit, such as `500m` or `4Gi`"
LEAST_MEMORY = 2**20
MOST_CPU = 100_000


def amount(value: Any) -> Decimal | None:
    """A quantity as a number; None where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    text = value if isinstance(value, str) else repr(value) if isinstance(value, float) or abs(value) < 10**30 else ""
    found = QUANTITY.match(text) if len(text) <= LONGEST else None
    if not found:
        return None
    suffix = found[3] or ""
    number = Decimal(text[: len(text) - len(suffix)])
    return number * SUFFIXES[suffix] if suffix in SUFFIXES else number.scaleb(int(suffix[1:]))


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
