"""Places become marks: each document is parsed at most once, and only when a place in it is asked for."""

from __future__ import annotations

from collections.abc import Mapping

from modelwright.model import Mark, Place
from modelwright.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from modelwright.yamlio.marks import Marks


class Finder:
    """Finds places in the texts of files, given by path."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        self._sources = sources
        self._known: dict[tuple[str, int], Marks] = {}

    def mark(self, place: Place | Mark) -> Mark:
        """The place's mark; the file's first character where its text is not at hand."""
        if isinstance(place, Mark):
            return place
        text = self._sources.get(place.file)
        if text is None:
            return Mark(place.file, 1, 1, 1, 2)
        return self._marks(text, place.file, place.document).mark(place.path, key=place.key)

    def _marks(self, text: str, file: str, document: int) -> Marks:
        found = self._known.get((file, document))
        if found is None:
            from modelwright.yamlio.marks import marks

            found = self._known[file, document] = marks(text, file, document)
        return found
