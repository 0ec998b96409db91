"""Many publishers at once, to one branch of one repository, together with somebody who pushes by hand."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.gitops.servers import GIT_ENVIRONMENT, Server, clean, git
from tests.gitops.world import MODEL, bare, clone, files_in, sound

ROOT = Path(__file__).parent.parent.parent
STRESS = bool(os.environ.get("MODELWRIGHT_STRESS"))
PUBLISHERS, COMMITS = (12, 25) if STRESS else (4, 3)

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="publishers are forked")


def test_all_land_none_is_lost_and_history_is_one_line(server: Server, tmp_path: Path) -> None:
    repository = bare(tmp_path / "ops.git")
    environment = clean(**GIT_ENVIRONMENT, PYTHONPATH=os.pathsep.join([str(ROOT / "generator"), str(ROOT)]))
    command = [sys.executable, "-m", "tests.gitops.publisher"]
    command += [server.url(repository), str(PUBLISHERS), str(COMMITS), str(tmp_path / "caches")]
    begin = time.monotonic()
    running = subprocess.Popen(
        command, env=environment | dict(server.environment), text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    by_hand = pushes_by_hand(repository, tmp_path)
    out, err = running.communicate(timeout=1800)
    assert running.returncode == 0, out + err
    seconds = time.monotonic() - begin
    landed: dict[str, list[str]] = {}
    tries = []
    for line in out.splitlines():
        name, _, commit, count = line.split()
        landed.setdefault(name, []).append(commit)
        tries.append(int(count))
    history = {commit: n for n, commit in enumerate(git(repository, "rev-list", "--reverse", "main").splitlines())}
    assert git(repository, "rev-list", "--merges", "main") == ""
    assert len(history) == PUBLISHERS * COMMITS + by_hand and len(landed) == PUBLISHERS
    for name, commits in landed.items():
        places = [history[commit] for commit in commits]
        assert len(places) == COMMITS and places == sorted(places)
        assert f"replicas: {COMMITS}" in files_in(repository, below=f"{name}/")[MODEL]
    sound(repository)
    if STRESS:
        mean = sum(tries) / len(tries)
        print(f"\n{server.base or 'path'}: {len(history)} commits in {seconds:.0f} s, tries {mean:.1f} on average, {max(tries)} at most")


def pushes_by_hand(repository: Path, folder: Path) -> int:
    """A few ordinary pushes in between; one that comes second pulls and tries again. Returns how many landed."""
    while not git(repository, "branch", "--list", "main"):
        time.sleep(0.05)
    work = clone(repository, folder / "work")
    landed = 0
    for number in range(COMMITS // 3):
        (work / "NOTES").write_text(f"{number}\n")
        git(work, "add", "NOTES")
        git(work, "commit", "-q", "-m", f"note {number}")
        for _ in range(50):
            git(work, "push", "-q", check=False)
            git(work, "fetch", "-q")
            if git(work, "rev-list", "--count", "HEAD", "^origin/main") == "0":
                landed += 1
                break
            git(work, "rebase", "-q", "origin/main")
    return landed
