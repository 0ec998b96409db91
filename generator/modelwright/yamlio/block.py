"""The everyday part of YAML, line by line: what `read` gives, several times faster, or nothing at all.

Most manifests are block maps and lists of one-line values, and most of their lines stand in other manifests too. A line
is understood once and remembered; a document is then put together from its lines by their columns. Whatever is not
plainly of this part (anchors, tags, text over several lines other than `|`, odd indentation, keys said twice, limits
near) is left to `read`, which also explains what is wrong. A drawn test holds both to the same answers.
"""

from __future__ import annotations

import itertools
import re

from modelwright.patterns import pattern
from modelwright.typed import Any
from modelwright.yamlio.read import MAX_DEPTH, MAX_DOCUMENTS, MAX_NODES, is_merge, parser, read
from modelwright.yamlio.scalars import Unholdable, key_plain, plain

_EVERYDAY = bytes(range(0x20, 0x7F)) + b"\n"
_DEEPEST_FLOW = 5
_DEEPEST = MAX_DEPTH - _DEEPEST_FLOW - 2
_LONGEST = 400
"""Characters of a line worth remembering."""
_MOST = 50_000
"""Lines remembered at once: some 15 MB."""

_INNER = r"(?:[A-Za-z0-9_./@+=,()%$~^;<>-]|:(?=[^ ]))"
_QUICK = pattern(
    rf"""
    (\ *) (-\ +)?                                                # indentation, dash
    (?:([A-Za-z_/][A-Za-z0-9_./-]*):(?:\ +|\Z))?                 # key
    (?:((?:-*[A-Za-z0-9_./]){_INNER}*(?:\ +{_INNER}+)*)|"([^"\\]*)"|'([^']*)')?  # value, plain or quoted
    \ *\Z""",
    re.VERBOSE,
)
"""Lines understood without a parser. Narrower than YAML on purpose."""


class _Later:
    """A value that is not all on its line, or that each place needs a copy of."""

    __slots__ = ("flow",)

    def __init__(self, flow: Any = None) -> None:
        self.flow = flow


_OPEN, _CLIPPED, _STRIPPED = _Later(), _Later(), _Later()
_NO_KEY = _Later()

_PAIR, _ITEM, _ITEM_PAIR, _NOTHING, _START = range(5)
_Line = tuple[int, int, int, str, Any]
"""Sort, column, column of the key, key, value."""

_EMPTY: _Line = (_NOTHING, 0, 0, "", None)
_SEPARATOR: _Line = (_START, 0, 0, "", None)

_known: dict[str, _Line | None] = {}


def read_block(text: str) -> tuple[Any, ...] | None:
    """All documents of a stream as `read` gives them; None where `read` has to be asked."""
    # Each character makes one value at most, so that a shorter text is within every limit but depth.
    if len(text) > MAX_NODES or not text.isascii() or text.encode("ascii").translate(None, _EVERYDAY):
        return None
    documents: list[Any] = []
    begun = False
    root: Any = None
    stack: list[tuple[Any, int, bool]] = []
    # The open map or list, its column, whether it is a list, and its key that waits for a value.
    into: Any = None
    column = -1
    is_list = False
    waiting: Any = _NO_KEY
    # The lines of a text over several lines, and their column once it is known.
    lines: list[str] | None = None
    margin = 0
    how: Any = None
    known = _known
    # One long loop over local variables: a call for each line would take most of the time.
    for line in text.split("\n"):
        if lines is not None:
            bare = line.lstrip(" ")
            indent = len(line) - len(bare)
            if not bare:
                if indent > margin and not margin:
                    return None
                lines.append(line[margin:])
                continue
            if not margin and indent > column:
                margin = indent
            if margin and indent >= margin:
                lines.append(line[margin:])
                continue
            if indent > column:
                return None
            into[waiting] = _text(lines, how)
            lines, waiting = None, _NO_KEY
        try:
            found = known[line]
        except KeyError:
            found = _learn(line)
        if found is None:
            return None
        sort, at, key_at, key, value = found
        if sort == _NOTHING:
            continue
        if sort == _START:
            waiting = _NO_KEY
            if begun:
                documents.append(root)
                if len(documents) >= MAX_DOCUMENTS:
                    return None
            begun, root, into, column, is_list = True, None, None, -1, False
            stack.clear()
            continue
        # Where the line belongs: below a waiting key, or in one of the open maps and lists.
        if waiting is not _NO_KEY:
            if at > column or (at == column and sort != _PAIR):
                if len(stack) > _DEEPEST:
                    return None
                stack.append((into, column, is_list))
                below: Any = {} if sort == _PAIR else []
                into[waiting] = below
                into, column, is_list = below, at, sort != _PAIR
            waiting = _NO_KEY
        elif into is None:
            if sort != _PAIR:
                return None
            begun = True
            root = into = {}
            column = at
        if sort == _PAIR:
            while at < column or (is_list and at == column):
                if not stack:
                    return None
                into, column, is_list = stack.pop()
            if at != column or is_list or key in into:
                return None
        else:
            while at < column:
                if not stack:
                    return None
                into, column, is_list = stack.pop()
            if at != column or not is_list:
                return None
            if sort == _ITEM:
                into.append(_copied(value.flow) if value.__class__ is _Later else value)
                continue
            stack.append((into, column, True))
            item: dict[str, Any] = {}
            into.append(item)
            into, column, is_list = item, key_at, False
        if value.__class__ is not _Later:
            into[key] = value
        elif value is _OPEN:
            into[key] = None  # holds its place in the order of keys
            waiting = key
        elif value is _CLIPPED or value is _STRIPPED:
            into[key] = None
            waiting, how, lines, margin = key, value, [], 0
        else:
            into[key] = _copied(value.flow)
    if lines is not None:
        if not text.endswith("\n"):
            return None
        into[waiting] = _text(lines, how)
    if begun:
        documents.append(root)
    return tuple(documents)


def _text(lines: list[str], how: _Later) -> str:
    """The text that a `|` holds: its empty lines at the end do not count."""
    while lines and not lines[-1]:
        lines.pop()
    if not lines:
        return ""
    return "\n".join(lines) + ("\n" if how is _CLIPPED else "")


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(each) for key, each in value.items()}
    return [_copied(each) for each in value] if isinstance(value, list) else value


def _learn(line: str) -> _Line | None:
    """What a line says by itself; None where that is not plain."""
    try:
        found = _quick(line)
        if found is _EMPTY and line.strip(" "):
            found = _slow(line)
    except Unholdable:
        found = None
    if len(line) <= _LONGEST:
        if len(_known) >= _MOST:
            _known.clear()
        _known[line] = found
    return found


def _quick(line: str) -> _Line | None:
    match = _QUICK.match(line)
    if match is None:
        return _EMPTY
    indent, dash, key, bare, double, single = match.groups()
    at = len(indent)
    key_at = at + len(dash) if dash else at
    value: Any = bare if bare is None else plain(bare)
    if bare is None:
        value = double if double is not None else single
        if value is None:
            value = _OPEN
    if key is None:
        # A dash with nothing behind it, or text with nothing before it.
        return (_ITEM, at, 0, "", value) if dash and value is not _OPEN else _EMPTY
    return (_ITEM_PAIR if dash else _PAIR, at, key_at, key_plain(key), value)


def _slow(line: str) -> _Line | None:
    """The same by the whole reader, for comments, quotes, flow maps and lists."""
    if line.lstrip(" ").startswith("#"):
        return _EMPTY
    if line.rstrip(" ") == "---":
        return _SEPARATOR
    if len(line) > 10 * _LONGEST:
        return None
    documents, problems = read(line, "")
    if problems or len(documents) != 1:
        return None
    found = _events(line)
    if found is None:
        return None
    # Which maps and lists are open before the first value.
    opened = list(itertools.takewhile(_starts_block, found))
    sort = _SORTS.get(tuple(type(each).__name__ for each in opened))
    if sort is None:
        return None
    columns = [each.start_mark.column for each in opened]
    rest = found[len(opened) :]
    value = documents[0] if sort == _PAIR else documents[0][0]
    key = ""
    if sort != _ITEM:
        # A key that stands where its map starts: not one behind a `?`.
        if len(value) != 1 or is_merge(rest[0]) or rest[0].start_mark.column != columns[-1]:
            return None
        [(key, value)] = value.items()
        rest = rest[1:]
    held = _held(value, rest[0], line)
    if held is None or (sort == _ITEM and held[0] in (_OPEN, _CLIPPED, _STRIPPED)):
        return None
    return sort, columns[0], columns[-1], key, held[0]


_SORTS = {
    ("MappingStartEvent",): _PAIR,
    ("SequenceStartEvent",): _ITEM,
    ("SequenceStartEvent", "MappingStartEvent"): _ITEM_PAIR,
}


def _held(value: Any, event: Any, line: str) -> tuple[Any] | None:
    """The value of a line, in a tuple, for it may be None; None where it is not all there."""
    style, text = getattr(event, "style", None), getattr(event, "value", None)
    if style == ">":
        return None
    if style == "|":
        how = {"|": _CLIPPED, "|-": _STRIPPED}.get(line.rstrip(" ").rpartition(" ")[2])
        return (how,) if how else None
    if text == "" and not style:
        return (_OPEN,)
    return (_Later(value) if isinstance(value, dict | list) else value,)


def _starts_block(event: Any) -> bool:
    return getattr(event, "flow_style", None) is False


def _events(line: str) -> list[Any] | None:
    """What libyaml finds in the one document of a line; None where that is more than plain values."""
    from yaml import events

    loader = parser(line)
    found: list[Any] = []
    depth = 0
    while not isinstance(event := loader.get_event(), events.StreamEndEvent):
        depth += isinstance(event, events.CollectionStartEvent) - isinstance(event, events.CollectionEndEvent)
        odd = isinstance(event, events.AliasEvent) or getattr(event, "anchor", None) or getattr(event, "tag", None)
        if odd or getattr(event, "explicit", False) or depth > _DEEPEST_FLOW:
            return None
        found.append(event)
    return found[2:-1] if len(found) > 3 and isinstance(found[2], events.CollectionStartEvent) else None
