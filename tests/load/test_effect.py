"""A word of the language does something, or is refused: said or not said, what is compiled differs somewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from tests import scaffold

from modelwright.load.language import schema
from modelwright.model import Source
from modelwright.pipeline import build
from modelwright.yamlio import emit

PLATFORM = """\
apiVersion: modelwright/v1
kind: Cluster
metadata: {name: plain}
spec: {versions: {kubernetes: "1.33", kserve: "0.20"}}
---
apiVersion: modelwright/v1
kind: Cluster
metadata: {name: odh}
spec: {flavour: openshift, versions: {kubernetes: "1.33", openDataHub: "3.5"}}
---
apiVersion: modelwright/v1
kind: Environment
metadata: {name: knative}
spec: {cluster: plain, defaults: {Model: {mode: knative}}, sizes: {small: {cpu: 1}, large: {cpu: 2}}}
---
apiVersion: modelwright/v1
kind: Environment
metadata: {name: standard}
spec: {cluster: plain, defaults: {Model: {mode: standard}}, sizes: {small: {cpu: 1}, large: {cpu: 2}}}
---
apiVersion: modelwright/v1
kind: Environment
metadata: {name: odh}
spec: {cluster: odh, defaults: {Model: {mode: standard}}, sizes: {small: {cpu: 1}, large: {cpu: 2}}}
---
apiVersion: modelwright/v1
kind: Connection
metadata: {name: store}
spec: {type: s3, bucket: models, secret: keys}
"""
EXTRA = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
WHERE: dict[str, Any] = {"environments": {"knative": {}, "standard": {}, "odh": {}}}
BASES: dict[str, dict[str, Any]] = {
    "Model": {"format": "sklearn", "source": "gs://b/m"},
    "Runtime": {"formats": [{"name": "sklearn"}], "image": "a/b:1"},
}
CONTEXT: dict[str, dict[str, Any]] = {
    "source.path": {"source": {"connection": "store"}},
    "source.parameters": {"source": {"connection": "store", "path": "a"}},
    "sources": {"source": None},
    "container": {"format": None, "source": None},
    "canary.source.path": {"canary": {"traffic": 5, "source": {"connection": "store"}}},
    "canary.source.parameters": {"canary": {"traffic": 5, "source": {"connection": "store", "path": "a"}}},
    "canary.traffic": {"canary": {"traffic": 7, "source": {"uri": "gs://b/n"}}},
    "canary.name": {"canary": {"traffic": 5, "source": {"uri": "gs://b/n"}}},
    "hardwareProfile.namespace": {"hardwareProfile": {"name": "a"}},
}
"""What else must be said for a word to make sense."""

ELSEWHERE = {"project", "environments"}
"""Words of every component that decide where it lands."""


def words(node: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    """Every word of a schema that stands for a value of its own: path (`*` for a name or an item) and schema."""
    for word, child in (node.get("properties") or {}).items():
        here = (*path, word)
        if child.get("later") or (not path and word in ELSEWHERE):
            continue
        inner = child
        while True:
            more = inner.get("items") or inner.get("additionalProperties")
            if not isinstance(more, Mapping) or inner.get("properties"):
                break
            inner, here = more, (*here, "*")
        if inner.get("properties") and not inner.get("free"):
            yield from words(inner, here)
        else:
            yield here, inner


VALUES: dict[str, Any] = {
    "uri": "oci://quay.io/b/m:1",
    "connection": "store",
    "size": "large",
    "extras": "a.yaml",
    "mountPath": "/mnt/a",
    "timeout": 5,
    "access.timeout": "5s",
    "manifests": {"metadata": {"labels": {"a": "b"}}},
    "target": 7,
    "envFrom": {"configMapRef": {"name": "a"}},
    "field": "status.podIP",
    "tolerations": {"key": "a", "operator": "Exists"},
    "pod": {"hostNetwork": True},
    "emptyDir": {"medium": "Memory"},
    "items": "a",
    "batcher.size": 4,
    "mounts.volume": "other",
    "cpu": 3,
    "behavior": {"scaleDown": {"selectPolicy": "Max"}},
    "affinity": {"podAffinity": {}},
}


def sample(path: tuple[str, ...], node: Mapping[str, Any]) -> Any:
    """A value that fits a word, and is not its default."""
    named = [word for word in path if word != "*"]
    for word in (".".join(named[-2:]), named[-1]):
        if word in VALUES:
            return VALUES[word]
    kinds = node.get("type", "object")
    kind = kinds if isinstance(kinds, str) else kinds[0]
    if node.get("enum"):
        return next(value for value in reversed(node["enum"]) if value != node.get("default"))
    if node.get("format") in ("quantity", "cpu", "memory"):
        return "3Gi"
    if kind == "boolean":
        return not node.get("default", False)
    return {"integer": 3, "string": "abc", "object": {"a": 1}}[kind]


NAMES = {"env": "ABC", "mounts": "/abc", "sidecars": "abc", "manifests": "KIND", "protocols": 0}


def nested(path: tuple[str, ...], value: Any, kind: str) -> Any:
    """The value at a path: a list where the word before `*` holds one, else a map."""
    for index in range(len(path) - 1, -1, -1):
        if path[index] != "*":
            value = {path[index]: value}
            continue
        above = path[index - 1]
        key = NAMES.get(above)
        maps = {"nodeSelector": "abc", "parameters": "abc", "limits": "abc", "resources": "abc"}
        if above == "manifests":
            value = {"InferenceService" if kind == "Model" else "ServingRuntime": value}
        elif isinstance(key, str) or above in maps:
            value = {key or maps[above]: value}
        else:
            value = [value]
    return value


NEEDED: dict[str, Any] = {
    "sources": {"uri": "gs://b/m"},
    "container": {"image": "a/b:1"},
    "transformer": {"image": "a/b:1"},
    "explainer": {"image": "a/b:1"},
    "logger": {"url": "http://a"},
    "canary": {"traffic": 5},
    "formats": {"name": "sklearn"},
    "ports": {"port": 80},
    "sidecars": {"image": "a/b:1"},
    "secret": {"name": "a", "key": "b"},
    "configMap": {"name": "a", "key": "b"},
    "prometheus": {"server": "http://a", "query": "b", "target": 1},
    "otel": {"metric": "a", "query": "b", "target": 1},
    "resource": {"target": 1},
}


BESIDE: dict[str, Any] = {
    "mounts.readOnly": {"pvc": "a"},
    "mounts.subPath": {"pvc": "a"},
    "mounts.volume": {"pvc": "a"},
    "mounts.items": {"configMap": "a"},
    "metrics.target": {"resource": "cpu"},
    "format.version": {"name": "sklearn"},
}
"""What must stand beside a word (named with the word above it) in the same map."""


def merged(low: Any, high: Any) -> Any:
    if isinstance(low, dict) and isinstance(high, dict):
        both = {key: merged(low.get(key), value) for key, value in high.items()}
        return {key: value for key, value in {**low, **both}.items() if value is not None}
    if isinstance(low, list) and isinstance(high, list) and len(low) == len(high) == 1:
        return [merged(low[0], high[0])]
    return low if high is None else high


def outcome(kind: str, spec: Mapping[str, Any]) -> tuple[Any, list[str]]:
    body = {"apiVersion": "modelwright/v1", "kind": kind, "metadata": {"name": "abc"}, "spec": {**spec, **WHERE}}
    files = {"platform": PLATFORM, "abc": emit(body)} | ({"a": EXTRA} if spec.get("extras") else {})
    result = build([Source("modelwright.yaml", scaffold.HEAD), *(Source(f"blueprints/{n}.yaml", t) for n, t in files.items())])
    built = {folder: [m.data for m in manifests] for folder, manifests in result.tree.built.items()}
    return built, [p.code for p in result.problems]


LACKING = {"MW240", "MW241", "MW242", "MW243"}
"""Told where a platform lacks what a word asks for, which another of these has."""

ALL = [(kind, path, node) for kind in BASES for path, node in words(schema(kind))]


@pytest.mark.parametrize(("kind", "path", "node"), ALL, ids=[f"{k}.{'.'.join(p)}" for k, p, _ in ALL])
def test_a_word_has_an_effect(kind: str, path: tuple[str, ...], node: Mapping[str, Any]) -> None:
    base: dict[str, Any] = dict(BASES[kind])
    for prefix in range(1, len(path) + 1):
        context = CONTEXT.get(".".join(path[:prefix]))
        base = base if context is None else {**base, **context}
    base = {word: value for word, value in base.items() if value is not None}
    for index, word in enumerate(path[:-1]):
        if word in NEEDED:
            star = index + 1 < len(path) and path[index + 1] == "*"
            at = path[: index + 2] if star else path[: index + 1]
            base = merged(base, nested(at, NEEDED[word], kind)) if not star or word not in base else base
    named = [word for word in path if word != "*"]
    beside = BESIDE.get(".".join(named[-2:]))
    if beside is not None:
        at = path[: max(i for i, word in enumerate(path) if word == named[-1])]
        base = {**base, path[0]: {}} if path[0] == "format" else base
        base = merged(base, nested(at, beside, kind))
    if path[-1] == "art":
        base = {**base, "explainer": {}}
    said = merged(base, nested(path, sample(path, node), kind))
    before, with_word = outcome(kind, base), outcome(kind, said)
    assert not {code for code in with_word[1] if code < "MW3"} - LACKING, (said, with_word[1])
    assert with_word != before, said
