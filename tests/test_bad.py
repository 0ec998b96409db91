"""Mistakes people make. Each file of `cases/bad/` is a blueprint with one mistake (and the
files it names), beside the report it must get."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from modelwright.cli import cli
from tests import scaffold

CASES = Path(__file__).parent / "cases" / "bad"
BLUEPRINTS = sorted(CASES.glob("*.yaml"))


def run(root: Path, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli, ["-C", str(root), *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def refused(root: Path) -> str:
    """Compile a workspace that must be refused: exit 1, no traceback, nothing written."""
    code, output = run(root, "compile")
    assert code == 1, output
    assert "Traceback" not in output
    assert not (root / "overlays").exists()
    return output


@pytest.mark.parametrize("case", BLUEPRINTS, ids=lambda p: p.stem)
def test_the_mistake_is_told_at_its_line(case: Path, tmp_path: Path, update_golden: bool) -> None:
    scaffold.write(tmp_path)
    for path, text in scaffold.parts(case.read_bytes().decode(), "blueprints/case.yaml").items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(text.encode())
    output = refused(tmp_path)
    golden = case.with_suffix(".out")
    if update_golden:
        golden.write_text(output)
    assert output == golden.read_text()
    assert output.startswith("blueprints/")


def test_there_are_many_cases() -> None:
    assert len(BLUEPRINTS) >= 40


def bad_bytes() -> dict[str, tuple[bytes, str]]:
    model = b"apiVersion: modelwright/v1\nkind: Model\nmetadata: {name: a}\nspec:\n  format: sklearn\n  source: gs://b/m\n"
    return {
        "binary": (b"\x00\x01\x7fELF\xff", "MW101"),
        "latin": (model + b"  runtime: caf\xe9\n", "MW101"),
        "brackets": (b"a: " + b"[" * 60_000, "MW104"),
        "braces": (b"{a: " * 60_000, "MW104"),
        "dashes": (b"- " * 60_000, "MW104"),
        "large": (b"# padding\n" * 1_100_000, "MW104"),
        "bomb": (bomb(), "MW104"),
    }


def bomb() -> bytes:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join(['*a' + str(n - 1)] * 10)}]" for n in range(1, 9)]
    return "\n".join(lines).encode()


@pytest.mark.parametrize("name", list(bad_bytes()))
def test_hostile_files_are_one_problem(name: str, tmp_path: Path) -> None:
    data, code = bad_bytes()[name]
    scaffold.write(tmp_path)
    (tmp_path / "blueprints" / "case.yaml").write_bytes(data)
    output = refused(tmp_path)
    assert output.count(" MW") == 1
    assert f" {code} " in output and output.startswith("blueprints/case.yaml:")


def test_links_are_not_followed(tmp_path: Path) -> None:
    scaffold.write(tmp_path / "work")
    (tmp_path / "secret.yaml").write_text("password: x\n")
    (tmp_path / "work" / "blueprints" / "case.yaml").symlink_to(tmp_path / "secret.yaml")
    output = refused(tmp_path / "work")
    assert "blueprints/case.yaml:1:1: MW109" in output and "password" not in output


def test_blueprint_folders_stay_inside(tmp_path: Path) -> None:
    scaffold.write(tmp_path)
    head = scaffold.HEAD.replace("spec: {", "spec: {blueprints: [../other], ")
    (tmp_path / "modelwright.yaml").write_text(head)
    assert "modelwright.yaml:4:21: MW109" in refused(tmp_path)


def test_a_file_name_with_a_line_break_cannot_forge_a_line(tmp_path: Path) -> None:
    scaffold.write(tmp_path)
    (tmp_path / "blueprints" / "a\nb.yaml").write_text("x")
    output = refused(tmp_path)
    assert "MW108" in output and "a\\nb.yaml" in output


def test_escape_sequences_are_shown_not_obeyed(tmp_path: Path) -> None:
    scaffold.write(tmp_path)
    text = 'apiVersion: modelwright/v1\nkind: Model\nmetadata: {name: "a\\e[31m"}\nspec: {format: x}\n'
    (tmp_path / "blueprints" / "case.yaml").write_text(text)
    output = refused(tmp_path)
    assert "\x1b" not in output and "\\x1b[31m" in output


def test_a_linked_overlays_folder_is_refused(tmp_path: Path) -> None:
    good(tmp_path / "work")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "work" / "overlays").symlink_to(tmp_path / "elsewhere")
    code, output = run(tmp_path / "work", "compile")
    assert code == 1 and "MW404" in output
    assert list((tmp_path / "elsewhere").iterdir()) == []


def good(root: Path) -> None:
    scaffold.write(root)
    text = "apiVersion: modelwright/v1\nkind: Model\nmetadata: {name: iris}\nspec:\n  format: sklearn\n  source: gs://b/m\n"
    (root / "blueprints" / "iris.yaml").write_text(text + "  environments: {dev: {replicas: 2}}\n")


def test_a_template_of_the_workspace_that_fails_is_named(tmp_path: Path) -> None:
    good(tmp_path)
    (tmp_path / "templates" / "kserve").mkdir(parents=True)
    (tmp_path / "templates" / "kserve" / "inferenceservice.yaml.j2").write_text("a: 1\nb: {{ spec.format | frobnicate }}\n")
    output = refused(tmp_path)
    assert output.startswith("templates/kserve/inferenceservice.yaml.j2:2:21: MW303")


def test_a_hand_edit_survives_and_is_named(tmp_path: Path) -> None:
    good(tmp_path)
    assert run(tmp_path, "compile")[0] == 0
    edited = tmp_path / "overlays" / "base" / "risk" / "iris" / "inferenceservice.yaml"
    edited.write_text(edited.read_text().replace("gs://b/m", "gs://b/mine"))
    kept = edited.read_text()
    code, output = run(tmp_path, "compile")
    assert code == 1 and "overlays/base/risk/iris/inferenceservice.yaml" in output and "MW401" in output
    assert edited.read_text() == kept
    assert run(tmp_path, "compile", "--force")[0] == 0
    assert run(tmp_path, "check")[0] == 0


def test_a_merge_conflict_in_overlays_is_mended(tmp_path: Path) -> None:
    good(tmp_path)
    assert run(tmp_path, "compile")[0] == 0
    file = tmp_path / "overlays" / "base" / "risk" / "iris" / "inferenceservice.yaml"
    text = file.read_text()
    file.write_text(f"<<<<<<< HEAD\n{text}=======\n{text}>>>>>>> other\n")
    assert run(tmp_path, "compile")[0] == 0
    assert file.read_text() == text


def test_a_second_compile_changes_nothing(tmp_path: Path) -> None:
    good(tmp_path)
    run(tmp_path, "compile")
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "overlays").rglob("*")}
    assert run(tmp_path, "compile")[0] == 0
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "overlays").rglob("*")} == before


@pytest.mark.parametrize(
    "arguments", [["frobnicate"], ["new", "model"], ["new", "modell", "x"], ["schema", "Modell"], ["explain", "MW999"]]
)
def test_misuse_exits_2(arguments: list[str], tmp_path: Path) -> None:
    good(tmp_path)
    assert run(tmp_path, *arguments)[0] == 2


def test_no_workspace_is_misuse(tmp_path: Path) -> None:
    assert run(tmp_path, "compile")[0] == 2


def test_a_credential_is_never_printed(tmp_path: Path) -> None:
    scaffold.write(tmp_path)
    text = (
        "apiVersion: modelwright/v1\nkind: Model\nmetadata: {name: iris}\nspec:\n  format: sklearn\n"
        "  env: {HF_TOKEN: hf_abcdef, AWS_ACCESS_KEY_ID: AKIA1234, COUNTRY: no}\n"
    )
    (tmp_path / "blueprints" / "case.yaml").write_text(text)
    for form in ("text", "json"):
        code, output = run(tmp_path, "check", "--format", form)
        assert code == 1 and "MW216" in output and "MW202" in output
        assert "hf_abcdef" not in output and "AKIA1234" not in output
