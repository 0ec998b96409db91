"""`modelwright new`: what it writes can be compiled, or says the one thing that is missing."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner
from tests.scaffold import write

from modelwright.cli import cli


def test_a_new_pipeline_lacks_nothing_but_its_compiled_file(tmp_path: Path) -> None:
    write(tmp_path)
    made = CliRunner().invoke(cli, ["-C", str(tmp_path), "new", "pipeline", "p1"])
    assert (made.exit_code, made.output) == (0, "wrote blueprints/p1.yaml\n")
    done = CliRunner().invoke(cli, ["-C", str(tmp_path), "compile"])
    assert done.exit_code == 1
    assert "there is no file `p1-ir.yaml`" in done.output
    assert done.output.count("MW") == 1 and done.output.endswith("\n1 error\n")
