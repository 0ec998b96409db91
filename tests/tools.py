"""Finds the real tools that tests hold our own work against."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
KUSTOMIZE = ("5.8", "5.4")
"""The youngest and the oldest kustomize that Argo CD releases in use bundle."""
_FOLDERS = {"5.8": "kustomize-5.8.1", "5.4": "kustomize-5.4.3"}


def find_kustomize(version: str) -> Path | None:
    """The kustomize of a minor version: `KUSTOMIZE_5_8`, `.tools/`, or the one on PATH if it is of that version."""
    stated = os.environ.get("KUSTOMIZE_" + version.replace(".", "_"))
    if stated:
        return Path(stated)
    local = ROOT / ".tools" / _FOLDERS.get(version, f"kustomize-{version}") / "kustomize"
    if local.is_file():
        return local
    on_path = shutil.which("kustomize")
    if on_path and _version(on_path).startswith(f"v{version}."):
        return Path(on_path)
    return None


def kustomize(version: str) -> Path:
    """The real kustomize, or skip the test (fail it under CI)."""
    found = find_kustomize(version)
    if found is not None:
        return found
    reason = f"kustomize {version} not found: set KUSTOMIZE_{version.replace('.', '_')} or put it below .tools/"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def build(version: str, folder: Path) -> str:
    """What `kustomize build` prints for `folder`; an error text fails the test."""
    done = subprocess.run(
        [str(kustomize(version)), "build", str(folder)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def kfp() -> Path:
    """The Python of an environment with the real kfp, or skip the test (fail it under CI)."""
    stated = os.environ.get("KFP_PYTHON")
    found = Path(stated) if stated else ROOT / ".tools" / "kfp" / "bin" / "python"
    if found.is_file():
        return found
    reason = "kfp not found: set KFP_PYTHON or run .ci/tools"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def _version(executable: str) -> str:
    done = subprocess.run([executable, "version"], capture_output=True, text=True, timeout=30, check=False)
    return done.stdout.strip()
