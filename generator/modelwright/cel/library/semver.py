"""Semantic versions (apiserver `pkg/cel/library/semverlib.go`; what is one: blang/semver v4, semver.org 2.0)."""

from __future__ import annotations

import re

from modelwright.cel.library import function, method, tenth
from modelwright.cel.values import UINT_MAX, EvalError, opaque, show
from modelwright.records import dataclass

_NUMBER = r"(?:0|[1-9][0-9]*)"
_PART = r"(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_VERSION = re.compile(
    rf"({_NUMBER})\.({_NUMBER})\.({_NUMBER})(?:-({_PART}(?:\.{_PART})*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
)
_LONGEST = 1_000
_SINCE = 33


@dataclass(frozen=True, slots=True)
class Semver:
    """A version; what stands after `+` has no part in its order, nor in its equality."""

    numbers: tuple[int, int, int]
    before: tuple[str, ...]

    @property
    def order(self) -> tuple[object, ...]:
        """Versions sort as these do."""
        parts = tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in self.before)
        return (self.numbers, not self.before, parts)


opaque("semver", Semver)


def _walk(text: str, *_: bool) -> int:
    return tenth(len(text))


def _normal(text: str) -> str:
    """Without a leading `v` and zeros, and with all three numbers."""
    parts = text.removeprefix("v").split(".", 2)
    for index, part in enumerate(parts):
        if len(part) > 1:
            short = part.lstrip("0")
            parts[index] = short if short[:1].isdigit() and short[:1].isascii() else "0" + short
    if len(parts) < 3:
        if re.search("[+-]", parts[-1]):
            raise EvalError("short version cannot contain PreRelease/Build meta data")
        parts += ["0"] * (3 - len(parts))
    return ".".join(parts)


@function("semver", "string -> semver", "string, bool -> semver", cost=_walk, since=_SINCE)
def semver_of(text: str, normalize: bool = False) -> Semver:
    """The version of a text."""
    found = _VERSION.fullmatch(_normal(text) if normalize else text) if len(text) <= _LONGEST else None
    if not found:
        raise EvalError(f"{show(text)} is no semantic version")
    numbers = (int(found[1]), int(found[2]), int(found[3]))
    if max(numbers) > UINT_MAX:
        raise EvalError(f"{show(text)}: a number is out of range")
    return Semver(numbers, tuple(found[4].split(".")) if found[4] else ())


@function("isSemver", "string -> bool", "string, bool -> bool", cost=_walk, since=_SINCE)
def is_semver(text: str, normalize: bool = False) -> bool:
    """Whether `semver` takes it."""
    try:
        return bool(semver_of(text, normalize))
    except EvalError:
        return False


def _compare(a: Semver, b: Semver) -> int:
    return (a.order > b.order) - (a.order < b.order)


method("compareTo", "semver, semver -> int", since=_SINCE)(_compare)
method("isGreaterThan", "semver, semver -> bool", since=_SINCE)(lambda a, b: _compare(a, b) > 0)
method("isLessThan", "semver, semver -> bool", since=_SINCE)(lambda a, b: _compare(a, b) < 0)
method("major", "semver -> int", since=_SINCE)(lambda version: version.numbers[0])
method("minor", "semver -> int", since=_SINCE)(lambda version: version.numbers[1])
method("patch", "semver -> int", since=_SINCE)(lambda version: version.numbers[2])
