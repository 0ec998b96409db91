"""Findings: what is wrong, where, and what the cluster would do about it.

Codes are stable and never reused. Their first digit names the room: 1 load, 2 resolve, 3 expand,
4 overlay, 5 schema, 6 server rules, 7 admission and controllers, 8 references, 9 internal.
"""

from __future__ import annotations

from collections.abc import Iterable

from modelwright.model import Mark, Path, Place
from modelwright.records import dataclass, field, replace
from modelwright.typed import Literal

Effect = Literal["rejected", "broken", "ignored", "drift", "risk", "policy"]
Severity = Literal["error", "warning", "note"]

SEVERITY: dict[Effect, Severity] = {
    "rejected": "error",
    "broken": "error",
    "ignored": "warning",
    "drift": "warning",
    "risk": "warning",
    "policy": "error",
}


@dataclass(frozen=True, slots=True)
class Resource:
    """The Kubernetes object a problem is about."""

    api_version: str
    kind: str
    name: str
    namespace: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding. `message` says what is wrong, `hint` what to do; both in the words of the author's file."""

    code: str
    message: str
    place: Place | Mark | None = None
    hint: str = ""
    effect: Effect = "rejected"
    environments: tuple[str, ...] = ()
    resource: Resource | None = None
    path: Path = ()
    """Path in `resource`, where the problem is about a manifest."""
    related: tuple[tuple[str, Place | Mark], ...] = field(default=())
    """Other places worth a look, each with the reason."""
    conceal: bool = False
    """True where the line itself must not be printed: it holds a credential, and reports end up in CI logs."""
    level: Severity | None = None
    """Severity, where it differs from the effect's own."""

    @property
    def severity(self) -> Severity:
        return self.level or SEVERITY[self.effect]


def merged(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """One defect, one problem: equal findings of several environments become one that lists them."""
    found: dict[Problem, list[str]] = {}
    for problem in problems:
        alike = replace(problem, environments=(), resource=_without_namespace(problem.resource))
        environments = found.setdefault(alike, [])
        environments.extend(e for e in problem.environments if e not in environments)
    return tuple(replace(problem, environments=tuple(names)) for problem, names in found.items())


def _without_namespace(resource: Resource | None) -> Resource | None:
    return resource and replace(resource, namespace="")


def closest(word: str, words: list[str] | tuple[str, ...]) -> str:
    """The likeliest meant word, or an empty string where none is near."""
    from difflib import get_close_matches

    folded = {w.casefold(): w for w in sorted(words)}
    near = get_close_matches(word.casefold(), list(folded), n=1, cutoff=0.6)
    return folded[near[0]] if near else ""


def did_you_mean(word: str, words: list[str] | tuple[str, ...]) -> str:
    """A hint for an unknown word: the nearest one, or the whole (short) list."""
    near = closest(word, words)
    if near:
        return f"did you mean `{near}`?"
    known = ", ".join(f"`{w}`" for w in sorted(words)[:12])
    return f"known here: {known}" if known else ""
