"""`format` as Kubernetes has it (cel-go `ext/formatting.go`, which the language's later cases do not describe)."""

from __future__ import annotations

import json

from modelwright.cel.library import conversions, formatting, method, tenth
from modelwright.cel.values import Duration, EvalError, Timestamp, keys, type_name
from modelwright.typed import Any

_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@method("format", "string, list<dyn> -> string", cost=lambda text, _: tenth(len(text)), since=29)
def _format(pattern: str, args: list[Any]) -> str:
    return formatting.filled(pattern, args, _clause)


def _clause(verb: str, precision: str | None, value: Any) -> str:
    if verb == "s":
        return _text(value)
    if verb in "ef":
        return _number(value, verb, int(precision) if precision else 6)
    if verb == "d" and type(value) is float:
        raise EvalError("error during formatting: decimal clause can only be used on integers")
    return formatting.clause(verb, precision, value)


def _number(value: Any, verb: str, digits: int) -> str:
    """Doubles only, written as for a reader of English: `1,234.50`, and `1.5×10⁰³`."""
    if value not in ("NaN", "Infinity", "-Infinity") and type(value) is not float:
        raise EvalError(
            f"error during formatting: clause `%{verb}` takes doubles, was given {type_name(value)}"
        )
    number = float(value) or 0.0  # minus zero is zero
    odd = formatting.special(number)
    if odd:
        return odd.replace("Infinity", "∞")
    if verb == "f":
        whole, point, fraction = formatting.fixed(abs(number), digits).partition(".")
        return f"{'-' if number < 0 else ''}{int(whole):,}{point}{fraction}"
    mantissa, _, power = f"{number:.6e}".partition("e")
    return f"{mantissa}×10{power.removeprefix('+').translate(_RAISED)}"


def _text(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_inside, value))}]"
    if isinstance(value, dict):
        pairs = sorted(
            (_inside(key), _inside(each)) for key, each in zip(keys(value), value.values(), strict=True)
        )
        return "{" + ", ".join(f"{key}:{each}" for key, each in pairs) + "}"
    if type(value) is float:
        return conversions.text_of_double(value)
    return formatting.text(value)


def _inside(value: Any) -> str:
    """A value within a list or map: as CEL would write it."""
    if isinstance(value, (str, bytes)):
        quoted = json.dumps(formatting.text(value), ensure_ascii=False)
        return f"b{quoted}" if isinstance(value, bytes) else quoted
    if type(value) is float:
        odd = formatting.special(value)
        return json.dumps(conversions.text_of_double(value)) if odd else formatting.fixed(value, 6)
    if isinstance(value, Timestamp):
        return f'timestamp("{conversions.text_of_timestamp(value)}")'
    if isinstance(value, Duration):
        return f'duration("{conversions.text_of_duration(value)}")'
    return _text(value)
