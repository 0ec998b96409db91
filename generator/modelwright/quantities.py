"""Kubernetes quantities: `500m`, `4Gi`, `1e3`.

Grammar and meaning: kubernetes/apimachinery `pkg/api/resource/quantity.go` and `suffix.go`. Values are exact,
rounded up to one nano as there.
"""

from __future__ import annotations

import re
from functools import lru_cache

from modelwright.patterns import pattern
from modelwright.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from decimal import Decimal

_GRAMMAR = pattern(
    r"([+-]?)([0-9]+\.?[0-9]*|\.[0-9]+)(?:(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E)|[eE]([+-]?[0-9]+))?"
)
_BINARY: dict[str, int] = {name: 1024**power for power, name in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi", "Ei"), 1)}
_DECIMAL = {"n": -9, "u": -6, "m": -3, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_MAX_EXPONENT = 2**31 - 1
_LONGEST = 128
"""Longer texts are read by the server, but nobody means them."""


def _parts(text: str) -> tuple[str, str, str, int] | None:
    """Sign, digits, suffix and power of ten of a quantity; None where the text is not one."""
    found = _GRAMMAR.fullmatch(text) if len(text) <= _LONGEST else None
    if not found:
        return None
    sign, digits, suffix, exponent = found.groups()
    power = int(exponent) if exponent else _DECIMAL.get(suffix or "", 0)
    return (sign, digits, suffix or "", power) if abs(power) <= _MAX_EXPONENT else None


def _nanos(digits: str, suffix: str, power: int) -> int:
    """An amount without its sign, as a number of nanos. What is less than one is one."""
    number, _, fraction = digits.partition(".")
    # Beyond this every comparison has the same answer.
    power = max(-200, min(power, 200)) + 9 - len(fraction)
    whole = int(number + fraction) * _BINARY.get(suffix, 1)
    scale: int = 10 ** abs(power)
    return whole * scale if power >= 0 else -(-whole // scale)


@lru_cache(maxsize=4096)
def nanos(text: str) -> int | None:
    """The exact value of a quantity as a number of nanos, or None where the text is not one. To load decimals takes as
    long as to judge a manifest: what only compares asks for this."""
    found = _parts(text)
    if not found:
        return None
    value = _nanos(*found[1:])
    return -value if found[0] == "-" else value


@lru_cache(maxsize=4096)
def quantity(text: str) -> Decimal | None:
    """The exact value of a quantity, or None where the text is not one."""
    value = nanos(text)
    if value is None:
        return None
    from decimal import Context, Decimal

    return Decimal(value).scaleb(-9, Context(prec=400)) if value else Decimal(0)


@lru_cache(maxsize=4096)
def canonical(text: str) -> str:
    """The text the server writes for a quantity: `1024Mi` is `1Gi`, `0.5` is `500m`, `0Gi` is `0`.

    What is not a quantity, has an exponent (`1e3`) or is out of all measure is given back as it is.
    Source: quantity.go CanonicalizeBytes. Admission webhooks written in Go rewrite any other spelling.
    """
    found = _GRAMMAR.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None or found[4]:
        return text
    digits, suffix = found[2], found[3] or ""
    nano = _nanos(digits, suffix, _DECIMAL.get(suffix, 0))
    if nano >= 10**27:
        return text
    if not nano:
        return "0"
    if _kept(digits, suffix):
        return text
    if found[1] == "-":
        nano = -nano
    whole, rest = divmod(nano, 10**9)
    if suffix in _BINARY and not rest and abs(whole) >= 1024:
        return _shortest(whole, 1024, ("", *_BINARY))
    return _shortest(nano, 1000, ("n", "u", "m", "", "k", "M", "G", "T", "P", "E"))


def _kept(digits: str, suffix: str) -> bool:
    """Whether the server takes the text for canonical and keeps it, `2.125` for one (quantity.go ParseQuantity)."""
    number, _, fraction = digits.partition(".")
    number = number.lstrip("0") or "0"
    if suffix in _BINARY:
        fits = 14 - len(number) >= 3 * (list(_BINARY).index(suffix) + 1)
        return fits and not fraction and int(number) % 8 != 0
    together = number + fraction
    scale = _DECIMAL.get(suffix, 0) - len(fraction)
    fits = len(together) <= 18 and scale >= -9
    return fits and scale % 3 == 0 and not together.endswith("000") and together[0] != "0"


def _shortest(number: int, base: int, suffixes: tuple[str, ...]) -> str:
    power = 0
    while number % base == 0 and power < len(suffixes) - 1:
        number //= base
        power += 1
    return f"{number}{suffixes[power]}"


def is_quantity(text: str) -> bool:
    """Whether the server reads this text as a quantity."""
    return _parts(text) is not None


def amount(value: object) -> Decimal | None:
    """The exact value of a quantity as written in YAML: text or a number."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    return quantity(value if isinstance(value, str) else repr(value))


def amount_in_nanos(value: object) -> int | None:
    """As `amount`, in nanos."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    return nanos(value if isinstance(value, str) else repr(value))


def written(value: Any) -> Any:
    """An amount as the quantity text the API server would write: `1` for 1, `500m` for 0.5, `1Gi` for `1024Mi`."""
    if isinstance(value, str):
        return canonical(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    if isinstance(value, int):
        return canonical(str(value))
    from decimal import Decimal

    return canonical(format(Decimal(str(value)), "f"))


def advice(text: str) -> str:
    """What to write instead of a text that is not a quantity."""
    known = {
        "gb": "Gi",
        "g": "Gi",
        "mb": "Mi",
        "kb": "Ki",
        "tb": "Ti",
        "gib": "Gi",
        "mib": "Mi",
        "kib": "Ki",
        "gi": "Gi",
    }
    known |= {"mi": "Mi", "ki": "Ki", "ti": "Ti", "tib": "Ti"}
    found = re.fullmatch(r"\s*([0-9.]+)\s*([A-Za-z]*)\s*", text)
    if found and found[2].casefold() in ("core", "cores", "cpu", "cpus") and quantity(found[1]) is not None:
        return f"write `{found[1]}`"
    suffix = known.get(found[2].casefold(), found[2]) if found else ""
    if found and suffix.endswith("i") and quantity(found[1] + suffix) is not None:
        return f"write `{found[1]}{suffix}` (steps of 1024) or `{found[1]}{suffix[:-1].replace('K', 'k')}` (of 1000)"
    if found and quantity(found[1] + suffix) is not None:
        return f"write `{found[1]}{suffix}`"
    return "a quantity is a number with an optional unit, such as `2`, `500m`, `4Gi` or `1.5G`"
