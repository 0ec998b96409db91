"""The console script reads a plain `validate` by itself: exactly as the library would, or not at all."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import click
import pytest

from modelwright import cli, start
from modelwright.commands.validate import command
from modelwright.validation import Asked

WORDS = (
    "a.yaml", "b/", "-", "", "--", "-x", "--strict", "--strict=1", "--skip-others", "--kserve", "--kserve=0.17", "--kserve=", "0.17",
    "--kubernetes", "--kubernetes=1.33", "--open-data-hub=3.4", "--kubeflow-pipelines", "--jobs", "--jobs=2", "2", "0", "-1", "02", "+2",
    "1_0", "²", "two", "--format", "--format=json", "json", "JSON", "--fail-on=warning", "--fail-on", "error", "never", "--cluster=prod",
    "--previous", "main", "--policies=p", "--kustomize=kubectl", "-C", "-h", "--help", "--kser=1", "--no-such", "validate",
)  # fmt: skip
PLAIN = (
    ["a.yaml"],
    ["-"],
    ["a.yaml", "b/", "a.yaml"],
    ["--kserve", "0.17", "--kubernetes=1.33", "a.yaml"],
    ["a.yaml", "--open-data-hub", "3.4", "--kubeflow-pipelines=2.14", "b.yaml"],
    ["--strict", "a.yaml", "--skip-others", "--strict"],
    ["--jobs", "2", "--jobs=16", "--format", "json", "--format=sarif", "--fail-on", "warning", "a.yaml"],
    ["--kserve", "no version=at all", "a b.yaml"],
)


def by_library(words: list[str]) -> Asked | None:
    """What the library reads; None where it refuses, or does something else."""
    try:
        with command.make_context("validate", list(words), obj=".") as context:
            return Asked(directory=context.obj, **context.params)
    except (click.exceptions.Exit, click.ClickException):
        return None


@pytest.mark.parametrize("words", PLAIN, ids=" ".join)
def test_plain_calls_are_read_as_the_library_reads_them(words: list[str]) -> None:
    assert start.plain(["validate", *words], {}) == by_library(words) is not None


def test_whatever_else_is_said_is_read_alike_or_left_to_the_library(capsys: pytest.CaptureFixture[str]) -> None:
    draw = random.Random(5)
    read = 0
    for _ in range(4000):
        words = draw.choices(WORDS, k=draw.randint(0, 4))
        found = start.plain(["validate", *words], {})
        if found is not None:
            read += 1
            assert found == by_library(words), words
    assert read > 200


@pytest.mark.parametrize("words", [[], ["check"], ["-C", "x", "validate", "a"], ["--version"], ["validate"], ["validate", "--help"]])
def test_other_calls_are_left_to_the_library(words: list[str]) -> None:
    assert start.plain(words, {}) is None


def test_completion_is_left_to_the_library() -> None:
    assert start.plain(["validate", "a.yaml"], {"_MODELWRIGHT_COMPLETE": "bash_complete"}) is None


@pytest.mark.parametrize(("error", "code", "said"), [(KeyboardInterrupt(), 1, "Aborted!"), (RuntimeError("odd"), 3, "MW901 internal error: RuntimeError: odd")])
def test_what_fails_ends_as_anywhere_else(error: BaseException, code: int, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        cli.failed(error)
    assert end.value.code == code and said in capsys.readouterr().err


ACCOUNT = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: robot}\n"
LOADED = """
import sys
before = set(sys.modules)
sys.argv = ["modelwright", "validate", sys.argv[1]]
import os
from modelwright.start import main
os._exit = sys.exit
try:
    main()
finally:
    print(*sorted(sys.modules.keys() - before))
"""


def test_a_plain_call_loads_little(tmp_path: Path) -> None:
    file = tmp_path / "account.yaml"
    file.write_text(ACCOUNT.replace("{name: robot}", "\n  name: robot"))
    done = subprocess.run([sys.executable, "-c", LOADED, str(file)], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("no problems\n") and done.stderr == "1 manifest judged\n"
    loaded = set(done.stdout.splitlines()[1].split())
    assert "modelwright.rules.engine" in loaded
    assert loaded.isdisjoint({"click", "typing", "dataclasses", "inspect", "yaml", "jsonschema", "jsonschema_rs", "hashlib"})


SERVICE = """\
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata:
  name: churn
spec:
  predictor:
    minReplicas: 1
    maxReplicas: 3
    scaleTarget: 5
    model:
      modelFormat:
        name: sklearn
      storageUri: s3://models/churn
      resources:
        requests:
          cpu: 500m
          memory: 8Gi
        limits:
          cpu: '1'
          memory: 8Gi
"""


def test_a_service_loads_little(tmp_path: Path) -> None:
    file = tmp_path / "service.yaml"
    file.write_text(SERVICE)
    done = subprocess.run([sys.executable, "-c", LOADED, str(file)], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("no problems\n") and done.stderr == "1 manifest judged\n"
    loaded = set(done.stdout.splitlines()[1].split())
    assert "modelwright.cel.closures" in loaded and "modelwright.targets.kserve.defaulting" in loaded
    assert loaded.isdisjoint({"click", "typing", "dataclasses", "decimal", "re2", "yaml", "hashlib"})
