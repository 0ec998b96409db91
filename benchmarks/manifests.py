"""Manifests of a fleet, a file each: what `validate` and its peers judge."""

from __future__ import annotations

import base64
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

KINDS = (
    ("serving.kserve.io/v1beta1", "InferenceService", 50),
    ("serving.kserve.io/v1alpha1", "ServingRuntime", 12),
    ("v1", "Secret", 12),
    ("v1", "ServiceAccount", 11),
    ("apps/v1", "Deployment", 15),
)
"""apiVersion, kind, and of a hundred files so many."""

Object = dict[str, Any]


def write(folder: Path, count: int) -> None:
    """`count` files, the same at every run."""
    for number, manifest in enumerate(manifests(count)):
        metadata = manifest["metadata"]
        file = folder / metadata["namespace"] / f"{metadata['name']}-{manifest['kind'].lower()}.yaml"
        if number < 100:
            file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(yaml.dump(manifest, Dumper=yaml.CSafeDumper, width=1000))


def manifests(count: int) -> Iterator[Object]:
    draw = random.Random(7)
    kinds = [(api, kind) for api, kind, weight in KINDS for _ in range(weight)]
    for number in range(count):
        api, kind = kinds[number * 37 % 100]
        team = f"team-{number % 40:02d}"
        name = f"{draw.choice(['fraud', 'churn', 'vision', 'rank', 'embed'])}-{number:05d}"
        labels = {"app.kubernetes.io/name": name, "app.kubernetes.io/part-of": team, "cost-center": str(draw.randint(1000, 9999))}
        annotations = {"example.com/digest": f"sha256:{draw.getrandbits(256):064x}"}
        metadata = {"name": name, "namespace": team, "labels": labels, "annotations": annotations}
        yield {"apiVersion": api, "kind": kind, "metadata": metadata, **_BODIES[kind](draw, name)}


def _service(draw: random.Random, name: str) -> Object:
    form = draw.choice(["sklearn", "xgboost", "onnx", "huggingface", "tensorflow"])
    model = {
        "modelFormat": {"name": form, "version": "1"},
        "storageUri": f"s3://models/{name}/{draw.randint(1, 40)}/",
        "args": [f"--model_name={name}", "--http_port=8080", "--workers=2"],
        "env": _env(draw, 8),
        "resources": _resources(draw, gpu=form == "huggingface"),
        "readinessProbe": {"httpGet": {"path": "/v2/health/ready", "port": 8080}, "periodSeconds": 10, "failureThreshold": 6},
    }
    predictor = {
        "serviceAccountName": "models",
        "minReplicas": 1,
        "maxReplicas": draw.randint(1, 6),
        "scaleMetric": "concurrency",
        "scaleTarget": draw.randint(5, 50),
        "timeout": 60,
        "tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}],
        "nodeSelector": {"topology.kubernetes.io/region": draw.choice(["eu-west-1", "us-east-1"])},
        "model": model,
    }
    return {"spec": {"predictor": predictor}}


def _runtime(draw: random.Random, name: str) -> Object:
    container = {
        "name": "kserve-container",
        "image": f"registry.example.com/serving/{name}:v{draw.randint(1, 9)}",
        "args": ["--model_name={{.Name}}", "--model_dir=/mnt/models", "--http_port=8080"],
        "env": _env(draw, 6),
        "ports": [{"containerPort": 8080, "protocol": "TCP"}],
        "resources": _resources(draw, gpu=False),
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}, "runAsNonRoot": True},
    }
    formats = [{"name": each, "version": "1", "autoSelect": True, "priority": 1} for each in ("sklearn", "xgboost")]
    return {"spec": {"supportedModelFormats": formats, "protocolVersions": ["v1", "v2"], "containers": [container]}}


def _secret(draw: random.Random, name: str) -> Object:
    data = {key: base64.b64encode(draw.randbytes(30)).decode() for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
    return {"type": "Opaque", "data": data}


def _account(draw: random.Random, name: str) -> Object:
    return {"secrets": [{"name": name}], "automountServiceAccountToken": False}


def _deployment(draw: random.Random, name: str) -> Object:
    labels = {"app.kubernetes.io/name": name}
    container = {
        "name": "main",
        "image": f"registry.example.com/apps/{name}:1.{draw.randint(0, 99)}",
        "ports": [{"name": "http", "containerPort": 8080}, {"name": "metrics", "containerPort": 9090}],
        "env": _env(draw, 10),
        "envFrom": [{"secretRef": {"name": name}}],
        "resources": _resources(draw, gpu=False),
        "volumeMounts": [{"name": "cache", "mountPath": "/cache"}],
        "livenessProbe": {"httpGet": {"path": "/healthz", "port": "http"}, "initialDelaySeconds": 10},
    }
    pod = {"serviceAccountName": "apps", "containers": [container], "volumes": [{"name": "cache", "emptyDir": {"sizeLimit": "1Gi"}}]}
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 0}}
    spec = {"replicas": draw.randint(1, 5), "selector": {"matchLabels": labels}, "strategy": strategy}
    return {"spec": {**spec, "template": {"metadata": {"labels": labels}, "spec": pod}}}


def _env(draw: random.Random, count: int) -> list[Object]:
    return [{"name": f"SETTING_{number}", "value": str(draw.choice(["true", "1", "info", "/mnt/models"]))} for number in range(count)]


def _resources(draw: random.Random, gpu: bool) -> Object:
    cpu, memory = draw.choice([("1", "2Gi"), ("500m", "1Gi"), ("2", "8Gi"), ("4", "16Gi")])
    amounts = {"cpu": cpu, "memory": memory, **({"nvidia.com/gpu": "1"} if gpu else {})}
    return {"requests": amounts, "limits": dict(amounts)}


_BODIES = {"InferenceService": _service, "ServingRuntime": _runtime, "Secret": _secret, "ServiceAccount": _account, "Deployment": _deployment}
