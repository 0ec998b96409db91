"""Core kinds: what Kubernetes' own code says of an object, and what we say.

`python -m tests.judge.drawn_core [SEED] [COUNT]` builds tests/oracle/core (Go, linking k8s.io/kubernetes of 1.34), asks
it about COUNT mutations of `core/sound.yaml` and about every core object in ../shared, and prints each difference of
verdict or place that `EXPLAINED` does not account for.

An object is judged alike where both take it, or both refuse it and every place that we name is one the server names, or
is right above or below one: a single defect may be several errors to the server, and one to us.
"""

from __future__ import annotations

import copy
import json
import os
import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelwright.judge import judge
from modelwright.judge.catalog import core_kind
from modelwright.judge.words import resolve
from modelwright.model import Manifest, Release
from modelwright.problems import Problem
from modelwright.yamlio import read

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
ORACLE = ROOT / "tests" / "oracle" / "core"
SOUND = Path(__file__).parent / "core" / "sound.yaml"
RELEASE = Release("1.34")
KINDS = frozenset({"CustomResourceDefinition", *re.findall(r'"(\w+)":', re.findall(r"strategies = .*?\n}", (ORACLE / "main.go").read_text(), re.S)[0])})

EXPLAINED: dict[str, str] = {
    "server .*may not specify more than 1 volume type": "the server names the first that it looks at",
    "StatefulSet server .*ephemeral.volumeClaimTemplate.spec.dataSource: ": "such a source is dropped from other claims",
    "server .*when `hostUsers` is false": "told at `hostUsers`",
    "server .*topologyKey, whenUnsatisfiable": "told at the second of two",
    "server .*tolerations.*operator: .*a valid label": "told at the value",
    "server .*windowsOptions": "Windows is not judged",
    "server spec.csi: .*volumeAttributesClassName": "told at the class",
    "^CustomResourceDefinition server metadata.generateName": "a definition with a generated name is never right",
    "server metadata.generation": "nobody writes it",
    "server .*overhead.limits": "the server names limits that are not there",
    "server endpoints.*hints": "written by controllers",
    "^CustomResourceDefinition server .*selectableFields": "paths into schemas are not judged",
    "^CustomResourceDefinition server .*openAPIV3Schema: Invalid value: .*": "parts of schemas that `structural` does not know",
    "server .*matchConditions.*expression": "expressions of webhooks are not compiled",
    "^LimitRange ours metadata.name MW508": "the server makes up a name; a tree cannot be built without one",
    "^Service ours .*nodePort .* is not among": "the allocator of ports refuses them, which the oracle does not ask",
    "server .*Limit must be set for non overcommitable": "told at the request that has no limit",
    "^ReplicationController server .*labels: .*does not match": "told at the selector, whose label cannot be one",
    "^StatefulSet server spec.volumeClaimTemplates": "refused since 1.34, before that when claims are made: told as broken",
    "^PersistentVolumeClaim ours spec.dataSource.kind MW503": "the server drops such a source without a word",
    "^CustomResourceDefinition server .*openAPIV3Schema.*default": "defaults within schemas are not judged",
    "^CustomResourceDefinition server unknown field .*subresources.status": "the published schema allows any field there",
    "^Deployment server .*conflicting duplicate paths": "told at the file; the volume is then missing to the server",
    "^HorizontalPodAutoscaler server spec.metrics.0..resource.target": "autoscaling/v1 is validated as its translation",
}
"""Places where we differ on purpose, as patterns, and why."""

_TEXTS = (
    "", " ", "a", "A", "Web", "a_b", "a.b", "-a", "a-", "a--b", "1", "80", "http", "x" * 16, "x" * 64, "x" * 260, "a b",
    "a/b", "/a", "../a", "..a", "a/../b", "é", "10%", "110%", "-1%", "10.0.0.1", "010.0.0.1", "10.0.0.0/8", "10.0.0.0/40",
    "2001:db8::1", "127.0.0.1", "*.example.com", "example.com/a", "example.com/", "example.com/a/b", "1Gi", "-1", "0",
    "0.5", "metadata.name", "status.podIP", "limits.memory", "None", "true", "@daily", "* * * * *", "60 * * * *",
    "Europe/Paris", "Local", "Never", "OnFailure", "Always", "Recreate", "ClusterIP", "NodePort", "ExternalName",
    "LoadBalancer", "Local", "Exists", "In", "Gt", "UDP", "Unmasked", "Localhost", "kubernetes.io/tls", "v1", "cpu",
)  # fmt: skip
_NUMBERS = (-1, 0, 1, 2, 5, 80, 100, 101, 600, 1801, 3601, 30080, 65535, 65536, 86401, 1_000_000_001, 2**31 - 1)


@dataclass(frozen=True)
class Answer:
    """What the server says: places of errors; empty where it takes the object."""

    decode: tuple[str, ...]
    fields: tuple[str, ...]
    details: tuple[str, ...]

    @property
    def refused(self) -> bool:
        return bool(self.decode or self.fields)


def sound() -> list[dict[str, Any]]:
    """The documents that mutations start from."""
    documents, problems = read(SOUND.read_text(encoding="utf-8"), SOUND.name)
    assert not problems
    return documents


def places(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value in an object."""
    pairs = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in pairs:
        if not path and key in ("apiVersion", "kind"):
            continue
        yield (*path, key)
        yield from places(value, (*path, key))


def without(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The object without each of its values in turn."""
    for where in places(data):
        made = copy.deepcopy(data)
        holder = made
        for step in where[:-1]:
            holder = holder[step]
        del holder[where[-1]]
        yield made


def mutated(data: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """The object with one defect, or what may be one."""
    made = copy.deepcopy(data)
    where = chance.choice(list(places(made)))
    holder = made
    for step in where[:-1]:
        holder = holder[step]
    last, value = where[-1], holder[where[-1]]
    way = chance.random()
    if way < 0.2:
        del holder[last]
    elif isinstance(value, list):
        if value and way < 0.6:
            value.append(copy.deepcopy(chance.choice(value)))
        else:
            value.clear()
    elif isinstance(value, dict):
        _map(value, data, chance)
    elif isinstance(value, bool):
        holder[last] = not value
    elif isinstance(value, (int, float)):
        holder[last] = chance.choice(_NUMBERS)
    else:
        holder[last] = chance.choice(_TEXTS) if way < 0.9 else chance.choice(_NUMBERS)
    return made


def grown(data: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """The object with a field more, which its schema knows: of about the right shape."""
    group, _, version = data["apiVersion"].rpartition("/")
    schema = core_kind(RELEASE.kubernetes, group, version, data["kind"])
    assert schema is not None
    made = copy.deepcopy(data)
    maps = [
        (holder, node)
        for holder, node in _typed(made, schema.schema, schema.schema)
        if set(node["properties"]) - set(holder) - _NOT_GROWN
    ]
    holder, node = chance.choice(maps)
    name = chance.choice(sorted(set(node["properties"]) - set(holder) - _NOT_GROWN))
    holder[name] = _drawn(schema.schema, node["properties"][name], chance, 0)
    return made


_NOT_GROWN = frozenset(
    # Written by the server, or dropped by it where they are not switched on, with all that is in them.
    "apiVersion kind metadata status managedFields creationTimestamp deletionTimestamp "
    "image fileKeyRef clusterTrustBundle podCertificate restartPolicyRules hostnameOverride".split()
)


def _typed(value: Any, node: Any, root: Any) -> Iterator[tuple[dict[str, Any], Any]]:
    """Every map of an object that has fields by its schema."""
    node = resolve(root, node)
    if isinstance(value, dict):
        fields = node.get("properties") or {}
        if fields:
            yield value, node
        for key, item in value.items():
            below = fields.get(key) or node.get("additionalProperties")
            if isinstance(below, dict) and key not in ("openAPIV3Schema",):
                yield from _typed(item, below, root)
    elif isinstance(value, list) and isinstance(node.get("items"), dict):
        for item in value:
            yield from _typed(item, node["items"], root)


def _drawn(root: Any, node: Any, chance: random.Random, depth: int) -> Any:
    node = resolve(root, node)
    if node.get("x-kubernetes-int-or-string"):
        return chance.choice([1, 80, "http", "10%"])
    kind = node.get("type")
    if kind == "quantity":
        return chance.choice(["1", "1Gi", "100m", "-1", "0"])
    if kind == "array":
        return [_drawn(root, node["items"], chance, depth + 1) for _ in range(chance.randint(1, 2))]
    if kind == "string":
        return "2025-01-01T00:00:00Z" if "time" in node.get("format", "") else chance.choice(_TEXTS)
    if kind in ("integer", "number"):
        return chance.choice(_NUMBERS)
    if kind == "boolean":
        return chance.random() < 0.5
    fields, values = node.get("properties", {}), node.get("additionalProperties")
    if isinstance(values, dict):
        return {chance.choice(_TEXTS): _drawn(root, values, chance, depth + 1)}
    often = 0.5 if depth < 2 else 0.25
    return {
        name: _drawn(root, sub, chance, depth + 1)
        for name, sub in fields.items()
        if name in node.get("required", ()) or (name not in _NOT_GROWN and depth < 4 and chance.random() < often)
    }


def _map(value: dict[str, Any], data: dict[str, Any], chance: random.Random) -> None:
    """A map without something, with a key renamed, or with what a like map elsewhere has."""
    keys = list(value)
    way = chance.random()
    if keys and way < 0.3:
        key = chance.choice(keys)
        value[chance.choice(_TEXTS)] = value.pop(key)
    elif way < 0.5:
        value.clear()
    else:
        found = [each for each in _maps(data) if set(each) - set(value) and (set(each) & set(value) or not value)]
        if found:
            other = chance.choice(found)
            key = chance.choice(sorted(set(other) - set(value)))
            value[key] = copy.deepcopy(other[key])


def _maps(data: Any) -> Iterator[dict[str, Any]]:
    for each in data.values() if isinstance(data, dict) else data if isinstance(data, list) else ():
        yield from _maps(each)
    if isinstance(data, dict):
        yield data


def build(folder: Path) -> Path:
    """The oracle. Needs Go and its module proxy; or MODELWRIGHT_CORE_ORACLE names one that is built."""
    if "MODELWRIGHT_CORE_ORACLE" in os.environ:
        return Path(os.environ["MODELWRIGHT_CORE_ORACLE"])
    subprocess.run(["go", "build", "-o", str(folder / "core"), "."], cwd=ORACLE, check=True)
    return folder / "core"


def ask(binary: Path, objects: Sequence[Any]) -> list[Answer]:
    """The server's answers."""
    lines = "".join(json.dumps({"object": data}) + "\n" for data in objects)
    made = subprocess.run([str(binary)], input=lines, capture_output=True, text=True, check=True)
    answers = []
    for line in made.stdout.splitlines():
        row = json.loads(line)
        if row.get("unknown"):
            # The server's own code fails, which a client sees as a refusal.
            answers.append(Answer((row["unknown"],), (), ()))
            continue
        errors = row["errors"]
        answers.append(
            Answer(
                tuple(row["decode"]), tuple(e["field"] for e in errors), tuple(f"{e['field']}: {e['detail']}" for e in errors)
            )
        )
    return answers


def ours(data: dict[str, Any], release: Release = RELEASE) -> list[Problem]:
    """Why a cluster does not take the object."""
    return [p for p in judge([Manifest(data)], release) if p.effect == "rejected"]


def plain(text: str) -> str:
    """A place as the server writes it, without what it writes in several ways."""
    text = text.replace("[", ".").replace("]", "").lower()
    text = re.sub(r"\.+", ".", text).strip(".")
    for pattern, instead in _SAME:
        text = re.sub(pattern, instead, text)
    return text


_SAME = (
    (r"clusterips\.0", "clusterip"),
    ("stringdata", "data"),
    (r"metadata\.(labels|annotations)", r"\1"),
    (r"securitycontext\.shareprocess", "shareprocess"),
    (r"sources\.\d+\.serviceaccounttoken\.path", "path"),
    (r"spec\.versions\.\d+\.subresources", "spec.subresources"),
    (r"(volumes\.\d+\.csi)\.nodepublishsecretref\.name", r"\1.name"),
    (r"resources\.requests\.storage", "resources.storage"),
    (r"serviceaccount$", "serviceaccountname"),
    (r"spec\.conversion\.webhook\..*", "spec.conversion"),
    (r"spec\.conversion\..*", "spec.conversion"),
    (r"downwardapi\.items\.\d+", "downwardapi"),
    (r"namespaces\.\d+$", "namespace"),
    (r"spec\.versions\.\d+\.additionalprinter", "spec.additionalprinter"),
    (r"spec\.(validation|versions\.\d+\.schema)\.", "spec.versions.0.schema."),
)
"""Places that the server writes in its own way."""


def difference(data: dict[str, Any], answer: Answer, found: Sequence[Problem]) -> str:
    """What is not the same; empty where all is."""
    if answer.refused != bool(found):
        return "too lax" if answer.refused else "too strict"
    if answer.decode or any(p.code in ("MW501", "MW502", "MW503", "MW504", "MW510") for p in found):
        return ""  # decoding tells no places; what it refuses is not validated
    wanted = [plain(field) for field in answer.fields]
    for problem in found:
        place = plain(".".join(map(str, problem.path)))
        if not any(_near(place, each) for each in wanted):
            return f"other place: {place}"
    return ""


def _near(place: str, other: str) -> bool:
    # The server leaves indices out here and there.
    return _below(place, other) or _below(_without_indices(place), _without_indices(other))


def _below(place: str, other: str) -> bool:
    short, long = sorted((place, other), key=len)
    return place == other or (long.startswith(f"{short}." if short else "") and long[len(short) + 1 :].count(".") <= 2)


def _without_indices(place: str) -> str:
    return re.sub(r"\.\d+(?=\.|$)", "", place)


def explained(data: dict[str, Any], answer: Answer, found: Sequence[Problem]) -> bool:
    """Whether a difference is one that is meant."""
    lines = [f"{data.get('kind')} server {text}" for text in (*answer.decode, *answer.details)]
    lines += [f"{data.get('kind')} ours {'.'.join(map(str, p.path))} {p.code} {p.message}" for p in found]
    return any(re.search(pattern, line) for pattern in EXPLAINED for line in lines)


def released() -> Iterator[dict[str, Any]]:
    """Every core object of the shared corpus and data that can be read."""
    for folder in ("corpus", "data"):
        for file in sorted((SHARED / folder).rglob("*.y*ml")):
            documents, _ = read(file.read_text(encoding="utf-8", errors="replace"), file.name)
            for data in documents or ():
                if isinstance(data, dict) and data.get("kind") in KINDS and _core(str(data.get("apiVersion"))):
                    yield data


def _core(api_version: str) -> bool:
    group = api_version.rpartition("/")[0]
    return group in ("", "apps", "batch", "autoscaling", "policy") or group.endswith((".k8s.io",))


def main(seed: int = 1, count: int = 5000, more: int = 0) -> int:
    """Compare; 1 where anything differs without reason. `more`: so many objects with a field more, too."""
    chance = random.Random(seed)
    bases = sound()
    objects = [*bases, *(each for base in bases for each in without(base)), *released()]
    objects += [mutated(chance.choice(bases), chance) for _ in range(count)]
    objects += [grown(chance.choice(bases), chance) for _ in range(more)]
    with tempfile.TemporaryDirectory() as name:
        answers = ask(build(Path(name)), objects)
    refused = different = 0
    reasons = 0
    for data, answer in zip(objects, answers, strict=True):
        refused += answer.refused
        found = ours(data)
        what = difference(data, answer, found)
        if not what:
            continue
        if explained(data, answer, found):
            reasons += 1
            continue
        different += 1
        print(f"{what}: {data['kind']} {json.dumps(data.get('metadata'))[:60]}")
        for text in (*answer.decode, *answer.details):
            print(f"  server  {text[:200]}")
        for problem in found:
            print(f"  ours    {'.'.join(map(str, problem.path))}: {problem.code} {problem.message}")
    print(f"{len(objects)} objects, {refused} refused; {different} differences, {reasons} explained")
    return int(different > 0)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
