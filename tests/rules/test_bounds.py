"""The engine remembers and forgets nothing that matters, and no object makes it slow."""

from __future__ import annotations

import copy
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelwright.judge import judge_document
from modelwright.model import Release
from modelwright.rules import engine
from modelwright.rules.engine import Book, packed
from tests.rules.table import cases
from tests.rules.test_engine import POD, book, found, rule

RELEASE = Release("1.33", "0.20")
DOCUMENTS = [case.data for case in cases()]


def rows(data: Any) -> Any:
    return judge_document(data, RELEASE)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.sampled_from(range(len(DOCUMENTS))), min_size=1, max_size=30), st.data())
def test_an_object_is_judged_alike_whatever_came_before(order: list[int], data: st.DataObject) -> None:
    """What was found sound is passed over later: parts of documents are mixed, and each is judged by a fresh engine too."""
    mixed = []
    for index in order:
        one, other = copy.deepcopy(DOCUMENTS[index]), data.draw(st.sampled_from(DOCUMENTS))
        if one["kind"] == other["kind"] and "spec" in one and "spec" in other:
            for key in data.draw(st.sets(st.sampled_from(sorted(other["spec"])))):
                one["spec"][key] = other["spec"][key]
        mixed.append(one)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "_OFTEN", 2)
        warm = Book(packed())
        patch.setattr(engine, "book", lambda: warm)
        twice = [(rows(each), rows(each)) for each in mixed]
        for each, (first, second) in zip(mixed, twice, strict=True):
            cold = Book(packed())
            patch.setattr(engine, "book", lambda cold=cold: cold)
            assert rows(each) == first == second


def test_a_memory_is_kept_only_where_nothing_else_matters(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(engine, "_OFTEN", 1)
    check = rule(subject="VolumeMount", require="podSpec.volumes.exists(v, v.name == self.name)", at="name")
    made = book(tmp_path, check)
    sound = POD.replace("name: w", "name: v")
    assert [found(monkeypatch, made, sound) for _ in range(5)] == [[]] * 5
    assert found(monkeypatch, made, sound.replace("volumes: [{name: v}]", "volumes: [{name: u}]")) == [
        "rejected spec.containers.1.volumeMounts.0.name: m"
    ]
    assert found(monkeypatch, made, POD) == ["rejected spec.containers.1.volumeMounts.0.name: m"]


def pod(**spec: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [], **spec}}


def deep(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(levels):
        value = {"items": [value]}
    return value


@pytest.mark.parametrize(
    "data",
    [
        pod(containers=[{"name": f"c{i}", "image": "i:1", "env": [{"name": f"E{i}", "value": "x"}]} for i in range(20_000)]),
        pod(containers=[{"name": "c", "image": "i:1", "ports": [{"containerPort": 1}] * 50_000}]),
        {**pod(), "metadata": {"name": "p", "labels": {f"l{i}": "x" for i in range(50_000)}}},
        {**pod(), "spec": deep(400)},
        {**pod(), "metadata": ["x"] * 1000},
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p" * 1_000_000}, "spec": {}},
    ],
    ids=["containers", "ports", "labels", "depth", "metadata", "name"],
)
def test_a_hostile_object_takes_no_longer_than_its_size(data: dict[str, Any]) -> None:
    began = time.process_time()
    judge_document(data, RELEASE)
    assert time.process_time() - began < 5


def test_what_would_cost_too_much_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    made = book(tmp_path, rule(subject="PodSpec", require="self.volumes.all(a, self.volumes.all(b, a.name != b.name || a == b))"))
    volumes = "".join(f"{{name: v{i}}}, " for i in range(3000))
    began = time.process_time()
    said = found(monkeypatch, made, f"apiVersion: v1\nkind: Pod\nspec: {{volumes: [{volumes}]}}")
    assert time.process_time() - began < 10
    (note,) = said
    assert note.startswith("risk : the object is too large")


def test_judging_reads_neither_rule_files_nor_pages() -> None:
    code = (
        "import sys; from modelwright.judge import judge_document; from modelwright.model import Release;"
        "print(judge_document({'apiVersion': 'v1', 'kind': 'Pod', 'metadata': {'name': 'P'}, 'spec': {'containers': []}},"
        "Release('1.33'))[0][0]);"
        "print([m for m in sys.modules if m in ('yaml', 'modelwright.manual', 'modelwright.rules.author', 'modelwright.rules.pack')])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown.splitlines()[1] == "[]" and shown.startswith("MW5")
