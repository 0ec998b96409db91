"""What docs/validate.md shows is what one gets, and every call in it is one."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from modelwright.cli import cli
from modelwright.commands.common import FORMATS

PAGE = (Path(__file__).parent.parent / "docs" / "validate.md").read_text()
MANIFESTS = re.findall(r"```yaml\n(apiVersion.*?)```", PAGE, re.DOTALL)[0]
SHOWN = re.findall(r"```\n\$ modelwright validate k8s\n(.*?)```", PAGE, re.DOTALL)[0]
CALLS = [call.strip() for call in re.findall(r"run: modelwright (.*)|- modelwright (.*)", PAGE) for call in call if call]


@pytest.fixture(autouse=True)
def _example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "k8s").mkdir()
    (tmp_path / "k8s" / "web.yaml").write_text(MANIFESTS)


def test_the_report_shown_is_the_report_given() -> None:
    done = CliRunner().invoke(cli, ["validate", "k8s"])
    assert (done.exit_code, done.stdout) == (1, SHOWN)


def test_the_references_shown_are_those_told(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    for name, text in re.findall(r"```yaml\n# app/(\S+)\n(.*?)```", PAGE, re.DOTALL):
        (tmp_path / "app" / name).write_text(text)
    shown = re.findall(r"```\n\$ modelwright validate --references app\n(.*?)```", PAGE, re.DOTALL)[0]
    done = CliRunner().invoke(cli, ["validate", "--references", "app"])
    assert (done.exit_code, done.stdout) == (1, shown)


@pytest.mark.parametrize("call", CALLS)
def test_every_call_gives_a_report(call: str) -> None:
    words = shlex.split(re.sub(r">+ .*", "", call))
    done = CliRunner().invoke(cli, words)
    assert done.exit_code == 1 and "MW501" in done.stdout


def test_every_format_and_option_is_told() -> None:
    assert len(CALLS) == 4
    assert set(re.findall(r"^\| `([a-z]+)` \|", PAGE, re.MULTILINE)) == set(FORMATS)
    help_page = CliRunner().invoke(cli, ["validate", "--help"]).output
    for option in re.findall(r"`(--[a-z-]+)", PAGE):
        assert option in help_page, option
