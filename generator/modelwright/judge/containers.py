"""Requests and limits of containers, wherever they stand.

Rules: kubernetes/kubernetes `pkg/apis/core/validation/validation.go` (ValidateContainerResourceRequirements,
validateResourceQuantityValue). Custom resources carry containers too, but are only refused when their pods are made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from modelwright.judge.names import Note, tag_notes
from modelwright.model import Path
from modelwright.quantities import amount

_NOT_CONTAINERS = frozenset(
    {"volumeClaimTemplate", "volumeClaimTemplates", "annotations", "labels", "status"}
)


def pod_notes(data: Mapping[str, Any], custom: bool) -> Iterator[Note]:
    """Everything wrong with `resources` below `spec`, and (core kinds) with the metadata of pod templates."""
    waiting: list[tuple[Any, Path]] = [(data.get("spec"), ("spec",)), (data.get("template"), ("template",))]
    while waiting:
        value, path = waiting.pop()
        if isinstance(value, dict):
            for key, item in value.items():
                if key == "resources":
                    if isinstance(item, dict):
                        yield from resource_notes(item, (*path, key), custom)
                elif key == "metadata" and not custom and isinstance(item, dict):
                    yield from tag_notes(item, (*path, key))
                elif isinstance(item, (dict, list)) and key not in _NOT_CONTAINERS:
                    waiting.append((item, (*path, key)))
        elif isinstance(value, list):
            waiting.extend(
                (item, (*path, i)) for i, item in enumerate(value) if isinstance(item, (dict, list))
            )


def resource_notes(resources: Mapping[str, Any], path: Path, custom: bool) -> Iterator[Note]:
    """What is wrong with one container's `resources`."""
    requests, limits = resources.get("requests"), resources.get("limits")
    for kind, amounts in (("requests", requests), ("limits", limits)):
        if isinstance(amounts, dict):
            for name, written in amounts.items():
                yield from _amount_notes(str(name), written, (*path, kind, name))
    if not isinstance(requests, dict):
        return
    known = limits if isinstance(limits, dict) else {}
    for name, written in requests.items():
        extended = _extended(str(name))
        here = (*path, "requests", name)
        if name not in known:
            if extended and not custom:
                yield (
                    "MW511",
                    here,
                    f"`{name}` is requested without a limit",
                    "set the limit to the same number",
                )
            continue
        asked, most = amount(written), amount(known[name])
        if asked is None or most is None:
            continue
        if extended and asked != most and asked == asked.to_integral_value():
            message = f"the request for `{name}` ({written}) must equal its limit ({known[name]})"
            yield (
                "MW511",
                here,
                message,
                "devices and huge pages cannot be overcommitted: use the same number twice",
            )
        elif asked > most:
            message = f"the request for `{name}` ({written}) is more than its limit ({known[name]})"
            yield "MW511", here, message, "raise the limit or lower the request"


def _amount_notes(name: str, written: Any, path: Path) -> Iterator[Note]:
    value = amount(written)
    if value is None:
        return
    if value < 0:
        yield "MW511", path, f"`{name}` must not be negative, but is {written}", ""
    elif _device(name) and value != value.to_integral_value():
        message = f"`{name}` must be a whole number, but is {written}"
        yield "MW511", path, message, "a device cannot be shared by fractions: ask for 1"


def _device(name: str) -> bool:
    """An extended resource: a domain outside kubernetes.io."""
    if "/" not in name or name.startswith("requests."):
        return False
    domain = name.partition("/")[0]
    return domain != "kubernetes.io" and not domain.endswith(".kubernetes.io")


def _extended(name: str) -> bool:
    return _device(name) or name.startswith("hugepages-")
