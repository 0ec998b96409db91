"""Image mirrors: names as container runtimes read them, boundaries of path parts, everything that is compiled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests import scaffold, tools

from modelwright.expand.mirror import moved
from modelwright.pipeline import Build
from modelwright.yamlio import read

HUB = (("docker.io", "mirror.example.com/docker"),)
DIGEST = "sha256:" + "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("image", "wanted"),
    [
        ("nginx", "library/nginx"),
        ("nginx:1.27", "library/nginx:1.27"),
        ("kserve/x:1", "kserve/x:1"),
        ("docker.io/kserve/x:1", "kserve/x:1"),
        ("docker.io/nginx", "library/nginx"),
        ("index.docker.io/kserve/x", "kserve/x"),
        ("docker.io/library/nginx", "library/nginx"),
        (f"kserve/x@{DIGEST}", f"kserve/x@{DIGEST}"),
        (f"kserve/x:1@{DIGEST}", f"kserve/x:1@{DIGEST}"),
        ("a/b/c/d-e__f.g:V_1.0-x", "a/b/c/d-e__f.g:V_1.0-x"),
    ],
)
def test_images_without_a_registry_are_of_docker_io(image: str, wanted: str) -> None:
    assert moved(image, HUB) == f"mirror.example.com/docker/{wanted}"


@pytest.mark.parametrize(
    "image",
    [
        "quay.io/kserve/x:1",
        "localhost/x",
        "localhost:5000/x",
        "registry:5000/x:1",
        "docker.io.example.com/x",
        "my.docker.io/x",
        "{{ image }}",
        "$(params.image)",
        "oci://quay.io/x",
        "https://example.com/logo.png",
        "Kserve/X",
        "a b",
        "",
        "/x",
        "x/",
        "x:",
        "x@sha256",
    ],
)
def test_other_registries_and_what_is_no_image_stay(image: str) -> None:
    assert moved(image, HUB) == image


def test_boundaries_are_those_of_path_parts() -> None:
    mirrors = (("quay.io/kserve/agent", "b.io/own"), ("quay.io/kserve", "a.io"))
    assert moved("quay.io/kserve/agent:1", mirrors) == "b.io/own:1"
    assert moved("quay.io/kserve/agent-x:1", mirrors) == "a.io/agent-x:1"
    assert moved("quay.io/kserve/agent/x:1", mirrors) == "b.io/own/x:1"
    assert moved("quay.io/kserved/x:1", mirrors) == "quay.io/kserved/x:1"


PLATFORM = """\
apiVersion: modelwright/v1
kind: Environment
metadata: {name: prod}
spec:
  cluster: main
  after: dev
  images:
  - {from: docker.io, to: mirror.example.com/docker}
  - {from: docker.io/kserve, to: kserve.example.com}
  - {from: registry.redhat.io, to: mirror.example.com:5000/redhat}
---
apiVersion: modelwright/v1
kind: Runtime
metadata: {name: server}
spec:
  formats: [onnx]
  image: kserve/server:1
  sidecars: {side: {image: "busybox"}}
  environments: {dev: {}, prod: {}}
---
"""
MODEL = """\
apiVersion: modelwright/v1
kind: Model
metadata: {name: iris}
spec:
  format: onnx
  runtime: server
  source: oci://registry.redhat.io/rhelai1/modelcar:1.5
  image: docker.io/nvidia/triton:24
  transformer: {image: "quay.io/me/prepare:2"}
  extras: [job.yaml]
  environments: {dev: {}, prod: {}}
# file: job.yaml
apiVersion: batch/v1
kind: Job
metadata: {name: fetch, annotations: {image: busybox}}
spec:
  template:
    spec:
      restartPolicy: Never
      initContainers: [{name: b, image: busybox:1}]
      containers: [{name: a, image: "kserve/fetch:1", env: [{name: image, value: busybox}]}]
      volumes: [{name: m, image: {reference: "registry.redhat.io/m:1"}}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {image: busybox}
"""


@pytest.fixture(scope="module")
def result() -> Build:
    model = MODEL.replace("  image: docker.io/nvidia/triton:24\n", "")
    made = scaffold.compiled(PLATFORM + model)
    assert {p.code for p in made.problems} <= {"MW882"}  # some images have no tag: a mirror takes them, too
    return made


def objects(result: Build, environment: str) -> dict[str, Any]:
    folders = (f"{environment}/risk/iris", f"{environment}/risk/server")
    return {m.kind: m.data for folder in folders for m in result.tree.built[folder]}


def test_everything_compiled_for_an_environment_comes_from_its_mirrors(result: Build) -> None:
    prod = objects(result, "prod")
    images = [c["image"] for c in prod["ServingRuntime"]["spec"]["containers"]]
    assert images == ["kserve.example.com/server:1", "mirror.example.com/docker/library/busybox"]
    service = prod["InferenceService"]["spec"]
    assert service["predictor"]["model"]["storageUri"] == "oci://mirror.example.com:5000/redhat/rhelai1/modelcar:1.5"
    assert service["transformer"]["containers"][0]["image"] == "quay.io/me/prepare:2"
    pod = prod["Job"]["spec"]["template"]["spec"]
    assert pod["initContainers"][0]["image"] == "mirror.example.com/docker/library/busybox:1"
    assert pod["containers"][0] == {
        "name": "a",
        "image": "kserve.example.com/fetch:1",
        "env": [{"name": "image", "value": "busybox"}],
    }
    assert pod["volumes"][0]["image"]["reference"] == "mirror.example.com:5000/redhat/m:1"
    assert prod["Job"]["metadata"]["annotations"] == {"image": "busybox"}
    assert prod["ConfigMap"]["data"] == {"image": "busybox"}


def test_bases_and_other_environments_keep_the_authors_names(result: Build) -> None:
    assert "image: kserve/server:1" in result.tree.files["base/risk/server/servingruntime.yaml"]
    assert objects(result, "dev")["ServingRuntime"]["spec"]["containers"][0]["image"] == "kserve/server:1"
    assert "mirror" not in "".join(text for path, text in result.tree.files.items() if path.startswith(("base/", "dev/")))


def test_a_problem_of_a_mirrored_image_leads_to_the_authors_word() -> None:
    text = PLATFORM.replace('{image: "busybox"}', '{image: "busybox", securityContext: {runAsUser: x}}')
    problems = scaffold.compiled(text).problems
    problems = [p for p in problems if p.code != "MW882"]
    assert {p.place.path for p in problems} == {("spec", "sidecars", "side", "securityContext", "runAsUser")}  # type: ignore[union-attr]


@pytest.mark.parametrize("version", tools.KUSTOMIZE)
def test_kustomize_builds_the_mirrored_objects(version: str, tmp_path: Path, result: Build) -> None:
    for path, text in result.tree.files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    for name in ("iris", "server"):
        built = read(tools.build(version, tmp_path / "prod/risk" / name), "")[0]
        wanted = [m.data for m in result.tree.built[f"prod/risk/{name}"]]
        assert sorted(built, key=lambda m: str(m["kind"])) == sorted(wanted, key=lambda m: str(m["kind"]))
