"""`modelwright schema`: blueprint kinds as JSON Schema, for editors."""

from __future__ import annotations

import click

from modelwright.commands.common import misuse


@click.command(
    "schema",
    epilog="""\b
Examples:
  modelwright schema Model > model.schema.json
  then, on a blueprint's first line:  # yaml-language-server: $schema=model.schema.json""",
)
@click.argument("kind")
def command(kind: str) -> None:
    """Print the JSON Schema of a blueprint KIND: Model, Runtime, Connection, Environment, Cluster, Workspace."""
    import json

    from modelwright.load import json_schema, kinds
    from modelwright.problems import did_you_mean

    names = {name.casefold(): name for name in kinds()}
    if kind.casefold() not in names:
        misuse(f"there is no blueprint kind {kind!r}; {did_you_mean(kind, list(names.values()))}")
    click.echo(json.dumps(json_schema(names[kind.casefold()]), indent=2, ensure_ascii=False))
