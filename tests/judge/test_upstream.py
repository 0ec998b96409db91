"""What the projects themselves ship passes, or the finding is true and stands here with the reason."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from modelwright.judge import judge
from modelwright.model import Manifest, Release
from modelwright.yamlio import read

SHARED = Path(__file__).resolve().parents[3] / "shared"
pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared material is not here")

RELEASES = {
    "kserve": Release("1.33", "0.20"),
    "modelmesh": Release("1.30", "0.15"),
    "opendatahub": Release("1.33", "", "3.5"),
}
TRUE = {
    # It configures kustomize's label transformer, and is sent to no cluster.
    ("modelmesh/v0.12.0/config/metadataLabelTransformer.yaml", "MW506", "kind"),
    # Kustomize fills in the namespace of the webhook's service when it builds the folder.
    ("modelmesh/v0.12.0/config/webhook-manifests.yaml", "MW503", "webhooks.0.clientConfig.service.namespace"),
    # In the repository, most images are the latest.
    ("kserve/v0.20.0/runtimes.yaml", "MW882", "spec.containers.0.image"),
    # A sample of the time before storage keys.
    ("modelmesh/v0.12.0/examples/samples/predictor_custom_complete.yaml", "MW701", "spec.storage.persistentVolumeClaim"),
}
"""File, code and path of findings that were looked at by hand and are right."""


def objects(file: Path) -> Iterator[dict[str, Any]]:
    """The objects of a file, and those inside of an OpenShift Template."""
    documents, problems = read(file.read_text(encoding="utf-8"), file.name, large=True)
    assert not problems
    for document in documents:
        if isinstance(document, dict) and {"apiVersion", "kind"} <= document.keys():
            yield from document["objects"] if document["kind"] == "Template" else [document]


@pytest.mark.parametrize("project", RELEASES)
def test_runtimes_and_samples_pass(project: str) -> None:
    found = set()
    judged = 0
    for file in sorted((SHARED / "data" / project).rglob("*.yaml")):
        for data in objects(file):
            judged += 1
            for problem in judge([Manifest(data)], RELEASES[project]):
                if problem.code != "MW505":
                    path = ".".join(map(str, problem.path))
                    found.add((file.relative_to(SHARED / "data").as_posix(), problem.code, path))
    assert judged > 10
    assert found == {row for row in TRUE if row[0].startswith(f"{project}/")}


def test_released_definitions_pass() -> None:
    """As objects of the kind CustomResourceDefinition; the large ones with MODELWRIGHT_ALL_CRDS."""
    most = 10**9 if os.environ.get("MODELWRIGHT_ALL_CRDS") else 30_000
    files = [file for file in sorted((SHARED / "crds").rglob("*.yaml")) if file.stat().st_size < most]
    assert len(files) > 20
    for file in files:
        for data in objects(file):
            found = judge([Manifest(data)], Release("1.34"))
            assert [p for p in found if p.severity == "error"] == [], file
