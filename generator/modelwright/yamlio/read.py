"""Text -> documents, as the API server reads YAML, within bounds, by one pass over libyaml's events."""

from __future__ import annotations

import codecs
import re
from typing import Any

from modelwright.model import Mark
from modelwright.problems import Problem
from modelwright.yamlio.scalars import Unholdable, key_text, plain, tagged

MAX_BYTES = 4 * 1024 * 1024
MAX_DEPTH = 100
MAX_NODES = 400_000
MAX_DOCUMENTS = 10_000

Documents = tuple[Any, ...]


class _Stop(Exception):
    def __init__(self, problem: Problem) -> None:
        self.problem = problem


def decode(data: bytes, file: str) -> tuple[str, tuple[Problem, ...]]:
    """Bytes -> text: UTF-8, with or without a byte order mark, or UTF-16 with one."""
    for mark, encoding in ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if data.startswith(mark):
            break
    else:
        encoding = "utf-8"
    if len(data) > MAX_BYTES:
        return "", (_large(file),)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        return "", (_binary(file, line),)
    if "\0" in text:
        return "", (_binary(file, text[: text.index("\0")].count("\n") + 1),)
    return text, ()


def _binary(file: str, line: int) -> Problem:
    return Problem("MW101", "this is not a text file", Mark(file, line, 1, line, 2), "blueprints and manifests are UTF-8 text")


def _large(file: str) -> Problem:
    return Problem(
        "MW104", f"the file is larger than {MAX_BYTES // 2**20} MiB", Mark(file, 1, 1, 1, 2), "split it into several files"
    )


def read(text: str, file: str) -> tuple[Documents, tuple[Problem, ...]]:
    """All documents of a stream; an empty one is None. The first problem ends the file."""
    if len(text) > MAX_BYTES:
        return (), (_large(file),)
    deep = _too_deep(text, file)
    if deep is not None:
        return (), (deep,)
    try:
        return tuple(_documents(text, file)), ()
    except _Stop as stop:
        return (), (stop.problem,)


def _too_deep(text: str, file: str) -> Problem | None:
    """libyaml's parser overruns its stack on tens of thousands of brackets, so they are counted first.

    The count ignores quotes and comments on purpose: it may only overestimate, and nobody nests so far.
    """
    if text.count("[") + text.count("{") > MAX_DEPTH:
        depth = 0
        for found in re.finditer(r"[\[\]{}]", text):
            depth += 1 if found[0] in "[{" else -1 if depth else 0
            if depth > 20 * MAX_DEPTH:
                return _bound(file, _at(text, found.start()), f"brackets nest deeper than {MAX_DEPTH} levels")
    for found in re.finditer(r"(?:[-?:] ){%d,}" % (2 * MAX_DEPTH), text):
        return _bound(file, _at(text, found.start()), f"lists nest deeper than {MAX_DEPTH} levels")
    return None


def _at(text: str, position: int) -> tuple[int, int]:
    return text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)


def _bound(file: str, at: tuple[int, int], message: str) -> Problem:
    line, column = at
    return Problem("MW104", message, Mark(file, line, column, line, column + 1), "no blueprint needs this; split or flatten it")


def _documents(text: str, file: str) -> list[Any]:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    builder = _Builder(file)
    try:
        for event in yaml.parse(text, Loader=loader):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        raise _Stop(_syntax(error, text, file)) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise _Stop(Problem("MW101", "a character here is not allowed in YAML", Mark(file, line, 1, line, 2), "remove it, or write it as an escape inside double quotes")) from None
    return builder.documents


class _Builder:
    """Builds documents from events with an explicit stack, so that depth is ours to bound."""

    __slots__ = ("anchors", "documents", "file", "nodes", "root", "sizes", "stack")

    def __init__(self, file: str) -> None:
        self.file = file
        self.documents: list[Any] = []
        self.stack: list[_Frame] = []
        self.anchors: dict[str, Any] = {}
        self.sizes: dict[str, int] = {}
        self.nodes = 0
        self.root: Any = None

    def take(self, event: Any) -> None:
        name = event.__class__.__name__
        if name == "ScalarEvent":
            self._scalar(event)
        elif name in ("MappingStartEvent", "SequenceStartEvent"):
            self._open(event, name == "MappingStartEvent")
        elif name in ("MappingEndEvent", "SequenceEndEvent"):
            self._close(event)
        elif name == "AliasEvent":
            self._alias(event)
        elif name == "DocumentStartEvent":
            self.root = None
            self.anchors = {}
            self.sizes = {}
            if len(self.documents) >= MAX_DOCUMENTS:
                raise _Stop(_bound(self.file, _start(event), f"more than {MAX_DOCUMENTS} documents in one file"))
        elif name == "DocumentEndEvent":
            self.documents.append(self.root)

    def _count(self, event: Any, size: int = 1) -> None:
        self.nodes += size
        if self.nodes > MAX_NODES:
            raise _Stop(_bound(self.file, _start(event), f"aliases expand to more than {MAX_NODES} values"))

    def _scalar(self, event: Any) -> None:
        self._count(event)
        try:
            if event.tag is not None and event.tag != "!":
                value = tagged(event.tag, event.value)
            elif event.tag is None and event.implicit[0]:
                value = plain(event.value)
            else:
                value = event.value
        except Unholdable:
            raise _Stop(self._unholdable(event, f"`{event.value}` is a number the cluster cannot hold")) from None
        if event.anchor:
            self.anchors[event.anchor] = value
            self.sizes[event.anchor] = 1
        merge = event.value == "<<" and event.implicit[0]
        self._put(value, event, merge)

    def _unholdable(self, event: Any, message: str) -> Problem:
        return Problem("MW105", message, _mark(self.file, event), "quote it if text is meant")

    def _open(self, event: Any, mapping: bool) -> None:
        self._count(event)
        if len(self.stack) >= MAX_DEPTH:
            raise _Stop(_bound(self.file, _start(event), f"values nest deeper than {MAX_DEPTH} levels"))
        if self.stack and self.stack[-1].wants_key:
            hint = "keys are plain text; a value with `{{` must be quoted"
            raise _Stop(Problem("MW105", "a list or map cannot be a key", _mark(self.file, event), hint))
        frame = _Frame({} if mapping else [], mapping, event.anchor, self.nodes)
        self.stack.append(frame)

    def _close(self, event: Any) -> None:
        frame = self.stack.pop()
        value = frame.finish()
        if frame.anchor:
            self.anchors[frame.anchor] = value
            self.sizes[frame.anchor] = self.nodes - frame.start + 1
        self._put(value, event, False)

    def _alias(self, event: Any) -> None:
        if event.anchor not in self.anchors:
            problem = Problem("MW102", f"`*{event.anchor}` names no anchor above it", _mark(self.file, event), f"write `&{event.anchor}` on the value it should repeat, or quote the text")
            raise _Stop(problem)
        self._count(event, self.sizes.get(event.anchor, 1))
        self._put(self.anchors[event.anchor], event, False)

    def _put(self, value: Any, event: Any, merge: bool) -> None:
        if not self.stack:
            self.root = value
            return
        frame = self.stack[-1]
        if not frame.mapping:
            frame.value.append(value)
        elif frame.wants_key:
            frame.key = "<<" if merge else self._key(value, event)
            frame.merging = merge
            if not merge:
                line, column = _start(event)
                if frame.key in frame.lines:
                    first = frame.lines[frame.key]
                    there = Mark(self.file, first[0], first[1], first[0], first[1] + len(frame.key))
                    raise _Stop(
                        Problem(
                            "MW103",
                            f"`{frame.key}` is said twice here; the first is on line {first[0]}",
                            _mark(self.file, event),
                            "keep one of the two",
                            related=(("the first one", there),),
                        )
                    )
                frame.lines[frame.key] = (line, column)
            frame.wants_key = False
        else:
            if frame.merging:
                self._merge(frame, value, event)
            else:
                frame.value[frame.key] = value
            frame.wants_key = True

    def _key(self, value: Any, event: Any) -> str:
        try:
            return key_text(value)
        except Unholdable:
            raise _Stop(self._unholdable(event, "a key cannot be null")) from None

    def _merge(self, frame: _Frame, value: Any, event: Any) -> None:
        parts = value if isinstance(value, list) else [value]
        if not all(isinstance(part, dict) for part in parts):
            raise _Stop(Problem("MW102", "`<<` merges maps only", _mark(self.file, event), "name an anchored map"))
        for part in parts:
            for key, item in part.items():
                frame.merged.setdefault(key, item)


class _Frame:
    __slots__ = ("anchor", "key", "lines", "mapping", "merged", "merging", "start", "value", "wants_key")

    def __init__(self, value: Any, mapping: bool, anchor: str | None, start: int) -> None:
        self.value = value
        self.mapping = mapping
        self.anchor = anchor
        self.start = start
        self.wants_key = mapping
        self.key = ""
        self.merging = False
        self.merged: dict[str, Any] = {}
        self.lines: dict[str, tuple[int, int]] = {}

    def finish(self) -> Any:
        if self.merged:
            return {**{k: v for k, v in self.merged.items() if k not in self.value}, **self.value}
        return self.value


def _start(event: Any) -> tuple[int, int]:
    return event.start_mark.line + 1, event.start_mark.column + 1


def _mark(file: str, event: Any) -> Mark:
    start, end = event.start_mark, event.end_mark
    if end.line != start.line or end.column <= start.column:
        return Mark(file, start.line + 1, start.column + 1, start.line + 1, start.column + 2)
    return Mark(file, start.line + 1, start.column + 1, end.line + 1, end.column + 1)


def _syntax(error: Any, text: str, file: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 1
    column = mark.column + 1 if mark else 1
    lines = text.split("\n")
    for number, found in enumerate(lines, 1):
        if found.startswith(("<<<<<<< ", ">>>>>>> ")) or found == "=======":
            place = Mark(file, number, 1, number, 8)
            return Problem("MW102", "a merge conflict was left in this file", place, "choose a side and remove the markers")
    what, hint = _explained(str(error.problem or error), lines[line - 1] if line <= len(lines) else "")
    return Problem("MW102", what, Mark(file, line, column, line, column + 1), hint)


def _explained(problem: str, line: str) -> tuple[str, str]:
    if "\\t" in problem or "'\t'" in problem or "\t" in line[: len(line) - len(line.lstrip())]:
        return "a tab is used for indentation", "indent with spaces"
    if "{{" in line:
        return "`{{` opens a map in YAML", "quote the whole value"
    if "cannot start any token" in problem:
        return "this character cannot start a value", "quote the value"
    if "mapping values are not allowed" in problem:
        return "a second `:` on this line, or wrong indentation", "quote the value, or fix the indentation"
    if "could not find expected ':'" in problem:
        return "a `:` is missing after this key", "write `key: value`"
    if "did not find expected key" in problem or "did not find expected '-'" in problem:
        return "the indentation does not fit the lines above", "line it up with its siblings"
    if "quoted scalar" in problem or "unexpected end of stream" in problem:
        return "a quote is opened and never closed", "close it"
    return f"not valid YAML: {problem}", "check quotes and indentation here"
