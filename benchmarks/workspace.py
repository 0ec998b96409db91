"""Writes a workspace of any size: N models in three environments, of a few believable shapes."""

from __future__ import annotations

import argparse
from pathlib import Path

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
metadata: {{name: model-{n}, title: Model {n}, owner: team-{team}}}
spec:
  format: {{name: {format}, version: "1"}}
  source: s3://models/team-{team}/model-{n}/
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


def write(root: Path, count: int) -> None:
    """Write a workspace of `count` models below `root`."""
    (root / "blueprints").mkdir(parents=True, exist_ok=True)
    (root / "modelwright.yaml").write_text(HEAD)
    (root / "blueprints" / "platform.yaml").write_text(PLATFORM)
    formats = ("sklearn", "xgboost", "onnx", "tensorflow", "pytorch")
    for n in range(count):
        text = MODEL.format(
            n=n, team=n % 17, format=formats[n % 5], size="small" if n % 3 else "large", top=4 + n % 6
        )
        (root / "blueprints" / f"model-{n}.yaml").write_text(text)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("count", type=int)
    arguments = parser.parse_args()
    write(arguments.folder, arguments.count)
