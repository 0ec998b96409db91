"""What the server says of a change that it would not say of a new object, and what it forgives because it did not change.

Custom kinds: rules that compare with the object before (judge/expressions.py), and ratcheting, always on since Kubernetes
1.33: what is wrong in a part that is as it was is no error (kubernetes/apiextensions-apiserver
`pkg/apiserver/validation/ratcheting.go`, correlated as in kubernetes/apiserver `pkg/cel/common/equality.go`).
Kinds of Kubernetes itself: fields that cannot be changed (`Validate*Update` in kubernetes/kubernetes
`pkg/apis/*/validation`, and the strategies in `pkg/registry`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from modelwright.judge.catalog import KindSchema, Schema
from modelwright.judge.facts import ABSENT, Absent, Finding, Schemas
from modelwright.judge.names import Note
from modelwright.model import Path
from modelwright.records import dataclass
from modelwright.typed import Any

Identity = tuple[str, str, str, str]
"""Group, kind, namespace, name."""

Objects = Mapping[Identity, Mapping[str, Any]]
"""The objects before, by what tells them apart."""


def identity(data: Mapping[str, Any]) -> Identity | None:
    """What tells an object apart from others; None where it is not named yet."""
    metadata = data.get("metadata")
    name = metadata.get("name") if isinstance(metadata, Mapping) else None
    if not isinstance(name, str) or not name or not isinstance(metadata, Mapping):
        return None
    group = str(data.get("apiVersion")).rpartition("/")[0]
    return group, str(data.get("kind")), str(metadata.get("namespace") or ""), name


def by_identity(objects: Iterable[Mapping[str, Any]]) -> Objects:
    """Objects by their identity, those inside of a List too; of two alike the last."""
    found: dict[Identity, Mapping[str, Any]] = {}
    for data in objects:
        items = data.get("items") if data.get("kind") == "List" else None
        for each in items if isinstance(items, list) else [data]:
            key = identity(each) if isinstance(each, Mapping) else None
            if key:
                found[key] = each
    return found


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values are the same; `true` is not 1."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


# --- custom kinds -------------------------------------------------------------------------------------------------------


def child_before(schema: Mapping[str, Any], value: Any, before: Any, step: str | int) -> Any:
    """The value before of a child of `value`; ABSENT where there was none, or none can be told to be it.

    Items of a list are told by their keys; of a list without keys they are not told at all.
    """
    if isinstance(step, str):
        return before.get(step, ABSENT) if isinstance(before, dict) else ABSENT
    keys = schema.get("x-kubernetes-list-map-keys", ())
    if schema.get("x-kubernetes-list-type") != "map" or not isinstance(before, list):
        return ABSENT
    wanted = _keyed(value[step], keys)
    if wanted is not None:
        for item in before:
            if same(_keyed(item, keys), wanted):
                return item
    return ABSENT


def _keyed(item: Any, keys: Sequence[str]) -> list[Any] | None:
    """The values of an item's keys; None where it lacks one."""
    found = [item.get(key) for key in keys] if isinstance(item, dict) else [None]
    return found if all(isinstance(each, str | int | float) for each in found) else None


Get = Callable[[Schema], Schema]
"""What a reference in a schema stands for."""


def unchanged(get: Get, node: Schema, value: Any, before: Any) -> bool:
    """Whether a part is as it was, as the server tells it: what it cannot follow by the schema, it takes for changed."""
    if value is None or before is None:
        return value is before
    node = get(node)
    if isinstance(value, list) and isinstance(before, list) and node.get("x-kubernetes-list-type") == "map":
        items = node.get("items", {})
        pairs = [(each, child_before(node, value, before, index)) for index, each in enumerate(value)]
        return len(value) == len(before) and all(
            not isinstance(old, Absent) and unchanged(get, items, each, old) for each, old in pairs
        )
    if isinstance(value, dict) and isinstance(before, dict):
        return value.keys() == before.keys() and all(
            (below := inside(node, name)) is not None and unchanged(get, below, value[name], before[name]) for name in value
        )
    return same(value, before)


def inside(node: Schema, step: str | int) -> Schema | None:
    """The schema of a child, not resolved; None where the schema says nothing of it."""
    below = node.get("items") if isinstance(step, int) else node.get("properties", {}).get(step)
    below = below if below is not None else node.get("additionalProperties")
    return below if isinstance(below, dict) else None


def left(kind: KindSchema, found: Sequence[Finding], data: Any, before: Any) -> list[Finding]:
    """Of what does not fit a schema that which the server does not forgive."""
    if not found:
        return []
    from modelwright.judge.kept import kept, ordered
    from modelwright.judge.schema import explain

    new, old = kept(kind, data)[0], kept(kind, before)[0]
    repeated = any(each.rule == "unique" for each in explain(kind, before))
    schemas = Schemas(kind.schema, kind.custom)

    def forgiven(each: Finding) -> bool:
        if each.defect in ("unknown", "null") or each.machine or each.path[:1] == ("metadata",):
            return False
        return repeated if each.rule == "unique" else _unchanged(schemas, each, new, old)

    kept_ones = [each for each in found if not forgiven(each)]
    # Fields below a value of a wrong type were not told beside it; they are still unknown.
    bare = {each.path for each in found if each.defect == "type"} - {each.path for each in kept_ones}
    more = [each for each in kept(kind, data)[1] if any(each.path[:n] in bare for n in range(1, len(each.path)))]
    return ordered([*kept_ones, *more], data) if more else kept_ones


def _unchanged(schemas: Schemas, finding: Finding, value: Any, before: Any) -> bool:
    """Whether the part that a finding is about, or one around it, is as it was."""
    path = finding.path[:-1] if finding.defect == "missing" or _missing(value, finding.path) else finding.path
    node = schemas.get(schemas.root)
    for depth, step in enumerate(path):
        if unchanged(schemas.get, node, value, before):
            return True
        if depth == 0 and step in ("apiVersion", "kind"):
            return False
        below, inner = child_before(node, value, before, step), inside(node, step)
        if isinstance(below, Absent) or inner is None or _missing(value, (step,)):
            return False
        node, value, before = schemas.get(inner), value[step], below
    return unchanged(schemas.get, node, value, before)


def _missing(value: Any, path: Path) -> bool:
    try:
        for step in path:
            value = value[step]
    except (KeyError, IndexError, TypeError):
        return True
    return False


# --- kinds of Kubernetes itself -------------------------------------------------------------------------------------------

When = Callable[[Mapping[str, Any], Mapping[str, Any]], bool]


@dataclass(frozen=True, slots=True)
class Fixed:
    """A field that cannot be changed. `default` is what the server makes of an absent one; `when` (of the object before and
    the new one) says whether it holds; `instead` is what to do."""

    path: Path
    default: Any = None
    when: When | None = None
    instead: str = "delete the object first, or give the new one another name"


def _at(data: Any, path: Path) -> Any:
    for step in path:
        data = data.get(step) if isinstance(data, Mapping) else None
    return data


def _frozen(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    return old.get("immutable") is True


def _stated(*path: str) -> When:
    """Only where both state it: the server keeps what an update leaves out."""
    return lambda old, new: bool(_at(old, path)) and bool(_at(new, path))


def _with_addresses(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    external = any(_at(each, ("spec", "type")) == "ExternalName" for each in (old, new))
    return not external and _stated("spec", "clusterIP")(old, new)


def _not_scaled(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """An Indexed Job may change completions and parallelism together."""
    wanted = _at(new, ("spec", "completions"))
    return _at(new, ("spec", "completionMode")) != "Indexed" or wanted is None or wanted != _at(new, ("spec", "parallelism"))


def _not_suspended(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Of a Job that has not begun, where it is to run may still be changed."""
    return _at(old, ("spec", "suspend")) is not True


_RENAME = "give the Job another name, or let `generateName` make one"
_SELECTOR = (Fixed(("spec", "selector")),)
_OF_SECRETS = tuple(Fixed((name,), when=_frozen) for name in ("data", "immutable"))
FIXED: Mapping[tuple[str, str], tuple[Fixed, ...]] = {
    ("apps", "Deployment"): _SELECTOR,
    ("apps", "ReplicaSet"): _SELECTOR,
    ("apps", "DaemonSet"): _SELECTOR,
    ("apps", "StatefulSet"): (
        *_SELECTOR,
        Fixed(("spec", "serviceName"), default=""),
        Fixed(("spec", "podManagementPolicy"), default="OrderedReady"),
        Fixed(("spec", "volumeClaimTemplates"), default=[]),
    ),
    ("batch", "Job"): (
        Fixed(("spec", "selector"), instead=_RENAME),
        Fixed(("spec", "template"), when=_not_suspended, instead=_RENAME),
        Fixed(("spec", "completions"), when=_not_scaled, instead=_RENAME),
        Fixed(("spec", "completionMode"), default="NonIndexed", instead=_RENAME),
        *(Fixed(("spec", name), instead=_RENAME) for name in ("podFailurePolicy", "successPolicy", "backoffLimitPerIndex", "managedBy")),
    ),
    ("", "Secret"): (Fixed(("type",), default="Opaque"), *_OF_SECRETS, Fixed(("stringData",), when=_frozen)),
    ("", "ConfigMap"): (*_OF_SECRETS, Fixed(("binaryData",), when=_frozen)),
    ("", "Service"): (Fixed(("spec", "clusterIP"), when=_with_addresses),),
    ("", "PersistentVolumeClaim"): (
        Fixed(("spec", "accessModes")),
        Fixed(("spec", "storageClassName"), when=_stated("spec", "storageClassName")),
        Fixed(("spec", "volumeMode"), default="Filesystem"),
        Fixed(("spec", "volumeName"), when=_stated("spec", "volumeName")),
        Fixed(("spec", "selector")),
        Fixed(("spec", "dataSource"), when=_stated("spec", "dataSource")),
        Fixed(("spec", "dataSourceRef"), when=_stated("spec", "dataSourceRef")),
        Fixed(("spec", "resources", "limits")),
    ),
    ("", "PersistentVolume"): (Fixed(("spec", "volumeMode"), default="Filesystem"),),
    ("rbac.authorization.k8s.io", "RoleBinding"): (Fixed(("roleRef",)),),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): (Fixed(("roleRef",)),),
    ("storage.k8s.io", "StorageClass"): (
        Fixed(("parameters",), default={}),
        Fixed(("provisioner",)),
        Fixed(("reclaimPolicy",), default="Delete"),
        Fixed(("volumeBindingMode",), default="Immediate"),
    ),
    ("scheduling.k8s.io", "PriorityClass"): (
        Fixed(("value",), default=0),
        Fixed(("preemptionPolicy",), default="PreemptLowerPriority"),
    ),
    ("networking.k8s.io", "IngressClass"): (Fixed(("spec", "controller")),),
    ("node.k8s.io", "RuntimeClass"): (Fixed(("handler",)),),
    ("resource.k8s.io", "ResourceClaim"): (Fixed(("spec",)),),
    ("resource.k8s.io", "ResourceClaimTemplate"): (Fixed(("spec",)),),
}
"""Group and kind -> the fields that an update cannot change."""


def fixed_notes(new: Mapping[str, Any], old: Mapping[str, Any]) -> Iterator[Note]:
    """The fields of a kind of Kubernetes itself that were changed and cannot be."""
    group, kind = str(new.get("apiVersion")).rpartition("/")[0], str(new.get("kind"))
    for each in FIXED.get((group, kind), ()):
        before, after = _settled(old, each), _settled(new, each)
        if same(before, after) or (each.when and not each.when(old, new)):
            continue
        name = ".".join(map(str, each.path))
        yield "MW602", each.path, f"`{name}` of a {kind} cannot be changed", each.instead
    if (group, kind) == ("", "PersistentVolumeClaim"):
        yield from _shrunk(new, old)


def _settled(data: Mapping[str, Any], each: Fixed) -> Any:
    value = _at(data, each.path)
    return each.default if value is None else value


def _shrunk(new: Mapping[str, Any], old: Mapping[str, Any]) -> Iterator[Note]:
    from modelwright.quantities import quantity

    path: Path = ("spec", "resources", "requests", "storage")
    before, after = (quantity(str(_at(each, path) or "")) for each in (old, new))
    if before is not None and after is not None and after < before:
        message = f"a claim cannot shrink: it was `{_at(old, path)}`"
        yield "MW602", path, message, "ask for as much as before, or make a new claim and copy the data"
