"""Asks KServe's own webhooks: the Go programs of tests/oracle/kserve, one for each release.

`python -m tests.targets.kserve.oracle RELEASE < lines.jsonl` prints an answer for each line, which is an object or a
question (see `tests/oracle/kserve/main.go`). A program is built once, which takes minutes, and kept by content below the
cache folder of the tools.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
SOURCE = ROOT / "tests" / "oracle" / "kserve"
RELEASES = tuple(
    sorted((each.name[1:-4] for each in SOURCE.glob("v*.mod")), key=lambda text: [int(part) for part in text.split(".")])
)
"""The releases that an oracle is written for, oldest first."""
_MODULE = "github.com/kserve/kserve"


@dataclass(frozen=True, slots=True)
class Question:
    """An object, and the cluster that it comes to."""

    object: Mapping[str, Any]
    old: Mapping[str, Any] | None = None
    """What it replaces, as it is stored; none where it is made."""
    existing: Sequence[Mapping[str, Any]] = ()
    config: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Laid over sections of the release's ConfigMap `inferenceservice-config`."""

    def row(self) -> dict[str, Any]:
        """The question as the oracle reads it."""
        made: dict[str, Any] = {"operation": "UPDATE" if self.old is not None else "CREATE", "object": self.object}
        rest = {"old": self.old, "existing": list(self.existing), "config": self.config}
        whole: dict[str, Any] = _whole(made | {name: value for name, value in rest.items() if value})
        return whole


@dataclass(frozen=True, slots=True)
class Answer:
    """What the webhooks of a release make of a question."""

    allowed: bool
    stage: str
    """The last step: `decode`, `mutate`, `validate`; `none` where the release has no webhook for the kind."""
    errors: tuple[str, ...]
    defaulted: Mapping[str, Any]
    """The object as the mutating webhook leaves it."""
    panic: str = ""
    """The webhook itself fails, which a client sees as an error of the server."""
    warnings: tuple[str, ...] = ()


def _whole(value: Any) -> Any:
    """A value as kubectl sends it: a whole number never has a fraction."""
    if isinstance(value, dict):
        return {name: _whole(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_whole(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 2**53 else value


def binary(release: str) -> Path:
    """The oracle of a release, built where it is not in the cache. Needs Go and its module proxy."""
    modules = SOURCE / f"v{release}.mod"
    sources = sorted(SOURCE.glob("*.go"))
    digest = hashlib.sha256(b"\0".join(part.read_bytes() for part in (*sources, modules))).hexdigest()[:12]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "modelwright-tools"
    made = cache / f"kserve-{release}-{digest}" / "oracle"
    if made.exists():
        return made
    print(f"building the oracle of KServe {release}", file=sys.stderr)
    tag = "v" + "_".join(release.split(".")[:2])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for source in sources:
            shutil.copy(source, folder)
        # The checksum database vouches for modules: lists of 5,000 sums for each release need not be kept.
        shutil.copy(modules, folder / "go.mod")
        subprocess.run(["nice", "go", "build", "-p", "2", "-mod=mod", "-tags", tag, "-o", "oracle", "."], cwd=folder, check=True)
        where = subprocess.run(
            ["go", "list", "-m", "-f", "{{.Dir}}", _MODULE], cwd=folder, check=True, capture_output=True, text=True
        )
        made.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(Path(where.stdout.strip()) / "config" / "configmap" / "inferenceservice.yaml", f"{made}.yaml")
        # Under another name first: an interrupted copy must not leave half a program behind.
        part = shutil.copy(folder / "oracle", made.with_name("oracle.part"))
        Path(part).replace(made)
    return made


def ask(release: str, questions: Iterable[Question]) -> list[Answer]:
    """The release's answers, in order."""
    rows = [question.row() for question in questions]
    return [_answer(row) for row in _ask(release, rows)]


def _ask(release: str, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    made = subprocess.run([str(binary(release))], input=lines, capture_output=True, text=True, check=True)
    found = [json.loads(line) for line in made.stdout.split("\n") if line]
    assert len(found) == len(rows), made.stderr[-2000:]
    return found


def _answer(row: Mapping[str, Any]) -> Answer:
    return Answer(
        row["allowed"],
        row["stage"],
        tuple(row.get("errors", ())),
        row.get("defaulted") or {},
        row.get("panic", ""),
        tuple(row.get("warnings", ())),
    )


def main() -> None:
    """Answer the lines of standard input."""
    rows = [json.loads(line) for line in sys.stdin if line.strip()]
    rows = [row if "object" in row else {"object": row} for row in rows]
    for row in _ask(sys.argv[1], rows):
        print(json.dumps(row))


if __name__ == "__main__":
    main()
