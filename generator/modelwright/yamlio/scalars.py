"""Plain scalars as the API server reads them.

The server decodes YAML with sigs.k8s.io/yaml (goyaml.v2: YAML 1.1 words, plus `0o` octals and JSON floats),
then through JSON. Keys become strings.
"""

from __future__ import annotations

import base64
import binascii
import re
from functools import lru_cache
from typing import Any

WORDS: dict[str, Any] = {
    **{w: True for w in ("y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE")},
    **{w: False for w in ("n", "N", "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE")},
    **{w: None for w in ("", "~", "null", "Null", "NULL")},
}
SPECIAL = frozenset(
    sign + dot
    for sign, dots in (("", (".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN")), ("+", (".inf", ".Inf", ".INF")), ("-", (".inf", ".Inf", ".INF")))
    for dot in dots
)
"""Numbers that JSON, and so the API server, cannot hold."""

_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_INTEGER = re.compile(r"[-+]?(0b[01_]+|0o?[0-7_]+|0x[0-9a-fA-F_]+|[0-9][0-9_]*)\Z")


class Unholdable(ValueError):
    """A value the API server has no JSON for."""


@lru_cache(maxsize=65536)
def plain(text: str) -> Any:
    """The value of an unquoted scalar without a tag. Raises `Unholdable` for infinities and not-a-number."""
    if text in WORDS:
        return WORDS[text]
    head = text[0]
    if head not in "0123456789+-.":
        return text
    if text in SPECIAL:
        raise Unholdable(text)
    if _INTEGER.match(text):
        number = _integer(text)
        if number is not None:
            return number
    if _FLOAT.match(text.replace("_", "")) and not text.startswith("_"):
        value = float(text.replace("_", ""))
        if value in (float("inf"), float("-inf")):
            raise Unholdable(text)
        return int(value) if value.is_integer() and abs(value) < 2**63 else value
    return text


def _integer(text: str) -> int | None:
    digits = text.replace("_", "")
    sign = -1 if digits.startswith("-") else 1
    digits = digits.lstrip("+-")
    for prefix, base in (("0b", 2), ("0x", 16), ("0o", 8)):
        if digits.startswith(prefix):
            body = digits[2:]
            return sign * int(body, base) if body else None
    if len(digits) > 1 and digits[0] == "0" and all(c in "01234567" for c in digits):
        return sign * int(digits, 8)
    return sign * int(digits) if digits.isdigit() else None


def tagged(tag: str, text: str) -> Any:
    """The value of a scalar with an explicit tag; unknown tags are ignored, as the server ignores them."""
    short = tag.removeprefix("tag:yaml.org,2002:")
    if short == "str":
        return text
    if short == "binary":
        try:
            return base64.b64decode(text, validate=False).decode("utf-8", "replace")
        except binascii.Error:
            return text
    if short == "float":
        value = plain(text)
        return value
    if short in ("int", "bool", "null"):
        return plain(text)
    return text


def key_text(value: Any) -> str:
    """A scalar key as the string the server makes of it. Raises `Unholdable` for null."""
    if isinstance(value, str):
        return value
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(value)
    raise Unholdable("null")
