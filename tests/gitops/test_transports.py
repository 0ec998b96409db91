"""Over ssh and http: what servers say, what they are shown, and what they never get."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from modelwright.gitops.address import address
from modelwright.gitops.order import Order
from modelwright.gitops.publish import Published, publish
from modelwright.problems import Problem
from tests.gitops.servers import GIT_ENVIRONMENT, Server, Web, clean, git, http_server
from tests.gitops.world import FILES, MODEL, NOWHERE, bare, built, clone, codes, files_in, pushed, sound

ROOT = Path(__file__).parent.parent.parent
CHANGED = {**FILES, MODEL: "kind: InferenceService\nspec:\n  replicas: 3\n"}
SCRIPT = """\
import json, os, sys
from dataclasses import asdict
from modelwright.gitops.address import address
from modelwright.gitops.order import Order
from modelwright.gitops.publish import publish
from tests.gitops.world import NOWHERE, built
for url, files in json.load(sys.stdin):
    done, problems = publish(built(files), Order(address(url), branch="main"), NOWHERE, os.environ)
    print(json.dumps([done[0].commit if done else "", [(p.code, p.message, p.hint) for p in problems]]))
"""
"""In a process of its own, for libgit2 reads HOME once."""

Said = list[tuple[str, list[list[str]]]]


def over_ssh(server: Server, *steps: tuple[Path | str, dict[str, str]], cache: Path, **environment: str) -> Said:
    """Commit and problems of each step."""
    orders = [(server.url(to) if isinstance(to, Path) else to, files) for to, files in steps]
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        input=json.dumps(orders),
        capture_output=True,
        text=True,
        env=clean(**GIT_ENVIRONMENT, XDG_CACHE_HOME=str(cache), PYTHONPATH=os.pathsep.join([str(ROOT / "generator"), str(ROOT)]))
        | dict(server.environment)
        | environment,
        check=False,
    )
    assert done.returncode == 0 and done.stderr == "", done.stderr
    return [tuple(json.loads(line)) for line in done.stdout.splitlines()]


def over_http(url: str, cache: Path, files: dict[str, str] = FILES, **environment: str) -> tuple[Published, tuple[Problem, ...]]:
    environ = {**GIT_ENVIRONMENT, "XDG_CACHE_HOME": str(cache), "PATH": os.environ["PATH"], "HOME": str(cache), **environment}
    bound = environ.pop("BOUND", "")
    order = Order(address(url), branch="main")
    done, problems = publish(built(files), order, NOWHERE, environ, address(bound) if bound else None)
    return (done[0] if done else Published("")), problems


def refusing(repository: Path, words: str = "not on fridays") -> None:
    hook = repository / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\nprintf '{words}\\n' >&2\nexit 1\n")
    hook.chmod(0o755)


class TestHttp:
    @pytest.fixture
    def repository(self, tmp_path: Path) -> Path:
        return bare(tmp_path / "ops.git")

    @pytest.fixture
    def cache(self, tmp_path: Path) -> Path:
        return tmp_path / "cache"

    def test_published_changed_and_published_on_top_of_others(self, web: Web, repository: Path, cache: Path, tmp_path: Path) -> None:
        url = web.url(repository)
        first, problems = over_http(url, cache)
        assert problems == () and first.created
        again, problems = over_http(url, cache)
        assert problems == () and again.decision.empty and not again.created
        work = clone(repository, tmp_path / "work")
        (work / "README").write_text("x")
        pushed(work)
        done, problems = over_http(url, cache, CHANGED)
        assert problems == () and done.decision.updates == (MODEL,)
        assert git(repository, "log", "--format=%s", "main").splitlines() == ["Publish mlops", "by hand", "Publish mlops"]
        shutil.rmtree(cache)
        done, problems = over_http(url, cache)
        assert problems == () and done.decision.updates == (MODEL,)
        (kept,) = (cache / "modelwright" / "publish").glob("*.git")
        assert git(kept, "rev-list", "--count", done.commit) == "2", "only the tip is fetched"
        sound(repository)

    def test_a_branch_set_back_while_nobody_looked(self, web: Web, repository: Path, cache: Path) -> None:
        url = web.url(repository)
        first, _ = over_http(url, cache)
        over_http(url, cache, CHANGED)
        git(repository, "update-ref", "refs/heads/main", first.commit)
        done, problems = over_http(url, cache, {**FILES, "prod/kustomization.yaml": "resources: []\n"})
        assert problems == () and git(repository, "rev-parse", "main^") == first.commit
        assert "replicas: 1" in files_in(repository)[MODEL]
        git(repository, "update-ref", "-d", "refs/heads/main")
        git(repository, "gc", "-q", "--prune=now")
        done, problems = over_http(url, cache)
        assert problems == () and done.created
        sound(repository)

    def test_the_words_of_a_hook(self, web: Web, repository: Path, cache: Path) -> None:
        over_http(web.url(repository), cache)
        before = git(repository, "rev-parse", "main")
        refusing(repository, "not \\033[31m on\\r fridays\\n::error::x")
        done, problems = over_http(web.url(repository), cache, CHANGED)
        assert codes(problems) == ["MW434"] and not done.commit
        assert problems[0].message == (
            "the repository refuses the commit on branch `main`: pre-receive hook declined; it says: "
            "not \x1b[31m on | fridays | ::error::x"
        )
        assert git(repository, "rev-parse", "main") == before

    def test_words_that_are_not_utf_8_or_without_end(self, web: Web, repository: Path, cache: Path) -> None:
        refusing(repository, "caf\\351")
        assert codes(over_http(web.url(repository), cache)[1])[0] in ("MW430", "MW434")
        (repository / "hooks" / "pre-receive").write_text("#!/bin/sh\nyes no | head -c 100000 >&2\nexit 1\n")
        _, problems = over_http(web.url(repository), cache)
        assert codes(problems) == ["MW434"] and len(problems[0].message) < 2500
        assert git(repository, "branch") == ""

    def test_an_accepted_commit_whose_hook_mumbles(self, web: Web, repository: Path, cache: Path) -> None:
        hook = repository / "hooks" / "post-receive"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text("#!/bin/sh\nprintf 'caf\\351\\n' >&2\n")
        hook.chmod(0o755)
        done, problems = over_http(web.url(repository), cache)
        assert problems == () and git(repository, "rev-parse", "main") == done.commit

    def test_not_there_not_writable_not_our_kind(self, web: Web, repository: Path, cache: Path, tmp_path: Path) -> None:
        assert codes(over_http(web.url(tmp_path / "missing.git"), cache)[1]) == ["MW411"]
        git(repository, "config", "http.receivepack", "false")
        assert codes(over_http(web.url(repository), cache)[1]) == ["MW432"]
        sha256 = bare(tmp_path / "sha256.git", "--object-format=sha256")
        assert codes(over_http(web.url(sha256), cache)[1]) == ["MW412"]
        assert codes(over_http("http://127.0.0.1:1/ops.git", cache)[1]) == ["MW430"]

    def test_a_full_disk_on_the_server(self, web: Web, cache: Path, small_disk: Path) -> None:
        repository = bare(small_disk / "ops.git")
        over_http(web.url(repository), cache)
        before = git(repository, "rev-parse", "main")
        big = {**FILES, "base/big.yaml": f"data: {random.Random(0).randbytes(300_000).hex()}\n"}
        done, problems = over_http(web.url(repository), cache, big)
        assert codes(problems) == ["MW434"] and not done.commit
        assert "it cannot store what was sent" in problems[0].message
        assert git(repository, "rev-parse", "main") == before
        sound(repository)

    def test_a_full_disk_here(self, web: Web, cache: Path, repository: Path, small_disk: Path) -> None:
        url = web.url(repository)
        big = {**FILES, "base/big.yaml": f"data: {random.Random(0).randbytes(600_000).hex()}\n"}
        done, problems = over_http(url, small_disk, big)
        assert codes(problems) == ["MW440"] and "no space left" in problems[0].message and not done.commit
        assert git(repository, "branch") == ""
        over_http(url, cache, big)
        done, problems = over_http(url, small_disk)
        assert codes(problems) == ["MW440"] and not done.commit, "what is there does not fit either"
        done, problems = over_http(url, cache)
        assert problems == () and done.commit

    def test_credentials_missing_wrong_and_right(self, web: Web, repository: Path, cache: Path) -> None:
        web.users = {"x-access-token": "s3cret"}
        url = web.url(repository)
        assert codes(over_http(url, cache)[1]) == ["MW431"]
        _, problems = over_http(url, cache, MODELWRIGHT_PUBLISH_TOKEN="wr0ng")
        assert codes(problems) == ["MW432"] and "wr0ng" not in repr(problems)
        assert git(repository, "branch") == ""
        done, problems = over_http(url, cache, MODELWRIGHT_PUBLISH_TOKEN="s3cret")
        assert problems == () and done.commit
        done, problems = over_http(url.replace("http://", "http://x-access-token:s3cret@"), cache, CHANGED)
        assert problems == () and done.commit
        for file in cache.rglob("*"):
            assert not file.is_file() or b"s3cret" not in file.read_bytes()

    def test_a_credential_helper_of_the_user_is_asked_and_one_of_the_workspace_is_not(
        self, web: Web, repository: Path, cache: Path, tmp_path: Path
    ) -> None:
        web.users = {"me": "s3cret"}
        own = tmp_path / "gitconfig"
        own.write_text('[credential]\n\thelper = "!f() { echo username=me; echo password=s3cret; }; f"\n')
        done, problems = over_http(web.url(repository), cache, GIT_CONFIG_GLOBAL=str(own))
        assert problems == () and done.commit
        trap = tmp_path / "trap"
        git(tmp_path, "init", "-q", "work")
        git(tmp_path / "work", "config", "credential.helper", f"!touch '{trap}'")
        done, problems = over_http(web.url(repository), cache, CHANGED, GIT_DIR=str(tmp_path / "work" / ".git"))
        assert codes(problems) == ["MW431"] and not trap.exists()

    def test_a_token_goes_to_no_other_place(self, web: Web, repository: Path, cache: Path) -> None:
        with http_server() as other:
            other.users = {"x-access-token": "s3cret"}
            web.redirect = other.base
            _, problems = over_http(web.url(repository), cache, MODELWRIGHT_PUBLISH_TOKEN="s3cret")
            assert codes(problems) == ["MW435"]
            assert other.seen == [] and not any(web.seen)
            web.redirect = ""
            _, problems = over_http(other.url(repository), cache, MODELWRIGHT_PUBLISH_TOKEN="s3cret", BOUND=web.url(repository))
            assert codes(problems) == ["MW431"] and not any(other.seen)

    def test_a_token_is_not_sent_in_the_clear(self, cache: Path) -> None:
        from modelwright.gitops.credentials import Keys
        from modelwright.gitops.troubles import Refused

        keys = Keys(address("http://git.example.com/ops.git"), {"MODELWRIGHT_PUBLISH_TOKEN": "s3cret"})
        with pytest.raises(Refused) as stop:
            keys.web()
        assert stop.value.problem.code == "MW436" and "s3cret" not in repr(keys)

    def test_a_rule_of_the_users_git_does_not_lead_elsewhere(
        self, web: Web, repository: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import pygit2
        from pygit2.enums import ConfigLevel

        trap = bare(tmp_path / "trap.git")
        (tmp_path / "home").mkdir()
        (tmp_path / "home" / ".gitconfig").write_text(f'[url "{trap}"]\n\tinsteadOf = {web.base}\n')
        before = pygit2.settings.search_path[ConfigLevel.GLOBAL]
        pygit2.settings.search_path[ConfigLevel.GLOBAL] = str(tmp_path / "home")
        try:
            done, problems = over_http(web.url(repository), cache)
        finally:
            pygit2.settings.search_path[ConfigLevel.GLOBAL] = before
        assert problems == () and git(repository, "rev-parse", "main") == done.commit
        assert git(trap, "branch") == ""

    def test_a_cache_in_the_workspace_is_not_trusted(self, web: Web, repository: Path, tmp_path: Path) -> None:
        inside = tmp_path / "workspace" / ".cache"
        environ = {**GIT_ENVIRONMENT, "XDG_CACHE_HOME": str(inside)}
        order = Order(address(web.url(repository)), branch="main")
        done, problems = publish(built(), order, str(tmp_path / "workspace"), environ)
        assert problems == () and done[0].commit and not inside.exists()


class TestSsh:
    def test_published_changed_and_refused(self, ssh: Server, tmp_path: Path) -> None:
        repository = bare(tmp_path / "it's ops.git")
        first, second, third = over_ssh(
            ssh, (repository, FILES), (repository, FILES), (repository, CHANGED), cache=tmp_path / "cache"
        )
        assert first[0] and not second[0] and third[0] == git(repository, "rev-parse", "main")
        assert first[1] == second[1] == third[1] == []
        refusing(repository)
        sha256 = bare(tmp_path / "sha256.git", "--object-format=sha256")
        work = tmp_path / "work"
        git(tmp_path, "clone", "-q", str(repository), str(work))
        said = over_ssh(
            ssh,
            (repository, FILES),
            (tmp_path / "missing.git", FILES),
            (sha256, FILES),
            (work, FILES),
            cache=tmp_path / "cache",
        )
        assert [(commit, [p[0] for p in problems]) for commit, problems in said] == [
            ("", ["MW434"]),
            ("", ["MW411"]),
            ("", ["MW412"]),
            ("", ["MW434"]),
        ]
        assert "not on fridays" in said[0][1][0][1]
        assert "checked out" in said[3][1][0][1]
        sound(repository)

    def test_who_is_there(self, ssh: Server, tmp_path: Path) -> None:
        repository, cache = bare(tmp_path / "ops.git"), tmp_path / "cache"
        home = tmp_path / "home"

        def said() -> list[str]:
            ((_, problems),) = over_ssh(ssh, (repository, FILES), cache=cache, HOME=str(home))
            return [code for code, _, _ in problems]

        shutil.copytree(ssh.environment["HOME"], home)
        known, key = home / ".ssh" / "known_hosts", home / ".ssh" / "id_ed25519"
        right = known.read_text()
        known.unlink()
        assert said() == ["MW433"], "an unknown host"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "other")], check=True)
        other = (tmp_path / "other.pub").read_text().split()[:2]
        known.write_text(" ".join([right.split()[0], *other]) + "\n")
        assert said() == ["MW433"], "another key than the known one"
        known.write_text(right)
        shutil.move(str(key), str(tmp_path / "key"))
        assert said() == ["MW431"], "no key"
        shutil.copy(tmp_path / "other", key)
        shutil.copy(tmp_path / "other.pub", f"{key}.pub")
        assert said() == ["MW432"], "a key the server does not know"
        assert git(repository, "branch") == ""
        ((commit, problems),) = over_ssh(
            ssh, (repository, FILES), cache=cache, HOME=str(home), MODELWRIGHT_SSH_KEY=str(tmp_path / "key")
        )
        assert commit and problems == []
