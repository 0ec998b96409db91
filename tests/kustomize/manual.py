"""The files beside the kustomizations of the manual."""

from __future__ import annotations

from modelwright.kustomize import build
from modelwright.problems import Problem

_DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, annotations: {team: shop}}
spec:
  replicas: 1
  template:
    spec:
      containers: [{name: web, image: nginx:1.27}]
"""
_SERVICE = """
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {ports: [{port: 80}]}
"""
_FILES = {
    "overlay/deployment.yaml": _DEPLOYMENT,
    "overlay/values.yaml": "replicas: 3\n",
    "base/kustomization.yaml": "resources: [service.yaml]\n",
    "base/service.yaml": _SERVICE,
    "circle/kustomization.yaml": "resources: [../overlay]\n",
}


def found(kustomization: str) -> tuple[Problem, ...]:
    """What is wrong with a kustomization in the folder `overlay`."""
    files = {**_FILES, "overlay/kustomization.yaml": kustomization}
    return build({path: text.encode() for path, text in files.items()}, "overlay")[1]
