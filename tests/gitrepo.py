"""A real repository for tests, deaf to the settings of the person and the hook that run them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

IDENTITY = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "tester",
    "GIT_AUTHOR_EMAIL": "tester@example.com",
    "GIT_COMMITTER_NAME": "tester",
    "GIT_COMMITTER_EMAIL": "tester@example.com",
}


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment, without what Git says to a hook, and with an identity."""
    return {k: v for k, v in os.environ.items() if not k.startswith("GIT_")} | IDENTITY | dict(more or {})


@dataclass(frozen=True, slots=True)
class Repository:
    """A work tree and the environment its commands run in."""

    root: Path
    env: Mapping[str, str]

    @classmethod
    def made(cls, root: Path, more: Mapping[str, str] | None = None) -> Repository:
        """A new one at `root`, on branch main, without a commit."""
        root.mkdir(parents=True, exist_ok=True)
        repository = cls(root, environment(more))
        repository.git("init", "-q", "-b", "main")
        return repository

    def git(self, *words: str) -> str:
        """What git prints, both streams; an error fails the test."""
        done = self.run("git", *words)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words,
            cwd=self.root,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )

    def write(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def status(self) -> list[str]:
        """`git status`, a line per file, folders not summed up."""
        return self.git("status", "--porcelain", "-uall").splitlines()
