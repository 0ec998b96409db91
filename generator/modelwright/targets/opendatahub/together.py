"""What other objects of a project make of a model on Open Data Hub: its connection, hardware profile and namespace.

Sources: opendatahub-operator internal/webhook/{inferenceservice,hardwareprofile,kueue} (2.33 to 3.4), odh-model-controller
internal/webhook (connectionapi and serving from 3.5; nim), odh-dashboard packages/kserve/extensions.ts.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping

from modelwright.judge.admission import Row
from modelwright.judge.beside import Claim, Name, Together
from modelwright.rules.releases import Facts, within
from modelwright.targets.opendatahub.defaulting import CONNECTION, PREDICTOR, PROFILE, PROFILE_NAMESPACE
from modelwright.typed import Any

Object = Mapping[str, Any]
QUEUE = "kueue.x-k8s.io/queue-name"
MANAGED = ("kueue.openshift.io/managed", "kueue-managed")
MODE = "serving.kserve.io/deploymentMode"
MESH = "modelmesh-enabled"
PROTOCOL, REF = "opendatahub.io/connection-type-protocol", "opendatahub.io/connection-type-ref"
TYPES = {PROTOCOL: {"s3": "s3", "uri": "uri", "oci": "oci"}, REF: {"s3": "s3", "uri-v1": "uri", "oci-v1": "oci"}}
"""Annotation of a connection's Secret -> its values, and the types they stand for; the first one said counts."""


def claims(account: Object) -> Iterator[Claim]:
    """One NIM Account in a namespace (AccountCustomValidator), asked when it is made."""
    namespace = _map(account.get("metadata")).get("namespace")
    message = "Account `{other}` is in the namespace already, and NIM takes one"
    yield Claim("MW745", (str(namespace or ""),), ("metadata", "name"), message, "keep one of them", made=True)


def others(service: Object, facts: Facts) -> Iterator[tuple[Name, Together]]:
    """The objects beside a model that matter to it, and what to ask of each."""
    metadata = _map(service.get("metadata"))
    annotations, namespace = _map(metadata.get("annotations")), metadata.get("namespace")
    if not isinstance(namespace, str) or not namespace:
        return
    if service.get("kind") == "InferenceService":
        yield ("Namespace", "", namespace), mesh
        if facts.open_data_hub:
            yield ("Namespace", "", namespace), queue
            yield ("Secret", namespace, str(annotations.get(CONNECTION))), connection
    if facts.open_data_hub and annotations.get(PROFILE):
        place = annotations.get(PROFILE_NAMESPACE) or namespace
        yield ("HardwareProfile", str(place), str(annotations[PROFILE])), profile


def connection(service: Object, secret: Object, facts: Facts) -> Iterator[Row]:
    """What the connection's Secret makes of a model (performISVCInjection)."""
    kind = _type(secret)
    model = _map(_map(_map(service.get("spec")).get("predictor")).get("model"))
    address = model.get("storageUri")
    where = (*PREDICTOR, "model", "storageUri")
    if not kind:
        at = ("metadata", "annotations", CONNECTION)
        message = "nothing of this connection reaches the model: its Secret does not say a type that the webhook knows"
        yield "MW747", at, message, f"give the Secret annotation `{PROTOCOL}`: s3, uri or oci", "ignored"
    elif kind == "uri":
        value, known = _address(secret, facts)
        if known and value is None:
            at = ("metadata", "annotations", CONNECTION)
            yield "MW747", at, "the connection is of type uri, and its Secret has no address", "say it under key `URI`", "rejected"
        elif address and address != value:
            message = f"`storageUri` becomes `{value}`, the connection's address" if value else "`storageUri` becomes the connection's address"
            yield "MW746", where, message, "leave it out", "drift"
    elif kind == "s3" and address:
        message = "connection and `storageUri`: the webhook adds `storage`, and KServe takes one of the two"
        yield "MW747", where, message, f"say the path in annotation `opendatahub.io/connection-path`, or drop `{CONNECTION}`", "broken"


def _type(secret: Object) -> str:
    """`s3`, `uri` or `oci`; empty for what the webhook does not know."""
    annotations = _map(_map(secret.get("metadata")).get("annotations"))
    for annotation, types in TYPES.items():
        said = annotations.get(annotation)
        if said:
            return types.get(said, "") if isinstance(said, str) else ""
    return ""


def _address(secret: Object, facts: Facts) -> tuple[str | None, bool]:
    """The address in a connection of type uri, and whether the Secret's keys are known at all."""
    texts, encoded = _map(secret.get("stringData")), _map(secret.get("data"))
    if not texts and not encoded:
        return None, False
    for key in ("https-host", "URI") if within(facts.open_data_hub, ">=3.5") else ("URI",):
        if isinstance(texts.get(key), str):
            return str(texts[key]), True
        if isinstance(encoded.get(key), str):
            try:
                return base64.b64decode(encoded[key], validate=True).decode(), True
            except (binascii.Error, ValueError):
                return None, False
    return None, True


def profile(service: Object, chosen: Object, facts: Facts) -> Iterator[Row]:
    """Where a hardware profile puts its own values (applyNodeSchedulingConfiguration, ApplyKueueLabel)."""
    scheduling = _map(_map(chosen.get("spec")).get("scheduling"))
    name = _map(chosen.get("metadata")).get("name")
    stated = _map(_map(service.get("metadata")).get("labels")).get(QUEUE)
    queue_name = _map(scheduling.get("kueue")).get("localQueueName")
    if queue_name:
        if stated and stated != queue_name:
            message = f"the queue becomes `{queue_name}`, that of hardware profile `{name}`"
            yield "MW759", ("metadata", "labels", QUEUE), message, "leave it to the profile", "drift"
        return
    above = PREDICTOR if service.get("kind") == "InferenceService" else ("spec", "template")
    own = _map(_map(_map(service.get("spec")).get(above[1])).get("nodeSelector"))
    for key, value in _map(_map(scheduling.get("node")).get("nodeSelector")).items():
        if key in own and own[key] != value:
            message = f"`{key}` becomes `{value}`, as hardware profile `{name}` has it"
            yield "MW759", (*above, "nodeSelector", key), message, "leave it to the profile", "drift"


def queue(service: Object, namespace: Object, facts: Facts) -> Iterator[Row]:
    """A model without queue in a namespace that Kueue manages (validateKueueLabels; off from 3.4 on)."""
    if not within(facts.open_data_hub, ">=2.33 <3.4"):
        return
    metadata = _map(service.get("metadata"))
    managed = _map(_map(namespace.get("metadata")).get("labels"))
    labels = _map(metadata.get("labels"))
    # A hardware profile may bring the queue.
    lacking = not labels.get(QUEUE) and (QUEUE in labels or not _map(metadata.get("annotations")).get(PROFILE))
    if lacking and any(managed.get(label) == "true" for label in MANAGED):
        message = f"Kueue manages the namespace, and the model has no label `{QUEUE}`"
        at = ("metadata", "labels", QUEUE) if QUEUE in labels else ("metadata", "name")
        yield "MW758", at, message, "name a LocalQueue of the namespace in it", "rejected"


def mesh(service: Object, namespace: Object, facts: Facts) -> Iterator[Row]:
    """A model of one kind of serving in a namespace for the other one."""
    if not (facts.open_data_hub == "" or within(facts.open_data_hub, "<3.0")):
        return
    said = _map(_map(namespace.get("metadata")).get("labels")).get(MESH)
    annotations = _map(_map(service.get("metadata")).get("annotations"))
    shared = annotations.get(MODE, facts.mode) == "ModelMesh"
    at = ("metadata", "annotations", MODE) if MODE in annotations else ("metadata", "name")
    if shared and said != "true":
        message = f"ModelMesh serves no models in a namespace without label `{MESH}: \"true\"`"
        # Plain ModelMesh serves its controller's own namespace without it.
        effect = "risk" if said is None and not facts.open_data_hub else "broken"
        yield "MW749", at, message, "give the namespace that label", effect  # type: ignore[misc]
    elif not shared and said == "true" and facts.open_data_hub:
        message = f"the namespace is one for ModelMesh (`{MESH}: \"true\"`), and the model is not"
        yield "MW749", at, message, "keep models of both kinds in projects of their own", "risk"


def _map(value: Any) -> Object:
    return value if isinstance(value, dict) else {}
