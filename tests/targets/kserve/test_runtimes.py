"""What functions say of runtimes and storage containers that fit no schema: nothing, and never an error."""

from __future__ import annotations

from typing import Any

import pytest

from modelwright.rules.check import Run
from modelwright.rules.releases import Facts
from modelwright.targets.kserve.addresses import unreadable
from modelwright.targets.kserve.runtimes import GPU_TYPES, claims, uneven, unknown_devices, unknown_gpus

RUN = Run({}, "serving.kserve.io/v1alpha1", "ServingRuntime", True, Facts())


@pytest.mark.parametrize("value", [None, 1, 1.5, "a", True, [], [1, None, "a", [], {}], {}, {"a": 1}])
def test_any_value_may_stand_anywhere(value: Any) -> None:
    for formats in (value, [value], [{"name": value, "priority": value, "autoSelect": True}] * 2):
        list(uneven(formats, RUN))
        list(claims({"kind": "ServingRuntime", "metadata": value, "spec": {"supportedModelFormats": formats, "protocolVersions": value}}))
    for container in (value, {"name": "kserve-container", "resources": value}, {"name": "kserve-container", "resources": {"limits": value}}):
        list(unknown_devices({"containers": [container], "workerSpec": value, "annotations": value}, RUN))
        list(unknown_devices({"containers": value, "workerSpec": {"containers": [container, value]}}, RUN))
    list(unknown_devices({"containers": [{"name": "kserve-container"}], "workerSpec": {}, "annotations": {GPU_TYPES: value}}, RUN))
    list(unreadable({"regex": value}, RUN))


@pytest.mark.parametrize(
    ("text", "fine"),
    [
        ('["me.com/npu"]', True),
        (' [ "me.com/npu", "you.com/npu" ] ', True),
        ("[]", False),
        ('["me.com/npu", 1]', False),
        ('["me.com/npu", ""]', False),
        ('{"me.com/npu": 1}', False),
        ("null", False),
        ("me.com/npu", False),
        ("[" * 100_000, False),
    ],
)
def test_a_list_of_devices(text: str, fine: bool) -> None:
    found = list(unknown_gpus({"resources": {"limits": {"me.com/npu": 1}}}, {GPU_TYPES: text}))
    assert [row[0] for row in found] == ([] if fine else [None])
