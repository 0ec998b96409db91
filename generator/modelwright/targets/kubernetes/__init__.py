"""Namespace, quota, service accounts, external and sealed secrets of a project."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath

from modelwright.expand.merge import merge
from modelwright.expand.template import Derived
from modelwright.model import Document, Layer, Variant
from modelwright.problems import Problem
from modelwright.resolve.workspace import Environment, Tenant, Workspace
from modelwright.targets import Piece, Pieces, Target
from modelwright.targets.kubernetes.quota import hard
from modelwright.targets.kubernetes.sealed import fitting, unfit
from modelwright.typed import Any

PROTECTED = {"argocd.argoproj.io/sync-options": "Prune=false,Delete=false"}
"""Losing a namespace loses everything in it, so Argo CD may neither prune nor delete it
(argo-cd docs/user-guide/sync-options.md)."""

S3_SCHEME = {"http": "0", "https": "1"}


def shared(tenants: Sequence[Tenant], workspace: Workspace) -> Pieces:
    """The namespace of each tenant, and what its connections need."""
    managed = [tenant for tenant in tenants if tenant.environment.manage]
    problems = [problem for each in workspace.connections.values() for problem in unfit(each, workspace)]
    return tuple(piece for tenant in managed for piece in _pieces(tenant, workspace, problems)), tuple(problems)


def _pieces(tenant: Tenant, workspace: Workspace, problems: list[Problem]) -> Iterator[Piece]:
    yield _namespace(tenant, workspace)
    amounts = tenant.environment.spec.get("quota")
    if amounts:
        quota = {"namespace": tenant.namespace, "hard": hard(amounts, tenant.environment.cluster)}
        yield project_piece("resourcequota.yaml.j2", {"quota": quota}, tenant, tenant.environment.document)
    for connection in _with_secret(tenant):
        secret = secret_name(connection)
        if secret and needs_account(connection, tenant.environment):
            account = {"name": account_name(connection), "namespace": tenant.namespace, "secret": _secret_word(secret, connection)}
            yield project_piece("serviceaccount.yaml.j2", {"account": account}, tenant, connection)
        external = _external_secret(connection, tenant.environment, tenant.namespace)
        if external is not None:
            yield project_piece("externalsecret.yaml.j2", {"external": external}, tenant, connection, tenant.environment.document)
        problems += _unmarked(connection, tenant)
        file, found = fitting(connection, tenant, workspace)
        problems += found
        if file is not None:
            own = {"namespace": tenant.namespace, "spec": _sealed(file, connection, tenant.environment)}
            yield project_piece("sealedsecret.yaml.j2", own, tenant, file, connection)


def _with_secret(tenant: Tenant) -> Iterator[Document]:
    """The connections whose own Secret somebody reads: models in ModelMesh read `storage-config` alone."""
    for connection in tenant.connections:
        alone = tenant.connection_modes.get(connection.name, frozenset()) == frozenset({"modelmesh"})
        if not alone or tenant.environment.cluster.release.storage_config:
            yield connection


def project_piece(
    template: str, values: Mapping[str, Any], tenant: Tenant, blueprint: Document, *more: Document
) -> Piece:
    """A piece of the project's folder, whose words are those of `blueprint` (then of `more`)."""
    words = {
        "metadata": blueprint.data.get("metadata") or {},
        "spec": blueprint.data.get("spec") or {},
        "modes": tenant.modes,
    }
    subject = Variant(
        document=blueprint,
        environment=tenant.environment.name,
        project=tenant.project,
        namespace=tenant.namespace,
        values={**words, "size": {}},
        layers=tuple(map(Layer, (*more, blueprint))),
    )
    folder = f"{tenant.environment.name}/{tenant.project}/project"
    return Piece(template, {**words, **values}, folder, f"Project/{tenant.project}", subject)


def literal(text: str) -> str:
    """Text that external-secrets' template engine gives back as it is."""
    return text.replace("{{", '{{ "{{" }}')


def _namespace(tenant: Tenant, workspace: Workspace) -> Piece:
    environment = tenant.environment
    facts = workspace.projects.get(tenant.project, {})
    namespace: dict[str, Any] = {
        "name": Derived(tenant.namespace, (("spec", "namespace"),)),
        "annotations": PROTECTED | _display(tenant.project, facts, environment),
    }
    more = (workspace.document,) if workspace.document else ()
    return project_piece("namespace.yaml.j2", {"namespace": namespace}, tenant, environment.document, *more)


def _display(project: str, facts: Mapping[str, Any], environment: Environment) -> dict[str, Any]:
    if environment.cluster.flavour != "openshift":
        return {}
    shown = {"openshift.io/display-name": "title", "openshift.io/description": "description"}
    at = ("spec", "projects", project)
    return {key: Derived(str(facts[word]), ((*at, word),)) for key, word in shown.items() if facts.get(word)}


def connection_spec(connection: Document) -> Mapping[str, Any]:
    """The facts a connection blueprint states."""
    spec: Mapping[str, Any] = connection.data.get("spec") or {}
    return spec


def secret_name(connection: Document) -> str:
    """Name of the Secret that holds the connection's credentials; empty where it needs none."""
    spec = connection_spec(connection)
    if spec.get("secret"):
        return str(spec["secret"])
    return connection.name if spec.get("from") or spec.get("sealed") else ""


def _secret_word(secret: str, connection: Document) -> Any:
    return Derived(secret, (("spec", "secret"),)) if connection_spec(connection).get("secret") else secret


def account_name(connection: Document) -> str:
    """Name of the ServiceAccount that carries the connection's secret."""
    return f"{connection.name}-storage"


def needs_account(connection: Document, environment: Environment) -> bool:
    """Object stores are reached through a ServiceAccount's secrets (kserve pkg/credentials).

    Where the platform makes `storage-config`, an s3 connection goes by `storage.key` instead.
    """
    kind = connection_spec(connection).get("type")
    if kind == "s3" and environment.cluster.release.storage_config:
        return False
    return kind in ("s3", "gcs", "azure", "hf")


def _external_secret(connection: Document, environment: Environment, namespace: str) -> dict[str, Any] | None:
    spec = connection_spec(connection)
    origin = spec.get("from")
    if not isinstance(origin, Mapping):
        return None
    keys = origin.get("keys") or {}
    at = ("spec", "from")
    source = (*at, "store") if origin.get("store") else ("spec", "secretStore")
    return {
        "name": Derived(connection.name, (("metadata", "name"),)),
        "namespace": namespace,
        "store": Derived(store(connection, environment), (source,)),
        # Nodes pull images with Secrets of this type only (kubernetes pkg/credentialprovider/secrets).
        "type": "kubernetes.io/dockerconfigjson" if spec.get("type") == "oci" else None,
        "metadata": _secret_metadata(connection, environment),
        "data": [
            Derived({"secretKey": key, "remoteRef": remote(path)}, ((*at, "keys", key),)) for key, path in keys.items()
        ],
    }


def _sealed(file: Document, connection: Document, environment: Environment) -> Any:
    """The spec of a SealedSecret, whose template also has what readers of the Secret look for on it.

    Sealing covers values, name and namespace; the rest of the template may change (sealed-secrets README).
    """
    spec = file.data.get("spec")
    if not isinstance(spec, Mapping):
        return spec  # for the judge to tell
    metadata = _secret_metadata(connection, environment)
    return merge({"template": {"metadata": metadata}}, spec) if metadata else spec


def store(connection: Document, environment: Environment) -> dict[str, Any]:
    """Reference to the secret store a connection's credentials come from."""
    named = (connection_spec(connection).get("from") or {}).get("store") or environment.spec.get("secretStore") or {}
    return {"kind": "ClusterSecretStore", **({"name": named} if isinstance(named, str) else named)}


def remote(path: Any) -> dict[str, Any]:
    """Where a value is in its store: `path` or `path#property`."""
    if isinstance(path, Mapping):
        return dict(path)
    key, _, field = str(path).partition("#")
    return {"key": key, "property": field} if field else {"key": key}


def _secret_metadata(connection: Document, environment: Environment) -> dict[str, Any] | None:
    """KServe's s3 annotations, which it reads where a ServiceAccount carries the Secret (kserve pkg/credentials/s3)."""
    spec = connection_spec(connection)
    if spec.get("type") != "s3" or not needs_account(connection, environment):
        return None
    annotations = {}
    endpoint = str(spec.get("endpoint") or "")
    if endpoint:
        scheme, _, host = endpoint.rpartition("://")
        https = S3_SCHEME.get(scheme or "https", "1")
        annotations["serving.kserve.io/s3-endpoint"] = Derived(host, (("spec", "endpoint"),))
        annotations["serving.kserve.io/s3-usehttps"] = Derived(https, (("spec", "endpoint"),))
    if spec.get("region"):
        annotations["serving.kserve.io/s3-region"] = Derived(str(spec["region"]), (("spec", "region"),))
    return {"annotations": annotations} if annotations else None


def _unmarked(connection: Document, tenant: Tenant) -> list[Problem]:
    """MW252 where KServe would read facts of a connection from annotations of a Secret that is not made here.

    On a ServiceAccount it reads them only for AWS roles (kserve pkg/credentials/service_account_credentials.go).
    """
    modes = tenant.connection_modes.get(connection.name, frozenset()) - {None, "modelmesh"}
    secret = connection_spec(connection).get("secret")
    marks = _secret_metadata(connection, tenant.environment)
    if not secret or not modes or not marks:
        return []
    word = "endpoint" if connection_spec(connection).get("endpoint") else "region"
    wanted = ", ".join(f'`{key}: "{value.value}"`' for key, value in marks["annotations"].items())
    return [
        Problem(
            "MW252",
            f"KServe does not learn `{word}` from here: it reads it from Secret `{secret}`, which others make",
            connection.place(("spec", word)),
            f"see that the Secret has the annotations {wanted}, or let it be made here (`from`, `sealed`)",
            effect="ignored",
            environments=(tenant.environment.name,),
        )
    ]


TARGET = Target("kubernetes", frozenset(), PurePath(__file__).parent, lambda variant, workspace: ((), ()), shared)
