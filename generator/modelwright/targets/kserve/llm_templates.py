"""Templates in the texts of an LLMInferenceServiceConfig, and of an LLMInferenceService itself.

The webhook of the config fills it in with a sample service, and refuses what cannot be filled in (kserve cmd/llmisvc/main.go,
pkg/controller/v1alpha2/llmisvc/sample.go and ReplaceVariables). The controller fills in a service merged with its bases,
with the service itself. One template is made of all texts, so what one text leaves open another may close: then only what
is wrong of them together is told. What is not known for certain is not judged: what methods give, and functions of Open
Data Hub's own builds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from modelwright.model import Path
from modelwright.rules.check import Row, Run
from modelwright.rules.releases import within
from modelwright.targets.kserve.go_template import Chain, Malformed, Template, parse, unknown
from modelwright.typed import Any

ANY: Any = object()
"""A value of which nothing is known."""
_KEYS: Any = object()
"""A map whose keys no template can name."""
_METHOD = re.compile(
    r"(?:Get|Set|Is|Has|DeepCopy|Mark|Managed|Convert|Hub$|Marshal|Unmarshal|String$|Size$|Proto|Reset$|Descriptor|XXX_|Determine"
    r"|Inference|EPP|Group$|Weight$|Swagger)"
)
"""Names that may be those of methods."""
_META_NAMES = """
Name GenerateName Namespace SelfLink UID ResourceVersion Generation CreationTimestamp DeletionTimestamp
DeletionGracePeriodSeconds Labels Annotations OwnerReferences Finalizers ManagedFields
"""
_META = dict.fromkeys(_META_NAMES.split(), ANY)
_PARALLELISM = dict.fromkeys(("Tensor", "Pipeline", "Data", "DataLocal", "DataRPCPort", "Expert"), ANY)
_GLOBAL = dict.fromkeys(("SystemNamespace", "IngressGatewayName", "IngressGatewayNamespace"), ANY)


def in_config(config: Any, run: Run) -> Iterator[Row]:
    """What the webhook cannot fill in."""
    yield from _wrong(config, run, _root(run, sample=True))


def in_service(service: Any, run: Run) -> Iterator[Row]:
    """What the controller cannot fill in."""
    yield from _wrong(service, run, _root(run, sample=False))


def _wrong(data: Any, run: Run, root: Mapping[str, Any]) -> Iterator[Row]:
    found: list[tuple[Path, Template]] = []
    for path, text in _texts({key: data.get(key) for key in ("metadata", "spec")}):
        try:
            found.append((path, parse(text)))
        except Malformed as error:
            yield path, f"the template cannot be read: {error}", _BACKTICKS if "quotation" in str(error) else ""
            return
    whole = all(template.judged for _, template in found)
    yield from _unbalanced(found) if whole else ()
    if run.facts.distribution == "kserve" and not within(run.facts.kserve, "=0.18"):
        known = {"ChildName", *(["shutdownTimeout"] if within(run.facts.kserve, ">=0.19") else [])}
        known |= {"kvTransferConfig"} if within(run.facts.kserve, ">=0.20") else set()
        for path, template in found:
            name = unknown(template.functions, known)
            if name:
                yield path, f"templates have no function `{name}`", f"of KServe's own there are {', '.join(sorted(known))}"
                return
    declared = {name for _, template in found for name in template.declared}
    for path, template in found:
        for name in sorted(template.undeclared - declared):
            yield path, f"variable `{name}` has no value", f"write `{{{{ {name} := ... }}}}` before"
    if whole and all(not each.opened for _, each in found):
        yield from _unread(found, root)


def _unread(found: list[tuple[Path, Template]], root: Mapping[str, Any]) -> Iterator[Row]:
    """Fields that are not there, each once."""
    told: set[Chain] = set()
    for path, template in found:
        for chain in template.fields:
            message = _missing(root, chain) if chain not in told else ""
            told.add(chain)
            if message:
                yield path, message, ""


_BACKTICKS = "write texts within `{{ }}` in backticks: templates are filled in as JSON, where a quotation mark is escaped"


def _unbalanced(found: list[tuple[Path, Template]]) -> Iterator[Row]:
    opened, closed = (sum(getattr(template, what) for _, template in found) for what in ("opened", "closed"))
    for path, template in found:
        if opened > closed and template.opened:
            yield path, "a block of the template has no `{{ end }}`", ""
            return
        if closed > opened and template.closed:
            yield path, "`{{ end }}` ends no block of the template", ""
            return
        if not opened and template.stray:
            yield path, f"`{{{{ {template.stray} }}}}` is in no block of the template", ""
            return


def _texts(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        if "{{" in value:
            yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, (*path, index))


def _root(run: Run, sample: bool) -> Mapping[str, Any]:
    """What `.` is: fields by name, None for what is nil. A service's own fields may be nil or not."""
    kserve = run.facts.kserve
    newer, newest = within(kserve, ">=0.17"), within(kserve, ">=0.20")
    absent = None if sample else ANY  # what the sample service does not have
    keys = _KEYS if sample else ANY
    workload = {"Replicas": ANY, "Template": ANY, "Worker": ANY, "Parallelism": _PARALLELISM}
    workload |= {"Scaling": absent, "Labels": keys, "Annotations": keys} if newer else {}
    workload |= {"KVCacheOffloading": absent} if newest else {}
    model = {"URI": ANY, "Name": ANY, "LoRA": absent}
    model |= {"Confidential": absent} if newest else {} if newer else {"Criticality": absent}
    spec = {
        "Model": model,
        **workload,
        "WorkloadSpec": workload,
        "Prefill": {**workload, "Worker": absent},
        "Router": dict.fromkeys(["Route", "Gateway", "Ingress", "Scheduler"], ANY),
        "BaseRefs": ANY,
    }
    spec |= {"StorageInitializer": absent} if newer else {}
    spec |= {"Tracing": absent} if newest else {}
    config: Any = ANY
    if newer:
        late = ["EnableTLS", "ModelBasedRoutingHeaderName"] if within(kserve, ">=0.19") else []
        late += ["InferencePoolNamespacedName"] if newest else []
        config = {**_GLOBAL, **dict.fromkeys(late, ANY)}
    meta = {**_META, "Labels": keys, "Annotations": keys}
    root = {**meta, "ObjectMeta": meta, "TypeMeta": ANY, "Kind": ANY, "APIVersion": ANY, "Spec": spec, "Status": ANY}
    known = run.facts.distribution == "kserve" and not within(kserve, "=0.18")
    return {**root, "GlobalConfig": config, "LLMInferenceService": root} if known else {}


def _missing(value: Any, chain: Chain) -> str:
    """Why a field cannot be read; empty where it can, or nothing is known."""
    for index, name in enumerate(chain):
        above = f"`.{'.'.join(chain[:index])}`" if index else "a service"
        if value is None:
            return f"{above} is absent in the sample service that the webhook fills in"
        if value is _KEYS:
            return f"{above} has no `{name}` in the sample service that the webhook fills in"
        if isinstance(value, dict) and name in value:
            value = value[name]
            continue
        if value is ANY or _METHOD.match(name):
            return ""
        if value or name[:1].islower():
            return f"{above} has no field `{name}`" + _nearest(name, value)
        return ""
    return ""


def _nearest(name: str, fields: Mapping[str, Any]) -> str:
    near = next((each for each in fields if each.lower() == name.lower()), "")
    if name == "metadata" and "ObjectMeta" in fields:
        near = "ObjectMeta"
    spec = fields.get("Spec")
    if not near and isinstance(spec, dict) and name in spec:
        near = f".Spec.{name}"
    return f", only `{near}`" if near else ""
