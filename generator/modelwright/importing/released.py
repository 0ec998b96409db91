"""Rewrites the packaged schemas from a folder of released CustomResourceDefinitions.

Run as `python -m modelwright.importing.released CRDS schemas`. The folder has a subfolder for each project and one in it
for each release; a SOURCE.md there may name files that are the same as in another one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path as FilePath
from typing import Any

from modelwright.importing.crds import ImportedKind, read_crds, text_of
from modelwright.records import dataclass

Row = tuple[str, str, ImportedKind]
"""Family, release, kind."""


@dataclass(frozen=True, slots=True)
class Family:
    """A project whose releases bring kinds."""

    title: str
    folders: str
    """Where its releases are: a pattern in which `*` is the release."""
    only: frozenset[str] = frozenset()
    """The kinds it brings, where the folder holds others' too."""


FAMILIES = {
    "kserve": Family("KServe", "kserve/v*"),
    "opendatahub": Family("Open Data Hub", "opendatahub-kserve/odh-v*"),
    "modelmesh": Family("ModelMesh", "modelmesh/v*"),
    "pipelines": Family("Kubeflow Pipelines", "kubeflow-pipelines/*"),
    "argo-cd": Family("Argo CD", "argo-cd/v*"),
    "argo-workflows": Family("Argo Workflows", "argo-workflows/v*"),
    "cert-manager": Family("cert-manager", "cert-manager/v*"),
    "data-science-pipelines": Family("Data Science Pipelines", "data-science-pipelines/v*"),
    "external-secrets": Family("External Secrets", "external-secrets/v*"),
    "gateway-api": Family("Gateway API", "gateway-api/v*"),
    "inference-extension": Family("Gateway API Inference Extension", "gateway-api-inference-extension/v*"),
    "istio": Family("Istio", "istio/*"),
    "keda": Family("KEDA", "keda/v*"),
    "knative-serving": Family("Knative Serving", "knative-serving/v*"),
    "kueue": Family("Kueue", "kueue/v*"),
    "lws": Family("LeaderWorkerSet", "lws/v*"),
    "odh-dashboard": Family("Open Data Hub dashboard", "opendatahub/odh-dashboard-v*"),
    "odh-model-controller": Family(
        "Open Data Hub model controller",
        "opendatahub/odh-model-controller-odh-v*",
        # The others there are copies for its tests, of projects that have a folder of their own.
        frozenset({"Account", "Template"}),
    ),
    "odh-operator": Family("Open Data Hub operator", "opendatahub/opendatahub-operator-v*"),
    "openshift": Family("OpenShift", "openshift-api/*"),
    "prometheus-operator": Family("Prometheus operator", "prometheus-operator/v*"),
    "sealed-secrets": Family("Sealed Secrets", "sealed-secrets/v*"),
}


def release_key(release: str) -> tuple[int, ...]:
    """Sorts `0.9` before `0.15`."""
    return tuple(int(part) for part in re.findall(r"\d+", release))


def minor_of(release: str) -> str:
    """`0.15` of `0.15.2` and `3.5` of `3.5-EA2`; a word stays what it is."""
    found = re.match(r"\d+\.\d+", release)
    return found[0] if found else release


def released(crds: FilePath) -> Iterator[tuple[str, str, FilePath]]:
    """Every `(family, release, file)` below a folder of released CRDs, from the oldest release to the newest."""
    for name, family in FAMILIES.items():
        prefix = family.folders.partition("*")[0]
        folders = [path for path in crds.glob(family.folders) if path.is_dir()]
        for folder in sorted(folders, key=lambda path: release_key(path.name)):
            release = minor_of(folder.relative_to(crds).as_posix().removeprefix(prefix))
            files = {path.name: path for path in folder.glob("*.yaml")}
            for other, where in _identical(folder / "SOURCE.md").items():
                files.setdefault(other, crds / where / other)
            for file in sorted(files):
                yield name, release, files[file]


def _identical(source: FilePath) -> dict[str, str]:
    """File name -> folder it equals, from the table of a folder's SOURCE.md."""
    if not source.is_file():
        return {}
    rows = re.findall(r"^\| (\S+) \| identical to (\S+) \|", source.read_text(encoding="utf-8"), re.MULTILINE)
    return dict(rows)


def rows_of(crds: FilePath) -> Iterator[Row]:
    """Every kind of every release below a folder of released CRDs."""
    read: dict[FilePath, list[ImportedKind]] = {}
    for family, release, file in released(crds):
        if file not in read:
            read[file] = list(read_crds(file.read_text(encoding="utf-8"), str(file)))
        only = FAMILIES[family].only
        yield from ((family, release, kind) for kind in read[file] if not only or kind.kind in only)


def build(found: Iterable[Row], open_data_hub: Iterable[Mapping[str, Any]] = ()) -> dict[str, str]:
    """File name -> text for rows given from the oldest release to the newest.

    `index.json` holds title and releases of each family, per kind the ranges of releases with the number of the schema
    in its file, and what each Open Data Hub release is made of.
    """
    kinds: dict[str, list[ImportedKind]] = {}
    releases: dict[str, list[str]] = {}
    ranges: dict[str, list[list[Any]]] = {}
    for family, release, kind in found:
        known = releases.setdefault(family, [])
        if release not in known:
            known.append(release)
        stored = kinds.setdefault(kind.file, [])
        if kind not in stored:
            stored.append(kind)
        rows = ranges.setdefault(kind.key, [])
        last = rows[-1] if rows else None
        number = stored.index(kind)
        before = known[known.index(release) - 1] if known.index(release) else ""
        if last and last[0] == family and last[3] == number and last[2] in (before, release):
            last[2] = release
        else:
            rows.append([family, release, release, number])
    files = {name: text_of(stored) for name, stored in kinds.items()}
    index = {
        "families": {name: {"title": FAMILIES[name].title, "releases": releases[name]} for name in releases},
        "kinds": ranges,
        "openDataHub": list(open_data_hub),
    }
    files["index.json"] = _lines(index)
    return files


def _lines(index: Mapping[str, Any]) -> str:
    """The index, a line for each entry: small, and readable where it changes."""
    parts = []
    for name, value in index.items():
        entries = value.items() if isinstance(value, Mapping) else ((None, item) for item in value)
        texts = [(f"{json.dumps(key)}:" if key else "") + _compact(item) for key, item in sorted(entries, key=str)]
        left, right = "{}" if isinstance(value, Mapping) else "[]"
        parts.append(f"{json.dumps(name)}:{left}\n" + ",\n".join(texts) + f"\n{right}")
    return "{" + ",\n".join(parts) + "}\n"


def _compact(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def main(arguments: list[str] | None = None) -> None:
    """Rewrite the packaged schemas from a folder of released CRDs."""
    import argparse

    import yaml

    parser = argparse.ArgumentParser(prog="modelwright.importing.released", description=main.__doc__)
    parser.add_argument("crds", type=FilePath, help="folder of released CRDs")
    parser.add_argument("out", type=FilePath, help="folder to write; its releases.yaml is read")
    options = parser.parse_args(arguments)
    releases = yaml.safe_load((options.out / "releases.yaml").read_text(encoding="utf-8"))
    files = build(rows_of(options.crds), releases["openDataHub"])
    for stale in options.out.rglob("*.json"):
        if stale.relative_to(options.out).as_posix() not in {*files, "runtimes.json"}:
            stale.unlink()
    for name, text in files.items():
        path = options.out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
