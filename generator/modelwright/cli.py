"""Flags -> command -> report -> exit code.

Exit codes: 0 clean or warnings only, 1 problems or stale, 2 misuse or unusable input, 3 a bug of ours.
"""

from __future__ import annotations

import gc
import sys
from importlib import import_module

import click

from modelwright import __version__

COMMANDS = {
    "init": "Start a workspace in this folder.",
    "new": "Write a new blueprint to fill in.",
    "compile": "Compile blueprints to overlays, and judge them.",
    "check": "Judge the workspace and its overlays; write nothing.",
    "publish": "Commit the overlays to a GitOps repository.",
    "validate": "Judge any manifests as a cluster would.",
    "render": "Print what one environment gets.",
    "graph": "Draw the workspace as Mermaid text.",
    "explain": "Explain a problem code or a blueprint field.",
    "schemas": "List, import and compare the kinds of clusters.",
    "schema": "Print the JSON Schema of a blueprint kind.",
}
"""Command -> one line of help: enough to list them without importing any."""

EPILOG = """\b
Start here:
  modelwright init                  a workspace with one cluster and one environment
  modelwright new model my-model    a blueprint to fill in
  modelwright compile               blueprints/ -> overlays/, judged

Exit codes: 0 clean or warnings only, 1 problems found, 2 misuse, 3 a bug in modelwright."""


class Commands(click.Group):
    """Loads a command's module when it is called, so that each pays only for itself."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"modelwright.commands.{cmd_name}")
        command: click.Command = module.command
        if not any("-C" in parameter.opts for parameter in command.params):
            command.params.append(_folder_option())
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in COMMANDS:
            from modelwright.problems import did_you_mean

            ctx.fail(f"there is no command '{name}'; {did_you_mean(name, list(COMMANDS))}")
        return super().resolve_command(ctx, args)


def _folder_option() -> click.Option:
    """`-C` after the verb, too: what a pre-commit configuration calls `args` comes after the hook's own entry."""

    def enter(context: click.Context, _: click.Parameter, value: str | None) -> None:
        context.obj = value or context.obj

    return click.Option(
        ["-C", "folder"], metavar="DIR", expose_value=False, callback=enter, help="The workspace, as before the command."
    )


@click.group(cls=Commands, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="modelwright")
@click.option(
    "-C", "directory", default=".", metavar="DIR", show_default=True, help="The workspace: a folder with modelwright.yaml."
)
@click.pass_context
def cli(ctx: click.Context, directory: str) -> None:
    """Compile short model blueprints into Kustomize overlays the cluster accepts."""
    ctx.obj = directory


def main() -> None:
    """Every call that `start.py` does not answer by itself."""
    # Nothing here lives long or holds cycles worth a search: looking for them took half of a large compile.
    gc.disable()
    _run(cli, sys.argv[1:])


def failed(error: BaseException) -> None:
    """What comes of a call that raised this, as if it had been made from here."""

    def again() -> None:
        raise error

    _run(click.Command("validate", callback=again), [])


def _run(command: click.Command, words: list[str]) -> None:
    try:
        command.main(words, prog_name="modelwright")
    except BrokenPipeError:
        # The reader went away (`modelwright render dev | head`): nothing left to say.
        sys.stderr.close()
        raise SystemExit(0) from None
    except Exception as bug:
        _report(bug)
        raise SystemExit(3) from None


def _report(bug: Exception) -> None:
    import os
    import traceback

    click.echo(f"MW901 internal error: {type(bug).__name__}: {bug}", err=True)
    click.echo("This is a bug in modelwright. Nothing was written. Please report it.", err=True)
    if os.environ.get("MODELWRIGHT_TRACEBACK"):
        traceback.print_exception(bug)
    else:
        click.echo("Set MODELWRIGHT_TRACEBACK=1 to see where it happened.", err=True)
