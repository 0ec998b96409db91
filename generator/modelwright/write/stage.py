"""New folders, filled where nobody looks and then moved into place whole: one step instead of one for each file."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import field

from modelwright.records import dataclass
from modelwright.write.disk import Folder, ancestors, temporary_folder


def missing(paths: Iterable[str], there: frozenset[str]) -> dict[str, list[str]]:
    """The topmost folders that are not `there` -> the files of `paths` below each."""
    found: dict[str, list[str]] = {}
    tops: dict[str, str] = {}
    for path in paths:
        above = path.rpartition("/")[0]
        top = tops.get(above)
        if top is None:
            top = ""
            for folder in ancestors(path):
                if folder in there:
                    break
                top = folder
            tops[above] = top
        if top:
            found.setdefault(top, []).append(path)
    return found


@dataclass(slots=True)
class Stage:
    """A temporary folder in `above`, made when the first subtree is filled; `close` removes it with all that is left in it.

    Not for where there are no handles: other systems do not move a folder while a virus scanner reads in it.
    """

    above: Folder
    made: set[str] = field(default_factory=set)
    """Paths of the folders in it, each beginning with its own name."""

    def fill(self, subtree: str, path: str, data: bytes) -> None:
        """Put a file into a subtree, at its path from there.

        All folders on the way are ours and new, so that none can be a link.
        """
        whole = f"{self._place(subtree)}/{path}"
        folder = whole.rpartition("/")[0]
        if folder not in self.made:
            self._make(folder)
        self.above.fill(whole, data)

    def settle(self, subtree: str, into: Folder, name: str) -> None:
        """Make the subtree the folder `name` of `into`, all at once."""
        self.above.move(self._place(subtree), into, name)

    def close(self) -> None:
        if self.made:
            with suppress(OSError):
                self.above.clear(temporary_folder())

    def _place(self, subtree: str) -> str:
        return f"{temporary_folder()}/{subtree}"

    def _make(self, folder: str) -> None:
        if not self.made:
            # Left by a killed run of the same process id (1 in every container).
            self.above.clear(temporary_folder())
        for path in (*reversed(tuple(ancestors(folder))), folder):
            if path not in self.made:
                self.above.make(path)
                self.made.add(path)
