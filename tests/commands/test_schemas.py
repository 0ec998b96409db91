"""`schemas list`, `schemas import` and `schemas diff`, as a platform engineer uses them."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests import scaffold
from tests.judge.bad_crds import sound

from modelwright.cli import cli
from modelwright.yamlio import emit

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared material is not here")


def run(*arguments: str, data: str | bytes | None = None) -> tuple[int, str, str]:
    result = CliRunner().invoke(cli, ["schemas", *arguments], input=data)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def other(kind: str = "Job", **names: str) -> dict[str, Any]:
    crd = copy.deepcopy(sound())
    crd["spec"]["names"] = {"kind": kind, "plural": f"{kind.lower()}s"}
    crd["metadata"]["name"] = f"{kind.lower()}s.example.com"
    return crd


# --- list ---------------------------------------------------------------------------------------------------------


def test_words_narrow_the_list() -> None:
    code, output, _ = run("list", "istio", "virtualservice")
    assert code == 0 and [line.split()[0] for line in output.splitlines()] == [
        "networking.istio.io/v1",
        "networking.istio.io/v1alpha3",
        "networking.istio.io/v1beta1",
    ]
    assert run("list", "no-such-thing") == (1, "", "no such kind\n")


def test_a_release_has_its_own_list() -> None:
    rows = json.loads(run("list", "--kserve", "0.15", "serving.kserve.io", "--format", "json")[1])["kinds"]
    kinds = {row["kind"] for row in rows}
    assert "InferenceService" in kinds and "LLMInferenceService" not in kinds
    assert all(row["releases"][0]["project"] in ("KServe", "ModelMesh") for row in rows)
    rows = json.loads(run("list", "deployment", "--format", "json")[1])["kinds"]
    (row,) = [row for row in rows if row["kind"] == "Deployment"]
    assert row == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "scope": "Namespaced",
        "deprecated": False,
        "releases": [{"project": "Kubernetes", "from": "1.25", "to": row["releases"][0]["to"]}],
    }


def test_deprecated_versions_are_marked() -> None:
    _, output, _ = run("list", "localqueue", "v1beta1")
    assert output.rstrip().endswith("Kueue 0.19, deprecated")


def test_a_cluster_of_the_workspace_has_its_list(tmp_path: Path) -> None:
    scaffold.write(tmp_path)
    result = CliRunner().invoke(cli, ["-C", str(tmp_path), "schemas", "list", "--cluster", "main", "localmodelcache"])
    assert result.exit_code == 0 and "KServe 0.19 to 0.20" in result.output
    result = CliRunner().invoke(cli, ["-C", str(tmp_path), "schemas", "list", "--cluster", "mian"])
    assert result.exit_code == 2 and "did you mean `main`?" in result.output
    assert run("list", "--kserve", "new")[0] == 2


# --- import -------------------------------------------------------------------------------------------------------


def test_what_kubectl_prints_becomes_a_file_for_each_kind(tmp_path: Path) -> None:
    listed = {"apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": ""}, "items": [sound(), other()]}
    folder = tmp_path / "crds"
    code, output, told = run("import", "-o", str(folder), "-", data=emit(listed))
    assert (code, output, told) == (0, "", f"2 kinds in {folder}\n")
    assert sorted(path.name for path in folder.iterdir()) == ["job.example.com.yaml", "queue.example.com.yaml"]
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert run("import", "-o", str(folder), "-", data=emit(listed))[0] == 0
    assert before == {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_cluster_takes_compact_files_beside_definitions(tmp_path: Path) -> None:
    scaffold.write(tmp_path)
    blueprints = tmp_path / "blueprints"
    (blueprints / "platform.yaml").write_text(
        scaffold.PLATFORM.replace("mode: standard,", "mode: standard, crds: [crds/*.yaml],")
    )
    run("import", "-o", str(blueprints / "crds"), "-", data=emit(sound()))
    (blueprints / "crds" / "raw.yaml").write_text(emit(other()))
    manifests = "".join(
        f"---\napiVersion: example.com/v1\nkind: {kind}\nmetadata: {{name: a}}\nspec: {{size: 9}}\n" for kind in ("Queue", "Job")
    )
    result = CliRunner().invoke(cli, ["-C", str(tmp_path), "validate", "--cluster", "main", "-"], input=manifests)
    assert result.exit_code == 1 and result.output.count("MW504") == 2, result.output
    assert CliRunner().invoke(cli, ["-C", str(tmp_path), "compile"]).exit_code == 0


def test_without_a_folder_they_are_printed() -> None:
    code, output, _ = run("import", "-", data=emit(sound()) + "---\n" + emit(other()))
    first, second = output.split("---\n")
    assert code == 0 and [json.loads(text)["spec"]["kind"] for text in (first, second)] == ["Job", "Queue"]


def test_folders_may_hold_other_things(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "crd.yml").write_text(emit(sound()))
    (tmp_path / "template.yaml").write_text("a: {{ .Values.b }}\n")
    (tmp_path / "install.json").write_text(json.dumps(other()))
    (tmp_path / "mixed.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\n" + emit(other("Cron")))
    (tmp_path / "list.yaml").write_text("apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: Secret}]\n")
    code, output, told = run("import", str(tmp_path))
    assert code == 0 and output.count('"KindSchemas"') == 3 and told == ""


BAD_INPUT = {
    "not YAML": (b"a: b: c\n", "MW102"),
    "binary": (b"\x00\x01\xff", "MW101"),
    "not UTF-8": (b"kind: \xff\n", "MW101"),
    "other objects": (b"apiVersion: v1\nkind: Secret\n", "MW230"),
    "nothing": (b"", "MW230"),
    "a map without end": (b"[" * 5000, "MW104"),
    "an alias bomb": (
        b"kind: CustomResourceDefinition\na: &a [1,1,1,1,1,1,1,1,1,1]\n"
        + b"".join(b"%c: &%c [%s]\n" % (98 + i, 98 + i, b",".join([b"*%c" % (97 + i)] * 10)) for i in range(8)),
        "MW104",
    ),
    "twice": ((emit(sound()) + "---\n" + emit(sound())).encode(), "MW231"),
    "no spec": (b"apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: a}\n", "MW503"),
    "an old one": (emit(sound()).replace("apiextensions.k8s.io/v1", "apiextensions.k8s.io/v1beta1").encode(), "MW506"),
}


@pytest.mark.parametrize("name", BAD_INPUT)
def test_bad_input_is_one_problem_and_nothing_is_written(name: str, tmp_path: Path) -> None:
    data, code = BAD_INPUT[name]
    status, output, told = run("import", "-o", str(tmp_path / "out"), "-", data=data)
    assert status == 1 and output == "" and re.findall(r"\b(MW\d{3})\b", told) == [code], told
    assert told.startswith("<stdin>:") and not (tmp_path / "out").exists()


def test_a_file_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    mine = tmp_path / "queue.example.com.yaml"
    mine.write_text("a: 1\n")
    code, _, told = run("import", "-o", str(tmp_path), "-", data=emit(sound()) + "---\n" + emit(other()))
    assert code == 2 and "is not a file that this command made" in told
    assert mine.read_text() == "a: 1\n" and len(list(tmp_path.iterdir())) == 1
    mine.unlink()
    mine.symlink_to(tmp_path / "elsewhere")
    assert run("import", "-o", str(tmp_path), "-", data=emit(sound()))[0] == 2
    assert not (tmp_path / "elsewhere").exists()


def test_misuse() -> None:
    assert run("import", "no-such-file")[0] == 2
    assert run("import", "-o", "/proc/none", "-", data=emit(sound()))[0] == 2
    text = run("import", "-", data=emit(sound()))[1]
    code, _, told = run("import", "-", data=text)
    assert code == 2 and "compact file already" in told


def test_a_definition_larger_than_a_blueprint_may_be_is_taken() -> None:
    big = sound()
    schema = big["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    schema["properties"]["more"] = {"type": "object", "properties": {f"f{i}": {"type": "string", "description": "x" * 900} for i in range(5000)}}
    text = json.dumps(big)
    assert len(text) > 4 * 2**20
    code, output, _ = run("import", "-", data=text)
    assert code == 0 and len(output) < len(text) / 10


# --- diff ---------------------------------------------------------------------------------------------------------


def graph(**change: Any) -> dict[str, Any]:
    """A fork of InferenceGraph."""
    crd = copy.deepcopy(sound())
    crd["metadata"]["name"] = "inferencegraphs.serving.kserve.io"
    crd["spec"].update(group="serving.kserve.io", names={"kind": "InferenceGraph", "plural": "inferencegraphs"})
    version = crd["spec"]["versions"][0]
    version["name"] = "v1alpha1"
    version["schema"]["openAPIV3Schema"] = {
        "type": "object",
        "required": ["spec"],
        "properties": {
            "spec": {"type": "object", "required": ["nodes", "own"], "properties": {"own": {"type": "string"}, "timeout": {"type": "string"}}},
            "metadata": {"type": "object"},
            **change,
        },
    }
    return crd


def test_a_fork_is_compared_with_a_release() -> None:
    code, output, _ = run("diff", "--kserve", "0.20", "-", data=emit(graph()))
    lines = output.splitlines()
    assert code == 0 and lines[0].startswith("serving.kserve.io/v1alpha1 InferenceGraph: ") and lines[0].endswith("from KServe 0.20")
    assert "  + spec.own: field: yours string" in lines
    assert '  ~ spec.timeout: type: yours string, packaged integer' in lines
    assert "  - spec.nodes: field: packaged object" in lines
    assert '  + spec: required: yours ["own"]' in lines
    assert "  - status: field: packaged object" in lines


def test_a_kind_that_nobody_knows_and_versions_that_one_side_lacks() -> None:
    assert run("diff", "-", data=emit(sound()))[1] == "example.com/v1 Queue: it is not packaged\n"
    llm = graph()
    llm["metadata"]["name"] = "llminferenceservices.serving.kserve.io"
    llm["spec"]["names"] = {"kind": "LLMInferenceService", "plural": "llminferenceservices"}
    output = run("diff", "--kserve", "0.20", "-", data=emit(llm))[1]
    assert "serving.kserve.io/v1alpha2 LLMInferenceService: yours do not serve it" in output
    assert run("diff", "--kserve", "0.15", "-", data=emit(llm))[1].endswith("it is not packaged for this release\n")


def test_scope_choices_and_rules_differ() -> None:
    from modelwright.importing.compare import Difference, differences
    from modelwright.judge.kinds import packaged

    base = {"type": "object", "properties": {"mode": {"type": "string", "enum": ["a", "b"]}, "size": {"type": "integer"}}}
    mine = copy.deepcopy(base)
    mine["properties"]["mode"]["enum"] = ["b", "c"]  # type: ignore[index]
    mine["x-kubernetes-validations"] = [{"rule": "self.size > 0"}]
    assert differences(packaged(mine, True), packaged(base, False)) == (
        Difference((), "scope", "Namespaced", "Cluster"),
        Difference((), "x-kubernetes-validations", ["self.size > 0"], None),
        Difference(("mode",), "enum", ["c"], ["a"]),
    )
    assert differences(packaged(base, True), packaged(copy.deepcopy(base), True)) == ()


@needs_shared
def test_a_release_does_not_differ_from_itself() -> None:
    files = [str(SHARED / "crds" / "kserve" / f"v0.{n}" / "inferencegraphs.serving.kserve.io.yaml") for n in ("16.0", "20.0")]
    for file, release in zip(files, ("0.16", "0.20"), strict=True):
        rows = json.loads(run("diff", file, "--kserve", release, "--format", "json")[1])["kinds"]
        assert [(row["packaged"], row["differences"]) for row in rows] == [(f"KServe {rows[0]['packaged'][7:]}", [])]
        assert "0 differences" in run("diff", file)[1]


# --- the page about it --------------------------------------------------------------------------------------------

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "schemas.md").read_text(encoding="utf-8")


def shown(command: str) -> str:
    """What the page shows of a command."""
    found = re.search(rf"```console\n\$ modelwright schemas {re.escape(command)}\n(.*?)```", PAGE, re.DOTALL)
    assert found, command
    return found[1]


def test_the_list_is_as_the_page_shows_it() -> None:
    assert run("list", "inferenceservice", "v1beta1")[1] == shown("list inferenceservice v1beta1")


@needs_shared
def test_a_difference_is_as_the_page_shows_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from modelwright.yamlio import read

    file = SHARED / "crds" / "kserve" / "v0.15.2" / "inferencegraphs.serving.kserve.io.yaml"
    (crd,) = read(file.read_text(encoding="utf-8"), file.name)[0]
    fields = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]
    fields["timeout"]["type"] = "string"
    fields["timeout"].pop("format", None)
    fields["nodes"]["additionalProperties"]["properties"]["steps"]["items"]["properties"]["weight"]["maximum"] = 100
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my-fork").mkdir()
    (tmp_path / "my-fork" / "inferencegraphs.yaml").write_text(emit(crd))
    command = "diff --kserve 0.15 my-fork/inferencegraphs.yaml"
    assert run(*command.split())[1] == shown(command)
