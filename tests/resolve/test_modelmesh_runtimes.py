"""Which runtime takes a model in ModelMesh: exact text, and never a runtime of another mode."""

from __future__ import annotations

from typing import Any

import pytest
from tests.scaffold import compiled

MESH = """\
apiVersion: modelwright/v1
kind: Cluster
metadata: {name: mesh}
spec: {versions: {kubernetes: "1.31", kserve: "0.15"}, mode: modelmesh, runtimes: [%s]}
---
apiVersion: modelwright/v1
kind: Environment
metadata: {name: prod}
spec: {cluster: mesh}
"""
RUNTIME = """\
apiVersion: modelwright/v1
kind: Runtime
metadata: {name: many}
spec:
  formats: [{name: own, version: "1", autoSelect: true}, {name: shy, version: "1"}]
  protocols: [grpc-v2]
  image: quay.io/me/server:1
  multiModel: {replicas: 1%s}
  environments: {prod: {}}
"""


def told(words: str, runtime: str = RUNTIME % "", installed: str = "mlserver-1.x, triton-2.x") -> list[tuple[str, str, Any]]:
    model = f"apiVersion: modelwright/v1\nkind: Model\nmetadata: {{name: m}}\nspec: {{{words}, source: 's3://b/m', environments: {{prod: {{}}}}}}\n"
    found = compiled(MESH % installed, runtime, model).problems
    return [(p.code, p.message, getattr(p.place, "path", ())) for p in found]


@pytest.mark.parametrize(
    "words",
    [
        "format: own",
        "format: {name: own, version: '1'}, protocol: grpc-v2",
        "format: own, protocol: v2",
        "format: {name: sklearn, version: '0'}",
        "format: tensorflow",
    ],
)
def test_a_runtime_that_offers_the_format_takes_it(words: str) -> None:
    assert told(words) == []


@pytest.mark.parametrize(
    ("words", "asked", "path"),
    [
        ("format: sklern", "format `sklern`", ("spec", "format")),
        ("format: shy", "format `shy`", ("spec", "format")),
        ("format: {name: own, version: '1.0'}", "version `1.0` of format `own`", ("spec", "format", "version")),
        ("format: own, protocol: v1", "format `own` by protocol `v1`", ("spec", "protocol")),
    ],
)
def test_else_the_model_waits_for_ever(words: str, asked: str, path: tuple[str, ...]) -> None:
    message = f"no multi-model runtime takes {asked}"
    assert told(words) == [("MW843", message, path)]


def test_nothing_is_said_where_the_runtimes_are_not_known() -> None:
    assert told("format: unheard-of", installed="") == []
    assert told("format: unheard-of", installed="their-own") == []


def test_a_named_runtime_is_not_compared() -> None:
    assert [code for code, *_ in told("format: other, runtime: many")] == ["MW841"]
    assert told("format: own, runtime: many, protocol: v1") == []


def test_a_runtime_for_one_model_is_none_for_many() -> None:
    single = RUNTIME.replace("  multiModel: {replicas: 1%s}\n", "")
    assert [code for code, *_ in told("format: own, runtime: many", single)] == ["MW842"]
    assert [code for code, *_ in told("format: own, runtime: many, mode: standard")] == ["MW842"]
    assert told("format: own, runtime: many, mode: standard", RUNTIME % ", container: kserve-container") == []
