"""The whole tree: where files go, who owns them, and that kustomize builds what was asked."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.overlay.drawing import HUGE, KINDS, draw
from tests.tools import KUSTOMIZE, build

from modelwright.model import Component, Document, Manifest, Shared, Tree, Variant
from modelwright.overlay import assemble, folder_names
from modelwright.overlay import overlay as lay_out
from modelwright.overlay.values import same
from modelwright.problems import Problem
from modelwright.yamlio import emit, read

ENVIRONMENTS = ("dev", "staging", "prod")
Objects = list[dict[str, Any]]


def overlay(components: Sequence[Component], shared: Sequence[Shared]) -> tuple[Tree, tuple[Problem, ...]]:
    """Components and shared folders, laid out and put together."""
    names = folder_names((c.project, c.document.kind, c.document.name) for c in components)
    tree, problems = lay_out(components, names)
    whole, found = assemble([tree], shared)
    return whole, problems + found


def service(name: str, replicas: int = 1, **more: Any) -> dict[str, Any]:
    spec = {"predictor": {"minReplicas": replicas, **more}}
    return {
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "metadata": {"name": name},
        "spec": spec,
    }


def config(name: str, **more: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, **more}, "data": {"a": "b"}}


def component(
    name: str, base: Objects, variants: Mapping[str, Objects], kind: str = "Model", project: str = "fraud"
) -> Component:
    document = Document(kind, name, {"metadata": {"name": name}}, f"{name}.yaml")
    return Component(
        document,
        project,
        tuple(manifests(document, "prod", project, base)),
        {env: tuple(manifests(document, env, project, objects)) for env, objects in variants.items()},
    )


def manifests(document: Document, environment: str, project: str, objects: Objects) -> list[Manifest]:
    variant = Variant(document, environment, project, f"{project}-{environment}", {})
    return [Manifest(data, {}, variant) for data in objects]


def one(name: str = "detector", **more: Any) -> Component:
    return component(name, [service(name)], {"dev": [service(name)], "prod": [service(name, 3)]}, **more)


def test_folders_and_owners() -> None:
    namespace = Manifest({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "fraud-dev"}})
    tree, problems = overlay([one()], [Shared("dev/fraud/project", "Project/fraud", (namespace,))])
    assert not problems
    assert tree.owners == {
        "base/fraud/detector/inferenceservice.yaml": "Model/detector",
        "base/fraud/detector/kustomization.yaml": "Model/detector",
        "dev/fraud/detector/kustomization.yaml": "Model/detector",
        "prod/fraud/detector/kustomization.yaml": "Model/detector",
        "prod/fraud/detector/patch-inferenceservice.yaml": "Model/detector",
        "dev/fraud/project/kustomization.yaml": "Project/fraud",
        "dev/fraud/project/namespace.yaml": "Project/fraud",
        "dev/fraud/kustomization.yaml": "Project/fraud",
        "prod/fraud/kustomization.yaml": "Project/fraud",
    }
    assert set(tree.files) == set(tree.owners)
    folders = {"base/fraud/detector", "dev/fraud/detector", "prod/fraud/detector", "dev/fraud/project"}
    assert set(tree.built) == folders
    assert tree.built["prod/fraud/detector"][0].namespace == "fraud-prod"
    assert parsed(tree, "dev/fraud/kustomization.yaml")["resources"] == ["project", "detector"]
    assert parsed(tree, "prod/fraud/detector/kustomization.yaml") == {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "namespace": "fraud-prod",
        "resources": ["../../../base/fraud/detector"],
        "patches": [{"path": "patch-inferenceservice.yaml"}],
    }
    assert parsed(tree, "prod/fraud/detector/patch-inferenceservice.yaml")["spec"] == {"predictor": {"minReplicas": 3}}


def test_base_holds_no_namespace() -> None:
    placed = service("detector")
    placed["metadata"]["namespace"] = "fraud-dev"
    tree, problems = overlay([component("detector", [service("detector")], {"dev": [placed]})], [])
    assert not problems
    assert "namespace" not in tree.files["base/fraud/detector/inferenceservice.yaml"]
    assert "patches" not in parsed(tree, "dev/fraud/detector/kustomization.yaml")


def test_folder_names() -> None:
    twins = [one(), one(kind="Runtime"), one(kind="Graph"), one("project"), one(project="other")]
    tree, _ = overlay(twins, [])
    assert {path.split("/")[2] for path in tree.built if path.startswith("dev/fraud/")} == {
        "detector",
        "runtime-detector",
        "graph-detector",
        "model-project",
    }
    assert "dev/other/detector" in tree.built


def test_file_names_are_safe() -> None:
    flux = {"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization", "metadata": {"name": "x"}}
    objects = [flux, config("a:b"), config("a-b"), config("A-B")]
    tree, _ = overlay([component("c", objects, {"dev": objects})], [])
    names = sorted(path.rpartition("/")[2] for path in tree.files if path.startswith("base/"))
    assert names == [
        "configmap-A-B-3.yaml",
        "configmap-a-b-2.yaml",
        "configmap-a-b.yaml",
        "kustomization-x.yaml",
        "kustomization.yaml",
    ]


def test_two_owners() -> None:
    _, problems = overlay([one("a"), component("b", [service("a")], {"dev": [service("a")]})], [])
    assert [(p.code, p.environments, bool(p.related)) for p in problems] == [("MW406", ("dev",), True)]
    assert problems[0].place == Document("Model", "b", {}, "b.yaml").place(("metadata", "name"))


def test_same_object_in_two_clusters_is_fine() -> None:
    runtime = Manifest({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "x"}})
    shared = [Shared(f"clusters/{name}", "Cluster/x", (runtime,)) for name in ("a", "b")]
    assert overlay([], shared)[1] == ()
    twice = [Shared("clusters/a", "Cluster/x", (runtime, Manifest(dict(runtime.data))))]
    assert [p.code for p in overlay([], twice)[1]] == ["MW406"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "x"}}, "has no namespace"),
        (
            {"apiVersion": "serving.kserve.io/v1alpha1", "kind": "ClusterServingRuntime", "metadata": {"name": "x"}},
            "has no namespace",
        ),
        (config("x", namespace="elsewhere"), "namespace `elsewhere`"),
        ({"apiVersion": "v1", "kind": "Pod", "metadata": {"generateName": "x-"}}, "no `metadata.name`"),
        ({"apiVersion": "v1", "kind": "List", "metadata": {"name": "x"}, "items": []}, "list of objects"),
        (config("x", annotations={"config.kubernetes.io/local-config": "true"}), "local configuration"),
        (
            {
                "apiVersion": "rbac.authorization.k8s.io/v1",
                "kind": "RoleBinding",
                "metadata": {"name": "x"},
                "subjects": [{"kind": "ServiceAccount", "name": "default", "namespace": "other"}],
            },
            "moves the subject",
        ),
    ],
)
def test_misplaced(data: dict[str, Any], words: str) -> None:
    both = {"dev": [service("m"), data], "prod": [service("m"), data]}
    tree, problems = overlay([component("m", [service("m"), data], both)], [])
    assert [p.code for p in problems] == ["MW407"]
    assert words in problems[0].message
    assert set(problems[0].environments) == {"dev", "prod"}
    assert len(tree.built["dev/fraud/m"]) == 1


def test_deterministic() -> None:
    parts = [one("a"), one("b"), one("c")]
    forwards, backwards = overlay(parts, [])[0], overlay(parts[::-1], [])[0]
    assert list(forwards.files.items()) == list(backwards.files.items())


def awkward() -> list[Component]:
    """Objects that come, go, change their version or hold what no patch can say."""
    old = {"apiVersion": "x.io/v1", "kind": "Thing", "metadata": {"name": "t"}, "spec": {"a": 1}}
    huge = {**old, "metadata": {"name": "huge"}, "spec": {"n": HUGE[0]}}
    void = {**huge, "spec": {"n": HUGE[0], "m": {"k": None}}}
    dotted = [config("a.b"), config("axb")]
    changed = [{**d, "data": {"a": ["x"]}} for d in dotted[:1]] + dotted[1:]
    pods = [{"name": "a", "image": "a:1"}]
    return [
        component("gone", [service("gone"), config("gone")], {"dev": [service("gone", 2)], "prod": [service("gone")]}),
        component("new", [service("new")], {"dev": [service("new"), config("new")], "prod": [service("new")]}),
        component("renamed", [service("renamed")], {"dev": [service("other")], "prod": [service("renamed")]}),
        component("version", [old], {"dev": [{**old, "apiVersion": "x.io/v2"}], "prod": [old]}),
        component("huge", [huge], {"dev": [void], "staging": [{**huge, "spec": {"n": HUGE[1]}}], "prod": [huge]}),
        component("late", [], {"dev": [config("late")]}),
        component("dots", dotted, {"dev": changed, "prod": dotted}),
        component("noted", [config("noted", annotations={})], {"dev": [config("noted", annotations={"a": "1"})]}),
        component("lists", [service("lists", containers=pods)], {"dev": [service("lists", 2, containers=[])]}),
        component("nowhere", [config("nowhere")], {"dev": []}),
    ]


def drawn_components(count: int) -> list[Component]:
    components = []
    for number in range(count):
        rng = random.Random(f"layout-{number}")
        base: Objects = []
        variants: dict[str, Objects] = {env: [] for env in ENVIRONMENTS}
        for kind in rng.sample(sorted(KINDS), 2):
            seed = rng.randrange(2**30)
            for env in ENVIRONMENTS:
                first, want = draw(random.Random(seed), f"object-{number}-{kind.replace('_', '-')}", kind)
                if env == "staging" and rng.random() < 0.2:
                    continue
                variants[env].append(want if env == "dev" else first)
            base.append(first)
        components.append(component(f"c{number}", base, variants))
    return components


@pytest.mark.parametrize("version", KUSTOMIZE)
def test_real_kustomize_builds_the_same(version: str, tmp_path: Path) -> None:
    parts = [*awkward(), *drawn_components(25), one(), one("detector2", project="other")]
    namespace = Manifest({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "fraud-dev", "labels": {"a": "b"}}})
    tree, problems = overlay(parts, [Shared("dev/fraud/project", "Project/fraud", (namespace,))])
    assert not problems
    write(tree, tmp_path)
    projects = sorted({"/".join(folder.split("/")[:2]) for folder in tree.built if not folder.startswith("base/")})
    for project in projects:
        built = by_name(read(build(version, tmp_path / project), "built.yaml")[0])
        expected = by_name(
            m.data for folder, objects in tree.built.items() if folder.startswith(f"{project}/") for m in objects
        )
        assert built.keys() == expected.keys()
        for key, want in expected.items():
            assert same(built[key], want), f"{emit(built[key])}\n---\n{emit(want)}"


def by_name(objects: Any) -> dict[tuple[str, ...], Any]:
    return {(d["apiVersion"], d["kind"], d["metadata"]["name"]): d for d in objects if d}


def parsed(tree: Tree, path: str) -> Any:
    documents, problems = read(tree.files[path], path)
    assert not problems
    return documents[0]


def write(tree: Tree, root: Path) -> None:
    for path, text in tree.files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
