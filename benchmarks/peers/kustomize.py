"""kustomize and kubeconform: `kustomize build` of overlays that modelwright wrote, each piped to kubeconform.

kubeconform's schemas come in two forms: `usual`, converted from the released CRD with all its
descriptions, as its users do; and `compact`, from this project's own catalog.
"""

from __future__ import annotations

import json
import os
import re
import shutil
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

ROOT = Path(__file__).parent.parent.parent
CRD = ROOT.parent / "shared/crds/kserve/v0.20.0/inferenceservices.serving.kserve.io.yaml"
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
        _tool("kustomize", "KUSTOMIZE_5_8", ".tools/kustomize-5.8.1/kustomize"),
        _tool("kubeconform", "KUBECONFORM", ".tools/kubeconform/kubeconform"),
    )


def ways(tools: Tools, workspace: Path, schemas: Path, serial: int) -> Iterator[tuple[str, Usage]]:
    """A process per overlay, one after the other and two at a time; and one build per environment.

    The first two build `serial` overlays (0: all of them) and are scaled to all.
    """
    judge = [tools.kubeconform, "-strict", "-n", "2", "-ignore-missing-schemas"]
    one = partial(
        _built, tools.kustomize, [*judge, "-schema-location", f"{schemas}/{{{{.ResourceKind}}}}.json"]
    )
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


def columns(here: Path, crd: Path | None) -> list[tuple[str, Path]]:
    """Schema folders for kubeconform: `usual` where a CRD is given, and `compact`."""
    sys.path.insert(0, str(ROOT / "generator"))
    from modelwright.judge.catalog import catalog
    from modelwright.judge.fast import json_schema
    from modelwright.model import Release

    compact = here / "compact"
    compact.mkdir()
    for version, kind in KINDS:
        schema = catalog(Release("1.33", "0.20")).schema(version, kind)
        if schema is None:
            sys.exit(f"the catalog has no schema for {kind}")
        (compact / f"{kind.lower()}.json").write_text(json.dumps(json_schema(schema)))
    if crd is None:
        return [("compact", compact)]
    usual = here / "usual"
    shutil.copytree(compact, usual)
    (usual / "inferenceservice.json").write_text(json.dumps(_usual(crd)))
    return [("usual", usual), ("compact", compact)]


def _tool(name: str, variable: str, local: str) -> str:
    found = os.environ.get(variable) or shutil.which(str(ROOT / local)) or shutil.which(name)
    if not found:
        sys.exit(f"{name} is not installed: run `make tools`")
    return found


def _said(command: list[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def _built(kustomize: str, kubeconform: list[str], folder: Path) -> None:
    build = subprocess.Popen([kustomize, "build", str(folder)], stdout=subprocess.PIPE)
    subprocess.run(kubeconform, stdin=build.stdout, check=True, stdout=subprocess.DEVNULL)
    if build.wait():
        sys.exit(f"kustomize failed on {folder}")


def _usual(crd: Path) -> object:
    """A CRD's schema as kubeconform's users convert it: descriptions kept, unknown fields denied."""
    import yaml

    loaded = yaml.load(crd.read_text(), Loader=yaml.CSafeLoader)
    schema = next(
        v["schema"]["openAPIV3Schema"] for v in loaded["spec"]["versions"] if v["name"] == "v1beta1"
    )
    return _denied(schema)


def _denied(node: object) -> object:
    if isinstance(node, list):
        return [_denied(item) for item in node]
    if not isinstance(node, dict):
        return node
    made = {key: _denied(value) for key, value in node.items()}
    if made.pop("x-kubernetes-int-or-string", None):
        made.pop("type", None)
        made["oneOf"] = [{"type": "string"}, {"type": "integer"}]
        made.pop("anyOf", None)
    if isinstance(made.get("properties"), dict) and "type" in made:
        made.setdefault("additionalProperties", False)
    return made
