"""Every compiled pipeline of the shared material is sound, but for findings that were confirmed by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelwright.judge.ir import judge_file

SHARED = Path(__file__).resolve().parents[4] / "shared"
FILES = sorted([*(SHARED / "data" / "pipelines").glob("*.yaml"), *(SHARED / "corpus" / "KfpPipelineSpecIR").glob("*.yaml")])

TRUE = {
    ("pipeline_with_secret_as_env.yaml", "2.14"): ["MW718"] * 3,  # SecretAsEnv.optional is field 5 since 2.15
}
"""(file, release) -> codes that are right."""


@pytest.mark.skipif(not FILES, reason="the shared material is not here")
@pytest.mark.parametrize("release", ["", "2.14", "2.15", "2.16", "2.17"])
def test_real_pipelines_are_sound(release: str) -> None:
    found = {}
    for file in FILES:
        _, problems = judge_file(file.read_text(), file.name, release)
        if problems:
            found[file.name, release] = [problem.code for problem in problems]
    assert found == {key: codes for key, codes in TRUE.items() if key[1] == release}
