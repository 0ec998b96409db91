"""Real InferenceServices and ServingRuntimes, rewritten by hand as blueprints, come out as the same objects.

Each blueprint in `workspace/blueprints/` names the document it stands for in its first line.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from modelwright.load.files import gather
from modelwright.pipeline import Build, build
from modelwright.quantities import canonical
from modelwright.yamlio import read

HERE = Path(__file__).parent
CORPUS = HERE.parents[2] / "shared" / "corpus"
BLUEPRINTS = sorted(p for p in (HERE / "workspace" / "blueprints").glob("*.yaml") if p.stem != "platform")

NEEDS_MANIFESTS = {
    "183": "storage.schemaPath: only ModelMesh reads it",
    "301": "automountServiceAccountToken: of a model, ModelMesh ignores it",
    "runtime-002": "builtInAdapter: of a runtime for one model, nothing reads it",
    "runtime-021": "storageHelper; imagePullPolicy, workingDir, a limit without request, a secret key without name",
    "runtime-100": "builtInAdapter: of a runtime for one model, nothing reads it",
    "367": "transformer: service account, pull secrets and pull policy have no word",
}
"""Documents for which the language has no word, and which field that is."""

FRAMEWORKS = ("sklearn", "xgboost", "tensorflow", "pytorch", "triton", "onnx", "huggingface", "pmml", "lightgbm", "paddle")


@pytest.fixture(scope="module")
def compiled() -> Build:
    sources, problems = gather(str(HERE / "workspace"))
    assert not problems
    result = build(sources)
    assert [p for p in result.problems if p.severity == "error"] == []
    return result


@pytest.mark.parametrize("blueprint", BLUEPRINTS, ids=lambda p: p.stem)
def test_the_blueprint_gives_the_document(blueprint: Path, compiled: Build) -> None:
    document = CORPUS / f"{blueprint.read_text().splitlines()[0].removeprefix('# ')}.yaml"
    if not document.exists():
        pytest.skip("the corpus of public manifests is not beside this checkout")
    wanted = read(document.read_text(), document.name)[0][0]
    made = [
        manifest
        for folder, manifests in compiled.tree.built.items()
        if not folder.endswith("/project") and not folder.startswith("base/")
        for manifest in manifests
        if manifest.variant is not None and manifest.variant.document.file == f"blueprints/{blueprint.name}"
    ]
    assert len(made) == 1
    assert normal(made[0].data) == normal(wanted)


def test_both_platforms_and_kinds_are_there() -> None:
    texts = [p.read_text() for p in BLUEPRINTS]
    assert sum("mode: modelmesh" in text for text in texts) >= 10
    assert sum(text.startswith("# ServingRuntime/") for text in texts) >= 10


def test_the_list_of_documents_that_need_manifests_is_true() -> None:
    using = {p.stem for p in BLUEPRINTS if "\n  manifests:" in p.read_text()}
    assert using == set(NEEDS_MANIFESTS)


def normal(document: dict[str, Any]) -> Any:
    """A document without what may differ: namespace (the environment's), `model.name: ''`, finalizers, status,
    empty maps, and framework blocks (they come back as `model`). Amounts in requests and limits are compared as the
    server would spell them, since a quantity has many spellings."""
    data = {k: v for k, v in document.items() if k != "status"}
    data["metadata"] = {k: v for k, v in data["metadata"].items() if k not in ("namespace", "finalizers")}
    if "predictor" not in data["spec"]:
        return _without_empty(data)
    predictor = dict(data["spec"]["predictor"])
    for framework in FRAMEWORKS:
        if framework in predictor:
            block = predictor.pop(framework)
            predictor["model"] = {"modelFormat": {"name": framework}, **block}
    if "model" in predictor and predictor["model"].get("name") == "":
        predictor["model"] = {k: v for k, v in predictor["model"].items() if k != "name"}
    data["spec"] = {**data["spec"], "predictor": predictor}
    return _without_empty(data)


def _without_empty(node: Any, key: str = "") -> Any:
    if isinstance(node, dict):
        return dict(_kept(node, key))
    if isinstance(node, list):
        return [_without_empty(item) for item in node]
    return node


def _kept(node: dict[str, Any], parent: str) -> Iterator[tuple[str, Any]]:
    for key, value in node.items():
        if parent in ("requests", "limits"):
            yield key, _amount(value)
        elif value not in ({}, None):
            yield key, _without_empty(value, key)


def _amount(value: Any) -> Any:
    return canonical(str(value))
