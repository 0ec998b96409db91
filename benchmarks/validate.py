"""`validate` against kubeconform on the same files.

    python benchmarks/validate.py                          10,000 files of our own making, about 2 minutes
    python benchmarks/validate.py --files FOLDER           files that somebody else made

kubeconform comes from `make tools`. It checks the shape of objects; we judge everything we know.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

import manifests
from peers import kubeconform, modelwright
from table import Table, megabytes, ratio, seconds, text

COLUMNS = ("way", "wall", "CPU", "wall ratio", "CPU ratio", "peak memory")


def tables(count: int, repeat: int, crds: Path | None, files: Path | None = None) -> list[Table]:
    with tempfile.TemporaryDirectory() as temporary:
        here = Path(temporary)
        if files is None:
            files = here / "files"
            manifests.write(files, count)
        found = sorted(files.rglob("*.yaml"))
        kinds = [(version, kind) for version, kind, _ in manifests.KINDS]
        peers = list(kubeconform.columns(here, kinds, crds))
        one = next(each for each in found if "inferenceservice" in each.name)
        cache = here / "cache"
        return [
            _table(f"validate: {len(found):,} files", files, peers, cache, repeat),
            _table("validate: one InferenceService", one, peers, cache, max(repeat, 7)),
        ]


def _table(title: str, files: Path, peers: Sequence[tuple[str, Path]], cache: Path, repeat: int) -> Table:
    ours = [*modelwright.program(), "validate", "--kserve", kubeconform.KSERVE, "--kubernetes", kubeconform.MINOR, str(files)]
    used = {
        "modelwright validate, nothing remembered": modelwright.measured(ours, cache, repeat),
        "modelwright validate, everything remembered": modelwright.measured(ours, cache, repeat, forget=False),
    }
    for label, schemas in peers:
        used[f"kubeconform -strict -n 2, {label} schemas"] = modelwright.measured([*kubeconform.command(schemas), str(files)], cache, repeat)
    base = next(iter(used.values()))
    rows = tuple(
        (way, seconds(u.wall), seconds(u.cpu), ratio(u.wall / base.wall), ratio(u.cpu / base.cpu), megabytes(u.peak))
        for way, u in used.items()
    )
    return Table(title, COLUMNS, rows, (f"Median of {repeat}.",))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=10_000, help="how many files are made (default: 10000)")
    parser.add_argument("--files", type=Path, help="judge the files of this folder instead")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each, of which the median is taken")
    parser.add_argument("--crds", type=Path, default=kubeconform.CRDS, help="KServe's released CRDs, for the usual schemas")
    options = parser.parse_args()
    crds = options.crds if options.crds.is_dir() else None
    print(text(tables(options.count, options.repeat, crds, options.files)))


if __name__ == "__main__":
    main()
