"""`validate` looks into PipelineVersions, and knows compiled pipelines when it sees them."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from modelwright.cli import cli
from modelwright.yamlio import emit, read

SOUND = (Path(__file__).parent / "ir" / "train.yaml").read_text()
HEAD = "apiVersion: pipelines.kubeflow.org/v2beta1\nkind: PipelineVersion\nmetadata: {name: train-1}\nspec:\n  pipelineName: train\n"


def manifest(text: str) -> str:
    """A PipelineVersion around the two documents of a compiled pipeline."""
    spec, platform = read(text, "train.yaml", python=True)[0]
    inner = "".join(f"  {word}:\n" + "".join(f"    {line}\n" for line in emit(part).splitlines()) for word, part in (("pipelineSpec", spec), ("platformSpec", platform)))
    return HEAD + inner


def validate(text: str, *options: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli, ["validate", *options, "-"], input=text)
    return result.exit_code, result.output


def test_a_sound_version_passes() -> None:
    for release in ("2.16", "2.17"):
        code, output = validate(manifest(SOUND), "--kubeflow-pipelines", release)
        assert code == 0, output


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("producerTask: read", "producerTask: load", "MW720", "producerTask: load"),
        ("image: registry.example.com/read:1.0", "imagee: registry.example.com/read:1.0", "MW716", "imagee: registry.example.com/read:1.0"),
        ("secretAsEnv", "secretsAsEnv", "MW717", "secretsAsEnv:"),
        ("name: train\n", "name: Train\n", "MW715", "name: Train"),
    ],
)
def test_what_is_wrong_inside_is_told_at_its_line(old: str, new: str, code: str, line: str) -> None:
    text = manifest(SOUND.replace(old, new, 1))
    number = [each.strip() for each in text.splitlines()].index(line) + 1
    status, output = validate(text)
    assert status == 1 and output.startswith(f"<stdin>:{number}:") and f" {code} " in output and "\n1 error\n" in output


def test_an_unquoted_y_is_true_to_a_cluster() -> None:
    text = manifest(SOUND).replace("componentInputParameter: threshold", "componentInputParameter: y")
    code, output = validate(text)
    assert code == 1 and "componentInputParameter` must be text, but is `true`" in output


def test_fields_of_a_later_release_are_told() -> None:
    text = manifest(SOUND).replace("  pipelineName: train\n", "  pipelineName: train\n  versionName: v1\n")
    assert validate(text, "--kubeflow-pipelines", "2.17")[0] == 0
    code, output = validate(text, "--kubeflow-pipelines", "2.16")
    assert code == 1 and output.splitlines()[0].startswith("<stdin>:6:3: MW501 ")
    assert "hint: it needs Kubeflow Pipelines 2.17; this cluster runs 2.16\n" in output


def test_a_compiled_pipeline_is_judged_as_one() -> None:
    assert validate(SOUND) == (0, "no problems\n0 manifests, 1 compiled pipeline judged\n")
    code, output = validate(SOUND.replace("executorLabel: exec-read", "executorLabel: exec-reed"))
    assert code == 1
    assert output == (
        "<stdin>:97:20: MW719 component `comp-read` names executor `exec-reed`, which is not there\n"
        " 97 |     executorLabel: exec-reed\n"
        "    |                    ^^^^^^^^^\n"
        "  = the cluster accepts it, and it never becomes ready\n"
        "  = hint: did you mean `exec-read`?\n\n1 error\n"
    )


@pytest.mark.parametrize("given", ["hello", "[a]", "3"])
def test_what_is_no_map_is_no_pipeline(given: str) -> None:
    code, output = validate(HEAD + f"  pipelineSpec: {given}\n")
    assert code == 1 and output.startswith("<stdin>:6:") and "MW710 this is not a compiled pipeline" in output
    assert "\n1 error\n" in output


@pytest.mark.parametrize("given", ["hello", "[a]", "3"])
def test_what_is_no_map_is_no_platform(given: str) -> None:
    text = manifest(SOUND).partition("  platformSpec:")[0] + f"  platformSpec: {given}\n"
    code, output = validate(text)
    assert code == 1 and "MW713 the platform document must be a map" in output and "\n1 error\n" in output


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("components:", "component:"), ("deploymentSpec:", "deploymentspec:"), ("  executors:", "  executor:"), ("root:", "rooot:"), ("schemaVersion:", "schemaversion:"), ("pipelineInfo:", "pipelineinfo:")],
)
def test_one_misspelt_key_is_one_problem(right: str, wrong: str) -> None:
    code, output = validate(SOUND.replace(f"\n{right}", f"\n{wrong}", 1))
    assert code == 1 and f"did you mean `{right.strip(' :')}`?" in output and "\n1 error\n" in output


def test_a_further_key_hides_nothing() -> None:
    code, output = validate(SOUND.replace("executorLabel: exec-read", "executorLabel: exec-reed").replace("\nroot:", "\nextra: 1\nroot:"))
    assert code == 1 and "MW712" in output and "MW719" in output and output.endswith("\n2 errors\n")


def test_a_release_that_is_older_than_all_known_ones_is_told() -> None:
    output = validate(manifest(SOUND), "--kubeflow-pipelines", "2.13")[1]
    assert "Kubeflow Pipelines 2.14 is the oldest release known: 2.13 is judged as that\n" in output
    assert "oldest" not in validate(manifest(SOUND), "--kubeflow-pipelines", "2.14")[1]
