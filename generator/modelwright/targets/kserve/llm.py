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
from modelwright.targets.kserve.go_url import unreadable

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
    wrong = unreadable(adapter.get("uri", ""))
    return (("uri",), f"`{adapter['uri']}` is no address: {wrong}") if wrong else None


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


_SCHEMES = ("hf", "s3", "pvc", "oci")
"""Where models come from (attachModelArtifacts); from 0.20 on also `oci+native`."""


def unreadable_address(uri: Any, run: Run) -> Iterator[Row]:
    """An address that the webhooks cannot decode (knative.dev/pkg/apis, URL)."""
    wrong = unreadable(uri) if isinstance(uri, str) else ""
    if wrong:
        yield (), f"`{uri}` is no address: {wrong}", "write one such as hf://meta-llama/Llama-3.1-8B"


def unfetchable(model: Any, run: Run) -> Iterator[Row]:
    """A model that the controller cannot get (workload_storage.go, attachModelArtifacts)."""
    spec, uri = _at(run.object, "spec"), model.get("uri", "") if isinstance(model, dict) else None
    if not isinstance(uri, str) or unreadable(uri):
        return
    based, initializer = bool(_at(spec, "baseRefs")), _at(spec, "storageInitializer", "enabled")
    if not uri:
        if not based:
            yield ("uri",), "the model has no address", "say where it is, such as hf://meta-llama/Llama-3.1-8B"
        return
    scheme, separator, rest = uri.partition("://")
    known = [*_SCHEMES, *(["oci+native"] if within(run.facts.kserve, ">=0.20") else [])]
    if not (separator and rest):
        yield ("uri",), f"`{uri}` is no address", "write one such as hf://meta-llama/Llama-3.1-8B or pvc://models/llama"
    elif initializer is False or (based and initializer is None):
        return  # nothing is fetched, or a base may say so
    elif scheme.lower() not in known:
        yield ("uri",), f"KServe cannot fetch a large model from `{scheme}://`", f"it knows {', '.join(s + '://' for s in known)}"
    elif scheme.lower() == "pvc" and rest.startswith("/"):
        yield ("uri",), f"`{uri}` names no claim", "write pvc://<claim>/<folder>"


def unfetchable_adapters(lora: Any, run: Run) -> Iterator[Row]:
    """Adapters that the controller cannot get (workload_lora.go, enumerateLoRAAdapters of 0.19 and later)."""
    listed = lora.get("adapters") if isinstance(lora, dict) else None
    for index, adapter in enumerate(listed if isinstance(listed, list) else ()):
        uri = adapter.get("uri", "") if isinstance(adapter, dict) else None
        if not isinstance(uri, str) or unreadable(uri):
            continue
        scheme, separator, rest = uri.partition("://")
        if not (separator and rest):
            message = f"`{uri}` is no address" if uri else "the adapter has no address"
            yield ("adapters", index, "uri"), message, "write one of hf://, s3:// or pvc://"
        elif scheme.lower() not in ("hf", "s3", "pvc"):
            yield ("adapters", index, "uri"), f"KServe cannot fetch an adapter from `{scheme}://`", "it knows hf://, s3://, pvc://"
        elif _at(run.object, "spec", "storageInitializer", "enabled") is False:
            yield (
                ("adapters", index, "uri"),
                "the adapter cannot be fetched: `storageInitializer` is not enabled",
                "drop `storageInitializer`, or pass the adapters as arguments of the model server",
            )


_PARALLEL = ("data", "dataLocal", "pipeline", "dataRPCPort", "expert", "tensor")


def unused_parallelism(workload: Any, run: Run) -> Iterator[Row]:
    """Parallelism that no base of KServe reads where there are no workers (config/llmisvcconfig): single-node bases read
    none before 0.20, and `tensor` from there on. Templates of one's own may read all."""
    parallelism = workload.get("parallelism") if isinstance(workload, dict) else None
    if not isinstance(parallelism, dict) or "worker" in workload or any(".Parallelism" in text for text in texts(workload)):
        return
    if within(run.facts.kserve, "=0.18"):
        return  # its bases are not known here
    if ("data" in parallelism) != ("dataLocal" in parallelism) or ("pipeline" in parallelism and "data" in parallelism):
        return  # refused
    read = ("tensor",) if within(run.facts.kserve, ">=0.20") else ()
    unread = [word for word in _PARALLEL if word not in read and _counts(parallelism.get(word))]
    if unread:
        yield (
            ("parallelism", unread[0]),
            f"{' and '.join(f'`{word}`' for word in unread)} {'does' if len(unread) == 1 else 'do'} nothing without `worker`: "
            "KServe's base for one node does not read it",
            "say `worker`, or pass it as an argument of container `main`",
        )


def _counts(value: Any) -> bool:
    return value is True or (isinstance(value, int) and value > 1)


def texts(value: Any) -> Iterator[str]:
    """All texts within a value."""
    waiting = [value]
    for each in waiting:
        if isinstance(each, str):
            yield each
        elif isinstance(each, dict):
            waiting.extend(each.values())
        elif isinstance(each, list):
            waiting.extend(each)


def unclaimable_devices(annotations: Any, run: Run) -> Iterator[Row]:
    """Devices that the controller cannot claim; no webhook asks about them in objects of v1alpha1."""
    for word in ("device-class", "device-count"):
        text = annotations.get(_DRA + word) if isinstance(annotations, dict) else None
        message = _DEVICES[word](text.strip(_SPACE)) if isinstance(text, str) else ""
        if message:
            yield (_DRA + word,), message, ""


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
