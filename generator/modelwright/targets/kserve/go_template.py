"""Go's text/template, as far as its parser goes: whether a text is a template, which functions it calls, and which fields
it surely reads.

What is parsed is text within JSON, as KServe fills in whole serialized objects: a quotation mark, a line break, `<`, `>`
and `&` stand there escaped, by a backslash that no action can have outside of a raw string.

Sources: Go's text/template/parse, lex.go and parse.go; kserve pkg/controller/v1alpha2/llmisvc/config_merge.go
(ReplaceVariables).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Set
from dataclasses import field

from modelwright.records import dataclass

_BUILTIN = "and call eq ge gt html index js le len lt ne not or print printf println slice urlquery"
BUILTIN = frozenset(_BUILTIN.split())
"""Functions that every template has."""
Chain = tuple[str, ...]
"""`.Spec.Model.Name` as its names."""


class Malformed(ValueError):
    """Why a text is no template."""


@dataclass(slots=True)
class Template:
    """What was found in one text."""

    fields: list[Chain] = field(default_factory=list)
    """Fields of the root that are read whatever the values are."""
    functions: list[str] = field(default_factory=list)
    undeclared: set[str] = field(default_factory=set)
    """Variables that are read and not declared before."""
    declared: set[str] = field(default_factory=set)
    opened: int = 0
    """Blocks without an end."""
    closed: int = 0
    """Ends without a block."""
    stray: str = ""
    """A word that needs a block around it, and has none in this text."""
    judged: bool = True
    """False where named templates are made or used: what is in them is read elsewhere."""


_TOKEN = re.compile(
    r"(?P<space>[ \t\r\n]+)"
    r"|(?P<raw>`[^`]*`)"
    r"|(?P<declare>:=)"
    r"|(?P<field>\.[A-Za-z_\u0080-\U0010ffff][\w]*)"
    r"|(?P<number>[+-]?(?:0[xX][\da-fA-F_]+|[\d_]*\.?\d[\d_]*\.?(?:[eE][+-]?\d+)?)i?)"
    r"|(?P<variable>\$\w*)"
    r"|(?P<word>\w+)"
    r"|(?P<char>'(?:[^'\\\n]|\\.)+')"
    r"|(?P<sign>[.|(),=])"
)
_OPEN = re.compile(r"\{\{(-[ \t\r\n])?")
_CLOSE = re.compile(r"(?:[ \t\r\n]+-)?\}\}")
_COMMENT_END = re.compile(r"\*/([ \t\r\n]+-)?\}\}")
_AFTER = frozenset(".,|:() \t\r\n")
"""What may follow a word: else it is not at its end."""
Token = tuple[str, str]


def parse(text: str) -> Template:
    """A text as a template. Raises Malformed."""
    made = Template()
    escaped = json.dumps(text, ensure_ascii=False)[1:-1]
    for character, code in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):
        escaped = escaped.replace(character, code)
    blocks: list[str] = []
    for tokens in _actions(escaped):
        _Action(tokens, made, blocks).read()
    made.opened = len(blocks)
    return made


def _actions(text: str) -> Iterator[list[Token]]:
    """The tokens of each action."""
    at = 0
    while (found := _OPEN.search(text, at)) is not None:
        at = found.end()
        if text.startswith("/*", at):
            ended = _COMMENT_END.search(text, at + 2)
            if ended is None or text.find("*/", at + 2) != ended.start():
                raise Malformed("a comment is not closed by `*/}}`")
            at = ended.end()
            continue
        tokens: list[Token] = []
        while (closed := _CLOSE.match(text, at)) is None:
            at = _token(text, at, tokens)
        at = closed.end()
        yield tokens


def _token(text: str, at: int, tokens: list[Token]) -> int:
    if at >= len(text):
        raise Malformed("`{{` is not closed")
    found = _TOKEN.match(text, at)
    if found is None:
        raise Malformed(_odd(text, at))
    kind = found.lastgroup or ""
    end = found.end()
    if kind in ("field", "variable", "word") and end < len(text) and text[end] not in _AFTER and not text.startswith("}}", end):
        raise Malformed(_odd(text, end))
    tokens.append((kind, found[0]))
    return end


def _odd(text: str, at: int) -> str:
    if text[at] == "`":
        return "a text in backticks is not closed"
    if text[at] == "\\":
        named = {'"': "a quotation mark", "n": "a line break", "t": "a tab"}
        escaped = {"u003c": "`<`", "u003e": "`>`", "u0026": "`&`"}
        what = named.get(text[at + 1 : at + 2]) or escaped.get(text[at + 1 : at + 6], "a backslash")
        return f"{what} within `{{{{ }}}}`"
    return f"`{text[at]}` is out of place within `{{{{ }}}}`"


_OPENING = ("if", "range", "with")


class _Action:
    """The parser of one action."""

    def __init__(self, tokens: list[Token], made: Template, blocks: list[str]) -> None:
        self.tokens = [*tokens, ("end", "")]
        self.at = 0
        self.made = made
        self.blocks = blocks

    def read(self) -> None:
        self._space()
        kind, word = self.tokens[self.at]
        if kind == "word" and word in ("define", "block", "template"):
            self.made.judged = False
            self.blocks += [] if word == "template" else [word]
        elif kind == "word" and word in (*_OPENING, "end", "else", "break", "continue"):
            self.at += 1
            self._keyword(word)
        else:
            self._pipeline("", certain=not self.blocks)

    def _keyword(self, word: str) -> None:
        if word in _OPENING:
            self._pipeline(word, certain=not self.blocks)
            self.blocks.append(word)
            return
        self._space()
        if word == "else" and self.tokens[self.at][1] in ("if", "with"):
            inner = self.tokens[self.at][1]
            self.at += 1
            self._pipeline(inner, certain=False)
        elif self.tokens[self.at][0] != "end":
            raise Malformed(f"`{self.tokens[self.at][1]}` is out of place after `{word}`")
        if word == "end" and self.blocks:
            self.blocks.pop()
        elif word == "end":
            self.made.closed += 1
        elif not self.blocks or (word != "else" and "range" not in self.blocks):
            self.made.stray = word

    def _space(self) -> None:
        while self.tokens[self.at][0] == "space":
            self.at += 1

    def _pipeline(self, context: str, certain: bool, closing: str = "") -> None:
        self._declaration(context)
        commands = 0
        while True:
            self._space()
            kind, word = self.tokens[self.at]
            if kind == "end" or (kind, word) == ("sign", ")"):
                if (word or "") != closing:
                    raise Malformed("a bracket is not closed" if kind == "end" else "`)` is out of place")
                if not commands:
                    raise Malformed(f"`{context}` has no value" if context else "`{{ }}` has no value")
                return
            self._command(certain)
            commands += 1

    def _declaration(self, context: str) -> None:
        """`$x :=`, `$x =`, and `$k, $v :=` of a range."""
        self._space()
        start, names = self.at, []
        while self.tokens[self.at][0] == "variable":
            names.append(self.tokens[self.at][1])
            self.at += 1
            self._space()
            if (self.tokens[self.at][1], context) != (",", "range"):
                break
            self.at += 1
            self._space()
        if not names or self.tokens[self.at][1] not in (":=", "="):
            self.at = start
            return
        self.made.declared.update(names)  # by `=` too
        self.at += 1

    def _command(self, certain: bool) -> None:
        """Operands between spaces, up to a `|` or the end."""
        arguments = 0
        caller = ""
        while True:
            self._space()
            if not self._operand(certain and not (caller in ("and", "or") and arguments > 1)):
                break
            caller = caller if arguments else self.tokens[self.at - 1][1]
            arguments += 1
            if self.tokens[self.at][0] != "space":
                break
        if not arguments:
            word = self.tokens[self.at][1]
            raise Malformed(f"`{word}` is out of place" if word else "a value is missing")
        kind, word = self.tokens[self.at]
        if word == "|":
            self.at += 1
        elif kind != "end" and word != ")":
            raise Malformed(f"`{word}` is out of place")

    def _operand(self, certain: bool) -> bool:
        kind, word = self.tokens[self.at]
        if kind == "field":
            chain = self._chain()
            if certain:
                self.made.fields.append(chain)
            return True
        if kind == "variable":
            self.at += 1
            if word != "$" and word not in self.made.declared:
                self.made.undeclared.add(word)
            chain = self._chain()
            if certain and word == "$" and chain:
                self.made.fields.append(chain)
            return True
        if (kind, word) == ("sign", "("):
            self.at += 1
            self._pipeline("()", certain, ")")
            self.at += 1
            self._chain()
            return True
        if kind == "word" and word not in ("true", "false", "nil"):
            self.made.functions.append(word)
            self.at += 1
            self._chain()
            return True
        if kind in ("word", "raw", "number", "char") or (kind, word) == ("sign", "."):
            self.at += 1
            if self.tokens[self.at][0] == "field":
                raise Malformed(f"`{self.tokens[self.at][1]}` is out of place after `{word}`")
            return True
        return False

    def _chain(self) -> Chain:
        names = []
        while self.tokens[self.at][0] == "field":
            names.append(self.tokens[self.at][1][1:])
            self.at += 1
        return tuple(names)


def unknown(functions: list[str], known: Set[str]) -> str:
    """The first function that a template does not have; empty where there is none."""
    return next((name for name in functions if name not in BUILTIN and name not in known), "")
