"""What Kubernetes itself makes of expressions: `kubernetes.jsonl`, recorded from its own environment of 1.34.

`python -m tests.cel.recorded` builds tests/oracle/cel (Go, linking k8s.io/apiserver) and writes the file anew from
`expressions.txt`; without Go the record stands.
"""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from modelwright.cel import DYN, CelError, compile_cel
from modelwright.cel.values import Duration, Optional, Timestamp, TypeValue, Uint, keys, type_name

HERE = Path(__file__).parent
EXPRESSIONS, RECORD = HERE / "expressions.txt", HERE / "kubernetes.jsonl"
ORACLE = HERE.parent / "oracle" / "cel"
MINOR = 34
SELF: dict[str, Any] = {
    "name": "a",
    "replicas": 2,
    "ratio": 0.5,
    "on": True,
    "none": None,
    "labels": {"app": "web", "tier": "front"},
    "ports": [{"name": "http", "port": 80}, {"name": "metrics", "port": 9090}],
    "hosts": ["a.example.com", "b.example.com"],
    "empty": {},
    "items": [],
}
"""What `self` is in every expression."""

KNOWN = {
    "{1.0: 1}": "a map cannot have such keys by the language's definition",
    "{null: 1}": "a map cannot have such keys by the language's definition",
    "{self.none: 1}": "a map cannot have such keys by the language's definition",
    "google.protobuf.Int32Value{value: 1}": "no rule needs protobuf's wrappers",
    "timestamp('2020-01-01T00:00:00Z').getHours('+24:00')": "no place is a day away from UTC",
    "timestamp('2020-01-01T00:00:00Z').getHours('Local')": "the zone of the machine is not ours to ask",
}
"""Where we differ on purpose; all of these are errors here."""


def expressions() -> list[str]:
    """One a line; `\\n` stands for a new line where a line ends with it."""
    return [line for line in EXPRESSIONS.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]


def ours(text: str) -> str:
    """Our answer, in the oracle's words; every error is `error`."""
    program = compile_cel(text, {"self": DYN}, minor=MINOR)
    if isinstance(program, CelError):
        return "error"
    value = program.evaluate({"self": SELF})
    return "error" if isinstance(value, CelError) else show(value)


def show(value: Any) -> str:
    """A value with its type, one text for one value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return f"bool:{str(value).lower()}"
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        kind = {int: "int", Uint: "uint", float: "double"}[type(value)]
        return f"{kind}:{float(value)!r}" if kind == "double" else f"{kind}:{int(value)}"
    if isinstance(value, str):
        return f"string:{json.dumps(value)}"
    if isinstance(value, bytes):
        return f"bytes:{value.hex()}"
    if isinstance(value, Timestamp):
        return "timestamp:{}.{:09d}".format(*divmod(value.nanos, 10**9))
    if isinstance(value, Duration):
        return f"duration:{value.nanos}"
    if isinstance(value, TypeValue):
        return f"type:{value.name}"
    if isinstance(value, Optional):
        return f"optional({show(value.value)})" if value.present else "optional.none"
    if isinstance(value, list):
        return f"[{', '.join(map(show, value))}]"
    if isinstance(value, dict):
        pairs = sorted(
            f"{show(key)}: {show(item)}" for key, item in zip(keys(value), value.values(), strict=True)
        )
        return "{" + ", ".join(pairs) + "}"
    return type_name(value)


def _plain(answer: dict[str, Any]) -> str:
    """The oracle's answer in the same words."""
    if "value" not in answer:
        assert "bug" not in answer, answer
        return "error"
    text = re.sub(
        r"double:([^\s,\]}):]+)",
        lambda found: f"double:{float(found[1].replace('Inf', 'inf'))!r}",
        answer["value"],
    )
    text = re.sub(
        r'string:("(?:[^"\\]|\\.)*")', lambda found: f"string:{json.dumps(json.loads(found[1]))}", text
    )
    return re.sub(r"^((?:kubernetes|net)\.\w+):.*", r"\1", text, flags=re.DOTALL)


def ask(texts: list[str]) -> list[str]:
    """Kubernetes' own answers. Needs Go and its module proxy."""
    with tempfile.TemporaryDirectory() as folder:
        binary = Path(folder) / "oracle"
        subprocess.run(["go", "build", "-o", str(binary), "."], cwd=ORACLE, check=True)
        lines = "".join(json.dumps({"expr": text, "vars": {"self": SELF}}) + "\n" for text in texts)
        made = subprocess.run([str(binary)], input=lines, capture_output=True, text=True, check=True)
    return [_plain(json.loads(line)) for line in made.stdout.splitlines()]


def record() -> list[tuple[str, str]]:
    """Every expression and Kubernetes' answer."""
    return [
        (row["expr"], row["value"])
        for row in map(json.loads, RECORD.read_text(encoding="utf-8").splitlines())
    ]


if __name__ == "__main__":
    rows = [
        {"expr": text, "value": value} for text, value in zip(expressions(), ask(expressions()), strict=True)
    ]
    RECORD.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
