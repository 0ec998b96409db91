"""New folders, filled where nobody looks and then moved into place whole: one step instead of one for each file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import field

from modelwright.records import dataclass
from modelwright.workers import share
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
    name: str = field(default_factory=temporary_folder)
    places: dict[str, str] = field(default_factory=dict)
    """Where the subtrees are, by the path of the folder that each will become."""
    made: set[str] = field(default_factory=set)
    """Paths of the folders in it, each beginning with its own name."""

    def fill(self, subtrees: Mapping[str, Iterable[str]], texts: Mapping[str, str], jobs: int) -> None:
        """Put files into subtrees, with at most `jobs` processes.

        All folders on the way are ours and new, so that none can be a link. Raises OSError with the path of the file
        that the disk refuses.
        """
        if not subtrees:
            return
        self.places = {top: f"{self.name}/{number}" for number, top in enumerate(subtrees)}
        files = [(path, f"{self.places[top]}{path[len(top) :]}") for top, paths in subtrees.items() for path in paths]
        # Left by a killed run of the same process id (1 in every container).
        self.above.clear(self.name)
        self._make(self.name)

        def work(some: Sequence[tuple[str, str]]) -> None:
            for path, place in some:
                try:
                    self._fill(place, texts[path].encode(errors="surrogateescape"))
                except OSError as error:
                    raise OSError(error.errno, error.strerror, path) from error

        share(work, files, jobs)

    def settle(self, top: str, into: Folder, name: str) -> None:
        """Make the subtree of `top` the folder `name` of `into`, all at once."""
        self.above.move(self.places[top], into, name)

    def close(self) -> None:
        if self.made:
            with suppress(OSError):
                self.above.clear(self.name)

    def _fill(self, place: str, data: bytes) -> None:
        folder = place.rpartition("/")[0]
        if folder not in self.made:
            for path in (*reversed(tuple(ancestors(folder))), folder):
                self._make(path)
        self.above.fill(place, data)

    def _make(self, path: str) -> None:
        if path not in self.made:
            self.above.make(path)
            self.made.add(path)
