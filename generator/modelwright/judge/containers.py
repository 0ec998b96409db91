"""Requests and limits of containers.

Rules: kubernetes/kubernetes `pkg/apis/core/validation/validation.go` (ValidateContainerResourceRequirements,
validateResourceQuantityValue). Custom resources carry containers too, but are only refused when their pods are made.
"""

from __future__ import annotations

from collections.abc import Iterator

from modelwright.model import Path
from modelwright.quantities import amount_in_nanos
from modelwright.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modelwright.rules.check import Row, Run

_ONE = 10**9
"""In nanos."""


def resources(said: Any, run: Run) -> Iterator[Row]:
    """What is wrong with one container's `resources`."""
    if not isinstance(said, dict):
        return
    requests, limits = said.get("requests"), said.get("limits")
    for kind, amounts in (("requests", requests), ("limits", limits)):
        if isinstance(amounts, dict):
            for name, written in amounts.items():
                yield from _amounts(str(name), written, (kind, name))
    if not isinstance(requests, dict):
        return
    known = limits if isinstance(limits, dict) else {}
    for name, written in requests.items():
        extended = _extended(str(name))
        here = ("requests", name)
        if name not in known:
            if extended and not run.embedded:
                yield here, f"`{name}` is requested without a limit", "set the limit to the same number"
            continue
        if type(written) is str and written == known[name]:
            continue
        asked, most = amount_in_nanos(written), amount_in_nanos(known[name])
        if asked is None or most is None:
            continue
        if extended and asked != most and asked % _ONE == 0:
            message = f"the request for `{name}` ({written}) must equal its limit ({known[name]})"
            yield here, message, "devices and huge pages cannot be overcommitted: use the same number twice"
        elif asked > most:
            message = f"the request for `{name}` ({written}) is more than its limit ({known[name]})"
            yield here, message, "raise the limit or lower the request"


def _amounts(name: str, written: Any, path: Path) -> Iterator[Row]:
    if not _device(name) and not str(written).startswith("-"):
        return
    value = amount_in_nanos(written)
    if value is None:
        return
    if value < 0:
        yield path, f"`{name}` must not be negative, but is {written}", ""
    elif _device(name) and value % _ONE:
        message = f"`{name}` must be a whole number, but is {written}"
        yield path, message, "a device cannot be shared by fractions: ask for 1"


def _device(name: str) -> bool:
    """An extended resource: a domain outside kubernetes.io."""
    if "/" not in name or name.startswith("requests."):
        return False
    domain = name.partition("/")[0]
    return domain != "kubernetes.io" and not domain.endswith(".kubernetes.io")


def _extended(name: str) -> bool:
    return _device(name) or name.startswith("hugepages-")
