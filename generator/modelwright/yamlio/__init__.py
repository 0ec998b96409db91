"""YAML in and out: read as the API server reads, write one canonical way."""

from modelwright.yamlio.emit import emit
from modelwright.yamlio.marks import Marks, marks, plain_traps
from modelwright.yamlio.read import decode, read

__all__ = ["Marks", "decode", "emit", "marks", "plain_traps", "read"]
