"""Held against the real kfp: the example's source, and protobuf's own parser on thousands of damaged pipelines."""

from __future__ import annotations

import copy
import json
import random
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests import tools

from modelwright.judge.ir import read_pipeline
from modelwright.judge.ir.messages import EXECUTORS, KUBERNETES, PLATFORM, SPEC, Decoder
from modelwright.targets.pipelines.content import content_hash, name_of
from modelwright.yamlio import read

ROOT = Path(__file__).parents[3]
RISK = ROOT / "blueprints" / "risk"
STAGES = {
    "spec": ("PipelineSpec", SPEC),
    "executors": ("PipelineDeploymentConfig", EXECUTORS),
    "platform": ("PlatformSpec", PLATFORM),
    "kubernetes": ("KubernetesExecutorConfig", KUBERNETES),
}


def test_the_example_is_what_kfp_compiles_its_source_to(tmp_path: Path) -> None:
    out = tmp_path / "out.yaml"
    command = [tools.kfp(), tools.kfp().with_name("kfp"), "dsl", "compile", "--py", RISK / "churn_training.py", "--output", out]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    committed = (RISK / "churn-training.yaml").read_text()
    assert without_sdk(out.read_text()) == without_sdk(committed)
    both = [pipeline for text in (committed, out.read_text()) if (pipeline := read_pipeline(text, "p.yaml")[0])]
    assert len({content_hash(pipeline) for pipeline in both}) == 1
    assert [f"{name_of(both[0])}.yaml"] == [p.name for p in (RISK / "pipelines" / "churn-training").iterdir()]


def without_sdk(text: str) -> str:
    return re.sub(r"^sdkVersion: .*$", "", text, flags=re.MULTILINE)


LAXER = re.compile(r"must be a map, but is (a list|the text)|cannot be (the text \"[0-9]+\"|the number [0-9.]+|`true`|`false`)|must be a number, but is `(true|false)`")
"""Where protobuf's parser in Python is laxer than the server's in Go, which wants a `{` for every message, and neither takes
truth values for numbers nor numbers in quotes for enumerations (google.golang.org/protobuf encoding/protojson/decode.go)."""


def test_fields_and_values_are_taken_as_protobuf_takes_them() -> None:
    rng = random.Random(14)
    cases = list(damaged(rng, 1200))
    lines = "".join(json.dumps(case) + "\n" for case in cases)
    command = [str(tools.kfp()), str(Path(__file__).with_name("parse.py"))]
    done = subprocess.run(command, input=lines, capture_output=True, text=True, timeout=300, check=True)
    differing = []
    refused = 0
    for (kind, document), said in zip(cases, done.stdout.split("\n")[:-1], strict=True):
        decoder = Decoder("2.17")
        name, stage = STAGES[kind]
        decoder.message(document, name, (), stage)
        ours = [finding.message for finding in decoder.findings if finding.code != "MW716"]
        refused += bool(said)
        if bool(said) != bool(ours) and not (ours and all(map(LAXER.search, ours))):
            differing.append((said, ours))
    assert differing == [] and refused > 300


VALUES: tuple[Any, ...] = ("text", "", 1, 0, -1, 2.5, 3.0, 2**31, 2**63, True, False, None, [], {}, ["a"], {"a": 1}, "3", "30s", "STRING", "1.5s", "x s")


def damaged(rng: random.Random, count: int) -> Iterator[tuple[str, Any]]:
    """Sound documents with one thing changed at random."""
    sound = (ROOT / "tests" / "judge" / "ir" / "train.yaml", RISK / "churn-training.yaml")
    roots: list[tuple[str, Any]] = []
    for file in sound:
        spec, platform = read(file.read_text(), file.name, python=True)[0]
        executors = platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
        roots += [("spec", spec), ("executors", spec["deploymentSpec"]), ("platform", platform)]
        roots += [("kubernetes", body) for body in executors.values()]
    for _ in range(count):
        kind, document = rng.choice(roots)
        document = copy.deepcopy(document)
        holder = rng.choice([node for node in nodes(document) if node])
        if isinstance(holder, dict):
            key = rng.choice(list(holder))
            change = rng.random()
            if change < 0.25:
                holder[rng.choice((key + "s", re.sub(r"([A-Z])", lambda m: "_" + m[1].lower(), key), "extra", key.lower()))] = holder.pop(key)
            elif change < 0.35:
                holder[rng.choice(("componentInputParameter", "constant", "runtimeValue", "dag", "executorLabel", "items", "name"))] = rng.choice(VALUES)
            else:
                holder[key] = rng.choice(VALUES)
        else:
            holder[rng.randrange(len(holder))] = rng.choice(VALUES)
        yield kind, document


def nodes(node: Any) -> Iterator[Any]:
    if isinstance(node, dict):
        yield node
        for item in node.values():
            yield from nodes(item)
    elif isinstance(node, list):
        yield node
        for item in node:
            yield from nodes(item)
