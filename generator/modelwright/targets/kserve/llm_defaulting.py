"""What KServe's mutating webhook leaves of an LLMInferenceService: 0.19 and later have one.

Source: kserve pkg/apis/serving/v1alpha2/llm_inference_service_defaults.go, and pkg/webhook/admission/llminferenceservice.
Objects of v1alpha1 are converted, defaulted and converted back. Labels of the local model cache depend on the cluster.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from modelwright.judge.admission import Admitted, Row
from modelwright.judge.zeros import with_value
from modelwright.model import Path
from modelwright.quantities import is_quantity, written
from modelwright.rules.releases import Facts, within
from modelwright.targets.kserve.amounts import Amount, rewritten
from modelwright.targets.kserve.go_url import unreadable
from modelwright.targets.kserve.go_url import written as respelt
from modelwright.typed import Any

GROUP = "serving.kserve.io/routing-group"
"""The label that names the routing group of a service (LLMRoutingGroupLabelKey)."""
_PODS: tuple[Path, ...] = (
    ("spec", "template"),
    ("spec", "worker"),
    ("spec", "prefill", "template"),
    ("spec", "prefill", "worker"),
    ("spec", "router", "scheduler", "template"),
)


def default_llm_inference_service(data: Mapping[str, Any], facts: Facts) -> Admitted:
    """The object with a model's name, the label of its group, and lists of containers."""
    if not within(facts.kserve, ">=0.19") or not _readable(data):
        return Admitted(data)
    found: list[Row] = []
    made: Any = data
    if not _at(data, ("spec", "model", "name")):
        name = str(data["metadata"].get("name") or "")
        made = with_value(made, ("spec", "model", "name"), name)
        if _at(data, ("spec", "model", "name")) == "" and name:
            found.append(
                ("MW755", ("spec", "model", "name"), f"the empty name of the model becomes `{name}`", "name it, or drop `name`", "drift")
            )
    if within(facts.kserve, ">=0.20"):
        made = _grouped(made, found)
    for path in _PODS:
        pod = _at(data, path)
        if isinstance(pod, dict) and pod.get("containers") is None:
            made = with_value(made, (*path, "containers"), [])
    amounts = tuple(_amounts(made.get("spec"), ("spec",)))
    for path, _, text in amounts:
        made = with_value(made, path, text)
    found += rewritten("MW755", amounts)
    for path, uri in _addresses(made):
        # Of an address that leads nowhere the rules speak, in its own words.
        if not unreadable(uri) and (text := respelt(uri)) != uri and "://" in text:
            found.append(("MW755", path, f"KServe makes `{text}` of `{uri}`", f"write `{text}`", "drift"))
    return Admitted(made, findings=tuple(found), whole=True)


def _addresses(data: Any) -> Iterator[tuple[Path, str]]:
    """The addresses of the model and its adapters, which are read into Go and written again."""
    model = _at(data, ("spec", "model"))
    adapters = _at(model, ("lora", "adapters"))
    listed = adapters if isinstance(adapters, list) else []
    paths: list[Path] = [("uri",), *(("lora", "adapters", index, "uri") for index in range(len(listed)))]
    for path, holder in zip(paths, [model, *listed], strict=True):
        uri = holder.get("uri") if isinstance(holder, dict) else None
        if isinstance(uri, str):
            yield ("spec", "model", *path), uri


_UNREAD = ("inline", "adapters", "annotations", "labels", "nodeSelector")
"""Fields below which nothing is an amount."""
_AMOUNTS = {("kvCacheOffloading", "cpu"), ("fileSystem", "emptyDir", "size"), ("emptyDir", "sizeLimit"), ("resourceFieldRef", "divisor")}


def _amounts(value: Any, path: Path) -> Iterator[Amount]:
    """Amounts that are not written in their shortest form, each with that: they are read into Go and written again."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _amounts(item, (*path, index))
    elif isinstance(value, dict):
        for key, item in value.items():
            if key not in _UNREAD:
                yield from _amounts(item, (*path, key))
    elif path[-3:-1] in (("resources", "limits"), ("resources", "requests")) or {path[-2:], path[-3:]} & _AMOUNTS:
        text = written(value)
        if text is not value and text != value and is_quantity(text):
            yield path, value, text


def _readable(data: Mapping[str, Any]) -> bool:
    """Whether all that defaults go into is a map; what is none cannot be decoded, and the schema says so."""
    return isinstance(data.get("metadata"), dict) and all(
        each is None or isinstance(each, dict) for path in (("spec", "model"), ("metadata", "labels"), *_PODS) for each in _along(data, path)
    )


def _along(data: Any, path: Path) -> Iterator[Any]:
    for step in path:
        data = data.get(step) if isinstance(data, dict) else None
        yield data


def _at(data: Any, path: Path) -> Any:
    *_, last = _along(data, path)
    return last


def _grouped(data: Any, found: list[Row]) -> Any:
    """The label of the routing group is KServe's: set where there is a group, and taken away where there is none."""
    group, stated = _at(data, ("spec", "router", "route", "group")), _at(data, ("metadata", "labels", GROUP))
    if group is not None and not isinstance(group, str):
        return data  # cannot be decoded
    if stated is not None and stated != group:
        becomes = "is taken away" if group is None else f"becomes `{group}`"
        found.append(
            (
                "MW755",
                ("metadata", "labels", GROUP),
                f"the label {becomes}: it is that of `router.route.group`",
                "drop the label",
                "drift",
            )
        )
    if group is None:
        if stated is None:
            return data
        labels = {key: value for key, value in data["metadata"]["labels"].items() if key != GROUP}
        return with_value(data, ("metadata", "labels"), labels)
    return data if stated == group else with_value(data, ("metadata", "labels", GROUP), group)
