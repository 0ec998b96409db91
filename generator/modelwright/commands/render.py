"""`modelwright render`: what one environment gets, as YAML on stdout."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout

import click

from modelwright.commands.common import exit_code, misuse, read_workspace, root_of, show


@click.command(
    "render",
    epilog="""\b
Examples:
  modelwright render prod                     everything prod gets
  modelwright render prod fraud-detector      one component of it
  modelwright render prod --project risk      one project of it, without the cluster's own objects
  modelwright render dev | kubectl diff -f -

As an Argo CD config management plugin, `render ENV` is the generate command: stdout carries manifests
only, problems go to stderr, and an empty result fails so that nothing is pruned by accident.""",
)
@click.argument("environment")
@click.argument("component", required=False)
@click.option("--project", metavar="P", help="Only this project, as its Argo CD Application has it.")
@click.pass_obj
def command(directory: str, environment: str, component: str | None, project: str | None) -> None:
    """Print the manifests of ENVIRONMENT, or of one COMPONENT of it, exactly as kustomize would build them."""
    from modelwright.pipeline import build
    from modelwright.problems import did_you_mean
    from modelwright.yamlio import emit

    root = root_of(directory)
    sources, problems = read_workspace(root)
    result = build(sources, environment=environment)
    problems += result.problems
    if exit_code(problems, "error"):
        with redirect_stdout(sys.stderr):
            show(problems, result.sources, "text", result.suppressed)
        raise SystemExit(1)
    stages = result.workspace.environments
    if environment not in stages:
        misuse(f"there is no environment {environment!r}; {did_you_mean(environment, list(stages))}")
    inside = f"{environment}/{project}/" if project else f"{environment}/"
    wide = "" if project else f"clusters/{stages[environment].cluster.name}"
    own = {
        folder: manifests
        for folder, manifests in result.tree.built.items()
        if folder.startswith(inside) or folder == wide
    }
    found = [
        manifest
        for folder in sorted(own, key=lambda f: (f.startswith(f"{environment}/"), not f.endswith("/project"), f))
        for manifest in own[folder]
        if component is None or (manifest.variant and manifest.variant.document.name == component)
    ]
    if not found:
        what = [f"component {component!r} of" if component else "", f"project {project!r} in" if project else ""]
        misuse(" ".join(filter(None, [*what, f"environment {environment!r} has no manifests"])))
    click.echo("---\n".join(emit(manifest.data) for manifest in found), nl=False)
