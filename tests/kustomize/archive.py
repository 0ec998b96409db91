"""Cases as one text each: a line that says what it is about, then files, each after a line `-- path --`.

`-- built --` is what kustomize 5.8.1 printed for it, `-- built by 5.4 --` what 5.4.3 printed where that differs. A case of
which the first line says `refused: CODE` is one that both refuse. `pytest --update-golden` records them anew.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

CASES = Path(__file__).parent / "cases"
BUILT, OLDER = "built", "built by 5.4"


@dataclass(frozen=True)
class Case:
    """One tree, and what real kustomize says to it."""

    name: str
    about: str
    files: Mapping[str, str]
    built: str
    older: str

    @property
    def code(self) -> str:
        """The code of our refusal; empty where the tree is built."""
        return self.about.removeprefix("refused: ") if self.about.startswith("refused: ") else ""

    @property
    def folder(self) -> str:
        """The folder to build: that of the first kustomization named."""
        first = next(path for path in self.files if path.rpartition("/")[2].lower().startswith("kustomization"))
        return first.rpartition("/")[0]

    def data(self) -> dict[str, bytes]:
        return {path: text.encode() for path, text in self.files.items()}

    def write(self, folder: Path) -> Path:
        """Put the files into a folder; the folder to build."""
        for path, text in self.files.items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return folder / self.folder


def read_case(path: Path) -> Case:
    """One case from its text."""
    about, *parts = re.split(r"^-- (.+) --\n", path.read_text(), flags=re.MULTILINE)
    sections = dict(zip(parts[::2], parts[1::2], strict=True))
    files = {name: text for name, text in sections.items() if name not in (BUILT, OLDER)}
    built = sections.get(BUILT, "")
    return Case(path.stem, about.strip(), files, built, sections.get(OLDER, built))


def save(case: Case, built: str, older: str) -> None:
    """Record what real kustomize printed."""
    sections = {**case.files, BUILT: built}
    if older != built:
        sections[OLDER] = older
    text = "".join(f"-- {name} --\n{body}" for name, body in sections.items())
    (CASES / f"{case.name}.txt").write_text(f"{case.about}\n{text}")


def cases(refused: bool) -> list[Case]:
    """All that are built, or all that are refused."""
    found = [read_case(path) for path in sorted(CASES.glob("*.txt"))]
    return [case for case in found if bool(case.code) == refused]
