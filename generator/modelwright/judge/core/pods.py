"""What containers of a pod refer to, and what they share.

Source: kubernetes/kubernetes `pkg/apis/core/validation/validation.go` (ValidateVolumeMounts, ValidateVolumeDevices,
checkHostPortConflicts, validateObjectFieldSelector, validateContainerResourceFieldSelector).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from modelwright.judge.names import key_advice
from modelwright.problems import did_you_mean
from modelwright.quantities import canonical
from modelwright.rules.check import Row, Run
from modelwright.typed import Any

_KINDS = ("initContainers", "containers", "ephemeralContainers")
_OF_ENVIRONMENT = (
    "metadata.name metadata.namespace metadata.uid spec.nodeName spec.serviceAccountName status.hostIP status.hostIPs "
    "status.podIP status.podIPs"
)
_OF_FILES = "metadata.name metadata.namespace metadata.labels metadata.annotations metadata.uid"
# What the server can convert at all, and so says something else about.
_AMOUNTS = tuple(f"{kind}.{name}" for kind in ("limits", "requests") for name in ("cpu", "memory", "ephemeral-storage"))
_PAGES = ("limits.hugepages-", "requests.hugepages-")
_DIVISORS = frozenset(["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"])


def _containers(spec: Mapping[str, Any]) -> Iterator[tuple[str, int, Mapping[str, Any]]]:
    for kind in _KINDS:
        found = spec.get(kind)
        for index, container in enumerate(found if isinstance(found, list) else ()):
            if isinstance(container, dict):
                yield kind, index, container


def mounts(value: Any, run: Run) -> Iterator[Row]:
    """A pod's spec: volumes that containers mount and the pod lacks, and devices that are none."""
    if not isinstance(value, dict):
        return
    volumes: dict[str, Any] | None = None
    for kind, index, container in _containers(value):
        for word, path in (("volumeMounts", "mountPath"), ("volumeDevices", "devicePath")):
            listed = container.get(word)
            for at, item in enumerate(listed if isinstance(listed, list) else ()):
                name = item.get("name") if isinstance(item, dict) else None
                if not isinstance(name, str) or not name:
                    continue
                if volumes is None:
                    volumes = _volumes(value, run)
                here = (kind, index, word, at, "name")
                if name not in volumes:
                    message = f"the pod has no volume `{name[:80]}`, which is wanted at `{str(item.get(path))[:80]}`"
                    hint = did_you_mean(name, list(volumes)) or "add a volume of that name to the pod's `volumes`"
                    yield here, message, hint
                elif word == "volumeDevices" and not _is_claim(volumes[name]):
                    yield here, f"the volume `{name}` is no device", "only claims can be used as devices"
        yield from _both(kind, index, container)


def _volumes(spec: Mapping[str, Any], run: Run) -> dict[str, Any]:
    """The pod's volumes by name; a StatefulSet adds those it claims for each pod."""
    found: dict[str, Any] = {}
    listed = spec.get("volumes")
    for volume in listed if isinstance(listed, list) else ():
        if isinstance(volume, dict) and isinstance(volume.get("name"), str):
            found[volume["name"]] = volume
    if run.kind == "StatefulSet":
        whole = run.object.get("spec")
        claims = whole.get("volumeClaimTemplates") if isinstance(whole, dict) else None
        for claim in claims if isinstance(claims, list) else ():
            metadata = claim.get("metadata") if isinstance(claim, dict) else None
            if isinstance(metadata, dict) and isinstance(metadata.get("name"), str):
                found[metadata["name"]] = {"persistentVolumeClaim": {}}
    return found


def _is_claim(volume: Mapping[str, Any]) -> bool:
    return "persistentVolumeClaim" in volume or "ephemeral" in volume


def _both(kind: str, index: int, container: Mapping[str, Any]) -> Iterator[Row]:
    """What is mounted and used as a device at once."""
    devices = container.get("volumeDevices")
    if not isinstance(devices, list) or not isinstance(container.get("volumeMounts"), list):
        return
    for word, other in (("name", "name"), ("devicePath", "mountPath")):
        items = [item.get(other) for item in container["volumeMounts"] if isinstance(item, dict)]
        mounted = {item for item in items if isinstance(item, str)}
        for at, item in enumerate(devices):
            if isinstance(item, dict) and isinstance(item.get(word), str) and item[word] in mounted:
                yield (kind, index, "volumeDevices", at, word), f"`{item[word][:80]}` is both mounted and a device", ""


def host_ports(value: Any, run: Run) -> Iterator[Row]:
    """A pod's spec: ports of the node that two containers take. Init containers run one after the other."""
    if not isinstance(value, dict):
        return
    taken: set[Any] = set()
    on_node = value.get("hostNetwork") is True
    for kind, index, container in _containers(value):
        ports = container.get("ports")
        if not isinstance(ports, list) or kind == "ephemeralContainers":
            continue
        if kind == "initContainers":
            taken = set()
        for at, port in enumerate(ports):
            if not isinstance(port, dict):
                continue
            number = port.get("hostPort") or (port.get("containerPort") if on_node else None)
            key = (port.get("protocol") or "TCP", port.get("hostIP") or "", number)
            if not isinstance(number, int) or not all(isinstance(part, (str, int)) for part in key):
                continue
            if key in taken:
                yield (kind, index, "ports", at, "hostPort"), f"port {number} of the node is taken twice", ""
            taken.add(key)
        if kind == "initContainers":
            taken = set()


def environment_field(value: Any, run: Run) -> Iterator[Row]:
    """`fieldRef` of a variable."""
    yield from _field(value, _OF_ENVIRONMENT)


def file_field(value: Any, run: Run) -> Iterator[Row]:
    """`fieldRef` of a file."""
    yield from _field(value, _OF_FILES)


def _field(value: Any, known: str) -> Iterator[Row]:
    path = value.get("fieldPath") if isinstance(value, dict) else None
    if isinstance(path, str) and path:
        said, hint = _field_advice(path, known)
        if said:
            yield ("fieldPath",), said, hint


@lru_cache(maxsize=256)
def _field_advice(path: str, known: str) -> tuple[str, str]:
    whole, bracket, key = path.partition("['")
    if bracket and key.endswith("']"):
        key = key[:-2]
        if whole not in ("metadata.labels", "metadata.annotations"):
            return f"`{whole[:80]}` is not a map", "only labels and annotations have keys"
        said = key_advice(key.lower() if whole == "metadata.annotations" else key)
        return (f"`{key[:80]}` is not a valid name: {said}", "") if said else ("", "")
    words = known.split()
    if path in words:
        return "", ""
    return f"`{path[:80]}` is no field that is offered here", did_you_mean(path, words)


def resource_field(value: Any, run: Run) -> Iterator[Row]:
    """`resourceFieldRef` of a variable or file."""
    name = value.get("resource") if isinstance(value, dict) else None
    if not isinstance(name, str) or not name:
        return
    if name not in _AMOUNTS and not name.startswith(_PAGES):
        yield ("resource",), f"`{name[:80]}` is no amount of a container", did_you_mean(name, _AMOUNTS)
        return
    divisor = value.get("divisor")
    text = canonical(str(divisor)) if isinstance(divisor, (str, int)) else "0"
    allowed = ("1m", "1") if name.endswith(".cpu") else _DIVISORS
    if text != "0" and text not in allowed:
        yield ("divisor",), f"`divisor` cannot be {divisor} here", "1m and 1 for cpu; 1, 1k, 1Mi and the like otherwise"
