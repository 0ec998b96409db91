"""A wheel in an empty environment outside the repository does a first day's work."""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
import zipfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DATA = (".json", ".yaml", ".j2", ".md", ".typed")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    _export(folder / "source")
    isolation = ["--no-build-isolation"] if _setuptools_will_do() else []
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "-q",
            "--no-deps",
            *isolation,
            "-w",
            str(folder),
            str(folder / "source"),
        ],
        check=True,
        timeout=120,
    )
    return next(folder.glob("*.whl"))


@pytest.mark.parametrize(
    "folder", ["generator", "blueprints", "overlays", "schemas", "tests", "benchmarks", "docs"]
)
def test_the_house_has_its_rooms(folder: str) -> None:
    assert (ROOT / folder).is_dir()


def test_a_wheel_carries_all_code_and_data_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    code = {
        f.relative_to(ROOT / "generator").as_posix()
        for f in (ROOT / "generator" / "modelwright").rglob("*")
        if f.suffix in (".py", *DATA)
    }
    catalog = {
        f"modelwright/schemas/{f.relative_to(ROOT / 'schemas').as_posix()}"
        for f in (ROOT / "schemas").rglob("*")
        if f.suffix in (".py", ".json", ".yaml")
    }
    assert packed == code | catalog
    assert "modelwright/py.typed" in packed
    assert "modelwright/schemas/index.json" in packed
    assert "modelwright/language/model.yaml" in packed
    assert {"modelwright/rules/packed.json", "modelwright/targets/modelmesh/rules/models.yaml"} <= packed
    assert "modelwright/targets/kserve/templates/inferenceservice.yaml.j2" in packed


def test_a_wheel_works_far_from_the_repository(wheel: Path, tmp_path: Path) -> None:
    # The libraries are taken from this environment; the project itself only from the wheel.
    venv.create(tmp_path / "env", with_pip=False, system_site_packages=False)
    python = tmp_path / "env" / "bin" / "python"
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", str(python), "install", "-q", "--no-deps", str(wheel)],
        check=True,
        timeout=120,
    )
    site = next((tmp_path / "env" / "lib").glob("python*/site-packages"))
    libraries = tmp_path / "libraries"
    libraries.mkdir()
    for entry in Path(next(p for p in sys.path if p.endswith("site-packages"))).iterdir():
        # Left out, or an editable install of the project would hide what the wheel lacks.
        if "modelwright" not in entry.name:
            (libraries / entry.name).symlink_to(entry)
    (site / "libraries.pth").write_text(f"{libraries}\n")
    work = tmp_path / "work"
    work.mkdir()
    for command in (["init", "--name", "demo"], ["new", "model", "iris"], ["compile"], ["check"]):
        done = subprocess.run(
            [tmp_path / "env" / "bin" / "modelwright", *command],
            cwd=work,
            env={"PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, (command, done.stdout, done.stderr)
    assert (work / "overlays" / "dev" / "demo" / "iris" / "kustomization.yaml").is_file()


def _setuptools_will_do() -> bool:
    """Whether the setuptools at hand reads our pyproject.toml (as `build-system.requires` says)."""
    try:
        return int(version("setuptools").split(".")[0]) >= 77
    except PackageNotFoundError:
        return False


def _export(folder: Path) -> None:
    """The files a clone would have, without build leftovers."""
    skip = shutil.ignore_patterns("__pycache__", "*.egg-info", "build")
    folder.mkdir()
    for name in ("generator", "schemas"):
        shutil.copytree(ROOT / name, folder / name, ignore=skip)
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder / name)
