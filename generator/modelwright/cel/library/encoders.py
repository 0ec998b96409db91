"""Base64 (cel-go `ext/encoders.go`). Kubernetes does not have it."""

from __future__ import annotations

import base64
import binascii

from modelwright.cel.library import NEVER, function, tenth
from modelwright.cel.values import EvalError


@function("base64.encode", "bytes -> string", cost=lambda data: tenth(len(data)), since=NEVER)
def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode()


@function("base64.decode", "string -> bytes", cost=lambda text: tenth(len(text)), since=NEVER)
def _decode(text: str) -> bytes:
    """With or without padding."""
    plain = text.rstrip("=") if len(text) % 4 == 0 else text
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise EvalError("illegal base64 data") from None
