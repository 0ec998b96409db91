"""What mutating webhooks leave of an object before its schema and rules are asked.

The API server calls them after it has decoded and pruned an object, and before it validates it (apiserver
pkg/endpoints/handlers/create.go): a rule that demands a field is satisfied by one that a webhook adds, and a field that a
webhook rewrites never stays as Git states it. Each target names its functions in `rules/_target.yaml`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from modelwright.model import Path
from modelwright.problems import Effect
from modelwright.records import dataclass, replace
from modelwright.rules.releases import Facts
from modelwright.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modelwright.judge.facts import Finding
    from modelwright.judge.kinds import KindSchema

Row = tuple[str, Path, str, str, Effect]
"""What a webhook does with a stated field: code, path as stated, message, hint and effect (`drift`, or `rejected`)."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """An object as a mutating webhook leaves it."""

    object: Mapping[str, Any]
    """Shares with the stated object what did not change; that one is never modified."""
    moved: tuple[tuple[Path, Path], ...] = ()
    """Where something is now, and where it was stated; the longest first."""
    findings: tuple[Row, ...] = ()
    whole: bool = False
    """Whether it is written anew from Go's types: with the zero values of required fields (judge/zeros.py)."""

    def stated(self, path: Path) -> Path:
        """Where a person wrote what is now at a path."""
        for now, before in self.moved:
            if path[: len(now)] == now:
                return (*before, *path[len(now) :])
        return path


Admission = Callable[[Mapping[str, Any], Facts], Admitted]


def admit(data: Mapping[str, Any], facts: Facts) -> Admitted:
    """What the webhooks of a cluster leave of an object, one after the other. A field that is null is as good as absent."""
    result = Admitted(data)
    for function in functions(str(data.get("apiVersion")), str(data.get("kind"))):
        result = _then(result, function(result.object, facts))
    return result


def _then(first: Admitted, second: Admitted) -> Admitted:
    moved = tuple((now, first.stated(before)) for now, before in second.moved)
    told = tuple((code, first.stated(path), *rest) for code, path, *rest in second.findings)
    whole = first.whole or second.whole
    return Admitted(second.object, (*moved, *first.moved), (*first.findings, *told), whole)  # type: ignore[arg-type]


def admitted(schema: KindSchema, data: Mapping[str, Any], facts: Facts) -> tuple[Admitted, list[Finding]]:
    """What the webhooks leave, and what the schema has against that."""
    from modelwright.judge.schema import findings

    made = admit(data, facts)
    found = findings(schema, made.object)
    if found and made.whole:
        from modelwright.judge.zeros import with_zeros

        filled = with_zeros(schema, made.object, found)
        if filled is not made.object:
            return replace(made, object=filled), findings(schema, filled)
    return made, found


@lru_cache(maxsize=1024)
def functions(api_version: str, kind: str) -> Sequence[Admission]:
    """The functions that play webhooks for a kind, in the order of targets."""
    from modelwright.rules.check import named
    from modelwright.rules.engine import packed

    group = api_version.rpartition("/")[0]
    return [named(row["function"]) for row in packed()["admission"] if row["kind"] == kind and group in row["groups"]]
