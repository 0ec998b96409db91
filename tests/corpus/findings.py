"""What the judge says of public manifests, counted, with a sample to confirm by hand: `python -m tests.corpus.findings`.

Each document is judged alone, on the cluster that fits it best (`cluster`). Documents of KServe's own repositories and of
forks are left out, and so is what is no whole object: kustomizations, patches, and text with placeholders.
"""

from __future__ import annotations

import argparse
import csv
import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from modelwright.judge import judge
from modelwright.model import Manifest, Release
from modelwright.problems import Problem
from modelwright.yamlio import read

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
OWN = ("/kserve", "/modelmesh-serving", "kserve/website")
"""How repositories of KServe's own, and forks of them, end."""
NO_OBJECT = {"placeholder", "ellipsis", "kustomize-patch"}
FILES = {"Kustomization"}
"""Kinds that no cluster is sent."""
OLD_MODES = ("RawDeployment", "Serverless", "ModelMesh")
PLAIN = Release("1.33", "0.20", kubeflow_pipelines="2.16")
OLDER = Release("1.32", "0.15", kubeflow_pipelines="2.5")
ODH2 = Release("1.32", "0.15", "2.35")
ODH3 = Release("1.33", "0.17", "3.4")


class Row(NamedTuple):
    """A document's id (`InferenceService/001`), the cluster it was judged on, and one thing said about it."""

    id: str
    cluster: str
    problem: Problem

    def __str__(self) -> str:
        problem = self.problem
        return f"{problem.code} {problem.effect or 'rejected'} {self.id} {'.'.join(map(str, problem.path))}"


def cluster(text: str, kind: str) -> Release:
    """The cluster a document is for. Open Data Hub where it names a domain of it: 2.35, or 3.4 where it has words of 3.x
    only. Else KServe 0.15 for the modes that were renamed in 0.16 and for ModelMesh, 0.20 for everything else."""
    bare = text.replace('"', "")
    many = any(word in text for word in ("builtInAdapter", "multiModel: true"))
    old = many or kind == "Predictor" or any(f"deploymentMode: {mode}" in bare for mode in OLD_MODES)
    if "opendatahub.io" not in text and "openshift.io" not in text:
        return OLDER if old else PLAIN
    new = kind.startswith("LLM") or "hardware-profile" in text or "deploymentMode: Standard" in bare
    return ODH3 if new and not old else ODH2


def rows(corpus: Path = CORPUS) -> Iterator[tuple[str, str, Release, Sequence[Problem]]]:
    """Each document's id, kind and cluster, and what is said of it."""
    with (corpus / "INDEX.tsv").open(encoding="utf-8", newline="") as file:
        for entry in csv.DictReader(file, delimiter="\t"):
            if entry["repo"].endswith(OWN) or entry["kind"] in FILES or NO_OBJECT & set(entry["features"].split(",")):
                continue
            path = corpus / f"{entry['id']}.yaml"
            text = path.read_text(encoding="utf-8")
            documents, _ = read(text, path.name)
            if not documents or not isinstance(documents[0], dict) or "apiVersion" not in documents[0]:
                continue
            release = cluster(text, entry["kind"])
            yield entry["id"], entry["kind"], release, judge([Manifest(documents[0])], release)


def words(release: Release) -> str:
    return f"Open Data Hub {release.open_data_hub}" if release.open_data_hub else f"KServe {release.kserve}"


def sample(found: Sequence[Row], size: int, seed: int = 5) -> list[Row]:
    """One of each code first, then one more of each as long as there are any: the same rows for the same corpus."""
    draw = random.Random(seed)
    left: dict[str, list[Row]] = {}
    for row in found:
        left.setdefault(row.problem.code, []).append(row)
    for each in left.values():
        draw.shuffle(each)
    taken: list[Row] = []
    while len(taken) < size and any(left.values()):
        for code in sorted(left):
            if left[code]:
                taken.append(left[code].pop())
    return taken[: max(size, len(left))]


class Counted(NamedTuple):
    """All that is said, and how much was judged."""

    found: list[Row]
    documents: Counter[str]
    """By kind."""
    sound: Counter[str]
    """Those without errors."""
    noisy: Counter[tuple[str, str]]
    """Sound documents of a kind that a code is said of."""


def counted() -> Counted:
    made = Counted([], Counter(), Counter(), Counter())
    for name, kind, release, problems in rows():
        made.documents[kind] += 1
        made.found.extend(Row(name, words(release), problem) for problem in problems)
        if not any(problem.severity == "error" for problem in problems):
            made.sound[kind] += 1
            made.noisy.update({(problem.code, kind) for problem in problems})
    return made


def main() -> int:
    """Counts for each code, and the sample."""
    parser = argparse.ArgumentParser(prog="python -m tests.corpus.findings", description=__doc__)
    parser.add_argument("--code", action="append", help="every finding of this code, in place of a sample")
    parser.add_argument("--sample", type=int, default=100)
    parser.add_argument("--refused", type=int, default=40, help="how many refusals by rules")
    options = parser.parse_args()
    if not CORPUS.is_dir():
        print(f"skipped: {CORPUS} is not there")
        return 0
    from modelwright.rules.engine import packed

    ruled = {check["code"] for check in packed()["checks"]}
    made = counted()
    effects = [row for row in made.found if row.problem.effect in ("broken", "ignored", "drift", "risk")]
    refused = [row for row in made.found if row.problem.effect == "rejected" and row.problem.code in ruled]
    print(f"{sum(made.documents.values())} documents, {sum(made.sound.values())} without errors")
    for kind, count in sorted(made.documents.items()):
        said = ", ".join(f"{code} {made.noisy[code, kind]}" for code, its in sorted(made.noisy) if its == kind)
        print(f"{kind} {count}, {made.sound[kind]} without errors{': ' if said else ''}{said}")
    for title, group, size in (("findings", effects, options.sample), ("refused by rules", refused, options.refused)):
        print(f"\n{title}: {len(group)}")
        for (code, effect), count in sorted(Counter((r.problem.code, str(r.problem.effect)) for r in group).items()):
            print(f"{code} {effect} {count}")
        chosen = [r for r in group if r.problem.code in options.code] if options.code else sample(group, size)
        for row in chosen:
            print(f"  {row} [{row.cluster}]: {row.problem.message}" + (f" ({row.problem.hint})" if row.problem.hint else ""))
    return 0


if __name__ == "__main__":
    sys.exit(main())
