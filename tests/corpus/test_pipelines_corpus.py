"""Real pipeline servers and pipeline versions, written as blueprints, come out as the same objects."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from modelwright.model import Manifest, Source
from modelwright.pipeline import Build, build
from modelwright.yamlio import emit, read

HERE = Path(__file__).parent
CORPUS = HERE.parents[2] / "shared" / "corpus"
PLATFORM = """\
apiVersion: modelwright/v1
kind: Cluster
metadata: {name: hub}
spec: {flavour: openshift, versions: {kubernetes: "1.33", openDataHub: "3.4"}}
---
apiVersion: modelwright/v1
kind: Environment
metadata: {name: hub}
spec: {cluster: hub, manage: false, namespace: "{project}"}
"""
HEAD = "apiVersion: modelwright/v1\nkind: Workspace\nmetadata: {name: corpus}\nspec: {projects: {a: {}, b: {}}}\n"
SERVERS = ("DSPA/006", "DSPA/011", "DSPA/020", "DSPA/021", "DSPA/026")

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of public manifests is not beside this checkout")


def document(name: str) -> dict[str, Any]:
    found: dict[str, Any] = read((CORPUS / f"{name}.yaml").read_text(), name)[0][0]
    return found


def made(result: Build) -> Iterator[Manifest]:
    for folder, manifests in result.tree.built.items():
        if folder.startswith("hub/"):
            yield from manifests


@pytest.fixture(scope="module")
def servers() -> Build:
    blueprints = (HERE / "pipelines" / "dspa.yaml").read_text()
    result = build((Source("modelwright.yaml", HEAD), Source("blueprints/p.yaml", PLATFORM), Source("blueprints/dspa.yaml", blueprints)))
    assert [p for p in result.problems if p.severity == "error"] == []
    return result


@pytest.mark.parametrize("name", SERVERS)
def test_a_pipeline_server_gives_the_document(name: str, servers: Build) -> None:
    (found,) = [m.data for m in made(servers) if (m.data["metadata"].get("annotations") or {}).get("document") == name]
    wanted = document(name)
    assert found["spec"] == wanted["spec"]
    assert (found["apiVersion"], found["metadata"]["name"]) == (wanted["apiVersion"], wanted["metadata"]["name"])


@pytest.mark.parametrize("name", ["KfpPipelineVersion/001", "KfpPipelineVersion/002"])
def test_a_pipeline_version_gives_the_document(name: str) -> None:
    """The name differs: ours is made of the content."""
    wanted = document(name)
    pipeline = wanted["spec"]["pipelineName"]
    blueprint = f"apiVersion: modelwright/v1\nkind: Pipeline\nmetadata: {{name: {pipeline}}}\nspec: {{project: a, ir: ir.yaml, environments: {{hub: {{}}}}}}\n"
    files = (Source("blueprints/pipeline.yaml", blueprint), Source("blueprints/ir.yaml", emit(wanted["spec"]["pipelineSpec"])))
    result = build((Source("modelwright.yaml", HEAD), Source("blueprints/p.yaml", PLATFORM), *files))
    assert result.problems == ()
    versions = [m.data for m in made(result) if m.kind == "PipelineVersion"]
    assert [v["spec"] for v in versions] == [wanted["spec"]]
    assert versions[0]["metadata"]["name"].startswith(f"{pipeline}-")


def test_a_pipeline_version_without_its_pipeline_is_a_template_to_fill_in() -> None:
    """The third document holds a comment in place of the pipeline: nothing to compile."""
    assert document("KfpPipelineVersion/003")["spec"]["pipelineSpec"] is None
