"""Rules as data: what the cluster demands beyond schemas, asked of every object that it is about.

Written in `targets/<name>/rules/*.yaml` (`author`), packed for judging by `python -m modelwright.rules` (`pack`), asked
by `engine.findings`. `docs/writing-rules.md` is for those who write rules.
"""

from modelwright.rules.check import Finding
from modelwright.rules.engine import findings

__all__ = ["Finding", "findings"]
