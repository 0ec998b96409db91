"""kubeconform, and its schemas in two forms: as its users convert them, with all descriptions and every definition
written out where it is used (`usual`); and from this project's own catalog, with equal parts shared (`compact`)."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
MINOR = "1.33"
KSERVE = "0.20"
CRDS = ROOT.parent / "shared/crds/kserve/v0.20.0"


def tool(name: str, variable: str, local: str) -> str:
    """A program of `make tools`, or one that the environment or PATH names."""
    found = os.environ.get(variable) or shutil.which(str(ROOT / local)) or shutil.which(name)
    if not found:
        sys.exit(f"{name} is not installed: run `make tools`")
    return found


def command(schemas: Path) -> list[str]:
    """kubeconform with the schemas of a folder, as strict as it can be, on two processes."""
    program = tool("kubeconform", "KUBECONFORM", ".tools/kubeconform/kubeconform")
    return [program, "-strict", "-n", "2", "-schema-location", f"{schemas}/{{{{.ResourceKind}}}}.json"]


def columns(here: Path, kinds: Sequence[tuple[str, str]], crds: Path | None) -> Iterator[tuple[str, Path]]:
    """Schema folders for `(apiVersion, kind)`: `usual` where the folder of released CRDs is there, and `compact`."""
    sys.path.insert(0, str(ROOT / "generator"))
    from modelwright.judge.catalog import catalog
    from modelwright.judge.fast import json_schema
    from modelwright.model import Release

    compact = here / "compact"
    compact.mkdir()
    for version, kind in kinds:
        schema = catalog(Release(MINOR, KSERVE)).schema(version, kind)
        if schema is None:
            sys.exit(f"the catalog has no schema for {kind}")
        (compact / f"{kind.lower()}.json").write_text(json.dumps(json_schema(schema)))
    if crds is not None:
        usual = here / "usual"
        usual.mkdir()
        for version, kind in kinds:
            made = _released(crds, version, kind) if "." in version else _core(version, kind)
            (usual / f"{kind.lower()}.json").write_text(json.dumps(made))
        yield "usual", usual
    yield "compact", compact


def _released(crds: Path, version: str, kind: str) -> Any:
    """A released CRD's schema as kubeconform's own script converts it: descriptions kept, unknown fields denied."""
    import yaml

    group, _, name = version.partition("/")
    text = (crds / f"{kind.lower()}s.{group}.yaml").read_text()
    versions = yaml.load(text, Loader=yaml.CSafeLoader)["spec"]["versions"]
    return _denied(next(v["schema"]["openAPIV3Schema"] for v in versions if v["name"] == name))


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


def _core(version: str, kind: str) -> Any:
    """A core kind from kubernetes-validate's files, with every definition written out where it is used."""
    spec = find_spec("kubernetes_validate")
    folder = Path((spec.submodule_search_locations or [""])[0] if spec else "")
    folder /= f"kubernetes-json-schema/v{MINOR}.0-local-strict"
    definitions = json.loads((folder / "_definitions.json").read_text())["$defs"]
    name = "-".join([kind.lower(), *version.replace(".", "-").split("/")])

    def inlined(node: object) -> object:
        if isinstance(node, list):
            return [inlined(item) for item in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            return inlined(definitions[node["$ref"].rpartition("/")[2]])
        return {key: inlined(value) for key, value in node.items()}

    return inlined(json.loads((folder / f"{name}.json").read_text()))
