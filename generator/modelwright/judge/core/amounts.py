"""Amounts of containers, pods and volumes.

Sources: kubernetes/kubernetes `pkg/apis/core/validation/validation.go` (validateResourceRequirements,
validateContainerResourceName) and `pkg/apis/core/helper/helpers.go`. Requests against limits: `judge.containers`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from modelwright.judge.names import key_advice
from modelwright.model import Path
from modelwright.quantities import amount, quantity
from modelwright.rules.check import Row, Run
from modelwright.typed import Any

_OF_CONTAINERS = frozenset({"cpu", "memory", "ephemeral-storage"})
_OF_PODS = frozenset({"cpu", "memory"})
_PAGES = "hugepages-"


def of_container(value: Any, run: Run) -> Iterator[Row]:
    """`resources` of a container."""
    if not isinstance(value, dict):
        return
    names: set[str] = set()
    for kind in ("limits", "requests"):
        amounts = value.get(kind)
        if isinstance(amounts, dict):
            for name, written in amounts.items():
                names.add(name)
                if name not in _OF_CONTAINERS:
                    yield from _strange(name, written, (kind, name))
    if any(name.startswith(_PAGES) for name in names) and not names & _OF_PODS:
        yield (), "huge pages need `cpu` or `memory` beside them", "add an amount of `memory`"


def _strange(name: str, written: Any, path: Path) -> Iterator[tuple[Path, str, str]]:
    """What is wrong with an amount of something else than cpu, memory and storage."""
    said = name_advice(name)
    if said:
        yield path, f"a container cannot have `{name[:80]}`: {said}", _hint(name)
    elif name.startswith(_PAGES):
        size, many = quantity(name.removeprefix(_PAGES)), amount(written)
        if not size or size <= 0 or size != size.to_integral_value():
            yield path, f"`{name}` names no size of a page", "such as `hugepages-2Mi`"
        elif many is not None and many % size:
            yield path, f"`{name}` must be a whole number of pages, but is {written}", ""


def name_advice(name: str) -> str:
    """Why a container cannot ask for a resource of that name; empty when it can."""
    if name in _OF_CONTAINERS or name.startswith(_PAGES):
        return key_advice(name)
    said = key_advice(name)
    if said:
        return said
    if "/" not in name:
        return "it is not one that Kubernetes knows"
    if "kubernetes.io/" in name:
        return ""
    if name.startswith("requests."):
        return "`requests.` is for quotas"
    return "the name is too long" if key_advice(f"requests.{name}") else ""


def _hint(name: str) -> str:
    if "/" in name:
        return ""
    near = {"gpu": "nvidia.com/gpu", "mem": "memory", "storage": "ephemeral-storage"}
    better = near.get(name.lower().rstrip("s")) or near.get(name.lower())
    return f"did you mean `{better}`?" if better else "known: cpu, memory, ephemeral-storage, hugepages-SIZE; devices are `domain/name`"


def overhead(value: Any, run: Run) -> Iterator[Row]:
    """`overhead` of a pod, which is like limits."""
    for path, message, hint, *_ in of_container({"limits": value}, run):
        yield path[1:], message, hint


def of_pod(value: Any, run: Run) -> Iterator[Row]:
    """`resources` of a pod."""
    if isinstance(value, dict):
        if value.get("claims"):
            yield ("claims",), "claims belong to containers, not to the pod's `resources`", ""
        for kind in ("limits", "requests"):
            amounts = value.get(kind)
            for name in amounts if isinstance(amounts, Mapping) else ():
                if name not in _OF_PODS and not name.startswith(_PAGES):
                    yield (kind, name), f"a pod as a whole cannot have `{name[:80]}`", "known: cpu, memory, hugepages-SIZE"


def positive(value: Any, run: Run) -> Iterator[Row]:
    """An amount that must be more than nothing."""
    found = amount(value)
    if found is not None and found <= 0:
        yield (), f"it must be more than 0, but is {value}", ""


def not_negative(value: Any, run: Run) -> Iterator[Row]:
    """An amount that may be nothing."""
    found = amount(value)
    if found is not None and found < 0:
        yield (), f"it must not be negative, but is {value}", ""
