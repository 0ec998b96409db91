"""A cluster's own CustomResourceDefinitions: the kinds they define are judged by them, on that cluster only."""

from __future__ import annotations

import copy
import pickle
import random
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests import scaffold

from modelwright.cli import cli
from modelwright.judge.fast import compiled
from modelwright.judge.own import own_kinds
from modelwright.judge.schema import explain
from modelwright.judge.structural import odd_keyword
from modelwright.load import load, split
from modelwright.pipeline import Build
from modelwright.resolve import resolve
from modelwright.yamlio import emit

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
MODEL = """\
apiVersion: modelwright/v1
kind: Model
metadata: {name: iris}
spec:
  format: sklearn
  source: gs://models/iris
  extras: [queue.yaml]
  environments: {dev: {}, lab: {}}
"""
LAB = """\
---
apiVersion: modelwright/v1
kind: Cluster
metadata: {name: lab}
spec: {versions: {kubernetes: "1.33", kserve: "0.20"}, mode: standard, crds: [crds/*.yaml]}
---
apiVersion: modelwright/v1
kind: Environment
metadata: {name: lab}
spec: {cluster: lab}
"""


def crd(scope: str = "Namespaced", kind: str = "Queue", group: str = "example.com", **schema: Any) -> dict[str, Any]:
    """A CustomResourceDefinition of one version, with fields `size` and `list` below `spec`."""
    fields = {"size": {"type": "integer", "maximum": 5}, "list": {"type": "array", "items": {"type": "string"}}}
    spec = {"type": "object", "required": ["size"], "properties": {**fields, **schema}}
    plural = f"{kind.lower()}s"
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "scope": scope,
            "names": {"kind": kind, "plural": plural},
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": spec}}},
                }
            ],
        },
    }


def queue(kind: str = "Queue", api: str = "example.com/v1", **spec: Any) -> str:
    return emit({"apiVersion": api, "kind": kind, "metadata": {"name": "jobs"}, "spec": spec})


def made(definitions: str, extra: str) -> Build:
    files = f"# file: crds/all.yaml\n{definitions}# file: queue.yaml\n{extra}"
    return scaffold.compiled(MODEL + LAB + files)


def told(result: Build) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(p.code, f"{p.place.file}:{'.'.join(map(str, p.place.path))}", p.environments) for p in result.problems]  # type: ignore[union-attr]


def test_kinds_are_judged_by_their_own_definition() -> None:
    result = made(emit(crd()), queue(size=9, lists=[]))
    assert told(result) == [
        ("MW505", "blueprints/queue.yaml:kind", ("dev",)),
        ("MW504", "blueprints/queue.yaml:spec.size", ("lab",)),
        ("MW501", "blueprints/queue.yaml:spec.lists", ("lab",)),
    ]
    assert "name its CustomResourceDefinition under `crds`" in result.problems[0].hint


def test_a_list_of_definitions_is_read_as_kubectl_writes_it() -> None:
    listed = {"apiVersion": "v1", "kind": "List", "items": [crd(kind="Other"), crd()], "metadata": {"resourceVersion": ""}}
    assert [p.code for p in made(emit(listed), queue(size=9)).problems] == ["MW505", "MW504"]


def test_a_definition_of_a_known_kind_replaces_all_its_versions() -> None:
    """KServe's own ServingRuntime is v1alpha1; here is a cluster whose fork knows only `v1`, with other fields."""
    fork = crd(kind="ServingRuntime", group="serving.kserve.io")
    result = made(emit(fork), queue("ServingRuntime", "serving.kserve.io/v1alpha1", size=1, containers=[{"name": "a"}]))
    codes = {(p.code, p.environments) for p in result.problems}
    assert ("MW506", ("lab",)) in codes and not [c for c in codes if c[0] == "MW506" and "dev" in c[1]]
    (problem,) = [p for p in result.problems if p.code == "MW506"]
    assert problem.hint == "write `apiVersion: serving.kserve.io/v1`"


def test_kinds_of_cluster_scope_do_not_fit_a_component() -> None:
    result = made(emit(crd("Cluster")), queue(size=1))
    assert told(result) == [("MW407", "blueprints/queue.yaml:kind", ("lab",)), ("MW505", "blueprints/queue.yaml:kind", ("dev",))]


def broken(change: Any) -> str:
    data = crd()
    change(data["spec"])
    return emit(data)


SCHEMA = ("schema", "openAPIV3Schema", "properties", "spec", "properties")


def inside(spec: dict[str, Any]) -> dict[str, Any]:
    node: Any = spec["versions"][0]
    for step in SCHEMA:
        node = node[step]
    return node  # type: ignore[no-any-return]


BROKEN = {
    "no group": (lambda s: s.pop("group"), "MW503", "spec.group"),
    "versions of text": (lambda s: s.update(versions="v1"), "MW502", "spec.versions"),
    "misspelt": (lambda s: s.update(scop="x"), "MW501", "spec.scop"),
    "odd type": (lambda s: inside(s)["list"]["items"].update(type="text"), "MW232", "list.items.type"),
    "odd type in a property": (lambda s: inside(s)["size"].update(type="int"), "MW232", "size.type"),
    "items of a list": (lambda s: inside(s)["list"].update(items=["a"]), "MW232", "list.items"),
    "properties of a list": (
        lambda s: inside(s)["list"].update(items={"type": "object", "properties": ["a"]}),
        "MW232",
        "list.items.properties",
    ),
    "required of a number": (lambda s: inside(s)["list"].update(items={"required": [1]}), "MW232", "list.items.required"),
    "pattern of a number": (lambda s: inside(s)["list"]["items"].update(pattern=1), "MW232", "list.items.pattern"),
}


@pytest.mark.parametrize(("change", "code", "place"), BROKEN.values(), ids=BROKEN.keys())
def test_broken_definitions_are_one_problem(change: Any, code: str, place: str) -> None:
    result = made(broken(change), queue(size=9))
    first, *rest = told(result)
    assert (first[0], first[1].endswith(place), first[1].partition(":")[0]) == (code, True, "blueprints/crds/all.yaml")
    assert {c for c, *_ in rest} <= {"MW505"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n", "MW230"),
        ("apiVersion: v1\nkind: List\nitems: [1]\n", "MW230"),
        (f"{emit(crd())}---\n{emit(crd())}", "MW231"),
        ("a: b: c\n", "MW102"),
        (emit(crd()).replace("apiextensions.k8s.io/v1", "apiextensions.k8s.io/v1beta1"), "MW506"),
        ("# nothing\n", "MW106"),
    ],
)
def test_other_files_are_one_problem(text: str, code: str) -> None:
    assert [p.code for p in made(text, queue(size=1)).problems if p.code != "MW505"] == [code]


def test_kinds_travel_to_other_processes_and_stay_themselves() -> None:
    sources = scaffold.sources(MODEL + LAB + f"# file: crds/all.yaml\n{emit(crd())}# file: queue.yaml\n{queue(size=1)}")
    blueprints, files, _ = split(sources)
    kinds, problems = own_kinds(resolve(load(blueprints)[0], files=files)[0])
    assert problems == () and list(kinds) == ["lab"]
    again = pickle.loads(pickle.dumps(kinds["lab"]))
    assert again[("example.com/v1", "Queue")] is kinds["lab"][("example.com/v1", "Queue")]
    assert list(again) == [("example.com/v1", "Queue")]


def test_validate_judges_by_the_clusters_own_kinds(tmp_path: Path) -> None:
    scaffold.write(tmp_path)
    (tmp_path / "blueprints" / "lab.yaml").write_text(LAB.removeprefix("---\n"))
    (tmp_path / "blueprints" / "crds").mkdir()
    (tmp_path / "blueprints" / "crds" / "all.yaml").write_text(emit(crd()))
    result = CliRunner().invoke(cli, ["-C", str(tmp_path), "validate", "--cluster", "lab", "-"], input=queue(size=9))
    assert result.exit_code == 1 and "MW504" in result.output, result.output


def test_definitions_made_wrong_at_random_never_break_the_judge() -> None:
    """Whatever passes as a schema can be compiled; all else is told."""
    odd: list[Any] = [None, "x", "(", "(?=a)", -1, 1.5, 0, True, [], ["a"], [1], {}, {"type": "x"}, [{}], 2**70, "object"]
    words = ["type", "items", "properties", "additionalProperties", "pattern", "enum", "required", "format", "not", "minimum"]
    words += ["allOf", "anyOf", "maxLength", "multipleOf", "default", "nullable", "x-kubernetes-list-map-keys"]
    words += ["x-kubernetes-list-type", "x-kubernetes-validations", "x-kubernetes-int-or-string", "uniqueItems", "$ref"]
    draw = random.Random(7)
    used = refused = 0
    for _ in range(300):
        data = copy.deepcopy(crd())
        for _ in range(draw.randint(1, 2)):
            node = draw.choice([inside(data["spec"]).get("size"), inside(data["spec"]).get("list", {}).get("items")])
            if isinstance(node, dict):
                node[draw.choice(words)] = copy.deepcopy(draw.choice(odd))
        sources = scaffold.sources(MODEL + LAB + f"# file: crds/all.yaml\n{emit(data)}# file: queue.yaml\n{queue(size=1)}")
        blueprints, files, _ = split(sources)
        kinds, problems = own_kinds(resolve(load(blueprints)[0], files=files)[0])
        refused += bool(problems)
        for kind in kinds["lab"].values():
            used += 1
            compiled(kind)
            for spec in ({"size": 1, "list": ["a"]}, {"size": "a", "list": "b"}, {"size": {"a": 1}, "list": [1, {}]}):
                explain(kind, {"apiVersion": "example.com/v1", "kind": "Queue", "metadata": {"name": "a"}, "spec": spec})
    assert used > 20 and refused > 30, (used, refused)


@pytest.mark.skipif(not SHARED.is_dir(), reason="released CRDs are not at hand")
def test_released_definitions_are_taken_as_they_are() -> None:
    from modelwright.yamlio import read

    files = [p for p in sorted((SHARED / "crds").rglob("*.yaml")) if p.stat().st_size < 120_000]
    assert len(files) > 50
    for path in files[::4]:
        for document in read(path.read_text(encoding="utf-8"), path.name)[0]:
            if isinstance(document, dict) and document.get("kind") == "CustomResourceDefinition":
                for version in document["spec"].get("versions") or ():
                    schema = (version.get("schema") or {}).get("openAPIV3Schema") or {}
                    assert odd_keyword(schema, ()) is None, path
