"""What the mutating webhooks of Open Data Hub leave of an InferenceService, as far as the object itself tells.

Sources: opendatahub-operator internal/webhook/inferenceservice and hardwareprofile (2.33 to 3.4), odh-model-controller
internal/webhook/connectionapi and serving (from 3.5). What a connection is the webhooks read in its Secret. Here the
object tells: `storage` makes sense with an s3 connection alone, and `oci://` with one for images. What the Secret says
beyond that is in `together`.
"""

from __future__ import annotations

from collections.abc import Mapping

from modelwright.judge.admission import Admitted, Row
from modelwright.rules.releases import Facts
from modelwright.typed import Any

CONNECTION = "opendatahub.io/connections"
CONNECTION_PATH = "opendatahub.io/connection-path"
PROFILE = "opendatahub.io/hardware-profile-name"
PROFILE_NAMESPACE = "opendatahub.io/hardware-profile-namespace"
PREDICTOR = ("spec", "predictor")
CODE = "MW746"


def default_inference_service(data: Mapping[str, Any], facts: Facts) -> Admitted:
    """The object with what a connection and a hardware profile add to it; itself where they add nothing."""
    annotations = _map(_map(data.get("metadata")).get("annotations"))
    if not facts.open_data_hub or (CONNECTION not in annotations and PROFILE not in annotations):
        return Admitted(data)
    made, findings = _connected(data, annotations)
    metadata = _map(made.get("metadata"))
    namespace = metadata.get("namespace")
    if annotations.get(PROFILE) and not annotations.get(PROFILE_NAMESPACE) and isinstance(namespace, str) and namespace:
        made = {**made, "metadata": {**metadata, "annotations": {**annotations, PROFILE_NAMESPACE: namespace}}}
    return Admitted(made, (), tuple(findings))


def with_account(data: Mapping[str, Any], facts: Facts) -> Mapping[str, Any]:
    """An admitted InferenceService with the account that the webhook makes for an s3 connection and gives to what names
    none. Nothing judges it, since nobody but the webhook makes it: it is for whoever wants to see all of an object."""
    name = _map(_map(data.get("metadata")).get("annotations")).get(CONNECTION)
    spec = _map(data.get("spec"))
    predictor = _map(spec.get("predictor"))
    stored = _map(predictor.get("model")).get("storage")
    if not facts.open_data_hub or not name or not stored or predictor.get("serviceAccountName"):
        return data
    return {**data, "spec": {**spec, "predictor": {**predictor, "serviceAccountName": f"{name}-sa"}}}


def _connected(data: Mapping[str, Any], annotations: Mapping[str, Any]) -> tuple[Mapping[str, Any], list[Row]]:
    name = annotations.get(CONNECTION)
    spec = data.get("spec")
    predictor = spec.get("predictor") if isinstance(spec, dict) else None
    model = predictor.get("model") if isinstance(predictor, dict) else None
    if not isinstance(name, str) or not name or not isinstance(model, dict):
        return data, []
    assert isinstance(spec, dict) and isinstance(predictor, dict)
    address, path = model.get("storageUri"), annotations.get(CONNECTION_PATH)
    if isinstance(model.get("storage"), dict) or (path and not address and "storage" not in model):
        changed, findings = _stored(model, name, path)
        predictor = {**predictor, "model": changed}
    elif isinstance(address, str) and address.startswith("oci://"):
        predictor, findings = _pulled(predictor, name)
    else:
        return data, []
    return {**data, "spec": {**spec, "predictor": predictor}}, findings


def _stored(model: Mapping[str, Any], name: str, path: Any) -> tuple[dict[str, Any], list[Row]]:
    """A model with its files in an s3 connection: the connection's name is its `storage.key`."""
    storage = dict(_map(model.get("storage")))
    findings: list[Row] = []
    stated = storage.get("key")
    if stated and stated != name:
        where = (*PREDICTOR, "model", "storage", "key")
        findings = [(CODE, where, f"`key` becomes `{name}`, the connection that the model names", "leave it out", "drift")]
    storage["key"] = name
    if path and not storage.get("path"):
        storage["path"] = path
    return {**model, "storage": storage}, findings


def _pulled(predictor: Mapping[str, Any], name: str) -> tuple[dict[str, Any], list[Row]]:
    """A model in an image: its connection is among the `imagePullSecrets`."""
    secrets = predictor.get("imagePullSecrets", [])
    if not isinstance(secrets, list) or any(isinstance(each, dict) and each.get("name") == name for each in secrets):
        return dict(predictor), []
    findings: list[Row] = []
    if secrets:
        message = f"connection `{name}` is added to these at admission"
        findings = [(CODE, (*PREDICTOR, "imagePullSecrets"), message, f"name `{name}` among them", "drift")]
    return {**predictor, "imagePullSecrets": [*secrets, {"name": name}]}, findings


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
