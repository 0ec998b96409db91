"""A tree to publish, without blueprints: what these tests are about begins after the compiler."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from modelwright.gitops.address import address
from modelwright.gitops.order import Order
from modelwright.gitops.publish import Published, publish
from modelwright.model import Tree
from modelwright.pipeline import Build
from modelwright.problems import Problem
from modelwright.resolve.workspace import Workspace
from tests.gitops.servers import GIT_ENVIRONMENT, git

FILES = {
    "base/fraud/detector/kustomization.yaml": "resources:\n- model.yaml\n",
    "base/fraud/detector/model.yaml": "kind: InferenceService\nspec:\n  replicas: 1\n",
    "dev/fraud/kustomization.yaml": "resources:\n- detector\n",
    "dev/fraud/detector/kustomization.yaml": "resources:\n- ../../../base/fraud/detector\n",
    "dev/fraud/detector/patch.yaml": "spec:\n  replicas: 2\n",
}
NOWHERE = os.path.join(os.sep, "no", "workspace")
"""In the place of a workspace that is in no repository."""
MODEL = "base/fraud/detector/model.yaml"


def built(files: Mapping[str, str] = FILES, workspace: str = "mlops") -> Build:
    return Build(Workspace(workspace), Tree(files, {}, dict.fromkeys(files, "Model/detector")), (), {})


def bare(folder: Path, *words: str) -> Path:
    """A fresh bare repository that may be pushed to over http. Nothing of git's own is at work in it behind our back."""
    git(folder.parent, "init", "-q", "--bare", "-b", "main", *words, str(folder))
    git(folder, "config", "http.receivepack", "true")
    git(folder, "config", "gc.auto", "0")
    return folder


def publish_to(
    repository: Path | str, files: Mapping[str, str] = FILES, *, workspace: str = "mlops", root: str = NOWHERE, **words: Any
) -> tuple[Published, tuple[Problem, ...]]:
    """Publish `files`; the one branch's result, an empty one where there is none."""
    order = Order(address(str(repository)), **words)
    done, problems = publish(built(files, workspace), order, root, GIT_ENVIRONMENT)
    return (done[0] if done else Published("")), problems


def codes(problems: tuple[Problem, ...]) -> list[str]:
    return [p.code for p in problems]


def files_in(repository: Path, branch: str = "main", below: str = "overlays/") -> dict[str, str]:
    """Path below the overlays folder -> text, as real git sees it."""
    names = git(repository, "ls-tree", "-r", "--name-only", "-z", branch).split("\0")
    return {n.removeprefix(below): git(repository, "show", f"{branch}:{n}") for n in names if n and n.startswith(below)}


def clone(repository: Path, folder: Path) -> Path:
    git(folder.parent, "clone", "-q", str(repository), str(folder))
    return folder


def pushed(folder: Path, message: str = "by hand") -> None:
    """Commit all that changed in a clone, and push it."""
    git(folder, "add", "--all", "--force")
    git(folder, "commit", "-q", "-m", message)
    git(folder, "push", "-q", "origin", "HEAD")


def sound(repository: Path) -> None:
    """Nothing missing, nothing malformed."""
    git(repository, "fsck", "--strict", "--full")
