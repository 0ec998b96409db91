"""A model's words beside a container, and canaries that test nothing: used, or told."""

from __future__ import annotations

from typing import Any

import pytest
from tests.scaffold import compiled

HEAD = """\
apiVersion: modelwright/v1
kind: Model
metadata: {name: iris}
spec:
"""


def model(*lines: str, environments: str = "{dev: {}}") -> str:
    return HEAD + "".join(f"  {line}\n" for line in (*lines, f"environments: {environments}"))


def told(text: str) -> list[tuple[str, str, tuple[str | int, ...]]]:
    return [(p.code, p.severity, getattr(p.place, "path", ())) for p in compiled(text).problems]


def predictor(text: str) -> dict[str, Any]:
    made = compiled(text)
    assert made.problems == ()
    found: dict[str, Any] = made.tree.built["dev/risk/iris"][0].data["spec"]["predictor"]
    return found


@pytest.mark.parametrize("container", ["a.io/server:1", '{image: "a.io/server:1", env: {A: b}}'])
def test_a_containers_source_is_fetched_for_it(container: str) -> None:
    (main,) = predictor(model(f"container: {container}", "source: gs://models/iris"))["containers"]
    assert main["env"][-1] == {"name": "STORAGE_URI", "value": "gs://models/iris"}
    assert [v["name"] for v in main["env"][:-1]] == (["A"] if "env" in container else [])


@pytest.mark.parametrize(
    "word", ["runtime: mlserver", 'runtimeVersion: "1.6"', "protocol: v2"]
)
def test_a_word_that_a_container_cannot_have_is_told(word: str) -> None:
    assert told(model("container: a.io/server:1", word)) == [("MW253", "error", ("spec", word.partition(":")[0]))]


def test_a_source_said_twice_is_told() -> None:
    text = model('container: {image: "a.io/server:1", env: {STORAGE_URI: "gs://a/b"}}', "source: gs://models/iris")
    assert told(text) == [("MW253", "error", ("spec", "source"))]


def test_a_container_of_one_environment_drops_the_runtime_there() -> None:
    lines = ("format: sklearn", "runtime: mlserver", "source: gs://models/iris")
    assert told(model(*lines, environments='{dev: {container: "a.io/server:1"}}')) == [("MW253", "error", ("spec", "runtime"))]
    (main,) = predictor(model(*lines, environments='{dev: {container: "a.io/server:1", runtime: null}}'))["containers"]
    assert main["env"] == [{"name": "STORAGE_URI", "value": "gs://models/iris"}]


def test_a_standard_canary_without_a_source_tests_nothing() -> None:
    lines = ("format: sklearn", "source: gs://models/iris", "canary: {traffic: 10}")
    assert told(model(*lines)) == [("MW254", "warning", ("spec", "canary"))]
    assert told(model(*lines, "mode: knative")) == []


@pytest.mark.parametrize("canary", ["{traffic: 10}", '{traffic: 10, source: "gs://models/iris/4"}'])
def test_a_standard_canary_of_a_container_is_told_at_its_word(canary: str) -> None:
    lines = ("container: a.io/server:1", "source: gs://models/iris", f"canary: {canary}")
    assert told(model(*lines)) == [("MW254", "error", ("spec", "canary"))]
    assert predictor(model(*lines, "mode: knative"))["canaryTrafficPercent"] == 10
