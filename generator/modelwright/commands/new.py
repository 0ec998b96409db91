"""`modelwright new`: a blueprint to fill in."""

from __future__ import annotations

import re

import click

from modelwright.commands.common import misuse, read_workspace, root_of

HEAD = "apiVersion: modelwright/v1\nkind: {kind}\nmetadata:\n  name: {name}\n"
BODIES = {
    "Model": """\
spec:
  format: sklearn            # what the model was saved as: sklearn, xgboost, onnx, huggingface, ...
  source: gs://kfserving-examples/models/sklearn/1.0/model   # where its files are
{size}  environments:              # it runs only where named
    {environment}: {{}}
""",
    "Runtime": """\
spec:
  formats:                   # what it can serve
  - {{name: my-format, version: "1", autoSelect: true}}
  protocols: [v2]
  image: registry.example.com/team/server:1.0
  environments:
    {environment}: {{}}
""",
    "Pipeline": """\
spec:
  ir: {name}-ir.yaml         # what `kfp dsl compile --py {name}.py --output {name}-ir.yaml` wrote, in this folder
  environments:              # it is there only where named
    {environment}: {{}}
""",
    "PipelineServer": """\
spec:
  objectStorage: {{connection: {connection}}}   # a Connection of type s3
  database: managed
  store: kubernetes          # so that Pipeline blueprints reach it
  environments:              # Open Data Hub only
    {environment}: {{}}
""",
    "Connection": """\
spec:
  type: s3
  endpoint: https://s3.example.com
  bucket: models
  secret: {name}             # a Secret with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, already in the namespace
""",
    "Environment": """\
spec:
  cluster: {cluster}
  sizes:
    small: {{cpu: 1, memory: 2Gi}}
""",
    "Cluster": """\
spec:
  flavour: kubernetes
  versions: {{kubernetes: "1.33", kserve: "0.20"}}
  mode: standard
""",
}


@click.command(
    "new",
    epilog="""\b
Examples:
  modelwright new model fraud-detector
  modelwright new connection fraud-data""",
)
@click.argument("kind")
@click.argument("name")
@click.pass_obj
def command(directory: str, kind: str, name: str) -> None:
    """Write a new blueprint of KIND called NAME: model, runtime, pipeline, pipelineserver, connection,
    environment or cluster."""
    from modelwright.load import load
    from modelwright.problems import did_you_mean

    root = root_of(directory)
    words = {word.lower(): word for word in BODIES}
    if kind.lower() not in words:
        misuse(f"there is no blueprint kind {kind!r} to write; {did_you_mean(kind, list(words))}")
    word = words[kind.lower()]
    if not re.fullmatch(r"[a-z]([-a-z0-9]*[a-z0-9])?", name):
        misuse(f"{name!r} is no Kubernetes name: lower case letters, digits and dashes, a letter first")
    documents, _ = load([s for s in read_workspace(root)[0] if not s.path.startswith("templates/")])
    if any(d.kind == word and d.name == name for d in documents):
        misuse(f"{word} `{name}` already exists")
    environment = next((d for d in documents if d.kind == "Environment"), None)
    sizes = ((environment.data.get("spec") or {}).get("sizes") or {}) if environment else {}
    text = (HEAD + BODIES[word]).format(
        kind=word,
        name=name,
        environment=environment.name if environment else "dev",
        connection=next((d.name for d in documents if d.kind == "Connection"), "pipeline-store"),
        cluster=next((d.name for d in documents if d.kind == "Cluster"), "main"),
        size=f"  size: {next(iter(sizes))}\n" if sizes else "",
    )
    path = root / "blueprints" / f"{name}.yaml"
    if path.exists():
        path = root / "blueprints" / f"{kind.lower()}-{name}.yaml"
    path.parent.mkdir(exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        misuse(f"{path.relative_to(root)} is already here; nothing was changed")
    click.echo(f"wrote {path.relative_to(root)}")
