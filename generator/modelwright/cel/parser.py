"""Tokens to a tree: a Pratt parser with macros. Grammar as google/cel-spec, `doc/langdef.md`, "Syntax".

One method reads an operand, what follows it and the operators around it, so that a level of nesting costs two
frames of Python's stack; `MAX_DEPTH` levels are far from its limit.
"""

from __future__ import annotations

from modelwright.cel.syntax import (
    Call,
    Choice,
    Index,
    ListOf,
    Literal,
    Logic,
    Macro,
    MapOf,
    Message,
    Name,
    Node,
)
from modelwright.cel.syntax import Select as Selection
from modelwright.cel.tokens import RESERVED, CelError, Token, tokens

MAX_DEPTH = 200
"""Levels of nesting; cel-go stops at 250 recursions of its own parser."""

_BINDS = {
    "?": 1,
    "||": 2,
    "&&": 3,
    "<": 4,
    "<=": 4,
    ">": 4,
    ">=": 4,
    "==": 4,
    "!=": 4,
    "in": 4,
    "+": 5,
    "-": 5,
    "*": 6,
    "/": 6,
    "%": 6,
}
_UNARY, _POSTFIX = 7, 8
_MACROS = {
    ("all", 2): 1,
    ("exists", 2): 1,
    ("exists_one", 2): 1,
    ("existsOne", 2): 1,
    ("filter", 2): 1,
    ("map", 2): 1,
    ("map", 3): 1,
    ("all", 3): 2,
    ("exists", 3): 2,
    ("exists_one", 3): 2,
    ("existsOne", 3): 2,
    ("transformList", 3): 2,
    ("transformList", 4): 2,
    ("transformMap", 3): 2,
    ("transformMap", 4): 2,
    ("transformMapEntry", 3): 2,
    ("transformMapEntry", 4): 2,
    ("sortBy", 2): 1,
    ("optMap", 2): 1,
    ("optFlatMap", 2): 1,
}
"""Name and number of arguments -> how many of these name variables."""


def parse(text: str) -> Node:
    """The tree of an expression. Raises CelError where the text is none, or too long or deep."""
    parser = _Parser(tokens(text))
    tree = parser.expression(0)
    parser.take("end")
    return tree


class _Parser:
    def __init__(self, words: list[Token]) -> None:
        self._words = words
        self._at = 0
        self._depth = 0

    @property
    def _next(self) -> Token:
        return self._words[self._at]

    def take(self, kind: str) -> Token:
        """The next word, which has to be of that kind."""
        word = self._words[self._at]
        if word.kind != kind:
            raise CelError(f"expected `{kind}`, found {_named(word)}", word.offset)
        self._at += kind != "end"
        return word

    def _skip(self, kind: str) -> bool:
        found = self._words[self._at].kind == kind
        self._at += found
        return found

    def expression(self, binding: int) -> Node:
        """An expression of operators that bind tighter than `binding`."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise CelError(f"the expression is nested deeper than {MAX_DEPTH} levels", self._next.offset)
        left = self._operand()
        depth = 0
        while True:
            word = self._words[self._at]
            kind = word.kind
            if kind in (".", "[", "{"):
                depth += 1
                if depth + self._depth > MAX_DEPTH:
                    raise CelError(f"the expression is nested deeper than {MAX_DEPTH} levels", word.offset)
                after = self._postfix(left, word)
                if after is None:
                    break
                left = after
                continue
            power = _BINDS.get(kind, 0)
            if power <= binding:
                break
            self._at += 1
            if kind == "?":
                yes = self.expression(_BINDS["||"] - 1)
                self.take(":")
                left = Choice(word.offset, left, yes, self.expression(0))
            elif kind in ("&&", "||"):
                terms = [left]
                while True:
                    terms.append(self.expression(power))
                    if not self._skip(kind):
                        break
                left = Logic(word.offset, kind, tuple(terms))
            else:
                depth += 1
                if depth + self._depth > MAX_DEPTH:
                    raise CelError(f"more than {MAX_DEPTH} operators in a row", word.offset)
                left = Call(word.offset, f"_{kind}_", (left, self.expression(power)))
        self._depth -= 1
        return left

    def _operand(self) -> Node:
        word = self._words[self._at]
        self._at += 1
        kind, offset = word.kind, word.offset
        if kind == "literal":
            if type(word.value) is int and word.value > 2**63 - 1:
                raise CelError(f"invalid int literal {word.value}: out of range", offset)
            return Literal(offset, word.value)
        if kind == "name":
            return self._named("", word)
        if kind == ".":
            return self._named(".", self.take("name"))
        if kind in ("true", "false", "null"):
            return Literal(offset, {"true": True, "false": False, "null": None}[kind])
        if kind == "(":
            inside = self.expression(0)
            self.take(")")
            return inside
        if kind in ("-", "!"):
            return self._unary(word)
        if kind == "[":
            return ListOf(offset, tuple(self._items()))
        if kind == "{":
            return MapOf(offset, tuple(self._entries()))
        raise CelError(f"unexpected {_named(word)}", offset)

    def _unary(self, word: Token) -> Node:
        count = 1
        while self._skip(word.kind):
            count += 1
        following = self._next
        if word.kind == "-" and following.kind == "literal" and type(following.value) in (int, float):
            self._at += 1
            operand: Node = Literal(word.offset, -following.value)
            while self._next.kind in (".", "["):
                operand = self._postfix(operand, self._next) or operand
            count -= 1
        else:
            operand = self.expression(_UNARY)
        # An even number of signs cancels itself, whatever it stands before, as in cel-go's parser.
        return Call(word.offset, f"{word.kind}_", (operand,)) if count % 2 else operand

    def _named(self, dot: str, word: Token) -> Node:
        if word.value in RESERVED:
            raise CelError(f"`{word.value}` is a reserved word", word.offset)
        if not self._skip("("):
            return Name(word.offset, dot + word.value)
        args = self._arguments()
        if word.value == "has" and not dot and len(args) == 1:
            tested = args[0]
            if not isinstance(tested, Selection) or tested.test:
                raise CelError("`has` takes a field selection such as `self.field`", word.offset)
            return Selection(
                tested.offset, tested.operand, tested.field, tested.optional, True, tested.quoted
            )
        return Call(word.offset, dot + word.value, args)

    def _postfix(self, left: Node, word: Token) -> Node | None:
        if word.kind == "{":
            name = _dotted(left)
            if not name:
                return None
            self._at += 1
            return self._message(name, left.offset)
        self._at += 1
        optional = self._skip("?")
        if word.kind == "[":
            key = self.expression(0)
            self.take("]")
            return Index(word.offset, left, key, optional)
        field = self._next
        if field.kind not in ("name", "quoted"):
            raise CelError(f"expected a field, found {_named(field)}", field.offset)
        self._at += 1
        if field.kind == "name" and not optional and self._skip("("):
            return self._method(left, field)
        return Selection(field.offset, left, field.value, optional, quoted=field.kind == "quoted")

    def _method(self, target: Node, word: Token) -> Node:
        args = self._arguments()
        name = word.value
        if name == "bind" and isinstance(target, Name) and target.name == "cel" and len(args) == 3:
            return Macro(word.offset, "bind", args[1], (_variable(args[0]),), args[2:])
        count = _MACROS.get((name, len(args)))
        if count is None:
            return Call(word.offset, name, args, target)
        variables = tuple(_variable(arg) for arg in args[:count])
        if count == 2 and variables[0] == variables[1]:
            raise CelError(f"the variables of `{name}` have the same name", word.offset)
        return Macro(word.offset, name, target, variables, args[count:])

    def _arguments(self) -> tuple[Node, ...]:
        args: list[Node] = []
        while self._next.kind != ")":
            args.append(self.expression(0))
            if not self._skip(","):
                break
            if self._next.kind == ")":
                raise CelError("expected an argument, found `)`", self._next.offset)
        self.take(")")
        return tuple(args)

    def _items(self) -> list[tuple[Node, bool]]:
        items = []
        while self._next.kind != "]":
            optional = self._skip("?")
            items.append((self.expression(0), optional))
            if not self._skip(","):
                break
        self.take("]")
        return items

    def _entries(self) -> list[tuple[Node, Node, bool]]:
        entries = []
        while self._next.kind != "}":
            optional = self._skip("?")
            key = self.expression(0)
            self.take(":")
            entries.append((key, self.expression(0), optional))
            if not self._skip(","):
                break
        self.take("}")
        return entries

    def _message(self, name: str, offset: int) -> Node:
        while self._next.kind != "}":
            self._skip("?")
            if not self._skip("quoted"):
                self.take("name")
            self.take(":")
            self.expression(0)
            if not self._skip(","):
                break
        self.take("}")
        return Message(offset, name)


def _variable(node: Node) -> str:
    if isinstance(node, Name) and not node.name.startswith("."):
        return node.name
    raise CelError("expected the name of a variable", node.offset)


def _dotted(node: Node) -> str:
    if isinstance(node, Name):
        return node.name
    if isinstance(node, Selection) and not (node.test or node.optional):
        inner = _dotted(node.operand)
        return inner and f"{inner}.{node.field}"
    return ""


def _named(word: Token) -> str:
    if word.kind == "end":
        return "the end of the expression"
    if word.kind == "literal":
        return "a literal"
    return f"`{word.value}`"
