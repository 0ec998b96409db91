"""Killed at any instant: every file is whole, nothing points nowhere, and the next run mends the rest."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from modelwright.write import apply, plan
from modelwright.write.disk import is_temporary

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="a run is killed in a forked process")

Files = dict[str, str]
CALLS = ("replace", "write", "unlink", "mkdir", "rmdir")


def component(name: str, *resources: str, environments: tuple[str, ...] = ("dev", "prod")) -> Files:
    files = {f"base/p/{name}/{r}.yaml": f"kind: {r}\nname: {name}\n" for r in resources}
    files[f"base/p/{name}/kustomization.yaml"] = listing(*(f"{r}.yaml" for r in resources))
    for environment in environments:
        files[f"{environment}/p/{name}/kustomization.yaml"] = listing(f"../../../base/p/{name}")
    return files


def listing(*names: str) -> str:
    return "resources:\n" + "".join(f"- {n}\n" for n in names)


OLD: Files = {
    **component("a", "service", "route"),
    **component("b", "service"),
    "dev/p/kustomization.yaml": listing("a", "b"),
    "prod/p/kustomization.yaml": listing("a", "b"),
}
NEW: Files = {
    **component("a", "service", "account", environments=("dev",)),
    **component("c", "service", "route", environments=("dev", "stage")),
    "base/p/a/service.yaml": "kind: service\nname: changed\n" * 500,
    "dev/p/kustomization.yaml": listing("a", "c"),
    "stage/p/kustomization.yaml": listing("c"),
}


def run(root: Path, files: Files) -> None:
    step = plan(root, files, dict.fromkeys(files, "Model/x"), "w", allow_empty=True)
    assert not step.problems
    assert not apply(step, root).problems


def run_killed(root: Path, files: Files, nth: int) -> bool:
    """Whether the run was killed at its `nth` call that touches the disk; a killed write is cut in half."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    try:
        step = plan(root, files, dict.fromkeys(files, "Model/x"), "w", allow_empty=True)
        left = nth

        def fatal(name: str) -> Any:
            real = getattr(os, name)

            def call(*args: Any, **named: Any) -> Any:
                nonlocal left
                left -= 1
                if left == 0:
                    if name == "write":
                        real(args[0], bytes(args[1])[: len(args[1]) // 2])
                    os._exit(9)
                return real(*args, **named)

            return call

        for name in CALLS:
            setattr(os, name, fatal(name))
        apply(step, root)
    finally:
        os._exit(0)


def tree(root: Path) -> dict[str, str | None]:
    top = root / "overlays"
    return {p.relative_to(top).as_posix(): p.read_text() if p.is_file() else None for p in sorted(top.rglob("*"))}


def finished(files: dict[str, str | None]) -> dict[str, str | None]:
    """What is in place: all but what a killed run had not finished, which lies in files and folders of its own."""
    return {path: text for path, text in files.items() if not any(map(is_temporary, path.split("/")))}


def dangling(files: dict[str, str | None]) -> list[tuple[str, str]]:
    found = []
    for path, text in files.items():
        if not path.endswith("kustomization.yaml") or text is None:
            continue
        for line in text.splitlines()[2:]:
            target = os.path.normpath(os.path.join(os.path.dirname(path), line.removeprefix("- ")))
            if (target if target.endswith(".yaml") else f"{target}/kustomization.yaml") not in files:
                found.append((path, target))
    return found


@pytest.mark.parametrize(
    ("before", "after"),
    [({}, OLD), (OLD, NEW), (NEW, OLD), (OLD, {})],
    ids=["first compile", "change", "change back", "all goes"],
)
def test_killed_at_every_call(tmp_path: Path, before: Files, after: Files) -> None:
    start, goal = tmp_path / "start", tmp_path / "goal"
    start.mkdir()
    run(start, before)
    shutil.copytree(start, goal)
    run(goal, after)
    old, new = tree(start) if before else {}, tree(goal)
    nth = 0
    while True:
        nth += 1
        root = tmp_path / str(nth)
        shutil.copytree(start, root)
        killed = run_killed(root, after, nth)
        if not killed:
            assert tree(root) == new
            break
        now = finished(tree(root))
        for path, text in now.items():
            assert text in [side[path] for side in (old, new) if path in side], f"{path} torn by kill {nth}"
        assert dangling(now) == [], f"kill {nth}"
        run(root, after)
        assert tree(root) == new, f"kill {nth}"
        shutil.rmtree(root)
    assert nth > 20
