"""Deletes each check in turn and asks whether any test of the rules would notice: `python -m tests.rules.mutation`.

The tests are the cases of `table` and the Wrong and Right of every page that has checks. Only those in which the check
finds something can notice; those are run again without it.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from typing import Any

from modelwright.manual import pages
from modelwright.problems import Effect
from modelwright.rules import engine
from modelwright.rules.check import Check, Run, Trail
from tests.rules.table import cases

Test = Callable[[], bool]
"""Whether it passes."""


def tests() -> Iterator[tuple[str, Test]]:
    """Every test that rules are held to, by name."""
    from tests.test_manual import found

    for case in cases():
        yield case.name, lambda case=case: case.found() == case.finds
    for code, page in pages().items():
        if "checks" in page and page.get("wrong"):
            yield f"{code}-wrong", lambda code=code, page=page: [p.code for p in found(page, "wrong")] == [code]
            yield f"{code}-right", lambda page=page: found(page, "right") == ()


@contextmanager
def without(check: str) -> Iterator[None]:
    """The judge without one check."""
    book = engine.book
    left = copy(book())
    left._checks = [Deleted(each.row) if each.id == check else each for each in left.checks]
    left._outlines = {}
    engine.book = lambda: left  # type: ignore[assignment]
    try:
        yield
    finally:
        engine.book = book


class Deleted(Check):
    """A check that is never asked."""

    __slots__ = ()

    def _compile(self, value: Any, trail: Trail, run: Run, effect: Effect) -> None:
        return


@contextmanager
def recorded() -> Iterator[set[str]]:
    """The checks that find something meanwhile."""
    seen: set[str] = set()
    real = engine.findings

    def findings(*args: Any) -> Any:
        result = real(*args)
        seen.update(each.check for each in result)
        return result

    engine.findings = findings
    try:
        yield seen
    finally:
        engine.findings = real


def survivors() -> list[str]:
    """Checks whose absence no test notices. Every test passes with all of them."""
    finders: dict[str, list[Test]] = defaultdict(list)
    for name, test in tests():
        with recorded() as seen:
            assert test(), name
        for check in seen:
            finders[check].append(test)
    left = []
    for row in engine.packed()["checks"]:
        with without(row["id"]):
            if all(test() for test in finders[row["id"]]):
                left.append(row["id"])
    return left


def main() -> int:
    """Print what survives; 1 where something does."""
    total = len(engine.packed()["checks"])
    left = survivors()
    print(f"{total} checks, each deleted in turn; {len(left)} not missed by any test")
    for check in left:
        print(f"  {check}")
    return bool(left)


if __name__ == "__main__":
    sys.exit(main())
