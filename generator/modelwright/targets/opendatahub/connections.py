"""Connections: what the platform reads from a Secret, and how a model names one, in both generations.

Up to 2.x a model names the entry of Secret `storage-config` that the platform makes of the connection's Secret. From
3.0 it is annotated with the connection, and a webhook injects the rest (opendatahub-operator
internal/webhook/serving, odh-model-controller from 3.5): what it would set or overwrite is not stated.
"""

from __future__ import annotations

from collections.abc import Mapping

from modelwright.expand.extras import unsaid
from modelwright.expand.template import Derived
from modelwright.model import Document, Manifest, Variant
from modelwright.model import minor as number
from modelwright.resolve.workspace import Workspace
from modelwright.targets.kubernetes import connection_spec, literal, secret_name
from modelwright.targets.opendatahub.display import DASHBOARD
from modelwright.typed import Any

PROTOCOLS = {"s3": "s3", "uri": "uri-v1", "oci": "oci-v1"}
"""Connection type -> the dashboard's own connection type (odh-dashboard manifests/common/connection-types)."""

FACTS = {
    "s3": {"AWS_S3_ENDPOINT": "endpoint", "AWS_S3_BUCKET": "bucket", "AWS_DEFAULT_REGION": "region"},
    "uri": {"URI": "uri"},
    "oci": {"OCI_HOST": "registry"},
}
"""Connection type -> plain facts that are read from the Secret beside the credentials, and the word for each."""

SOURCE = ("spec", "source")


def external_secret(manifest: Manifest, variant: Variant, workspace: Workspace) -> dict[str, Any] | None:
    """The marks and facts of a connection, for the Secret that is made of an ExternalSecret."""
    connection = workspace.connections.get(manifest.name)
    template = connection and _template(connection, (connection_spec(connection).get("from") or {}).get("keys") or {})
    if template and "data" in template:
        # Without it the template's data would replace what the store gave (external-secrets guides/templating).
        template = {"metadata": template["metadata"], "mergePolicy": "Merge", "data": template["data"]}
    return {"spec": {"target": {"template": template}}} if template else None


def sealed_secret(manifest: Manifest, variant: Variant, workspace: Workspace) -> dict[str, Any] | None:
    """The same for a SealedSecret, which is called as its connection is: sealing leaves its template open.

    What the file's own template says stands.
    """
    connection = workspace.connections.get(manifest.name)
    template = connection and _template(connection, (manifest.data.get("spec") or {}).get("encryptedData") or {})
    return unsaid({"spec": {"template": template}}, manifest.data) if template else None


def _template(connection: Document, said: Mapping[str, Any]) -> dict[str, Any] | None:
    """Metadata and plain data of a connection's Secret; keys in `said` come from elsewhere."""
    spec = connection_spec(connection)
    kind = str(spec.get("type"))
    if kind not in PROTOCOLS:
        return None
    at = (("spec", "type"),)
    labels: dict[str, Any] = dict(DASHBOARD)
    annotations: dict[str, Any] = {
        "opendatahub.io/connection-type-protocol": Derived(kind, at),
        "opendatahub.io/connection-type-ref": Derived(PROTOCOLS[kind], at),
        "openshift.io/display-name": Derived(
            (connection.data.get("metadata") or {}).get("title") or connection.name, (("metadata", "title"),)
        ),
    }
    if kind == "s3":
        # Together with the dashboard's label this brings it into Secret storage-config.
        labels["opendatahub.io/managed"] = "true"
        annotations = {"opendatahub.io/connection-type": "s3", **annotations}
    template: dict[str, Any] = {"metadata": {"labels": labels, "annotations": annotations}}
    facts = {key: word for key, word in FACTS[kind].items() if spec.get(word) and key not in said}
    if facts:
        template["data"] = {key: Derived(literal(_fact(key, spec[word])), (("spec", word),)) for key, word in facts.items()}
    return template


def _fact(key: str, said: Any) -> str:
    return str(said).partition("/")[0] if key == "OCI_HOST" else str(said)


def named(manifest: Manifest, variant: Variant, workspace: Workspace) -> tuple[dict[str, Any], dict[str, Any]]:
    """How a model names its connection: annotations, and a patch of its `predictor`."""
    source: Mapping[str, Any] = variant.values["spec"].get("source") or {}
    connection = workspace.connections.get(str(source.get("connection")))
    if connection is None or not injected(connection, variant, workspace):
        return {}, {}
    by_name = (*SOURCE, "connection")
    annotations: dict[str, Any] = {
        "opendatahub.io/connections": Derived(secret_name(connection), (by_name,)),
    }
    kind = connection_spec(connection).get("type")
    if kind == "oci":
        return annotations, {"imagePullSecrets": None}
    path = str(source.get("path") or "").lstrip("/")
    if kind == "s3" and path:
        annotations["opendatahub.io/connection-path"] = Derived(path, ((*SOURCE, "path"), by_name))
    model = ((manifest.data.get("spec") or {}).get("predictor") or {}).get("model") or {}
    if not model:
        return {}, {}
    only = set(model.get("storage") or ()) <= {"key", "path"}
    storage = None if only else {"key": None, "path": None}
    return annotations, {"model": {"storageUri": None, "storage": storage}}


def injected(connection: Document, variant: Variant, workspace: Workspace) -> bool:
    """Whether the webhook of release 3.0 and later gives a model all it needs from this connection.

    It overwrites `storageUri` with a uri connection's whole address and appends an oci connection's Secret to
    `imagePullSecrets`: a path below the one, and further pull secrets beside the other, are ours to state.
    """
    spec = variant.values["spec"]
    facts = connection_spec(connection)
    release = workspace.environments[variant.environment].cluster.release
    if number(release.open_data_hub) < (3, 0) or not secret_name(connection):
        return False
    match facts.get("type"):
        case "s3":
            return True
        case "uri":
            return not facts.get("uri") and not (spec.get("source") or {}).get("path")
        case "oci":
            return not spec.get("pullSecrets") and not (spec.get("pod") or {}).get("imagePullSecrets")
        case _:
            return False
