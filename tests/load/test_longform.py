"""The long form, and overrides merged over it."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from modelwright.load import ONE_OF, longform, override
from modelwright.load.language import schema

FORMS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "format": ("Model", {"format": "onnx"}, {"format": {"name": "onnx"}}),
    "source": ("Model", {"source": "gs://a"}, {"source": {"uri": "gs://a"}}),
    "canary source": ("Model", {"canary": {"traffic": 1, "source": "a://b"}}, {"canary": {"traffic": 1, "source": {"uri": "a://b"}}}),
    "replicas": ("Model", {"replicas": 2}, {"replicas": {"min": 2, "max": 2}}),
    "replicas open": ("Model", {"replicas": {"min": 2}}, {"replicas": {"min": 2}}),
    "autoscale": ("Model", {"autoscale": "none"}, {"autoscale": {"class": "none"}}),
    "autoscale metric": ("Model", {"autoscale": {"metric": "cpu", "target": 7}}, {"autoscale": {"metric": "cpu", "target": 7}}),
    "logger": ("Model", {"logger": "http://a"}, {"logger": {"url": "http://a"}}),
    "profile": ("Model", {"hardwareProfile": "gpu"}, {"hardwareProfile": {"name": "gpu"}}),
    "container": ("Model", {"container": "a:1"}, {"container": {"image": "a:1"}}),
    "env": (
        "Model",
        {"env": {"A": "x", "B": {"secret": "s/k"}, "C": {"configMap": "m/k"}, "D": {"field": "status.podIP"}, "E": None}},
        {
            "env": {
                "A": {"value": "x"}, "B": {"secret": {"name": "s", "key": "k"}},
                "C": {"configMap": {"name": "m", "key": "k"}}, "D": {"field": "status.podIP"}, "E": None,
            }
        },
    ),
    "resources": ("Model", {"resources": {"cpu": 1, "gpu": 1}}, {"resources": {"requests": {"cpu": 1, "gpu": 1}}}),
    "limits": (
        "Model",
        {"resources": {"cpu": 1, "limits": {"cpu": 2}}},
        {"resources": {"requests": {"cpu": 1}, "limits": {"cpu": 2}}},
    ),
    "no limits": ("Model", {"resources": {"cpu": 1, "limits": "none"}}, {"resources": {"requests": {"cpu": 1}, "limits": "none"}}),
    "ports": ("Model", {"ports": [80, {"port": 81}]}, {"ports": [{"port": 80}, {"port": 81}]}),
    "mounts stay": ("Model", {"mounts": {"/a": {"pvc": "b"}}}, {"mounts": {"/a": {"pvc": "b"}}}),
    "transformer": (
        "Model",
        {"transformer": {"env": {"A": "x"}, "replicas": 1, "resources": {"cpu": 1}}},
        {
            "transformer": {
                "env": {"A": {"value": "x"}}, "replicas": {"min": 1, "max": 1}, "resources": {"requests": {"cpu": 1}},
            }
        },
    ),
    "workers": ("Model", {"workers": {"tensor": 1, "env": {"A": "x"}}}, {"workers": {"tensor": 1, "env": {"A": {"value": "x"}}}}),
    "formats": ("Runtime", {"formats": ["a", {"name": "b"}]}, {"formats": [{"name": "a"}, {"name": "b"}]}),
    "sidecars": ("Runtime", {"sidecars": {"a": {"ports": [1]}}}, {"sidecars": {"a": {"ports": [{"port": 1}]}}}),
    "null": ("Model", {"source": None, "env": None}, {"source": None, "env": None}),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "spec", "wanted"), FORMS.values(), ids=FORMS.keys())
def test_long_form(kind: str, spec: dict[str, Any], wanted: dict[str, Any]) -> None:
    before = copy.deepcopy(spec)
    assert longform(kind, spec) == wanted
    assert longform(kind, wanted) == wanted
    assert spec == before


OVERRIDES: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "maps merge": ({"access": {"auth": True}}, {"access": {"timeout": "9s"}}, {"access": {"auth": True, "timeout": "9s"}}),
    "lists are replaced": ({"args": ["a", "b"]}, {"args": ["c"]}, {"args": ["c"]}),
    "null deletes": ({"timeout": 1, "canary": {"traffic": 1}}, {"canary": None}, {"timeout": 1}),
    "null deletes inside": ({"env": {"A": "x", "B": "y"}}, {"env": {"A": None}}, {"env": {"B": {"value": "y"}}}),
    "env merges by name": ({"env": {"A": "x"}}, {"env": {"B": "y"}}, {"env": {"A": {"value": "x"}, "B": {"value": "y"}}}),
    "a variable is replaced whole": ({"env": {"A": {"secret": "s/k"}}}, {"env": {"A": "x"}}, {"env": {"A": {"value": "x"}}}),
    "replicas are replaced whole": ({"replicas": {"min": 1, "max": 4}}, {"replicas": {"max": 8}}, {"replicas": {"max": 8}}),
    "source is replaced whole": ({"source": {"connection": "c", "path": "p"}}, {"source": "gs://a"}, {"source": {"uri": "gs://a"}}),
    "sources drop source": ({"source": "gs://a"}, {"sources": [{"uri": "gs://b"}]}, {"sources": [{"uri": "gs://b"}]}),
    "size drops resources": ({"resources": {"cpu": 1}}, {"size": "s"}, {"size": "s"}),
    "resources drop size": ({"size": "s"}, {"resources": {"cpu": 1}}, {"resources": {"requests": {"cpu": 1}}}),
    "resources merge": (
        {"resources": {"cpu": 1, "memory": "1Gi", "limits": {"cpu": 2}}},
        {"resources": {"memory": "2Gi"}},
        {"resources": {"requests": {"cpu": 1, "memory": "2Gi"}, "limits": {"cpu": 2}}},
    ),
    "limits merge": (
        {"resources": {"cpu": 1, "memory": "1Gi"}},
        {"resources": {"limits": {"memory": "2Gi"}}},
        {"resources": {"requests": {"cpu": 1, "memory": "1Gi"}, "limits": {"memory": "2Gi"}}},
    ),
    "size drops resources of a transformer": ({"transformer": {"resources": {"cpu": 1}}}, {"transformer": {"size": "s"}}, {"transformer": {"size": "s"}}),
    "container drops format": ({"format": "a"}, {"container": "i:1"}, {"container": {"image": "i:1"}}),
    "target alone merges": ({"autoscale": {"metric": "cpu", "target": 7}}, {"autoscale": {"target": 9}}, {"autoscale": {"metric": "cpu", "target": 9}}),
    "another metric brings its target": ({"autoscale": {"metric": "cpu", "target": 7}}, {"autoscale": {"metric": "rps"}}, {"autoscale": {"metric": "rps"}}),
    "autoscale none": ({"autoscale": {"metric": "cpu", "target": 7}}, {"autoscale": "none"}, {"autoscale": {"class": "none"}}),
    "version alone merges": ({"format": "a"}, {"format": {"version": "1"}}, {"format": {"name": "a", "version": "1"}}),
    "another format": ({"format": {"name": "a", "version": "1"}}, {"format": "b"}, {"format": {"name": "b"}}),
    "another volume": ({"mounts": {"/a": {"pvc": "x", "readOnly": True}}}, {"mounts": {"/a": {"emptyDir": {}}}}, {"mounts": {"/a": {"emptyDir": {}}}}),
    "null in a new map": ({}, {"access": {"auth": True, "timeout": None}}, {"access": {"auth": True}}),
    "manifests merge": ({"manifests": {"X": {"a": 1}}}, {"manifests": {"X": {"b": 2}}}, {"manifests": {"X": {"a": 1, "b": 2}}}),
}


@pytest.mark.parametrize(("base", "patch", "wanted"), OVERRIDES.values(), ids=OVERRIDES.keys())
def test_override(base: dict[str, Any], patch: dict[str, Any], wanted: dict[str, Any]) -> None:
    low, high = longform("Model", base), longform("Model", patch)
    before = copy.deepcopy((low, high))
    assert override("Model", low, high) == wanted
    assert (low, high) == before


NOTHING_NEW: tuple[tuple[dict[str, Any], dict[str, Any]], ...] = (
    ({"size": "small"}, {"size": "small"}),
    ({"access": {"auth": True}}, {"access": {"auth": True, "timeout": None}}),
    ({"env": {"A": "1"}}, {"env": {"B": None}}),
    ({"size": "small"}, {"resources": None}),
)
SOMETHING_NEW: tuple[tuple[dict[str, Any], dict[str, Any]], ...] = (
    ({"env": {"A": 1}}, {"env": {"A": True}}),
    ({"env": {"A": 1}}, {"env": {"A": 1.0}}),
    ({"env": {"A": ""}}, {"env": {"A": False}}),
)


@pytest.mark.parametrize(("base", "patch"), NOTHING_NEW)
def test_an_override_that_says_nothing_new_gives_the_base_itself(base: dict[str, Any], patch: dict[str, Any]) -> None:
    low = longform("Model", base)
    assert override("Model", low, longform("Model", patch)) is low


@pytest.mark.parametrize(("base", "patch"), SOMETHING_NEW)
def test_values_of_another_type_are_new(base: dict[str, Any], patch: dict[str, Any]) -> None:
    low, high = longform("Model", base), longform("Model", patch)
    made = override("Model", low, high)
    assert made is not low and repr(made) == repr(high)


def test_groups_are_those_of_the_schemas() -> None:
    for kind, groups in ONE_OF.items():
        assert groups == tuple(tuple(group) for group in schema(kind)["exclusive"])


def test_patches_of_manifests_compose() -> None:
    """Null in a patch deletes from what is made, so it is kept; null at a kind's name drops the patch said before."""
    base = {"manifests": {"A": {"spec": {"x": 1, "y": None}}, "B": {"spec": {"z": 1}}}}
    patch = {"manifests": {"A": {"spec": {"x": None, "z": {"q": None}}}, "B": None}}
    assert override("Model", {}, base) == base
    assert override("Model", base, patch) == {"manifests": {"A": {"spec": {"x": None, "y": None, "z": {"q": None}}}}}
