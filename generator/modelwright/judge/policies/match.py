"""Which requests a policy is about (kubernetes/apiserver `pkg/admission/plugin/policy/matching/matching.go` and
`webhook/predicates`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from modelwright.records import dataclass
from modelwright.typed import Any

EXEMPT = frozenset(
    f"{change}{what}"
    for change in ("Validating", "Mutating")
    for what in ("WebhookConfiguration", "AdmissionPolicy", "AdmissionPolicyBinding")
)
"""Kinds of admissionregistration.k8s.io that no policy sees: a bad one could not be mended."""


class UnknownLabelsError(Exception):
    """The labels of the request's namespace are not known, and they decide."""


@dataclass(frozen=True, slots=True)
class Request:
    """An object that somebody creates, or changes."""

    group: str
    version: str
    kind: str
    resource: str
    """Plural, in lower case."""
    name: str
    namespace: str
    """Empty for kinds without one; of a Namespace, its own name."""
    data: Mapping[str, Any]
    """As it was written."""
    namespace_labels: Mapping[str, str] | None
    """None where nothing is known of the namespace."""
    old: Mapping[str, Any] | None = None
    """What it was before, of a change."""
    others: Callable[[], tuple[str, ...]] = tuple
    """Finds the further versions under which the cluster serves the same objects."""

    @property
    def operation(self) -> str:
        """As rules name it."""
        return "CREATE" if self.old is None else "UPDATE"

    @property
    def is_namespace(self) -> bool:
        return self.group == "" and self.resource == "namespaces"


def plural(kind: str) -> str:
    """The resource of a kind that no definition names, by the rule that those built into Kubernetes follow
    (kubernetes/apimachinery `pkg/api/meta/restmapper.go`, `UnsafeGuessKindToResource`)."""
    word = kind.lower()
    if word.endswith("endpoints"):
        return word
    if word.endswith("s"):
        return f"{word}es"
    return f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"


def matches(resources: Mapping[str, Any], request: Request) -> str:
    """The version of the object that is judged, or nothing where the request is not meant.

    Raises `UnknownLabelsError` where only the labels of the namespace could tell.
    """
    both = (request.data, *([request.old] if request.old is not None else []))
    if not any(selects(resources.get("objectSelector"), labels_of(each)) for each in both):
        return ""
    exact = resources.get("matchPolicy") == "Exact"
    if _by_rules(resources.get("excludeResourceRules") or (), request, exact):
        return ""
    rules = resources.get("resourceRules") or ()
    version = _by_rules(rules, request, exact) if rules else request.version
    if not version:
        return ""
    return version if _namespace_selected(resources.get("namespaceSelector"), request) else ""


def _namespace_selected(selector: Mapping[str, Any] | None, request: Request) -> bool:
    if not _says(selector) or (not request.namespace and not request.is_namespace):
        return True
    known = labels_of(request.data) if request.is_namespace else request.namespace_labels
    name = {"kubernetes.io/metadata.name": request.name if request.is_namespace else request.namespace}
    if known is None:
        words = {*(selector or {}).get("matchLabels", {}), *(e.get("key") for e in (selector or {}).get("matchExpressions", ()))}
        if not words <= set(name):
            raise UnknownLabelsError
    return selects(selector, {**(known or {}), **name})


def _by_rules(rules: Iterable[Mapping[str, Any]], request: Request, exact: bool) -> str:
    """The version under which a rule means the request: its own first, then another one that the cluster converts to."""
    meant = [rule for rule in rules if _rule(rule, request)]
    if any(_one_of(rule.get("apiVersions"), request.version) for rule in meant):
        return request.version
    others = request.others() if meant and not exact else ()
    return next((v for v in others if any(_one_of(rule.get("apiVersions"), v) for rule in meant)), "")


def _rule(rule: Mapping[str, Any], request: Request) -> bool:
    """Whether a rule means the request, in whatever version."""
    scope = rule.get("scope") or "*"
    cluster = request.is_namespace or not request.namespace
    if scope != "*" and (scope == "Cluster") != cluster:
        return False
    named = rule.get("resourceNames") or ()
    return (
        _one_of(rule.get("operations"), request.operation)
        and _one_of(rule.get("apiGroups"), request.group)
        and any(_resource(each, request.resource) for each in rule.get("resources") or ())
        and (not named or request.name in named)
    )


def _one_of(words: Iterable[str] | None, wanted: str) -> bool:
    return any(word in ("*", wanted) for word in words or ())


def _resource(word: str, wanted: str) -> bool:
    """`pods`, `*`, `*/*` and `pods/*` mean pods; `pods/log` and `*/scale` only what is below them."""
    resource, _, below = word.partition("/")
    return resource in ("*", wanted) and below in ("", "*")


def labels_of(data: Mapping[str, Any]) -> Mapping[str, str]:
    """The labels of an object."""
    metadata = data.get("metadata")
    labels = metadata.get("labels") if isinstance(metadata, Mapping) else None
    return labels if isinstance(labels, Mapping) else {}


def _says(selector: Mapping[str, Any] | None) -> bool:
    return bool(selector and (selector.get("matchLabels") or selector.get("matchExpressions")))


def selects(selector: Mapping[str, Any] | None, labels: Mapping[str, str]) -> bool:
    """Whether a label selector means an object with these labels; one that says nothing means all."""
    if not selector:
        return True
    wanted = selector.get("matchLabels") or {}
    if any(labels.get(key) != value for key, value in wanted.items()):
        return False
    return all(_expression(each, labels) for each in selector.get("matchExpressions") or ())


def _expression(each: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    key, operator, values = each.get("key"), each.get("operator"), each.get("values") or ()
    if operator == "In":
        return labels.get(str(key)) in values
    if operator == "NotIn":
        return labels.get(str(key)) not in values
    return (key in labels) == (operator == "Exists")
