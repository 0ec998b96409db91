"""Every value of a built object knows the file and the field it was written in; every problem, its line."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from modelwright.kustomize import build, roots
from modelwright.model import Mark, Path, Place
from modelwright.yamlio.marks import marks

FILES: Mapping[str, str] = {
    "overlay/kustomization.yaml": """
resources: [../base]
namespace: shop
labels: [{pairs: {team: risk}}]
images: [{name: nginx, newTag: "1.27"}]
patches:
- path: patch.yaml
- target: {kind: Deployment}
  patch: |
    - {op: add, path: /spec/paused, value: true}
configMapGenerator:
- {name: settings, literals: [A=b]}
""",
    "overlay/patch.yaml": """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
      - name: side
        image: side:1
""",
    "base/kustomization.yaml": "resources: [all.yaml]\n",
    "base/all.yaml": """
apiVersion: v1
kind: Service
metadata: {name: web}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 2
  template:
    spec:
      containers:
      - name: web
        image: nginx:1.0
""",
}


def data(files: Mapping[str, str]) -> dict[str, bytes]:
    return {path: text.encode() for path, text in files.items()}


POD = ("spec", "template", "spec", "containers")
PLACES: Mapping[Path, tuple[str, int]] = {
    ("spec", "replicas"): ("base/all.yaml", 11),
    ("spec", "replicas", "beyond"): ("base/all.yaml", 11),
    ("metadata", "name"): ("base/all.yaml", 9),
    ("metadata", "namespace"): ("overlay/kustomization.yaml", 3),
    ("metadata", "labels", "team"): ("overlay/kustomization.yaml", 4),
    (*POD, 0, "image"): ("overlay/patch.yaml", 10),
    (*POD, 1, "name"): ("base/all.yaml", 15),
    (*POD, 1, "image"): ("overlay/kustomization.yaml", 5),
    (*POD, 1, "resources"): ("base/all.yaml", 15),
    ("spec", "paused"): ("overlay/kustomization.yaml", 9),
    ("kind",): ("base/all.yaml", 7),
}


@pytest.mark.parametrize("path", PLACES, ids=str)
def test_a_value_is_where_it_was_written(path: Path) -> None:
    manifests, problems = build(data(FILES), "overlay")
    assert problems == ()
    (deployment,) = (manifest for manifest in manifests if manifest.kind == "Deployment")
    place = deployment.origin(path)
    assert place is not None
    assert (place.file, line(place)) == PLACES[path]


def test_a_generated_object_is_where_its_generator_is() -> None:
    (settings,) = (m for m in build(data(FILES), "overlay")[0] if m.kind == "ConfigMap")
    place = settings.origin(("data", "A"))
    assert place is not None and (place.file, line(place)) == ("overlay/kustomization.yaml", 12)


def line(place: Place | Mark | None) -> int:
    if isinstance(place, Mark):
        return place.line
    assert place is not None
    return marks(FILES.get(place.file, ""), place.file, place.document).mark(place.path).line


def test_a_problem_names_the_patch_and_the_object() -> None:
    files = {**FILES, "overlay/patch.yaml": FILES["overlay/patch.yaml"].replace("containers:", "containers: text\n  x:")}
    ((problem,),) = (build(data(files), "overlay")[1],)
    assert problem.code == "MW472"
    assert isinstance(problem.place, Place) and problem.place.file == "overlay/patch.yaml"
    assert [(text, place.file) for text, place in problem.related] == [("the object", "base/all.yaml")]


def test_a_patch_for_nothing_says_what_there_is() -> None:
    files = {**FILES, "overlay/patch.yaml": FILES["overlay/patch.yaml"].replace("apps/v1", "apps/v1beta1")}
    (problem,) = build(data(files), "overlay")[1]
    assert (problem.code, problem.hint) == ("MW469", "there is Deployment web (apps/v1)")


def test_a_slip_in_a_path_finds_the_file() -> None:
    files = {**FILES, "base/kustomization.yaml": "resources: [al.yaml]\n"}
    (problem,) = build(data(files), "overlay")[1]
    assert (problem.code, problem.hint) == ("MW463", "did you mean `all.yaml`?")


def test_roots_are_what_nobody_names() -> None:
    assert roots(data(FILES)) == ("overlay",)
    more = {
        **FILES,
        "kustomization.yaml": "resources: [overlay, https://example.com/x]\n",
        "part/kustomization.yaml": "kind: Component\nresources: []\n",
        "one/kustomization.yaml": "resources: [../two]\n",
        "two/kustomization.yaml": "resources: [../one]\n",
        "broken/kustomization.yaml": "resources: [\n",
        "alone/Kustomization": "resources: [a.yaml]\n",
    }
    assert roots(data(more)) == ("", "alone", "broken", "one")
    assert roots({}) == ()


def test_files_may_be_read_one_by_one() -> None:
    asked: list[str] = []

    def read(path: str) -> bytes | None:
        asked.append(path)
        text = FILES.get(path)
        return None if text is None else text.encode()

    assert len(build(read, "overlay")[0]) == 3
    assert "base/all.yaml" in asked
