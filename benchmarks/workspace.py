"""Writes a workspace of any size: N models in three environments, of a few believable shapes."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ENVIRONMENTS = ("dev", "staging", "prod")
PROJECT = "risk"
FORMATS = (("sklearn", "1"), ("lightgbm", "4"), ("pmml", "4"), ("tensorflow", "2"), ("pytorch", "1"))
"""Names and versions that a runtime of KServe's own serves."""

HEAD = """\
apiVersion: modelwright/v1
kind: Workspace
metadata: {name: bench}
spec: {projects: {risk: {}}, reference: prod}
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
---
apiVersion: modelwright/v1
kind: Environment
metadata: {name: staging}
spec: {cluster: main, after: dev, sizes: {small: {cpu: 1, memory: 2Gi}, large: {cpu: 4, memory: 8Gi}}}
---
apiVersion: modelwright/v1
kind: Environment
metadata: {name: prod}
spec: {cluster: main, after: staging, sizes: {small: {cpu: 2, memory: 4Gi}, large: {cpu: 8, memory: 16Gi}}}
"""
MODEL = """\
apiVersion: modelwright/v1
kind: Model
metadata: {{name: {name}, title: Model {n}, owner: team-{team}}}
spec:
  format: {{name: {format}, version: "{version}"}}
  source: s3://models/team-{team}/{name}/
  size: {size}
  replicas: {{min: 2, max: {top}}}
  autoscale: {{metric: cpu, target: 75}}
  env:
    LOG_LEVEL: info
    WORKERS: "{team}"
  tolerations: [{{key: batch, operator: Exists, effect: NoSchedule}}]
  environments:
    dev: {{replicas: 1, env: {{LOG_LEVEL: debug}}}}
    staging: {{replicas: {{min: 1, max: 2}}}}
    prod: {{size: large}}
"""


@dataclass(frozen=True, slots=True)
class Shape:
    """What differs between two models, so that peers are given the same ones."""

    n: int
    name: str
    team: int
    format: str
    version: str
    size: str
    top: int


def shapes(count: int) -> Iterator[Shape]:
    for n in range(count):
        size = "small" if n % 3 else "large"
        yield Shape(n, f"model-{n}", n % 17, *FORMATS[n % 5], size, 4 + n % 6)


def write(root: Path, count: int) -> None:
    """Write a workspace of `count` models below `root`."""
    (root / "blueprints").mkdir(parents=True, exist_ok=True)
    (root / "modelwright.yaml").write_text(HEAD)
    (root / "blueprints" / "platform.yaml").write_text(PLATFORM)
    for shape in shapes(count):
        (root / "blueprints" / f"{shape.name}.yaml").write_text(filled(MODEL, shape))


def filled(template: str, shape: Shape) -> str:
    return template.format(
        n=shape.n, name=shape.name, team=shape.team, format=shape.format, version=shape.version, size=shape.size, top=shape.top
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("count", type=int)
    arguments = parser.parse_args()
    write(arguments.folder, arguments.count)
