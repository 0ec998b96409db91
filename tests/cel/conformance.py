"""The language's own published cases (google/cel-spec `tests/simple/testdata`), run against this implementation.

`python -m tests.cel.conformance` writes docs/conformance-cel.md; a test holds it.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelwright.cel import DYN, CelError, Type, compile_cel
from modelwright.cel.values import Duration, Timestamp, TypeValue, Uint, equal, mapping
from tests.cel.textproto import Message, parse

ROOT = Path(__file__).resolve().parents[2]
CASES = ROOT.parent / "shared" / "data" / "cel-spec"
PAGE = ROOT / "docs" / "conformance-cel.md"


@dataclass(frozen=True)
class Case:
    """One published case."""

    file: str
    section: str
    name: str
    data: Message

    @property
    def id(self) -> str:
        return f"{self.file}/{self.section}/{self.name}"

    @property
    def expr(self) -> str:
        return str(self.data["expr"][0].decode())


@dataclass(frozen=True)
class Outcome:
    """What came of a case: `pass`, `fail` or `skip`, and why."""

    verdict: str
    reason: str = ""


class Unsupported(Exception):
    """The case is about something Kubernetes' CEL does not have."""


def cases() -> Iterator[Case]:
    """Every case, file by file."""
    for path in sorted(CASES.glob("*.textproto")):
        for section in parse(path.read_text(encoding="utf-8")).get("section", ()):
            for test in section.get("test", ()):
                yield Case(path.stem, section["name"][0].decode(), test["name"][0].decode(), test)


_MESSAGES = re.compile(
    r"TestAllTypes|\bValue\{|NestedTestAllTypes|GlobalEnum|google\.protobuf\.(?!Timestamp\b|Duration\b)\w+|proto[23]"
)
_LIBRARIES = {
    r"\bproto\.(has|get)Ext": "protobuf extensions",
    r"cel\.block|cel\.index|cel\.iterVar": "`cel.block`, an optimizer's own macro",
}
_DIFFERENT = {
    "network_ext/ipv4/ipv4_equals_ipv6": "Kubernetes refuses IPv4 addresses mapped into IPv6",
    "network_ext/ipv4/ipv4_not_equals_ipv6": "Kubernetes refuses IPv4 addresses mapped into IPv6",
    "string_ext/value_errors/indexof_out_of_range": "Kubernetes answers -1 beyond the end of a text",
    "string_ext/value_errors/lastindexof_out_of_range": "Kubernetes answers -1 beyond the end of a text",
}
"""Cases where Kubernetes does otherwise; we do as Kubernetes does."""


def outcome(case: Case) -> Outcome:
    """Run one case."""
    try:
        return _outcome(case)
    except Unsupported as reason:
        return Outcome("skip", str(reason))


def _outcome(case: Case) -> Outcome:
    if case.id in _DIFFERENT:
        raise Unsupported(_DIFFERENT[case.id])
    for pattern, reason in _LIBRARIES.items():
        if re.search(pattern, case.expr):
            raise Unsupported(reason)
    container = case.data.get("container", [b""])[0].decode()
    if _MESSAGES.search(case.expr) or "object_value" in str(case.data.get("value")):
        raise Unsupported("protobuf messages, wrappers and enums")
    variables, bindings = _variables(case.data)
    checked = case.data.get("disable_check", ["false"])[0] != "true"
    program = compile_cel(case.expr, variables, checked=checked, container=container)
    if case.data.get("check_only") == ["true"]:
        return _deduced(case, program)
    value = program if isinstance(program, CelError) else program.evaluate(bindings)
    if "eval_error" in case.data or "any_eval_errors" in case.data:
        if isinstance(value, CelError):
            return Outcome("pass")
        return Outcome("fail", f"an error was due, got {value!r}")
    if isinstance(value, CelError):
        return Outcome("fail", str(value))
    wanted = True
    if "value" in case.data:
        wanted = _value(case.data["value"][0])
    elif "typed_result" in case.data:
        typed = _deduced(case, program)
        if typed.verdict != "pass":
            return typed
        if "result" not in case.data["typed_result"][0]:
            return typed
        wanted = _value(case.data["typed_result"][0]["result"][0])
    if same(value, wanted):
        return Outcome("pass")
    return Outcome("fail", f"expected {wanted!r}, got {value!r}")


def same(left: Any, right: Any) -> bool:
    """Equal and of the same types, NaN included."""
    if type(left) is float and type(right) is float and math.isnan(left) and math.isnan(right):
        return True
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return equal(left, right)
    return type(left) is type(right) and equal(left, right)


def _deduced(case: Case, program: Any) -> Outcome:
    wanted = _type(case.data["typed_result"][0]["deduced_type"][0])
    if isinstance(program, CelError):
        return Outcome("fail", str(program))
    if program.result == wanted:
        return Outcome("pass")
    return Outcome("fail", f"expected type {wanted}, deduced {program.result}")


def _variables(data: Message) -> tuple[dict[str, Type], dict[str, Any]]:
    variables: dict[str, Type] = {}
    for declared in data.get("type_env", ()):
        name = declared["name"][0].decode()
        if "function" in declared:
            raise Unsupported("functions declared by the host")
        variables[name] = _type(declared["ident"][0]["type"][0])
    bindings = {}
    for bound in data.get("bindings", ()):
        name = bound["key"][0].decode()
        variables.setdefault(name, DYN)
        bindings[name] = _value(bound["value"][0]["value"][0])
    return variables, bindings


def _type(data: Message) -> Type:
    kind, values = next(iter(data.items()))
    inside = values[0]
    if kind == "primitive":
        return Type({"INT64": "int", "UINT64": "uint"}.get(inside, inside.lower()))
    if kind == "well_known":
        if inside == "ANY":
            raise Unsupported("protobuf messages, wrappers and enums")
        return Type(inside.lower())
    if kind == "null":
        return Type("null")
    if kind == "dyn":
        return DYN
    if kind == "list_type":
        return Type("list", (_type(inside["elem_type"][0]) if inside.get("elem_type") else DYN,))
    if kind == "map_type":
        return Type("map", (_type(inside["key_type"][0]), _type(inside["value_type"][0])))
    if kind == "abstract_type":
        name = inside["name"][0].decode()
        params = tuple(_type(part) for part in inside.get("parameter_types", ()))
        if name == "optional_type":
            return Type("optional", params)
        return Type({"net.IP": "ip", "net.CIDR": "cidr"}.get(name, name), params)
    if kind == "type":
        return Type("type", (_type(inside),) if inside else ())
    if kind == "wrapper" or kind == "message_type":
        raise Unsupported("protobuf messages, wrappers and enums")
    raise AssertionError(data)


def _value(data: Message) -> Any:
    kind, values = next(iter(data.items()))
    raw = values[0]
    if kind == "int64_value":
        return int(raw, 0)
    if kind == "uint64_value":
        return Uint(int(raw, 0))
    if kind == "double_value":
        return float(raw)
    if kind == "bool_value":
        return raw == "true"
    if kind == "string_value":
        return raw.decode()
    if kind == "bytes_value":
        return raw
    if kind == "null_value":
        return None
    if kind == "type_value":
        return TypeValue(raw.decode())
    if kind == "list_value":
        return [_value(item) for item in raw.get("values", ())]
    if kind == "map_value":
        return mapping((_value(e["key"][0]), _value(e["value"][0])) for e in raw.get("entries", ()))
    if kind == "object_value":
        name, inside = next(iter(raw.items()))
        nanos = [
            int(inside[0].get("seconds", ["0"])[0]) * 10**9 + int(inside[0].get("nanos", ["0"])[0])
            if inside
            else 0
        ][0]
        if name.endswith("google.protobuf.Timestamp"):
            return Timestamp(nanos)
        if name.endswith("google.protobuf.Duration"):
            return Duration(nanos)
    raise Unsupported("protobuf messages, wrappers and enums")


def page() -> str:
    """The table, and every case that is not passed, with its reason."""
    table: dict[str, Counter[str]] = {}
    skipped: dict[str, list[str]] = {}
    failed: list[str] = []
    for case in cases():
        result = outcome(case)
        table.setdefault(case.file, Counter())[result.verdict] += 1
        if result.verdict == "skip":
            skipped.setdefault(result.reason, []).append(case.id)
        elif result.verdict == "fail":
            failed.append(f"- `{case.id}`: {result.reason}")
    total = sum(table.values(), Counter())
    rows = [f"| {name} | {c['pass']} | {c['fail']} | {c['skip']} |" for name, c in table.items()]
    lines = [
        "# CEL: the language's own cases",
        "",
        "Made by `make conformance`; a test holds it. The cases are those that google/cel-spec publishes",
        "(`tests/simple/testdata`), run by `tests/cel/conformance.py`.",
        "",
        "| file | pass | fail | skip |",
        "|---|---|---|---|",
        *rows,
        f"| **all** | {total['pass']} | {total['fail']} | {total['skip']} |",
        "",
        "## Failed",
        "",
        *(failed or ["None."]),
        "",
        "## Skipped",
        "",
    ]
    for reason, names in sorted(skipped.items()):
        lines += [f"{len(names)} cases: {reason}.", "", *(f"- `{name}`" for name in names), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
