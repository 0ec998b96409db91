"""Hostile trees end soon, with one problem, and without a traceback."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping

import pytest

from modelwright.kustomize import build, roots, schema
from modelwright.problems import Problem

CM = "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {k: v}}\n"
FOO = "{apiVersion: v1, kind: Foo, metadata: {name: f}, spec: {text: a, list: [], map: {x: {}}}}\n"


def built(files: Mapping[str, str | bytes], folder: str = "") -> tuple[int, tuple[Problem, ...]]:
    started = time.monotonic()
    data = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
    manifests, problems = build(data, folder)
    assert time.monotonic() - started < 20
    roots(data)
    return len(manifests), problems


def one(text: str | bytes, kustomization: str = "resources: [a.yaml]\n") -> Mapping[str, str | bytes]:
    return {"kustomization.yaml": kustomization, "a.yaml": text}


def bomb() -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    return CM.strip()[:-1] + "}\n---\n" + "\n".join(lines)


def patches(*steps: object) -> str:
    return json.dumps({"resources": ["a.yaml"], "patches": [{"target": {"kind": "Foo"}, "patch": json.dumps(steps)}]})


def words(**more: object) -> str:
    return json.dumps({"resources": ["a.yaml"], **more})


def folders(count: int, twice: bool) -> Mapping[str, str]:
    files = {f"n{n}/kustomization.yaml": json.dumps({"resources": [f"../n{n + 1}"] * (1 + twice)}) for n in range(count)}
    return {**files, f"n{count}/kustomization.yaml": "resources: []\n", "kustomization.yaml": "resources: [n0]\n"}


CASES: Mapping[str, tuple[Mapping[str, str | bytes], str]] = {
    "binary": (one(b"\x00\x01\x02\xff"), "MW101"),
    "binary kustomization": ({"kustomization.yaml": b"\x00\x01"}, "MW101"),
    "not UTF-8": (one(b"a: \xff\xfe"), "MW101"),
    "five megabytes": (one(CM + "#" * 5_000_000), "MW104"),
    "brackets": (one("a: " + "[" * 50_000), "MW104"),
    "deep": (one("[" * 300 + "]" * 300), "MW104"),
    "alias bomb": (one(bomb()), "MW104"),
    "an alias of itself": (one("a: &a [*a]\n"), "MW102"),
    "a million documents": (one("---\na\n" * 20_000), "MW104"),
    "folders that double": (folders(30, twice=True), "MW479"),
    "deep JSON patch": (one(FOO, words(patches=[{"target": {}, "patch": "[" * 5_000}])), "MW471"),
    "copies that double": (
        one(FOO, patches(*({"op": "copy", "from": "/spec", "path": f"/spec/m{n}"} for n in range(40)))),
        "MW472",
    ),
    "a long path": (one(FOO, patches({"op": "add", "path": "/a" * 5_000, "value": 1})), "MW472"),
    "a large number": (one(FOO, words(patches=[{"target": {}, "patch": '[{"op":"add","path":"/a","value":1e999}]'}])), "MW471"),
    "no number": (one(FOO, words(patches=[{"target": {}, "patch": '[{"op":"add","path":"/a","value":NaN}]'}])), "MW471"),
    "a pattern that would never end": (one(CM, words(patches=[{"target": {"name": "(a{999}){999}"}, "patch": "- {op: add, path: /b, value: c}"}])), "MW471"),
    "a selector of nothing": (one(CM, words(patches=[{"target": {"labelSelector": ",,,"}, "patch": "- {op: add, path: /b, value: c}"}])), "MW471"),
    "replacements that double": (
        one(
            FOO,
            words(
                replacements=[
                    {"source": {"kind": "Foo", "fieldPath": "spec.map"}, "targets": [{"select": {"kind": "Foo"}, "fieldPaths": [f"spec.map.m{n}"], "options": {"create": True}}]}
                    for n in range(60)
                ]
            ),
        ),
        "MW474",
    ),
    "a long field path": (
        one(FOO, words(replacements=[{"sourceValue": "x", "targets": [{"select": {"kind": "Foo"}, "fieldPaths": ["a." * 5_000], "options": {"create": True}}]}])),
        "MW474",
    ),
    "text that doubles": (
        one(
            FOO,
            words(
                replacements=[
                    {"source": {"kind": "Foo", "fieldPath": "spec.text"}, "targets": [{"select": {"kind": "Foo"}, "fieldPaths": ["spec.text"], "options": {"delimiter": "|", "index": 9_999}}]}
                    for _ in range(60)
                ]
            ),
        ),
        "MW474",
    ),
    "a long prefix": (one(CM, words(namePrefix="p" * 100_000)), "MW478"),
    "fields far down": (
        {**one(CM, words(configurations=["c.yaml"], namePrefix="p")), "c.yaml": f"namePrefix: [{{path: {'/'.join('a' * 5_000)}, create: true}}]\n"},
        "MW478",
    ),
    "an OpenAPI circle": (
        {
            **one(FOO, words(openapi={"path": "s.json"}, patches=[{"patch": FOO.replace("text: a", "text: b")}])),
            "s.json": '{"definitions": {"f": {"$ref": "#/definitions/f", "x-kubernetes-group-version-kind": [{"version": "v1", "kind": "Foo"}], "properties": {"spec": {"$ref": "#/definitions/f"}}}}}',
        },
        "",
    ),
    "a key of brackets": (one("? [a]\n: b\n"), "MW480"),
    "no text at all": (one(""), ""),
    "a path of dots": ({"kustomization.yaml": json.dumps({"resources": ["../" * 3_000 + "etc"]})}, "MW464"),
    "a control character": (one(CM, 'resources: ["a\\u0001.yaml"]\n'), "MW463"),
}


@pytest.mark.parametrize("name", CASES)
def test_a_hostile_tree_ends_with_one_problem(name: str) -> None:
    files, code = CASES[name]
    count, problems = built(files)
    assert [problem.code for problem in problems] == ([code] if code else [])
    assert bool(count) == (not code and name != "no text at all")


def test_many_words_for_many_objects_are_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "MOST_WORK", 50_000)
    objects = "---\n".join(CM.replace("name: a", f"name: a{n}") for n in range(300))
    count, problems = built(one(objects, words(commonLabels={f"l{n}": "v" for n in range(900)})))
    assert (count, [problem.code for problem in problems]) == (0, ["MW479"])


def test_many_objects_and_patches_take_time_in_proportion() -> None:
    objects = "---\n".join(CM.replace("name: a", f"name: a{n}") for n in range(500))
    changes = [{"patch": CM.replace("name: a", f"name: a{n}").replace("k: v", "k: w")} for n in range(500)]
    count, problems = built(one(objects, words(patches=changes, namespace="n", namePrefix="p-")))
    assert (count, problems) == (500, ())
