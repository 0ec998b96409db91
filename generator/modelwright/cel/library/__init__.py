"""The functions an expression may call: one file per library, each function beside its signatures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import Any, TypeVar

from modelwright.cel.types import Type, signature

Function = Callable[..., Any]
F = TypeVar("F", bound=Function)
NEVER = 1_000
"""The minor of a library Kubernetes does not have."""
_FILES = [
    "operators",
    "standard",
    "conversions",
    "times",
    "optionals",
    "strings",
    "formatting",
    "plainformat",
    "lists",
    "sets",
    "regex",
    "math",
    "encoders",
    "quantities",
    "network",
    "url",
    "semver",
    "formats",
    "advice",
]


@dataclass(frozen=True, slots=True)
class Overload:
    """One signature of a function."""

    member: bool
    params: tuple[Type, ...]
    result: Type
    call: Function
    cost: Callable[..., int] | None
    """From the arguments what a call costs, where that is more than 1."""
    since: int
    """The minor of Kubernetes that knows it."""


_table: dict[str, list[Overload]] = {}


def function(
    name: str,
    *signatures: str,
    member: bool = False,
    cost: Callable[..., int] | None = None,
    since: int = 0,
) -> Callable[[F], F]:
    """Declare a function with its signatures, such as `string -> int`."""

    def declare(call: F) -> F:
        for text in signatures:
            params, result = signature(text)
            _table.setdefault(name, []).append(Overload(member, params, result, call, cost, since))
        return call

    return declare


def method(
    name: str, *signatures: str, cost: Callable[..., int] | None = None, since: int = 0
) -> Callable[[F], F]:
    """As `function`, for `target.name(args)`; the target is the first parameter."""
    return function(name, *signatures, member=True, cost=cost, since=since)


@lru_cache(maxsize=1)
def functions() -> dict[str, list[Overload]]:
    """Every function: name -> its overloads."""
    for file in _FILES:
        import_module(f"modelwright.cel.library.{file}")
    return _table


def tenth(size: int) -> int:
    """The cost of walking through so many characters (cel-go `common/cost.go`: 0.1 each, rounded up)."""
    return -(-size // 10)
