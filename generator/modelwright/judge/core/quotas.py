"""ResourceQuotas and LimitRanges.

Source: kubernetes/kubernetes `pkg/apis/core/validation/validation.go` (ValidateLimitRange, ValidateResourceQuotaSpec)
and `pkg/apis/core/helper/helpers.go`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from modelwright.judge.core.amounts import name_advice
from modelwright.judge.names import key_advice
from modelwright.model import Path
from modelwright.quantities import amount
from modelwright.rules.check import Row, Run
from modelwright.typed import Any

_COUNTS = frozenset(
    ["pods", "resourcequotas", "services", "replicationcontrollers", "secrets", "configmaps", "persistentvolumeclaims", "services.nodeports", "services.loadbalancers"]
)
_POD_AMOUNTS = frozenset(["cpu", "memory", "limits.cpu", "limits.memory", "requests.cpu", "requests.memory"])
_STORAGE = frozenset({"ephemeral-storage", "requests.ephemeral-storage", "limits.ephemeral-storage", "requests.storage"})
_COUNTED = _COUNTS | _POD_AMOUNTS | _STORAGE
_PAGES = ("hugepages-", "requests.hugepages-")
_SCOPES = {
    "Terminating": frozenset({"pods"}) | _POD_AMOUNTS,
    "NotTerminating": frozenset({"pods"}) | _POD_AMOUNTS,
    "BestEffort": frozenset({"pods"}),
    "NotBestEffort": frozenset({"pods"}) | _POD_AMOUNTS,
    "PriorityClass": frozenset({"pods"}) | _POD_AMOUNTS,
    "CrossNamespacePodAffinity": frozenset({"pods"}) | _POD_AMOUNTS,
    "VolumeAttributesClass": frozenset({"persistentvolumeclaims", "requests.storage"}),
}
_OPPOSITES = (("BestEffort", "NotBestEffort"), ("Terminating", "NotTerminating"))
_Found = Iterator[tuple[Path, str, str]]


def quota(value: Any, run: Run) -> Iterator[Row]:
    """The spec of a ResourceQuota."""
    if not isinstance(value, dict):
        return
    hard = value.get("hard")
    hard = hard if isinstance(hard, dict) else {}
    for name, written in hard.items():
        yield from _counted(name, written)
    scopes = value.get("scopes")
    if isinstance(scopes, list):
        yield from _scopes([s for s in scopes if isinstance(s, str)], hard, ("scopes",))
    selector = value.get("scopeSelector")
    expressions = selector.get("matchExpressions") if isinstance(selector, dict) else None
    if isinstance(expressions, list):
        found = [each for each in expressions if isinstance(each, dict)]
        names = [each["scopeName"] for each in found if isinstance(each.get("scopeName"), str)]
        yield from _scopes(names, hard, ("scopeSelector", "matchExpressions"))
        for index, each in enumerate(found):
            yield from _expression(each, ("scopeSelector", "matchExpressions", index))


def _counted(name: str, written: Any) -> _Found:
    path: Path = ("hard", name)
    said = key_advice(name)
    if not said and "/" not in name and name not in _COUNTED and not name.startswith(_PAGES):
        said = "it is not one that Kubernetes knows"
    if said:
        hint = "such as `requests.cpu`, `pods` or `requests.nvidia.com/gpu`; `count/deployments.apps` for other kinds"
        yield path, f"`{name[:80]}` cannot be counted: {said}", hint
        return
    found = amount(written)
    if found is None:
        return
    if found < 0:
        yield path, f"`{name}` must not be negative, but is {written}", ""
    elif (name in _COUNTS or _device(name)) and found != found.to_integral_value():
        yield path, f"`{name}` must be a whole number, but is {written}", ""


def _name_advice(name: str) -> str:
    """Why nothing of that name can be asked for; empty where it can."""
    known = "/" in name or name == "storage" or _is_known(name)
    return key_advice(name) or ("" if known else "it is not one that Kubernetes knows")


def _device(name: str) -> bool:
    return "/" in name and "kubernetes.io/" not in name and not name.startswith("requests.")


def _scopes(names: list[str], hard: Mapping[str, Any], path: Path) -> _Found:
    for name in names:
        if name not in _SCOPES:
            yield path, f"there is no scope `{name[:80]}`", "known: " + ", ".join(_SCOPES)
            return
        wrong = [each for each in hard if _is_known(each) and each not in _SCOPES[name]]
        if wrong:
            yield path, f"the scope `{name}` cannot count `{wrong[0]}`", ""
            return
    for pair in _OPPOSITES:
        if set(pair) <= set(names):
            yield path, f"the scopes `{pair[0]}` and `{pair[1]}` exclude each other", ""


def _is_known(name: str) -> bool:
    return name in _COUNTED or name.startswith(_PAGES)


def _expression(each: Mapping[str, Any], path: Path) -> _Found:
    operator, values, name = each.get("operator"), each.get("values"), each.get("scopeName")
    valued = name in ("PriorityClass", "VolumeAttributesClass")
    if isinstance(name, str) and name in _SCOPES and not valued and operator != "Exists":
        yield (*path, "operator"), f"the scope `{name}` needs `operator: Exists`", ""
    elif operator in ("In", "NotIn") and not values:
        yield (*path, "values"), f"`{operator}` needs `values`", ""
    elif operator in ("Exists", "DoesNotExist") and values:
        yield (*path, "values"), f"`{operator}` takes no `values`", ""
    elif isinstance(operator, str) and operator not in ("In", "NotIn", "Exists", "DoesNotExist"):
        yield (*path, "operator"), f"`{operator[:80]}` is no operator", "allowed: In, NotIn, Exists, DoesNotExist"


def limit(value: Any, run: Run) -> Iterator[Row]:
    """One limit of a LimitRange."""
    kind = value.get("type") if isinstance(value, dict) else None
    if not isinstance(kind, str):
        return
    if (said := key_advice(kind)) or ("/" not in kind and kind not in ("Pod", "Container", "PersistentVolumeClaim")):
        yield ("type",), f"`type` cannot be `{kind[:80]}`", said or "allowed: Container, Pod, PersistentVolumeClaim"
        return
    amounts = {word: _amounts(value.get(word)) for word in ("min", "max", "default", "defaultRequest", "maxLimitRequestRatio")}
    if kind == "Pod":
        for word in ("default", "defaultRequest"):
            if amounts[word]:
                yield (word,), f"`type: Pod` takes no `{word}`", "usual amounts are for containers"
                return
    if kind == "PersistentVolumeClaim" and "storage" not in {**amounts["min"], **amounts["max"]}:
        yield (), "a limit of claims needs `min.storage` or `max.storage`", ""
    for word, found in amounts.items():
        for name in found:
            said = name_advice(name) if kind in ("Pod", "Container") else _name_advice(name)
            if said:
                yield (word, name), f"`{name[:80]}` cannot be limited: {said}", ""
    yield from _ordered(amounts)


def _amounts(value: Any) -> dict[str, Decimal]:
    found = value.items() if isinstance(value, dict) else ()
    return {name: size for name, written in found if (size := amount(written)) is not None}


_ORDER = (
    ("min", "max", "min"),
    ("min", "defaultRequest", "defaultRequest"),
    ("defaultRequest", "max", "defaultRequest"),
    ("defaultRequest", "default", "defaultRequest"),
    ("min", "default", "default"),
    ("default", "max", "default"),
)


def _ordered(amounts: Mapping[str, dict[str, Decimal]]) -> _Found:
    """Less before more, one problem for each resource."""
    told: set[str] = set()
    for low, high, at in _ORDER:
        for name, size in amounts[low].items():
            other = amounts[high].get(name)
            if other is not None and size > other and name not in told:
                told.add(name)
                yield (at, name), f"`{low}` of `{name}` is more than `{high}`", ""
    for name, ratio in amounts["maxLimitRequestRatio"].items():
        least, most = amounts["min"].get(name), amounts["max"].get(name)
        if ratio < 1:
            yield ("maxLimitRequestRatio", name), f"the ratio of `{name}` must be at least 1", ""
        elif least is not None and most is not None and name not in told and ratio * least > most:
            yield ("maxLimitRequestRatio", name), f"the ratio of `{name}` is more than `max` by `min`", ""
