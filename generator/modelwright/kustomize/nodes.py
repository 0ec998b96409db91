"""Resources as kustomize holds them: trees of text with tags, typed only when they are written.

Kustomize reads resources with goyaml.v3, not with the reader of the API server: `yes` stays text there, `2024-01-01`
is a time, and what a scalar is in the end follows from its tag, its text and whether it is quoted
(goyaml.v3 `resolve.go`, `encode.go`; kyaml/yaml `fns.go` FieldSetter, which keeps the quotes of what it replaces).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NoReturn

from modelwright.kustomize.refusal import At, Misfit, Refused, refuse
from modelwright.model import Mark, Place
from modelwright.problems import Problem
from modelwright.yamlio.read import MAX_DEPTH, MAX_DOCUMENTS, MAX_NODES, checked, is_merge, parser
from modelwright.yamlio.scalars import Unholdable, plain, tagged

STR, INT, FLOAT, BOOL, NULL, TIME = "!!str", "!!int", "!!float", "!!bool", "!!null", "!!timestamp"
_LONG = "tag:yaml.org,2002:"


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


# --- types of scalars -------------------------------------------------------------------------------------------------

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
        return tagged(_LONG + tag[2:], text)
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


# --- reading ----------------------------------------------------------------------------------------------------------

_SEPARATOR = re.compile(r"\n---(.*)\n")
_MARKER = re.compile(r"^---(?=\s|\Z)", re.MULTILINE)


def read_nodes(text: str, file: str, inside: At | None = None) -> list[Node]:
    """The documents of a file of resources; empty ones are left out. Raises Refused.

    Of text `inside` another file all values are told at that place. Documents are split as kyaml/kio
    `byteio_reader.go` does: only at lines that start with `---`; what follows a `...` is not read.
    """
    from modelwright.yamlio.read import _Stop

    try:
        source = checked(text, file).replace("\r\n", "\n")
        return _Reader(file, source, inside).documents()
    except _Stop as stop:
        if inside is None:
            raise Refused(stop.problem) from None
        raise refuse("MW471", f"this text is not YAML: {stop.problem.message}", inside, stop.problem.hint) from None


def _chunks(text: str) -> Iterator[tuple[int, str]]:
    """Start and text of each document."""
    start = 0
    for found in _SEPARATOR.finditer(text):
        yield start, text[start : found.start() + 1]
        start = found.end()
    yield start, text[start:]


class _Reader:
    """Builds trees from libyaml's events, aliases and merge keys resolved (kyaml `DeAnchor`)."""

    def __init__(self, file: str, text: str, inside: At | None) -> None:
        self.file = file
        self.text = text
        self.inside = inside
        self.loader: Any = None
        self.line = 0
        """Lines before the document that is read."""
        self.count = 0
        self.anchors: dict[str, Node | None] = {}
        self.sizes: dict[str, int] = {}

    def documents(self) -> list[Node]:
        from yaml import YAMLError

        found: list[Node] = []
        index, position, number = -1, 0, 0
        for start, chunk in _chunks(self.text):
            self._separated(start)
            self.line += self.text.count("\n", position, start)
            # The place of a document counts every one that its file has, empty ones too.
            index += len(_MARKER.findall(self.text, position, start))
            position = start
            try:
                node, explicit = self._document(chunk, index)
            except (YAMLError, UnicodeEncodeError) as error:
                self._syntax(error, chunk)
            if explicit is False and not start:
                index = 0
            number += node is not None
            if number > MAX_DOCUMENTS:
                raise refuse("MW104", f"more than {MAX_DOCUMENTS} documents in one file", Place(self.file), "split it")
            if node is not None and not missing(node):
                found.append(node)
        return found

    def _separated(self, start: int) -> None:
        line = self.text[self.text.rfind("\n", 0, max(start - 1, 0)) + 1 : start].removeprefix("---").strip()
        if start and line and not line.startswith("#"):
            number = self.text.count("\n", 0, start)
            message = "nothing but a comment may follow `---` on its line"
            mark = Mark(self.file, number, 1, number, 4)
            if self.inside is not None:
                raise refuse("MW471", message, self.inside)
            raise Refused(Problem("MW467", message, mark, "start the document on the next line"))

    def _syntax(self, error: Exception, chunk: str) -> NoReturn:
        from modelwright.yamlio.explain import syntax
        from modelwright.yamlio.read import _Stop

        whole = "\n" * self.line + chunk
        try:
            found = parser(whole)
            while found.get_event().__class__.__name__ != "StreamEndEvent":
                pass
        except Exception as again:
            error = again
        raise _Stop(syntax(error, whole, self.file)) from None

    def _document(self, chunk: str, index: int) -> tuple[Node | None, bool | None]:
        """The first document of a chunk, and whether it starts with `---`; None, None where there is none."""
        self.loader = parser(chunk)
        self.anchors = {}
        explicit = None
        while True:
            event = self.loader.get_event()
            kind = event.__class__.__name__
            if kind == "DocumentStartEvent":
                explicit = bool(event.explicit)
                index += explicit or index < 0
            elif kind == "StreamEndEvent":
                return None, None
            elif kind != "StreamStartEvent":
                root: At = self.inside if self.inside is not None else Place(self.file, index)
                return self._node(event, root, 0), explicit

    def _node(self, event: Any, at: At, depth: int) -> Node:
        self.count += 1
        if self.count > MAX_NODES:
            raise self._wrong("MW104", f"more than {MAX_NODES} values in one file, repeated ones counted each time", event, "split it")
        if depth > MAX_DEPTH:
            raise self._wrong("MW104", f"values nest deeper than {MAX_DEPTH} levels", event, "split or flatten it")
        kind = event.__class__.__name__
        if kind == "AliasEvent":
            return self._alias(event)
        before = self.count
        if event.anchor is not None:
            self.anchors[event.anchor] = None
        node: Node
        if kind == "ScalarEvent":
            node = self._scalar(event, at)
        elif kind == "SequenceStartEvent":
            node = self._seq(at, depth, bool(event.flow_style))
        else:
            node = self._map(at, depth, bool(event.flow_style))
        if event.anchor is not None:
            self.anchors[event.anchor] = node
            self.sizes[event.anchor] = self.count - before + 1
        return node

    def _alias(self, event: Any) -> Node:
        found = self.anchors.get(event.anchor)
        if found is None:
            raise self._wrong("MW102", f"`*{event.anchor}` repeats a value that is not complete", event, "")
        self.count += self.sizes[event.anchor]
        if self.count > MAX_NODES:
            raise self._wrong("MW104", f"more than {MAX_NODES} values in one file, repeated ones counted each time", event, "split it")
        return copied(found)

    def _seq(self, at: At, depth: int, flow: bool) -> Seq:
        made = Seq(at, flow)
        while True:
            event = self.loader.get_event()
            if event.__class__.__name__ == "SequenceEndEvent":
                return made
            made.append(self._node(event, (at, len(made)), depth + 1))

    def _map(self, at: At, depth: int, flow: bool) -> Map:
        made = Map(at, flow)
        merged: list[Map] | None = None
        while True:
            event = self.loader.get_event()
            kind = event.__class__.__name__
            if kind == "MappingEndEvent":
                break
            if kind == "ScalarEvent" and is_merge(event):
                if merged is not None:
                    raise self._wrong("MW103", "`<<` is said twice in one map", event, "give it a list: `<<: [*a, *b]`")
                merged = self._merged(self._node(self.loader.get_event(), (at, "<<"), depth + 1), event)
                continue
            key = self._key(event)
            if key in made:
                raise self._wrong("MW103", f"`{key}` is said twice", event, "keep one of the two")
            made[key] = self._node(self.loader.get_event(), (at, key), depth + 1)
        for other in merged or ():
            for name, value in other.items():
                if name not in made:
                    made[name] = copied(value)
        return made

    def _key(self, event: Any) -> str:
        if event.__class__.__name__ == "ScalarEvent":
            node = self._scalar(event, Place(self.file))
            if event.anchor is not None:
                self.anchors[event.anchor] = node
                self.sizes[event.anchor] = 1
        elif event.__class__.__name__ == "AliasEvent":
            found = self._alias(event)
            node = found if isinstance(found, Scalar) else Scalar("", NULL, "", Place(self.file))
        else:
            raise self._wrong("MW480", "a list or map cannot be a key", event, "")
        if node.tag != STR:
            shown = node.text or "an empty key"
            raise self._wrong("MW480", f"`{shown}` is no text, and kustomize keeps only keys that are", event, "quote it")
        return node.text

    def _merged(self, value: Node, event: Any) -> list[Map]:
        """What a merge key brings in, the strongest first."""
        parts: list[Node] = list(value) if isinstance(value, Seq) else [value]
        maps = [part for part in parts if isinstance(part, Map)]
        if len(maps) != len(parts):
            raise self._wrong("MW102", "`<<` takes a map, or a list of maps", event, "")
        return maps

    def _scalar(self, event: Any, at: At) -> Scalar:
        style = event.style or ""
        tag = event.tag
        if tag is None or tag == "!":
            if style:
                return Scalar(event.value, STR, style, at)
            return Scalar(event.value, resolve(event.value)[0], "", at)
        short = "!!" + tag.removeprefix(_LONG) if tag.startswith(_LONG) else tag
        return Scalar(event.value, short, style if short == STR else "", at)

    def _wrong(self, code: str, message: str, event: Any, hint: str) -> Refused:
        if self.inside is not None:
            return refuse("MW471", message, self.inside, hint)
        line, column = event.start_mark.line + 1 + self.line, event.start_mark.column + 1
        return Refused(Problem(code, message, Mark(self.file, line, column, line, column + 1), hint))
