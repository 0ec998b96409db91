"""What is said of amounts that a webhook of KServe writes in other words.

It reads objects into Go's types and writes them again, so each amount comes out in its shortest form
(k8s.io/apimachinery pkg/api/resource, `MarshalJSON`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from modelwright.judge.admission import Row
from modelwright.model import Path
from modelwright.typed import Any

__all__ = ["FOR_EVER", "Amount", "rewritten"]

FOR_EVER = "Argo CD shows the difference for ever"
Amount = tuple[Path, Any, str]
"""Where an amount was stated, how, and what becomes of it."""
_NAMED = 4
"""Amounts that are told one by one."""


def rewritten(code: str, amounts: Iterable[Amount]) -> Iterator[Row]:
    """One row for all amounts of a part of `spec` (a component, a pod): they come of one habit. Its place holds them all."""
    parts: dict[Path, list[Amount]] = {}
    for amount in amounts:
        parts.setdefault(amount[0][:2], []).append(amount)
    for part in parts.values():
        yield _one(code, *part[0]) if len(part) == 1 else _many(code, part)


def _one(code: str, at: Path, amount: Any, text: str) -> Row:
    kind = "" if isinstance(amount, str) else "the number "
    return code, at, f'KServe makes `"{text}"` of {kind}`{amount}`', f'write `"{text}"`, or {FOR_EVER}', "drift"


def _many(code: str, amounts: list[Amount]) -> Row:
    place = _shared([at for at, _, _ in amounts])
    each = [f'`{".".join(map(str, at[len(place) :]))}: {amount}` becomes `"{text}"`' for at, amount, text in amounts[:_NAMED]]
    more = f" and {len(amounts) - _NAMED} more" if len(amounts) > _NAMED else ""
    message = f"KServe rewrites {len(amounts)} amounts: {', '.join(each)}{more}"
    return code, place, message, f"write them as it does, or {FOR_EVER}", "drift"


def _shared(paths: list[Path]) -> Path:
    """The longest path that all of them begin with."""
    first = paths[0]
    length = min(_common(first, path) for path in paths)
    return first[:length]


def _common(one: Path, other: Path) -> int:
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
