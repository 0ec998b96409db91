"""`modelwright compile`, killed at every call that changes the disk: what is left is whole, and the next run mends it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests import scaffold
from tests.tools import kustomize
from tests.write.test_kill import CALLS, finished, tree

from modelwright.cli import cli

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="a run is killed in a forked process")

MODEL = """\
apiVersion: modelwright/v1
kind: Model
metadata: {name: iris}
spec:
  format: sklearn
  source: gs://b/m
  env: {A: a, B: b}
  environments: {dev: {replicas: 2}}
"""
OLD = {"iris": MODEL, "gone": MODEL.replace("iris", "gone")}
NEW = {
    "iris": MODEL.replace("A: a", "A: c").replace("dev: {replicas: 2}", "dev: {env: {B: null}}"),
    "new": MODEL.replace("iris", "new"),
}


def put(root: Path, blueprints: dict[str, str]) -> None:
    shutil.rmtree(root / "blueprints", ignore_errors=True)
    scaffold.write(root)
    for name, text in blueprints.items():
        (root / "blueprints" / f"{name}.yaml").write_text(text)


def compile_in_child(root: Path, killed_at: int = 0) -> int:
    """Exit code of `modelwright compile`; minus nine where the kernel killed it at its nth change to the disk."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = 3
    try:
        sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115 - this process ends with it
        _arm(killed_at)
        cli(["-C", str(root), "compile", "--jobs", "1"], standalone_mode=False)
        code = 0
    except SystemExit as end:
        code = int(end.code or 0)
    finally:
        os._exit(code)


def _arm(killed_at: int) -> None:
    left = killed_at

    def fatal(name: str) -> Any:
        real = getattr(os, name)

        def call(*args: Any, **named: Any) -> Any:
            nonlocal left
            left -= 1
            if left == 0:
                if name == "write":
                    real(args[0], bytes(args[1])[: len(args[1]) // 2])
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*args, **named)

        return call

    for name in CALLS:
        setattr(os, name, fatal(name))


def builds(root: Path) -> bool:
    """Whether real kustomize builds all that is in place."""
    top = root / "overlays"
    found = sorted(p.parent for p in top.glob("[!.]*/*/kustomization.yaml"))
    found += sorted(p.parent for p in top.glob("[!.]*/*/*/kustomization.yaml") if not (p.parents[1] / p.name).exists())
    run = root / "all"
    run.mkdir()
    (run / "kustomization.yaml").write_text("resources:\n" + "".join(f"- {os.path.relpath(p, run)}\n" for p in found))
    if not found:
        return True
    command = [str(kustomize("5.8")), "build", str(run)]
    return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0


@pytest.mark.parametrize(("before", "after"), [({}, {"iris": MODEL}), (OLD, NEW)], ids=["first compile", "change"])
def test_killed_at_every_change(before: dict[str, str], after: dict[str, str], tmp_path: Path) -> None:
    assert scaffold.compiled(MODEL).sound   # every child then starts with schemas and templates at hand
    start, goal = tmp_path / "start", tmp_path / "goal"
    put(start, before)
    assert not before or compile_in_child(start) == 0
    put(start, after)
    shutil.copytree(start, goal)
    assert compile_in_child(goal) == 0
    old, new = tree(start), tree(goal)
    nth = 0
    while True:
        nth += 1
        root = tmp_path / str(nth)
        shutil.copytree(start, root)
        if compile_in_child(root, nth) != -signal.SIGKILL:
            assert tree(root) == new
            break
        now = finished(tree(root))
        for path, text in now.items():
            assert text in [side[path] for side in (old, new) if path in side], f"{path} torn by kill {nth}"
        if not before:
            assert builds(root), f"kill {nth}"
        assert compile_in_child(root) == 0
        assert tree(root) == new, f"kill {nth}"
        shutil.rmtree(root)
    assert nth > 15
