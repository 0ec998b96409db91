"""Which runtime serves a model, as the controllers find it: a table of cases, and the runtimes that releases bring."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from modelwright.importing.runtimes import facts, read_runtimes
from modelwright.model import Release
from modelwright.targets.kserve import builtin
from modelwright.targets.kserve.selection import Wanted, nearest, obstacles, runtime_of, select, wanted_of

SHARED = Path(__file__).parents[3] / "shared" / "data"
MODULES = Path.home() / "go" / "pkg" / "mod" / "github.com" / "kserve"
CASES = yaml.safe_load((Path(__file__).parent / "selection.yaml").read_text())


def runtimes(rows: Mapping[str, Any]) -> list[Any]:
    """Runtimes by name, from the fields of their spec; `cluster` makes a ClusterServingRuntime."""
    made = []
    for name, row in rows.items():
        fields = dict(row or {})
        kind = "ClusterServingRuntime" if fields.pop("cluster", False) else "ServingRuntime"
        formats = [dict(zip(("name", "version", "priority"), each.split(":"), strict=False)) for each in fields.pop("auto", [])]
        formats = [{**each, "autoSelect": True, **({"priority": int(each["priority"])} if "priority" in each else {})} for each in formats]
        listed = [dict(zip(("name", "version"), each.split(":"), strict=False)) for each in fields.pop("lists", [])]
        spec = {
            "supportedModelFormats": [{k: v for k, v in each.items() if v} for each in formats] + listed,
            "containers": [{"name": fields.pop("container", "kserve-container")}],
            **fields,
        }
        made.append(runtime_of({"kind": kind, "metadata": {"name": name}, "spec": spec}))
    return made


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["case"]))
def test_a_case(case: Mapping[str, Any]) -> None:
    release = Release("1.33", str(case.get("kserve", "0.20")))
    wish = Wanted(**case["wanted"])
    found = select(wish, runtimes(case["runtimes"]), release)
    said = {runtime.name: [reason.obstacle for reason in reasons] for runtime, reasons in found.others}
    fault = found.fault.obstacle if found.fault else None
    chosen = found.chosen.name if found.chosen else None
    assert (chosen, fault, list(found.tied), said) == (
        case.get("chosen"),
        case.get("fault"),
        case.get("tied", []),
        case.get("others", {}),
    )
    fix = nearest(wish, found)
    if "fix" in case:
        assert fix is not None and f"{fix.runtime} {fix.word}={fix.value}" == case["fix"]


def chosen(release: str, **wish: Any) -> str | None:
    cluster = Release("1.33", release)
    found = select(Wanted(**wish), builtin.built_in(cluster), cluster).chosen
    return found.name if found else None


@pytest.mark.parametrize(
    ("release", "wish", "name"),
    [
        ("0.20", {"format": "sklearn"}, "kserve-sklearnserver"),
        ("0.20", {"format": "sklearn", "protocol": "v2"}, "kserve-mlserver"),
        ("0.20", {"format": "onnx"}, None),
        ("0.20", {"format": "onnx", "protocol": "v2"}, "kserve-tritonserver"),
        ("0.20", {"format": "mlflow"}, None),
        ("0.20", {"format": "tensorflow"}, "kserve-tensorflow-serving"),
        ("0.20", {"format": "tensorflow", "version": "2"}, "kserve-tensorflow-serving"),
        ("0.20", {"format": "tensorflow", "version": "2.0"}, None),
        ("0.20", {"format": "huggingface"}, "kserve-huggingfaceserver"),
        ("0.20", {"format": "huggingface", "workers": True}, "kserve-huggingfaceserver-multinode"),
        ("0.14", {"format": "huggingface", "workers": True}, "kserve-huggingfaceserver"),
        ("0.20", {"format": "autogluon"}, "kserve-autogluonserver"),
        ("0.19", {"format": "autogluon"}, None),
        ("0.20", {"format": "vLLM"}, "kserve-vllmserver"),
        ("0.20", {"format": "vllm"}, None),
        ("0.15", {"format": "lightgbm", "version": "4"}, None),
        ("0.17", {"format": "lightgbm", "version": "4"}, "kserve-lgbserver"),
        # Nearest known releases: 0.17.1 as 0.17, what comes later as the newest.
        ("0.17.1", {"format": "xgboost", "version": "2"}, "kserve-xgbserver"),
        ("0.99", {"format": "sklearn"}, "kserve-sklearnserver"),
    ],
)
def test_what_comes_with_kserve_serves(release: str, wish: Mapping[str, Any], name: str | None) -> None:
    assert chosen(release, **wish) == name


def test_open_data_hub_brings_templates_and_no_runtimes() -> None:
    hub = Release("1.33", "0.20", "3.5")
    assert builtin.built_in(hub) == ()
    assert not builtin.named("mlserver-runtime", hub).cluster and builtin.named("mlserver-runtime", hub).protocols == ("v2",)
    assert not builtin.named("their-own", hub).known


def test_one_may_be_named_though_nobody_gets_it_unasked() -> None:
    hub = Release("1.33", "0.20", "3.5")
    one = builtin.named("mlserver-runtime", hub)
    assert obstacles(Wanted("onnx", "1", runtime=one.name), one, hub, named=True) == ()
    assert [each.obstacle for each in obstacles(Wanted("onnx", "1", "v2"), one, hub)] == ["auto"]


@pytest.mark.parametrize(
    ("predictor", "release", "wish"),
    [
        ({"model": {"modelFormat": {"name": "triton"}}}, "0.20", Wanted("triton", protocol="v2")),
        ({"model": {"modelFormat": {"name": "vLLM"}}}, "0.20", Wanted("vLLM", protocol="v2")),
        ({"model": {"modelFormat": {"name": "vLLM"}}}, "0.19", Wanted("vLLM")),
        ({"onnx": {"storageUri": "s3://m/m"}}, "0.20", Wanted("onnx", protocol="v2")),
        ({"sklearn": {"runtime": "mine"}, "workerSpec": {}}, "0.20", Wanted("sklearn", runtime="mine", workers=True)),
        ({"model": {}}, "0.20", Wanted("")),
        ({"containers": [{"name": "kserve-container"}]}, "0.20", None),
        ("what", "0.20", None),
        ({"model": {"modelFormat": {"name": 1, "version": []}, "protocolVersion": {}, "runtime": False}}, "0.20", Wanted("")),
    ],
)
def test_what_an_object_asks_for(predictor: Any, release: str, wish: Wanted | None) -> None:
    assert wanted_of({"spec": {"predictor": predictor}}, Release("1.33", release)) == wish


@pytest.mark.parametrize("spec", [None, [], {}, {"supportedModelFormats": 1, "containers": {}}, {"supportedModelFormats": [1, {"name": []}, None], "protocolVersions": [1, {}], "containers": [1]}])
def test_an_unsound_runtime_offers_nothing(spec: Any) -> None:
    made = runtime_of({"kind": "ServingRuntime", "metadata": {"name": "r"}, "spec": spec})
    assert made is None or (made.formats, made.protocols) == ((), ())


def _released() -> list[tuple[str, str, Path]]:
    folders = [
        *(("kserve", tag.rpartition("@v")[2], MODULES / tag / "config" / "runtimes") for tag in sorted(p.name for p in MODULES.glob("kserve@v*"))),
        ("kserve", "0.20.0", SHARED / "kserve" / "v0.20.0" / "runtimes.yaml"),
        ("modelmesh", "0.12.0", SHARED / "modelmesh" / "v0.12.0" / "runtimes"),
        ("opendatahub", "2.35", SHARED / "opendatahub" / "odh-model-controller-odh-v2.35" / "runtimes"),
        ("opendatahub", "3.5", SHARED / "opendatahub" / "odh-model-controller-odh-v3.5-EA2" / "runtimes"),
    ]
    return [each for each in folders if each[2].exists()]


@pytest.mark.skipif(not _released(), reason="neither the shared material nor the sources of KServe are here")
@pytest.mark.parametrize(("family", "release", "path"), _released(), ids=lambda each: str(each)[-40:])
def test_packaged_runtimes_are_what_was_released(family: str, release: str, path: Path) -> None:
    told = {data["metadata"]["name"]: facts(data, release) for data in read_runtimes(path)}
    told.pop("kserve-openvino", None)  # lies in the folder, and is not installed
    assert {name: _bare(each) for name, each in told.items()} == {
        name: _bare(each) for name, each in builtin.brought(family, release).items()
    }


def _bare(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """Without images, which sources name by other words than releases."""
    workers = {"workers": {**facts["workers"], "containers": _imageless(facts["workers"]["containers"])}} if "workers" in facts else {}
    return {**facts, "containers": _imageless(facts["containers"]), **workers}


def _imageless(containers: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [{k: v for k, v in each.items() if k != "image"} for each in containers]
