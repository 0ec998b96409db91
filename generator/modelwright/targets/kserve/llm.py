"""What the webhooks of LLMInferenceService refuse, as far as an expression cannot say it.

Functions of rules: each gets the subject and the run, and yields `(path below the subject, message, hint)`, maybe with
an effect. They never raise, whatever stands in the object.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from modelwright.model import Path
from modelwright.rules.check import Row, Run
from modelwright.rules.releases import within

_DRA = "serving.kserve.io/exp-dra-"
_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_NUMBER = re.compile(r"[+-]?[0-9]+")
_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
"""What Go's `strings.TrimSpace` takes off."""


def gateways(spec: Any, run: Run) -> Iterator[Row]:
    """A route's `parentRefs` that are not the gateways of `gateway.refs` (validateRouterCrossFieldConstraints of v1alpha2,
    0.17 and later; listeners count from 0.18 on)."""
    if within(run.facts.kserve, "<0.17"):
        return
    fields = ["namespace", "name", *([] if within(run.facts.kserve, "<0.18") else ["sectionName"])]
    mine = _references(_at(spec, "parentRefs"), fields)
    named = _references(_at(run.object, "spec", "router", "gateway", "refs"), fields)
    if mine and named and mine != named:
        yield (
            ("parentRefs",),
            "these gateways are not those of `gateway.refs`",
            "drop `parentRefs`: they are made of `gateway.refs`",
        )


def _references(refs: Any, fields: list[str]) -> Counter[tuple[str, ...]]:
    return Counter(
        tuple(str(ref.get(field) or "") for field in fields)
        for ref in (refs if isinstance(refs, list) else ())
        if isinstance(ref, dict)
    )


def _at(value: Any, *keys: str) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def adapters(lora: Any, run: Run) -> Iterator[Row]:
    """Adapters, of which the schema knows nothing: what cannot be read is refused by every webhook, names by that of
    v1alpha2 (validateLoRAAdapters, 0.19 and later) and, later, by the controller, which asks the same."""
    listed = lora.get("adapters") if isinstance(lora, dict) else None
    if not isinstance(listed, list):
        yield ("adapters",), "the adapters are no list", "write a list of `name` and `uri`"
        return
    named = within(run.facts.kserve, ">=0.19")
    seen: dict[str, int] = {}
    base = _at(run.object, "spec", "model", "name") or _at(run.object, "metadata", "name")
    effect: Any = ("broken",) if run.api_version.endswith("/v1alpha1") else ()
    for index, adapter in enumerate(listed):
        unread = _unread(adapter)
        if unread:
            yield ("adapters", index, *unread[0]), unread[1], ""
        elif named:
            name = adapter.get("name") or ""
            message = _misnamed(name, base, seen.setdefault(name, index), index)
            if message:
                yield ("adapters", index, "name"), message, "give each adapter a name of its own", *effect


def _unread(adapter: Any) -> tuple[Path, str] | None:
    """Where and why Go cannot decode an adapter."""
    if adapter is None:
        return None
    if not isinstance(adapter, dict):
        return (), "an adapter is a map of `name` and `uri`"
    for field in ("name", "uri"):
        if field in adapter and not isinstance(adapter[field], str):
            return (field,), f"`{field}` is no text"
    return None


def _misnamed(name: str, base: Any, first: int, index: int) -> str:
    if not name:
        return "the adapter has no name"
    if name in (".", ".."):
        return f"an adapter cannot be called `{name}`: its name becomes that of a folder"
    if first != index:
        return f"two adapters are called `{name}`"
    if name == base:
        return f"the adapter is called `{name}`, as is the model that it adapts"
    return ""


def devices(annotations: Any, run: Run) -> Iterator[Row]:
    """Annotations by which an LLMInferenceService asks for devices (validateManagedDRAAnnotations, 0.20)."""
    if not isinstance(annotations, dict):
        return
    said = {key.removeprefix(_DRA): value for key, value in annotations.items() if key.startswith(_DRA)}
    for word in ("device-count", "cel-selector", "container-name"):
        if word in said and "device-class" not in said:
            yield (
                (_DRA + word,),
                f"`{_DRA}{word}` says more about devices, and no annotation says which",
                f"name a DeviceClass by `{_DRA}device-class`",
            )
            break
    for word, wrong in _DEVICES.items():
        text = said.get(word)
        message = wrong(text.strip(_SPACE)) if isinstance(text, str) else ""
        if message:
            yield (_DRA + word,), message, ""


def _device_class(text: str) -> str:
    if not text:
        return "the device class has no name"
    fits = len(text) <= 253 and _SUBDOMAIN.fullmatch(text)
    return "" if fits else f"`{text}` is no name of a device class: small letters, digits, `-` and `.`"


def _device_count(text: str) -> str:
    if not text:
        return ""
    fits = len(text) < 19 and _NUMBER.fullmatch(text) and int(text) >= 1
    return "" if fits else f"`{text}` is no number of devices from 1 on"


def _cel_selector(text: str) -> str:
    return "" if text else "the selector has no expression"


def _container_name(text: str) -> str:
    if not text:
        return "the container has no name"
    fits = len(text) <= 63 and re.fullmatch(_LABEL, text)
    return "" if fits else f"`{text}` is no name of a container: at most 63 small letters, digits and `-`"


_DEVICES: Mapping[str, Any] = {
    "device-class": _device_class,
    "device-count": _device_count,
    "cel-selector": _cel_selector,
    "container-name": _container_name,
}
