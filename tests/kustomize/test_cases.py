"""Small trees, a feature each, are built to what real kustomize builds, and refused where it refuses.

The recorded outputs are held against the real releases wherever those are found.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from modelwright.kustomize import build
from modelwright.yamlio import read
from tests.kustomize.archive import Case, cases, save
from tests.tools import KUSTOMIZE, find_kustomize, kustomize

BUILT = cases(refused=False)
REFUSED = cases(refused=True)


def names(case: Case) -> str:
    return case.name


def objects(text: str) -> list[Any]:
    """The objects kustomize printed."""
    documents, problems = read(text, "built")
    assert not problems, problems
    return [document for document in documents if document is not None]


def run(version: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(kustomize(version)), "build", str(folder)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("case", BUILT, ids=names)
def test_a_tree_is_built_as_kustomize_builds_it(case: Case, tmp_path: Path, update_golden: bool) -> None:
    if update_golden:
        folder = case.write(tmp_path)
        newer, older = (run(version, folder) for version in KUSTOMIZE)
        assert not newer.returncode, newer.stderr
        save(case, newer.stdout, "refused\n" if older.returncode else older.stdout)
        case = next(each for each in cases(refused=False) if each.name == case.name)
    manifests, problems = build(case.data(), case.folder)
    assert [problem for problem in problems if problem.severity == "error"] == []
    assert [manifest.data for manifest in manifests] == objects(case.built)


@pytest.mark.parametrize("case", REFUSED, ids=names)
def test_what_kustomize_refuses_is_refused_with_one_problem_at_a_line(case: Case) -> None:
    manifests, problems = build(case.data(), case.folder)
    assert manifests == ()
    assert [problem.code for problem in problems] == [case.code]
    assert problems[0].place is not None and problems[0].place.file in case.files
    assert problems[0].message


@pytest.mark.parametrize("version", KUSTOMIZE)
def test_the_recorded_outputs_are_those_of_real_kustomize(version: str, tmp_path: Path) -> None:
    if find_kustomize(version) is None:
        kustomize(version)  # skips, or fails under CI
    for case in BUILT:
        done = run(version, case.write(tmp_path / case.name))
        wanted = case.built if version == KUSTOMIZE[0] else case.older
        assert (done.stdout if not done.returncode else "refused\n") == wanted, case.name
    for case in REFUSED if version == KUSTOMIZE[0] else ():
        assert run(version, case.write(tmp_path / case.name)).returncode, case.name
