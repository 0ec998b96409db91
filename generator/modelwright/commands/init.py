"""`modelwright init`: a first workspace."""

from __future__ import annotations

from pathlib import Path

import click

from modelwright.commands.common import misuse

FILES = {
    "modelwright.yaml": """\
apiVersion: modelwright/v1
kind: Workspace
metadata:
  name: {name}
spec:
  projects:
    {name}: {{}}
""",
    "blueprints/clusters.yaml": """\
# The cluster your models run on. Versions decide what is accepted: keep them true.
apiVersion: modelwright/v1
kind: Cluster
metadata:
  name: main
spec:
  flavour: kubernetes
  versions:
    kubernetes: "1.33"
    kserve: "0.20"
  mode: standard
""",
    "blueprints/environments.yaml": """\
apiVersion: modelwright/v1
kind: Environment
metadata:
  name: dev
spec:
  cluster: main
  sizes:
    small: {{cpu: 1, memory: 2Gi}}
    large: {{cpu: 4, memory: 8Gi}}
""",
}


@click.command("init")
@click.option("--name", help="Name of the workspace and its first project. Default: the folder's name.")
@click.pass_obj
def command(directory: str, name: str | None) -> None:
    """Start a workspace: modelwright.yaml, a cluster and an environment to adapt.

    Nothing that exists is overwritten.
    """
    import re

    root = Path(directory)
    if not root.is_dir():
        misuse(f"there is no folder {directory!r}")
    word = re.sub(r"[^a-z0-9]+", "-", (name or root.resolve().name).lower()).strip("-")[:40] or "models"
    if name and name != word:
        misuse(f"{name!r} is no Kubernetes name; {word!r} would be")
    taken = [path for path in FILES if (root / path).exists()]
    if taken:
        misuse(f"{', '.join(taken)} is already here; nothing was changed")
    for path, text in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text.format(name=word), encoding="utf-8")
        click.echo(f"wrote {path}")
    click.echo("next: modelwright new model my-model")
