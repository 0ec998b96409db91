"""A PipelineServer blueprint: the DataSciencePipelinesApplication that Open Data Hub's operator runs.

Fields: opendatahub-io/data-science-pipelines-operator api/v1/dspipeline_types.go. `mlmd` is left out: present with
`deploy: false` the operator refuses it, and it deploys its own where absent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from modelwright.expand.template import Derived
from modelwright.model import Document, Path, Variant
from modelwright.problems import Problem, did_you_mean
from modelwright.resolve.workspace import Workspace
from modelwright.targets import Piece, Pieces
from modelwright.targets.kubernetes import connection_spec, secret_name
from modelwright.typed import Any

STORAGE: Path = ("spec", "objectStorage", "connection")
DATABASE: Path = ("spec", "database", "connection")
ACCESS_KEY, SECRET_KEY, PASSWORD = "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "password"
"""Keys of Secrets where a server names none."""
PARTS = (("objectStorage", "storage"), ("database", "database"))


def pieces(variant: Variant, workspace: Workspace) -> Pieces:
    """The one object, and what its connections lack."""
    if not workspace.environments[variant.environment].cluster.release.open_data_hub:
        message = f"a pipeline server needs Open Data Hub; environment `{variant.environment}` runs none"
        hint = "on plain Kubernetes, Kubeflow Pipelines is installed by the platform team: leave this environment out"
        place = variant.document.place(("spec", "environments", variant.environment), key=True)
        return (), (Problem("MW221", message, place, hint, "rejected", (variant.environment,)),)
    spec: Mapping[str, Any] = variant.values["spec"]
    problems: list[Problem] = []
    storage = _connected(spec.get("objectStorage"), "s3", STORAGE, variant, workspace, problems)
    database = _connected(spec.get("database"), "database", DATABASE, variant, workspace, problems)
    values = {
        "metadata": variant.values["metadata"],
        "spec": spec,
        "size": variant.values["size"],
        "storage": storage and _storage(spec["objectStorage"], storage),
        "database": database and _database(spec["database"], database),
    }
    problems += _lacking(variant, storage, ("objectStorage", {"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}))
    problems += _lacking(variant, database, ("database", {"key": PASSWORD}))
    whole = all((spec.get(word) or {}).get("connection") is None or values[kept] for word, kept in PARTS)
    return ((Piece("datasciencepipelinesapplication.yaml.j2", values),) if whole else ()), tuple(problems)


def _connected(
    words: Any, kind: str, path: Path, variant: Variant, workspace: Workspace, problems: list[Problem]
) -> Document | None:
    """The connection that a store uses, where it fits. A connection that is not there was told before."""
    name = words.get("connection") if isinstance(words, Mapping) else None
    connection = workspace.connections.get(str(name)) if name else None
    if connection is None:
        return None
    stated = connection_spec(connection)
    there = (("the connection is here", connection.place(("spec", "type"))),)
    stage = (variant.environment,)
    if stated.get("type") != kind:
        message = f"connection `{name}` is of type {stated.get('type')}; this needs type {kind}"
        problems.append(Problem("MW816", message, variant.place(path), "name another connection", "rejected", stage, related=there))
        return None
    needed = ("bucket",) if kind == "s3" else ("host", "username", "database")
    missing = [word for word in needed if not stated.get(word)]
    if not secret_name(connection):
        missing.append("secret` or `from")
    if missing:
        words_missing = ", ".join(f"`{word}`" for word in missing)
        message = f"connection `{name}` lacks {words_missing}, which a pipeline server needs"
        problems.append(Problem("MW817", message, variant.place(path), "add it to the Connection", "rejected", stage, related=there))
        return None
    return connection


def _lacking(variant: Variant, connection: Document | None, asked: tuple[str, Mapping[str, str]]) -> Iterator[Problem]:
    """MW819: keys that the connection's Secret will not have. Of a Secret made elsewhere nobody can tell."""
    spec = connection_spec(connection) if connection is not None else {}
    source = spec.get("from")
    if connection is None or spec.get("secret") or not isinstance(source, Mapping):
        return
    part, words = asked
    known = [str(key) for key in source.get("keys") or {}]
    for word, usual in words.items():
        key = str(variant.values["spec"][part].get(word) or usual)
        if key not in known:
            message = f"connection `{connection.name}` brings no key `{key}`, which is to be its `{word}`"
            there = (("the keys are here", connection.place(("spec", "from", "keys"), key=True)),)
            hint = f"{did_you_mean(key, known) or 'it brings none'}; say `{word}:`, or add the key to the connection"
            place = variant.place(("spec", part, word))
            yield Problem("MW819", message, place, hint, "broken", (variant.environment,), related=there)


def _storage(words: Mapping[str, Any], connection: Document) -> dict[str, Any]:
    stated = connection_spec(connection)
    region = stated.get("region")
    endpoint = str(stated.get("endpoint") or f"https://s3.{f'{region}.' if region else ''}amazonaws.com")
    address = urlsplit(endpoint if "://" in endpoint else f"https://{endpoint}")
    try:
        port = address.port
    except ValueError:
        port = None
    credentials = {
        "secretName": secret_name(connection),
        "accessKey": str(words.get("accessKey") or ACCESS_KEY),
        "secretKey": str(words.get("secretKey") or SECRET_KEY),
    }
    found = {
        "scheme": address.scheme,
        "host": address.hostname or "",
        "port": None if port is None else str(port),
        "region": region,
        "bucket": stated.get("bucket"),
        "credentials": credentials,
    }
    return {key: None if value is None else Derived(value, (STORAGE,)) for key, value in found.items()}


def _database(words: Mapping[str, Any], connection: Document) -> dict[str, Any]:
    stated = connection_spec(connection)
    found = {
        "host": stated.get("host"),
        "port": str(stated.get("port") or 3306),
        "username": stated.get("username"),
        "name": stated.get("database"),
        "password": {"name": secret_name(connection), "key": str(words.get("key") or PASSWORD)},
    }
    return {key: Derived(value, (DATABASE,)) for key, value in found.items()}
