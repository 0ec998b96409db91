"""`&&`, `||` and `?:`. An error on one side of a logical operator is no error where the other side decides."""

from __future__ import annotations

from collections.abc import Callable

from modelwright.cel.values import EvalError, type_name
from modelwright.typed import Any

Frame = list[Any]
Code = Callable[[Frame], Any]


def chain(terms: list[Code], decisive: bool, offset: int) -> Code:
    """Terms joined by `||` (where True decides) or `&&` (where False does)."""
    other = not decisive
    word = "||" if decisive else "&&"

    def run(f: Frame) -> Any:
        failed: EvalError | None = None
        for term in terms:
            try:
                value = term(f)
            except EvalError as error:
                failed = failed or error
                continue
            if value is decisive:
                return decisive
            if value is not other:
                failed = failed or EvalError(f"no such overload: _{word}_({type_name(value)})", offset)
        if failed:
            raise failed
        return other

    return run


def choice(condition: Code, yes: Code, no: Code, offset: int) -> Code:
    """`condition ? yes : no`."""

    def run(f: Frame) -> Any:
        value = condition(f)
        if value is True:
            return yes(f)
        if value is False:
            return no(f)
        raise EvalError(f"no such overload: _?_:_({type_name(value)})", offset)

    return run
