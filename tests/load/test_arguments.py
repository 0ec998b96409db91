"""Credentials among the arguments of a program are told, and never printed."""

from __future__ import annotations

import pytest
from tests.scaffold import compiled

MODEL = """\
apiVersion: modelwright/v1
kind: Model
metadata: {name: iris}
spec:
  format: sklearn
  source: gs://models/iris
  args: %s
  environments: {dev: {}}
"""
CREDENTIALS = [
    '["--token=hf_abcdefghij"]',
    '["--api-key=sk-abc"]',
    '["--password=hunter2"]',
    '["--password", "hunter2"]',
    '["--hub", "hf_abcdefghijkl"]',
    '["x=AKIAABCDEFGHIJKLMNOP"]',
    '["glpat-abcdefghij0123456789"]',
    '["xoxb-123456789012-abc"]',
]
ORDINARY = [
    '["--token-file=/x"]',
    '["--token=$(TOKEN)"]',
    '["--token", "$(TOKEN)"]',
    '["--max-tokens=100"]',
    '["--tokenizer=hf-internal/x"]',
    '["--model=sk-learn-pipeline-classifier"]',
    '["--password-file", "/x"]',
    '["--token", "--verbose"]',
]


@pytest.mark.parametrize("args", CREDENTIALS)
def test_a_credential_is_concealed(args: str) -> None:
    (problem,) = compiled(MODEL % args).problems
    assert (problem.code, problem.conceal) == ("MW216", True)
    assert not any(part in problem.message + problem.hint for part in ("hf_", "sk-", "hunter2", "AKIA"))


@pytest.mark.parametrize("args", ORDINARY)
def test_ordinary_arguments_pass(args: str) -> None:
    assert compiled(MODEL % args).problems == ()
