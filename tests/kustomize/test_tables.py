"""Our tables of facts are kustomize's own: held against its sources where Go's module cache has them."""

from __future__ import annotations

import os
import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from modelwright.kustomize.config import Config, Reference, default
from modelwright.kustomize.fields import FieldSpec
from modelwright.kustomize.ids import Gvk
from modelwright.kustomize.schema import CLUSTER_KINDS, NAMESPACED_KINDS, PLAIN_KINDS, native

API, KYAML = "sigs.k8s.io/kustomize/api@v0.21.1", "sigs.k8s.io/kustomize/kyaml@v0.21.1"


@cache
def modules() -> Path:
    """Go's module cache, or skip."""
    stated = os.environ.get("GOMODCACHE", "")
    if not stated:
        try:
            stated = subprocess.run(["go", "env", "GOMODCACHE"], capture_output=True, text=True, check=True).stdout.strip()
        except (OSError, subprocess.CalledProcessError):
            stated = str(Path.home() / "go" / "pkg" / "mod")
    return Path(stated)


def source(module: str, path: str) -> str:
    file = modules() / module / path
    if not file.exists():
        pytest.skip(f"{module} is not in Go's module cache")
    return file.read_text()


def stated() -> dict[str, Any]:
    """The default fields, as kustomize's sources have them."""
    found: dict[str, Any] = {}
    source(API, "internal/konfig/builtinpluginconsts/images.go")
    folder = modules() / API / "internal" / "konfig" / "builtinpluginconsts"
    texts = {
        name: text for file in folder.glob("*.go") for name, text in re.findall(r"(\w+)\s*=\s*`([^`]*)`", file.read_text())
    }
    labels = texts.pop("metadataLabelsFieldSpecs")
    for text in texts.values():
        shared = labels if text.lstrip().startswith(("commonLabels", "templateLabels")) else ""
        found.update(yaml.safe_load(text + shared))
    return found


def spec(words: dict[str, Any]) -> FieldSpec:
    return FieldSpec(words["path"], gvk(words), words.get("create", False))


def gvk(words: dict[str, Any]) -> Gvk:
    return Gvk(words.get("group", ""), words.get("version", ""), words.get("kind", ""))


@pytest.mark.parametrize("word", [w for w in Config.__dataclass_fields__ if w not in ("labels", "nameReference")])
def test_default_fields_are_those_of_kustomize(word: str) -> None:
    assert set(getattr(default(), word)) == {spec(each) for each in stated()[word]}


def test_references_are_those_of_kustomize() -> None:
    ours = {(each.target, field) for each in default().nameReference for field in each.fields}
    theirs = {(gvk(each), spec(field)) for each in stated()["nameReference"] for field in each["fieldSpecs"]}
    assert ours == theirs
    assert all(isinstance(each, Reference) for each in default().nameReference)


def test_scopes_are_those_of_kustomize() -> None:
    rows = re.findall(r'\{APIVersion: "([^"]+)", Kind: "([^"]+)"\}:\s+(true|false)', source(KYAML, "openapi/openapi.go"))
    assert {(api, kind) for api, kind, inside in rows if inside == "false"} == CLUSTER_KINDS
    assert {(api, kind) for api, kind, inside in rows if inside == "true"} == NAMESPACED_KINDS


LISTS = {
    "v1 Pod spec.containers": ("name",),
    "v1 Pod spec.containers.[].env": ("name",),
    "v1 Pod spec.containers.[].ports": ("containerPort", "protocol"),
    "v1 Pod spec.containers.[].volumeMounts": ("mountPath",),
    "v1 Pod spec.containers.[].volumeDevices": ("devicePath",),
    "v1 Pod spec.containers.[].args": None,
    "v1 Pod spec.containers.[].envFrom": None,
    "v1 Pod spec.ephemeralContainers.[].ports": None,
    "v1 Pod spec.hostAliases": ("ip",),
    "v1 Pod spec.imagePullSecrets": ("name",),
    "v1 Pod spec.tolerations": None,
    "v1 Pod spec.topologySpreadConstraints": ("topologyKey", "whenUnsatisfiable"),
    "v1 Pod spec.volumes": ("name",),
    "v1 Pod spec.volumes.[].projected.sources": None,
    "v1 Pod metadata.finalizers": (),
    "v1 Pod metadata.ownerReferences": ("uid",),
    "v1 ConfigMap metadata.finalizers": (),
    "v1 Service spec.ports": ("port", "protocol"),
    "v1 ServiceAccount secrets": ("name",),
    "v1 ServiceAccount imagePullSecrets": None,
    "apps/v1 Deployment spec.template.spec.initContainers.[].env": ("name",),
    "apps/v1 StatefulSet spec.volumeClaimTemplates": None,
    "batch/v1 CronJob spec.jobTemplate.spec.template.spec.containers": ("name",),
    "admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration webhooks": ("name",),
    "rbac.authorization.k8s.io/v1 RoleBinding subjects": None,
    "networking.k8s.io/v1 Ingress spec.rules": None,
    "v1 Node spec.podCIDRs": (),
}
"""Lists, and the keys they merge by."""


@pytest.mark.parametrize("row", LISTS)
def test_lists_merge_by_their_keys(row: str) -> None:
    version, kind, path = row.split(" ")
    found = native(version, kind)
    for step in path.split("."):
        found = None if found is None else found.items() if step == "[]" else found.field(step)
    assert (found.keys() if found is not None else None) == LISTS[row]


def test_other_kinds_are_unknown() -> None:
    assert native("serving.kserve.io/v1beta1", "InferenceService") is None
    assert native("autoscaling/v2", "HorizontalPodAutoscaler") is None
    assert native("v1", "Secret") is not None and ("v1", "Secret") in PLAIN_KINDS
