"""Definitions that cannot be used are told: one problem each, at its line."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.judge.bad_crds import BAD, GOOD, changed, sound, verdicts

from modelwright.importing.crds import kinds_of, text_of
from modelwright.judge.kinds import stored, stored_kind
from modelwright.judge.own import definitions
from modelwright.judge.schema import findings
from modelwright.model import Place, Release
from modelwright.yamlio import emit, read

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
HERE = Release("1.33")


def told(text: str) -> list[tuple[str, str]]:
    _, problems = definitions(("crds.yaml", text, HERE))
    places = [p.place.path if isinstance(p.place, Place) else () for p in problems]
    return [(p.code, ".".join(map(str, path))) for p, path in zip(problems, places, strict=True)]


@pytest.mark.parametrize("name", BAD)
def test_what_the_server_refuses_is_told_once(name: str) -> None:
    change, code, end = BAD[name]
    ((found, path),) = told(emit(changed(change)))
    assert found == code and path.endswith(end), path


@pytest.mark.parametrize("name", GOOD)
def test_what_the_server_takes_is_taken(name: str) -> None:
    assert told(emit(changed(GOOD[name]))) == []


@pytest.mark.skipif(not (os.environ.get("MODELWRIGHT_ORACLE") and shutil.which("go")), reason="builds a Go program")
def test_the_server_agrees() -> None:
    names = [*BAD, *GOOD]
    said = verdicts([changed(BAD[n][0] if n in BAD else GOOD[n]) for n in names])
    assert [name for name, errors in zip(names, said, strict=True) if bool(errors) != (name in BAD)] == []


def test_every_rule_that_does_not_compile_is_told_and_the_kind_judged_by_the_others() -> None:
    def change(crd: dict[str, Any], fields: dict[str, Any]) -> None:
        spec = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
        spec["x-kubernetes-validations"] += [{"rule": "nothing"}, {"rule": "self.size ++ 1"}]

    kinds, problems = definitions(("crds.yaml", emit(changed(change)), HERE))
    assert [p.code for p in problems] == ["MW263", "MW263"] and [kind[1] for kind in kinds] == ["Queue"]
    assert "undeclared reference" in problems[0].message or "nothing" in problems[0].message


def compact(crd: dict[str, Any] | None = None) -> Any:
    return read(text_of(list(kinds_of(crd or sound()))), "queue.json")[0][0]


def test_a_compact_file_says_what_its_definition_says() -> None:
    text = text_of(list(kinds_of(sound())))
    ((*_, versions, _),), problems = definitions(("queue.json", text, HERE))
    ((*_, plain, _),), _ = definitions(("crds.yaml", emit(sound()), HERE))
    assert problems == () and [api for api, _ in versions] == [api for api, _ in plain] == ["example.com/v1"]
    for spec in ({"size": 9}, {"size": 1, "name": "A"}, {"size": 3, "parts": [{"name": "a"}, {"name": "a"}]}, {"size": 3}):
        data = {"apiVersion": "example.com/v1", "kind": "Queue", "metadata": {"name": "a"}, "spec": spec}
        found = [findings(stored_kind(text), data) for (_, text), *_ in (versions, plain)]
        assert found[0] == found[1] and bool(found[0]) == (spec != {"size": 3})


def loop(data: Any) -> None:
    data["spec"]["$defs"] = {
        "a": {"type": "object", "properties": {"b": {"$ref": "#/$defs/b"}}},
        "b": {"type": "array", "items": {"$ref": "#/$defs/a"}},
        "c": {"type": "string"},
    }
    data["spec"]["versions"][0]["schema"]["properties"]["spec"]["properties"]["size"] = {"$ref": "#/$defs/a"}


SPOILT = {
    "a loop": (loop, "spec.$defs.a"),
    "a part that is itself": (lambda d: d["spec"].update({"$defs": {"0": {"$ref": "#/$defs/0"}}}), "spec.$defs.0"),
    "a lost part": (
        lambda d: d["spec"]["versions"][0]["schema"]["properties"].update(spec={"$ref": "#/$defs/9"}),
        "spec.versions.0.schema",
    ),
    "a reference to a file": (
        lambda d: d["spec"]["versions"][0]["schema"]["properties"].update(spec={"$ref": "file:///etc/passwd"}),
        "spec.versions.0.schema",
    ),
    "an odd type": (
        lambda d: d["spec"]["versions"][0]["schema"]["properties"].update(spec={"type": "int"}),
        "spec.versions.0.schema.properties.spec.type",
    ),
    "no spec": (lambda d: d.pop("spec"), "spec"),
    "no group": (lambda d: d["spec"].pop("group"), "spec"),
    "odd scope": (lambda d: d["spec"].update(scope="Galaxy"), "spec"),
    "no versions": (lambda d: d["spec"].update(versions=[]), "spec"),
    "a version of text": (lambda d: d["spec"].update(versions=["v1"]), "spec.versions.0"),
    "a version twice": (lambda d: d["spec"].update(versions=d["spec"]["versions"] * 2), "spec.versions.1"),
    "a version without schema": (lambda d: d["spec"]["versions"][0].pop("schema"), "spec.versions.0"),
}


@pytest.mark.parametrize("name", SPOILT)
def test_spoilt_compact_files_are_one_problem(name: str) -> None:
    change, path = SPOILT[name]
    data = compact()
    change(data)
    assert told(emit(data)) == [("MW266", path)]


def test_deep_schemas_and_many_parts_end() -> None:
    node: dict[str, Any] = {"type": "string"}
    for _ in range(3000):
        node = {"type": "array", "items": node}
    crd = sound()
    crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["deep"] = node
    from modelwright.judge.intake.shape import odd_schema

    odd = odd_schema(crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"], ())
    assert odd is not None and odd[0] == "MW261"
    doubling = compact()
    table = {str(i): {"type": "object", "properties": {c: {"$ref": f"#/$defs/{i + 1}"} for c in "ab"}} for i in range(60)}
    doubling["spec"]["$defs"] = {**table, "60": {"type": "string"}}
    doubling["spec"]["versions"][0]["schema"]["properties"]["deep"] = {"$ref": "#/$defs/0"}
    kinds, problems = definitions(("queue.json", emit(doubling), HERE))
    assert problems == () and len(kinds) == 1
    data = {"apiVersion": "example.com/v1", "kind": "Queue", "metadata": {"name": "a"}, "spec": {"size": 3}, "deep": {"a": {"b": {"c": 1}}}}
    assert [f.path for f in findings(stored_kind(kinds[0][3][0][1]), data)] == [("deep", "a", "b", "c")]


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared material is not here")
def test_released_definitions_are_taken() -> None:
    files = [p for p in sorted((SHARED / "crds").rglob("*.yaml")) if p.stat().st_size < 100_000]
    assert len(files) > 50
    for path in files:
        assert definitions((path.name, path.read_text(encoding="utf-8"), HERE))[1] == (), path


def test_a_stored_kind_keeps_what_it_is() -> None:
    (kind,) = kinds_of(sound())
    again = stored_kind(stored(kind))
    assert again.namespaced and not again.deprecated and again.schema["properties"]["spec"]["required"] == ["size"]
