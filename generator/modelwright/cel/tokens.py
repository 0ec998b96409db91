"""CEL's words: text to tokens. Lexis as google/cel-spec, `doc/langdef.md`, "Syntax"."""

from __future__ import annotations

import re

from modelwright.cel.values import INT_MAX, UINT_MAX, Uint
from modelwright.patterns import pattern
from modelwright.typed import Any, NamedTuple

MAX_SIZE = 100_000
"""Characters of the longest expression: cel-go's own bound, which Kubernetes keeps."""

_RESERVED = """
as break const continue else for function if import let loop package namespace return var void while
"""
RESERVED = frozenset(_RESERVED.split())
"""Words that cannot name a variable."""
KEYWORDS = frozenset({"true", "false", "null", "in"})

_TOKEN = pattern(
    r"""
      (?P<space>[\ \t\n\r\f]+|//[^\n]*)
    | (?P<double>(?:[0-9]+\.[0-9]+|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+)
    | (?P<hex>0x[0-9a-fA-F]+[uU]?)
    | (?P<number>[0-9]+[uU]?)
    | (?P<string>(?:[rR][bB]?|[bB][rR]?)?(?:\"\"\"|'''|"|'))
    | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<quoted>`[A-Za-z0-9_.\-/ ]+`)
    | (?P<sign>&&|\|\||==|!=|<=|>=|[-+*/%<>!?:.,(){}\[\]])
    """,
    re.VERBOSE,
)
_BODY = {
    ('"', False): pattern(r'(?:[^"\\\r\n]|\\[^\r\n])*"'),
    ("'", False): pattern(r"(?:[^'\\\r\n]|\\[^\r\n])*'"),
    ('"""', False): pattern(r'(?:[^"\\]|\\.|"(?!""))*"""', re.DOTALL),
    ("'''", False): pattern(r"(?:[^'\\]|\\.|'(?!''))*'''", re.DOTALL),
    ('"', True): pattern(r'[^"\r\n]*"'),
    ("'", True): pattern(r"[^'\r\n]*'"),
    ('"""', True): pattern(r'(?:[^"]|"(?!""))*"""'),
    ("'''", True): pattern(r"(?:[^']|'(?!''))*'''"),
}
_ESCAPE = pattern(
    r"\\(?:[xX]([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|(.))", re.DOTALL
)
_PLAIN = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"} | {
    c: c for c in "\\?\"'`"
}


class CelError(Exception):
    """Why an expression has no value: raised within this room, handed out as a value."""

    def __init__(
        self, message: str, offset: int = 0, kind: str = "syntax", line: int = 1, column: int = 1
    ) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset
        """Characters of the text before the place at fault; `line` and `column` say the same, counted from 1."""
        self.kind = kind
        """`syntax`, `type` (both when compiled), `evaluation` or `cost`."""
        self.line, self.column = line, column

    def __str__(self) -> str:
        return f"{self.line}:{self.column}: {self.message}"


class Token(NamedTuple):
    """One word: its kind is `name`, `quoted`, `literal`, `end`, or the sign or keyword itself."""

    kind: str
    value: Any
    offset: int


def tokens(text: str) -> list[Token]:
    """The words of an expression, an `end` after them. Raises CelError."""
    if len(text) > MAX_SIZE:
        raise CelError(f"the expression is longer than {MAX_SIZE} characters")
    found: list[Token] = []
    offset = 0
    while offset < len(text):
        match = _TOKEN.match(text, offset)
        if match is None:
            raise CelError(f"unexpected character {text[offset]!r}", offset)
        kind, word = match.lastgroup or "", match[0]
        start, offset = offset, match.end()
        if kind == "space":
            continue
        if kind == "string":
            value, offset = _string(text, word, start, offset)
            found.append(Token("literal", value, start))
        elif kind == "name":
            found.append(Token(word if word in KEYWORDS else kind, word, start))
        elif kind == "quoted":
            found.append(Token(kind, word[1:-1], start))
        elif kind == "sign":
            found.append(Token(word, word, start))
        else:
            found.append(_number(kind, word, start, bool(found) and found[-1].kind == "-"))
    found.append(Token("end", "", len(text)))
    return found


def _number(kind: str, word: str, offset: int, negative: bool) -> Token:
    if kind == "double":
        return Token("literal", float(word), offset)
    digits = word.rstrip("uU")
    if len(digits) > 400:
        raise CelError("the number is out of range", offset)
    value = int(digits, 16 if kind == "hex" else 10)
    if digits != word:
        if value > UINT_MAX:
            raise CelError(f"invalid uint literal {word}: out of range", offset)
        return Token("literal", Uint(value), offset)
    if value > INT_MAX + negative:
        raise CelError(f"invalid int literal {word}: out of range", offset)
    return Token("literal", value, offset)


def _string(text: str, opening: str, start: int, offset: int) -> tuple[str | bytes, int]:
    quote = opening.lstrip("rRbB")
    prefix = opening[: len(opening) - len(quote)].lower()
    body = _BODY[quote, "r" in prefix].match(text, offset)
    if body is None:
        raise CelError("the text has no end", start)
    raw = body[0][: -len(quote)]
    as_bytes = "b" in prefix
    if "r" in prefix:
        return (raw.encode() if as_bytes else raw), body.end()
    if len(quote) == 3:
        raw = raw.replace("\r\n", "\n").replace("\r", "\n")
    return _unescaped(raw, as_bytes, offset), body.end()


def _unescaped(raw: str, as_bytes: bool, offset: int) -> str | bytes:
    if "\\" not in raw:
        return raw.encode() if as_bytes else raw
    parts: list[str] = []
    data = bytearray()
    done = 0
    for match in _ESCAPE.finditer(raw):
        before = raw[done : match.start()]
        done = match.end()
        hexadecimal, short, long, octal, plain = match.groups()
        at = offset + match.start()
        if plain is not None:
            if plain not in _PLAIN:
                raise CelError(f"invalid escape `{match[0]}`", at)
            code = ord(_PLAIN[plain])
        else:
            code = int(octal, 8) if octal else int(hexadecimal or short or long, 16)
        if as_bytes:
            if short or long:
                raise CelError(f"invalid escape `{match[0]}` in bytes", at)
            data += before.encode() + bytes([code])
        elif code > 0x10FFFF or 0xD800 <= code < 0xE000:
            raise CelError(f"invalid unicode code point in `{match[0]}`", at)
        else:
            parts += before, chr(code)
    rest = raw[done:]
    return bytes(data + rest.encode()) if as_bytes else "".join(parts) + rest
