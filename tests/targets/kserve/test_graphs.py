"""InferenceGraphs as the router walks them, large ones and broken ones included."""

from __future__ import annotations

from typing import Any

import pytest

from modelwright.rules.check import Run
from modelwright.rules.releases import Facts
from modelwright.targets.kserve.graphs import refused, unanswerable, unread

STEPS = 10_000


def _run(nodes: Any) -> list[Any]:
    return list(unanswerable(nodes, Run({}, "serving.kserve.io/v1alpha1", "InferenceGraph", True, Facts())))


def _sequence(*targets: str, kind: str = "Sequence") -> dict[str, Any]:
    return {"routerType": kind, "steps": [{"nodeName": target} for target in targets]}


def test_a_chain_of_ten_thousand_nodes_that_ends() -> None:
    nodes = {f"n{n}": _sequence(f"n{n + 1}") for n in range(STEPS)}
    assert _run({"root": _sequence("n0"), **nodes, f"n{STEPS}": {"routerType": "Sequence", "steps": [{"serviceName": "a"}]}}) == []


def test_a_circle_of_ten_thousand_nodes_is_told_at_the_step_that_closes_it() -> None:
    nodes = {f"n{n}": _sequence(f"n{n + 1}") for n in range(STEPS)}
    ((path, message, _),) = _run({"root": _sequence("n0"), **nodes, f"n{STEPS}": _sequence("root")})
    assert path == (f"n{STEPS}", "steps", 0, "nodeName")
    assert message == "the step leads in a circle: `root`, `n0`, `n1`, `n2`, `n3`, `n4`, `n5`, `n6`, ..., `root`"


def test_every_node_leads_back() -> None:
    nodes = {f"n{n}": _sequence("root", f"n{n + 1}", kind="Ensemble") for n in range(STEPS)}
    found = _run({"root": _sequence("n0"), **nodes})
    assert [row[0] for row in found[:-1]] == [(f"n{n}", "steps", 0, "nodeName") for n in range(STEPS)]
    assert found[-1][:2] == ((f"n{STEPS - 1}", "steps", 1, "nodeName"), f"there is no node `n{STEPS}`")


def test_ten_thousand_steps_of_one_node() -> None:
    assert _run({"root": _sequence(*["scores"] * STEPS), "scores": {"steps": [{"serviceName": "a"}]}}) == []
    steps = [{"name": str(n % (STEPS // 2)), "serviceName": "a"} for n in range(STEPS)]
    run = Run({}, "serving.kserve.io/v1alpha1", "InferenceGraph", True, Facts())
    assert [row[0] for row in refused(steps, run)] == [(n, "name") for n in range(STEPS // 2, STEPS)]


@pytest.mark.parametrize("value", [None, 1, "a", True, [], [1, None, "a", []], {}, {"a": 1}])
def test_any_value_may_stand_anywhere(value: Any) -> None:
    for nodes in (
        {"root": value},
        {"root": {"routerType": value, "steps": [{"nodeName": "root"}]}},
        {"root": {"routerType": "Sequence", "steps": value}},
        {"root": {"routerType": "Sequence", "steps": [value, {"nodeName": value}, {"nodeName": "a", "condition": value}]}, "a": value},
    ):
        _run(nodes)
    run = Run({}, "", "", True, Facts())
    list(refused(value, run))
    list(refused([{"name": value, "nodeName": value}, {"name": value, "serviceUrl": value}], run))
    for kind in ("Switch", "Ensemble", value):
        list(unread({"routerType": kind, "steps": value}, run))
        list(unread({"routerType": kind, "steps": [value, {"data": value, "weight": value, "condition": value}]}, run))
