"""Rewrites the packaged facts about serving runtimes from the manifests that releases install.

Run as `python -m modelwright.importing.runtimes OUT FAMILY/RELEASE=PATH...`; a path is a file of manifests or a folder of
them. Of a folder with a kustomization counts what it builds to. Templates stand for the runtimes they hold.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path as FilePath
from typing import Any

KINDS = ("ServingRuntime", "ClusterServingRuntime")
SERVER_TYPE = "serving.kserve.io/server-type"
RELEASE_TAG = "v{release}"
"""Tag of an image that carries the release's own number."""

Row = tuple[str, str, Mapping[str, Any]]
"""Family, release, facts of a runtime."""


def read_runtimes(path: FilePath) -> Iterator[Mapping[str, Any]]:
    """The runtimes that a file or folder brings, in its order."""
    for data in _objects(path):
        if data.get("kind") == "Template":
            yield from (each for each in data.get("objects") or () if each.get("kind") in KINDS)
        elif data.get("kind") in KINDS:
            yield data


def _objects(path: FilePath) -> Iterator[Mapping[str, Any]]:
    import yaml

    if path.is_file():
        yield from (data for data in yaml.safe_load_all(path.read_text(encoding="utf-8")) if isinstance(data, dict))
    elif (path / "kustomization.yaml").is_file():
        yield from _built(path)
    else:
        for file in sorted(path.glob("*.yaml")):
            yield from _objects(file)


def _built(path: FilePath) -> Iterator[Mapping[str, Any]]:
    import yaml

    from modelwright.kustomize import build

    top = yaml.safe_load((path / "kustomization.yaml").read_text(encoding="utf-8"))
    files = {each.name: each.read_bytes() for each in path.glob("*.yaml")}
    # Only what tells runtimes apart: transformers beside the folder add labels.
    files["kustomization.yaml"] = json.dumps({word: top[word] for word in ("resources", "images") if word in top}).encode()
    manifests, problems = build(files, "")
    if not manifests:
        raise SystemExit(f"{path}: " + "; ".join(problem.message for problem in problems))
    yield from (manifest.data for manifest in manifests)


def facts(data: Mapping[str, Any], release: str) -> dict[str, Any]:
    """What selection and `explain` need to know of a runtime; nothing that is absent or false."""
    spec, metadata = data["spec"], data["metadata"]
    workers = spec.get("workerSpec")
    found = {
        "name": metadata["name"],
        "kind": data["kind"],
        "serverType": (metadata.get("annotations") or {}).get(SERVER_TYPE),
        "formats": [
            {word: each[word] for word in ("name", "version", "autoSelect", "priority") if each.get(word)}
            for each in spec.get("supportedModelFormats") or ()
        ],
        "protocols": spec.get("protocolVersions"),
        "multiModel": spec.get("multiModel"),
        "disabled": spec.get("disabled"),
        "adapter": (spec.get("builtInAdapter") or {}).get("serverType"),
        "containers": [_container(each, release) for each in spec.get("containers") or ()],
        "workers": workers
        and {
            "pipeline": workers.get("pipelineParallelSize"),
            "tensor": workers.get("tensorParallelSize"),
            "containers": [_container(each, release) for each in workers.get("containers") or ()],
        },
    }
    return {word: value for word, value in found.items() if value}


def _container(data: Mapping[str, Any], release: str) -> dict[str, Any]:
    image = str(data.get("image") or "")
    name, colon, tag = image.rpartition(":")
    for own in (f"v{release}", "latest"):
        if tag.startswith(own) and name.startswith("kserve/"):
            image = name + colon + RELEASE_TAG + tag.removeprefix(own)
    found = {
        "name": data["name"],
        # `$(...)`: a parameter that the platform's operator fills in.
        "image": "" if image.startswith("$(") else image,
        # Scripts are no facts.
        "command": _plain(data.get("command")),
        "args": _plain(data.get("args")),
        "resources": data.get("resources"),
    }
    return {word: value for word, value in found.items() if value}


def _plain(words: Any) -> list[str] | None:
    return None if not words or any(len(str(word).split()) != 1 for word in words) else [*map(str, words)]


def text_of(rows: Iterable[Row]) -> str:
    """The packaged file for rows given from the oldest release to the newest.

    `families` has the releases of each family and its runtimes as `[first release, last release, facts]`.
    """
    families: dict[str, dict[str, Any]] = {}
    for family, release, found in rows:
        held = families.setdefault(family, {"releases": [], "runtimes": []})
        known: list[str] = held["releases"]
        if release not in known:
            known.append(release)
        before = known[known.index(release) - 1] if known.index(release) else release
        row = next((r for r in held["runtimes"] if r[2] == found and r[1] in (before, release)), None)
        if row is None:
            held["runtimes"].append([release, release, found])
        else:
            row[1] = release
    parts = []
    for family in sorted(families):
        held = families[family]
        lines = sorted(held["runtimes"], key=lambda row: (row[2]["name"], _numbers(row[0])))
        runtimes = ",\n".join(_compact(line) for line in lines)
        parts.append(f'{_compact(family)}:{{"releases":{_compact(held["releases"])},"runtimes":[\n{runtimes}\n]}}')
    return '{"families":{\n' + ",\n".join(parts) + "\n}}\n"


def _compact(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _numbers(release: str) -> tuple[int, ...]:
    return tuple(int(part) for part in release.split(".") if part.isdigit())


def main(arguments: list[str] | None = None) -> None:
    """Rewrite the packaged runtimes."""
    import argparse

    parser = argparse.ArgumentParser(prog="modelwright.importing.runtimes", description=main.__doc__)
    parser.add_argument("out", type=FilePath, help="file to write: schemas/runtimes.json")
    parser.add_argument("inputs", nargs="+", metavar="FAMILY/RELEASE=PATH", help="from the oldest release to the newest")
    options = parser.parse_args(arguments)
    rows: list[Row] = []
    for word in options.inputs:
        what, _, path = word.partition("=")
        family, _, release = what.partition("/")
        rows += [(family, release, facts(data, release)) for data in read_runtimes(FilePath(path))]
    options.out.write_text(text_of(rows), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
