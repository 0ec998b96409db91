"""Patches: what they look like, that they hold in memory, and that real kustomize agrees."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.overlay.drawing import CORE, CUSTOM, HUGE, draw
from tests.tools import KUSTOMIZE, build

from modelwright.overlay import Patch, apply, difference
from modelwright.overlay.identity import settled
from modelwright.overlay.layout import kustomization, patch_entry
from modelwright.overlay.merge import Misfit
from modelwright.overlay.values import same
from modelwright.yamlio import emit, read

CASES = 150
KIND_NAMES = [make.__name__ for make in (*CUSTOM, *CORE)]


def thing(spec: Any = None, **metadata: Any) -> dict[str, Any]:
    return {"apiVersion": "x.io/v1", "kind": "Thing", "metadata": {"name": "t", **metadata}, "spec": spec}


def core(spec: Any) -> dict[str, Any]:
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "t"}, "spec": spec}


def merge(body: Any) -> list[Patch]:
    return [Patch("merge", {"apiVersion": "x.io/v1", "kind": "Thing", "metadata": {"name": "t"}, "spec": body})]


def operations(*body: tuple[Any, ...]) -> list[Patch]:
    made = [{"op": verb, "path": f"/spec/{path}"} | ({"value": v[0]} if v else {}) for verb, path, *v in body]
    return [Patch("json6902", made)]


A, B, C = ({"name": name, "v": 1} for name in "abc")
CASES_CUSTOM: list[tuple[str, Any, Any, list[Patch]]] = [
    ("equal", {"a": 1}, {"a": 1.0}, []),
    ("scalar", {"a": {"b": 1, "c": 2}}, {"a": {"b": 3, "c": 2}}, merge({"a": {"b": 3}})),
    ("highest vanished key", {"a": {"b": {"c": 1}}, "d": 1}, {"d": 1}, merge({"a": None})),
    ("map emptied", {"a": {"b": 1}}, {"a": {}}, merge({"a": {"b": None}})),
    ("empty map added", {}, {"a": {}}, merge({"a": {}})),
    ("list of scalars whole", {"a": [1, 2]}, {"a": [1, 3]}, merge({"a": [1, 3]})),
    ("list of scalars emptied", {"a": [1, 2]}, {"a": []}, merge({"a": []})),
    ("list of maps added", {}, {"a": [A]}, merge({"a": [A]})),
    ("text to number", {"a": "1"}, {"a": 1}, operations(("replace", "a", 1))),
    ("number to true", {"a": 1}, {"a": True}, operations(("replace", "a", True))),
    ("scalar to map", {"a": 1}, {"a": {"b": 1}}, operations(("replace", "a", {"b": 1}))),
    ("stated null", {"a": 1}, {"a": None}, operations(("replace", "a", None))),
    ("new null", {}, {"a": {"b": None}}, operations(("add", "a", {"b": None}))),
    ("order to the merge", {}, {"$patch": "delete"}, operations(("add", "$patch", "delete"))),
    ("odd keys", {"a/b~": [A]}, {"a/b~": []}, operations(("replace", "a~1b~0", []))),
    (
        "named item",
        {"l": [A, B]},
        {"l": [A, {"name": "b", "v": 2}]},
        operations(("test", "l/1/name", "b"), ("replace", "l/1/v", 2)),
    ),
    ("item dropped", {"l": [A, B, C]}, {"l": [A, C]}, operations(("test", "l/1/name", "b"), ("remove", "l/1"))),
    ("item appended", {"l": [A]}, {"l": [A, B, C]}, operations(("add", "l/-", B), ("add", "l/-", C))),
    (
        "item inserted",
        {"l": [A, C]},
        {"l": [A, B, C]},
        operations(("test", "l/1/name", "c"), ("add", "l/1", B)),
    ),
    (
        "item swapped",
        {"l": [A, B]},
        {"l": [A, C]},
        operations(("add", "l/-", C), ("test", "l/1/name", "b"), ("remove", "l/1")),
    ),
    ("reordered", {"l": [A, B]}, {"l": [B, A]}, operations(("replace", "l", [B, A]))),
    ("no names", {"l": [{"k": 1}, {"k": 2}]}, {"l": [{"k": 1}, {"k": 3}]}, operations(("replace", "l/1/k", 3))),
    (
        "too many",
        {"l": [{"name": "a", **{f"k{i}": 1 for i in range(9)}}]},
        {"l": [{"name": "a", **{f"k{i}": 2 for i in range(9)}}]},
        operations(("replace", "l", [{"name": "a", **{f"k{i}": 2 for i in range(9)}}])),
    ),
    ("huge", {"n": HUGE[0], "l": [A]}, {"n": HUGE[0], "l": [B]}, merge({"$patch": "replace", "n": HUGE[0], "l": [B]})),
]


@pytest.mark.parametrize(("base", "want", "patches"), [pytest.param(*case[1:], id=case[0]) for case in CASES_CUSTOM])
def test_custom_resource(base: Any, want: Any, patches: list[Patch]) -> None:
    found = difference(thing(base), thing(want))
    assert found is not None
    assert same([(p.form, p.body) for p in found], [(p.form, p.body) for p in patches])


def test_core_lists_never_merge() -> None:
    found = difference(core({"replicas": 1, "args": ["a"]}), core({"replicas": 2, "args": ["b"]}))
    assert found is not None
    assert found[0].body["spec"] == {"replicas": 2}
    assert found[1].body == [{"op": "replace", "path": "/spec/args", "value": ["b"]}]


def test_core_beyond_eight_operations_is_one_replace() -> None:
    base, want = ({"replicas": n, **{f"l{i}": [n] for i in range(9)}} for n in (1, 2))
    found = difference(core(base), core(want))
    assert found == (Patch("json6902", [{"op": "replace", "path": "/spec", "value": want}]),)


def test_namespace_is_left_to_the_kustomization() -> None:
    assert difference(thing({}, namespace="a"), thing({}, namespace="b")) == ()


def test_what_kustomize_drops_is_no_difference() -> None:
    assert difference(thing({}, annotations={}), thing({})) == ()


def test_impossible() -> None:
    """JSON6902 would round the number, and a merge patch cannot state null."""
    assert difference(thing({"n": HUGE[0]}), thing({"n": HUGE[0], "a": None})) is None


@pytest.mark.parametrize(
    "patch",
    [
        Patch("json6902", [{"op": "remove", "path": "/spec/nope"}]),
        Patch("json6902", [{"op": "add", "path": "/spec/no/parent", "value": 1}]),
        Patch("json6902", [{"op": "test", "path": "/spec/a", "value": 2}]),
        Patch("json6902", [{"op": "remove", "path": "/spec/l/3"}]),
        Patch("merge", {"spec": {"a": {"b": 1}}}),
        Patch("merge", {"spec": {"$patch": "true"}}),
    ],
)
def test_what_kustomize_refuses(patch: Patch) -> None:
    with pytest.raises(Misfit):
        apply(thing({"a": 1, "l": [1]}), [patch])


@settings(max_examples=200, deadline=None)
@given(st.randoms(use_true_random=False), st.sampled_from(KIND_NAMES))
def test_patches_hold_in_memory(rng: random.Random, kind: str) -> None:
    base, want = draw(rng, "x", kind)
    before = repr(base)
    patches = difference(base, want)
    assert patches is not None or "huge" in repr((base, want))
    if patches is not None:
        assert same(apply(settled(base), patches), settled(want))
        assert bool(patches) != same(settled(base), settled(want))
    assert repr(base) == before


@pytest.mark.parametrize("version", KUSTOMIZE)
def test_real_kustomize_agrees(version: str, tmp_path: Path) -> None:
    """One build of many drawn cases; what it yields is what was wanted."""
    wanted = {}
    cases = [draw(random.Random(f"real-{n}"), f"case-{n}") for n in range(CASES)]
    cases += [
        ({**thing(base), "metadata": {"name": f"table-{n}"}}, {**thing(want), "metadata": {"name": f"table-{n}"}})
        for n, (_, base, want, _) in enumerate(CASES_CUSTOM)
    ]
    for base, want in cases:
        patches = difference(base, want)
        if patches is not None:
            wanted[want["metadata"]["name"]] = want
            write(tmp_path / want["metadata"]["name"], base, patches)
    assert len(wanted) > CASES
    (tmp_path / "kustomization.yaml").write_text(emit(kustomization(wanted)))
    built = served(build(version, tmp_path))
    wrong = [name for name, want in wanted.items() if not same(built[name], want)]
    assert not wrong, "\n".join(f"want {emit(wanted[name])}\n got {emit(built[name])}" for name in wrong[:3])


def served(text: str) -> dict[str, Any]:
    documents, problems = read(text, "built.yaml")
    assert not problems
    return {d["metadata"]["name"]: d for d in documents if d}


def write(folder: Path, base: Mapping[str, Any], patches: tuple[Patch, ...]) -> None:
    (folder / "base").mkdir(parents=True)
    (folder / "base/object.yaml").write_text(emit(base))
    (folder / "base/kustomization.yaml").write_text(emit(kustomization(["object.yaml"])))
    entries = []
    for index, patch in enumerate(patches):
        (folder / f"patch-{index}.yaml").write_text(emit(patch.body))
        entries.append(patch_entry(f"patch-{index}.yaml", base, patch))
    (folder / "kustomization.yaml").write_text(emit(kustomization(["base"], patches=entries)))
