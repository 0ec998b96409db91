"""Where each value of a document sits in its text: a second parse, made only when a problem needs it."""

from __future__ import annotations

import gc
import json
import re
from collections.abc import Mapping
from typing import Any

from modelwright.model import Mark, Path
from modelwright.yamlio.places import has_odd_breaks, span
from modelwright.yamlio.read import (
    MAX_DEPTH,
    MAX_NODES,
    _Stop,
    checked,
    is_merge,
    parser,
    scalar_key,
    scalar_value,
)
from modelwright.yamlio.scalars import Unholdable, key_text


class _Node:
    """A value in the text: where it is, and the (key, value) pairs or items below it."""

    __slots__ = ("children", "end", "event", "index", "mapping", "start", "target")

    def __init__(self, event: Any, mapping: bool | None) -> None:
        self.event = event
        self.start = event.start_mark
        self.end = event.end_mark
        self.mapping = mapping
        """True for a map, False for a list, None for a scalar or alias."""
        self.children: list[_Node] = []
        """Items of a list; keys and values of a map in turn."""
        self.index: dict[str, tuple[_Node | None, _Node]] | None = None
        self.target: _Node = self
        """What an alias repeats; the node itself where it is none."""


class Marks:
    """Marks of one document, by path."""

    def __init__(self, file: str, text: str, root: _Node | None) -> None:
        self._file = file
        self._text = text
        self._root = root
        self._odd = has_odd_breaks(text)

    def mark(self, path: Path, key: bool = False) -> Mark:
        """The mark of the value at `path`, or of its key with `key`.

        A value of several lines is marked at its key, and so is the nearest ancestor of a path that does not
        exist. A document that could not be parsed is marked at its first character.
        """
        node, key_node = self._root, None
        if node is None:
            return Mark(self._file, 1, 1, 1, 2)
        found = True
        for step in path:
            child = _child(node, step)
            if child is None:
                found = False
                break
            key_node, node = child
        if key_node is not None and (key or not found or _wide(node)):
            return self._span(key_node)
        while _wide(node) and node.mapping and node.children:
            node = node.children[0]
        return self._span(node)

    def _span(self, node: _Node) -> Mark:
        return span(self._file, self._text, node.start, node.end, self._odd)


def marks(text: str, file: str, index: int = 0) -> Marks:
    """The marks of the document at `index`; where the text cannot be read on, of what came before."""
    try:
        source = checked(text, file)
    except _Stop:
        return Marks(file, "", None)
    return Marks(file, source, _compose(source, index))


def plain_traps(text: str, index: int = 0, *, keys: bool = False) -> Mapping[Path, str]:
    """Path -> spelling of unquoted scalars that are read as something their spelling does not say.

    `no` and `on` are booleans, `0777` is 511, `1_000` and `1e3` are 1000, `1.10` is 1.1, `~` is null. Plain JSON
    (`true`, `null`, `12`, `1.5`) is not listed. With `keys`, unquoted keys instead, by the path of their value.
    """
    try:
        root = _compose(checked(text, ""), index)
    except _Stop:
        return {}
    found: dict[Path, str] = {}
    stack: list[tuple[Path, _Node]] = [((), root)] if root is not None else []
    while stack:
        path, node = stack.pop()
        if node.mapping:
            for key, value in zip(node.children[::2], node.children[1::2], strict=False):
                name = _key(key)
                if name is not None:
                    below = (*path, name)
                    if keys and _is_plain(key) and key.event.value != name:
                        found[below] = key.event.value
                    stack.append((below, value))
        elif node.mapping is False:
            stack += [((*path, i), item) for i, item in enumerate(node.children)]
        elif not keys and _is_plain(node) and _trap(node.event):
            found[path] = node.event.value
    return dict(sorted(found.items(), key=lambda item: [(isinstance(s, str), s) for s in item[0]]))


def _is_plain(node: _Node) -> bool:
    return _is_scalar(node) and node.event.tag is None and bool(node.event.implicit[0])


_JSON_WORDS = re.compile(r"(?:true|True|TRUE|false|False|FALSE|null|Null|NULL|)\Z")


def _trap(event: Any) -> bool:
    try:
        value = scalar_value(event)
    except Unholdable:
        return True
    if isinstance(value, str) or _JSON_WORDS.match(event.value):
        return False
    return value is None or isinstance(value, bool) or json.dumps(value) != event.value


def _compose(text: str, index: int) -> _Node | None:
    """The nodes of one document, within the reader's bounds; as much of it as can be parsed."""
    from yaml import YAMLError

    roots: list[_Node] = []
    # The collector would walk a tree of hundreds of thousands of nodes again and again, and find nothing.
    collecting = gc.isenabled()
    gc.disable()
    try:
        _nodes(parser(text), index, roots)
    except (YAMLError, UnicodeEncodeError):
        pass
    finally:
        if collecting:
            gc.enable()
    return roots[0] if roots else None


def _nodes(loader: Any, index: int, roots: list[_Node]) -> None:
    document = -1
    count = 0
    stack: list[_Node] = []
    anchors: dict[str, _Node] = {}
    while True:
        event = loader.get_event()
        kind = event.__class__.__name__
        if kind == "StreamEndEvent" or (kind == "DocumentEndEvent" and document == index):
            return
        if kind == "DocumentStartEvent":
            document += 1
        if document != index:
            continue
        if kind in ("MappingEndEvent", "SequenceEndEvent"):
            stack.pop().end = event.end_mark
            continue
        if kind not in ("ScalarEvent", "AliasEvent", "MappingStartEvent", "SequenceStartEvent"):
            continue
        count += 1
        if count > MAX_NODES or len(stack) > MAX_DEPTH:
            return
        opens = kind in ("MappingStartEvent", "SequenceStartEvent")
        node = _Node(event, kind == "MappingStartEvent" if opens else None)
        if kind == "AliasEvent":
            node.target = anchors.get(event.anchor, node)
        elif event.anchor is not None:
            anchors[event.anchor] = node
        if stack:
            stack[-1].children.append(node)
        elif not roots:
            roots.append(node)
        if opens:
            stack.append(node)


def _wide(node: _Node) -> bool:
    """Whether a node has no width on one line: it is empty, or spans several."""
    return bool(node.end.line != node.start.line or node.end.index <= node.start.index)


def _child(node: _Node, step: str | int) -> tuple[_Node | None, _Node] | None:
    node = node.target
    if node.mapping is False and isinstance(step, int):
        return (None, node.children[step]) if 0 <= step < len(node.children) else None
    if not node.mapping or not isinstance(step, str):
        return None
    if node.index is None:
        node.index = _index(node, MAX_DEPTH)
    return node.index.get(step)


def _index(node: _Node, depth: int) -> dict[str, tuple[_Node | None, _Node]]:
    """Key -> key and value nodes; merged keys as the reader ranks them, behind the map's own."""
    own: dict[str, tuple[_Node | None, _Node]] = {}
    spelt: dict[str, tuple[_Node | None, _Node]] = {}
    """Keys as they are written: files of Python programs are read so."""
    merged: dict[str, tuple[_Node | None, _Node]] = {}
    work = 0
    for key, value in zip(node.children[::2], node.children[1::2], strict=False):
        if _is_scalar(key) and is_merge(key.event):
            target = value.target
            parts = [part.target for part in target.children] if target.mapping is False else [target]
            for part in reversed(parts):
                if not part.mapping or not depth or work > MAX_NODES:
                    continue
                if part.index is None:
                    part.index = {}  # an anchor merged into itself finds nothing, and ends
                    part.index = _index(part, depth - 1)
                work += len(part.index) + 1
                merged.update(part.index)
            continue
        name = _key(key)
        if name is not None:
            own[name] = (key, value)
        if _is_scalar(key):
            spelt.setdefault(key.event.value, (key, value))
    return {**merged, **spelt, **own}


def _is_scalar(node: _Node) -> bool:
    return hasattr(node.event, "value")


def _key(node: _Node) -> str | None:
    """The key a node makes, as the reader has it."""
    event = node.target.event
    if not hasattr(event, "value"):
        return None
    try:
        return scalar_key(event) if node.target is node else key_text(scalar_value(event))
    except Unholdable:
        return None
