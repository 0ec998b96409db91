"""What is wrong between objects that are judged together: two that may not both be there, and one that changes another.

`claims` says what an object wants for itself alone, so that a join over many files needs no more than its keys;
`TOGETHER` says which object changes what becomes of another one. Whatever is not among the objects is not asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from modelwright.judge.admission import Row
from modelwright.model import Manifest, Path
from modelwright.problems import Effect
from modelwright.rules.check import Finding
from modelwright.typed import TYPE_CHECKING, Any, NamedTuple

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
BROUGHT = {("serving.kserve.io", "ClusterServingRuntime"): "modelwright.targets.kserve.runtimes:brought"}
"""Group and kind -> the function that gives the objects of the kind that a platform brings. Somebody may have taken them
away, so that to want what one of them has is a risk."""
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
    brought: dict[tuple[Any, ...], str] = {}
    asking: list[Manifest] = []
    for manifest in manifests:
        kind = manifest.kind
        if kind not in KINDS:
            continue
        if _kind(manifest.data) in TOGETHER:
            asking.append(manifest)
            continue
        told = set()
        group_kind = _kind(manifest.data)
        if group_kind in BROUGHT and not brought:
            brought = _brought(BROUGHT[group_kind], facts)
        for claim in claims(manifest.data):
            key = (claim.code, *claim.key)
            owner, effect = taken.setdefault(key, manifest.name), claim.effect
            if owner == manifest.name and key in brought:
                owner, effect = brought[key], "risk"
            if owner != manifest.name and owner not in told and not (claim.made and old(manifest) is not None):
                told.add(owner)
                yield manifest, Finding(claim.code, claim.path, claim.message.replace("{other}", owner), claim.hint, effect)
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


@lru_cache(maxsize=16)
def _brought(name: str, facts: Facts) -> dict[tuple[Any, ...], str]:
    made: Iterable[Object] = _named(name)(facts)
    return {(claim.code, *claim.key): str(each["metadata"]["name"]) for each in made for claim in claims(each)}


KINDS = frozenset(kind for _, kind in (*CLAIMS, *TOGETHER))
"""Kinds of which anything is asked here."""
_CHANGING = ("Namespace", "Secret", "HardwareProfile")


def _kind(data: Object) -> tuple[str, str]:
    return str(data.get("apiVersion")).rpartition("/")[0], str(data.get("kind"))


@lru_cache(maxsize=64)
def _named(name: str) -> Any:
    from modelwright.rules.check import named

    return named(name)
