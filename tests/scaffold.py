"""A small workspace for tests: project `risk`, cluster `main` (KServe 0.20), environment `dev` with two sizes."""

from __future__ import annotations

from pathlib import Path

from modelwright.model import Source
from modelwright.pipeline import Build, build

HEAD = """\
apiVersion: modelwright/v1
kind: Workspace
metadata: {name: test}
spec: {projects: {risk: {}}}
"""
PLATFORM = """\
apiVersion: modelwright/v1
kind: Cluster
metadata: {name: main}
spec: {flavour: kubernetes, versions: {kubernetes: "1.33", kserve: "0.20"}, mode: standard}
---
apiVersion: modelwright/v1
kind: Environment
metadata: {name: dev}
spec: {cluster: main, sizes: {small: {cpu: 1, memory: 2Gi}, large: {cpu: 4, memory: 8Gi}}}
"""


def sources(*texts: str) -> tuple[Source, ...]:
    """The scaffold's sources with further blueprint texts; one of them may bring a Workspace of its own."""
    added = (Source(f"blueprints/{i or 'blueprint'}.yaml", text) for i, text in enumerate(texts))
    own = any("\nkind: Workspace\n" in text for text in texts)
    head = () if own else (Source("modelwright.yaml", HEAD),)
    return (*head, Source("blueprints/platform.yaml", PLATFORM), *added)


def compiled(*texts: str) -> Build:
    """The scaffold compiled with further blueprint texts."""
    return build(sources(*texts))


def write(root: Path) -> None:
    """Put the scaffold on disk."""
    (root / "blueprints").mkdir(parents=True, exist_ok=True)
    (root / "modelwright.yaml").write_text(HEAD)
    (root / "blueprints" / "platform.yaml").write_text(PLATFORM)
