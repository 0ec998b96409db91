"""The Common Expression Language as Kubernetes uses it: text to a program, a program and values to a value.

    program = compile_cel("self.minReplicas <= self.maxReplicas", variables={"self": DYN})
    program.evaluate({"self": {"minReplicas": 1, "maxReplicas": 3}})   # True, or a CelError

Nothing outside is read, nothing runs but what is here, and every evaluation ends: within a cost limit, counted as
cel-go counts (`interpreter/runtimecost.go`), and every pattern in linear time. What Kubernetes adds to the language
is in `library/`; `authorizer` is not, for there is nobody to ask offline.
"""

from __future__ import annotations

from collections.abc import Mapping

from modelwright.cel.tokens import CelError
from modelwright.cel.types import BOOL, DYN, STRING, Type, settled
from modelwright.cel.values import BudgetError, EvalError
from modelwright.records import dataclass
from modelwright.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modelwright.cel.closures import Code

__all__ = ["BOOL", "DYN", "PER_CALL", "STRING", "CelError", "Program", "Type", "compile_cel"]

PER_CALL = 1_000_000
"""The cost of one evaluation at most (kubernetes/apiserver `pkg/apis/cel/config.go`)."""


@dataclass(frozen=True, slots=True)
class Program:
    """An expression ready to run, any number of times."""

    text: str
    result: Type
    """The type of its value, as far as it is known."""
    code: Code
    cost: int
    """What its parts cost when each runs once."""
    slots: tuple[tuple[str, int], ...]
    frame: tuple[Any, ...]

    def evaluate(self, bindings: Mapping[str, Any], cost_limit: int = PER_CALL) -> Any:
        """The value, or the CelError in its place; variables that `bindings` lack are errors where they are read."""
        return self.run(bindings, cost_limit)[0]

    def run(self, bindings: Mapping[str, Any], cost_limit: int = PER_CALL) -> tuple[Any, int]:
        """As `evaluate`, and what it cost."""
        frame = list(self.frame)
        frame[0] = cost_limit - self.cost
        for name, slot in self.slots:
            if name in bindings:
                frame[slot] = bindings[name]
        try:
            value = self.code(frame)
        except EvalError as error:
            value = _placed(CelError(error.message, error.offset or 0, "evaluation"), self.text)
        except BudgetError:
            value = CelError(f"the expression costs more than {cost_limit}", 0, "cost")
        except RecursionError:
            value = CelError("the values are nested too deep", 0, "cost")
        return value, cost_limit - frame[0]


def compile_cel(
    text: str,
    variables: Mapping[str, Type] | None = None,
    *,
    minor: int | None = None,
    checked: bool = True,
    container: str = "",
) -> Program | CelError:
    """An expression's program, or what is wrong with it and where.

    `minor` is the minor of Kubernetes whose functions and rules apply (`34` for 1.34); without it everything the
    language has may be used. `checked=False` leaves what types tell to the evaluation.
    """
    from modelwright.cel.access import UNSET
    from modelwright.cel.closures import Compiler
    from modelwright.cel.parser import parse

    try:
        compiler = Compiler(variables or {}, checked, minor, container)
        code, result = compiler.compile(parse(text))
    except CelError as error:
        return _placed(error, text)
    except RecursionError:
        return CelError("the expression is nested too deep")
    frame = (0, *[UNSET] * (compiler.size - 1))
    return Program(text, settled(result), code, compiler.cost, tuple(compiler.slots.items()), frame)


def _placed(error: CelError, text: str) -> CelError:
    before = text[: error.offset]
    line = before.count("\n") + 1
    column = error.offset - (before.rfind("\n") + 1) + 1
    return CelError(error.message, error.offset, error.kind, line, column)
