"""Resources as kustomize holds them: trees of text with tags, typed only when they are written.

Kustomize reads resources with goyaml.v3, not with the reader of the API server: `yes` stays text there, `2024-01-01`
is a time, and what a scalar is in the end follows from its tag, its text and whether it is quoted
(goyaml.v3 `resolve.go`, `encode.go`; kyaml/yaml `fns.go` FieldSetter, which keeps the quotes of what it replaces).
"""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from modelwright.kustomize.refusal import At, Misfit
from modelwright.records import dataclass
from modelwright.yamlio.scalars import Unholdable, plain, tagged

STR, INT, FLOAT, BOOL, NULL, TIME = "!!str", "!!int", "!!float", "!!bool", "!!null", "!!timestamp"
LONG = "tag:yaml.org,2002:"


@dataclass(slots=True, eq=False)
class Scalar:
    """One value. `tag` is short (`!!str`), or empty where kustomize set the text itself.

    Written over in place, as kustomize does: a label that one word puts into several maps is one value in all of them,
    and what a later word makes of it in one map shows in the others.
    """

    text: str
    tag: str
    style: str
    """How it is written: a quote, `|`, `>`, or nothing."""
    at: At

    def become(self, text: str, tag: str, style: str, at: At) -> Scalar:
        """Write another value over this one."""
        self.text, self.tag, self.style, self.at = text, tag, style, at
        return self


class Map(dict[str, "Node"]):
    """A map; `at` is where it was written, `bare` the keys that kustomize wrote itself, unquoted, and that are no text.

    `flow` where it is written in braces.
    """

    __slots__ = ("at", "bare", "flow")

    def __init__(self, at: At, flow: bool = False) -> None:
        super().__init__()
        self.at = at
        self.flow = flow
        self.bare: frozenset[str] = frozenset()


class Seq(list["Node"]):
    """A list; `at` is where it was written, `flow` where that is in brackets."""

    __slots__ = ("at", "flow")

    def __init__(self, at: At, flow: bool = False) -> None:
        super().__init__()
        self.at = at
        self.flow = flow


Node = Scalar | Map | Seq


def text_node(text: str, at: At, tag: str = STR) -> Scalar:
    """A scalar as kustomize makes one; with an empty tag its text decides what it is (`NewScalarRNode`)."""
    return Scalar(text, tag, "", at)


def missing(node: Node | None) -> bool:
    """Nothing there, or null (kyaml `IsMissingOrNull`)."""
    return node is None or (isinstance(node, Scalar) and node.tag == NULL)


def empty(node: Node | None) -> bool:
    """Nothing, null, or an empty map or list (kyaml `IsNilOrEmpty`)."""
    return missing(node) or (isinstance(node, Map | Seq) and not node)


def text_of(node: Node | None) -> str:
    """The text of a scalar, as it is written; empty for anything else."""
    return node.text if isinstance(node, Scalar) else ""


def child(node: Node | None, key: str) -> Node | None:
    """The value of a key; None where this is no map."""
    return node.get(key) if isinstance(node, Map) else None


def copied(node: Node) -> Node:
    """A deep copy."""
    if isinstance(node, Map):
        made = Map(node.at, node.flow)
        made.bare = node.bare
        for key, value in node.items():
            made[key] = copied(value)
        return made
    if isinstance(node, Seq):
        items = Seq(node.at, node.flow)
        items.extend(copied(value) for value in node)
        return items
    return Scalar(node.text, node.tag, node.style, node.at)


MOST_DEPTH = 150
"""Levels of an object that is being built."""
MOST_COPIED = 100_000
"""Values that one patch or replacement may copy."""
LONGEST_TEXT = 1 << 20
"""Characters of a text that is put together from others."""


def measure(node: Node) -> tuple[int, int]:
    """How many values a tree has, and how many levels."""
    count, depth = 0, 0
    stack = [(node, 1)]
    while stack:
        top, level = stack.pop()
        count, depth = count + 1, max(depth, level)
        if not isinstance(top, Scalar):
            stack += [(each, level + 1) for each in (top.values() if isinstance(top, Map) else top)]
    return count, depth


def bounded(node: Node) -> int:
    """How many values a tree has that is to be put elsewhere. Raises Misfit where it is too large for that."""
    count, depth = measure(node)
    if count > MOST_COPIED or depth > MOST_DEPTH:
        raise Misfit(f"more than {MOST_COPIED} values, or {MOST_DEPTH} levels, would be copied")
    return count


def fitting(text: str) -> str:
    """A text that was put together. Raises Misfit where it is too long."""
    if len(text) > LONGEST_TEXT:
        raise Misfit(f"a text of more than {LONGEST_TEXT} characters would be made")
    return text


def put(map_: Map, key: str, value: Node | None, *, quoted: bool = False) -> None:
    """Set a field as kustomize does: null removes it, a scalar takes over how the old one was quoted.

    A new key is written without quotes, unless it comes `quoted` from a file.
    """
    if value is None or (isinstance(value, Scalar) and value.tag == NULL):
        map_.pop(key, None)
        return
    old = map_.get(key)
    if isinstance(value, Scalar) and value is not old:
        if isinstance(old, Scalar):
            old.become(value.text, value.tag, old.style, value.at)
            return
        odd = old is None and value.tag in ("", STR) and not value.style and _not_text(value.text)
        value.style = '"' if odd else value.style if old is None else ""
    elif isinstance(value, Map | Seq) and value is not old and old is not None:
        value.flow = isinstance(old, Map | Seq) and old.flow
    if old is None and not quoted and resolve(key)[0] != STR:
        map_.bare |= {key}
    map_[key] = value


def in_place_of(old: Node, text: str, tag: str, at: At) -> Scalar:
    """The scalar, with another text written over it. Raises Misfit for a map or list."""
    if not isinstance(old, Scalar):
        raise Misfit(f"it is {kind_of(old)}, where one value is expected")
    return old.become(text, tag, old.style, at)


def kind_of(node: Node | None) -> str:
    """What a node is, in words."""
    if isinstance(node, Map):
        return "a map"
    return "a list" if isinstance(node, Seq) else "a single value"


def _not_text(text: str) -> bool:
    """Whether YAML 1.1 reads an unquoted text as something else (kyaml `IsYaml1_1NonString`)."""
    if not text or "\n" in text:
        return False
    try:
        return not isinstance(plain(text), str)
    except Unholdable:
        return True


_WORDS: dict[str, tuple[str, Any]] = {
    **dict.fromkeys(("true", "True", "TRUE"), (BOOL, True)),
    **dict.fromkeys(("false", "False", "FALSE"), (BOOL, False)),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), (NULL, None)),
}
_INFINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)\Z|\.(?:nan|NaN|NAN)\Z")
_FORMATS = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})"
    r"(?:(?:([Tt])|( ))(\d{1,2}):(\d{1,2}):(\d{1,2})(\.\d{1,9})?(Z|[-+]\d\d:\d\d)?)?\Z",
    re.ASCII,
)
_FLOAT_TEXT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")


@lru_cache(maxsize=16384)
def resolve(text: str) -> tuple[str, Any]:
    """Tag and value of an unquoted text (goyaml.v3 `resolve.go`)."""
    if text in _WORDS:
        return _WORDS[text]
    head = text[0]
    if head not in "+-.0123456789":
        return STR, text
    if _INFINITE.match(text):
        return FLOAT, float(text.replace(".", "", 1).lower())
    if head in "0123456789":
        moment = _moment(text)
        if moment:
            return TIME, moment
    try:
        value = plain(text)
    except Unholdable:
        return STR, text
    if isinstance(value, bool) or not isinstance(value, int | float):
        return STR, text
    bare = text.replace("_", "")
    written = isinstance(value, float) or (_FLOAT_TEXT.match(bare) and not bare.lstrip("+-").isdigit())
    return (FLOAT if written else INT), value


def _moment(text: str) -> str:
    """A time as JSON has it; empty where the text is none."""
    found = _FORMATS.match(text)
    if not found:
        return ""
    year, month, day, letter, blank, hour, minute, second, fraction, zone = found.groups()
    if (letter and not zone) or (blank and zone):
        return ""
    try:
        datetime(int(year) or 1, int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0))
    except ValueError:
        return ""
    part = (fraction or "").rstrip("0").rstrip(".")
    offset = "Z" if zone in (None, "Z", "+00:00", "-00:00") else zone
    clock = f"{int(hour or 0):02}:{int(minute or 0):02}:{int(second or 0):02}"
    return f"{year}-{int(month):02}-{int(day):02}T{clock}{part}{offset}"


def value_of(node: Scalar, flow: bool = False) -> Any:
    """What a scalar is once written and read again. Raises Misfit where it cannot be read as its tag says.

    In braces or brackets (`flow`) colons and empty values have to be quoted: there a time is text, and so is nothing.
    """
    text, tag = node.text, node.tag
    if tag == STR or node.style or "\n" in text:
        return text
    if not tag.startswith("!!") and tag:
        return text
    found, value = resolve(text)
    if tag in ("", found):
        if flow and (not text or (found == TIME and ":" in text)):
            return text
        return number(float(value)) if found == FLOAT else value
    if tag == FLOAT and found == INT:
        return number(float(value))
    try:
        return tagged(LONG + tag[2:], text)
    except Unholdable as error:
        raise Misfit(str(error)) from None


def number(value: float) -> int | float:
    """A float as JSON has it: whole ones without a point, in their shortest digits. Raises Misfit for those JSON lacks."""
    if value != value or value in (float("inf"), float("-inf")):
        raise Misfit(f"`{value}` is a number that JSON, and so the cluster, cannot hold")
    if value.is_integer() and -(2**63) <= value < 2**64:
        return int(Decimal(repr(value)))
    return value


def plain_data(node: Node, flow: bool = False) -> Any:
    """A tree as Python values, keys sorted as kustomize writes them. Raises Misfit."""
    if isinstance(node, Map):
        for key in node.bare:
            if key in node:
                raise Misfit(f"kustomize writes the key `{key}` without quotes, and then it is no text")
        return {key: plain_data(node[key], flow or node.flow) for key in sorted(node)}
    if isinstance(node, Seq):
        return [plain_data(item, flow or node.flow) for item in node]
    return value_of(node, flow)


def from_data(value: Any, at: At) -> Node:
    """Python values as a tree, as kustomize has them after a detour over JSON."""
    if isinstance(value, dict):
        made = Map(at)
        for key, item in value.items():
            made[str(key)] = from_data(item, (at, str(key)))
        return made
    if isinstance(value, list):
        items = Seq(at)
        items.extend(from_data(item, (at, index)) for index, item in enumerate(value))
        return items
    return scalar_of(value, at)


def go_float(value: float) -> str:
    """A float as Go's `FormatFloat(value, 'g', -1, 64)` writes it: with an exponent from a million on."""
    sign, digits, power = Decimal(repr(value)).as_tuple()
    text = "".join(map(str, digits)).lstrip("0")
    exponent = len(text) - 1 + int(power)
    text = text.rstrip("0") or "0"
    minus = "-" if sign else ""
    if text == "0":
        return minus + "0"
    if exponent < -4 or exponent >= 6:
        tail = f".{text[1:]}" if len(text) > 1 else ""
        return f"{minus}{text[0]}{tail}e{'-' if exponent < 0 else '+'}{abs(exponent):02}"
    if exponent < 0:
        return f"{minus}0.{'0' * (-exponent - 1)}{text}"
    whole, rest = text[: exponent + 1].ljust(exponent + 1, "0"), text[exponent + 1 :]
    return f"{minus}{whole}.{rest}" if rest else minus + whole


def scalar_of(value: Any, at: At) -> Scalar:
    """One Python value as goyaml.v3 would write it."""
    if value is None:
        return Scalar("null", NULL, "", at)
    if isinstance(value, bool):
        return Scalar("true" if value else "false", BOOL, "", at)
    if isinstance(value, int):
        return Scalar(str(value), INT, "", at)
    if isinstance(value, float):
        text = go_float(value)
        return Scalar(text, resolve(text)[0], "", at)
    text = str(value)
    style = '"' if resolve(text)[0] != STR or _not_text(text) else "|" if "\n" in text else ""
    return Scalar(text, STR, style, at)
