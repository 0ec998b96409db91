"""Plain scalars as the API server reads them.

The server decodes YAML with sigs.k8s.io/yaml: its goyaml.v2 (`resolve.go`) finds the type of a scalar, then
`yaml.go` turns the result into JSON, where every key is a string. Both are followed here case by case.
"""

from __future__ import annotations

import re
from functools import lru_cache

from modelwright.patterns import pattern
from modelwright.typed import Any

_YES = ("y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE")
_NO = ("n", "N", "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE")
WORDS: dict[str, Any] = {
    **dict.fromkeys(_YES, True),
    **dict.fromkeys(_NO, False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
}
SPECIAL = frozenset(
    sign + word for word in (".inf", ".Inf", ".INF") for sign in ("", "+", "-")
) | {".nan", ".NaN", ".NAN"}
"""Numbers that JSON, and so the API server, cannot hold."""

HEADS = frozenset("0123456789+-.yYnNtTfFoO~")
"""First characters of unquoted text that may be something else than text (goyaml.v2's `resolveTable`)."""

_FLOAT = pattern(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_DOT_FLOAT = pattern(r"\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?\Z")
_ENDS, _STARTS = "0123456789abcdefABCDEF._", "0123456789._"
"""How numbers end, and what follows a sign: most of what looks like one at first is told by that."""
_WHOLE = pattern(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))\Z")
_BINARY = pattern(r"0b([-+]?[01]+)\Z")
_TIME = pattern(r"\d{4}-\d\d?-\d\d?(?:[Tt ]\d\d?:\d\d?:\d\d?(?:\.\d+)?(?:Z|[-+]\d\d:\d\d)?)?\Z", re.ASCII)
_BASE64_BREAKS = str.maketrans("", "", "\r\n")
_TAGS = "tag:yaml.org,2002:"


class Unholdable(ValueError):
    """A value the API server has no JSON for; the message says why, in plain words."""


def plain(text: str) -> Any:
    """The value of an unquoted scalar without a tag. Raises `Unholdable` for infinities and not-a-number."""
    if not text:
        return None
    return _typed(text) if text[0] in HEADS else text


@lru_cache(maxsize=16384)
def _typed(text: str) -> Any:
    if text in WORDS:
        return WORDS[text]
    if text in SPECIAL:
        raise Unholdable(f"`{text}` is a number that JSON, and so the cluster, cannot hold")
    head = text[0]
    if head == ".":
        return _float(text) if _DOT_FLOAT.match(text) else text
    if head not in "0123456789+-" or text[-1] not in _ENDS or (head in "+-" and text[1:2] not in _STARTS):
        return text
    bare = text.replace("_", "")
    whole = _whole(bare)
    if whole is not None:
        return whole
    found = _float(bare) if _FLOAT.match(bare) else None
    if isinstance(found, int | float):
        return found
    odd = _BINARY.match(bare)
    if odd and len(odd[1]) <= 65:
        number = int(odd[1], 2)
        return number if -(2**63) <= number < 2**64 else text
    return text


def _whole(text: str) -> int | None:
    """Go's `ParseInt(text, 0, 64)`, then `ParseUint`: signs and 0x, 0o, 0b, 0 prefixes, within 64 bits."""
    match = _WHOLE.match(text)
    if match is None or len(text) > 80:
        return None
    sign, hexadecimal, binary, octal, decimal = match.groups()
    for digits, base in ((decimal, 10), (octal, 8), (hexadecimal, 16), (binary, 2)):
        if digits is not None:
            number = int(digits, base)
            break
    if sign == "-":
        return -number if number <= 2**63 else None
    return number if number < (2**63 if sign else 2**64) else None


def _float(text: str) -> int | float | str:
    """A float as its JSON reads back: `1e3` is the whole number 1000; one out of range stays text."""
    value = float(text)
    if value in (float("inf"), float("-inf")):
        return text
    return _normal(value)


def _normal(value: float) -> int | float:
    if not value.is_integer() or abs(value) >= 2**63:
        return value
    if abs(value) < 2**53:
        return int(value)
    from decimal import Decimal

    whole = int(Decimal(repr(value)))  # in JSON it has the fewest digits that make this float
    return whole if -(2**63) <= whole < 2**63 else value


def tagged(tag: str, text: str) -> Any:
    """The value of a scalar with an explicit tag. A tag of one's own makes text, as the server ignores it."""
    short = tag.removeprefix(_TAGS) if tag.startswith(_TAGS) else ""
    if short == "binary":
        return _binary(text)
    if short not in ("int", "float", "bool", "null", "timestamp"):
        return text
    value = plain(text)
    if short == "timestamp" and isinstance(value, str) and _TIME.match(text):
        return text
    whole = isinstance(value, int) and not isinstance(value, bool)
    fits = {
        "int": whole and not _written_as_float(text),
        "float": isinstance(value, float) or (whole and value < 2**63),
        "bool": isinstance(value, bool),
        "null": value is None,
        "timestamp": False,
    }
    if not fits[short]:
        raise Unholdable(f"`{text}` does not fit its tag `!!{short}`")
    return _normal(float(value)) if short == "float" else value


def _written_as_float(text: str) -> bool:
    return _whole(text.replace("_", "")) is None and not _BINARY.match(text.replace("_", ""))


def _binary(text: str) -> str:
    """The text a base64 `!!binary` scalar holds; bytes that are not UTF-8 become U+FFFD, as in Go's JSON."""
    import base64
    import binascii

    try:
        data = base64.b64decode(text.translate(_BASE64_BREAKS), validate=True)
    except (binascii.Error, ValueError):
        raise Unholdable("this `!!binary` value is not base64") from None
    held = data.decode("utf-8", "surrogateescape")
    return "".join("\ufffd" if "\udc80" <= c <= "\udcff" else c for c in held)


def key_text(value: Any) -> str:
    """A key as the string the server makes of it (`yaml.go`). Raises `Unholdable` for one it refuses."""
    if isinstance(value, str):
        return value
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, int):
        if value >= 2**63:
            raise Unholdable(f"`{value}` is too large a number for a key")
        return str(value)
    if isinstance(value, float):
        return _float_key(value)
    if value is None:
        raise Unholdable("a key cannot be empty or null")
    raise Unholdable("a list or map cannot be a key")


@lru_cache(maxsize=16384)
def key_plain(text: str) -> str:
    """The key that an unquoted `text` becomes. Raises `Unholdable`.

    Floats need their own way here: as a value `1e6` is the JSON number 1000000, as a key it is "1e+06".
    """
    if text in SPECIAL:
        return text.lower().lstrip("+")
    value = plain(text)
    if isinstance(value, int | float) and not isinstance(value, bool) and _written_as_float(text):
        return _float_key(float(text.replace("_", "")))
    return key_text(value)


def _float_key(value: float) -> str:
    """Go's `FormatFloat(value, 'g', -1, 32)`: the shortest text that reads back as the same 32-bit float."""
    import struct

    try:
        single = struct.pack("<f", value)
    except OverflowError:
        return "-.inf" if value < 0 else ".inf"
    number = struct.unpack("<f", single)[0]
    written = next(
        (w for w in (f"{number:.{digits}e}" for digits in range(9)) if struct.pack("<f", float(w)) == single),
        f"{number:.8e}",
    )
    mantissa, _, power = written.partition("e")
    exponent = int(power)
    digits = len(mantissa.lstrip("-").replace(".", ""))
    if exponent < -4 or exponent >= 6:
        return f"{mantissa}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"
    return f"{number:.{max(digits - 1 - exponent, 0)}f}"
