"""Publish a workspace of which five components changed, against `git add --all && git commit` in a checkout.

    python benchmarks/publish.py --models 10000

prints seconds of the publish itself (the tree is compiled beforehand), on the clock and of CPU, and git's ratio to the
latter, measured in one run on one machine. The repository is a bare one on this machine; its objects are loose, as after many publishes.
"""

from __future__ import annotations

import argparse
import gc
import os
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from workspace import write

from modelwright.gitops.address import address
from modelwright.gitops.order import Order
from modelwright.gitops.publish import publish
from modelwright.gitops.wanted import wanted
from modelwright.load.files import gather
from modelwright.model import Tree
from modelwright.pipeline import Build, build

CHANGED = 5
IDENTITY = {f"GIT_{role}_{what}": "bench" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds on the clock, and of CPU (this process and its children)."""
    start, before = time.perf_counter(), _cpu()
    work()
    return time.perf_counter() - start, _cpu() - before


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=folder, check=True, capture_output=True, text=True, env={**os.environ, **IDENTITY}
    )
    return done.stdout


def compiled(root: Path, models: int) -> Build:
    write(root, models)
    sources, _ = gather(str(root))
    return build(sources, whole=False)


def with_changes(made: Build) -> Build:
    """As if five blueprints asked for more replicas."""
    files = dict(made.tree.files)
    for number in range(CHANGED):
        path = f"base/risk/model-{number}/inferenceservice.yaml"
        files[path] = files[path].replace("minReplicas: 2", "minReplicas: 3")
    return replace(made, tree=Tree(files, {}, made.tree.owners))


def written(folder: Path, made: Build) -> None:
    goal = wanted(made.tree.files, made.tree.owners, made.workspace.name)
    for path in goal.bodies:
        target = folder / "overlays" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(goal.text(path))


def main() -> None:
    gc.disable()  # as the command line does
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=10_000)
    models = parser.parse_args().models
    with tempfile.TemporaryDirectory() as scratch:
        top = Path(scratch)
        git(top, "init", "-q", "--bare", "-b", "main", "ops.git")
        made = compiled(top / "workspace", models)
        order = Order(address(str(top / "ops.git")))
        environ: Mapping[str, str] = IDENTITY

        def run(what: Build) -> None:
            done, problems = publish(what, order, str(top / "workspace"), environ)
            assert not problems and len(done) == 1

        first = timed(lambda: run(made))
        nothing = timed(lambda: run(made))
        few = timed(lambda: run(with_changes(made)))
        shown = git(top / "ops.git", "show", "--name-only", "--format=", "main").split()
        assert len(shown) == CHANGED, shown
        work = top / "work"
        git(top, "init", "-q", "work")
        written(work, made)
        by_git_first = timed(lambda: (git(work, "add", "--all"), git(work, "commit", "-q", "-m", "first")))
        written(work, with_changes(made))
        by_git = timed(lambda: (git(work, "add", "--all"), git(work, "commit", "-q", "-m", "few")))
        print(f"{models} models, {len(made.tree.files)} files")
        for name, ours, theirs in (
            ("first publish", first, by_git_first),
            ("nothing changed", nothing, None),
            (f"{CHANGED} models changed", few, by_git),
        ):
            peer = f"   git {theirs[1] / ours[1]:5.1f} times that, files written beforehand" if theirs else ""
            print(f"{name:18} {ours[0]:7.2f} s, CPU {ours[1]:6.2f} s{peer}")


if __name__ == "__main__":
    main()
