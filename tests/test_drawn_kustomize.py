"""Real kustomize builds every folder of drawn workspaces to exactly the objects that were rendered and judged.

All folders of all workspaces are built at once: kustomize is started a few times, not a thousand.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest

from modelwright.overlay.identity import settled
from modelwright.overlay.layout import kustomization
from modelwright.overlay.values import same
from modelwright.pipeline import Build, build
from modelwright.yamlio import emit, read
from tests.drawing import draw, sound
from tests.tools import KUSTOMIZE, kustomize

COUNT = int(os.environ.get("MODELWRIGHT_EXAMPLES", "50"))
MOST = 150
"""Folders built together."""
Identity = tuple[str, str, str, str]
Objects = Mapping[str, tuple[Mapping[str, Any], ...]]
"""Folder -> the objects it holds."""


@cache
def builds() -> tuple[Build, ...]:
    made = tuple(build(sound(draw(Random(f"built-{n}"), n)).sources()) for n in range(COUNT))
    assert all(each.sound for each in made)
    return made


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("drawn")
    for number, each in enumerate(builds()):
        for path, text in each.tree.files.items():
            file = root / str(number) / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
    return root


@pytest.mark.parametrize("version", KUSTOMIZE)
def test_kustomize_builds_what_was_rendered(version: str, tree: Path) -> None:
    wrong: list[str] = []
    for number, group in enumerate(apart(folders())):
        entry = tree / f"all-{number}"
        entry.mkdir(exist_ok=True)
        (entry / "kustomization.yaml").write_text(emit(kustomization(f"../{folder}" for folder in group)))
        code, text = run(version, entry)
        if code:
            pytest.fail("\n".join(guilty(version, tree, group)) or text)
        made = {identity(d): d for d in objects(text)}
        wanted = {identity(d): d for each in group.values() for d in each}
        assert made.keys() == wanted.keys()
        wrong += [f"want {emit(want)}\n got {emit(made[key])}" for key, want in wanted.items() if not same(made[key], want)]
    assert not wrong, "\n".join(wrong[:3])


def test_the_drawings_hold_what_they_should() -> None:
    """Patches of both forms, deletions, core kinds, cluster scope, several releases: else the proof proves little."""
    files = {path: text for each in builds() for path, text in each.tree.files.items()}
    names = {path.rpartition("/")[2] for path in files}
    # Which of the core kinds are drawn changes with every word the language gains.
    core = ("deployment", "service", "configmap", "serviceaccount", "role", "ingress", "networkpolicy")
    for ending in ("", "-list"):
        assert {f"patch-{kind}{ending}.yaml" for kind in ("inferenceservice", "servingruntime")} <= names
        assert len({f"patch-{kind}{ending}.yaml" for kind in core} & names) >= 1, ending
    assert {"namespace.yaml", "serviceaccount.yaml", "clusterservingruntime.yaml"} <= names
    releases = {e.cluster.release for each in builds() for e in each.workspace.environments.values()}
    assert len(releases) > 6


def folders() -> Objects:
    return {
        f"{number}/{folder}": tuple(settled_base(folder, m.data) for m in manifests)
        for number, each in enumerate(builds())
        for folder, manifests in each.tree.built.items()
        if manifests
    }


def settled_base(folder: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
    return settled(data) if folder.startswith("base/") else data


def apart(everything: Objects) -> list[dict[str, tuple[Mapping[str, Any], ...]]]:
    """The folders in groups that hold no object twice, and not many: kustomize's work grows with their square."""
    groups: list[tuple[set[Identity], dict[str, tuple[Mapping[str, Any], ...]]]] = []
    for folder, inside in everything.items():
        here = {identity(d) for d in inside}
        seen, group = next((g for g in groups if len(g[1]) < MOST and not g[0] & here), (set(), {}))
        if not group:
            groups.append((seen, group))
        seen |= here
        group[folder] = inside
    return [group for _, group in groups]


def identity(data: Mapping[str, Any]) -> Identity:
    metadata = data["metadata"]
    return str(data["apiVersion"]).partition("/")[0], str(data["kind"]), str(metadata.get("namespace") or ""), str(metadata["name"])


def run(version: str, folder: Path) -> tuple[int, str]:
    command = [str(kustomize(version)), "build", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    return done.returncode, done.stdout or done.stderr


def guilty(version: str, tree: Path, group: Iterable[str]) -> list[str]:
    """The folders that fail alone, each with kustomize's reason."""
    found = ((folder, run(version, tree / folder)) for folder in group)
    return [f"{folder}: {text}" for folder, (code, text) in found if code]


def objects(text: str) -> list[dict[str, Any]]:
    documents, problems = read(text, "built.yaml")
    assert not problems
    return [d for d in documents if d]
