"""Measure modelwright against its peers, in one run on one machine: read ratios, not seconds.

    python benchmarks                                     about 10 minutes
    python benchmarks --quick                             about 1 minute
    python benchmarks --markdown docs/benchmarks.md       also writes the page

kustomize and kubeconform come from `make tools`; Kapitan is installed into the user's cache folder.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import cold
import compile
import kinds
import scale
import table
import validate
from peers import kapitan, kubeconform, kustomize

COLD = 7  # runs of what takes a moment: cheap, and the shorter the noisier


def main() -> None:
    options = _options()
    machine = (
        f"{os.cpu_count()} CPUs, Python {platform.python_version()}, {kustomize.tools().versions()}, "
        f"Kapitan {kapitan.VERSION}, {_crds(options.crds)}"
    )
    print(f"{machine}\n", flush=True)
    tables = []
    with tempfile.TemporaryDirectory() as here:
        for made in _tables(options, Path(here)):
            tables.append(made)
            print(table.text([made]), flush=True)
    if options.markdown:
        options.markdown.write_text(_page(machine, tables))


def _tables(options: argparse.Namespace, here: Path) -> Iterator[table.Table]:
    """Tables made below `here`, where nothing is removed before the end, see `modelwright.cold`."""
    yield compile.table(
        compile.Plan(options.models, options.repeat, options.serial, options.kapitan, options.crds), here / "peers"
    )
    yield scale.table(options.models, options.scale, options.repeat, here / "scale")
    yield cold.table(max(COLD, options.repeat))
    yield from validate.tables(10 * options.models, options.repeat, options.crds)
    yield kinds.table([])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a tenth of the models, a few overlays")
    parser.add_argument("--models", type=int, help="how many models (default: 1000)")
    parser.add_argument(
        "--scale", type=int, help="how many models in the large run (default: ten times --models)"
    )
    parser.add_argument(
        "--serial", type=int, help="overlays built by a process each, then scaled (default: 60; 0: all)"
    )
    parser.add_argument(
        "--kapitan", type=int, default=1000, help="at most so many models for Kapitan, then scaled"
    )
    parser.add_argument(
        "--repeat", type=int, default=3, help="runs of modelwright, of which the median is taken"
    )
    parser.add_argument(
        "--crds", type=Path, metavar="FOLDER", help="KServe's released CRDs, for kubeconform's usual schemas"
    )
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the page of all tables to FILE")
    options = parser.parse_args()
    options.models = options.models or (100 if options.quick else 1000)
    options.scale = options.scale or 10 * options.models
    if options.serial is None:
        options.serial = 6 if options.quick else 60
    if options.crds is None and kubeconform.CRDS.is_dir():
        options.crds = kubeconform.CRDS
    return options


def _crds(folder: Path | None) -> str:
    return f"usual schemas from KServe {folder.name}" if folder else "no CRDs for the usual schemas"


def _page(machine: str, tables: list[table.Table]) -> str:
    command = " ".join(["python benchmarks", *sys.argv[1:]])
    today = datetime.date.today().isoformat()
    head = f"# Benchmarks\n\n`{command}`, {today}: {machine}.\nOne run on one machine: read ratios, not seconds.\n"
    return f"{head}\n{table.markdown(tables)}"


if __name__ == "__main__":
    main()
