"""What the README shows is what one gets."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from click.testing import CliRunner

from modelwright.cli import COMMANDS, cli

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def test_the_report_shown_is_the_report_given(tmp_path: Path) -> None:
    shutil.copy(ROOT / "modelwright.yaml", tmp_path)
    shutil.copytree(ROOT / "blueprints", tmp_path / "blueprints")
    churn = tmp_path / "blueprints" / "risk" / "churn.yaml"
    churn.write_text(churn.read_text().replace("format: sklearn", "format: sklaern"))
    output = CliRunner().invoke(cli, ["-C", str(tmp_path), "check"]).output
    shown = re.search(r"```\n(blueprints/risk/churn.yaml:.*?)```", README, re.DOTALL)
    assert shown is not None
    for line in shown[1].strip().splitlines():
        assert line.split("] ")[-1].strip() in output or re.sub(r"^\s+", "", line) in output


def test_every_command_shown_exists_and_every_command_is_shown() -> None:
    shown = set(re.findall(r"^modelwright ([a-z]+)", README, re.MULTILINE))
    assert shown == set(COMMANDS)


def test_every_command_has_a_help_page_with_examples() -> None:
    for name in COMMANDS:
        result = CliRunner().invoke(cli, [name, "--help"])
        assert result.exit_code == 0
        assert len(result.output.splitlines()) > 8, name


def test_the_make_targets_shown_exist() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"^make ([a-z]+)", README, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)
