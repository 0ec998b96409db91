"""What is wrong between objects that are judged together: two that may not both be there, and one that changes another.

`claims` says what an object wants for itself alone, so that a join over many files needs no more than its keys;
`TOGETHER` says which object changes what becomes of another one. Whatever is not among the objects is not asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from modelwright.judge.admission import Row
from modelwright.model import Manifest, Path
from modelwright.problems import Effect
from modelwright.rules.check import Finding

if TYPE_CHECKING:
    from modelwright.rules.releases import Facts

Object = Mapping[str, Any]
Name = tuple[str, str, str]
"""Kind, namespace and name."""


class Claim(NamedTuple):
    """Something that one object alone may have: of two objects with one key the later one is refused."""

    code: str
    key: tuple[Any, ...]
    path: Path
    message: str
    """With `{other}` for the name of the object that has it."""
    hint: str
    effect: Effect = "rejected"
    made: bool = False
    """Whether the webhook asks only when an object is made."""


Claims = Callable[[Object], Iterable[Claim]]
Together = Callable[[Object, Object, "Facts"], Iterable[Row]]
"""What is wrong with the first object because of the second one, as rows of a webhook."""

CLAIMS = {
    ("serving.kserve.io", "ServingRuntime"): "modelwright.targets.kserve.runtimes:claims",
    ("serving.kserve.io", "ClusterServingRuntime"): "modelwright.targets.kserve.runtimes:claims",
    ("serving.kserve.io", "LocalModelCache"): "modelwright.targets.kserve.caches:claims",
    ("nim.opendatahub.io", "Account"): "modelwright.targets.opendatahub.together:claims",
}
"""Group and kind -> the function that gives its claims."""
TOGETHER = {
    ("serving.kserve.io", "InferenceService"): "modelwright.targets.opendatahub.together:others",
    ("serving.kserve.io", "LLMInferenceService"): "modelwright.targets.opendatahub.together:others",
}
"""Group and kind -> the function that names the objects that matter, each with what to ask."""


def claims(data: Object) -> Iterable[Claim]:
    """What an object wants for itself; nothing for most kinds."""
    call = CLAIMS.get(_kind(data))
    return _named(call)(data) if call else ()


def findings(
    manifests: Sequence[Manifest], facts: Facts, old: Callable[[Manifest], Object | None] = lambda _: None
) -> Iterator[tuple[Manifest, Finding]]:
    """Each finding with the manifest that it is about. `old` gives the object that one replaces."""
    taken: dict[tuple[Any, ...], str] = {}
    asking: list[Manifest] = []
    for manifest in manifests:
        kind = manifest.kind
        if kind not in _KINDS:
            continue
        if _kind(manifest.data) in TOGETHER:
            asking.append(manifest)
            continue
        told = set()
        for claim in claims(manifest.data):
            owner = taken.setdefault((claim.code, *claim.key), manifest.name)
            if owner != manifest.name and owner not in told and not (claim.made and old(manifest) is not None):
                told.add(owner)
                message = claim.message.replace("{other}", owner)
                yield manifest, Finding(claim.code, claim.path, message, claim.hint, claim.effect)
    if not asking:
        return
    known: dict[Name, Object] = {}
    for manifest in manifests:
        if manifest.kind in _CHANGING:
            known[manifest.kind, manifest.namespace if manifest.kind != "Namespace" else "", manifest.name] = manifest.data
    for manifest in asking if known else ():
        for name, ask in _named(TOGETHER[_kind(manifest.data)])(manifest.data, facts):
            other = known.get(name)
            for code, path, message, hint, effect in ask(manifest.data, other, facts) if other is not None else ():
                yield manifest, Finding(code, path, message, hint, effect)


_KINDS = frozenset(kind for _, kind in (*CLAIMS, *TOGETHER))
_CHANGING = ("Namespace", "Secret", "HardwareProfile")


def _kind(data: Object) -> tuple[str, str]:
    return str(data.get("apiVersion")).rpartition("/")[0], str(data.get("kind"))


@lru_cache(maxsize=64)
def _named(name: str) -> Any:
    from modelwright.rules.check import named

    return named(name)
