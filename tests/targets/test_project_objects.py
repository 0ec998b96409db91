"""What the kubernetes target puts into a project's folder: quota and sealed secrets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests import scaffold, tools

from modelwright.model import Source
from modelwright.pipeline import Build, build
from modelwright.yamlio import read

STAGES = """\
apiVersion: modelwright/v1
kind: Environment
metadata: {name: prod}
spec: {cluster: main, after: dev, MORE}
"""
MODEL = """\
apiVersion: modelwright/v1
kind: Model
metadata: {name: iris}
spec:
  format: sklearn
  source: {connection: store, path: iris/}
  environments: {dev: {}, prod: {}}
"""
STORE = """\
apiVersion: modelwright/v1
kind: Connection
metadata: {name: store}
spec: {type: s3, endpoint: "https://s3.example.com", bucket: models, sealed: SEALED}
"""


def sealed(namespace: str = "risk-dev", name: str = "store", scope: str = "", value: str = "AgBy3i4O") -> str:
    """A SealedSecret as kubeseal writes it."""
    notes = f"annotations: {{sealedsecrets.bitnami.com/{scope}-wide: 'true'}}, " if scope else ""
    at = f"namespace: {namespace}, " if namespace else ""
    return f"""\
---
apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata: {{creationTimestamp: null, {notes}{at}name: {name}}}
spec:
  encryptedData: {{AWS_ACCESS_KEY_ID: {value}}}
  template:
    metadata: {{creationTimestamp: null, {notes}{at}name: {name}}}
    type: Opaque
"""


def made(word: str, files: dict[str, str], more: str = "namespace: '{project}-{environment}'") -> Build:
    """The model, with a connection whose `sealed` is `word`, and files below `blueprints/`."""
    texts = STAGES.replace("MORE", more), STORE.replace("SEALED", word), MODEL
    own = [Source(f"blueprints/{name}", text) for name, text in files.items()]
    return build([*scaffold.sources(*texts), *own])


def project(result: Build, environment: str, kind: str) -> dict[str, Any]:
    """The one object of a kind in a project's folder."""
    (found,) = [m.data for m in result.tree.built[f"{environment}/risk/project"] if m.kind == kind]
    return dict(found)


def told(result: Build) -> list[tuple[str, str, str]]:
    return [(p.code, f"{p.place.file}:{'.'.join(map(str, p.place.path))}", p.message) for p in result.problems]  # type: ignore[union-attr]


def test_each_namespace_gets_the_secret_sealed_for_it() -> None:
    result = made("s.yaml", {"s.yaml": sealed("risk-dev", value="AAAA") + sealed("risk-prod", value="BBBB")})
    assert result.problems == ()
    assert project(result, "prod", "SealedSecret") == {
        "apiVersion": "bitnami.com/v1alpha1",
        "kind": "SealedSecret",
        "metadata": {"name": "store", "namespace": "risk-prod"},
        "spec": {
            "template": {
                "metadata": {
                    "annotations": {
                        "serving.kserve.io/s3-endpoint": "s3.example.com",
                        "serving.kserve.io/s3-usehttps": "1",
                    },
                    "namespace": "risk-prod",
                    "name": "store",
                },
                "type": "Opaque",
            },
            "encryptedData": {"AWS_ACCESS_KEY_ID": "BBBB"},
        },
    }
    assert project(result, "dev", "SealedSecret")["spec"]["encryptedData"] == {"AWS_ACCESS_KEY_ID": "AAAA"}
    assert project(result, "dev", "ServiceAccount")["secrets"] == [{"name": "store"}]


def test_a_secret_for_any_namespace_goes_everywhere() -> None:
    result = made("s.yaml", {"s.yaml": sealed("", scope="cluster")})
    assert result.problems == ()
    metadata = project(result, "prod", "SealedSecret")["metadata"]
    assert metadata["namespace"] == "risk-prod"
    assert metadata["annotations"] == {"sealedsecrets.bitnami.com/cluster-wide": "true"}


def test_names_may_stand_for_several_files() -> None:
    result = made('"sealed/*.yaml"', {"sealed/dev.yaml": sealed("risk-dev"), "sealed/prod.yaml": sealed("risk-prod")})
    assert result.problems == ()


def test_environments_may_name_their_own_file() -> None:
    """Where two clusters call a namespace alike, each has its own key, and only the environment tells them apart."""
    files = {"a.yaml": sealed("risk", value="AAAA"), "b.yaml": sealed("risk", value="BBBB")}
    stages = scaffold.PLATFORM.replace("spec: {cluster: main,", "spec: {cluster: main, namespace: '{project}',")
    other = "---\napiVersion: modelwright/v1\nkind: Cluster\nmetadata: {name: big}\nspec: {versions: {kserve: '0.20'}, mode: standard}\n"
    texts = [
        Source("modelwright.yaml", scaffold.HEAD),
        Source("blueprints/platform.yaml", stages + other),
        Source("blueprints/prod.yaml", STAGES.replace("main", "big").replace("MORE", "namespace: '{project}'")),
        Source("blueprints/model.yaml", MODEL),
        *(Source(f"blueprints/{name}", text) for name, text in files.items()),
    ]
    plain = build([*texts, Source("blueprints/store.yaml", STORE.replace("SEALED", "'?.yaml'").replace("?", "*"))])
    assert {p.code for p in plain.problems} == {"MW831"}
    result = build([*texts, Source("blueprints/store.yaml", STORE.replace("SEALED", "{dev: a.yaml, prod: b.yaml}"))])
    assert result.problems == ()
    assert project(result, "prod", "SealedSecret")["spec"]["encryptedData"] == {"AWS_ACCESS_KEY_ID": "BBBB"}


@pytest.mark.parametrize(
    ("word", "text", "wanted"),
    [
        (
            "s.yaml",
            sealed("risk-dev"),
            ("MW830", "blueprints/1.yaml:spec.sealed", "connection `store` has no secret sealed for namespace `risk-prod`"),
        ),
        (
            "s.yaml",
            sealed("risk-dev", scope="namespace"),
            ("MW830", "blueprints/1.yaml:spec.sealed", "connection `store` has no secret sealed for namespace `risk-prod`"),
        ),
        (
            "{dev: s.yaml}",
            sealed("risk-dev"),
            ("MW830", "blueprints/1.yaml:spec.sealed", "connection `store` has no sealed secret for environment `prod`"),
        ),
        (
            "s.yaml",
            sealed("", "minio", scope="cluster"),
            ("MW832", "blueprints/s.yaml:metadata.name", "the connection's Secret is called `store`, and this one `minio`"),
        ),
        (
            "s.yaml",
            sealed("", scope="cluster") + "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
            ("MW833", "blueprints/s.yaml:kind", "`sealed` needs a SealedSecret, and this is a ConfigMap"),
        ),
        (
            "s.yaml",
            "apiVersion: v1\nkind: Secret\nmetadata: {name: store}\nstringData: {a: hunter2}\n",
            ("MW216", "blueprints/s.yaml:stringData", "`stringData` of a Secret would put credentials into Git"),
        ),
        ("s.yaml", "", ("MW106", "blueprints/s.yaml:", "this file is empty")),
        (
            "s.yaml",
            sealed("", scope="cluster").replace("encryptedData", "encrypted"),
            ("MW501", "blueprints/s.yaml:spec.encrypted", "`encrypted` is not a field of `spec`"),
        ),
    ],
)
def test_mistakes_are_one_problem(word: str, text: str, wanted: tuple[str, str, str]) -> None:
    found = told(made(word, {"s.yaml": text}))
    assert found[:1] == [wanted] and {code for code, *_ in found} <= {wanted[0], "MW503"}


def test_a_secret_without_namespace_needs_one() -> None:
    result = made("{dev: s.yaml, prod: t.yaml}", {"s.yaml": sealed(""), "t.yaml": sealed("risk-prod")})
    (problem,) = result.problems
    assert problem.code == "MW830" and "write the `metadata.namespace` it was sealed for" in problem.hint


def test_an_unknown_environment_is_told() -> None:
    files = {"s.yaml": sealed("", scope="cluster")}
    assert told(made("{dev: s.yaml, prod: s.yaml, prd: s.yaml}", files)) == [
        ("MW208", "blueprints/1.yaml:spec.sealed.prd", "there is no environment `prd`")
    ]


def test_open_data_hub_finds_its_facts_on_the_secret() -> None:
    platform = scaffold.PLATFORM.replace('kserve: "0.20"', 'openDataHub: "3.4"').replace("flavour: kubernetes", "flavour: openshift")
    sources = [Source("modelwright.yaml", scaffold.HEAD), Source("blueprints/platform.yaml", platform)]
    model = MODEL.replace(", prod: {}", "").replace("format: sklearn", "format: sklearn\n  runtime: mlserver")
    own = {"s.yaml": sealed("risk-dev"), "c.yaml": STORE.replace("SEALED", "s.yaml"), "m.yaml": model}
    result = build([*sources, *(Source(f"blueprints/{name}", text) for name, text in own.items())])
    assert result.problems == ()
    template = project(result, "dev", "SealedSecret")["spec"]["template"]
    assert template["data"] == {"AWS_S3_ENDPOINT": "https://s3.example.com", "AWS_S3_BUCKET": "models"}
    assert template["metadata"]["labels"]["opendatahub.io/managed"] == "true"


QUOTA = "quota: {cpu: 20, memory: 64Gi, gpu: 2, storage: 1Ti, pods: 50, limits: {cpu: 0.5}, nvidia.com/mig-1g.5gb: 4, count/jobs.batch: 10}"


def test_a_quota_holds_for_each_project() -> None:
    result = made("{dev: s.yaml, prod: s.yaml}", {"s.yaml": sealed("", scope="cluster")}, QUOTA)
    assert result.problems == ()
    assert project(result, "prod", "ResourceQuota") == {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "quota", "namespace": "risk-prod"},
        "spec": {
            "hard": {
                "requests.cpu": "20",
                "requests.memory": "64Gi",
                "requests.nvidia.com/gpu": "2",
                "requests.storage": "1Ti",
                "pods": "50",
                "requests.nvidia.com/mig-1g.5gb": "4",
                "count/jobs.batch": "10",
                "limits.cpu": "500m",
            }
        },
    }
    assert not [m for m in result.tree.built["dev/risk/project"] if m.kind == "ResourceQuota"]


def test_the_platform_team_makes_quotas_and_secrets_where_it_owns_namespaces() -> None:
    result = made("s.yaml", {"s.yaml": sealed("risk-dev")}, "manage: false, quota: {cpu: 1}")
    assert [p.code for p in result.problems] == ["MW228"]
    assert "prod/risk/project" not in result.tree.built


@pytest.mark.parametrize("version", tools.KUSTOMIZE)
def test_kustomize_builds_the_projects_folder(version: str, tmp_path: Path) -> None:
    result = made("s.yaml", {"s.yaml": sealed("risk-dev") + sealed("risk-prod")}, QUOTA)
    for path, text in result.tree.files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    built = read(tools.build(version, tmp_path / "prod/risk/project"), "")[0]
    wanted = [m.data for m in result.tree.built["prod/risk/project"]]
    assert sorted(built, key=lambda m: str(m["kind"])) == sorted(wanted, key=lambda m: str(m["kind"]))
