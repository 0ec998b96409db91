"""The page docs/conformance.md, which the live comparisons write section by section."""

from __future__ import annotations

import re
from enum import Enum
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "conformance.md"


class Section(Enum):
    """A part of the page, by its heading."""

    RESOURCES = "Custom resources"
    UPDATES = "Updates"
    YAML = "YAML"


def write(section: Section, text: str) -> None:
    """Put the figures of one comparison into the page; the rest of it stays."""
    page = PAGE.read_text(encoding="utf-8")
    mark = re.escape(section.name.lower())
    pattern = re.compile(f"(<!-- {mark} -->\n).*?(<!-- end -->)", re.DOTALL)
    assert pattern.search(page), f"the page has no place for {section.name}"
    PAGE.write_text(pattern.sub(lambda found: f"{found[1]}{text}\n{found[2]}", page), encoding="utf-8")
