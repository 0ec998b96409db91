"""A team releases a pipeline, changes it, holds production to a version; and the mistakes made on the way."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests import scaffold, tools
from tests.gitrepo import Repository

from modelwright.cli import cli
from modelwright.yamlio import read

SOUND = (Path(__file__).parents[2] / "judge" / "ir" / "train.yaml").read_text()
CHANGED = SOUND.replace("defaultValue: 0.8", "defaultValue: 0.9")
FIRST, SECOND = "377f8d3a8a", "1cc34c21bc"
PIPELINE = """\
apiVersion: modelwright/v1
kind: Pipeline
metadata: {name: train, title: Training, description: Trains the churn model.}
spec:
  ir: train.yaml
  environments: {dev: {}}
"""
HUB = """\
apiVersion: modelwright/v1
kind: Cluster
metadata: {name: hub}
spec: {flavour: openshift, versions: {kubernetes: "1.33", openDataHub: "3.4"}, mode: standard}
---
apiVersion: modelwright/v1
kind: Environment
metadata: {name: prod}
spec: {cluster: hub, after: dev}
---
apiVersion: modelwright/v1
kind: Connection
metadata: {name: store}
spec: {type: s3, endpoint: "http://minio.example.com:9000", bucket: runs, secret: minio}
"""
SERVER = """\
apiVersion: modelwright/v1
kind: PipelineServer
metadata: {name: pipelines}
spec:
  objectStorage: {connection: store}
  store: kubernetes
  environments: {prod: {}}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    scaffold.write(tmp_path)
    put(tmp_path, "pipeline.yaml", PIPELINE)
    put(tmp_path, "train.yaml", SOUND)
    return tmp_path


def put(root: Path, name: str, text: str) -> None:
    (root / "blueprints" / name).write_text(text)


def run(root: Path, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli, ["-C", str(root), *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def compiled(root: Path) -> None:
    code, output = run(root, "compile")
    assert code == 0, output
    code, output = run(root, "check")
    assert code == 0, output


def recorded(root: Path) -> list[str]:
    return sorted(p.stem for p in (root / "blueprints" / "pipelines" / "train").glob("*"))


def rendered(root: Path, environment: str = "dev") -> list[dict[str, Any]]:
    code, output = run(root, "render", environment, "train")
    assert code == 0, output
    return list(read(output, "rendered")[0])


def versions(root: Path, environment: str = "dev") -> list[str]:
    return [m["metadata"]["name"] for m in rendered(root, environment) if m["kind"] == "PipelineVersion"]


def files(root: Path) -> dict[str, bytes]:
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}


def test_the_first_release_is_recorded_and_made(root: Path) -> None:
    code, output = run(root, "check")
    assert code == 1
    assert output == (
        f"blueprints/pipelines/train/{FIRST}.yaml:1:1: MW730 this version of the pipeline is not recorded yet\n"
        "  = hint: run `modelwright compile` and commit the file it adds\n\n1 error\n"
    )
    compiled(root)
    assert recorded(root) == [FIRST]
    assert (root / "blueprints" / "pipelines" / "train" / f"{FIRST}.yaml").read_text() == SOUND
    pipeline, version = rendered(root)
    assert pipeline == {
        "apiVersion": "pipelines.kubeflow.org/v2beta1",
        "kind": "Pipeline",
        "metadata": {
            "name": "train",
            "namespace": "risk-dev",
            "annotations": {"argocd.argoproj.io/sync-wave": "-1", "modelwright/version": f"train-{FIRST}"},
        },
        "spec": {"displayName": "Training", "description": "Trains the churn model."},
    }
    spec, platform = read(SOUND, "train.yaml", python=True)[0]
    assert version == {
        "apiVersion": "pipelines.kubeflow.org/v2beta1",
        "kind": "PipelineVersion",
        "metadata": {"name": f"train-{FIRST}", "namespace": "risk-dev"},
        "spec": {"pipelineName": "train", "pipelineSpec": spec, "platformSpec": platform},
    }


@pytest.mark.parametrize("version", tools.KUSTOMIZE)
def test_kustomize_builds_what_was_rendered(root: Path, version: str) -> None:
    compiled(root)
    put(root, "train.yaml", CHANGED)
    compiled(root)
    built = read(tools.build(version, root / "overlays" / "dev" / "risk" / "train"), "built")[0]
    assert sorted(built, key=str) == sorted(rendered(root), key=str)


def test_what_makes_no_difference_makes_no_version(root: Path) -> None:
    compiled(root)
    before = files(root / "overlays")
    again = SOUND.replace("kfp-2.16.0", "kfp-2.17.3").replace("# Name: train", "# Name: train\n# Compiled again.")
    again = again.replace("command: [python, -m, fit]", "command:\n        - python\n        - -m\n        - fit").replace("0.8", "0.80")
    put(root, "train.yaml", again)
    compiled(root)
    assert recorded(root) == [FIRST] and files(root / "overlays") == before


BOOTSTRAP = """\
command:
        - sh
        - -c
        - |2

          if ! [ -x "$(command -v pip)" ]; then
              python3 -m ensurepip || python3 -m ensurepip --user || apt-get install python3-pip
          fi

          PIP_DISABLE_PIP_VERSION_CHECK=1 python3 -m pip install --quiet --no-warn-script-location {options}'kfp==2.16.0' '--no-deps' 'typing-extensions>=3.7.4,<5; python_version<"3.9"'  &&  python3 -m pip install --quiet --no-warn-script-location {options}'numpy' 'kfp-kubernetes==2.16.0' && "$0" "$@"
"""


@pytest.mark.parametrize("options", ["", "--index-url https://pip.example.com/simple --trusted-host pip.example.com "])
def test_the_sdk_that_a_step_of_python_code_installs_makes_no_version(root: Path, options: str) -> None:
    step = SOUND.replace("command: [python, -m, fit]\n", BOOTSTRAP.format(options=options))
    put(root, "train.yaml", step)
    compiled(root)
    (first,) = recorded(root)
    before = files(root / "overlays")
    put(root, "train.yaml", step.replace("'kfp==2.16.0'", "'kfp==2.17.3'"))
    compiled(root)
    assert recorded(root) == [first] and first != FIRST and files(root / "overlays") == before
    put(root, "train.yaml", step.replace("'kfp-kubernetes==2.16.0'", "'kfp-kubernetes==2.17.3'"))
    compiled(root)
    assert len(recorded(root)) == 2


@pytest.mark.parametrize(
    "step",
    [
        "command: [sh, -c, pip install kfp==2.9.0]",
        "command: [sh, -c, \"python3 -m pip install --quiet --no-warn-script-location 'kfp==2.9.0' && \\\"$0\\\" \\\"$@\\\"\"]",
        BOOTSTRAP.format(options="").replace("'kfp==2.16.0' '--no-deps' 'typing-extensions>=3.7.4,<5; python_version<\"3.9\"'", "'kfp==2.9.0'").rstrip(),
    ],
)
def test_the_sdk_that_a_user_installs_is_part_of_a_version(root: Path, step: str) -> None:
    before = SOUND.replace("command: [python, -m, fit]", step)
    put(root, "train.yaml", before)
    compiled(root)
    put(root, "train.yaml", before.replace("kfp==2.9.0", "kfp==2.14.0"))
    compiled(root)
    assert len(recorded(root)) == 2


@pytest.mark.parametrize(("old", "new"), [("kfp-2.16.0", "kfp-1.0"), ("kfp==2.16.0", "kfp==1.0")])
def test_a_record_changed_in_the_sdk_alone_is_a_changed_record(root: Path, old: str, new: str) -> None:
    put(root, "train.yaml", SOUND.replace("command: [python, -m, fit]\n", BOOTSTRAP.format(options="")))
    compiled(root)
    (record,) = (root / "blueprints" / "pipelines" / "train").glob("*")
    text = record.read_text()
    assert old in text
    record.write_text(text.replace(old, new))
    before = files(root)
    code, output = run(root, "compile")
    assert code == 1 and "MW731" in output and output.endswith("\n1 error\n") and files(root) == before


def test_two_environments_release_two_versions_at_once(root: Path) -> None:
    put(root, "hub.yaml", HUB)
    put(root, "server.yaml", SERVER)
    put(root, "changed.yaml", CHANGED)
    put(root, "pipeline.yaml", PIPELINE.replace("{dev: {}}", "{dev: {ir: changed.yaml}, prod: {}}"))
    code, output = run(root, "compile")
    assert code == 0 and "pipeline.yaml:6:28: MW737 warning: the version of this `ir` is released in `prod` too" in output
    assert output.count("MW737") == 1
    code, output = run(root, "check")
    assert code == 0, output
    assert recorded(root) == sorted([FIRST, SECOND])
    assert versions(root, "dev") == versions(root, "prod") == [f"train-{name}" for name in sorted([FIRST, SECOND])]
    put(root, "pipeline.yaml", PIPELINE.replace("{dev: {}}", f'{{dev: {{ir: changed.yaml}}, prod: {{version: "{FIRST}"}}}}'))
    code, output = run(root, "compile")
    assert code == 0 and "MW737" not in output
    assert versions(root, "prod") == [f"train-{FIRST}"]


def test_a_change_is_a_further_version_and_the_first_one_stays(root: Path) -> None:
    compiled(root)
    put(root, "train.yaml", CHANGED)
    compiled(root)
    assert recorded(root) == sorted([FIRST, SECOND])
    assert versions(root) == [f"train-{name}" for name in sorted([FIRST, SECOND])]
    assert rendered(root)[0]["metadata"]["annotations"]["modelwright/version"] == f"train-{SECOND}"
    put(root, "train.yaml", SOUND)
    compiled(root)
    assert recorded(root) == sorted([FIRST, SECOND])
    assert rendered(root)[0]["metadata"]["annotations"]["modelwright/version"] == f"train-{FIRST}"


def test_the_output_depends_on_inputs_alone(root: Path) -> None:
    compiled(root)
    put(root, "train.yaml", CHANGED)
    compiled(root)
    before = files(root / "overlays")
    for path in sorted((root / "overlays").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    compiled(root)
    assert files(root / "overlays") == before


def test_production_is_held_to_a_version(root: Path) -> None:
    put(root, "hub.yaml", HUB)
    put(root, "server.yaml", SERVER)
    put(root, "pipeline.yaml", PIPELINE.replace("{dev: {}}", "{dev: {}, prod: {}}"))
    compiled(root)
    put(root, "pipeline.yaml", PIPELINE.replace("{dev: {}}", f'{{dev: {{}}, prod: {{version: "{FIRST}"}}}}'))
    put(root, "train.yaml", CHANGED)
    compiled(root)
    assert versions(root, "dev") == [f"train-{name}" for name in sorted([FIRST, SECOND])]
    assert versions(root, "prod") == [f"train-{FIRST}"]
    assert rendered(root, "prod")[0]["metadata"]["annotations"]["modelwright/version"] == f"train-{FIRST}"


def test_parameters_and_the_model_are_told_to_whoever_starts_runs(root: Path) -> None:
    model = "apiVersion: modelwright/v1\nkind: Model\nmetadata: {name: churn}\nspec: {format: sklearn, source: gs://m/churn, environments: {dev: {}}}\n"
    put(root, "model.yaml", model)
    put(root, "pipeline.yaml", PIPELINE.replace("  environments", "  parameters: {threshold: 0.95}\n  deploys: churn\n  environments"))
    compiled(root)
    annotations = rendered(root)[0]["metadata"]["annotations"]
    assert annotations["modelwright/parameters"] == '{"threshold":0.95}'
    assert annotations["modelwright/deploys"] == "Model/churn"


def test_names_that_yaml_reads_as_truth_come_out_as_names(root: Path) -> None:
    put(root, "train.yaml", SOUND.replace("threshold", "y"))
    compiled(root)
    spec = rendered(root)[1]["spec"]["pipelineSpec"]
    assert list(spec["root"]["inputDefinitions"]["parameters"]) == ["y"]
    (file,) = (root / "overlays" / "base").rglob("pipelineversion*.yaml")
    assert '"y":\n' in file.read_text()


def test_templates_in_a_pipeline_are_text(root: Path) -> None:
    odd = "'{{ metadata.name }}{% for a in b %}{{$.inputs.parameters[\"depth\"]}}\\ue0000\\ue001'"
    put(root, "train.yaml", SOUND.replace("args: ['{{$}}']\n        command: [python, -m, fit]", f"args: [{odd}]"))
    compiled(root)
    executors = rendered(root)[1]["spec"]["pipelineSpec"]["deploymentSpec"]["executors"]
    assert executors["exec-fit"]["container"]["args"] == [odd.strip("'")]


def test_a_large_pipeline_is_applied_by_the_server(root: Path) -> None:
    put(root, "train.yaml", SOUND.replace("value: info", f"value: {'x' * 300_000}"))
    compiled(root)
    assert rendered(root)[1]["metadata"]["annotations"] == {"argocd.argoproj.io/sync-options": "ServerSideApply=true"}


def test_a_record_is_never_overwritten_and_no_link_is_followed(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (root / "blueprints" / "pipelines").mkdir()
    (root / "blueprints" / "pipelines" / "train").symlink_to(elsewhere)
    code, output = run(root, "compile")
    assert code == 1 and "MW109" in output
    assert list(elsewhere.iterdir()) == [] and not (root / "overlays").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_one_problem(root: Path) -> None:
    (root / "blueprints").chmod(stat.S_IRUSR | stat.S_IXUSR)
    code, output = run(root, "compile")
    (root / "blueprints").chmod(0o755)
    assert code == 1 and "MW409 cannot write" in output and not (root / "overlays").exists()


ARGO = "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {generateName: train-}\nspec: {}\n"
BAD: dict[str, dict[str, str]] = {
    # what is wrong: the files that are put in place (an empty text: taken away)
    "no file": {"train.yaml": ""},
    "misspelt file": {"pipeline.yaml": PIPELINE.replace("train.yaml", "trian.yaml")},
    "no blueprint for a file": {"fit.yaml": CHANGED},
    "several files": {"pipeline.yaml": PIPELINE.replace("train.yaml", "ir/*.yaml"), "ir/a.yaml": SOUND, "ir/b.yaml": CHANGED, "train.yaml": ""},
    "kfp 1": {"train.yaml": ARGO},
    "unknown executor key": {"train.yaml": SOUND.replace("image: registry.example.com/read:1.0", "imagee: registry.example.com/read:1.0")},
    "dangling reference": {"train.yaml": SOUND.replace("producerTask: read", "producerTask: load")},
    "credential as a parameter": {"pipeline.yaml": PIPELINE.replace("  environments", "  parameters: {threshold: 0.9, api_key: sk-123}\n  environments")},
    "credential in the pipeline": {"train.yaml": SOUND.replace("- name: LOG_LEVEL\n          value: info", "- name: DB_PASSWORD\n          value: hunter2")},
    "unknown parameter": {"pipeline.yaml": PIPELINE.replace("  environments", "  parameters: {treshold: 0.9}\n  environments")},
    "parameter of another type": {"pipeline.yaml": PIPELINE.replace("  environments", '  parameters: {threshold: "0.9"}\n  environments')},
    "no such version": {"pipeline.yaml": PIPELINE.replace("  environments", '  version: "0123456789"\n  environments')},
    "changed record": {f"pipelines/train/{FIRST}.yaml": CHANGED},
    "a schedule": {"pipeline.yaml": PIPELINE.replace("  environments", '  schedule: {cron: "0 3 * * *"}\n  environments')},
    "a program": {"pipeline.yaml": PIPELINE.replace("ir: train.yaml", "python: {file: train.py, function: train}"), "train.yaml": ""},
    "no such server": {"pipeline.yaml": PIPELINE.replace("  environments", "  server: pipelines\n  environments")},
    "server elsewhere": {"hub.yaml": HUB, "server.yaml": SERVER, "pipeline.yaml": PIPELINE.replace("  environments", "  server: pipelines\n  environments")},
    "server that looks at no objects": {"hub.yaml": HUB, "server.yaml": SERVER.replace("  store: kubernetes\n", ""), "pipeline.yaml": PIPELINE.replace("{dev: {}}", "{prod: {}}")},
    "server on plain Kubernetes": {"hub.yaml": HUB, "server.yaml": SERVER.replace("prod", "dev")},
    "store without a secret": {"hub.yaml": HUB.replace(", secret: minio", ""), "server.yaml": SERVER},
    "an old release": {"platform.yaml": scaffold.PLATFORM.replace('kserve: "0.20"', 'kserve: "0.20", kubeflowPipelines: "2.5"')},
}


@pytest.mark.parametrize("case", BAD)
def test_a_mistake_is_one_problem_and_nothing_is_written(root: Path, case: str, update_golden: bool) -> None:
    for name, text in BAD[case].items():
        path = root / "blueprints" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        if not text:
            path.unlink()
    before = files(root)
    code, output = run(root, "compile")
    golden = Path(__file__).parent / "bad" / f"{case.replace(' ', '-')}.out"
    if update_golden:
        golden.write_text(output)
    assert (code, output) == (1, golden.read_text())
    assert output.endswith("\n1 error\n") and files(root) == before


def test_two_pipelines_of_one_name_are_told(root: Path) -> None:
    put(root, "again.yaml", PIPELINE.replace("name: train", "name: train-again"))
    code, output = run(root, "compile")
    assert code == 0
    assert "MW815 warning: pipelines `train-again` and `train` are both compiled under the name `train`" in output


@pytest.mark.parametrize("given", ["{cfg: {password: hunter2}}", "{cfg: [{url: 'postgres://u:hunter2@h/db'}]}", "{db: 'postgres://u:hunter2@h/db'}"])
def test_a_credential_anywhere_in_parameters_is_told_and_not_printed(root: Path, given: str) -> None:
    put(root, "pipeline.yaml", PIPELINE.replace("  environments", f"  parameters: {given}\n  environments"))
    code, output = run(root, "compile")
    assert code == 1 and "MW216" in output and "hunter2" not in output and output.endswith("\n1 error\n")


def test_a_parameter_of_another_type_is_not_printed_where_it_is_a_credential(root: Path) -> None:
    put(root, "train.yaml", SOUND.replace("threshold", "password"))
    put(root, "pipeline.yaml", PIPELINE.replace("  environments", "  parameters: {password: [47114711]}\n  environments"))
    code, output = run(root, "compile")
    assert code == 1 and "MW733 `password` must be a number [dev]" in output and "4711" not in output


def test_one_of_several_servers_is_named(root: Path) -> None:
    put(root, "hub.yaml", HUB)
    put(root, "server.yaml", SERVER)
    put(root, "second.yaml", SERVER.replace("name: pipelines", "name: second"))
    put(root, "pipeline.yaml", PIPELINE.replace("{dev: {}}", "{prod: {}}"))
    code, output = run(root, "compile")
    assert code == 1 and "MW818 project `risk` has 2 pipeline servers, and this pipeline names none" in output
    assert "say `server:`, one of `pipelines`, `second`" in output and output.endswith("\n1 error\n")
    put(root, "pipeline.yaml", PIPELINE.replace("{dev: {}}", "{prod: {}}\n  server: second"))
    compiled(root)


def test_a_server_takes_only_keys_that_its_connection_brings(root: Path) -> None:
    keys = "{AWS_ACCESS_KEY_ID: 'ml/store#a', secret: 'ml/store#s'}"
    put(root, "hub.yaml", HUB.replace("secret: minio", f"from: {{store: vault, keys: {keys}}}"))
    put(root, "server.yaml", SERVER.replace("{connection: store}", "{connection: store, secretKey: secrte}"))
    code, output = run(root, "compile")
    assert code == 1 and output.startswith("blueprints/server.yaml:5:49: MW819 connection `store` brings no key `secrte`, which is to be its `secretKey` [prod]\n")
    assert "did you mean `secret`?" in output and output.endswith("\n1 error\n")
    put(root, "server.yaml", SERVER)
    code, output = run(root, "compile")
    assert code == 1 and "MW819 connection `store` brings no key `AWS_SECRET_ACCESS_KEY`" in output
    put(root, "server.yaml", SERVER.replace("{connection: store}", "{connection: store, secretKey: secret}"))
    compiled(root)


@pytest.mark.parametrize("where", ["  store: kubernetes\n  database: {managed: false}\n  environments: {prod: {}}", "  environments: {prod: {database: {managed: false}}}"])
def test_a_server_without_any_database_is_refused(root: Path, where: str) -> None:
    put(root, "hub.yaml", HUB)
    put(root, "server.yaml", SERVER.partition("  store")[0] + where + "\n")
    code, output = run(root, "compile")
    assert code == 1 and "MW204 `managed` cannot be `false`" in output and "name a `connection`" in output
    assert output.endswith("\n1 error\n")
    put(root, "server.yaml", SERVER.partition("  store")[0] + where.replace("false", "true") + "\n")
    compiled(root)


def test_a_renamed_pipeline_takes_its_versions_along(root: Path) -> None:
    compiled(root)
    put(root, "pipeline.yaml", PIPELINE.replace("name: train", "name: training"))
    code, output = run(root, "compile")
    assert code == 1 and "MW107 this is a released version of pipeline `train`, which no blueprint" in output
    assert "rename or move the folder `pipelines/train` with it" in output and output.endswith("\n1 error\n")
    (root / "blueprints" / "pipelines" / "train").rename(root / "blueprints" / "pipelines" / "training")
    compiled(root)
    (version,) = versions_on_disk(root)
    assert f"name: training-{FIRST}\n" in version.read_text()


def test_pipelines_of_one_name_in_two_projects_need_two_folders(root: Path) -> None:
    (root / "modelwright.yaml").write_text(scaffold.HEAD.replace("{projects: {risk: {}}}", "{projects: {risk: {}, fraud: {}}}"))
    other = PIPELINE.replace("spec:\n", "spec:\n  project: fraud\n").replace("train.yaml", "other.yaml")
    put(root, "again.yaml", other)
    put(root, "other.yaml", CHANGED)
    before = files(root)
    code, output = run(root, "compile")
    assert code == 1 and files(root) == before
    assert "MW734 pipelines `train` of two projects would keep their versions in one folder, `blueprints/pipelines/train`" in output
    assert output.endswith("\n1 error\n")
    (root / "blueprints" / "fraud").mkdir()
    for name in ("again.yaml", "other.yaml"):
        (root / "blueprints" / name).rename(root / "blueprints" / "fraud" / name)
    compiled(root)


def test_a_version_that_a_younger_server_would_refuse_is_a_warning(root: Path) -> None:
    old = SOUND.replace("      workspace:\n", "      resourceTtl: 60\n      workspace:\n")
    put(root, "train.yaml", old)
    compiled(root)
    put(root, "train.yaml", SOUND)
    put(root, "platform.yaml", scaffold.PLATFORM.replace('kserve: "0.20"', 'kserve: "0.20", kubeflowPipelines: "2.17"'))
    code, output = run(root, "compile")
    assert code == 0 and output.count("MW718") == 1 and "1 warning" in output


def test_a_problem_that_a_team_lives_with_leaves_the_pipeline_where_it_is(root: Path) -> None:
    put(root, "train.yaml", SOUND.replace("producerTask: read", "producerTask: load"))
    (root / "modelwright.yaml").write_text(scaffold.HEAD.replace("{projects: {risk: {}}}", "{projects: {risk: {}}, judge: {ignore: [MW720]}}"))
    compiled(root)
    assert len(recorded(root)) == 1 and len(versions(root)) == 1
    put(root, "train.yaml", ARGO)
    (root / "modelwright.yaml").write_text(scaffold.HEAD.replace("{projects: {risk: {}}}", "{projects: {risk: {}}, judge: {ignore: [MW7]}}"))
    code, output = run(root, "compile")
    assert code == 1 and "MW711" in output and len(versions_on_disk(root)) == 1


def versions_on_disk(root: Path) -> list[Path]:
    return list((root / "overlays").rglob("pipelineversion*.yaml"))


def test_new_writes_both_kinds(tmp_path: Path) -> None:
    scaffold.write(tmp_path)
    for kind in ("pipeline", "pipelineserver"):
        code, output = run(tmp_path, "new", kind, f"my-{kind}")
        assert (code, output) == (0, f"wrote blueprints/my-{kind}.yaml\n")
    put(tmp_path, "my-pipeline-ir.yaml", "")
    assert read((tmp_path / "blueprints" / "my-pipeline.yaml").read_text(), "p")[0][0]["spec"] == {"ir": "my-pipeline-ir.yaml", "environments": {"dev": {}}}


def test_a_version_is_published_once_it_is_recorded(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    remote = tmp_path_factory.mktemp("ops") / "ops.git"
    Repository.made(remote.parent).git("init", "-q", "--bare", str(remote))
    env = {"GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.com", "XDG_CONFIG_HOME": str(remote.parent)}
    refused = CliRunner().invoke(cli, ["-C", str(root), "publish", str(remote)], env=env)
    assert refused.exit_code == 1 and f"blueprints/pipelines/train/{FIRST}.yaml:1:1: MW730" in refused.output
    compiled(root)
    done = CliRunner().invoke(cli, ["-C", str(root), "publish", str(remote)], env=env)
    assert done.exit_code == 0, done.output


def test_in_a_hook_a_record_counts_once_git_has_it(root: Path) -> None:
    repository = Repository.made(root)
    repository.git("add", "-A")
    code, output = run(root, "compile", "--tracked")
    record = f"blueprints/pipelines/train/{FIRST}.yaml"
    assert code == 1 and f"{record}: a new version, recorded\n" in output and output.rstrip().endswith("then commit again")
    repository.git("add", "overlays")
    code, output = run(root, "check", "--tracked")
    assert code == 1 and f"{record}:1:1: MW730" in output
    repository.git("add", "-A")
    for verb in ("compile", "check"):
        code, output = run(root, verb, "--tracked")
        assert code == 0, output
