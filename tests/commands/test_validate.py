"""`validate` as people call it: files, folders, lists, standard input; versions; formats; folders with kustomizations."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner
from tests import scaffold, tools

from modelwright.cli import cli
from modelwright.commands.common import FORMATS
from modelwright.inputs.kustomizations import Kustomization, kustomization, plan

GOOD = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: good}\n"
WRONG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: wrong}\ndta: {}\n"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(files: dict[str, str]) -> None:
    for name, text in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text)


def run(*words: str, given: str = "") -> tuple[int, str, str]:
    """Exit code, stdout and stderr."""
    done = CliRunner().invoke(cli, words, input=given)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout, done.stderr


def validate(*words: str, given: str = "") -> tuple[int, list[str], str]:
    """Exit code, `place code` of each problem, and stderr."""
    code, out, err = run("validate", *words, given=given)
    return code, [f"{place} {mw}" for place, mw in re.findall(r"^(\S+:\d+:\d+): (MW\d+) ", out, re.MULTILINE)], err


def test_folders_files_and_standard_input_together() -> None:
    write({"b/x.yaml": WRONG, "b/a/y.yml": GOOD, "b/z.JSON": '{"apiVersion": "v1",\n  "kind": "ConfigMap"}', "a.yaml": WRONG, "b/no.txt": WRONG, "b/.git/x.yaml": WRONG})
    wanted = ["<stdin>:4:1 MW501", "a.yaml:4:1 MW501", "b/x.yaml:4:1 MW501", "b/z.JSON:1:2 MW508"]
    assert validate("b", "a.yaml", "-", given=WRONG) == (1, wanted, "")
    assert validate("b/a") == (0, [], "1 manifest judged\n")


def test_what_is_named_twice_is_judged_once() -> None:
    write({"b/x.yaml": GOOD})
    assert validate("b/x.yaml", "./b", "b/../b/x.yaml") == (0, [], "1 manifest judged\n")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        # A list's items are judged by themselves, at their own lines.
        ("apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: a}\n  dta: {}\n", ["7:3 MW501"]),
        # Items of a typed list need not repeat what its name says.
        ("apiVersion: v1\nkind: ConfigMapList\nitems:\n- metadata: {name: a}\n- metadata: {name: b}\n  dta: {}\n", ["6:3 MW501"]),
        ("apiVersion: apps/v1\nkind: DeploymentList\nmetadata: {}\nitems: []\n", []),
        ("kind: List\napiVersion: v1\nitems:\n- kind: List\n  apiVersion: v1\n  items:\n  - 3\n", ["7:5 MW508"]),
        ("apiVersion: v1\nkind: List\nitems:\n- metadata: {name: a}\n", ["4:3 MW508"]),
        # Empty documents are none.
        ("---\n# nothing\n---\n" + WRONG + "---\nnull\n", ["7:1 MW501"]),
        # What is broken leaves the rest as it is.
        ("a: [\n---\n" + WRONG + "---\n" + GOOD, ["2:1 MW102", "6:1 MW501"]),
        (WRONG + "---\nb: @x\n---\n" + WRONG, ["4:1 MW501", "6:4 MW102", "11:1 MW501"]),
        (GOOD + "--- {apiVersion: v1, kind: ConfigMap}\n--- # comment\n" + WRONG, ["4:5 MW102", "9:1 MW501"]),
        # A line of dashes inside a text is no new document.
        (GOOD + "data:\n  a: |\n    ---\n    b\ndta: 1\n", ["8:1 MW501"]),
        ("%YAML 1.1\n---\n" + WRONG, ["1:1 MW102", "6:1 MW501"]),
        (GOOD + "...\n---\n" + WRONG, ["9:1 MW501"]),
        ('{"apiVersion": "v1", "kind": "ConfigMap",\n\t"metadata": {"name": "a"},\n\t"dta": {}}', ["3:2 MW501"]),
        ('{"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"name": "a", "imag": "x"}]}, "metadata": {"name": "a"}}', ["1:75 MW501"]),
        # JSON that is no YAML: objects in a row, characters as two escapes, keys that end in a line break.
        ('{"apiVersion": "v1", "kind": "Secret"} {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "dta": 1}\n{"a"\n: 1}', ["1:1 MW508", "1:109 MW501", "2:1 MW508"]),
        ('{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"},\n"data": {"a": "\\ud83d\\ude00"}, "dta": 1}', ["2:32 MW501"]),
        ('{"apiVersion": "v1", "kind": "ConfigMap", "kind"\n: "ConfigMap", "metadata": {"name": "a"}}', ["1:1 MW103"]),
        ('{"apiVersion": "v1"\n, "kind" : "Pod",}}', ["2:19 MW102"]),
    ],
)
def test_each_document_at_its_own_line(text: str, found: list[str]) -> None:
    assert validate("-", given=text)[1] == [f"<stdin>:{each}" for each in found]


def test_a_comment_suppresses_in_any_document() -> None:
    text = GOOD + "---\n" + WRONG.replace("dta: {}", "dta: {}  # modelwright: ignore MW501 a test") + "---\na: [\n"
    code, out, _ = run("validate", "-", given=text)
    assert code == 1 and "MW102" in out and out.endswith("1 error (1 suppressed)\n")


def test_files_without_an_object_are_left_out_of_folders_and_told_by_name() -> None:
    write({"values.yaml": "replicas: 3\n", "blueprints/a.yaml": "apiVersion: modelwright/v1\nkind: Model\nmetadata: {name: a}\n", "x.yaml": GOOD})
    assert validate(".") == (0, [], "1 manifest judged\n2 files hold no Kubernetes object, and were left out\n")
    assert validate("values.yaml") == (1, ["values.yaml:1:1 MW508"], "")
    assert validate("--skip-others", "values.yaml") == (0, [], "0 manifests judged\n1 file holds no Kubernetes object, and was left out\n")
    code, out, _ = run("validate", "blueprints/a.yaml")
    assert code == 0 and "MW505 note: this is a blueprint, not a manifest: it was not judged" in out


def test_the_templates_of_a_chart_are_left_to_helm() -> None:
    template = "apiVersion: v1\nkind: ConfigMap\nmetadata: {{ .Values.meta }}\n"
    write({"a/Chart.yaml": "name: a\n", "a/templates/x.yaml": template, "a/templates/sub/x.yaml": template, "templates/y.yaml": WRONG, "a/crds/z.yaml": WRONG})
    said = "not judged, as Helm makes manifests of them: `helm template CHART | modelwright validate -`: "
    code, found, err = validate(".")
    assert (code, found) == (1, ["a/crds/z.yaml:4:1 MW501", "templates/y.yaml:4:1 MW501"])
    assert err == f"{said}a/templates\n1 file holds no Kubernetes object, and was left out\n"
    assert validate("a/templates/sub/x.yaml") == (0, [], f"{said}a/templates/sub/x.yaml\n0 manifests judged\n")
    assert validate("templates/y.yaml")[1] == ["templates/y.yaml:4:1 MW501"]


def test_a_kind_that_cannot_be_judged_is_told_once() -> None:
    write({f"{n}.yaml": f"apiVersion: example.com/v1\nkind: Widget\nmetadata: {{name: w{n}}}\n" for n in range(3)})
    assert validate(".") == (0, ["0.yaml:2:7 MW505"], "")
    assert validate("--strict", ".") == (1, ["0.yaml:2:7 MW505"], "")


def test_versions_come_from_a_cluster_or_from_options() -> None:
    scaffold.write(Path())
    write({"x.yaml": "apiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata: {name: a}\n"})
    assert validate("--cluster", "main", "x.yaml")[1] == ["x.yaml:1:13 MW506"]
    for option in ("--kubernetes", "--kserve", "--open-data-hub", "--kubeflow-pipelines"):
        code, _, err = validate("--cluster", "main", option, "1.30", "x.yaml")
        assert code == 2 and err == f"modelwright: --cluster names the versions and the mode, so {option} cannot\n"
    code, _, err = validate("--open-data-hub", "3.5", "--kserve", "0.15", "x.yaml")
    assert code == 2 and err == "modelwright: Open Data Hub 3.5 brings KServe 0.20: leave out --kserve\n"
    code, _, err = validate("--cluster", "mane", "x.yaml")
    assert code == 2 and "did you mean `main`?" in err


def test_a_release_that_is_not_known_is_judged_as_the_nearest_and_says_so() -> None:
    write({"x.yaml": GOOD})
    code, out, _ = run("validate", "--kubernetes", "1.99", "--kserve", "0.20", "x.yaml")
    assert code == 0 and out.startswith("MW512 warning: Kubernetes 1.99 is not in the catalog: it is judged as 1.")
    assert run("validate", "--open-data-hub", "3.2", "x.yaml")[1] == "no problems\n"


# Formats


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_of_every_command_that_judges(form: str) -> None:
    scaffold.write(Path("deploy"))
    write({"deploy/blueprints/iris.yaml": "apiVersion: modelwright/v1\nkind: Model\nmetadata: {name: iris}\nspec: {formt: x}\n", "k8s/x.yaml": WRONG})
    Path(".git").mkdir()
    for words, file in ((("-C", "deploy", "check"), "deploy/blueprints/iris.yaml"), (("-C", "deploy", "compile"), "deploy/blueprints/iris.yaml"), (("validate", "k8s"), "k8s/x.yaml")):
        code, out, err = run(*words, "--format", form)
        assert code == 1 and err == ""
        shown = file.removeprefix("deploy/") if form in ("text", "json", "markdown") else file
        assert shown in out
        if form in ("json", "sarif", "gitlab"):
            json.loads(out)
        elif form == "junit":
            ElementTree.fromstring(out)


@pytest.mark.parametrize("form", FORMATS)
def test_a_clean_run_is_a_whole_report_too(form: str) -> None:
    write({"x.yaml": GOOD})
    code, out, _ = run("validate", "--format", form, ".")
    assert code == 0 and out.endswith("\n")
    if form == "junit":
        assert [case.attrib["classname"] for case in ElementTree.fromstring(out).iter("testcase")] == ["x.yaml"]


def test_paths_are_those_of_the_repository_from_wherever_one_calls() -> None:
    write({"k8s/app/x.yaml": WRONG})
    Path(".git").mkdir()
    os.chdir("k8s/app")
    for path in ("x.yaml", "../app", str(Path("x.yaml").resolve())):
        found = json.loads(run("validate", "--format", "gitlab", path)[1])
        assert [entry["location"]["path"] for entry in found] == ["k8s/app/x.yaml"]


# Kustomize

KUSTOMIZE = {
    "base/kustomization.yaml": "resources: [deployment.yaml, config.yaml]\n",
    "base/config.yaml": GOOD,
    "base/deployment.yaml": """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: web, imagPullPolicy: Always}]}
""",
    "overlays/prod/kustomization.yaml": "namespace: prod\nresources: [../../base]\npatches: [{path: replicas.yaml}]\n",
    "overlays/prod/replicas.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: many}\n",
    "overlays/prod/stray.yaml": WRONG,
    "loose/x.yaml": WRONG,
}


LOOSE = "loose/x.yaml:4:1 MW501"
SAID = "not judged, as no kustomization names them: overlays/prod/stray.yaml\nbuilt: overlays/prod\n"


def test_folders_with_a_kustomization_are_built_and_told_where_it_was_written() -> None:
    write(KUSTOMIZE)
    code, found, err = validate(".")
    assert code == 1 and err == SAID
    assert found == ["base/deployment.yaml:9:49 MW501", LOOSE, "overlays/prod/replicas.yaml:4:18 MW502"]


@pytest.mark.parametrize("version", ["5.4", "5.8"])
def test_an_installed_kustomize_builds_them_too(version: str) -> None:
    write(KUSTOMIZE)
    code, found, err = validate("--kustomize", str(tools.kustomize(version)), ".")
    assert code == 1 and err == SAID
    # It does not say that a patch was at work.
    assert found == ["base/deployment.yaml:9:49 MW501", LOOSE, "overlays/prod/kustomization.yaml:1:1 MW502"]


def test_a_base_is_found_from_inside_an_overlay() -> None:
    write(KUSTOMIZE)
    Path(".git").mkdir()
    os.chdir("overlays/prod")
    code, found, err = validate(".")
    assert code == 1 and err == "not judged, as no kustomization names them: stray.yaml\nbuilt: .\n"
    assert found == ["../../base/deployment.yaml:9:49 MW501", "replicas.yaml:4:18 MW502"]


def test_nothing_outside_the_repository_is_read() -> None:
    write({**KUSTOMIZE, "repo/k/kustomization.yaml": "resources: [../../base, ../link]\n"})
    Path("repo/.git").mkdir()
    Path("repo/link").symlink_to("../base")
    code, out, _ = run("validate", "repo")
    assert code == 1 and "is outside the tree" in out


@pytest.mark.parametrize("file", ["overlays/prod/replicas.yaml", "overlays/prod/kustomization.yaml"])
def test_a_patch_that_is_named_is_judged_in_what_it_makes(file: str) -> None:
    write(KUSTOMIZE)
    code, found, err = validate(file, "overlays/prod/replicas.yaml", "base/config.yaml")
    assert (code, err) == (1, "built: overlays/prod\n")
    assert found == ["base/deployment.yaml:9:49 MW501", "overlays/prod/replicas.yaml:4:18 MW502"]


def test_a_component_is_built_only_where_it_is_used() -> None:
    write({"c/kustomization.yaml": "kind: Component\napiVersion: kustomize.config.k8s.io/v1alpha1\npatches: [{path: p.yaml}]\n", "c/p.yaml": "kind: Pod\n"})
    assert validate(".") == (0, [], "not built, as nothing here uses these components: c\n0 manifests judged\n")
    assert validate("c/p.yaml") == (0, [], "not judged, as only what uses these components can be built: c\n0 manifests judged\n")


def test_a_folder_that_does_not_build_is_one_problem() -> None:
    write({**KUSTOMIZE, "base/kustomization.yaml": "resources: [gone.yaml]\n"})
    assert validate(".")[1] == ["base/kustomization.yaml:1:13 MW463", LOOSE]
    found = validate("--kustomize", str(tools.kustomize("5.8")), ".")[1]
    assert found == [LOOSE, "overlays/prod/kustomization.yaml:1:1 MW130"]


def test_no_network_is_used() -> None:
    write({"k/kustomization.yaml": "resources: ['https://127.0.0.1:1/x.yaml', 'https://example.com/a/b.git?ref=v1']\n"})
    for words, mw in (((), "MW466"), (("--kustomize", str(tools.kustomize("5.8"))), "MW130")):
        code, out, _ = run("validate", *words, ".")
        assert code == 1 and out.count(" MW") == out.count(mw) == 1


def test_a_builder_that_is_not_there_is_misuse() -> None:
    write(KUSTOMIZE)
    code, _, err = validate("--kustomize", "no-such-program", ".")
    assert code == 2 and err == "modelwright: --kustomize: there is no program 'no-such-program'\n"


def test_each_folder_is_built_once_from_the_top() -> None:
    files = ["base/a.yaml", "base/kustomization.yaml", "dev/kustomization.yaml", "dev/p.yaml", "c/kustomization.yaml", "x/y.yaml", "dev/files/app.conf.yaml"]
    known = (*files, "base", "dev", "c", "x")
    dev = kustomization("dev", {"resources": ["../base/"], "namespace": "base", "patches": [{"path": "p.yaml"}], "configMapGenerator": [{"files": ["k=files/app.conf.yaml"]}]}, known)
    assert dev == Kustomization("dev", False, frozenset({"base", "dev/p.yaml", "dev/files/app.conf.yaml"}), frozenset({"dev/p.yaml", "dev/files/app.conf.yaml"}))
    base = kustomization("base", {"resources": ["a.yaml"]}, known)
    unused = kustomization("c", {"kind": "Component"}, known)
    planned = plan([base, dev, unused], files)
    assert (planned.build, planned.unused, planned.loose, planned.unnamed) == (("dev",), ("c",), ("x/y.yaml",), ())


def test_folders_in_a_circle_are_built_to_be_told() -> None:
    known = ("a", "b")
    circle = [kustomization("a", {"resources": ["../b"]}, known), kustomization("b", {"resources": ["../a"]}, known)]
    assert plan(circle, ()).build == ("a",)
