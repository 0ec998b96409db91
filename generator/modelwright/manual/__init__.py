"""The manual: one page per problem code, kept beside each other by room, read only when asked for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

HEADS = ("what", "why", "wrong", "right", "source")


@cache
def pages() -> Mapping[str, Mapping[str, Any]]:
    """Code -> page with `title`, `effect`, `what`, `why`, `wrong`, `right` and `source`."""
    from modelwright.yamlio import read

    found: dict[str, Mapping[str, Any]] = {}
    folder = files("modelwright.manual")
    for entry in sorted(folder.iterdir(), key=lambda e: e.name):
        if entry.name.endswith(".yaml"):
            documents, _ = read(entry.read_text(encoding="utf-8"), entry.name)
            found.update(documents[0] or {})
    return found


def codes() -> list[str]:
    """Every code there is, in order."""
    return sorted(pages())


def page(code: str) -> str | None:
    """One page as text for a terminal."""
    found = pages().get(code)
    if found is None:
        return None
    lines = [f"{code}: {found['title']}", f"effect: {found['effect']}", ""]
    for head in HEADS:
        text = str(found.get(head) or "").rstrip()
        if text:
            body = [f"  {line}".rstrip() for line in text.splitlines()]
            lines += [head.capitalize(), *body, ""]
    return "\n".join(lines).rstrip() + "\n"
