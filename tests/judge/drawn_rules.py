"""Drawn objects of released kinds: which rules the server says they break, and which we say.

`python -m tests.judge.drawn_rules [SEED] [COUNT]` builds tests/oracle/rules (Go, linking k8s.io/apiextensions-apiserver)
and compares COUNT objects of each kind. Objects whose bytes are no base64 are left out: the server reports those
as a rule that cannot be evaluated, the judge as a value that does not fit its format.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from modelwright.importing.crds import facts
from modelwright.judge import expressions
from modelwright.judge.catalog import KindSchema, packaged

ROOT = Path(__file__).resolve().parents[2]
CRDS = ROOT.parent / "shared" / "crds"
ORACLE = ROOT / "tests" / "oracle" / "rules"
KINDS = {
    "kserve/v0.20.0/llminferenceservices.serving.kserve.io.yaml": "v1alpha1",
    "gateway-api/v1.6.1/httproutes.gateway.networking.k8s.io.yaml": "v1",
    "gateway-api/v1.6.1/gateways.gateway.networking.k8s.io.yaml": "v1",
    "openshift-api/head/routes.route.openshift.io.yaml": "v1",
    "keda/v2.20.2/scaledobjects.keda.sh.yaml": "v1alpha1",
    "kueue/v0.19.2/clusterqueues.kueue.x-k8s.io.yaml": "v1beta1",
    "kueue/v0.19.2/resourceflavors.kueue.x-k8s.io.yaml": "v1beta1",
    "external-secrets/v2.9.0/secretstores.external-secrets.io.yaml": "v1",
}
_TEXTS = "a web Service ServiceGroup example.com *.example.com /v1 /a//b 10s 1m GET 0 Hostname IPAddress 1.2.3.4"


def draw(schema: Any, chance: random.Random, depth: int = 0) -> Any:
    """A value of about the right shape."""
    if "enum" in schema:
        return chance.choice(schema["enum"])
    if "default" in schema and chance.random() < 0.2:
        return schema["default"]
    if schema.get("x-kubernetes-int-or-string"):
        return chance.choice([1, 80, "http", "10%"])
    kind = schema.get("type")
    if kind == "object":
        return _object(schema, chance, depth)
    if kind == "array":
        least = schema.get("minItems", 0)
        most = max(least, min(schema.get("maxItems", 3), least + 2))
        return [draw(schema["items"], chance, depth + 1) for _ in range(chance.randint(least, most))]
    if kind == "string":
        known = {"date-time": "2020-01-01T00:00:00Z", "duration": "1s", "byte": "aGVsbG8="}
        return known.get(schema.get("format", "")) or chance.choice(["", *_TEXTS.split()])
    if kind == "integer":
        return max(schema.get("minimum", 0), chance.choice([0, 1, 2, 5, 80, 443]))
    return {"number": chance.choice([0, 1, 0.5, 2.0]), "boolean": chance.random() < 0.5}.get(kind)


def _object(schema: Any, chance: random.Random, depth: int) -> dict[str, Any]:
    often = 0.5 if depth < 3 else 0.35 if depth < 6 else 0.1
    values = schema.get("additionalProperties")
    if isinstance(values, dict):
        names = [chance.choice(["a", "b", "example.com/name"]) for _ in range(chance.randint(0, 2))]
        return {name: draw(values, chance, depth + 1) for name in names}
    return {
        name: draw(each, chance, depth + 1)
        for name, each in schema.get("properties", {}).items()
        if name in schema.get("required", ()) or chance.random() < often
    }


def objects(chance: random.Random, count: int, folder: Path) -> Iterator[tuple[str, KindSchema, dict[str, Any]]]:
    """Drawn objects: the file of their schema, our schema, the object."""
    for number, (file, version) in enumerate(KINDS.items()):
        documents = yaml.load_all((CRDS / file).read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        spec = next(document for document in documents if document)["spec"]
        schema = next(v for v in spec["versions"] if v["name"] == version)["schema"]["openAPIV3Schema"]
        path = folder / f"{number}.json"
        path.write_text(json.dumps(schema), encoding="utf-8")
        kind = packaged(facts(schema), namespaced=True)
        fields = schema["properties"]["spec"]["properties"]
        for _ in range(count):
            # A few fields at a time: whole objects of the largest kinds would be thousands of lines.
            chosen = chance.sample(sorted(fields), min(len(fields), chance.randint(1, 4)))
            drawn = {name: draw(fields[name], chance, 1) for name in chosen}
            head = {"apiVersion": f"{spec['group']}/{version}", "kind": spec["names"]["kind"]}
            yield str(path), kind, {**head, "metadata": {"name": "a"}, "spec": drawn}


def ours(kind: KindSchema, data: dict[str, Any]) -> list[str]:
    """The paths of broken rules, as the server writes them."""
    return sorted(
        "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".") or "<nil>"
        for _, path, _, _ in expressions.rule_notes(kind, data)
    )


def main(seed: int = 1, count: int = 100) -> int:
    """Compare; 1 where anything differs."""
    expressions.MOST = sys.maxsize
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run(["go", "build", "-o", str(folder / "oracle"), "."], cwd=ORACLE, check=True)
        drawn = list(objects(random.Random(seed), count, folder))
        lines = "".join(json.dumps({"schema": path, "object": data}) + "\n" for path, _, data in drawn)
        made = subprocess.run([str(folder / "oracle")], input=lines, capture_output=True, text=True, check=True)
    broken = different = 0
    for (_, kind, data), line in zip(drawn, made.stdout.splitlines(), strict=True):
        wanted = sorted(error.partition(": ")[0] for error in json.loads(line)["errors"])
        broken += len(wanted)
        # The server writes keys of maps in brackets, as indices.
        if [_plain(path) for path in wanted] != [_plain(path) for path in ours(kind, data)]:
            different += 1
            print(f"{json.dumps(data)}\n  server: {wanted}\n  ours:   {ours(kind, data)}")
    print(f"{len(drawn)} objects, {broken} broken rules, {different} differences")
    return int(different > 0)


def _plain(path: str) -> str:
    return path.replace("[", ".").replace("]", "")


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
