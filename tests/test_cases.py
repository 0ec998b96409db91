"""Whole workspaces in `cases/ok/`: each compiles without a word to the overlays beside it, byte by byte.

Real kustomize builds of those overlays the very objects that were rendered, and nothing in them is anything that the
platform would rewrite at admission or pass over in silence.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from modelwright.cli import cli
from modelwright.judge import judge_document
from modelwright.load.files import gather
from modelwright.model import Release, minor
from modelwright.pipeline import Build, build
from modelwright.quantities import canonical
from modelwright.yamlio import read
from tests import tools

CASES = sorted(p for p in (Path(__file__).parent / "cases" / "ok").iterdir() if p.is_dir())
EXAMPLE = Path(__file__).parent.parent


@cache
def compiled(case: Path) -> Build:
    sources, problems = gather(str(case))
    assert not problems
    return build(sources)


@pytest.mark.parametrize("case", CASES, ids=lambda p: p.name)
def test_it_compiles_to_the_overlays_beside_it(case: Path, tmp_path: Path, update_golden: bool) -> None:
    for name in ("modelwright.yaml", "blueprints"):
        copy = shutil.copytree if (case / name).is_dir() else shutil.copy
        copy(case / name, tmp_path / name)
    result = CliRunner().invoke(cli, ["-C", str(tmp_path), "compile"])
    assert result.exit_code == 0 and result.output.startswith("no problems\n"), result.output
    golden = case / "overlays"
    if update_golden:
        shutil.rmtree(golden, ignore_errors=True)
        shutil.copytree(tmp_path / "overlays", golden)
    assert files(tmp_path / "overlays") == files(golden)


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def folders() -> Iterator[tuple[Path, str]]:
    """Each folder that Argo CD would sync: a project in an environment, or a cluster."""
    for case in CASES:
        for file in sorted((case / "overlays").glob("*/*/kustomization.yaml")):
            if file.parts[-3] != "base":
                yield case, "/".join(file.parts[-3:-1])


@pytest.mark.parametrize("version", tools.KUSTOMIZE)
@pytest.mark.parametrize(("case", "folder"), [pytest.param(c, f, id=f"{c.name}-{f}") for c, f in folders()])
def test_kustomize_builds_what_was_rendered_and_the_judge_takes_it(case: Path, folder: str, version: str) -> None:
    result = compiled(case)
    built = read(tools.build(version, case / "overlays" / folder), folder)[0]
    wanted = [
        dict(manifest.data)
        for name, manifests in result.tree.built.items()
        if name == folder or name.startswith(f"{folder}/")
        for manifest in manifests
    ]
    assert sorted(built, key=identity) == sorted(wanted, key=identity)
    release = release_of(result, folder)
    assert [note for each in built for note in judge_document(each, release)] == []


def identity(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    metadata = manifest["metadata"]
    return str(manifest["kind"]), metadata.get("namespace", ""), metadata["name"]


def release_of(result: Build, folder: str) -> Release:
    first, second, *_ = folder.split("/")
    clusters = result.workspace.clusters
    return clusters[second].release if first == "clusters" else result.workspace.environments[first].cluster.release


@pytest.mark.parametrize("case", [*CASES, EXAMPLE], ids=lambda p: p.name)
def test_nothing_is_stated_that_admission_would_rewrite(case: Path) -> None:
    result = compiled(case)
    found = [
        f"{folder}/{manifest.kind}/{manifest.name}: {what}"
        for folder, manifests in result.tree.built.items()
        if folder.partition("/")[0] not in ("base", "argocd")
        for manifest in manifests
        for what in rewritten(dict(manifest.data), release_of(result, folder))
    ]
    assert found == []


MODES = ({"RawDeployment", "Serverless", "ModelMesh"}, {"Standard", "Knative", "ModelMesh"})
"""Words for the deployment mode up to KServe 0.15, and since; 0.17 rewrites the older ones."""


def rewritten(data: Mapping[str, Any], release: Release) -> Iterator[str]:
    """Fields of an object that admission, or a controller's own writing, would change (shared facts c and e)."""
    metadata, spec = data["metadata"], data.get("spec") or {}
    annotations = metadata.get("annotations") or {}
    kind = data["kind"]
    if release.open_data_hub and metadata["name"] == "storage-config":
        yield "storage-config is the platform's own"
    if kind == "Secret" and ("data" in data or "stringData" in data):
        yield "a Secret with data"
    if kind != "InferenceService":
        return
    if annotations.get("serving.kserve.io/deploymentMode") not in MODES[minor(release.kserve) >= (0, 16)]:
        yield "deploymentMode"
    predictor = spec["predictor"]
    yield from _rewritten_by_kserve(predictor, "predictor")
    model = predictor.get("model") or {}
    if "opendatahub.io/connections" in annotations:
        injected = [f for f in ("storageUri", "storage") if f in model and not str(model[f]).startswith("oci://")]
        yield from (f"{field}, beside a connection" for field in injected)
        if "imagePullSecrets" in predictor:
            yield "imagePullSecrets, beside a connection"
    if "opendatahub.io/hardware-profile-name" in annotations:
        if "tolerations" in predictor:
            yield "tolerations, beside a hardware profile"
        if "kueue.x-k8s.io/queue-name" in (metadata.get("labels") or {}):
            yield "the queue, beside a hardware profile"
    if "opendatahub.io/hardware-profile-resource-version" in annotations:
        yield "the profile's resource version"


def _rewritten_by_kserve(node: Any, path: str) -> Iterator[str]:
    """What the webhook's marshalling changes: empty lists and maps vanish, quantities are spelt its way."""
    if isinstance(node, dict):
        for key, value in node.items():
            here = f"{path}.{key}"
            if value in ([], {}) and key != "emptyDir":
                yield f"{here}, empty"
            if path.endswith((".requests", ".limits")) and canonical(str(value)) != value:
                yield f"{here}, {value}"
            yield from _rewritten_by_kserve(value, here)
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _rewritten_by_kserve(value, f"{path}[{index}]")


def test_the_check_for_rewritten_fields_finds_some() -> None:
    model = {"storage": {"key": "a"}, "args": [], "resources": {"requests": {"cpu": "1000m"}}}
    data = {
        "kind": "InferenceService",
        "metadata": {
            "name": "m",
            "annotations": {
                "serving.kserve.io/deploymentMode": "RawDeployment",
                "opendatahub.io/connections": "a",
                "opendatahub.io/hardware-profile-name": "p",
            },
        },
        "spec": {"predictor": {"model": model, "tolerations": [{"operator": "Exists"}], "imagePullSecrets": [{"name": "a"}]}},
    }
    assert list(rewritten(data, Release("1.33", "0.20", "3.5"))) == [
        "deploymentMode",
        "predictor.model.args, empty",
        "predictor.model.resources.requests.cpu, 1000m",
        "storage, beside a connection",
        "imagePullSecrets, beside a connection",
        "tolerations, beside a hardware profile",
    ]
