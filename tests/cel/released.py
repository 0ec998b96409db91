"""Every `x-kubernetes-validations` rule of the released kinds, compiled and run on a minimal object.

`python -m tests.cel.released` runs them all (minutes, most of it reading YAML).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from modelwright.cel import CelError
from modelwright.cel.rules import compile_rule
from modelwright.cel.schema import SchemaTypes

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "crds"
MINOR = 34


def report(files: Sequence[Path]) -> tuple[int, list[str]]:
    """How many rules the files have, and what is wrong with any of them."""
    count, wrong = 0, []
    for file in files:
        for path, rule, schema, types, root in _rules(file):
            count += 1
            made = compile_rule(rule, schema, types, root, MINOR)
            where = f"{file.name} {'.'.join(path)}"
            if isinstance(made, CelError):
                wrong.append(f"{where}: {made}")
                continue
            given = minimal(schema, root)
            answer = made.broken(given, given, has_before=True)
            # A minimal text is no duration and no URL: that a rule says so is its answer. Types have to fit, though.
            if "no such overload" in answer or "costs more" in answer:
                wrong.append(f"{where}: {answer}")
    return count, wrong


def _rules(file: Path) -> Iterator[tuple[tuple[str, ...], Any, Any, SchemaTypes, bool]]:
    for document in yaml.load_all(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader):
        if not document or document.get("kind") != "CustomResourceDefinition":
            continue
        for version in document["spec"]["versions"]:
            root = version["schema"]["openAPIV3Schema"]
            types = SchemaTypes(root)
            for path, schema in _schemas(root, ()):
                for rule in schema.get("x-kubernetes-validations", ()):
                    yield path, rule, schema, types, schema is root


def _schemas(schema: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield path, schema
    for name, inside in schema.get("properties", {}).items():
        yield from _schemas(inside, (*path, name))
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield from _schemas(schema[key], (*path, "*"))


def minimal(schema: Any, root: bool = False) -> Any:
    """The smallest value of a schema once the server has put defaults in."""
    if "default" in schema:
        return schema["default"]
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("x-kubernetes-int-or-string"):
        return 1
    kind = schema.get("type")
    if kind == "object":
        properties = schema.get("properties", {})
        required = schema.get("required", ())
        wanted = [name for name in properties if name in required or "default" in properties[name]]
        identity = {"apiVersion": "a/v1", "kind": "A", "metadata": {"name": "a"}} if root else {}
        return {**{name: minimal(properties[name]) for name in wanted}, **identity}
    if kind == "array":
        return [minimal(schema["items"]) for _ in range(schema.get("minItems", 0))]
    if kind == "string":
        known = {"date-time": "2020-01-01T00:00:00Z", "duration": "1s"}
        return known.get(schema.get("format"), "a" * max(1, schema.get("minLength", 1)))
    return {"integer": max(1, int(schema.get("minimum", 1))), "number": 1.0, "boolean": True}.get(kind)


if __name__ == "__main__":
    found = [
        path
        for path in sorted(FOLDER.rglob("*.yaml"))
        if "x-kubernetes-validations" in path.read_text("utf-8")
    ]
    total, problems = report(found)
    print(f"{total} rules in {len(found)} files, {len(problems)} problems")
    print("\n".join(problems))
    sys.exit(bool(problems))
