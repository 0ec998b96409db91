"""`modelwright compile` writes the same bytes whatever the place, the user's settings and the Python."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SETTINGS: dict[str, dict[str, str]] = {
    "another language, time zone and hash seed": {
        "LANG": "tr_TR.UTF-8", "LC_ALL": "C", "LANGUAGE": "tr", "TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "1",
    },
    "no UTF-8, optimised, another hash seed": {
        "LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONHASHSEED": "4294967295", "PYTHONOPTIMIZE": "2",
    },
    "no home": {"HOME": "/nonexistent", "XDG_CACHE_HOME": "", "TZ": ""},
}  # fmt: skip


def compiled(folder: Path, settings: dict[str, str], python: Sequence[str] = (sys.executable,)) -> dict[str, bytes]:
    """The overlays of the repository's example, compiled in a process of its own below `folder`."""
    folder.mkdir(parents=True)
    shutil.copy(ROOT / "modelwright.yaml", folder)
    shutil.copytree(ROOT / "blueprints", folder / "blueprints")
    inherited = {key: value for key, value in os.environ.items() if key in ("PATH", "HOME", "SYSTEMROOT")}
    own = {"XDG_CACHE_HOME": str(folder / ".cache")}
    command = [*python, "-m", "modelwright", "compile"]
    done = subprocess.run(
        command, cwd=folder, env={**inherited, **own, **settings}, capture_output=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout.decode(errors="replace") + done.stderr.decode(errors="replace")
    return tree(folder / "overlays")


def tree(top: Path) -> dict[str, bytes]:
    return {path.relative_to(top).as_posix(): path.read_bytes() for path in sorted(top.rglob("*")) if path.is_file()}


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS.keys())
def test_other_settings(settings: dict[str, str], tmp_path: Path) -> None:
    assert compiled(tmp_path / "work", settings) == tree(ROOT / "overlays")


@pytest.mark.skipif(os.name != "posix", reason="umask is of POSIX systems")
def test_another_folder_and_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        made = compiled(tmp_path / "a folder: été [x]" / "deep", {})
    finally:
        os.umask(before)
    assert made == tree(ROOT / "overlays")


@pytest.mark.parametrize("minor", ["3.11", "3.12", "3.13", "3.14"])
def test_another_python(minor: str, tmp_path: Path) -> None:
    if minor == f"{sys.version_info.major}.{sys.version_info.minor}":
        pytest.skip("this is the Python at work")
    python = ROOT / ".tools" / f"python{minor}" / "bin" / "python"
    if not python.with_name("modelwright").exists():   # written last
        pytest.skip(f"Python {minor} with what modelwright needs is not in .tools/: `make pythons`")
    assert compiled(tmp_path / "work", {}, (str(python),)) == tree(ROOT / "overlays")
