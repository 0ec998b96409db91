"""Whatever a blueprint holds, loading and resolving return; they never raise."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelwright.load import load, longform, override
from modelwright.model import Source
from modelwright.resolve import resolve
from modelwright.yamlio import emit

WHOLE: list[dict[str, Any]] = [
    {"kind": "Workspace", "spec": {"projects": {"a": {"title": "A"}}, "defaultProject": "a", "reference": "dev"}},
    {"kind": "Cluster", "spec": {"versions": {"kserve": "0.20"}, "runtimes": ["r"], "gpu": {"resource": "x/y", "tolerations": []}}},
    {
        "kind": "Environment",
        "spec": {
            "cluster": "x", "after": "y", "extends": "z", "sizes": {"s": {"cpu": 1, "limits": {"cpu": 2}}},
            "defaults": {"Model": {"env": {"A": "b"}, "replicas": 2}},
        },
    },
    {"kind": "Connection", "spec": {"type": "s3", "from": {"store": "v", "keys": {"A": "b"}}}},
    {"kind": "Runtime", "spec": {"formats": [{"name": "sklearn", "version": "1"}], "image": "i", "environments": {"x": {}}}},
    {
        "kind": "Model",
        "spec": {
            "project": "a", "format": {"name": "sklearn"}, "runtime": "x", "source": {"connection": "x", "path": "p"},
            "env": {"A": {"secret": "a/b"}}, "resources": {"cpu": 1, "limits": {"cpu": 2}}, "replicas": {"min": 1},
            "environments": {"x": {"size": "s", "canary": {"traffic": 1, "source": "s3://a"}}}, "ports": [80],
        },
    },
]  # fmt: skip
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**30), 10**30), st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8), st.just([]), st.just({}), st.just([{}]), st.just({"a": {"b": [1]}}), st.just(["x", 1]),
)  # fmt: skip


def paths(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        found += paths(value, (*path, key))
    return found


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_mutated_workspaces_never_raise(data: st.DataObject) -> None:
    documents = [{"apiVersion": "modelwright/v1", "metadata": {"name": "x"}, **copy.deepcopy(d)} for d in WHOLE]
    for _ in range(data.draw(st.integers(1, 3))):
        document = data.draw(st.sampled_from(documents))
        path = data.draw(st.sampled_from(paths(document) or [()]))
        node: Any = document
        for step in path[:-1]:
            node = node[step]
        if path:
            node[path[-1]] = copy.deepcopy(data.draw(LEAVES))
    texts = [Source(f"blueprints/{i}.yaml", emit(d)) for i, d in enumerate(documents)]
    loaded, problems = load(texts)
    unsound = frozenset((p.place.file, getattr(p.place, "document", 0)) for p in problems if p.place)
    resolve(loaded, unsound)


@settings(max_examples=200, deadline=None)
@given(st.recursive(LEAVES, lambda inner: st.dictionaries(st.sampled_from(["env", "resources", "limits", "source", "canary"]), inner)))
def test_long_form_and_override_take_anything(value: Any) -> None:
    spec = dict.fromkeys(("env", "resources", "ports", "container", "transformer", "formats", "source", "sidecars"), value)
    for kind in ("Model", "Runtime", "Environment", "Nothing"):
        long = longform(kind, spec)
        assert longform(kind, long) == long
        override(kind, long, long)
