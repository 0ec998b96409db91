"""`modelwright validate`: judge manifests that anyone wrote."""

from __future__ import annotations

import os
import posixpath
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from typing import TYPE_CHECKING

import click

from modelwright.commands.common import exit_code, jobs_option, misuse, report_options, root_of, show
from modelwright.model import Document, Release
from modelwright.problems import Problem

if TYPE_CHECKING:
    from modelwright.bulk import Part
    from modelwright.inputs.worklist import Work
    from modelwright.judge.file import Counts, Judged, Settings, Verdict
    from modelwright.judge.own import OwnKinds
    from modelwright.judge.policies import Policies

KUBERNETES, KSERVE = "1.33", "0.20"
"""What is judged by where nothing is said."""

MOST_NAMED = 10
"""Folders or files named in one line."""


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
    "--mode",
    type=click.Choice(["knative", "standard", "modelmesh"]),
    help="How KServe deploys what does not say.  [default: knative; standard on Open Data Hub 3]",
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
def command(
    directory: str,
    paths: tuple[str, ...],
    cluster: str | None,
    kubernetes: str | None,
    kserve: str | None,
    open_data_hub: str | None,
    kubeflow_pipelines: str | None,
    mode: str | None,
    kustomize: str | None,
    previous: tuple[str, ...],
    policy_paths: tuple[str, ...],
    references: bool,
    strict: bool,
    skip_others: bool,
    jobs: int | None,
    form: str,
    fail_on: str,
) -> None:
    """Judge manifests as the API server would: files, folders, or `-` for standard input.

    Of a folder, YAML and JSON files at any depth are judged, but for names that start with a dot and files that hold no
    Kubernetes object. Folders that have a kustomization are built, each as part of what uses it. Compiled pipelines, as kfp
    writes them, are judged too.

    A comment `# modelwright: ignore MW504 reason` on a line, or above it, suppresses a problem there.
    """
    from modelwright.inputs.worklist import work
    from modelwright.judge.file import Settings, gather
    from modelwright.judge.releases import flag_problems
    from modelwright.suppress import suppress
    from modelwright.workers import available

    asked = {
        "--kubernetes": kubernetes,
        "--kserve": kserve,
        "--open-data-hub": open_data_hub,
        "--kubeflow-pipelines": kubeflow_pipelines,
    }
    said = [option for option, version in {**asked, "--mode": mode}.items() if version]
    if cluster and said:
        misuse(f"--cluster names the versions and the mode, so {said[0]} cannot")
    release = replace(_release(asked), mode=mode or "")
    own, policies, head, texts, unfit = None, None, None, dict[str, str](), tuple[Problem, ...]()
    if cluster:
        release, own, policies, head, texts, unfit = _of_workspace(directory, cluster)
    else:
        unfit = flag_problems(release)
    if policy_paths:
        policies, wrong = _policies(_existing(policy_paths), release, texts)
        unfit = (*unfit, *wrong)
    before = None
    if previous:
        from modelwright.commands.previous import objects

        before, refused, old_texts = objects(previous, paths)
        unfit = (*unfit, *refused)
        texts = old_texts | texts
    settings = Settings(release, own, head, strict, skip_others, before, policies)
    names: list[str] = []
    if "-" in paths and sys.stdin is None:
        misuse("standard input is closed")
    stream = sys.stdin.buffer if "-" in paths else None
    judged = _judged(work(_existing(paths), stream), settings, _program(kustomize), jobs or available(), names)
    verdict = gather(judged, references)
    left, hidden = suppress(unfit, texts, head)
    problems, lines = (*left, *verdict.problems), verdict.lines
    hidden += verdict.counts.suppressed
    if verdict.lacks:
        problems, hidden, lines = _with_references(problems, hidden, verdict, texts, head)
    show(problems, texts, form, hidden, files=names, lines=lines, fail_on=fail_on)
    _count(verdict.counts, form == "text" and not problems)
    if verdict.noted:
        some = "1 reference leads" if verdict.noted == 1 else f"{verdict.noted} references lead"
        click.echo(f"{some} to nothing that was judged here: --references tells more", err=True)
    raise SystemExit(exit_code(problems, fail_on))


def _with_references(
    problems: tuple[Problem, ...], hidden: int, verdict: Verdict, texts: Mapping[str, str], head: Document | None
) -> tuple[tuple[Problem, ...], int, Mapping[str, Mapping[int, str]]]:
    """Problems, suppressed ones and lines, with those of references."""
    from modelwright.judge.references.told import readable, told

    found, suppressed, lines = told(verdict.lacks, readable(texts), head)
    files = {*verdict.lines, *lines}
    together = {file: {**verdict.lines.get(file, {}), **lines.get(file, {})} for file in files}
    return tuple(dict.fromkeys((*problems, *found))), hidden + suppressed, together


def _release(asked: Mapping[str, str | None]) -> Release:
    """The release that options name; misuse where one is no version."""
    import re

    for option, version in asked.items():
        if version and not re.fullmatch(r"[0-9]{1,4}([.][0-9]{1,4}){1,2}", version):
            misuse(f"{option} {version!r} is no version, such as 1.33")
    pipelines = asked["--kubeflow-pipelines"] or ""
    if pipelines:
        from modelwright.judge.ir import OLDEST, order

        if order(pipelines) < order(OLDEST):
            click.echo(f"Kubeflow Pipelines {OLDEST} is the oldest release known: {pipelines} is judged as that", err=True)
    kserve = asked["--kserve"] if asked["--kserve"] is not None else KSERVE
    return Release(asked["--kubernetes"] or KUBERNETES, kserve, asked["--open-data-hub"] or "", pipelines)


def _policies(paths: Sequence[str], release: Release, texts: dict[str, str]) -> tuple[Policies, tuple[Problem, ...]]:
    """The policies in files and folders, whose texts are added, and what is wrong with them."""
    from modelwright.inputs import files as inputs
    from modelwright.judge.policies import read_policies
    from modelwright.load import read_manifests
    from modelwright.yamlio import decode

    documents: list[Document] = []
    problems: list[Problem] = []
    for name in (file for path in paths for file in (inputs.walk(path).files if os.path.isdir(path) else [path])):
        try:
            with open(name, "rb") as file:
                data = file.read()
        except OSError as error:
            misuse(f"{name}: {error.strerror}")
        texts[name], wrong = decode(data, name)
        problems += wrong
        if not wrong:
            found, wrong = read_manifests(name, texts[name])
            documents += found
            problems += wrong
    policies, wrong = read_policies(documents, release)
    return policies, (*problems, *wrong)


def _of_workspace(
    directory: str, name: str
) -> tuple[Release, OwnKinds | None, Policies | None, Document | None, dict[str, str], tuple[Problem, ...]]:
    """The release of one of its clusters, the kinds it defines itself and its policies; its head, whose `judge` counts
    here too; the texts of the head and of files that blueprints name; and what is wrong with what the cluster brings."""
    from dataclasses import replace

    from modelwright.commands.common import read_workspace
    from modelwright.judge.own import own_kinds
    from modelwright.judge.policies import cluster_policies
    from modelwright.judge.releases import release_problems
    from modelwright.load import load, split
    from modelwright.problems import did_you_mean
    from modelwright.resolve import resolve

    sources, _ = read_workspace(root_of(directory))
    blueprints, files, _ = split(sources)
    workspace, _ = resolve(load(blueprints)[0], files=files)
    if name not in workspace.clusters:
        misuse(f"there is no cluster {name!r}; {did_you_mean(name, list(workspace.clusters))}")
    cluster = workspace.clusters[name]
    alone = replace(workspace, clusters={name: cluster})
    own, found = own_kinds(alone)
    policies, odd = cluster_policies(alone)
    head = workspace.document
    said = {cluster.document.file, *([head.file] if head else ())}
    texts = files | {s.path: s.text for s in sources if s.path in said}
    problems = (*found, *odd, *release_problems([cluster]))
    return cluster.release, own.get(name), policies.get(name), head, texts, problems


def _existing(paths: Sequence[str]) -> list[str]:
    """The paths, each once; misuse where there is no such thing."""
    for path in paths:
        if path != "-" and ("\0" in path or not os.path.lexists(path)):
            misuse(f"there is no file or folder {path!r}")
    return list({path if path == "-" else os.path.abspath(path): path for path in paths}.values())


def _judged(
    work: Iterable[Work], settings: Settings, program: str | None, jobs: int, names: list[str]
) -> Iterator[Judged]:
    """Everything there is to do, judged in its order. Names of files are added to `names`."""
    from modelwright.bulk import judge_files, judge_pieces
    from modelwright.inputs.files import STDIN
    from modelwright.inputs.worklist import Files, Remark, Stream
    from modelwright.judge.file import Counts, Judged
    from modelwright.memory import folder

    for each in work:
        parts: Iterable[Part] = ()
        if isinstance(each, Files):
            parts = judge_files(each.paths, settings, each.met, jobs, folder(os.environ))
        elif isinstance(each, Stream):
            parts = (judge_pieces(STDIN, each.pieces, settings),)
        elif isinstance(each, Remark):
            _say(each.what, each.names)
        elif isinstance(each, Problem):
            yield Judged(each.place.file if each.place else "", (each,), Counts())
        else:
            from modelwright.inputs.built import by_program, ours
            from modelwright.inputs.files import texts
            from modelwright.judge.built import judge_built

            # Folders of one path share their files.
            files = cache(partial(texts, each.files))
            yield judge_built((by_program(program, os.environ, files) if program else ours)(each.path), settings)
        for part in parts:
            names.extend(part.names)
            yield from part.judged


def _program(name: str | None) -> str | None:
    """The program that builds folders, if it is not ourselves; misuse where there is no such."""
    from shutil import which

    if name is None:
        return None
    found = which(name)
    if found is None:
        misuse(f"--kustomize: there is no program {name!r}")
    return found


def _say(what: str, names: Sequence[str]) -> None:
    from modelwright.report.locate import safe

    if names:
        more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
        click.echo(f"{what}: {', '.join(map(safe, map(posixpath.normpath, names[:MOST_NAMED])))}{more}", err=True)


def _count(counts: Counts, clean: bool) -> None:
    """Say how much was judged, where nothing else says so, and how much was not."""
    if clean:
        some = counts.pipelines
        beside = f", {some} compiled pipeline{'s' if some > 1 else ''}" if some else ""
        click.echo(f"{counts.manifests} manifest{'' if counts.manifests == 1 else 's'}{beside} judged", err=True)
    if counts.others:
        files = "1 file holds" if counts.others == 1 else f"{counts.others} files hold"
        click.echo(f"{files} no Kubernetes object, and {'was' if counts.others == 1 else 'were'} left out", err=True)
