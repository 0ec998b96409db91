"""YAML in and out: read as the API server reads, write one canonical way.

Places (`marks.py`) are only found for what has a problem, so they are not loaded here.
"""

from modelwright.yamlio.emit import emit
from modelwright.yamlio.read import decode, read

__all__ = ["decode", "emit", "read"]
