"""Drawn trees: ours and real kustomize build the same objects, or both refuse. `make prove` draws many more."""

from __future__ import annotations

import os
from pathlib import Path
from random import Random

from modelwright.kustomize import build
from tests.kustomize.drawing import draw
from tests.kustomize.test_cases import objects, run

COUNT = int(os.environ.get("MODELWRIGHT_EXAMPLES", "15"))


def check(number: int, folder: Path) -> str:
    """What differs for one drawn tree; empty where nothing does."""
    files = draw(Random(f"kustomize-{number}"))
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    manifests, problems = build({path: text.encode() for path, text in files.items()}, "top")
    wrong = [problem for problem in problems if problem.severity == "error"]
    done = run("5.8", folder / "top")
    if bool(done.returncode) != bool(wrong):
        return f"{number}: kustomize says {done.stderr or 'nothing'!r}, we say {[(p.code, p.message) for p in wrong]}"
    if not wrong and [manifest.data for manifest in manifests] != objects(done.stdout):
        return f"{number}: other objects than\n{done.stdout}"
    return ""


def test_drawn_trees_are_built_as_kustomize_builds_them(tmp_path: Path) -> None:
    found = [text for number in range(COUNT) if (text := check(number, tmp_path / str(number)))]
    assert not found, "\n".join(found[:3])


def test_enough_of_the_drawn_trees_are_sound() -> None:
    """Else the proof proves little."""
    results = [build({p: t.encode() for p, t in draw(Random(f"kustomize-{n}")).items()}, "top") for n in range(60)]
    assert sum(bool(manifests) for manifests, _ in results) > 20
    assert len({p.code for _, problems in results for p in problems}) > 4
