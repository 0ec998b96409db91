"""What formats for other programs share: whose files they name, and what tells a problem from its like."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import field
from hashlib import blake2b

from modelwright.problems import Severity
from modelwright.records import dataclass
from modelwright.report.json import dotted
from modelwright.report.locate import Located, safe

RANK: Mapping[Severity, int] = {"error": 0, "warning": 1, "note": 2}
HEAD = "modelwright.yaml"
"""The file to name for a problem of no file, in formats that demand one."""

_NUMBER = re.compile(r"[0-9]+")


def _same(path: str) -> str:
    return path


@dataclass(frozen=True, slots=True)
class Frame:
    """What a report is told beside the problems."""

    suppressed: int = 0
    path: Callable[[str], str] = _same
    """A problem's file as the reader of the report names it: relative to the repository."""
    files: Sequence[str] = ()
    """Everything that was judged, where that is worth saying."""
    failing: Collection[str] = ("error",)
    """Severities that make the exit code 1."""
    lines: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    """Lines to show of files whose text is not kept."""


PLAIN = Frame()


def worst_first(found: Iterable[Located]) -> list[Located]:
    """Errors before warnings before notes, each as they were: what is cut off then matters least."""
    return sorted(found, key=lambda item: RANK[item.problem.severity])


def words(item: Located) -> str:
    """The message, and the environments it is about; safe to print."""
    problem = item.problem
    stages = f" [{', '.join(map(safe, problem.environments))}]" if problem.environments else ""
    return safe(problem.message) + stages


def fingerprints(found: Sequence[Located], path: Callable[[str], str]) -> list[str]:
    """For each problem a text that stays when lines move, and is no other's: `0123456789abcdef:1`."""
    seen: Counter[str] = Counter()
    made = []
    for item in found:
        problem, mark = item.problem, item.mark
        resource = problem.resource
        whose = (resource.kind, resource.namespace, resource.name) if resource else ()
        parts = (
            problem.code,
            path(mark.file) if mark else "",
            *whose,
            dotted(problem.path),
            # Numbers in messages are often lines.
            _NUMBER.sub("0", problem.message),
            *problem.environments,
        )
        digest = blake2b("\0".join(parts).encode(errors="surrogatepass"), digest_size=8).hexdigest()
        seen[digest] += 1
        made.append(f"{digest}:{seen[digest]}")
    return made
