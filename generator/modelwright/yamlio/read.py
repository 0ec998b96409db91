"""Text -> documents, as the API server reads YAML, within bounds, by one pass over libyaml's events.

Only events are used: libyaml's parser keeps no call stack, where PyYAML's composer recurses and overruns the
stack on tens of thousands of brackets. Depth is counted as events come in, so nothing deeper is ever parsed.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping

from modelwright.model import Mark
from modelwright.patterns import pattern
from modelwright.problems import Problem
from modelwright.typed import Any, NoReturn
from modelwright.yamlio.places import at, has_odd_breaks, span
from modelwright.yamlio.scalars import HEADS, Unholdable, key_plain, key_text, plain, tagged

MAX_BYTES = 4 * 1024 * 1024
MAX_DEPTH = 100
MAX_NODES = 400_000
"""Values in one file, each alias counted with all it repeats."""
LARGE = 16
"""So many times as much is taken of a file that is no input of a workspace, such as all definitions of a cluster."""
MAX_DOCUMENTS = 10_000
MAX_TAG_LINES = 100
MAX_PROBLEMS = 100

Documents = tuple[Any, ...]

MERGE_TAG = "tag:yaml.org,2002:merge"

_TAG_LINE = pattern(r"^%", re.MULTILINE)
_SEPARATOR = pattern(r"^---(?=#)|^---[^\S\n]*(?=[^\s#])", re.MULTILINE)
"""A document's start with something behind it."""
_SLASH = pattern(r"(?<!\\)(?:\\\\)*\\/")
"""`\\/` between double quotes."""
_LENIENT = pattern(r"\?|\\/|![^\s!]*,")
"""What may be read otherwise by the server's parser."""


class _Stop(Exception):
    def __init__(self, problem: Problem) -> None:
        self.problem = problem


def decode(data: bytes, file: str, *, large: bool = False) -> tuple[str, tuple[Problem, ...]]:
    """Bytes -> text: UTF-8, with or without a byte order mark, or UTF-16 with one (goyaml.v2 `readerc.go`)."""
    if len(data) > MAX_BYTES * (LARGE if large else 1):
        return "", (_large(file, large),)
    encoding, skip = "utf-8", 0
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if data.startswith(mark):
            encoding, skip = name, len(mark)
            break
    body = data[skip:] if skip else data
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        before = body[: error.start].decode(encoding, "replace")
        what = "this is not a text file" if b"\0" in data[:8192] else "this byte is not UTF-8 text"
        return "", (_binary(file, before, what),)
    if "\0" in text:
        return "", (_binary(file, text[: text.index("\0")], "this is not a text file"),)
    return text, ()


def _binary(file: str, before: str, what: str) -> Problem:
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    return Problem("MW101", what, Mark(file, line, column, line, column + 1), "save the file as UTF-8 text")


def _large(file: str, large: bool) -> Problem:
    message = f"the file is larger than {MAX_BYTES * (LARGE if large else 1) // 2**20} MiB"
    return Problem("MW104", message, Mark(file, 1, 1, 1, 2), "split it into several files")


def read(
    text: str, file: str, *, python: bool = False, large: bool = False, as_is: bool = False
) -> tuple[Documents, tuple[Problem, ...]]:
    """All documents of a stream; an empty one is None.

    `python` is for files that PyYAML wrote: what it reads as text is text, though the server would read an unquoted `y`
    as true and `1e3` as a number. `large` is for files beyond the limits of a workspace's inputs. `as_is` reads what kubectl
    does not see: it ends the last line, and splits files by itself.

    Text that is not YAML, or is beyond a limit, gives no documents and one problem. Keys said twice (the last
    one counts, as in the server's lenient mode) and values the server cannot hold are all reported, and
    the documents returned with them.
    """
    try:
        source = checked(text, file, large, as_is)
        builder = _Builder(file, source, careful=False, python=python, large=large)
        builder.unended = not (as_is or text.endswith("\n"))
        builder.run()
        if builder.doubled:
            builder = _Builder(file, source, careful=True, python=python, large=large)
            builder.run()
        if not python and _LENIENT.search(source):
            builder.stop_at_lenient()
    except _Stop as stop:
        return (), (stop.problem,)
    return tuple(builder.documents), tuple(builder.problems)


def checked(text: str, file: str, large: bool = False, as_is: bool = False) -> str:
    """The text to parse, without byte order mark. Raises `_Stop` where it is not to be parsed at all."""
    most = MAX_BYTES * (LARGE if large else 1)
    if len(text) > most or (not text.isascii() and len(text.encode("utf-8", "surrogatepass")) > most):
        raise _Stop(_large(file, large))
    behind = None if as_is else _SEPARATOR.search(text)
    text = text.removeprefix("\ufeff")
    if not as_is and not text.endswith("\n"):
        text += "\n"  # kubectl reads line by line, and ends the last one
    if text.count("\n%") > MAX_TAG_LINES:
        # libyaml compares each %TAG line with all before it, so many of them take hours.
        for number, found in enumerate(_TAG_LINE.finditer(text)):
            if number == MAX_TAG_LINES:
                line, _ = at(text, found.start())
                message = f"more than {MAX_TAG_LINES} lines start with `%`"
                raise _Stop(Problem("MW104", message, Mark(file, line, 1, line, 2), "indent the text, or remove them"))
    if behind:
        # kubectl splits files at lines that start so, whatever they mean in YAML (apimachinery `util/yaml/decoder.go`).
        line, column = at(text, behind.end())
        message = "behind `---` only a comment may stand, after a space: kubectl reads such a file otherwise"
        raise _Stop(Problem("MW102", message, Mark(file, line, column, line, column + 1), "write it on the next line"))
    return text


def parser(text: str) -> Any:
    """PyYAML's event source: libyaml's where it was built with it, else the (much slower) one in Python."""
    import yaml

    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)


class _Sign:
    """What a key can be besides text, and a value that is not complete."""


_WAIT, _SKIP, _MERGE, _OPEN = _Sign(), _Sign(), _Sign(), _Sign()

_Keys = dict[str, Any]
"""Key -> its event, for one map; kept only when a key was said twice."""


class _Builder:
    """Builds documents from events with an explicit stack, so that depth is ours to bound."""

    def __init__(self, file: str, text: str, careful: bool, python: bool = False, large: bool = False) -> None:
        self.file = file
        self.text = text
        self.python = python
        self.most = MAX_NODES * (LARGE if large else 1)
        self.careful = careful
        """Whether to keep the events of keys, which a file without double keys need not pay for."""
        self.doubled = False
        self.unended = False
        """Whether the last line lacked its end."""
        self.documents: list[Any] = []
        self.problems: list[Problem] = []
        self.anchors: dict[str, tuple[Any, int]] = {}
        self._odd: bool | None = None

    def run(self) -> None:
        """Read the whole stream. Raises `_Stop`."""
        from yaml import YAMLError

        try:
            self._events(parser(self.text))
        except (YAMLError, UnicodeEncodeError) as error:
            from modelwright.yamlio.explain import syntax

            # An error at the end is on the last line that was written.
            raise _Stop(syntax(error, self.text[:-1] if self.unended else self.text, self.file)) from None

    def _events(self, loader: Any) -> None:
        # One long loop over local variables: a call for each event would double the time of a bulk run.
        from yaml import events

        scalar, alias = events.ScalarEvent, events.AliasEvent
        map_start, map_end = events.MappingStartEvent, events.MappingEndEvent
        list_start, list_end = events.SequenceStartEvent, events.SequenceEndEvent
        document_start, document_end = events.DocumentStartEvent, events.DocumentEndEvent
        stream_end = events.StreamEndEvent
        get = loader.get_event
        careful = self.careful
        stack: list[tuple[Any, Any, Any, str | None, int, dict[str, Any] | None, _Keys]] = []
        # The open map or list, its key that waits for a value, the merge key's event, its anchor, the count
        # of values at its start, what is merged into it, and the events of its keys.
        into: Any = None
        key: Any = None
        merge: Any = None
        anchor: str | None = None
        base = 0
        merged: dict[str, Any] | None = None
        keys: _Keys = {}
        count = 0
        most = self.most
        value: Any = None
        while True:
            event = get()
            kind = event.__class__
            if kind is scalar:
                count += 1
                if count > most:
                    self._too_many(event)
                text = event.value
                if key is _WAIT:
                    if event.tag is None and text and text[0] not in HEADS and text != "<<":
                        key = text
                    elif is_merge(event):
                        key, merge = _MERGE, event
                        continue
                    else:
                        key = self._key(event)
                    if event.anchor is not None:
                        self.anchors[event.anchor] = (self._anchored(event, key), 1)
                    if key in into:
                        self._double(key, event, keys)
                    if careful and key is not _SKIP:
                        keys.setdefault(key, event)
                    continue
                if event.tag is None and (not event.implicit[0] or (text and text[0] not in HEADS)):
                    value = text
                else:
                    value = self._typed(event)
                if event.anchor is not None:
                    self.anchors[event.anchor] = (value, 1)
            elif kind is map_start or kind is list_start:
                count += 1
                if count > most:
                    self._too_many(event)
                if len(stack) >= MAX_DEPTH:
                    self._limit(event, f"values nest deeper than {MAX_DEPTH} levels")
                if key is _WAIT:
                    self._collection_key(event)
                stack.append((into, key, merge, anchor, base, merged, keys))
                into, key = ({}, _WAIT) if kind is map_start else ([], None)
                merge = merged = None
                base = count
                anchor = event.anchor
                if anchor is not None:
                    self.anchors[anchor] = (_OPEN, 0)
                if careful:
                    keys = {}
                continue
            elif kind is map_end or kind is list_end:
                value = into if merged is None else {**merged, **into}
                if anchor is not None and self.anchors[anchor][0] is _OPEN:  # else one inside has taken its name
                    self.anchors[anchor] = (value, count - base + 1)
                into, key, merge, anchor, base, merged, keys = stack.pop()
                if key is _WAIT:
                    key = _SKIP
                    continue
            elif kind is alias:
                value, size = self._alias(event)
                count += size
                if key is _MERGE and not isinstance(value, dict):
                    value = None  # a list may be written out, not repeated (goyaml.v2 `decode.go`)
                if count > most:
                    self._too_many(event)
                if key is _WAIT:
                    key = self._alias_key(event, value)
                    if key in into:
                        self._double(key, event, keys)
                    if careful and key is not _SKIP:
                        keys.setdefault(key, event)
                    continue
            elif kind is document_end:
                self.documents.append(value)
                continue
            elif kind is document_start:
                if len(self.documents) >= MAX_DOCUMENTS:
                    self._limit(event, f"more than {MAX_DOCUMENTS} documents in one file")
                if event.version or event.tags:
                    self._directive(event)
                self.anchors = {}
                continue
            elif kind is stream_end:
                return
            else:
                continue
            if key is None:
                if into is not None:
                    into.append(value)
                continue
            if key is _MERGE:
                merged = self._merge(value, merged or {}, into, merge, keys)
            elif key is not _SKIP:
                into[key] = value
            key = _WAIT

    def _directive(self, event: Any) -> None:
        if self.python:
            return
        mark = self._mark(event)
        line = self.text.rfind("\n%", 0, event.start_mark.index) + 1
        number, _ = at(self.text, line)
        mark = Mark(self.file, number, 1, number, 2)
        message = "a line that starts with `%` is a directive, and kubectl cannot read a file that has one"
        self._report(Problem("MW102", message, mark, "remove the line"))

    def stop_at_lenient(self) -> None:
        """Look for what libyaml reads, but the server's parser (goyaml.v2 `scannerc.go`) does not. Raises `_Stop`."""
        from yaml import events

        flow: list[bool] = []
        loader = parser(self.text)
        while True:
            event = loader.get_event()
            if isinstance(event, events.StreamEndEvent):
                return
            begin, end = event.start_mark.index, event.end_mark.index
            if isinstance(event, events.CollectionStartEvent):
                flow.append(bool(event.flow_style))
            elif isinstance(event, events.CollectionEndEvent):
                flow.pop()
            elif not isinstance(event, events.ScalarEvent):
                continue
            elif event.style == '"' and _SLASH.search(self.text, begin, end):
                if not self._json():
                    message = "a backslash before `/` is an escape in JSON, but not in YAML for the server"
                    raise _Stop(Problem("MW102", message, self._mark(event), "write `/` alone"))
            elif event.style or not flow or not flow[-1]:
                continue
            elif "?" in event.value:
                message = "`?` in unquoted text between brackets ends the text for the server"
                raise _Stop(Problem("MW102", message, self._mark(event), "put quotes around the value"))
            elif event.tag is not None and not event.value and self.text[end] == ",":
                message = "a `,` right after a tag is part of the tag for the server"
                raise _Stop(Problem("MW102", message, self._mark(event), "write a value after the tag"))

    def _json(self) -> bool:
        """Whether the whole text is JSON, which kubectl reads as that."""
        import json

        try:
            return isinstance(json.loads(self.text), dict)
        except (ValueError, RecursionError):
            return False

    def _typed(self, event: Any) -> Any:
        if self.python and is_python_text(event):
            return event.value
        try:
            return scalar_value(event)
        except Unholdable as error:
            hint = "quote it if text is meant" if event.tag is None else ""
            self._report(Problem("MW105", str(error), self._mark(event), hint))
            return None

    def _key(self, event: Any) -> str | _Sign:
        if self.python and is_python_text(event):
            return str(event.value)
        try:
            return scalar_key(event)
        except Unholdable as error:
            self._report(Problem("MW105", str(error), self._mark(event), "quote it if text is meant"))
            return _SKIP

    def _anchored(self, event: Any, key: str | _Sign) -> Any:
        """What an alias of a key stands for."""
        try:
            return scalar_value(event) if not self.python else self._typed(event)
        except Unholdable:
            return None if key is _SKIP else key

    def _double(self, key: str, event: Any, keys: _Keys) -> None:
        self.doubled = True
        if not self.careful or self._full():
            return
        first = self._mark(keys[key])
        spelled = getattr(event, "value", key)
        said = f"`{key}` is said twice" if spelled == key else f"`{spelled}` is read as `{key}`, which is said twice"
        message = f"{said}; the first is on line {first.line}"
        related = (("the first one", first),)
        self._report(Problem("MW103", message, self._mark(event), "keep one of the two", related=related))

    def _collection_key(self, event: Any) -> None:
        start = event.start_mark.index
        if self.text[max(start - 1, 0) : start + 1] == "{{":
            line, column = at(self.text, start)
            mark = Mark(self.file, line, column - 1, line, column + 1)
            from modelwright.yamlio.explain import QUOTE_HOLE

            raise _Stop(Problem("MW102", "`{{` opens a map in YAML", mark, QUOTE_HOLE))
        self._report(Problem("MW105", "a list or map cannot be a key", self._mark(event), "keys are plain text"))

    def _alias(self, event: Any) -> tuple[Any, int]:
        name = event.anchor
        held = self.anchors.get(name)
        if held is None:
            message = f"`*{name}` repeats a value, but no `&{name}` is above it"
            hint = f"write `&{name}` on the value to repeat, or quote the text"
            raise _Stop(Problem("MW102", message, self._mark(event), hint))
        if held[0] is _OPEN:
            message = f"`*{name}` repeats a value inside itself"
            raise _Stop(Problem("MW102", message, self._mark(event), "repeat another value, or write it out"))
        return held

    def _alias_key(self, event: Any, value: Any) -> str | _Sign:
        try:
            return key_text(value)
        except Unholdable as error:
            self._report(Problem("MW105", str(error), self._mark(event), "keys are plain text"))
            return _SKIP

    def _merge(
        self, value: Any, merged: dict[str, Any], into: Mapping[str, Any], event: Any, keys: _Keys
    ) -> dict[str, Any]:
        """What a merge key adds: a later `<<` wins over an earlier, in a list the first (goyaml.v2 `decode.go`)."""
        parts = value if isinstance(value, list) else [value]
        if not all(isinstance(part, dict) for part in parts):
            message = "`<<` takes a map, or a list of maps"
            self._report(Problem("MW102", message, self._mark(event), "give it the alias of a map"))
            return merged
        for part in reversed(parts):
            merged.update(part)
        # A key said before the merge: kubectl would let the merge win, other readers the key.
        again = [key for key in into if any(key in part for part in parts)]
        self.doubled = self.doubled or bool(again)
        for key in again if self.careful else ():
            if self._full():
                break
            first = self._mark(keys[key])
            message = f"`<<` brings `{key}` again, which line {first.line} already says"
            hint = "write `<<` first in its map; what is said after it wins"
            related = (("the first one", first),)
            self._report(Problem("MW103", message, self._mark(event), hint, related=related))
        return merged

    def _full(self) -> bool:
        return len(self.problems) >= MAX_PROBLEMS

    def _report(self, problem: Problem) -> None:
        if not self._full():
            self.problems.append(problem)

    def _mark(self, event: Any) -> Mark:
        if self._odd is None:
            self._odd = has_odd_breaks(self.text)
        return span(self.file, self.text, event.start_mark, event.end_mark, self._odd)

    def _too_many(self, event: Any) -> NoReturn:
        self._limit(event, f"more than {self.most} values in one file, repeated ones counted each time")

    def _limit(self, event: Any, message: str) -> NoReturn:
        mark = self._mark(event)
        mark = Mark(self.file, mark.line, mark.column, mark.line, mark.column + 1)
        raise _Stop(Problem("MW104", message, mark, "split or flatten it"))


def is_python_text(event: Any) -> bool:
    """Whether PyYAML reads an unquoted scalar as text (`yaml/resolver.py`, which follows YAML 1.1 but for `y` and `n`)."""
    from yaml.resolver import Resolver

    text = event.value
    if event.tag is not None or not event.implicit[0] or not text:
        return False
    return not any(found.match(text) for _, found in Resolver.yaml_implicit_resolvers.get(text[0], ()))


def is_merge(event: Any) -> bool:
    """Whether a key is the merge key, not the text `<<` (goyaml.v2 `isMerge`)."""
    return event.value == "<<" and bool(event.implicit[0] or event.tag == MERGE_TAG)


def scalar_value(event: Any) -> Any:
    """The value of a scalar event. Raises `Unholdable`."""
    if event.tag is None:
        return plain(event.value) if event.implicit[0] else event.value
    return tagged(event.tag, event.value)


def scalar_key(event: Any) -> str:
    """The key a scalar event makes. Raises `Unholdable`."""
    if event.tag is None:
        text = event.value
        if not event.implicit[0] or (text and text[0] not in HEADS):
            return str(text)
        return key_plain(text)
    return key_text(tagged(event.tag, event.value))
