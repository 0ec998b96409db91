"""Where the model's files are: a blueprint `source` as KServe's `storageUri` or `storage`."""

from __future__ import annotations

from collections.abc import Mapping

from modelwright.expand.template import Derived
from modelwright.model import Document, Path, Variant
from modelwright.problems import Problem
from modelwright.resolve.workspace import Environment, Workspace
from modelwright.targets.kubernetes import account_name, connection_spec, needs_account, secret_name
from modelwright.typed import Any


def storage(source: Mapping[str, Any], at: Path, workspace: Workspace, environment: Environment) -> dict[str, Any]:
    """Keys `uri`, or `key`, `path` and `parameters`; `account` or `pull` where credentials need one."""
    word = source.get("connection")
    if word is None:
        return {"uri": Derived(source.get("uri"), ((*at, "uri"),))}
    connection = workspace.connections.get(str(word))
    if connection is None:
        return {}
    path = str(source.get("path") or "").lstrip("/")
    sources = ((*at, "path"), (*at, "connection")) if path else ((*at, "connection"),)
    kind = connection_spec(connection).get("type")
    if kind == "s3" and secret_name(connection) and environment.cluster.release.storage_config:
        return {
            "key": Derived(secret_name(connection), ((*at, "connection"),)),
            "path": Derived(path, sources),
            "parameters": Derived(source.get("parameters"), ((*at, "parameters"),)),
        }
    found = {"uri": Derived(uri(connection, path), sources)}
    if kind == "oci" and secret_name(connection):
        found["pull"] = Derived({"name": secret_name(connection)}, ((*at, "connection"),))
    if environment.manage and secret_name(connection) and needs_account(connection, environment):
        found["account"] = Derived(account_name(connection), ((*at, "connection"),))
    return found


def unread(variant: Variant, at: Path, source: Mapping[str, Any], place: Mapping[str, Any]) -> list[Problem]:
    """MW243 where the source said at `at` has parameters and `place`, made of it, is a whole address: none are read."""
    if "uri" not in place or not source.get("parameters"):
        return []
    return [
        Problem(
            "MW243",
            f"`parameters` have no effect in environment `{variant.environment}`: the model is fetched by its address alone",
            variant.place((*at, "parameters")),
            "drop them, or say them only where the platform keeps connections in `storage-config`",
            effect="ignored",
            environments=(variant.environment,),
        )
    ]


def uri(connection: Document, path: str) -> str:
    """The storage URI of `path` in a connection.

    Schemes as KServe's storage initializer takes them (kserve python/storage, pkg/controller isvc utils.go).
    """
    spec = connection_spec(connection)
    kind = spec.get("type")
    match kind:
        case "s3":
            return _join(f"s3://{spec.get('bucket', '')}", path)
        case "gcs":
            return _join(f"gs://{spec.get('bucket', '')}", path)
        case "azure":
            host = f"https://{spec.get('account', '')}.blob.core.windows.net"
            return _join(f"{host}/{spec.get('container', '')}", path)
        case "pvc":
            return _join(f"pvc://{spec.get('name') or spec.get('claim') or connection.name}", path)
        case "oci":
            image = _join(f"oci://{str(spec.get('uri') or spec.get('registry') or '').removeprefix('oci://')}", path)
            return image
        case "hf":
            return f"hf://{path}"
        case _:
            return _join(str(spec.get("uri") or spec.get("endpoint") or ""), path)


def _join(root: str, path: str) -> str:
    return f"{root.rstrip('/')}/{path}" if path else root
