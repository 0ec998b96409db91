"""References between objects: what each asks for and what each offers, put together once.

Files and chunks of components are judged alone, anywhere, in any order; each gives rows: an `Ask` for every reference
that nothing beside it answers, an `Offer` for every object. Here the rows of all of them meet, by tables, so that the
cost is that of reading them.

What nothing answers may still be there: somebody made it by hand, another repository has it, an operator makes it.
Only where what is judged owns the namespace, its lack is `broken`; elsewhere it is a note.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from modelwright.model import Path, Place
from modelwright.problems import Effect, Problem, Resource, Severity, closest
from modelwright.records import dataclass, replace
from modelwright.typed import NamedTuple

ANYWHERE = "*"
"""A namespace that is not known: every one will do."""
HINTED = 50
"""So many problems get a hint that takes a search."""
SEARCHED = 500
"""Names that one search looks at."""

Keys = tuple[str, ...] | None
"""What is in an object, such as the keys of a Secret; None where that is not known."""
Kind = tuple[str, str]
"""Group and kind."""


@dataclass(frozen=True, slots=True)
class Ask:
    """An object that refers to another."""

    check: str
    """Which check of the rules found it: `CODE/target/file/number`."""
    effect: Effect
    target: tuple[str, str, str, str, str]
    """Group, kind, namespace, name, and the key in it, if one is meant."""
    path: Path
    resource: Resource
    place: Place | None = None
    line: int = 0
    """Line above which `place` does not count documents, in a file that was read in pieces."""
    lacks: bool = False
    """Whether the object is there, beside the one that asks, but without the key."""

    @property
    def code(self) -> str:
        return self.check.partition("/")[0]


class Offer(NamedTuple):
    """An object that others may refer to, whether it is among the manifests or made from one."""

    group: str
    kind: str
    namespace: str
    name: str
    keys: Keys = None
    makes: bool = False
    """Whether a controller makes more beside it, with names that start with its own."""


@dataclass(frozen=True, slots=True)
class Links:
    """What objects that are judged together ask for and offer."""

    asks: tuple[Ask, ...] = ()
    offers: tuple[Offer, ...] = ()

    @staticmethod
    def together(parts: Iterable[Links]) -> Links:
        """The rows of all, in order."""
        parts = tuple(parts)
        return Links(tuple(a for each in parts for a in each.asks), tuple(o for each in parts for o in each.offers))


class Register:
    """All that is offered."""

    def __init__(self, offers: Iterable[Offer] = ()) -> None:
        self._found: dict[tuple[str, str, str], dict[str, Keys]] = {}
        self._makers: set[tuple[str, str]] = set()
        self._names: dict[tuple[str, str, str], list[str]] | None = None
        for offer in offers:
            self.add(offer)

    def add(self, offer: Offer) -> None:
        """One more; of the same object offered twice, all keys count."""
        known = self._found.setdefault((offer.group, offer.kind, offer.name), {})
        keys = offer.keys
        if offer.namespace in known:
            before = known[offer.namespace]
            keys = None if before is None or keys is None else (*before, *keys)
        known[offer.namespace] = keys
        if offer.makes:
            self._makers.add((offer.namespace, offer.name))

    def answers(self, ask: Ask) -> tuple[bool, list[Keys]]:
        """Whether there is such an object with such a key; and what is known to be in those of that name."""
        group, kind, namespace, name, key = ask.target
        known = self._found.get((group, kind, name)) or self._found.get((ANYWHERE, kind, name))
        known = known or self._found.get((ANYWHERE, kind, ANYWHERE))
        if known is None:
            return False, []
        if namespace in ("", ANYWHERE) or ANYWHERE in known:
            found = list(known.values())
        else:
            # An object that states no namespace gets one from whoever applies it.
            found = [known[each] for each in (namespace, "") if each in known]
        return any(keys is None or not key or key in keys for keys in found), found

    def made(self, ask: Ask) -> bool:
        """Whether a controller may make it, going by its name."""
        _, kind, namespace, name, _ = ask.target
        places = (namespace, "") if namespace else ("",)
        if kind in MADE and any(self._of_model(MADE[kind], place, name) for place in places):
            return True
        if not self._makers:
            return False
        ends = [end for end, letter in enumerate(name) if letter in "-."] + [len(name)]
        return any((place, name[:end]) in self._makers for place in places for end in ends)

    def _of_model(self, makers: Mapping[Kind, tuple[str, ...]], namespace: str, name: str) -> bool:
        return any(
            name.endswith(end) and namespace in self._found.get((group, kind, name.removesuffix(end)), ())
            for (group, kind), ends in makers.items()
            for end in ends
        )

    def owns(self, namespace: str) -> bool:
        """Whether the namespace itself is among what is judged."""
        return bool(namespace) and ("", "Namespace", namespace) in self._found

    def near(self, ask: Ask) -> str:
        """What may have been meant, in words; empty where nothing is near."""
        group, kind, namespace, name, _ = ask.target
        elsewhere = sorted(filter(None, self._found.get((group, kind, name), ())))
        if elsewhere:
            return f"there is one in namespace `{elsewhere[0]}`"
        if self._names is None:
            self._names = {}
            for (of, what, called), places in self._found.items():
                for place in places:
                    self._names.setdefault((of, what, place), []).append(called)
        names = [each for place in dict.fromkeys((namespace, "")) for each in self._names.get((group, kind, place), ())]
        found = closest(name, names[:SEARCHED])
        return f"did you mean `{found}`?" if found else ""


def open_asks(asks: Iterable[Ask], register: Register) -> Iterator[Ask]:
    """Those that nothing beside them answers: `lacks` tells which find the object, without the key."""
    for ask in asks:
        answered, found = register.answers(ask)
        if not answered:
            yield replace(ask, lacks=True) if found and not ask.lacks else ask


@dataclass(frozen=True, slots=True)
class Lack:
    """An ask that nothing answers."""

    ask: Ask
    keys: tuple[str, ...] | None
    """What is in the object, where it lacks the key; None where there is no such object."""
    sure: bool
    """Whether it cannot be there by other means."""

    def problem(self, register: Register, search: bool = True, otherwise: str = "", doubt: Severity = "note") -> Problem:
        """In words. `search`: also for what may have been meant; `otherwise`: the hint where nothing is near; `doubt`: how
        severe it is where it may be there by other means."""
        ask, hint = self.ask, ""
        _, kind, _, name, key = ask.target
        if self.keys is None:
            message = f"{'there is no' if self.sure else 'nothing here makes'} {kind} `{name}`"
            hint = (register.near(ask) if search else "") or _hint(ask.check) or otherwise
        else:
            message = f"{kind} `{name}` has no key `{key}`"
            near = closest(key, self.keys[:SEARCHED]) if search else ""
            hint = f"did you mean `{near}`?" if near else f"its keys: {', '.join(f'`{each}`' for each in self.keys[:12])}"
            ask = _at_key(ask)
        problem = Problem(ask.code, message, ask.place, hint, ask.effect, resource=ask.resource, path=ask.path)
        return problem if self.sure else replace(problem, level=doubt)


def _at_key(ask: Ask) -> Ask:
    """Placed at the key rather than at the name beside it."""
    if ask.path[-1:] != ("name",):
        return ask
    place = ask.place
    if place is not None and place.path[-2:] == ask.path[-2:]:
        place = replace(place, path=(*place.path[:-1], "key"))
    return replace(ask, path=(*ask.path[:-1], "key"), place=place)


def unanswered(asks: Iterable[Ask], register: Register, owns: Callable[[str], bool]) -> Iterator[Lack]:
    """What nothing answers, in the order of asks. `owns` tells whether a namespace holds only what is judged."""
    for ask in asks:
        answered, found = register.answers(ask)
        if answered or (not found and (_built_in(ask) or register.made(ask))):
            continue
        keys = tuple(sorted({each for keys in found for each in keys or ()})) if found else None
        yield Lack(ask, keys, (ask.lacks and bool(found)) or owns(ask.target[2]))


def _hint(check: str) -> str:
    """The check's own words."""
    from modelwright.rules.engine import hint

    return hint(check)


_PARTS = tuple(f"-{part}{more}" for part in ("predictor", "transformer", "explainer") for more in ("", "-default"))
_KSERVE = "serving.kserve.io"
MADE: Mapping[str, Mapping[Kind, tuple[str, ...]]] = {
    "Service": {
        (_KSERVE, "InferenceService"): ("", *_PARTS, "-metrics"),
        (_KSERVE, "InferenceGraph"): ("",),
        (_KSERVE, "LLMInferenceService"): ("-kserve-workload-svc", "-epp-service"),
        ("serving.knative.dev", "Service"): ("",),
    },
    "Deployment": {
        (_KSERVE, "InferenceService"): _PARTS,
        (_KSERVE, "InferenceGraph"): ("",),
        (_KSERVE, "LLMInferenceService"): ("-kserve", "-kserve-prefill"),
    },
}
"""How what controllers make is called: their object's name, and an end (kserve pkg/constants; llmisvc router, workload)."""
_BUILT_IN: Mapping[str, tuple[str, ...]] = {
    "ServiceAccount": ("default", "builder", "deployer", "pipeline", "pipeline-runner", "default-editor", "default-viewer"),
    "ConfigMap": ("kube-root-ca.crt", "openshift-service-ca.crt", "odh-trusted-ca-bundle", "odh-kserve-custom-ca-bundle"),
    "PriorityClass": ("system-cluster-critical", "system-node-critical"),
    "ClusterRole": ("admin", "cluster-admin", "edit", "view"),
    "Namespace": ("default", "kube-system", "kube-public", "kube-node-lease"),
    "Service": ("kubernetes",),
}
"""What every cluster has, or every namespace of some distribution."""


def _built_in(ask: Ask) -> bool:
    _, kind, _, name, _ = ask.target
    return name in _BUILT_IN.get(kind, ()) or (kind.endswith("Role") and name.startswith("system:"))
