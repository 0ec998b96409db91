"""`modelwright validate`: judge manifests that anyone wrote."""

from __future__ import annotations

from typing import Any

import click

from modelwright.commands.common import jobs_option, report_options
from modelwright.validation import KSERVE, KUBERNETES, MODES, Asked, run


@click.command(
    "validate",
    epilog="""\b
Examples:
  modelwright validate overlays/                   every manifest below a folder
  kustomize build overlays/prod/risk | modelwright validate -
  modelwright validate --kserve 0.17 --kubernetes 1.33 model.yaml
  modelwright validate --cluster prod-a model.yaml the versions of a Cluster blueprint
  modelwright validate --previous main deploy/     also what the cluster refuses to change
  modelwright validate --format sarif . > report.sarif""",
)
@click.argument("paths", nargs=-1, required=True)
@click.option("--cluster", metavar="NAME", help="Judge by a Cluster blueprint of the workspace, and its `judge` settings.")
@click.option("--kubernetes", metavar="X.Y", help=f"Kubernetes minor version.  [default: {KUBERNETES}]")
@click.option("--kserve", metavar="X.Y", help=f"KServe minor version.  [default: {KSERVE}]")
@click.option("--open-data-hub", metavar="X.Y", help="Open Data Hub release, where it is installed.")
@click.option(
    "--kubeflow-pipelines", metavar="X.Y", help="Kubeflow Pipelines minor version, where it matters; 2.14 is the oldest known."
)
@click.option(
    "--mode", type=click.Choice(MODES), help="How KServe deploys what does not say.  [default: knative; standard on Open Data Hub 3]"
)
@click.option("--kustomize", metavar="PROGRAM", help="Build folders by this program instead of by ourselves; no network.")
@click.option(
    "--previous",
    multiple=True,
    metavar="PATH|REV",
    help="What the cluster has by now: files, folders, or a Git revision of the same paths. Changes that it refuses are told.",
)
@click.option(
    "--policies",
    "policy_paths",
    multiple=True,
    metavar="PATH",
    help="A file or folder of ValidatingAdmissionPolicies, their bindings and parameters; may be given again.",
)
@click.option(
    "--references", is_flag=True, help="Tell of every reference that leads to nothing judged here, not only how many there are."
)
@click.option("--strict", is_flag=True, help="A kind that cannot be judged is an error.")
@click.option("--skip-others", is_flag=True, help="Leave out named files that hold no Kubernetes object, as in folders.")
@jobs_option
@report_options
@click.pass_obj
def command(directory: str, /, **options: Any) -> None:
    """Judge manifests as the API server would: files, folders, or `-` for standard input.

    Of a folder, YAML and JSON files at any depth are judged, but for names that start with a dot and files that hold no
    Kubernetes object. Folders that have a kustomization are built, each as part of what uses it. Compiled pipelines, as kfp
    writes them, are judged too.

    A comment `# modelwright: ignore MW504 reason` on a line, or above it, suppresses a problem there.
    """
    raise SystemExit(run(Asked(directory=directory, **options)))
