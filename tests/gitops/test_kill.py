"""Killed at any instant (kill -9): the repository is sound, the branch at an old or a new commit, and the next run succeeds."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

import pygit2
import pytest

from modelwright.gitops.address import address
from modelwright.gitops.local import LOCK, Local
from modelwright.gitops.order import Order
from modelwright.gitops.publish import publish
from tests.gitops.servers import GIT_ENVIRONMENT, Server, Web, git
from tests.gitops.world import FILES, MODEL, NOWHERE, bare, built, codes, publish_to, sound

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="a run is killed in a forked process")
KILLS = 100 if os.environ.get("MODELWRIGHT_STRESS") else 8


def files(number: int) -> dict[str, str]:
    many = {f"dev/fraud/model-{n}/patch.yaml": f"spec:\n  replicas: {number}{n}\n" for n in range(40)}
    return {**FILES, **many, MODEL: f"kind: InferenceService\nspec:\n  replicas: {number}\n"}


def run(url: str, cache: Path, number: int) -> list[str]:
    environ = {**GIT_ENVIRONMENT, "XDG_CACHE_HOME": str(cache)}
    _, problems = publish(built(files(number)), Order(address(url)), NOWHERE, environ)
    return codes(problems)


def killed(url: str, cache: Path, number: int, after: float) -> bool:
    """Start a run, and kill it after so many seconds; whether it was still at work."""
    child = os.fork()
    if child == 0:
        try:
            run(url, cache, number)
        finally:
            os._exit(0)
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


@pytest.mark.parametrize("over", ["path", "http"])
def test_killed_at_random_instants(tmp_path: Path, over: str, request: pytest.FixtureRequest) -> None:
    server: Server = Server("") if over == "path" else request.getfixturevalue("web")
    repository, cache = bare(tmp_path / "ops.git"), tmp_path / "cache"
    url = server.url(repository)
    begin = time.monotonic()
    assert run(url, cache, 0) == []
    whole = time.monotonic() - begin
    dice, hit = random.Random(over), 0
    for number in range(1, KILLS + 1):
        before = git(repository, "rev-parse", "main")
        hit += killed(url, cache, number, dice.uniform(0, whole))
        server.settle()
        sound(repository)
        after = git(repository, "rev-parse", "main")
        assert after == before or git(repository, "rev-parse", "main^") == before
        git(repository, "ls-tree", "-r", "-t", "main")
        assert run(url, cache, number) == []
        assert f"replicas: {number}" in git(repository, "show", f"main:overlays/{MODEL}")
        assert git(repository, "rev-list", "--count", f"{before}..main") == "1"
    assert hit, "no run was at work any more when it was killed"
    sound(repository)


def test_the_branch_lock_of_a_killed_run_is_cleared_up(tmp_path: Path) -> None:
    repository = bare(tmp_path / "ops.git")
    first, _ = publish_to(repository)
    for left in ("", "1" * 40 + "\n"):
        (repository / "refs" / "heads" / "main.lock").write_text(left)
        (repository / LOCK).write_text(f"refs/heads/main {'1' * 40}\n")
        done, problems = publish_to(repository, {**FILES, MODEL: f"kind: {left[:1] or 'x'}\n"})
        assert problems == () and done.commit and done.commit != first.commit
        assert not (repository / "refs" / "heads" / "main.lock").exists()
        assert (repository / LOCK).read_text() == ""


def test_what_a_killed_run_left_in_the_cache_is_no_hindrance(tmp_path: Path, web: Web) -> None:
    repository, cache = bare(tmp_path / "ops.git"), tmp_path / "cache"
    assert run(web.url(repository), cache, 1) == []
    (kept,) = (cache / "modelwright" / "publish").glob("*.git")
    assert kept.stat().st_mode & 0o777 == 0o700 and kept.parent.stat().st_mode & 0o777 == 0o700
    for name in ("shallow.lock", "FETCH_HEAD.lock", "HEAD.lock", "config.lock", "refs/modelwright/6d61696e.lock"):
        (kept / name).write_text("")
    assert run(web.url(repository), cache, 2) == []
    for breakage in ("HEAD", "config"):
        (kept / breakage).write_text("gibberish")
        assert run(web.url(repository), cache, 3 if breakage == "HEAD" else 4) == []
    for pack in (kept / "objects").rglob("*"):
        if pack.is_file():
            pack.chmod(0o600)
            pack.write_bytes(b"")
    assert run(web.url(repository), cache, 5) == []
    sound(repository)


def test_a_moved_branch_is_seen_at_the_last_moment(tmp_path: Path) -> None:
    from modelwright.gitops.troubles import Moved

    repository = bare(tmp_path / "ops.git")
    first, _ = publish_to(repository)
    store = Local(str(repository))
    seen = store.tip("main")
    second, _ = publish_to(repository, {**FILES, MODEL: "kind: Other\n"}, branch="side")
    git(repository, "update-ref", "refs/heads/main", second.commit)
    for then in (seen, None):
        with store.turn(), pytest.raises(Moved):
            store.move("main", then, pygit2.Oid(hex=first.commit))
    assert git(repository, "rev-parse", "main") == second.commit
