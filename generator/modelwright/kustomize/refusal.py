"""What stops a build: kustomize ends at its first error, and so does this room."""

from __future__ import annotations

from collections.abc import Sequence

from modelwright.model import Place
from modelwright.problems import Problem

At = Place | tuple["At", str | int]
"""Where a value was written: a place, or a step below another `At`. Costs one tuple a value; see `place_of`."""


class Refused(Exception):
    """A build that ends without objects."""

    def __init__(self, *problems: Problem) -> None:
        self.problems = problems


class Misfit(Exception):
    """Something cannot be done to an object; whoever asked for it knows where that was written."""


def place_of(at: At) -> Place:
    """The place an `At` means."""
    steps: list[str | int] = []
    while not isinstance(at, Place):
        at, step = at
        steps.append(step)
    return Place(at.file, at.document, (*at.path, *reversed(steps)), at.key)


def below(at: At, steps: Sequence[str | int]) -> At:
    """The place some steps below another."""
    for step in steps:
        at = (at, step)
    return at


def refuse(code: str, message: str, at: At, hint: str = "", related: Sequence[tuple[str, At]] = ()) -> Refused:
    """An error of kustomize's, told at a place."""
    others = tuple((text, place_of(where)) for text, where in related)
    return Refused(Problem(code, message, place_of(at), hint, related=others))
