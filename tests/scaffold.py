"""A small workspace for tests: project `risk`, cluster `main` (KServe 0.20), environment `dev` with two sizes."""

from __future__ import annotations

import re
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
spec: {flavour: kubernetes, versions: {kubernetes: "1.33", kserve: "0.20"}, mode: standard, provides: [Secret/*, ConfigMap/*, ServiceAccount/*, PersistentVolumeClaim/*, Deployment/*]}
---
apiVersion: modelwright/v1
kind: Environment
metadata: {name: dev}
spec: {cluster: main, sizes: {small: {cpu: 1, memory: 2Gi}, large: {cpu: 4, memory: 8Gi}}}
"""


def parts(text: str, path: str) -> dict[str, str]:
    """A text as files, by path: after a line `# file: weights.yaml` comes the text of that file, in the same folder."""
    first, *others = re.split(r"^# file: (\S+)\n", text, flags=re.MULTILINE)
    folder = path.rpartition("/")[0]
    return {path: first, **{f"{folder}/{name}": body for name, body in zip(others[::2], others[1::2], strict=True)}}


def sources(*texts: str) -> tuple[Source, ...]:
    """The scaffold's sources with further blueprint texts, each maybe with files it names; one of them may bring a
    Workspace of its own."""
    added = [parts(text, f"blueprints/{i or 'blueprint'}.yaml") for i, text in enumerate(texts)]
    files = (Source(path, body) for each in added for path, body in each.items())
    own = any("\nkind: Workspace\n" in text for text in texts)
    head = () if own else (Source("modelwright.yaml", HEAD),)
    return (*head, Source("blueprints/platform.yaml", PLATFORM), *files)


def compiled(*texts: str) -> Build:
    """The scaffold compiled with further blueprint texts."""
    return build(sources(*texts))


def write(root: Path) -> None:
    """Put the scaffold on disk."""
    (root / "blueprints").mkdir(parents=True, exist_ok=True)
    (root / "modelwright.yaml").write_text(HEAD)
    (root / "blueprints" / "platform.yaml").write_text(PLATFORM)
