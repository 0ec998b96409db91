"""Syntax errors in plain words, at the place a person would look."""

from __future__ import annotations

import re
from typing import Any

from modelwright.model import Mark
from modelwright.problems import Problem
from modelwright.yamlio.places import at

_FORBIDDEN = re.compile("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_CONFLICT = re.compile(r"^(?:<{7}|>{7}|\|{7})(?: |$)", re.MULTILINE)
_BARE_HOLE = re.compile(r"(?:^|[:,\[{-])[ \t]*\{[{%]")
QUOTE_HOLE = "put quotes around the whole value: `\"{{ ... }}\"`"
_INDICATORS = {
    "@": "`@` cannot start a value",
    "`": "a backtick cannot start a value",
    "%": "`%` cannot start a value",
}


def syntax(error: Any, text: str, file: str) -> Problem:
    """A parser's error in plain words, at the place a person would look."""
    forbidden = _FORBIDDEN.search(text)
    if forbidden and not hasattr(error, "problem_mark"):
        line, column = at(text, forbidden.start())
        message = f"the character U+{ord(forbidden[0]):04X} is not allowed in YAML"
        hint = "remove it, or write it as an escape inside double quotes"
        return Problem("MW101", message, Mark(file, line, column, line, column + 1), hint)
    conflict = _CONFLICT.search(text)
    if conflict:
        line, column = at(text, conflict.start())
        hint = "choose one side and remove the marker lines"
        return Problem("MW102", "a merge conflict was left in this file", Mark(file, line, 1, line, 8), hint)
    position, context = _position(error, "problem_mark", text), _position(error, "context_mark", text)
    problem, about = str(getattr(error, "problem", None) or error), str(getattr(error, "context", None) or "")
    if "nesting depth" in problem:
        # libyaml from 0.2.6 on has a limit of its own, met while it looks ahead for the end of a flow key.
        line, column = at(text, position)
        mark = Mark(file, line, column, line, column + 1)
        return Problem("MW104", "values nest too deep", mark, "split or flatten it")
    place, message, hint = _explained(problem, about, position, context, text)
    line, column = at(text, place)
    return Problem("MW102", message, Mark(file, line, column, line, column + 1), hint)


def _position(error: Any, name: str, text: str) -> int:
    mark = getattr(error, name, None)
    return min(mark.index, len(text)) if mark is not None else -1


def _line(text: str, position: int) -> tuple[int, str]:
    """Start of the line around a position, and the line."""
    start = text.rfind("\n", 0, max(position, 0)) + 1
    end = text.find("\n", start)
    return start, text[start : end if end >= 0 else len(text)]


def _explained(problem: str, about: str, position: int, context: int, text: str) -> tuple[int, str, str]:
    """Position, message and hint for what libyaml (or PyYAML's own parser) says."""
    place = position if position >= 0 else max(context, 0)
    start, line = _line(text, place)
    for spot in (place, context):
        first, around = _line(text, spot)
        hole = _BARE_HOLE.search(around) if spot >= 0 else None
        if hole:
            found = first + hole.end() - 2
            return found, *_hole(text[found : found + 2])
    indent = line[: len(line) - len(line.lstrip(" \t"))]
    if "\t" in indent and ("tab" in problem or text[place : place + 1] == "\t" or place - start <= len(indent)):
        return start + indent.index("\t"), "a tab is used for indentation", "indent with spaces"
    if "tab" in problem:
        return place, "a tab stands where a space is expected", "use spaces"
    if "cannot start any token" in problem:
        sign = text[place : place + 1]
        if sign == "\t":
            return place, "a tab stands where a value is expected", "use spaces"
        return place, _INDICATORS.get(sign, f"`{sign}` cannot start a value"), "put quotes around the value"
    if "mapping values are not allowed" in problem:
        return _second_colon(text, start, place)
    if "could not find expected ':'" in problem:
        return _missing_colon(text, context if context >= 0 else place)
    if "quoted scalar" in about:
        return _quoted(problem, place, context, text)
    if "flow sequence" in about or "flow mapping" in about:
        braces = text.find("{{", max(context - 1, 0), place + 2)
        if braces >= 0:
            return braces, *_hole("{{")
        opened = text[context : context + 1] or "["
        closing = "]" if opened == "[" else "}"
        hint = f"close it with `{closing}`, or quote the text"
        if "\n" in text[context:place]:
            return max(context, 0), f"`{opened}` is opened here and never closed", hint
        return place, f"a `,` or `{closing}` is missing before this", hint
    if text[place : place + 1] in ("]", "}") and ("expected node" in problem or not line[: place - start].strip()):
        return place, f"`{text[place]}` closes nothing that is open", "remove it, or quote the text"
    if "block sequence entries are not allowed" in problem:
        return place, "a list item cannot start here", "start it on its own line, or quote the text"
    if "<block end>" in problem or "block collection" in about or "block mapping" in about:
        return place, *_misfit(text, start, place)
    if "document start" in problem:
        return place, "this does not belong to what is above it", "line it up with its siblings, or start a document with `---`"
    if "undefined tag handle" in problem:
        return max(context, 0), "this tag is not known", "put quotes around a value that starts with `!`"
    if "anchor" in about or "alias" in about:
        spot = context if context >= 0 else place
        sign = text[spot : spot + 1]
        return spot, f"`{sign}` names a value to repeat, and no name follows it", "put quotes around the value"
    if "tag" in about:
        return max(context, 0), "`!` starts a tag, and this is none", "put quotes around the value"
    if "block scalar" in about:
        return place, "text after `|` or `>` starts on the next line, indented", "move it there, or quote the value"
    if "directive" in about or "YAML" in problem:
        return place, "a line that starts with `%` is a directive, and this is none", "put quotes around the value"
    return place, f"not valid YAML: {problem}", "check quotes and indentation here"


def _hole(opening: str) -> tuple[str, str]:
    if opening == "{{":
        return "`{{` opens a map in YAML", QUOTE_HOLE
    return f"`{opening}` cannot start a value", "put quotes around the whole value"


def _second_colon(text: str, start: int, place: int) -> tuple[int, str, str]:
    if re.search(r":\s", text[start:place]):
        return place, "a second `:` in an unquoted value", "put quotes around the value"
    above, line = _above(text, start)
    indent = text[start:place]
    same = len(indent) - len(indent.lstrip(" -")) == len(line) - len(line.lstrip(" -"))
    if line.strip() and same and not re.search(r":(\s|$)", line):
        return _missing_colon(text, above + len(line) - len(line.lstrip()))
    if line.strip() and not line.rstrip().endswith(":"):
        hint = "line it up with the line above, or end that line with `:`"
        return place, "this is indented below a line that already has its value", hint
    return place, "a `:` is not expected here", "quote the value, or fix the indentation"


def _above(text: str, start: int) -> tuple[int, str]:
    """The nearest line above that says something: where it starts, and its text."""
    while start > 0:
        start, line = _line(text, start - 1)
        if line.strip() and not line.lstrip().startswith("#"):
            return start, line
    return 0, ""


def _missing_colon(text: str, place: int) -> tuple[int, str, str]:
    line = _line(text, place)[1].strip()
    if re.match(r"[\w./-]+:[^\s:/]", line):
        return place, "a space is missing after `:`", "write `key: value`"
    if re.match(r"-[^\s-]", line):
        return place, "a space is missing after `-`", "write `- value`"
    return place, "a `:` is missing after this key", "write `key: value`"


def _quoted(problem: str, place: int, context: int, text: str) -> tuple[int, str, str]:
    if "escape" in problem or "hexdecimal" in problem or "hexadecimal" in problem:
        hint = "double the backslash, or use single quotes"
        return place, "a backslash in double quotes starts an escape, and this is none", hint
    return max(context, 0), "this quote is opened and never closed", "close it"


def _misfit(text: str, start: int, place: int) -> tuple[str, str]:
    if re.search(r"[\"'\]}]\s*$", text[start:place]) and text[start:place].strip():
        return "more text after the end of a quoted value", "put quotes around the whole value"
    if text[start:place].strip():
        return "this does not belong here", "quote the value, or start a new line"
    if re.match(r":\s", text[place : place + 2]):
        return "a key is missing before `:`", "write `key: value`"
    above = _above(text, start)[1]
    item, after_item = re.match(r"-\s", text[place : place + 2]), above.lstrip().startswith("- ")
    if item and not after_item:
        return "a list item stands where a key is expected", "a list goes below a key; line it up with its items"
    if after_item and not item and place - start <= len(above) - len(above.lstrip()):
        return "a key stands where a list item is expected", "start it with `- `, or line it up with other keys"
    return "the indentation does not fit the lines above", "line it up with its siblings"
