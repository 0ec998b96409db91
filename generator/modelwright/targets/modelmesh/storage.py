"""Where ModelMesh finds a model's files, and Secret `storage-config`, which holds a whole project's credentials."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from modelwright.expand.template import Derived
from modelwright.model import Document
from modelwright.problems import Problem
from modelwright.resolve.workspace import Environment, Tenant, Workspace
from modelwright.targets import Piece, Pieces
from modelwright.targets.kserve.storage import uri
from modelwright.targets.kubernetes import connection_spec, literal, project_piece, remote, secret_name, store
from modelwright.typed import Any

SECRET = "storage-config"
"""The one Secret ModelMesh reads credentials from, a JSON text per entry (modelmesh-serving docs/predictors/setup-storage.md)."""

FACTS: Mapping[str, Mapping[str, str]] = {
    "s3": {"endpoint": "endpoint_url", "region": "region", "bucket": "bucket"},
    "gcs": {"bucket": "bucket"},
    "azure": {"account": "account_name", "container": "container"},
    "pvc": {"name": "name"},
}
"""Connection type -> its words -> the fields of an entry they are (modelmesh-runtime-adapter pullman/storageproviders)."""

JSON_KEY = "gcloud-application-credentials.json"
AZURE = '"DefaultEndpointsProtocol=https;AccountName=%s;AccountKey=%s;EndpointSuffix=core.windows.net"'

CREDENTIALS: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    "s3": {
        "AWS_ACCESS_KEY_ID": {"access_key_id": "KEY"},
        "AWS_SECRET_ACCESS_KEY": {"secret_access_key": "KEY"},
        "AWS_S3_ENDPOINT": {"endpoint_url": "KEY"},
        "AWS_S3_BUCKET": {"bucket": "KEY"},
        "AWS_DEFAULT_REGION": {"region": "KEY"},
    },
    "gcs": {JSON_KEY: {f: f"(KEY | fromJson).{f}" for f in ("private_key", "client_email", "token_uri")}},
    "azure": {
        "AZURE_STORAGE_CONNECTION_STRING": {"connection_string": "KEY"},
        "AZURE_STORAGE_ACCESS_KEY": {"connection_string": f"printf {AZURE} ACCOUNT (KEY)"},
    },
}
"""Connection type -> keys of a Secret as KServe reads them -> the fields of an entry, as text for a template."""


def storage(source: Mapping[str, Any], workspace: Workspace, environment: Environment) -> dict[str, Any]:
    """Keys `uri`, or `key`, `path` and `parameters`, of a blueprint's `source`.

    Facts of a connection without credentials go along as parameters: `storage-config` has no entry for it.
    """
    at = ("spec", "source")
    word = source.get("connection")
    if word is None:
        return {"uri": Derived(source.get("uri"), ((*at, "uri"),))}
    connection = workspace.connections.get(str(word))
    if connection is None:
        return {}
    by_name = (*at, "connection")
    path = str(source.get("path") or "").lstrip("/")
    kind = str(connection_spec(connection).get("type"))
    if kind not in FACTS:
        return {"uri": Derived(uri(connection, path), ((*at, "path"), by_name))}
    said = source.get("parameters")
    parameters = said and Derived(said, ((*at, "parameters"),))
    if not secret_name(connection):
        parameters = Derived({"type": kind, **_facts(connection), **(said or {})}, ((*at, "parameters"), by_name))
    return {
        "key": Derived(entry(connection, environment), (by_name,)) if secret_name(connection) else None,
        "path": Derived(path, ((*at, "path"), by_name)),
        "parameters": parameters,
    }


def entry(connection: Document, environment: Environment) -> str:
    """The connection's entry in `storage-config`. A platform that makes that Secret calls it as the connection's own."""
    if environment.cluster.release.storage_config:
        return secret_name(connection)
    return str(connection_spec(connection).get("key") or connection.name)


def shared(tenants: Sequence[Tenant], workspace: Workspace) -> Pieces:
    """`storage-config` of each project whose models ModelMesh serves, from the secret store."""
    pieces: list[Piece] = []
    problems: list[Problem] = []
    for tenant in tenants:
        if tenant.environment.manage and not tenant.environment.cluster.release.lacks("modelmesh"):
            made, found = _secret(tenant)
            pieces += made
            problems += found
    return tuple(pieces), tuple(problems)


def _secret(tenant: Tenant) -> tuple[list[Piece], list[Problem]]:
    used = [
        c
        for c in tenant.connections
        if "modelmesh" in tenant.connection_modes.get(c.name, ()) and connection_spec(c).get("type") in FACTS
    ]
    if tenant.environment.cluster.release.storage_config:
        return [], [_no_entry(c, tenant) for c in used if connection_spec(c).get("type") not in ("s3", "pvc")]
    fetched = [c for c in used if connection_spec(c).get("from")]
    problems = [*_unread(fetched, used, tenant)]
    if not fetched:
        return [], problems
    entries: dict[str, str] = {}
    for connection in used:
        # A claim is mounted when an entry names it; other stores without credentials need none.
        if connection not in fetched and connection_spec(connection).get("type") != "pvc":
            continue
        name = entry(connection, tenant.environment)
        if name in entries:
            problems.append(_twice(connection, name, tenant))
        entries[name] = _entry(connection)
    default = store(next((c for c in fetched if not connection_spec(c)["from"].get("store")), fetched[0]), tenant.environment)
    secret = {
        "name": SECRET,
        "namespace": tenant.namespace,
        "store": default,
        "entries": entries,
        "data": [item for c in fetched for item in _data(c, tenant.environment, default)],
    }
    return [project_piece("storage-config.yaml.j2", {"secret": secret}, tenant, *fetched)], problems


def _facts(connection: Document) -> dict[str, str]:
    spec = connection_spec(connection)
    fields = FACTS.get(str(spec.get("type")), {})
    found = {field: str(spec[word]) for word, field in fields.items() if spec.get(word)}
    return found if spec.get("type") != "pvc" else {"name": connection.name, **found}


def _keys(connection: Document) -> Mapping[str, Any]:
    return (connection_spec(connection).get("from") or {}).get("keys") or {}


def _entry(connection: Document) -> str:
    """A JSON text whose values the store fills in: external-secrets' templates quote them with `toJson`."""
    spec = connection_spec(connection)
    kind = str(spec.get("type"))
    fields = {"type": json.dumps(kind)}
    fields |= {field: literal(json.dumps(value)) for field, value in _facts(connection).items()}
    for key, made in CREDENTIALS.get(kind, {}).items():
        if key in _keys(connection):
            value = f'index . "{_secret_key(connection, key)}"'
            account = json.dumps(str(spec.get("account") or ""))
            for field, text in made.items():
                text = text.replace("KEY", value).replace("ACCOUNT", account)
                fields[field] = f"{{{{ {text} | toJson }}}}"
    lines = ",\n".join(f'  "{field}": {value}' for field, value in fields.items())
    return f"{{\n{lines}\n}}\n"


def _secret_key(connection: Document, key: str) -> str:
    return f"{connection.name}.{key}"


def _data(connection: Document, environment: Environment, default: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    own = store(connection, environment)
    known = CREDENTIALS.get(str(connection_spec(connection).get("type")), {})
    for key, path in _keys(connection).items():
        if key in known:
            item = {"secretKey": _secret_key(connection, key), "remoteRef": remote(path)}
            yield item if own == default else {**item, "sourceRef": {"storeRef": own}}


def _unread(fetched: Sequence[Document], used: Sequence[Document], tenant: Tenant) -> Iterator[Problem]:
    for connection in used:
        spec = connection_spec(connection)
        name = secret_name(connection)
        if name and connection not in fetched and (name != SECRET or fetched):
            yield _elsewhere(connection, tenant)
        known = CREDENTIALS.get(str(spec.get("type")), {})
        for key in _keys(connection):
            if key not in known:
                yield Problem(
                    "MW700",
                    f"ModelMesh ignores `{key}` of connection `{connection.name}`",
                    connection.place(("spec", "from", "keys", key), key=True),
                    f"it reads {', '.join(f'`{word}`' for word in known)}" if known else "",
                    effect="ignored",
                    environments=(tenant.environment.name,),
                )
        if spec.get("type") == "pvc" and not any(secret_name(c) for c in used):
            yield Problem(
                "MW705",
                f"ModelMesh may not mount claim `{_facts(connection)['name']}`: no entry of `{SECRET}` names it",
                connection.place(("spec", "type")),
                "let ModelMesh mount any claim (`allowAnyPVC: true` in ConfigMap model-serving-config)",
                effect="risk",
                environments=(tenant.environment.name,),
            )


def _elsewhere(connection: Document, tenant: Tenant) -> Problem:
    name = secret_name(connection)
    there = f"`{name}`" if name != SECRET else "another of that name beside the one made here"
    return Problem(
        "MW704",
        f"ModelMesh reads credentials from Secret `{SECRET}` only, not from {there}",
        connection.place(("spec", "secret" if connection_spec(connection).get("secret") else "sealed")),
        f"fetch them with `from`, or write `secret: {SECRET}` where others make that Secret for all connections",
        effect="broken",
        environments=(tenant.environment.name,),
    )


def _no_entry(connection: Document, tenant: Tenant) -> Problem:
    return Problem(
        "MW704",
        f"the platform gives ModelMesh the credentials of s3 connections only, not those of `{connection.name}`",
        connection.place(("spec", "type")),
        "keep the model in an s3 store, or use `mode: standard`",
        effect="broken",
        environments=(tenant.environment.name,),
    )


def _twice(connection: Document, name: str, tenant: Tenant) -> Problem:
    return Problem(
        "MW704",
        f"two connections would be entry `{name}` of Secret `{SECRET}`",
        connection.place(("spec", "key") if connection_spec(connection).get("key") else ("metadata", "name")),
        "give each its own `key`",
        effect="broken",
        environments=(tenant.environment.name,),
    )
