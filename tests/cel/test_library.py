"""Functions are found by the files that declare them, which are read only when one is asked for."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path

from modelwright.cel import library


def test_each_file_declares_what_its_row_says() -> None:
    files = {path.stem for path in Path(library.__file__).parent.glob("*.py")} - {"__init__"}
    for file in files:
        import_module(f"modelwright.cel.library.{file}")
    assert {file: set(names) for file, names in library._table.items()} == {
        file: set(names.split()) for file, names in library._FILES.items()
    }


def test_an_expression_reads_the_files_it_needs() -> None:
    code = (
        "import sys; from modelwright.cel import compile_cel;"
        "print(compile_cel('\"a\".size() == 1').evaluate({}),"
        "sorted(m.rpartition('.')[2] for m in sys.modules if m.startswith('modelwright.cel.library.')))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown == "True ['regex', 'standard']\n"
