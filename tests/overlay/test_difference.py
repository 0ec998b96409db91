"""Patches: what they look like, that they hold in memory, and that real kustomize agrees."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from modelwright.overlay import apply, difference
from modelwright.overlay.layout import kustomization, patch_entry
from modelwright.overlay.values import same
from modelwright.yamlio import emit, read
from tests.overlay.drawing import CUSTOM, draw
from tests.tools import KUSTOMIZE, build

CASES = 120


def served(text: str) -> dict[tuple[str, str], Any]:
    documents, problems = read(text, "built.yaml")
    assert not problems
    return {(d["kind"], d["metadata"]["name"]): d for d in documents if d}


def write(folder: Path, base: Mapping[str, Any], patches: Any) -> None:
    (folder / "base").mkdir(parents=True)
    (folder / "base/object.yaml").write_text(emit(base))
    (folder / "base/kustomization.yaml").write_text(emit(kustomization(["object.yaml"])))
    entries = []
    for index, patch in enumerate(patches):
        (folder / f"patch-{index}.yaml").write_text(emit(patch.body))
        entries.append(patch_entry(f"patch-{index}.yaml", base, patch))
    (folder / "kustomization.yaml").write_text(emit(kustomization(["base"], patches=entries)))


def cases(seed: int) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    drawn = []
    for number in range(CASES):
        rng = random.Random(f"{seed}-{number}")
        drawn.append(draw(rng, f"case-{number}"))
    return drawn


@pytest.mark.parametrize("version", KUSTOMIZE)
def test_real_kustomize_agrees(version: str, tmp_path: Path) -> None:
    drawn = cases(1)
    names = []
    for number, (base, want) in enumerate(drawn):
        patches = difference(base, want)
        if patches is None:
            continue
        names.append(f"case-{number}")
        write(tmp_path / f"case-{number}", base, patches)
    (tmp_path / "kustomization.yaml").write_text(emit(kustomization(names)))
    built = served(build(version, tmp_path))
    wrong = [
        (base, want, difference(base, want), built.get((want["kind"], want["metadata"]["name"])))
        for number, (base, want) in enumerate(drawn)
        if f"case-{number}" in names and not same(built.get((want["kind"], want["metadata"]["name"])), want)
    ]
    assert not wrong, "\n".join(f"{emit(list(map(lambda x: x.body, p)))}\nwant {w}\n got {g}" for _, w, p, g in wrong[:3])
