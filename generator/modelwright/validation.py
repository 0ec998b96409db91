"""What `modelwright validate` does once its words are read: judge manifests that anyone wrote, and report.

It loads no more than that takes, so that one file is judged in a moment: the library of the command line is not needed for
it (`start.py`), and every option brings what it alone needs.
"""

from __future__ import annotations

import os
import posixpath
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence

from modelwright.commands.output import echo, exit_code, misuse, show
from modelwright.model import Document, Release, kserve_of, minor
from modelwright.problems import Problem
from modelwright.records import dataclass
from modelwright.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from modelwright.bulk import Part
    from modelwright.inputs.worklist import Work
    from modelwright.judge.file import Counts, Judged, Settings
    from modelwright.judge.own import OwnKinds
    from modelwright.judge.policies import Policies

KUBERNETES, KSERVE = "1.33", "0.20"
"""What is judged by where nothing is said."""

MODES = ("knative", "standard", "modelmesh")
"""Words of `--mode`."""

MOST_NAMED = 10
"""Folders or files named in one line."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The words of a call: an argument or option each, as `commands/validate.py` explains them."""

    paths: tuple[str, ...]
    directory: str = "."
    cluster: str | None = None
    kubernetes: str | None = None
    kserve: str | None = None
    open_data_hub: str | None = None
    kubeflow_pipelines: str | None = None
    mode: str | None = None
    kustomize: str | None = None
    previous: tuple[str, ...] = ()
    policy_paths: tuple[str, ...] = ()
    references: bool = False
    strict: bool = False
    skip_others: bool = False
    jobs: int | None = None
    form: str = "text"
    fail_on: str = "error"


def run(asked: Asked) -> int:
    """Judge, report, and say the exit code. Raises SystemExit on misuse."""
    from modelwright.inputs.worklist import work
    from modelwright.judge.file import Settings, gather
    from modelwright.workers import available

    versions = {
        "--kubernetes": asked.kubernetes,
        "--kserve": asked.kserve,
        "--open-data-hub": asked.open_data_hub,
        "--kubeflow-pipelines": asked.kubeflow_pipelines,
    }
    said = [option for option, version in {**versions, "--mode": asked.mode}.items() if version]
    if asked.cluster and said:
        misuse(f"--cluster names the versions and the mode, so {said[0]} cannot")
    release = _release(versions, asked.mode or "")
    own, policies, head, texts, unfit = None, None, None, dict[str, str](), tuple[Problem, ...]()
    if asked.cluster:
        release, own, policies, head, texts, unfit = _of_workspace(asked.directory, asked.cluster)
    else:
        from modelwright.judge.releases import flag_problems

        unfit = flag_problems(release)
    if asked.policy_paths:
        policies, wrong = _policies(_existing(asked.policy_paths), release, texts)
        unfit = (*unfit, *wrong)
    before = None
    if asked.previous:
        from modelwright.commands.previous import objects

        before, refused, old_texts = objects(asked.previous, asked.paths)
        unfit = (*unfit, *refused)
        texts = old_texts | texts
    settings = Settings(release, own, head, asked.strict, asked.skip_others, before, policies)
    names: list[str] = []
    if "-" in asked.paths and sys.stdin is None:
        misuse("standard input is closed")
    stream = sys.stdin.buffer if "-" in asked.paths else None
    todo = work(_existing(asked.paths), stream)
    judged = _judged(todo, settings, _program(asked.kustomize), asked.jobs or available(), names)
    verdict = gather(judged, asked.references)
    problems, hidden, lines = verdict.problems, verdict.counts.suppressed, verdict.lines
    if unfit or head:
        from modelwright.suppress import suppress

        left, more = suppress(unfit, texts, head)
        problems, hidden = (*left, *problems), hidden + more
    if verdict.lacks:
        from modelwright.judge.references.told import with_references

        problems, hidden, lines = with_references(problems, hidden, verdict, texts, head)
    show(problems, texts, asked.form, hidden, files=names, lines=lines, fail_on=asked.fail_on)
    _count(verdict.counts, asked.form == "text" and not problems)
    if verdict.noted:
        some = "1 reference leads" if verdict.noted == 1 else f"{verdict.noted} references lead"
        echo(f"{some} to nothing that was judged here: --references tells more", err=True)
    return exit_code(problems, asked.fail_on)


def _release(asked: Mapping[str, str | None], mode: str) -> Release:
    """The release that options name, and its default mode; misuse where one is no version."""
    import re

    for option, version in asked.items():
        if version and not re.fullmatch(r"[0-9]{1,4}([.][0-9]{1,4}){1,2}", version):
            misuse(f"{option} {version!r} is no version, such as 1.33")
    pipelines = asked["--kubeflow-pipelines"] or ""
    if pipelines:
        from modelwright.judge.ir import OLDEST, order

        if order(pipelines) < order(OLDEST):
            echo(f"Kubeflow Pipelines {OLDEST} is the oldest release known: {pipelines} is judged as that", err=True)
    hub = asked["--open-data-hub"] or ""
    if hub and asked["--kserve"] and minor(asked["--kserve"]) != minor(kserve_of(hub)):
        misuse(f"Open Data Hub {hub} brings KServe {kserve_of(hub)}: leave out --kserve")
    kserve = asked["--kserve"] if asked["--kserve"] is not None else KSERVE
    return Release(asked["--kubernetes"] or KUBERNETES, kserve, asked["--open-data-hub"] or "", pipelines, mode)


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

    from modelwright.commands.common import read_workspace, root_of
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
    from modelwright.bulk import FEW, judge_files, judge_pieces
    from modelwright.inputs.files import STDIN
    from modelwright.inputs.worklist import Files, Remark, Stream
    from modelwright.judge.file import Counts, Judged

    for each in work:
        parts: Iterable[Part] = ()
        if isinstance(each, Files):
            place = None
            if len(each.paths) > FEW:
                from modelwright.memory import folder

                place = folder(os.environ)
            parts = judge_files(each.paths, settings, each.met, jobs, place)
        elif isinstance(each, Stream):
            parts = (judge_pieces(STDIN, each.pieces, settings),)
        elif isinstance(each, Remark):
            _say(each.what, each.names)
        elif isinstance(each, Problem):
            yield Judged(each.place.file if each.place else "", (each,), Counts())
        else:
            from functools import cache, partial

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
    if name is None:
        return None
    from shutil import which

    found = which(name)
    if found is None:
        misuse(f"--kustomize: there is no program {name!r}")
    return found


def _say(what: str, names: Sequence[str]) -> None:
    from modelwright.report.locate import safe

    if names:
        more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
        echo(f"{what}: {', '.join(map(safe, map(posixpath.normpath, names[:MOST_NAMED])))}{more}", err=True)


def _count(counts: Counts, clean: bool) -> None:
    """Say how much was judged, where nothing else says so, and how much was not."""
    if clean:
        some = counts.pipelines
        beside = f", {some} compiled pipeline{'s' if some > 1 else ''}" if some else ""
        echo(f"{counts.manifests} manifest{'' if counts.manifests == 1 else 's'}{beside} judged", err=True)
    if counts.others:
        files = "1 file holds" if counts.others == 1 else f"{counts.others} files hold"
        echo(f"{files} no Kubernetes object, and {'was' if counts.others == 1 else 'were'} left out", err=True)
