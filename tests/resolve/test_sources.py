"""A model's source, said by a connection: whole addresses, or a problem that tells what is missing."""

from __future__ import annotations

import pytest
from tests.scaffold import compiled

CONNECTION = """\
apiVersion: modelwright/v1
kind: Connection
metadata: {name: con}
spec: SPEC
"""
MODEL = """\
apiVersion: modelwright/v1
kind: Model
metadata: {name: m}
spec:
  format: huggingface
  source: SOURCE
  environments: {dev: {}}
"""


def told(connection: str, source: str) -> list[tuple[str, str, tuple[str | int, ...]]]:
    made = compiled(CONNECTION.replace("SPEC", connection), MODEL.replace("SOURCE", source))
    return [(p.code, getattr(p.place, "file", ""), getattr(p.place, "path", ())) for p in made.problems]


def test_a_model_of_the_hugging_face_hub_has_its_whole_address() -> None:
    made = compiled(CONNECTION.replace("SPEC", "{type: hf, secret: s}"), MODEL.replace("SOURCE", "{connection: con, path: meta/llama}"))
    assert made.problems == ()
    (service,) = made.tree.built["dev/risk/m"]
    assert service.data["spec"]["predictor"]["model"]["storageUri"] == "hf://meta/llama"


@pytest.mark.parametrize(
    ("connection", "source", "word"),
    [
        ("{type: hf}", "{connection: con}", ()),
        ("{type: hf}", "{connection: con, path: /}", ()),
        ("{type: database, host: db, database: d, secret: s}", "{connection: con, path: a}", ("connection",)),
        ("{type: uri, secret: s}", "{connection: con}", ("connection",)),
        ("{type: uri, secret: s}", "{connection: con, path: a}", ("connection",)),
    ],
)
def test_a_connection_that_names_no_files_is_told_at_the_models_source(connection: str, source: str, word: tuple[str, ...]) -> None:
    assert told(connection, source) == [("MW250", "blueprints/1.yaml", ("spec", "source", *word))]


def test_a_canarys_source_is_asked_the_same() -> None:
    model = MODEL.replace("SOURCE", "gs://a/b\n  canary: {traffic: 10, source: {connection: con}}")
    problems = compiled(CONNECTION.replace("SPEC", "{type: hf}"), model).problems
    assert [(p.code, getattr(p.place, "path", ())) for p in problems] == [("MW250", ("spec", "canary", "source"))]


@pytest.mark.parametrize(("account", "codes"), [("mine", ["MW251"]), ("con-storage", [])])
def test_an_account_of_the_models_own_may_lack_the_connections_secret(account: str, codes: list[str]) -> None:
    model = MODEL.replace("SOURCE", f"{{connection: con, path: a}}\n  serviceAccount: {account}")
    made = compiled(CONNECTION.replace("SPEC", "{type: gcs, bucket: b, secret: s}"), model)
    assert [(p.code, p.severity, getattr(p.place, "path", ())) for p in made.problems] == [
        (code, "warning", ("spec", "serviceAccount")) for code in codes
    ]
    assert made.tree.built["dev/risk/m"][0].data["spec"]["predictor"]["serviceAccountName"] == account


def test_an_account_beside_a_connection_without_credentials_is_nobodys_business() -> None:
    model = MODEL.replace("SOURCE", "{connection: con, path: a}\n  serviceAccount: mine")
    assert compiled(CONNECTION.replace("SPEC", "{type: gcs, bucket: b}"), model).problems == ()


@pytest.mark.parametrize(
    ("facts", "word", "wanted"),
    [
        ('endpoint: "http://minio:9000"', "endpoint", ['s3-endpoint: "minio:9000"', 's3-usehttps: "0"']),
        ("region: eu-central-1", "region", ['s3-region: "eu-central-1"']),
    ],
)
def test_facts_that_kserve_reads_from_a_secret_of_others_are_told_once(facts: str, word: str, wanted: list[str]) -> None:
    model = MODEL.replace("SOURCE", "{connection: con, path: a}")
    connection = CONNECTION.replace("SPEC", f"{{type: s3, bucket: b, secret: s, {facts}}}")
    (problem,) = compiled(connection, model, model.replace("name: m", "name: other")).problems
    assert (problem.code, problem.severity, getattr(problem.place, "path", ())) == ("MW252", "warning", ("spec", word))
    assert all(f"`serving.kserve.io/{mark}`" in problem.hint for mark in wanted)


def test_a_secret_without_such_facts_needs_no_marks() -> None:
    connection = CONNECTION.replace("SPEC", "{type: s3, bucket: b, secret: s}")
    assert compiled(connection, MODEL.replace("SOURCE", "{connection: con, path: a}")).problems == ()
