"""A wheel in an empty environment outside the repository does a first day's work."""

from __future__ import annotations

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_a_wheel_carries_everything_and_works(tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    source = tmp_path / "source"
    _export(source)
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(wheels), str(source)],
        check=True,
        timeout=120,
    )
    wheel = next(wheels.glob("*.whl"))
    names = zipfile.ZipFile(wheel).namelist()
    for needed in ("py.typed", "language/model.yaml", "targets/kserve/templates/inferenceservice.yaml.j2"):
        assert f"modelwright/{needed}" in names
    assert "modelwright/schemas/index.json" in names
    # The libraries are taken from this environment; the project itself only from the wheel.
    venv.create(tmp_path / "env", with_pip=True, system_site_packages=False)
    python = tmp_path / "env" / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "-q", "--no-deps", str(wheel)], check=True, timeout=120)
    site = next((tmp_path / "env" / "lib").glob("python*/site-packages"))
    libraries = next(p for p in sys.path if p.endswith("site-packages"))
    (site / "libraries.pth").write_text(libraries + "\n")
    work = tmp_path / "work"
    work.mkdir()
    for command in (["init", "--name", "demo"], ["new", "model", "iris"], ["compile"], ["check"]):
        done = subprocess.run(
            [tmp_path / "env" / "bin" / "modelwright", *command], cwd=work, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, (command, done.stdout, done.stderr)
    assert (work / "overlays" / "dev" / "demo" / "iris" / "kustomization.yaml").is_file()


def _export(folder: Path) -> None:
    """The files a clone would have, without build leftovers."""
    import shutil

    skip = shutil.ignore_patterns("__pycache__", "*.egg-info", "build")
    folder.mkdir()
    for name in ("generator", "schemas"):
        shutil.copytree(ROOT / name, folder / name, ignore=skip)
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder / name)
