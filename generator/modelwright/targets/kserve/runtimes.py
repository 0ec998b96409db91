"""Runtimes as KServe's webhook compares them: within themselves, and one with others of its scope.

Rules: kserve pkg/webhook/admission/servingruntime/servingruntime_webhook.go, alike from 0.13 to 0.20 but for what a
function says. Whatever does not fit the schema is passed over here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from modelwright.judge.beside import Claim
from modelwright.targets.kserve.devices import GPU_TYPES, unknown_gpus
from modelwright.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modelwright.rules.check import Row, Run
    from modelwright.rules.releases import Facts

__all__ = ["brought", "claims", "uneven", "unknown_devices"]


def uneven(formats: Any, run: Run) -> Iterator[Row]:
    """Entries of `supportedModelFormats` whose priority is not that of the first one with their name."""
    first: dict[str, Any] = {}
    for index, entry in enumerate(_maps(formats)):
        name, priority = entry.get("name"), entry.get("priority")
        if entry.get("autoSelect") is not True or not isinstance(name, str):
            continue
        known = first.setdefault(name, priority)
        if None not in (known, priority) and known != priority:
            message = f"format `{name}` has priority {priority} here, and {known} before"
            yield (index, "priority"), message, "give all entries of a format the same priority"
            return


def claims(runtime: Mapping[str, Any]) -> Iterator[Claim]:
    """What a runtime is chosen by, which another one of its scope may not have: for each protocol, format and version
    with `autoSelect`, the priority (validateServingRuntimePriority).

    The scope is the namespace of a ServingRuntime, or the cluster; what the release brings belongs to it.
    """
    spec = _spec(runtime)
    if spec.get("disabled") is True:
        return
    metadata = runtime.get("metadata")
    namespace = metadata.get("namespace") if isinstance(metadata, dict) and runtime.get("kind") == "ServingRuntime" else ""
    scope = (runtime.get("kind"), namespace if isinstance(namespace, str) else "", spec.get("multiModel") is True)
    protocols = sorted(_texts(spec.get("protocolVersions")))
    for index, entry in enumerate(_maps(spec.get("supportedModelFormats"))):
        key = _choice(entry)
        if key is None:
            continue
        version = f" {key[1]}" if key[1] else ""
        message = f"runtime `{{other}}` has priority {key[2]} for format `{entry['name']}`{version}, too"
        for protocol in protocols:
            yield Claim(
                "MW785",
                (*scope, protocol, *key),
                ("spec", "supportedModelFormats", index, "priority"),
                message,
                "give one of them another priority, or take `autoSelect` from one",
            )


def brought(facts: Facts) -> Iterator[Mapping[str, Any]]:
    """The ClusterServingRuntimes that KServe brings, as far as they are compared; none on Open Data Hub."""
    if facts.open_data_hub or not facts.kserve:
        return
    from modelwright.targets.kserve.builtin import brought as packaged

    for each in packaged("kserve", facts.kserve).values():
        spec = {
            "multiModel": bool(each.get("multiModel")),
            "disabled": bool(each.get("disabled")),
            "protocolVersions": list(each.get("protocols", ())),
            "supportedModelFormats": list(each.get("formats", ())),
        }
        yield {"apiVersion": "serving.kserve.io/v1alpha1", "kind": each["kind"], "metadata": {"name": each["name"]}, "spec": spec}


def _choice(entry: Mapping[str, Any]) -> tuple[str, Any, int] | None:
    """What an entry is chosen by; None where it does not compete."""
    name, version, priority = entry.get("name"), entry.get("version"), entry.get("priority")
    if entry.get("autoSelect") is not True or not isinstance(name, str) or type(priority) is not int:
        return None
    # Names without regard to case: strings.EqualFold.
    return (name.casefold(), version, priority) if version is None or isinstance(version, str) else None


def unknown_devices(spec: Any, run: Run) -> Iterator[Row]:
    """Resources that KServe takes for GPUs it does not know, in the containers of a runtime over several nodes."""
    annotations = spec.get("annotations")
    for above, wanted, first in (((), "kserve-container", False), (("workerSpec",), "worker-container", True)):
        holder = spec.get(above[0]) if above else spec
        containers = holder.get("containers") if isinstance(holder, dict) else None
        for index, container in enumerate(_maps(containers)):
            if container.get("name") == wanted:
                for path, message, hint in unknown_gpus(container, annotations):
                    if path is None:
                        yield ("annotations", GPU_TYPES), message, hint
                        return
                    yield (*above, "containers", index, *path), message, hint
            if first:
                break  # only the first worker is looked at; more than one is refused


def _maps(value: Any) -> list[Mapping[str, Any]]:
    """The items of a list, those that are no maps as empty ones."""
    return [each if isinstance(each, dict) else {} for each in value] if isinstance(value, list) else []


def _texts(value: Any) -> set[str]:
    return {each for each in value if isinstance(each, str)} if isinstance(value, list) else set()


def _spec(runtime: Mapping[str, Any]) -> Mapping[str, Any]:
    spec = runtime.get("spec")
    return spec if isinstance(spec, dict) else {}
