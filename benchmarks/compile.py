"""Compile, build and judge a workspace, against kustomize and kubeconform doing the same work.

    python benchmarks/compile.py --models 1000

prints a line per way and its ratio to modelwright's, measured in one run on one machine. Peers run
on the overlays that modelwright wrote. `serial` builds every component's overlay with a kustomize process of
its own; `2 at a time` runs two of them; `aggregate` builds one kustomization per environment. Each pipes
what it built to kubeconform. kubeconform's schemas come in two forms: `usual`, converted from the
released CRD with all its descriptions, and `compact`, from this project's own catalog.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from workspace import write

ROOT = Path(__file__).parent.parent


def tool(name: str, variable: str, local: str) -> str:
    found = os.environ.get(variable) or shutil.which(str(ROOT / local)) or shutil.which(name)
    if not found:
        sys.exit(f"{name} is not installed: run `make tools`")
    return found


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Wall and CPU seconds (user and system, children included) of `work`."""
    before = _cpu()
    start = time.perf_counter()
    work()
    return time.perf_counter() - start, _cpu() - before


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def modelwright(workspace: Path) -> None:
    command = [sys.executable, "-m", "modelwright", "-C", str(workspace), "compile"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "generator")}
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def built(kustomize: str, kubeconform: list[str], folder: Path) -> None:
    build = subprocess.Popen([kustomize, "build", str(folder)], stdout=subprocess.PIPE)
    subprocess.run(kubeconform, stdin=build.stdout, check=True, stdout=subprocess.DEVNULL)
    if build.wait():
        sys.exit(f"kustomize failed on {folder}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=int, default=1000)
    parser.add_argument("--serial", type=int, default=60, help="how many overlays the serial rows build, then scaled (0: all)")
    parser.add_argument("--crd", type=Path, help="the released InferenceService CRD, for kubeconform's usual schemas")
    options = parser.parse_args()
    kustomize = tool("kustomize", "KUSTOMIZE_5_8", ".tools/kustomize-5.8.1/kustomize")
    kubeconform = tool("kubeconform", "KUBECONFORM", ".tools/kubeconform/kubeconform")
    with tempfile.TemporaryDirectory() as temporary:
        here = Path(temporary)
        workspace = here / "workspace"
        write(workspace, options.models)
        rows: list[tuple[str, float, float]] = []
        rows.append(("modelwright compile", *timed(lambda: modelwright(workspace))))
        rows.append(("modelwright compile, again (nothing changed)", *timed(lambda: modelwright(workspace))))
        overlays = workspace / "overlays"
        leaves = sorted(p for e in ("dev", "staging", "prod") for p in (overlays / e / "risk").iterdir() if p.is_dir())
        sample = leaves[: options.serial] if options.serial else leaves
        scale = len(leaves) / len(sample)
        for label, schemas in columns(here, options.crd):
            judge = [kubeconform, "-strict", "-n", "2", "-schema-location", schemas, "-ignore-missing-schemas"]

            def one(folder: Path, judge: list[str] = judge) -> None:
                built(kustomize, judge, folder)

            wall, cpu = timed(lambda one=one: [one(folder) for folder in sample])  # type: ignore[misc]
            rows.append((f"kustomize + kubeconform ({label}), serial", wall * scale, cpu * scale))
            with ThreadPoolExecutor(2) as pool:
                wall, cpu = timed(lambda one=one: list(pool.map(one, sample)))  # type: ignore[misc]
            rows.append((f"kustomize + kubeconform ({label}), 2 at a time", wall * scale, cpu * scale))
            stages = [overlays / e / "risk" for e in ("dev", "staging", "prod")]
            wall, cpu = timed(lambda one=one, stages=stages: [one(stage) for stage in stages])  # type: ignore[misc]
            rows.append((f"kustomize + kubeconform ({label}), aggregate", wall, cpu))
        base = rows[0][1]
        print(f"{options.models} models in 3 environments; kustomize and kubeconform on the overlays written")
        if scale != 1:
            print(f"serial rows: {len(sample)} of {len(leaves)} overlays, scaled")
        for label, wall, cpu in rows:
            print(f"{label:58} {wall:8.2f} s wall {cpu:8.2f} s CPU {wall / base:8.1f} x")


def columns(here: Path, crd: Path | None) -> list[tuple[str, str]]:
    """Schema folders for kubeconform: `usual` where a CRD is given, and `compact`."""
    sys.path.insert(0, str(ROOT / "generator"))
    from modelwright.judge.catalog import catalog
    from modelwright.judge.fast import json_schema
    from modelwright.model import Release

    kinds = [("serving.kserve.io/v1beta1", "InferenceService"), ("v1", "Namespace")]
    compact = here / "compact"
    compact.mkdir()
    for version, kind in kinds:
        schema = catalog(Release("1.33", "0.20")).schema(version, kind)
        if schema is not None:
            (compact / f"{kind.lower()}.json").write_text(json.dumps(json_schema(schema)))
    found = []
    if crd is not None:
        usual = here / "usual"
        shutil.copytree(compact, usual)
        (usual / "inferenceservice.json").write_text(json.dumps(_usual(crd)))
        found.append(("usual schemas", f"{usual}/{{{{.ResourceKind}}}}.json"))
    return [*found, ("compact schemas", f"{compact}/{{{{.ResourceKind}}}}.json")]


def _usual(crd: Path) -> object:
    """A CRD's schema as kubeconform's users convert it: descriptions kept, unknown fields denied."""
    import yaml

    loaded = yaml.load(crd.read_text(), Loader=yaml.CSafeLoader)
    schema = next(v["schema"]["openAPIV3Schema"] for v in loaded["spec"]["versions"] if v["name"] == "v1beta1")
    return _denied(schema)


def _denied(node: object, root: bool = True) -> object:
    if isinstance(node, list):
        return [_denied(item, False) for item in node]
    if not isinstance(node, dict):
        return node
    made = {key: _denied(value, False) for key, value in node.items()}
    if made.pop("x-kubernetes-int-or-string", None):
        made.pop("type", None)
        made["oneOf"] = [{"type": "string"}, {"type": "integer"}]
        made.pop("anyOf", None)
    if isinstance(made.get("properties"), dict) and "type" in made:
        made.setdefault("additionalProperties", False)
    return made


if __name__ == "__main__":
    main()
