"""Volumes behind mounts: each mount path its own, called after the path."""

from __future__ import annotations

from typing import Any

import pytest
from tests.scaffold import compiled

MODEL = """\
apiVersion: modelwright/v1
kind: Model
metadata: {name: iris}
spec:
  format: sklearn
  source: gs://models/iris
  mounts: {MOUNTS}
  environments: {dev: {}}
"""


def predictor(mounts: str) -> dict[str, Any]:
    made = compiled(MODEL.replace("MOUNTS", mounts))
    assert made.problems == ()
    found: dict[str, Any] = made.tree.built["dev/risk/iris"][0].data["spec"]["predictor"]
    return found


def sources(found: dict[str, Any]) -> dict[str, Any]:
    """Mount path -> what is mounted there."""
    volumes = {volume["name"]: volume for volume in found["volumes"]}
    assert len(volumes) == len(found["volumes"])
    return {mount["mountPath"]: volumes[mount["name"]]["configMap"]["name"] for mount in found["model"]["volumeMounts"]}


@pytest.mark.parametrize("order", [("/a/b", "/a-b", "/A.b"), ("/A.b", "/a-b", "/a/b")])
def test_two_paths_of_one_name_are_two_volumes_whatever_their_order(order: tuple[str, ...]) -> None:
    found = predictor(", ".join(f"{path}: {{configMap: c{len(path)}{ord(path[2])}}}" for path in order))
    assert sources(found) == {path: f"c{len(path)}{ord(path[2])}" for path in order}
    names = {mount["mountPath"]: mount["name"] for mount in found["model"]["volumeMounts"]}
    assert names == {"/A.b": "a-b", "/a-b": "a-b-590bb8f6", "/a/b": "a-b-662b7b62"}


def test_an_authors_own_name_stands() -> None:
    found = predictor("/a/b: {configMap: one}, /x: {configMap: two, volume: a-b}")
    assert sources(found) == {"/a/b": "one", "/x": "two"}
    assert [volume["name"] for volume in found["volumes"]][1] == "a-b"


def test_long_paths_that_begin_alike_are_told_apart() -> None:
    long = "/" + "d" * 70
    found = predictor(f"{long}/a: {{configMap: one}}, {long}/b: {{configMap: two}}")
    assert sources(found) == {f"{long}/a": "one", f"{long}/b": "two"}


def test_a_name_alone_is_the_path() -> None:
    assert [v["name"] for v in predictor("/dev/shm: {emptyDir: {}}")["volumes"]] == ["dev-shm"]
