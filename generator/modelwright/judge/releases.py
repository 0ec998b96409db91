"""Releases that the catalog does not have: what is judged by the nearest one is said to be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from modelwright.judge.builtin import core_minors
from modelwright.judge.kinds import nearest, order
from modelwright.judge.packages import MAIN, families, kinds, ranges, releases, title
from modelwright.model import Path, Place, Release, kserve_of
from modelwright.patterns import pattern
from modelwright.problems import Problem
from modelwright.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modelwright.resolve.workspace import Cluster

VERSION = pattern(r"[0-9]{1,4}([.][0-9]{1,4}){1,2}")
WORDS = {"kserve": "kserve", "kubeflowPipelines": "pipelines", "openDataHub": "opendatahub"}
"""Words of a Cluster's `versions` -> families; of other projects the word is their name without its signs."""


def release_problems(clusters: Iterable[Cluster]) -> tuple[Problem, ...]:
    """MW512 at each version of a Cluster that is judged by another one, MW234 at what it cannot be together."""
    found: list[Problem] = []
    for cluster in clusters:
        spec = cluster.document.data.get("spec") or {}
        versions = spec.get("versions")
        stated = versions if isinstance(versions, Mapping) else {}
        found += (_apart(cluster, path, *words) for path, *words in contradictions(spec, stated))
        for word, message, hint in unknown({str(word): str(version) for word, version in stated.items()}):
            found.append(_problem(message, hint, cluster.document.place(("spec", "versions", word))))
    return tuple(found)


def contradictions(spec: Mapping[str, Any], versions: Mapping[str, Any]) -> Iterator[tuple[Path, str, str]]:
    """Where a Cluster says what never was together: a path, what is wrong and what to do.

    Open Data Hub is an operator for OpenShift, and each release brings one KServe (opendatahub-io/kserve branches).
    """
    hub = str(versions.get("openDataHub") or "")
    if not VERSION.fullmatch(hub):
        return
    stated, brought = str(versions.get("kserve") or ""), kserve_of(hub)
    if VERSION.fullmatch(stated) and order(stated) != order(brought):
        yield ("spec", "versions", "kserve"), f"Open Data Hub {hub} brings KServe {brought}, not {stated}", "drop `kserve`"
    if spec.get("flavour") == "kubernetes":
        yield ("spec", "flavour"), "Open Data Hub runs on OpenShift only", "write `openshift`, or drop `openDataHub`"


def _apart(cluster: Cluster, path: Path, message: str, hint: str) -> Problem:
    return Problem("MW234", message, cluster.document.place(path), hint, "rejected")


def flag_problems(release: Release) -> tuple[Problem, ...]:
    """MW512 for what somebody asked to judge by, without a place."""
    asked = {
        "kubernetes": release.kubernetes,
        "kserve": release.kserve,
        "openDataHub": release.open_data_hub,
        "kubeflowPipelines": release.kubeflow_pipelines,
    }
    return tuple(_problem(message, hint, None) for _, message, hint in unknown(asked))


def unknown(versions: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """The word, a message and a hint for each stated version that the catalog lacks.

    Open Data Hub brings its own KServe, whatever else is said of that. What is no version is told elsewhere.
    """
    for word, wanted in versions.items():
        if not VERSION.fullmatch(wanted) or (word == "kserve" and versions.get("openDataHub")):
            continue
        if word == "kubernetes":
            known, name, bring = core_minors(), "Kubernetes", "a newer kubernetes-validate brings newer ones"
        else:
            family = WORDS.get(word) or _family(word)
            if not family:
                continue
            known, name = releases(family), title(family)
            bring = "name the cluster's own definitions under `crds` of the Cluster"
            if family != "opendatahub" and _between(family, wanted):
                continue
        used = nearest(wanted, known)
        if any(order(wanted) == order(each) for each in known) or not used:
            continue
        if word == "openDataHub" and order(known[0]) < order(wanted) < order(known[-1]):
            continue  # the entry before it says what it is
        range_ = f"known here: {known[0]} to {known[-1]}" if len(known) > 1 else f"known here: {known[0]}"
        yield word, f"{name} {wanted} is not in the catalog: it is judged as {used}", f"{range_}; {bring}"


def _family(word: str) -> str:
    """The project that a word such as `certManager` names, of those whose release changes nothing else."""
    names = {name.replace("-", ""): name for name in families() if name not in MAIN}
    return names.get(word.lower(), "")


def _between(family: str, wanted: str) -> bool:
    """Whether the releases around one brought the same kinds, each with the same schema: then it did, too."""
    known = releases(family)
    before = [each for each in known if order(each) < order(wanted)]
    after = [each for each in known if order(each) > order(wanted)]
    if not before or not after:
        return False
    return all(
        row.covers(before[-1]) == row.covers(after[0])
        for key in kinds()
        for row in ranges(key.rpartition("/")[0], key.rpartition("/")[2])
        if row.family == family
    )


def _problem(message: str, hint: str, place: Place | None) -> Problem:
    return Problem("MW512", message, place, hint, "risk")
