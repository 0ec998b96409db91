"""Where each value of a document sits in its text: a second parse, made only when a problem needs it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modelwright.model import Mark, Path
from modelwright.yamlio.read import MAX_BYTES, _too_deep
from modelwright.yamlio.scalars import Unholdable, key_text, plain


class Marks:
    """Marks of one document, by path."""

    def __init__(self, file: str, root: Any) -> None:
        self._file = file
        self._root = root

    def mark(self, path: Path, key: bool = False) -> Mark:
        """The mark of `path`, or of its nearest ancestor that exists; of its key with `key`."""
        node, key_node = self._root, None
        found = True
        for step in path:
            child = _child(node, step)
            if child is None:
                found = False
                break
            key_node, node = child
        if node is None:
            return Mark(self._file, 1, 1, 1, 2)
        if key_node is not None and ((key and found) or _block(node) or not found):
            return _mark(self._file, key_node)
        return _mark(self._file, node)


def marks(text: str, file: str, index: int = 0) -> Marks:
    """The marks of the document at `index`; empty ones where the text cannot be read."""
    return Marks(file, _compose(text, file, index))


def _compose(text: str, file: str, index: int) -> Any:
    import yaml

    if len(text) > MAX_BYTES or _too_deep(text, file) is not None:
        return None
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        for number, node in enumerate(yaml.compose_all(text, Loader=loader)):
            if number == index:
                return node
    except (yaml.YAMLError, RecursionError):
        return None
    return None


def _block(node: Any) -> bool:
    return node.start_mark.line != node.end_mark.line


def _child(node: Any, step: str | int) -> tuple[Any, Any] | None:
    kind = type(node).__name__
    if kind == "SequenceNode" and isinstance(step, int):
        return (None, node.value[step]) if 0 <= step < len(node.value) else None
    if kind != "MappingNode":
        return None
    merged = []
    for key, value in node.value:
        if _key(key) == step:
            return key, value
        if key.value == "<<":
            merged += value.value if type(value).__name__ == "SequenceNode" else [value]
    for part in merged:
        found = _child(part, step)
        if found is not None:
            return found
    return None


def _key(node: Any) -> str | None:
    if type(node).__name__ != "ScalarNode":
        return None
    if node.style not in (None, ""):
        return str(node.value)
    try:
        return key_text(plain(node.value))
    except Unholdable:
        return str(node.value)


def _mark(file: str, node: Any) -> Mark:
    start, end = node.start_mark, node.end_mark
    if end.line != start.line or end.column <= start.column:
        return Mark(file, start.line + 1, start.column + 1, start.line + 1, start.column + 2)
    return Mark(file, start.line + 1, start.column + 1, end.line + 1, end.column + 1)


def plain_traps(text: str, index: int = 0) -> Mapping[Path, str]:
    """Path -> spelling, for unquoted scalars that a person may have meant as text (`no`, `08`, `1e3`, `1.10`)."""
    found: dict[Path, str] = {}
    root = _compose(text, "", index)
    stack: list[tuple[Path, Any]] = [((), root)] if root is not None else []
    seen = 0
    while stack and seen < 100_000:
        path, node = stack.pop()
        seen += 1
        kind = type(node).__name__
        if kind == "MappingNode":
            stack += [((*path, _key(key) or ""), value) for key, value in node.value]
        elif kind == "SequenceNode":
            stack += [((*path, i), value) for i, value in enumerate(node.value)]
        elif node.style in (None, ""):
            try:
                value = plain(node.value)
            except Unholdable:
                value = None
            if not isinstance(value, str) and node.value not in ("", "true", "false", "null"):
                found[path] = node.value
    return found
