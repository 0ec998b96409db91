"""Problems that people have decided to live with: by code in `modelwright.yaml`, or by a comment beside the line.

    spec: {judge: {select: [MW8], ignore: [MW802], severity: {MW803: warning}}}

    format: sklaern      # modelwright: ignore MW801 the platform team installs it on Monday

A word of `judge` is a code, or the first part of one. Two questions, each decided by the longest word that fits:
is the problem told (`select` and `ignore`; `ignore` where they are equally long), and how severe is it
(`severity`). A comment counts for the line it stands on; alone on its line, for the line below. It names a reason.

What leaves nothing sound to write is always told, as the error it is: see `kept`. A word or comment that suppresses
nothing is not: whether it does depends on the files and environments judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, get_args

from modelwright.model import Document, Mark, Place
from modelwright.patterns import pattern
from modelwright.problems import Effect, Problem, Severity, closest
from modelwright.records import dataclass, field, replace
from modelwright.yamlio.finder import Finder

if TYPE_CHECKING:
    from modelwright.yamlio.comments import Comment

WORD = "modelwright:"
ROOMS = tuple(f"MW{room}" for room in ("", *range(1, 10)))
"""First parts of codes that are known even where no code starts so yet."""
LEFT_OUT = frozenset(("MW710", "MW711", "MW731", "MW732", "MW816", "MW817"))
"""Codes of pipelines and pipeline servers that cannot be made without what is wrong."""
SUPPRESSED = "be suppressed"
MAX_PROBLEMS = 100
"""So many faulty comments of one file are told."""
LONGEST = 2000
"""So many characters of a comment are read."""

_CODE = pattern(r"MW[0-9]{0,3}")
_CODE_LIKE = pattern(r"MW[0-9]", re.IGNORECASE)
_COMMENT = pattern(r"#\s*modelwright:\s*(?P<verb>[^\s,]*)\s*(?P<rest>.*)")
_SAYS = pattern(r"\w")
_WORD = pattern(r"[^\s,]+")
_CODES = pattern(r"[^\s,]++(?:\s*+,\s*+[^\s,]++)*+")
_EXAMPLE = "write `# modelwright: ignore MW801 reason`"


def suppress(
    problems: Sequence[Problem], texts: Mapping[str, str], head: Document | None = None
) -> tuple[tuple[Problem, ...], int]:
    """The problems to tell, and the number of those suppressed.

    `texts` gives files by path; only those that have a problem are looked at. `head` is the Workspace blueprint.
    Added are MW222 for a code that cannot be suppressed, and MW223 for a wish that cannot be understood.
    """
    judge = _Judge.of(head)
    remarks = _Remarks(problems, texts)
    left: list[Problem] = []
    suppressed = 0
    for problem in (*problems, *remarks.problems):
        if kept(problem.code, problem.effect):
            left.append(problem)
            if remarks.hide(problem):
                left.append(_kept(problem.code, problem.place))
        elif judge.hides(problem.code) or remarks.hide(problem):
            suppressed += 1
        else:
            left.append(problem)
    # What is wrong with `judge` itself is not for `judge` to hide.
    return tuple(judge.levelled(p) for p in (*_misjudged(judge, head), *left)), suppressed


def kept(code: str, effect: Effect) -> bool:
    """Whether a problem is always told.

    So are refusals by the first three rooms and those of `LEFT_OUT`, which leave out of the output what they
    refuse (and pruning would follow), everything about the overlays' files, and our own bugs.
    """
    return code in LEFT_OUT or code[2:3] in ("4", "9") or (code[2:3] in ("1", "2", "3") and effect == "rejected")


@dataclass(frozen=True, slots=True)
class _Judge:
    """What `spec.judge` says."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, Severity] = field(default_factory=dict)

    @staticmethod
    def of(head: Document | None) -> _Judge:
        spec = head.data.get("spec") if head else None
        said = (spec.get("judge") if isinstance(spec, Mapping) else None) or {}
        levels = said.get("severity") or {}
        return _Judge(
            tuple(said.get("select") or ()),
            tuple(said.get("ignore") or ()),
            {prefix: level for prefix, level in levels.items() if level in get_args(Severity)},
        )

    def hides(self, code: str) -> bool:
        selected = len(_longest(self.select, code)) if self.select else len("MW")
        return selected <= len(_longest(self.ignore, code))

    def levelled(self, problem: Problem) -> Problem:
        level = self.severity.get(_longest(self.severity, problem.code))
        if level is None or (level != "error" and kept(problem.code, problem.effect)):
            return problem
        return replace(problem, level=level)


def _longest(prefixes: Iterable[str], code: str) -> str:
    return max((p for p in prefixes if code.startswith(p)), key=len, default="")


def _misjudged(judge: _Judge, head: Document | None) -> Iterator[Problem]:
    """What is wrong with the codes that `spec.judge` names."""
    if head is None:
        return
    words: list[tuple[str, Place, str]] = []
    for word, act in (("select", ""), ("ignore", SUPPRESSED)):
        listed: tuple[str, ...] = getattr(judge, word)
        words += [(prefix, head.place(("spec", "judge", word, i)), act) for i, prefix in enumerate(listed)]
    for prefix, level in judge.severity.items():
        place = head.place(("spec", "judge", "severity", prefix), key=True)
        words.append((prefix, place, "" if level == "error" else "be less than an error"))
    for prefix, place, act in words:
        wrong = _wrong(prefix, place, act) if _CODE.fullmatch(prefix) else None
        if wrong is not None:
            yield wrong


def _wrong(prefix: str, place: Place | Mark, act: str = SUPPRESSED) -> Problem | None:
    """What is wrong with a code, or first part of one; `act` is what its problems must be able to do."""
    standing = _standing(prefix)
    if standing == "kept" and act:
        return _kept(prefix, place, act)
    if standing == "unknown":
        from modelwright.manual import codes

        word = prefix[:60]
        near = closest(word, codes())
        hint = f"did you mean `{near}`?" if near else "name a code such as `MW801`, or the first part of one"
        return _unclear(f"there is no problem code `{word}`", place, hint)
    return None


@lru_cache(maxsize=4096)
def _standing(prefix: str) -> str:
    """Whether the problems whose codes start so are all `kept`, `free` to be suppressed, or `unknown`."""
    from modelwright.manual import pages

    if not _CODE.fullmatch(prefix):
        return "unknown"
    effects = {code: page["effect"] for code, page in pages().items() if code.startswith(prefix)}
    if not effects and prefix not in ROOMS:
        return "unknown"
    return "kept" if effects and all(kept(code, effect) for code, effect in effects.items()) else "free"


def _kept(code: str, place: Place | Mark | None, act: str = SUPPRESSED) -> Problem:
    return Problem("MW222", f"`{code}` cannot {act}", place, "mend what it tells: until then nothing sound can be written")


def _unclear(message: str, place: Place | Mark, hint: str) -> Problem:
    return Problem("MW223", message, place, hint, effect="risk")


class _Remarks:
    """The comments of the files that have problems, and what is wrong with them."""

    def __init__(self, problems: Sequence[Problem], texts: Mapping[str, str]) -> None:
        self.problems: list[Problem] = []
        self._lines: dict[str, Mapping[int, set[str]]] = {}
        self._finder = Finder(texts)
        for file in dict.fromkeys(p.place.file for p in problems if p.place is not None):
            if WORD in texts.get(file, ""):
                self._lines[file], wrong = _read(file, texts[file])
                self.problems += wrong

    def hide(self, problem: Problem) -> bool:
        """Whether a comment counts for the line of the problem, and names its code."""
        if problem.place is None or not self._lines.get(problem.place.file):
            return False
        said = self._lines[problem.place.file].get(self._finder.mark(problem.place).line, ())
        return any(problem.code[:length] in said for length in range(len("MW"), len(problem.code) + 1))


def _read(file: str, text: str) -> tuple[Mapping[int, set[str]], list[Problem]]:
    """Line -> codes, or first parts of them, suppressed there; and the problems of the comments themselves."""
    from modelwright.yamlio.comments import comments

    lines: dict[int, set[str]] = {}
    below: dict[int, int] = {}
    useless: list[Comment] = []
    # From the bottom up: comments that stand above each other all count for the line below the last of them.
    for comment in reversed(comments(text, WORD)):
        line = comment.line
        if comment.alone:
            line = below[comment.line] = below.get(line + 1, line + 1)
        codes = _codes(comment.text)
        lines.setdefault(line, set()).update(codes)
        useless += [] if codes else [comment]
    faults = (fault for comment in reversed(useless) if (fault := _fault(comment, file)) is not None)
    return lines, list(islice(faults, MAX_PROBLEMS))


def _parts(text: str) -> tuple[str, list[re.Match[str]], str]:
    """The verb of a comment, its codes, and its reason."""
    parts = _COMMENT.match(text[:LONGEST])
    if parts is None:
        return "", [], ""
    codes = _CODES.match(parts.string, parts.start("rest"))
    words = list(_WORD.finditer(parts.string, *codes.span())) if codes else []
    return parts["verb"], words, parts.string[codes.end() if codes else parts.end() :]


def _codes(text: str) -> set[str]:
    """The codes that a comment suppresses: none where anything is wrong with it."""
    verb, words, reason = _parts(text)
    codes = {word.group() for word in words}
    sound = verb == "ignore" and _SAYS.search(reason) and all(_standing(code) == "free" for code in codes)
    return codes if sound else set()


def _fault(comment: Comment, file: str) -> Problem | None:
    """What is wrong with a comment."""
    text = comment.text
    verb, words, reason = _parts(text)

    def mark(first: int = 0, last: int = len(text)) -> Mark:
        return Mark(file, comment.line, comment.column + first, comment.line, comment.column + last)

    if verb != "ignore":
        spoken = _CODE_LIKE.match(verb) or (words and _CODE_LIKE.match(words[0].group()))
        return _unclear("a comment suppresses problems by the word `ignore`", mark(), _EXAMPLE) if spoken else None
    if not words:
        return _unclear("this comment names no problem code", mark(), _EXAMPLE)
    for word in words:
        if _standing(word.group()) != "free":
            return _wrong(word.group(), mark(*word.span()))
    if not _SAYS.search(reason):
        codes = ", ".join(word.group() for word in words[:3])
        return _unclear("this comment gives no reason", mark(), f"say why: `# modelwright: ignore {codes} reason`")
    return None
