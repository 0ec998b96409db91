"""Files of resources -> trees, as kyaml reads them (kyaml/kio `byteio_reader.go`, goyaml.v3)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NoReturn

from modelwright.kustomize.nodes import LONG, NULL, STR, Map, Node, Scalar, Seq, copied, missing, resolve
from modelwright.kustomize.refusal import At, Refused, refuse
from modelwright.model import Mark, Place
from modelwright.problems import Problem
from modelwright.yamlio.read import MAX_DEPTH, MAX_DOCUMENTS, MAX_NODES, checked, is_merge, parser

_SEPARATOR = re.compile(r"\n---(.*)\n")
_MARKER = re.compile(r"^---(?=\s|\Z)", re.MULTILINE)


def read_nodes(text: str, file: str, inside: At | None = None) -> list[Node]:
    """The documents of a file of resources; empty ones are left out. Raises Refused.

    Of text `inside` another file all values are told at that place. Documents are split as kyaml/kio
    `byteio_reader.go` does: only at lines that start with `---`; what follows a `...` is not read.
    """
    from modelwright.yamlio.read import _Stop

    try:
        source = checked(text, file, as_is=True).replace("\r\n", "\n")
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
        short = "!!" + tag.removeprefix(LONG) if tag.startswith(LONG) else tag
        return Scalar(event.value, short, style if short == STR else "", at)

    def _wrong(self, code: str, message: str, event: Any, hint: str) -> Refused:
        if self.inside is not None:
            return refuse("MW471", message, self.inside, hint)
        line, column = event.start_mark.line + 1 + self.line, event.start_mark.column + 1
        return Refused(Problem(code, message, Mark(self.file, line, column, line, column + 1), hint))
