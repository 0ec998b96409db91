"""Wrong blueprints: the code, the exact place, and words that help."""

from __future__ import annotations

from typing import Any

import pytest

from modelwright.load import load
from modelwright.load.shape import is_inside
from modelwright.model import Source
from modelwright.report.locate import located

FILE = "blueprints/a.yaml"


def found(text: str, file: str = FILE) -> list[tuple[str, int, int, str]]:
    """Code, line, column and message with hint of each problem, in reading order."""
    _, problems = load([Source(file, text)])
    assert all(problem.place is not None for problem in problems)
    places = located(problems, {file: text})
    return [
        (i.problem.code, i.mark.line, i.mark.column, f"{i.problem.message} / {i.problem.hint}")
        for i in places
        if i.mark is not None
    ]


def blueprint(kind: str, *lines: str, name: str = "iris") -> str:
    """A blueprint whose spec's first line is line 6 of the file."""
    head = ["apiVersion: modelwright/v1", f"kind: {kind}", "metadata:", f"  name: {name}", "spec:"]
    return "\n".join([*head, *(f"  {line}" for line in lines)]) + "\n"


def model(*lines: str) -> str:
    return blueprint("Model", "format: sklearn", *lines)


HEADS: dict[str, tuple[str, str, int, int, str]] = {
    "empty file": ("# nothing\n", "MW106", 1, 1, "empty"),
    "a list": ("- a\n", "MW107", 1, 1, "not a blueprint"),
    "no apiVersion": ("kind: Model\n", "MW107", 1, 1, "apiVersion is missing"),
    "a manifest": ("apiVersion: v1\nkind: Secret\n", "MW107", 1, 13, "extras"),
    "apiVersion is a map": ("apiVersion: {a: b}\n", "MW107", 1, 13, "write `apiVersion: modelwright/v1`"),
    "kind misspelt": ("apiVersion: modelwright/v1\nkind: Modle\n", "MW218", 2, 7, "did you mean `Model`?"),
    "kind missing": ("apiVersion: modelwright/v1\n", "MW218", 1, 1, "kind is missing"),
    "kind is a list": ("apiVersion: modelwright/v1\nkind: [Model]\n", "MW218", 2, 7, "must be text"),
    "kind of later": ("apiVersion: modelwright/v1\nkind: LLM\n", "MW218", 2, 7, "not supported yet"),
    "name with capitals": (blueprint("Model", "format: x", name="Iris_1"), "MW207", 4, 9, "`iris-1` would do"),
    "model starts with a digit": (blueprint("Model", "format: x", name="1st"), "MW207", 4, 9, "a letter first"),
    "name too long": (blueprint("Model", "format: x", name="a" * 54), "MW207", 4, 9, "longer than 53"),
    "environment takes a folder": (blueprint("Environment", "cluster: c", name="base"), "MW207", 4, 9, "base"),
    "name is a number": (blueprint("Model", "format: x", name="12"), "MW202", 4, 9, 'quote it: "12"'),
    "no metadata": ("apiVersion: modelwright/v1\nkind: Model\nspec: {format: x}\n", "MW203", 1, 1, "metadata"),
    "no name": (
        "apiVersion: modelwright/v1\nkind: Model\nmetadata: {}\nspec: {format: x}\n", "MW203", 3, 1, "`name` is missing",
    ),
    "no spec": ("apiVersion: modelwright/v1\nkind: Model\nmetadata: {name: a}\n", "MW203", 2, 1, "`spec` is missing"),
    "format beside spec": (model() + "size: small\n", "MW201", 7, 1, "move it under `spec`"),
}


@pytest.mark.parametrize(("text", "code", "line", "column", "words"), HEADS.values(), ids=HEADS.keys())
def test_heads(text: str, code: str, line: int, column: int, words: str) -> None:
    problems = found(text)
    assert [p[:3] for p in problems] == [(code, line, column)]
    assert words in problems[0][3]


MODELS: dict[str, tuple[list[str], str, int, int, str]] = {
    # line 6 is `format: sklearn`, so the first line given here is line 7
    "misspelt": (["timout: 5"], "MW201", 7, 3, "did you mean `timeout`?"),
    "level too deep": (["replicas: {min: 1, size: small}"], "MW201", 7, 22, "directly under `spec`"),
    "level too high": (["visibility: external"], "MW201", 7, 3, "it belongs under `access`"),
    "of metadata": (["owner: me"], "MW201", 7, 3, "it belongs under `metadata`"),
    "a word of KServe": (["storageUri: gs://a"], "MW201", 7, 3, "write `source:"),
    "requests": (["resources: {requests: {cpu: 1}}"], "MW201", 7, 15, "are the requests"),
    "env is a number": (["env: {WORKERS: 2}"], "MW202", 7, 18, 'quote it: "2"'),
    "env is no": (["env: {COLOUR: no}"], "MW202", 7, 17, 'YAML reads `no` as `false`; quote it: "no"'),
    "env is true": (["env: {DEBUG: true}"], "MW202", 7, 16, 'quote it: "true"'),
    "version": (["runtimeVersion: 1.10"], "MW202", 7, 19, 'YAML reads `1.10` as `1.1`; quote it: "1.10"'),
    "octal": (["env: {MODE: 0644}"], "MW202", 7, 15, 'quote it: "0644"'),
    "env as a list": (["env: [{name: A, value: b}]"], "MW202", 7, 8, "without dashes"),
    "number in args": (["args: [--port, 80]"], "MW202", 7, 18, "item 2"),
    "args is text": (["args: --port=80"], "MW202", 7, 9, "put it in a list: [--port=80]"),
    "quoted number": (['concurrency: "5"'], "MW202", 7, 16, "remove the quotes: 5"),
    "quoted boolean": (['stopped: "yes"'], "MW202", 7, 12, "remove the quotes: true"),
    "no value": (["timeout:"], "MW202", 7, 3, "`timeout` has no value"),
    "environments as a list": (["environments: [dev]"], "MW202", 7, 17, "{dev: {}, prod: {}}"),
    "port missing": (["ports: [{name: h2c}]"], "MW203", 7, 11, "`port` is missing"),
    "traffic missing": (["canary: {name: b}"], "MW203", 7, 3, "`traffic` is missing"),
    "partial source": (["source: {path: a/}"], "MW203", 7, 3, "`uri` or `connection` is missing"),
    "partial source in an override": (
        ["source: {connection: c, path: a}", "environments: {dev: {source: {path: b}}}"], "MW203", 8, 24, "all of it anew",
    ),
    "mount of nothing": (["mounts: {/a: {readOnly: true}}"], "MW203", 7, 12, "say one of: pvc"),
    "enum": (["mode: standart"], "MW204", 7, 9, "did you mean `standard`?"),
    "enum in an override": (["environments: {dev: {protocol: v3}}"], "MW204", 7, 34, "known here: `grpc-v1`"),
    "short word": (["autoscale: non"], "MW204", 7, 14, "did you mean `none`?"),
    "bound": (["canary: {traffic: 120}"], "MW204", 7, 21, "at most 100"),
    "negative replicas": (["replicas: -1"], "MW204", 7, 13, "at least 0"),
    "cpu target": (["autoscale: {metric: cpu, target: 400}"], "MW204", 7, 36, "percentage"),
    "min above max": (["replicas: {min: 4, max: 2}"], "MW204", 7, 19, "`min` 4 is more than `max` 2"),
    "not a URI": (["source: models/iris"], "MW204", 7, 11, "A storage URI"),
    "reference without key": (["env: {A: {secret: hf}}"], "MW204", 7, 21, "name/key"),
    "duration": (["access: {timeout: 1 minute}"], "MW204", 7, 21, "60s"),
    "variable name": (["env: {1A: x}"], "MW204", 7, 9, "no digit first"),
    "mount path": (["mounts: {cache: {emptyDir: {}}}"], "MW204", 7, 12, "starts with `/`"),
    "beside": (["transformer: {image: a, beside: true}"], "MW220", 7, 27, "not supported yet"),
    "size and resources": (["size: small", "resources: {cpu: 1}"], "MW205", 8, 3, "exclude each other"),
    "source and sources": (["source: gs://a", "sources: [{uri: gs://b}]"], "MW205", 8, 3, "keep one of"),
    "format and container": (["container: {image: a}"], "MW205", 7, 3, "`format` and `container`"),
    "two volumes": (["mounts: {/a: {pvc: x, emptyDir: {}}}"], "MW205", 7, 25, "exclude each other"),
    "gb": (["resources: {memory: 2gb}"], "MW214", 7, 23, "did you mean `2Gi`?"),
    "space in unit": (["resources: {memory: 4G i}"], "MW214", 7, 23, "did you mean `4Gi`?"),
    "mb": (["resources: {memory: 500mb}"], "MW214", 7, 23, "did you mean `500Mi`?"),
    "comma": (['resources: {memory: "1,5Gi"}'], "MW214", 7, 23, "did you mean `1.5Gi`?"),
    "cores": (["resources: {cpu: 2 cores}"], "MW214", 7, 20, "did you mean `2`?"),
    "memory in milli": (["resources: {memory: 512m}"], "MW214", 7, 23, "did you mean `512Mi`?"),
    "memory in bytes": (["resources: {memory: 16}"], "MW214", 7, 23, "did you mean `16Gi`?"),
    "memory as cpu": (["resources: {cpu: 4Gi}"], "MW214", 7, 20, "counted in cores"),
    "negative": (["resources: {cpu: -1}"], "MW214", 7, 20, "negative"),
    "huge exponent": (['resources: {cpu: "1e99999999999"}'], "MW214", 7, 20, "not an amount"),
    "in an override": (["environments: {dev: {resources: {memory: 2gb}}}"], "MW214", 7, 44, "2Gi"),
    "limit below request": (["resources: {cpu: 2, limits: {cpu: 500m}}"], "MW215", 7, 37, "below its request, 2"),
    "of a transformer": (["transformer: {image: a, resources: {memory: 1gb}}"], "MW214", 7, 47, "1Gi"),
    "a token": (["env: {HF_TOKEN: hf_abc}"], "MW216", 7, 19, "HF_TOKEN: {secret: name/key}"),
    "a token in the long form": (["env: {HF_TOKEN: {value: hf_abc}}"], "MW216", 7, 19, "secret"),
    "a password in a URL": (["env: {DB: 'postgres://u:hunter2@db/x'}"], "MW216", 7, 13, "keep them in a Secret"),
    "project in an override": (["environments: {dev: {project: b}}"], "MW201", 7, 24, "cannot differ"),
}


@pytest.mark.parametrize(("lines", "code", "line", "column", "words"), MODELS.values(), ids=MODELS.keys())
def test_models(lines: list[str], code: str, line: int, column: int, words: str) -> None:
    problems = found(model(*lines))
    assert [p[:3] for p in problems] == [(code, line, column)], problems
    assert words in problems[0][3]


OTHERS: dict[str, tuple[str, list[str], str, int, int, str]] = {
    "no format": ("Model", ["size: small"], "MW203", 5, 1, "`format` is missing"),
    "runtime without image": ("Runtime", ["formats: [sklearn]"], "MW203", 5, 1, "`image` is missing"),
    "priority": ("Runtime", ["image: a", "formats: [{name: a, priority: 0}]"], "MW204", 7, 33, "at least 1"),
    "sidecar name": ("Runtime", ["image: a", "formats: [a]", "sidecars: {My_Car: {image: b}}"], "MW207", 8, 14, "My_Car"),
    "cluster version": ("Cluster", ["versions: {kubernetes: 1.30}"], "MW202", 6, 26, 'quote it: "1.30"'),
    "cluster version text": ("Cluster", ["versions: {kserve: latest}"], "MW204", 6, 22, "0.20"),
    "no versions": ("Cluster", ["mode: standard"], "MW203", 5, 1, "`versions` is missing"),
    "no cluster": ("Environment", ["after: dev"], "MW203", 5, 1, "`cluster` or `extends`"),
    "size amount": ("Environment", ["cluster: c", "sizes: {small: {memory: 1gb}}"], "MW214", 7, 27, "1Gi"),
    "defaults amount": ("Environment", ["cluster: c", "defaults: {Model: {replica: 1}}"], "MW201", 7, 22, "replicas"),
    "defaults kind": ("Environment", ["cluster: c", "defaults: {Modell: {}}"], "MW201", 7, 14, "did you mean `Model`?"),
    "namespace": ("Environment", ["cluster: c", 'namespace: "{team}-x"'], "MW204", 7, 14, "{project}"),
    "mirror": ("Environment", ["cluster: c", "images: [{from: kserve, to: b.io}]"], "MW204", 7, 19, "of `docker.io`"),
    "quota": ("Environment", ["cluster: c", "quota: {cpus: 4}"], "MW201", 7, 11, "did you mean `cpu`?"),
    "quota of requests": ("Environment", ["cluster: c", "quota: {requests.nvidia.com/gpu: 4}"], "MW201", 7, 11, "write `gpu: 2`"),
    "quota amount": ("Environment", ["cluster: c", "quota: {memory: 64gb}"], "MW214", 7, 19, "64Gi"),
    "connection type": ("Connection", ["type: minio"], "MW204", 6, 9, "known here"),
    "s3 without a bucket": ("Connection", ["type: s3", "secret: s"], "MW203", 5, 1, "`bucket` is missing"),
    "empty bucket": ("Connection", ["type: s3", 'bucket: ""'], "MW203", 5, 1, "`bucket` is missing"),
    "gcs without a bucket": ("Connection", ["type: gcs"], "MW203", 5, 1, "`bucket` is missing"),
    "azure without a container": ("Connection", ["type: azure", "account: a"], "MW203", 5, 1, "`container` is missing"),
    "azure without an account": ("Connection", ["type: azure", "container: a"], "MW203", 5, 1, "`account` is missing"),
    "uri without an address": ("Connection", ["type: uri"], "MW203", 5, 1, "`uri` or `secret` is missing"),
    "oci without a registry": ("Connection", ["type: oci", "secret: s"], "MW203", 5, 1, "`registry` or `uri` is missing"),
    "two ways to a secret": ("Connection", ["type: s3", "secret: a", "from: {keys: {A: b}}"], "MW205", 8, 3, "exclude"),
    "sealed": ("Connection", ["type: s3", "sealed: ../b.yaml"], "MW204", 7, 11, "out of the workspace"),
    "sealed list": ("Connection", ["type: s3", "sealed: [b.yaml]"], "MW202", 7, 11, "secrets/dev"),
    "project name": ("Workspace", ["projects: {../../x: {}}"], "MW207", 6, 14, "`../../x`"),
    "judge": ("Workspace", ["judge: {severity: {MW7: hint}}"], "MW204", 6, 27, "`hint`"),
    "judge code": ("Workspace", ["judge: {severity: {E501: note}}"], "MW204", 6, 22, "MW801"),
}


@pytest.mark.parametrize(("kind", "lines", "code", "line", "column", "words"), OTHERS.values(), ids=OTHERS.keys())
def test_other_kinds(kind: str, lines: list[str], code: str, line: int, column: int, words: str) -> None:
    problems = found(blueprint(kind, *lines))
    assert [p[:3] for p in problems] == [(code, line, column)], problems
    assert words in problems[0][3]


@pytest.mark.parametrize("word", ["accessKey", "secretKey", "password", "token", "access_key_id", "AWS_SECRET_ACCESS_KEY"])
def test_a_credential_of_a_connection_is_refused_and_never_repeated(word: str) -> None:
    problems = found(blueprint("Connection", "type: s3", f"{word}: hunter2"))
    assert [p[:3] for p in problems] == [("MW216", 7, 3)]
    assert "secret: name" in problems[0][3]


@pytest.mark.parametrize(
    "line",
    ["env: {DB_PASSWORD: 13371337}", "env: {API_KEY: hunter2}", "env: {A: 'ftp://u:hunter2@h'}", "source: s3://u:hunter2@b/x"],
)
def test_no_message_repeats_a_secret(line: str) -> None:
    text = model(line)
    documents, problems = load([Source(FILE, text)])
    assert [p.code for p in problems] == ["MW216"]
    assert "hunter2" not in repr(problems)
    assert "13371337" not in repr(problems)
    assert "hunter2" not in repr(documents)
    assert "13371337" not in repr(documents)


@pytest.mark.parametrize(
    "line",
    [
        'env: {MAX_TOKENS: "512"}', "env: {HF_TOKEN_PATH: secrets}", "env: {HF_TOKEN: /run/secrets/hf}",
        "env: {HF_TOKEN: {secret: hf/token}}", 'env: {HF_TOKEN: ""}', "env: {EOS_TOKEN: </s>}", 'env: {USE_TOKEN: "true"}',
        "env: {SECRET_NAME: hf}", "env: {URL: 'http://user@host/a:b'}", "env: {API_KEY: $(OTHER)}",
        "env: {DB: 'postgres://u:$(PW)@db/x'}", "env: {TOKENIZERS_PARALLELISM: 'false'}",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_secret_passes(line: str) -> None:
    assert found(model(line)) == []


def test_two_of_one_name() -> None:
    text = model() + "---\n" + model()
    problems = load([Source(FILE, text)])[1]
    assert [p.code for p in problems] == ["MW206"]
    item = located(problems, {FILE: text})[0]
    assert item.mark is not None
    assert (item.mark.line, item.mark.column) == (11, 9)
    assert [(mark.line, mark.column) for _, mark in item.related] == [(4, 9)]


def test_names_are_taken_per_project_and_the_default_project_counts() -> None:
    head = Source("modelwright.yaml", blueprint("Workspace", "projects: {a: {}, b: {}}"))
    mine = Source("blueprints/1.yaml", model())
    assert load([head, mine, Source("blueprints/2.yaml", model("project: b"))])[1] == ()
    assert [p.code for p in load([head, mine, Source("blueprints/2.yaml", model("project: a"))])[1]] == ["MW206"]


def test_both_members_of_a_group_are_shown() -> None:
    text = model("size: small", "resources: {cpu: 1}")
    item = located(load([Source(FILE, text)])[1], {FILE: text})[0]
    assert [(mark.line, mark.column) for _, mark in item.related] == [(7, 3)]


def test_an_alias_repeats_no_mistake() -> None:
    lines = ["resources: &r {memory: 2gb}", "transformer: {image: a, resources: *r}", "workers: {resources: *r}"]
    assert [p[:3] for p in found(model(*lines))] == [("MW214", 7, 26)]


def test_what_cannot_be_used_is_left_out() -> None:
    text = model("timeout: soon", "timout: 5", "env: {A: 1, B: x}", "args: [a, 1]", "environments: {dev: {stopped: 3}}")
    documents, problems = load([Source(FILE, text)])
    assert len(problems) == 5
    spec: Any = documents[0].data["spec"]
    assert spec == {"format": "sklearn", "env": {"B": "x"}, "environments": {"dev": {}}}


def test_a_file_that_is_no_yaml_does_not_hide_the_others() -> None:
    documents, problems = load([Source("blueprints/b.yaml", "a: [\n"), Source(FILE, model())])
    assert [p.code for p in problems] == ["MW102"]
    assert [d.name for d in documents] == ["iris"]


def test_null_deletes_in_an_override_and_nothing_is_required() -> None:
    lines = ["environments:", "  dev: {canary: null, transformer: {size: null}, env: {A: null}}", "  prod:", "  test: {}"]
    assert found(model(*lines)) == []


@pytest.mark.parametrize("path", ["a.yaml", "a/*.yaml", "./a.yaml"])
def test_paths_inside(path: str) -> None:
    assert is_inside(path)


@pytest.mark.parametrize("path", ["", "/etc/passwd", "../a", "a/../../b", "a\\..\\b", "C:x", "a\nb"])
def test_paths_outside(path: str) -> None:
    assert not is_inside(path)
