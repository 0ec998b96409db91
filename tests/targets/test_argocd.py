"""Argo CD: what it is told about the example, and in which order it would go."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests import scaffold

from modelwright.cli import cli
from modelwright.judge import judge
from modelwright.load.files import gather
from modelwright.model import Document, Manifest, Place, Release, Variant
from modelwright.pipeline import Build, build
from modelwright.targets.argocd.waves import OPTIONS, WAVE, decorate
from modelwright.yamlio import read

ROOT = Path(__file__).parent.parent.parent

HEAD = """\
apiVersion: modelwright/v1
kind: Workspace
metadata: {name: shop}
spec: {projects: {risk: {}}, gitops: GITOPS}
"""
CLUSTER = """\
apiVersion: modelwright/v1
kind: Cluster
metadata: {name: NAME}
spec: {versions: {kubernetes: "1.33", kserve: "0.20"}, argocd: ARGOCD}
---
apiVersion: modelwright/v1
kind: Environment
metadata: {name: STAGE}
spec: {cluster: NAME}
"""
MODEL = """\
apiVersion: modelwright/v1
kind: Model
metadata: {name: iris}
spec: {format: sklearn, source: "gs://models/iris/", environments: {STAGES}}
"""
RUNTIME = """\
apiVersion: modelwright/v1
kind: Runtime
metadata: {name: mlserver}
spec: {scope: cluster, formats: [sklearn], image: "example.com/mlserver:1.6", environments: {STAGES}}
"""
GITOPS = '{repository: "git@git.example.com:ml/models.git"}'


@pytest.fixture(scope="module")
def example() -> Build:
    return build(gather(str(ROOT))[0])


def _shop(stages: str, *clusters: tuple[str, str, str], gitops: str = GITOPS, more: str = "") -> Build:
    texts = [CLUSTER.replace("NAME", n).replace("STAGE", s).replace("ARGOCD", a) for n, s, a in clusters]
    model = MODEL.replace("STAGES", stages)
    return scaffold.compiled(HEAD.replace("GITOPS", gitops), *texts, model, *filter(None, [more]))


def _objects(result: Build, folder: str = "argocd") -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The AppProject, and the Applications that the controller would make of the ApplicationSet."""
    kinds = {manifest.kind: dict(manifest.data) for manifest in result.tree.built[folder]}
    spec = kinds["ApplicationSet"]["spec"]
    assert spec["goTemplate"] is True
    elements = spec["generators"][0]["list"]["elements"]
    made = []
    for element in elements:
        application = _filled(spec["template"], element)
        made.append({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", **application})
    return kinds["AppProject"], made


def _filled(node: Any, element: dict[str, str]) -> Any:
    if isinstance(node, dict):
        return {key: _filled(value, element) for key, value in node.items()}
    if isinstance(node, list):
        return [_filled(value, element) for value in node]
    return re.sub(r"\{\{ \.(\w+) \}\}", lambda m: element[m[1]], node) if isinstance(node, str) else node


def test_every_project_of_every_environment_is_an_application(example: Build) -> None:
    _, applications = _objects(example)
    paths = [application["spec"]["source"]["path"] for application in applications]
    folders = sorted(p.parent.relative_to(ROOT) for p in (ROOT / "overlays").glob("*/*/kustomization.yaml"))
    assert sorted(paths) == [str(f) for f in folders if f.parts[1] not in ("base", "argocd")]
    assert len({application["metadata"]["name"] for application in applications}) == len(paths)
    problems = judge([Manifest(a, place=Place("x")) for a in applications], Release("1.33"))
    assert problems == ()


def test_the_project_allows_what_is_deployed_and_no_more(example: Build) -> None:
    project, applications = _objects(example)
    spec = project["spec"]
    assert spec["sourceRepos"] == list({a["spec"]["source"]["repoURL"] for a in applications})
    assert spec["destinations"] == [a["spec"]["destination"] for a in applications]
    built = [m for folder, found in example.tree.built.items() if not folder.startswith("argocd") for m in found]
    wide = {(m.api_version.rpartition("/")[0], m.kind) for m in built if not m.namespace and m.variant is not None}
    wide = {kind for kind in wide if kind not in _namespaced(example)}
    assert {(k["group"], k["kind"]) for k in spec["clusterResourceWhitelist"]} == wide == {("", "Namespace")}


def _namespaced(result: Build) -> set[tuple[str, str]]:
    found = (m for folder in result.tree.built.values() for m in folder)
    return {(m.api_version.rpartition("/")[0], m.kind) for m in found if m.namespace}


def test_namespaces_go_first_then_secrets_then_runtimes_then_models(example: Build) -> None:
    waves: dict[int, set[str]] = {}
    for folder, manifests in example.tree.built.items():
        if folder.startswith("prod/"):
            for manifest in manifests:
                annotations = manifest.data["metadata"].get("annotations") or {}
                waves.setdefault(int(annotations.get(WAVE, "0")), set()).add(manifest.kind)
    assert sorted(waves.items()) == [
        (-3, {"Namespace", "ResourceQuota"}),
        (-2, {"ExternalSecret", "Role", "RoleBinding", "Secret", "ServiceAccount"}),
        (-1, {"DataSciencePipelinesApplication", "Pipeline", "ServingRuntime"}),
        (0, {"InferenceService"}),
        (1, {"PipelineVersion"}),
    ]


def _annotations(data: dict[str, Any], result: Build) -> dict[str, str]:
    """What is laid over a plain manifest of environment prod."""
    variant = Variant(Document("Model", "iris", {}, "iris.yaml"), "prod", "risk", "risk-prod", {})
    patch = decorate(Manifest(data), variant, result.workspace) or {"metadata": {"annotations": {}}}
    return dict(patch["metadata"]["annotations"])


def test_claims_are_kept_and_wait_for_nobody() -> None:
    claim: dict[str, Any] = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "weights"}}
    deployed = _shop("prod: {}", ("hub", "prod", "{}"))
    assert _annotations(claim, deployed) == {OPTIONS: "Prune=false,Delete=false"}
    assert _annotations(claim, scaffold.compiled()) == {OPTIONS: "Prune=false,Delete=false"}


def test_what_an_author_says_to_argo_cd_stands() -> None:
    deployed = _shop("prod: {}", ("hub", "prod", "{}"))
    for kind, annotation in (("PersistentVolumeClaim", OPTIONS), ("ConfigMap", WAVE)):
        metadata = {"name": "mine", "annotations": {annotation: "mine"}}
        assert _annotations({"apiVersion": "v1", "kind": kind, "metadata": metadata}, deployed) == {}
    plain: dict[str, Any] = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "mine"}}
    assert _annotations(plain, deployed) == {WAVE: "-2"}


def test_openshift_is_told_who_may_work_in_a_namespace(example: Build) -> None:
    label = "argocd.argoproj.io/managed-by: openshift-gitops\n"
    assert label in example.tree.files["prod/risk/project/namespace.yaml"]
    assert label not in example.tree.files["dev/risk/project/namespace.yaml"]


def test_without_a_repository_nothing_is_said_to_argo_cd() -> None:
    result = scaffold.compiled(MODEL.replace("STAGES", "dev: {}"))
    assert result.problems == ()
    assert not any("argocd" in path for path in result.tree.files)
    assert not any(WAVE in text for text in result.tree.files.values())


def test_only_clusters_that_say_so_are_deployed_to() -> None:
    result = _shop("dev: {}, prod: {}", ("hub", "prod", "{}"))
    assert result.problems == ()
    _, applications = _objects(result)
    assert [a["metadata"]["name"] for a in applications] == ["shop-risk-prod"]
    assert WAVE in result.tree.files["prod/risk/project/namespace.yaml"]
    assert WAVE not in result.tree.files["dev/risk/project/namespace.yaml"]


def test_a_branch_per_environment_and_a_folder_of_its_own() -> None:
    gitops = '{repository: "https://git.example.com/ml.git", branch: "env/{environment}", path: deploy/overlays, sync: manual}'
    _, applications = _objects(_shop("prod: {}", ("hub", "prod", "{}"), gitops=gitops))
    source = applications[0]["spec"]["source"]
    assert source == {
        "repoURL": "https://git.example.com/ml.git",
        "targetRevision": "env/prod",
        "path": "deploy/overlays/prod/risk",
    }
    assert "automated" not in applications[0]["spec"]["syncPolicy"]


def test_runtimes_of_a_cluster_are_an_application_of_their_own() -> None:
    result = _shop("prod: {}", ("hub", "prod", "{}"), more=RUNTIME.replace("STAGES", "prod: {}"))
    assert result.problems == ()
    project, applications = _objects(result)
    assert [a["spec"]["source"]["path"] for a in applications] == ["overlays/clusters/hub", "overlays/prod/risk"]
    assert project["spec"]["destinations"] == [{"server": "https://kubernetes.default.svc", "namespace": "risk-prod"}]
    assert project["spec"]["clusterResourceWhitelist"] == [
        {"group": "", "kind": "Namespace"},
        {"group": "serving.kserve.io", "kind": "ClusterServingRuntime"},
    ]


def test_clusters_with_an_argo_cd_each_get_a_folder_each() -> None:
    result = _shop("test: {}, prod: {}", ("north", "test", "{}"), ("south", "prod", "{namespace: gitops}"))
    assert result.problems == ()
    for folder, namespace, name in (
        ("argocd/north", "argocd", "shop-risk-test"),
        ("argocd/south", "gitops", "shop-risk-prod"),
    ):
        project, applications = _objects(result, folder)
        assert project["metadata"]["namespace"] == namespace
        assert [a["metadata"]["name"] for a in applications] == [name]


@pytest.mark.parametrize(
    ("repository", "code"),
    [
        ("https://user:secret@git.example.com/ml.git", "MW216"),
        ("https://ghp_0123456789@git.example.com/ml.git", "MW216"),
        ("https://git.example.com/{{ .Values }}.git", "MW204"),
        ("https://git.example.com/*", "MW204"),
        ("file:///srv/ml.git", "MW204"),
        ("../ml.git", "MW204"),
    ],
)
def test_an_address_with_credentials_or_of_another_sort_is_refused(repository: str, code: str) -> None:
    result = _shop("dev: {}", ("hub", "prod", "{}"), gitops=f'{{repository: "{repository}"}}')
    assert [p.code for p in result.problems] == [code]
    assert all(p.conceal for p in result.problems if p.code == "MW216")
    assert "secret" not in str(result.problems) and "ghp_" not in str(result.problems)


def test_render_one_project_is_one_application(example: Build) -> None:
    done = CliRunner().invoke(cli, ["-C", str(ROOT), "render", "prod", "--project", "risk"])
    assert done.exit_code == 0
    wanted = [m for f, found in sorted(example.tree.built.items()) if f.startswith("prod/risk/") for m in found]
    assert len(read(done.stdout, "out")[0]) == len(wanted)
    none = CliRunner().invoke(cli, ["-C", str(ROOT), "render", "prod", "--project", "nobody"])
    assert none.exit_code == 2
    assert none.output == "modelwright: project 'nobody' in environment 'prod' has no manifests\n"
