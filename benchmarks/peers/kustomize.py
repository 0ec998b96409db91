"""kustomize and kubeconform: `kustomize build` of overlays that modelwright wrote, each piped to kubeconform."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from measure import Usage, timed
from workspace import ENVIRONMENTS, PROJECT

from peers.kubeconform import ROOT, command, tool

KINDS = (("serving.kserve.io/v1beta1", "InferenceService"), ("v1", "Namespace"))


@dataclass(frozen=True, slots=True)
class Tools:
    kustomize: str
    kubeconform: str

    def versions(self) -> str:
        kustomize, kubeconform = _said([self.kustomize, "version"]), _said([self.kubeconform, "-v"])
        pinned = re.search(r"kubeconform@(\S+)", (ROOT / ".ci" / "tools").read_text())
        if kubeconform == "development" and pinned:
            kubeconform = pinned[1]  # a kubeconform built by `go install` does not know its version
        return f"kustomize {kustomize.lstrip('v')}, kubeconform {kubeconform.lstrip('v')}"


def tools() -> Tools:
    """The tools of `make tools`, or those that the environment or PATH names."""
    return Tools(
        tool("kustomize", "KUSTOMIZE_5_8", ".tools/kustomize-5.8.1/kustomize"),
        tool("kubeconform", "KUBECONFORM", ".tools/kubeconform/kubeconform"),
    )


def ways(tools: Tools, workspace: Path, schemas: Path, serial: int) -> Iterator[tuple[str, Usage]]:
    """A process per overlay, one after the other and two at a time; and one build per environment.

    The first two build `serial` overlays (0: all of them) and are scaled to all.
    """
    one = partial(_built, tools.kustomize, [*command(schemas), "-ignore-missing-schemas"])
    stages = [workspace / "overlays" / e / PROJECT for e in ENVIRONMENTS]
    leaves = sorted(p for stage in stages for p in stage.iterdir() if p.is_dir())
    sample = leaves[:: max(1, len(leaves) // serial)][:serial] if serial else leaves
    scale = len(leaves) / len(sample)
    scaled = f", scaled from {len(sample):,} of {len(leaves):,}" if scale != 1 else ""
    yield f"a process per overlay{scaled}", timed(lambda: [one(leaf) for leaf in sample]).times(scale)
    with ThreadPoolExecutor(2) as pool:
        yield (
            f"a process per overlay, 2 at a time{scaled}",
            timed(lambda: list(pool.map(one, sample))).times(scale),
        )
    yield "one build per environment", timed(lambda: [one(stage) for stage in stages])


def built(tools: Tools, workspace: Path, environment: str, component: str) -> list[Any]:
    """The objects of one component in one environment."""
    import yaml

    folder = workspace / "overlays" / environment / PROJECT / component
    text = subprocess.run([tools.kustomize, "build", str(folder)], check=True, stdout=subprocess.PIPE).stdout
    return list(yaml.load_all(text, Loader=yaml.CSafeLoader))


def _said(command: list[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def _built(kustomize: str, kubeconform: list[str], folder: Path) -> None:
    build = subprocess.Popen([kustomize, "build", str(folder)], stdout=subprocess.PIPE)
    subprocess.run(kubeconform, stdin=build.stdout, check=True, stdout=subprocess.DEVNULL)
    if build.wait():
        sys.exit(f"kustomize failed on {folder}")
