"""The small notations of rule files: subjects, paths, and texts with holes.

    InferenceService:spec.predictor|transformer.*      a subject: a base, and a pattern below it
    metadata.annotations['serving.kserve.io/stop']     a path; what is in brackets is a text, a number or CEL
    port {self.containerPort} is out of range          a text; what is in braces is CEL, `{{` is a brace
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from modelwright import patterns
from modelwright.records import dataclass
from modelwright.typed import Any

ANY = "*"
"""Every item of a list, every value of a map."""

_NAME = patterns.pattern(r"[A-Za-z0-9_-]+")
_TEXT = patterns.pattern(r"'([^']*)'|\"([^\"]*)\"")
_DOLLAR = patterns.pattern(r"\$([A-Za-z][A-Za-z0-9]*)")
_KIND = patterns.pattern(r"(?:(?:(?P<group>[a-z0-9.-]*[a-z0-9])/)??(?:(?P<version>v[0-9][a-z0-9]*)/)?)?(?P<name>[A-Za-z0-9.]+|[*])")


class NotationError(ValueError):
    """A text of a rule file that means nothing; the message says why."""


@dataclass(frozen=True, slots=True)
class Hole:
    """A part that is evaluated."""

    cel: str


Step = str | int | Hole
Pattern = tuple[tuple[str, ...], ...]
"""For each step the names that it may have; `("*",)` for any."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a check is about: a kind (maybe of one group, maybe of one version) or a type, and a pattern below it."""

    name: str
    group: str | None = None
    version: str | None = None
    pattern: Pattern = ()

    @property
    def exact(self) -> bool:
        """Whether it names a kind of one group or version, which is no type."""
        return self.group is not None or self.version is not None


def subjects(text: str) -> tuple[Subject, ...]:
    """`Kind`, `group/Kind`, `group/version/Kind`, `v1/Kind` or `Type`, or `|` between several; maybe `:` and a pattern."""
    bases, colon, below = text.partition(":")
    return tuple(_subject(base, pattern(below.strip()) if colon else ()) for base in bases.split("|"))


def _subject(base: str, below: Pattern) -> Subject:
    found = _KIND.fullmatch(base.strip())
    if found is None:
        raise NotationError(f"`{base}` names no kind or type")
    group, version = found["group"], found["version"]
    if version is not None and group is None:
        group = ""
    return Subject(found["name"], group, version, below)


def substituted(text: str, names: Mapping[str, Any], cel: bool = True) -> str:
    """A text with what a target's `names` mean in place of `$name`: expressions, and lists of words."""

    def meaning(found: re.Match[str]) -> str:
        if found[1] not in names:
            raise NotationError(f"`${found[1]}` is not among the target's `names`")
        value = names[found[1]]
        if isinstance(value, list):
            return json.dumps(value, ensure_ascii=False) if cel else "|".join(map(str, value))
        others = {name: each for name, each in names.items() if name != found[1]}
        inner = " ".join(substituted(str(value), others, cel).split())
        return f"({inner})" if cel else inner

    return _DOLLAR.sub(meaning, text)


def variable(name: str) -> str:
    """How an expression names a subject of that name: `PodSpec` is `podSpec`, `HTTPGetAction` is `httpGetAction`."""
    last = name.rpartition(".")[2]
    head = 0
    while "A" <= last[head : head + 1] <= "Z":
        head += 1
    if head > 1 and "a" <= last[head : head + 1] <= "z":
        head -= 1  # the last capital starts a word
    return last[:head].lower() + last[head:]


def pattern(text: str) -> Pattern:
    """A path whose steps may be alternatives (`a|b`) or any (`*`)."""
    steps: list[tuple[str, ...]] = []
    for names, inside, _ in _steps(text, alternatives=True):
        if inside is not None:
            raise NotationError(f"`{text}`: a subject's path holds no expressions and no indices")
        steps.append(names)
    return tuple(steps)


def path(text: str) -> tuple[Step, ...]:
    """A path relative to a subject; digits are indices of lists."""
    steps: list[Step] = []
    for names, inside, quoted in _steps(text, alternatives=False):
        word = names[0] if inside is None else inside
        if word.isdigit() and not quoted:
            steps.append(int(word))
        else:
            steps.append(word if inside is None else Hole(word))
    return tuple(steps)


def _steps(text: str, alternatives: bool) -> Iterator[tuple[tuple[str, ...], str | None, bool]]:
    """Each step's names, what stands in its brackets where that is no name, and whether the name is quoted."""
    at = 0
    while at < len(text):
        if text[at] == "[":
            end = _closing(text, at, "[", "]")
            inside = text[at + 1 : end].strip()
            quoted = _TEXT.fullmatch(inside)
            yield ((quoted[1] or quoted[2] or "",), None, True) if quoted else ((), inside, False)
            at = end + 1
            continue
        at += text[at] == "." and at > 0
        if alternatives and text[at : at + 1] == ANY:
            names = [ANY]
            at += 1
        else:
            names, at = _names(text, at, alternatives)
        yield tuple(names), None, False
        if at < len(text) and text[at] not in ".[":
            raise NotationError(f"`{text}` is no path: `{text[at]}` at character {at + 1}")


def _names(text: str, at: int, alternatives: bool) -> tuple[list[str], int]:
    names: list[str] = []
    while True:
        found = _NAME.match(text, at)
        if found is None:
            raise NotationError(f"`{text}` is no path: a name is missing at character {at + 1}")
        names.append(found[0])
        at = found.end()
        if not (alternatives and text[at : at + 1] == "|"):
            return names, at
        at += 1


def _closing(text: str, at: int, opening: str, closing: str) -> int:
    """Where the bracket that opens at `at` closes, texts in quotes passed over."""
    depth = 0
    quote = ""
    for index in range(at, len(text)):
        letter = text[index]
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter == opening:
            depth += 1
        elif letter == closing:
            depth -= 1
            if not depth:
                return index
    raise NotationError(f"`{text}`: a `{opening}` is never closed")


def words(text: str) -> tuple[str | Hole, ...]:
    """A text with holes as its parts."""
    parts: list[str | Hole] = []
    plain = ""
    at = 0
    while at < len(text):
        letter = text[at]
        if letter in "{}" and text[at + 1 : at + 2] == letter:
            plain += letter
            at += 2
        elif letter == "{":
            end = _closing(text, at, "{", "}")
            parts += [plain, Hole(text[at + 1 : end].strip())] if plain else [Hole(text[at + 1 : end].strip())]
            plain = ""
            at = end + 1
        elif letter == "}":
            raise NotationError(f"`{text}`: a `}}` that closes nothing; write `}}}}`")
        else:
            plain += letter
            at += 1
    return tuple([*parts, plain] if plain else parts)


def bare(held: str) -> str:
    """The type inside lists (`T[]`) and maps (`T{}`), without an effect (`T!broken`)."""
    return held.partition("!")[0].rstrip("[]{}")


def conjuncts(text: str) -> list[str]:
    """The terms that must all hold for an expression to hold: `(a && b) && c` has three. Raises CelError."""
    from modelwright.cel.tokens import tokens

    found = tokens(text)
    depth, cuts, inner = 0, [], 0
    for before, word in zip([None, *found], found, strict=False):
        depth += (word.kind in ("(", "[", "{")) - (word.kind in (")", "]", "}"))
        if depth == 0 and (word.kind == "||" or (word.kind == "?" and before is not None and before.kind != ".")):
            return [text]
        if depth == 0 and word.kind == "&&":
            cuts.append(word.offset)
        if depth == 0 and word.kind != "end":
            inner += 1
    if cuts:
        parts = [text[start:end] for start, end in zip([0, *(cut + 2 for cut in cuts)], [*cuts, len(text)], strict=True)]
        return [term for part in parts for term in conjuncts(part.strip())]
    closed = found[0].kind == "(" and inner == 1
    return conjuncts(text[found[0].offset + 1 : found[-2].offset].strip()) if closed else [text]
