"""What a model asks of the connection it is fetched through."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from modelwright.model import Document, Path, Variant, minor
from modelwright.problems import Problem
from modelwright.resolve.names import spec_of
from modelwright.resolve.workspace import Environment, Workspace

SOURCES: tuple[Path, ...] = (("spec", "source"), ("spec", "canary", "source"))
SECRETS = ("secret", "from", "sealed")


def check(variant: Variant, environment: Environment, workspace: Workspace) -> Iterator[Problem]:
    """MW250 for each source of a model that names no files, with its connection's facts and its own `path`."""
    for at in SOURCES:
        source: Any = variant.values
        for step in at:
            source = source.get(step) if isinstance(source, Mapping) else None
        connection = workspace.connections.get(str(source.get("connection"))) if isinstance(source, Mapping) else None
        if connection is None or (connection.file, connection.index) in workspace.unsound:
            continue
        wrong = _wrong(connection, source, environment)
        if wrong:
            what, hint, word = wrong
            yield Problem(
                "MW250",
                what,
                variant.place((*at, word) if word else at),
                hint,
                related=(("the connection is here", connection.place(("spec", "type"))),),
            )


def _wrong(connection: Document, source: Mapping[str, Any], environment: Environment) -> tuple[str, str, str] | None:
    spec = spec_of(connection)
    path = str(source.get("path") or "").strip("/")
    match spec.get("type"):
        case "database":
            return f"connection `{connection.name}` is a database: no model can be fetched from it", "name another connection", "connection"
        case "hf" if not path:
            return f"connection `{connection.name}` is the whole Hugging Face Hub: `path` must name the model", "write `path: organisation/model`", ""
        case "uri" if not spec.get("uri") and (path or not _injects(spec, environment)):
            hint = "write `uri` in the connection, or the whole address as the model's `source`"
            return f"the address of connection `{connection.name}` is in its Secret alone, where KServe does not look", hint, "connection"
        case _:
            return None


def _injects(spec: Mapping[str, Any], environment: Environment) -> bool:
    """Open Data Hub's webhook, from 3.0 on, copies the address that a Secret holds into the model."""
    release = environment.cluster.release.open_data_hub
    return bool(release) and minor(release) >= (3, 0) and any(spec.get(word) for word in SECRETS)
