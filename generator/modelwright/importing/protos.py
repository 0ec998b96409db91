"""The messages of Kubeflow Pipelines' intermediate representation, reduced to the facts a judge needs.

Reads the published wheels `kfp_pipeline_spec-X.Y.Z` and `kfp_kubernetes-X.Y.Z`, whose generated modules hold the compiled
`api/v2alpha1/pipeline_spec.proto` and `kubernetes_platform/proto/kubernetes_executor_config.proto` as one literal each; the
modules are parsed, never run. Several releases become one table in which fields carry the releases that know them.
Run as `python -m modelwright.importing.protos WHEELS OUT.json` where `protobuf` is installed.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path as FilePath
from typing import Any
from zipfile import ZipFile

Messages = dict[str, dict[str, dict[str, Any]]]
"""Message -> field, as JSON spells it -> its facts."""

SCALARS = {1: "double", 2: "float", 3: "int64", 4: "uint64", 5: "int32", 8: "bool", 9: "string", 12: "bytes", 13: "uint32"}
"""Numbers of `FieldDescriptorProto.Type` (google/protobuf/descriptor.proto)."""
MESSAGE, ENUM, REPEATED = 11, 14, 3
ROOTS = ("PipelineSpec", "PipelineDeploymentConfig", "PlatformSpec", "KubernetesExecutorConfig")


def main(wheels: str, out: str) -> None:
    """Write the table of all releases found in a folder of wheels."""
    releases: dict[str, tuple[Messages, dict[str, list[str]]]] = {}
    for release, modules in sorted(_modules(FilePath(wheels)).items(), key=lambda item: _order(item[0])):
        releases[release] = _read(modules)
    FilePath(out).write_text(json.dumps(table(releases), indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _order(release: str) -> tuple[int, ...]:
    return tuple(map(int, release.split(".")))


def _modules(folder: FilePath) -> dict[str, list[bytes]]:
    """Release (`2.16`) -> its compiled protos."""
    found: dict[str, list[bytes]] = {}
    for wheel in sorted(folder.glob("kfp_*.whl")):
        name = re.match(r"kfp_(?:pipeline_spec|kubernetes)-(\d+\.\d+)\.", wheel.name)
        if not name:
            continue
        with ZipFile(wheel) as archive:
            for member in archive.namelist():
                if re.search(r"/(pipeline_spec|kubernetes_executor_config)_pb2\.py$", member):
                    found.setdefault(name[1], []).append(_literal(archive.read(member).decode()))
    return found


def _literal(module: str) -> bytes:
    """The serialised file descriptor inside a generated module."""
    for node in ast.walk(ast.parse(module)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "AddSerializedFile":
            value = ast.literal_eval(node.args[0])
            assert isinstance(value, bytes)
            return value
    raise ValueError("no serialised file descriptor in this module")


def _read(modules: list[bytes]) -> tuple[Messages, dict[str, list[str]]]:
    descriptor = import_module("google.protobuf.descriptor_pb2")
    declared: dict[str, Any] = {}
    enums: dict[str, list[str]] = {}
    for module in modules:
        file = descriptor.FileDescriptorProto.FromString(module)
        _declare(file.message_type, file.package, declared, enums)
    messages: Messages = {}
    waiting = [name for name in declared if _short(name) in ROOTS]
    while waiting:
        name = waiting.pop()
        if _short(name) in messages:
            continue
        fields = dict(_fields(declared[name], declared))
        messages[_short(name)] = {field: facts for field, (facts, _) in fields.items()}
        waiting += [used for _, used in fields.values() if used in declared]
    return messages, enums


def _declare(messages: Any, scope: str, declared: dict[str, Any], enums: dict[str, list[str]]) -> None:
    for message in messages:
        name = f"{scope}.{message.name}"
        declared[name] = message
        for enum in message.enum_type:
            enums[_short(f"{name}.{enum.name}")] = [value.name for value in enum.value]
        _declare(message.nested_type, name, declared, enums)


def _short(name: str) -> str:
    return name.lstrip(".").partition(".")[2] if not name.lstrip(".").startswith("google.") else name.rpartition(".")[2]


def _fields(message: Any, declared: Mapping[str, Any]) -> Iterator[tuple[str, tuple[dict[str, Any], str]]]:
    for field in message.field:
        facts: dict[str, Any] = {}
        shape, used = field, field.type_name.lstrip(".")
        if field.type == MESSAGE and used in declared and declared[used].options.map_entry:
            facts["in"] = "map"
            shape = declared[used].field[1]
            used = shape.type_name.lstrip(".")
        elif field.label == REPEATED:
            facts["in"] = "list"
        facts["type"] = SCALARS.get(shape.type) or ("enum " if shape.type == ENUM else "") + _short(used)
        if field.HasField("oneof_index") and not field.proto3_optional:
            facts["oneof"] = message.oneof_decl[field.oneof_index].name
        if re.search("[A-Z]", field.name):
            facts["plain"] = True  # declared as JSON spells it: no other spelling is read
        yield camel(field.name), (facts, used if shape.type == MESSAGE else "")


def camel(name: str) -> str:
    """A field's name in JSON (protobuf's `lowerCamelCase` mapping)."""
    return re.sub(r"_+(.)", lambda found: found[1].upper(), name)


def table(releases: Mapping[str, tuple[Messages, Mapping[str, list[str]]]]) -> dict[str, Any]:
    """All releases as one; `since` and `until` only where a field or value is not in all of them."""
    names = list(releases)
    messages: Messages = {}
    enums: Messages = {}
    for release, (found, values) in releases.items():
        for message, fields in found.items():
            for field, facts in fields.items():
                known = messages.setdefault(message, {}).setdefault(field, {**facts, "seen": []})
                assert {k: v for k, v in known.items() if k != "seen"} == facts, f"{message}.{field} changed its type"
                known["seen"].append(release)
        used = {facts["type"][5:] for fields in found.values() for facts in fields.values() if facts["type"].startswith("enum ")}
        for enum in used:
            for value in values[enum]:
                enums.setdefault(enum, {}).setdefault(value, {"seen": []})["seen"].append(release)
    for group in (*messages.values(), *enums.values()):
        for facts in group.values():
            facts.update(_range(facts.pop("seen"), names))
    return {"releases": names, "messages": messages, "enums": enums}


def _range(seen: list[str], names: list[str]) -> dict[str, str]:
    assert seen == names[names.index(seen[0]) : names.index(seen[-1]) + 1], "a field went and came back"
    made = {"since": seen[0]} if seen[0] != names[0] else {}
    return {**made, **({"until": seen[-1]} if seen[-1] != names[-1] else {})}


if __name__ == "__main__":
    import sys

    main(*sys.argv[1:])
