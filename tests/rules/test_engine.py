"""What the notation of rule files means: each case is a rule file as a person would write it, and objects held to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from modelwright.judge.catalog import catalog
from modelwright.manual import page, pages, releases
from modelwright.model import Place, Release
from modelwright.rules import author, engine, pack
from modelwright.yamlio import read
from tests.scaffold import compiled

MINORS = ("1.33",)


def book(tmp_path: Path, text: str, target: str = "kubernetes", head: str = "") -> engine.Book:
    place = tmp_path / target / "rules"
    place.mkdir(parents=True)
    (place / "trial.yaml").write_text(text)
    if head:
        (place / "_target.yaml").write_text(head)
    return engine.Book(pack.packed(MINORS, tmp_path))


def rule(**check: Any) -> str:
    from modelwright.yamlio import emit

    page = {"title": "t", "effect": "rejected", "what": "w", "why": "y"}
    return emit({"MW999": {**page, "checks": [{"message": "m", **check}]}})


def found(monkeypatch: pytest.MonkeyPatch, made: engine.Book, text: str, old: str = "") -> list[str]:
    """Each finding as `effect path: message | hint`."""
    monkeypatch.setattr(engine, "book", lambda: made)
    [data] = read(text, "x.yaml")[0]
    known = catalog(Release("1.33", "0.20"))
    custom = "." in data["apiVersion"].partition("/")[0]
    rows = engine.findings(data, data["apiVersion"], data["kind"], custom, known, read(old, "old.yaml")[0][0] if old else None)
    return [f"{f.effect} {'.'.join(map(str, f.path))}: {f.message}" + (f" | {f.hint}" if f.hint else "") for f in rows]


POD = """
apiVersion: v1
kind: Pod
metadata: {name: p, annotations: {a.b/c: "x"}}
spec:
  volumes: [{name: v}]
  containers:
    - {name: one, image: i, ports: [{containerPort: 80}, {containerPort: 80, protocol: TCP}, {containerPort: 80, protocol: UDP}]}
    - {name: two, image: null, env: [{name: A, value: ""}], volumeMounts: [{name: w, mountPath: /}]}
"""
PLACE = "spec.containers"


@pytest.mark.parametrize(
    ("check", "wanted"),
    [
        ({"subject": "Pod", "require": "object.spec.containers.size() == 1"}, ["rejected : m"]),
        ({"subject": "v1/Pod", "require": "false"}, ["rejected : m"]),
        ({"subject": "v2/Pod", "require": "false"}, []),
        ({"subject": "apps/Pod", "require": "false"}, []),
        ({"subject": "*", "require": "false"}, ["rejected : m"]),
        ({"subject": "Container", "require": "self.name != 'two'"}, [f"rejected {PLACE}.1: m"]),
        ({"subject": "core.v1.Container:name", "require": "self == 'one'"}, [f"rejected {PLACE}.1.name: m"]),
        ({"subject": "Pod:spec.containers|initContainers.*.name", "require": "self == 'one'"}, [f"rejected {PLACE}.1.name: m"]),
        ({"subject": "Pod:metadata.annotations['a.b/c']", "require": "self == 'y'"}, ["rejected metadata.annotations.a.b/c: m"]),
        ({"subject": "Pod:metadata.annotations.*", "require": "false", "message": "{key}={self}"},
         ["rejected metadata.annotations.a.b/c: a.b/c=x"]),
        ({"subject": "Secret|Pod", "require": "false"}, ["rejected : m"]),
        ({"subject": ["Secret", "Pod"], "require": "false"}, ["rejected : m"]),
        ({"subject": "VolumeMount", "require": "podSpec.volumes.exists(v, v.name == self.name)",
          "message": "`{self.name}` in {container.name} of {object.metadata.name}", "at": "name"},
         [f"rejected {PLACE}.1.volumeMounts.0.name: `w` in two of p"]),
        ({"subject": "Container", "require": "has(self.image)"}, [f"rejected {PLACE}.1: m"]),
        ({"subject": "Container", "require": "self.image == 'j'"}, [f"rejected {PLACE}.0: m"]),
        ({"subject": "Container", "when": "has(self.env)", "require": "self.name == 'one'"}, [f"rejected {PLACE}.1: m"]),
        ({"subject": "Container", "when": ["has(self.env)", "object.metadata.name == 'q'"], "require": "false"}, []),
        ({"subject": "Container", "when": ["has(self.env)", "object.metadata.name == 'p'"], "require": "false"},
         [f"rejected {PLACE}.1: m"]),
        ({"subject": "Container", "unique": {"list": "ports", "by": ["containerPort", {"protocol": "TCP"}]},
          "message": "{item.containerPort} at {index}"}, [f"rejected {PLACE}.0.ports.1.containerPort: 80 at 1"]),
        ({"subject": "PodSpec", "unique": {"list": "containers", "by": "image"}}, []),
        ({"subject": "Container", "each": "self.ports", "require": "has(item.protocol)", "at": "ports[index].protocol",
          "message": "{item.containerPort}"}, [f"rejected {PLACE}.0.ports.0.protocol: 80"]),
        ({"subject": "ObjectMeta", "each": "self.annotations", "require": "item == 'y'", "at": "annotations[index]"},
         ["rejected metadata.annotations.a.b/c: m"]),
        ({"subject": "Pod", "require": "false", "hint": ["{self.spec.nodeName}", "or {self.kind}, {{so}}", "x"]},
         ["rejected : m | or Pod, {so}"]),
        ({"subject": "Pod", "require": "false", "effect": "risk"}, ["risk : m"]),
        ({"subject": "Pod", "require": "false", "embedded": True}, []),
        ({"subject": "Pod", "require": "false", "embedded": False}, ["rejected : m"]),
        ({"subject": "Pod", "require": "false", "where": {"kubernetes": ">=1.34"}}, []),
        ({"subject": "Pod", "require": "false", "where": {"kubernetes": "1.30 - 1.33", "kserve": "0.20"}}, ["rejected : m"]),
        ({"subject": "Pod", "require": "false", "where": [{"kserve": "none"}, {"distribution": "kserve"}]}, ["rejected : m"]),
        ({"subject": "Pod", "require": "cluster.kserve == '0.20' && !embedded"}, []),
        ({"subject": "EnvVar", "require": "self.value != ''", "message": "{container.name}.{self.name} is {self.value}"},
         [f'rejected {PLACE}.1.env.0: two.A is ""']),
    ],
)  # fmt: skip
def test_a_check(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, check: dict[str, Any], wanted: list[str]) -> None:
    assert found(monkeypatch, book(tmp_path, rule(**check)), POD) == wanted


@pytest.mark.parametrize(
    ("check", "change", "wanted"),
    [
        ({"subject": "Container:image", "require": "self == oldSelf"}, ("", ""), []),
        ({"subject": "Container:image", "require": "self == oldSelf"}, ("image: i", "image: j"), [f"rejected {PLACE}.0.image: m"]),
        ({"subject": "Container:image", "require": "self == oldSelf"}, ("name: one", "name: new"), []),
        ({"subject": "PodSpec", "require": "self.?hostname == oldSelf.?hostname"}, ("spec:\n", "spec:\n  hostname: a\n"), ["rejected spec: m"]),
        ({"subject": "ObjectMeta", "require": "self.name == oldObject.metadata.name"}, ("name: p", "name: q"),
         ["rejected metadata: m"]),
    ],
)  # fmt: skip
def test_an_update(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, check: dict[str, Any], change: tuple[str, str], wanted: list[str]
) -> None:
    made = book(tmp_path, rule(**check))
    assert found(monkeypatch, made, POD.replace(*change), POD) == wanted
    assert found(monkeypatch, made, POD.replace(*change)) == []


MODEL = """
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata: {name: m}
spec:
  predictor: {minReplicas: 3, containers: [{name: a, ports: [{containerPort: 0}]}]}
"""
KSERVE = """
groups: [serving.kserve.io]
names: {most: "object.spec.predictor.?maxReplicas.orValue(2)", parts: [predictor, transformer]}
embeds: [{subject: "InferenceService:spec.$parts", types: PodSpec, effect: broken}]
"""


@pytest.mark.parametrize(
    ("check", "wanted"),
    [
        ({"subject": "InferenceService:spec.$parts", "require": "self.minReplicas <= $most", "at": "minReplicas",
          "message": "{self.minReplicas} > {$most} of {key}, not {$parts}"},
         ["rejected spec.predictor.minReplicas: 3 > 2 of predictor, not predictor, transformer"]),
        ({"subject": "InferenceService:spec.*", "require": "inferenceService.metadata.name == 'n'"}, ["rejected spec.predictor: m"]),
        ({"subject": "serving.kserve.io/v1beta1/InferenceService", "require": "false"}, ["rejected : m"]),
        ({"subject": "serving.kserve.io/v1alpha1/InferenceService", "require": "false"}, []),
    ],
)  # fmt: skip
def test_a_check_of_a_custom_kind(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, check: dict[str, Any], wanted: list[str]
) -> None:
    assert found(monkeypatch, book(tmp_path, rule(**check), "kserve", KSERVE), MODEL) == wanted


def test_what_a_pod_may_not_say_breaks_a_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "kserve" / "rules").mkdir(parents=True)
    (tmp_path / "kserve" / "rules" / "_target.yaml").write_text(KSERVE)
    made = book(tmp_path, rule(subject="ContainerPort", require="self.containerPort > 0", message="{container.name}"))
    assert found(monkeypatch, made, MODEL) == ["broken spec.predictor.containers.0.ports.0: a"]
    made = engine.Book(pack.packed(MINORS, tmp_path))
    other = MODEL.replace("serving.kserve.io", "example.com")
    assert found(monkeypatch, made, other) == []


@pytest.mark.parametrize(
    ("check", "said"),
    [
        ({"subject": "Pood", "require": "true"}, "`Pood` is no type of Kubernetes"),
        ({"subject": "Pod:spec..x", "require": "true"}, "is no path"),
        ({"subject": "Pod", "require": "self.("}, "self.("),
        ({"subject": "Pod", "require": "podSpek.x"}, "undeclared reference to 'podSpek'"),
        ({"subject": "Pod", "require": "true", "message": "a {b"}, "never closed"),
        ({"subject": "Pod", "require": "true", "where": {"kubernetes": "new"}}, "no range of releases"),
        ({"subject": "Pod", "require": "true", "where": {"kubernets": "1.3"}}, "`kubernets` is not known here"),
        ({"subject": "Pod", "require": "$nope"}, "`$nope` is not among"),
        ({"subject": "Pod"}, "one of `require`, `unique`, `function` and `refers`"),
        ({"require": "true"}, "`subject` says"),
        ({"subject": "Pod", "require": "true", "effect": "bad"}, "effect"),
    ],
)
def test_a_mistake_in_a_rule_file_is_told(tmp_path: Path, check: dict[str, Any], said: str) -> None:
    with pytest.raises(author.RuleFileError) as caught:
        book(tmp_path, rule(**check))
    assert said in str(caught.value) and "MW999" in str(caught.value)


def test_a_blueprint_is_told_in_its_own_words() -> None:
    (problem,) = compiled(pages()["MW702"]["wrong"]).problems
    assert problem.message == "`multiModel.replicas` is said beside an autoscaler"
    assert isinstance(problem.place, Place) and problem.place.path == ("spec", "multiModel", "replicas")
    plain = pages()["MW702"]["right"].replace("  environments", "  manifests: {ServingRuntime: {spec: {replicas: 2}}}\n  environments")
    (problem,) = compiled(plain).problems
    assert problem.message == "`replicas` are said beside an autoscaler"
    assert isinstance(problem.place, Place) and problem.place.path[:3] == ("spec", "manifests", "ServingRuntime")


def test_a_page_tells_for_which_clusters_its_checks_hold() -> None:
    assert "\nreleases: without Open Data Hub or Open Data Hub <3.0\n" in (page("MW702") or "")
    checks = [{"where": {"kserve": ">=0.16"}}, {"where": {"kserve": "0.15", "kubernetes": "<1.30"}}]
    assert releases({"checks": checks}) == "KServe >=0.16; KServe 0.15, Kubernetes <1.30"
    assert releases({"checks": [*checks, {}]}) == "" == releases({})
