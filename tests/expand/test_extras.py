"""Plain manifests of the author's own: carried along as they are, judged at their own lines, proven with kustomize."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests import scaffold, tools

from modelwright.model import Source
from modelwright.pipeline import Build, build
from modelwright.yamlio import read

PROD = """\
apiVersion: modelwright/v1
kind: Environment
metadata: {name: prod}
spec: {cluster: main, after: dev}
---
"""
MODEL = """\
apiVersion: modelwright/v1
kind: Model
metadata: {name: iris}
spec:
  format: sklearn
  source: gs://models/iris
"""
CLAIM = """\
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: weights}
spec:
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 20Gi}}
"""


def made(lines: str, **files: str) -> Build:
    """The model with further lines of its spec, and files beside it (`a` is `a.yaml`)."""
    text = PROD + MODEL + "".join(f"  {line}\n" for line in lines.splitlines())
    return scaffold.compiled(text + "".join(f"# file: {name}.yaml\n{body}" for name, body in files.items()))


def extras(result: Build, folder: str) -> dict[str, Any]:
    """What a folder builds to beside the model itself, by kind and name."""
    built = result.tree.built[folder]
    return {f"{m.kind}/{m.name}": m.data for m in built if m.kind != "InferenceService"}


def told(result: Build) -> list[tuple[str, str, str]]:
    """Code, place and message of each problem."""
    return [(p.code, where(p.place), p.message) for p in result.problems]


def where(place: Any) -> str:
    return f"{place.file}:{place.document}:{'.'.join(map(str, place.path))}"


def test_a_claim_travels_with_its_model_and_is_never_pruned() -> None:
    result = made("extras: [claim.yaml]\nenvironments: {dev: {}, prod: {}}", claim=CLAIM)
    assert result.problems == ()
    assert extras(result, "prod/risk/iris") == {
        "PersistentVolumeClaim/weights": {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {
                "name": "weights",
                "namespace": "risk-prod",
                "annotations": {"argocd.argoproj.io/sync-options": "Prune=false,Delete=false"},
            },
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "20Gi"}}},
        }
    }
    assert "base/risk/iris/persistentvolumeclaim.yaml" in result.tree.files
    assert result.tree.owners["base/risk/iris/persistentvolumeclaim.yaml"] == "Model/iris"


def test_the_author_says_whether_a_claim_is_pruned() -> None:
    stated = {"argocd.argoproj.io/sync-options": "Prune=true"}
    claim = CLAIM.replace("{name: weights}", "{name: weights, annotations: {argocd.argoproj.io/sync-options: Prune=true}}")
    result = made("extras: [claim.yaml]\nenvironments: {dev: {}}", claim=claim)
    assert extras(result, "dev/risk/iris")["PersistentVolumeClaim/weights"]["metadata"]["annotations"] == stated


def test_an_environment_may_bring_other_files() -> None:
    lines = "extras: [claim.yaml]\nenvironments: {dev: {extras: []}, prod: {extras: [config.yaml, claim.yaml]}}"
    config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {a: b}\n"
    result = made(lines, claim=CLAIM, config=config)
    assert list(extras(result, "dev/risk/iris")) == []
    assert list(extras(result, "prod/risk/iris")) == ["ConfigMap/settings", "PersistentVolumeClaim/weights"]
    assert "dev/risk/iris/delete-persistentvolumeclaim.yaml" in result.tree.files


def test_defaults_of_an_environment_name_files_beside_it() -> None:
    head = "apiVersion: modelwright/v1\nkind: Environment\nmetadata: {name: lab}\n"
    stage = head + "spec: {cluster: main, defaults: {Model: {extras: [net/*.yaml]}}}\n"
    policy = (
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: closed}\n"
        "spec: {podSelector: {}, policyTypes: [Ingress]}\n"
    )
    model = Source("blueprints/team/iris.yaml", MODEL + "  environments: {lab: {}}\n")
    files = (Source("blueprints/stages/lab.yaml", stage), Source("blueprints/stages/net/closed.yaml", policy))
    result = build([*scaffold.sources(), model, *files])
    assert result.problems == ()
    assert list(extras(result, "lab/risk/iris")) == ["NetworkPolicy/closed"]


def test_manifests_patch_extras_too() -> None:
    patch = "manifests: {PersistentVolumeClaim/weights: {spec: {storageClassName: fast}}}"
    result = made(f"extras: [claim.yaml]\nenvironments: {{dev: {{}}, prod: {{{patch}}}}}", claim=CLAIM)
    assert result.problems == ()
    assert "storageClassName" not in extras(result, "dev/risk/iris")["PersistentVolumeClaim/weights"]["spec"]
    assert extras(result, "prod/risk/iris")["PersistentVolumeClaim/weights"]["spec"]["storageClassName"] == "fast"


def test_braces_are_text() -> None:
    config = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: "{{ spec.format.name }}{% raw %}"}\n'
    result = made("extras: [config.yaml]\nenvironments: {dev: {}}", config=config)
    assert extras(result, "dev/risk/iris")["ConfigMap/a"]["data"] == {"a": "{{ spec.format.name }}{% raw %}"}


def test_a_problem_is_told_at_the_line_of_the_file() -> None:
    wrong = CLAIM.replace("accessModes", "accessMode")
    result = made("extras: [claim.yaml]\nenvironments: {dev: {}, prod: {}}", claim=f"# first\n---\n{CLAIM}---\n{wrong}".replace("name: weights", "name: other", 1))
    (problem,) = result.problems
    assert (problem.code, problem.environments) == ("MW501", ("dev", "prod"))
    assert where(problem.place) == "blueprints/claim.yaml:1:spec.accessMode" and problem.place.key  # type: ignore[union-attr]


def test_a_problem_of_a_patch_is_told_at_the_patch() -> None:
    patch = "manifests: {PersistentVolumeClaim: {spec: {accessMode: [a]}}}"
    result = made(f"extras: [claim.yaml]\nenvironments: {{dev: {{}}, prod: {{{patch}}}}}", claim=CLAIM)
    place = "blueprints/blueprint.yaml:1:spec.environments.prod.manifests.PersistentVolumeClaim.spec.accessMode"
    assert told(result) == [("MW501", place, "`accessMode` is not a field of `spec`")]


SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n"
BAD = {
    "secret": (SECRET + "stringData: {a: hunter2}\n", "MW216", "0:stringData"),
    "secret in base64": (SECRET + "data: {a: aHVudGVyMg==}\n", "MW216", "0:data"),
    "blueprint in a second document": (CLAIM + "---\n{apiVersion: modelwright/v1, kind: Model}\n", "MW226", "1:apiVersion"),
    "kustomization": ("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n", "MW227", "0:"),
    "old kustomization": ("resources: [a.yaml]\n", "MW227", "0:"),
    "transformer": ("apiVersion: builtin\nkind: NamespaceTransformer\nmetadata: {name: a}\n", "MW227", "0:"),
    "values file": ("replicas: 2\n", "MW227", "0:"),
    "a list": ("- a\n", "MW227", "0:"),
    "text": ("hello\n", "MW227", "0:"),
    "no kind": ("apiVersion: v1\nmetadata: {name: a}\n", "MW227", "0:"),
    "kind of a number": ("apiVersion: v1\nkind: 1\nmetadata: {name: a}\n", "MW227", "0:kind"),
    "metadata of text": ("apiVersion: v1\nkind: ConfigMap\nmetadata: a\n", "MW227", "0:metadata"),
    "empty": ("# nothing\n", "MW106", "0:"),
    "no name": ("apiVersion: v1\nkind: ConfigMap\nmetadata: {generateName: a-}\n", "MW407", "0:metadata"),
    "List": ("apiVersion: v1\nkind: List\nitems: []\n", "MW407", "0:kind"),
    "cluster scope": ("apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n", "MW407", "0:kind"),
    "foreign namespace": (CLAIM.replace("name: weights", "name: a, namespace: b"), "MW407", "0:metadata.namespace"),
    "twice": (f"{CLAIM}---\n{CLAIM}", "MW306", "1:metadata.name"),
    "made by the model": (
        "apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata: {name: iris}\n",
        "MW306",
        "0:metadata.name",
    ),
    "wrong name": (CLAIM.replace("name: weights", "name: We_ights"), "MW508", "0:metadata.name"),
    "name of a number": (CLAIM.replace("name: weights", "name: 12"), "MW502", "0:metadata.name"),
    "label of a number": (CLAIM.replace("name: weights", "name: a, labels: {a: 1}"), "MW502", "0:metadata.labels.a"),
    "annotations of text": (CLAIM.replace("name: weights", "name: a, annotations: x"), "MW502", "0:metadata.annotations"),
    "annotations of a number": (CLAIM.replace("name: weights", "name: a, annotations: 5"), "MW502", "0:metadata.annotations"),
    "labels of a list": (CLAIM.replace("name: weights", "name: a, labels: [5]"), "MW502", "0:metadata.labels"),
    "no spec": ("apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata: {name: a}\nspec: 5\n", "MW502", "0:spec"),
    "unknown version": (CLAIM.replace("v1", "v2", 1), "MW506", "0:apiVersion"),
}


@pytest.mark.parametrize(("body", "code", "place"), BAD.values(), ids=BAD.keys())
def test_mistakes_are_one_problem_each(body: str, code: str, place: str) -> None:
    result = made("extras: [a.yaml]\nenvironments: {dev: {}, prod: {}}", a=body)
    assert [(p.code, where(p.place)) for p in result.problems] == [(code, f"blueprints/a.yaml:{place}")]


def test_yaml_mistakes_are_told_once_for_all_that_name_the_file() -> None:
    other = MODEL.replace("iris", "other") + "  extras: [a.yaml]\n  environments: {dev: {}}\n---\n"
    text = PROD + other + MODEL + "  extras: ['*.yaml']\n  environments: {dev: {}, prod: {}}\n# file: a.yaml\na: b: c\n"
    assert [p.code for p in scaffold.compiled(text).problems] == ["MW102"]


def test_a_secret_with_a_mistake_is_not_printed() -> None:
    body = SECRET + "stringData:\n  a: hunter2\n  a: hunter3\n"
    result = made("extras: [a.yaml]\nenvironments: {dev: {}}", a=body)
    assert [(p.code, p.conceal) for p in result.problems] == [("MW103", True)]


def test_a_secret_filled_by_a_patch_is_refused() -> None:
    lines = "extras: [a.yaml]\nmanifests: {Secret: {stringData: {a: hunter2}}}\nenvironments: {dev: {}}"
    (problem,) = made(lines, a=SECRET).problems
    assert (problem.code, problem.conceal) == ("MW216", True)
    assert where(problem.place) == "blueprints/blueprint.yaml:1:spec.manifests.Secret.stringData.a"


def test_a_secret_without_values_is_carried() -> None:
    token = SECRET.replace("{name: s}", "{name: s, annotations: {kubernetes.io/service-account.name: a}}")
    result = made("extras: [a.yaml]\nenvironments: {dev: {}}", a=token + "type: kubernetes.io/service-account-token\n")
    assert result.problems == () and "Secret/s" in extras(result, "dev/risk/iris")


MANY = """\
apiVersion: v1
kind: ServiceAccount
metadata: {name: reader, creationTimestamp: null, labels: {}, annotations: {}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reader}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects:
- {kind: ServiceAccount, name: reader}
- {kind: ServiceAccount, name: elsewhere}
- {kind: ServiceAccount, name: theirs, namespace: other}
- {kind: User, name: ada, apiGroup: rbac.authorization.k8s.io}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: odd.name-1, labels: {version: "1.0", on: "yes"}}
data: {a: "null", b: "1e3", c: "0o7", d: " x\\n\\ny ", e: "", f: "- a", g: "é\\u2028"}
---
apiVersion: batch/v1
kind: Job
metadata: {name: fetch}
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      containers:
      - {name: a, image: python:3.12, args: ["-c", "print('{{x}}')"], resources: {requests: {cpu: 1}}, env: [{name: A, value: ""}]}
---
apiVersion: v1
kind: Service
metadata: {name: direct}
spec: {selector: {app: x}, ports: [{port: 80, targetPort: http}], externalName: null}
"""


@pytest.mark.parametrize("version", tools.KUSTOMIZE)
def test_kustomize_builds_what_was_carried(version: str, tmp_path: Path) -> None:
    lines = "extras: [many.yaml, claim.yaml]\nenvironments: {dev: {extras: [many.yaml]}, prod: {manifests: {Job: {spec: {backoffLimit: 3}}}}}"
    result = made(lines, many=MANY, claim=CLAIM)
    assert result.problems == ()
    for path, text in result.tree.files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    for folder in ("dev/risk/iris", "prod/risk/iris"):
        built = read(tools.build(version, tmp_path / folder), folder)[0]
        wanted = [m.data for m in result.tree.built[folder]]
        assert sorted(built, key=_identity) == sorted(wanted, key=_identity)


def _identity(data: Any) -> tuple[str, str]:
    return data["kind"], data["metadata"]["name"]
