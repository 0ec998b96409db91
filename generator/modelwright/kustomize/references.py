"""Names that objects call each other by, set right after names have changed (api/filters/nameref)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from modelwright.kustomize.config import Reference
from modelwright.kustomize.fields import FieldSpec, Slot, slots
from modelwright.kustomize.ids import Gvk
from modelwright.kustomize.nodes import (
    NULL,
    Map,
    Node,
    Scalar,
    Seq,
    child,
    in_place_of,
    kind_of,
    missing,
    put,
    text_node,
    text_of,
    value_of,
)
from modelwright.kustomize.refusal import Misfit, refuse
from modelwright.kustomize.resource import Resource, Resources


def follow(resources: Resources, references: Sequence[Reference]) -> None:
    """Make every known reference name its object as it is called now. Raises Refused where two could be meant."""
    renamed: dict[str, list[Resource]] = {}
    for item in resources:
        for name in dict.fromkeys(name for _, name, _ in item.previous):
            renamed.setdefault(name, []).append(item)
    by_kind: dict[str, list[tuple[FieldSpec, Gvk]]] = {}
    for reference in references:
        for spec in reference.fields:
            by_kind.setdefault(spec.gvk.kind, []).append((spec, reference.target))
    for item in resources:
        first = item.original.gvk
        known = [*by_kind.get(first.kind, ()), *by_kind.get("", ())]
        fields = [(spec, target) for spec, target in known if first.chosen_by(spec.gvk)]
        if not fields:
            continue
        _check(item)
        if renamed:
            follower = _Follower(item, renamed, resources)
            for spec, target in fields:
                follower.field(spec, target)


def _check(item: Resource) -> None:
    """What kustomize takes for granted of an object with references; it ends with a panic where that is not so."""
    version = item.body.get("apiVersion")
    if isinstance(version, Scalar) and version.tag == NULL and version.text:
        raise refuse("MW467", f"{item.kind} {item.name} has no `apiVersion`", item.at)
    subjects = item.body.get("subjects")
    for subject in subjects if item.kind == "RoleBinding" and isinstance(subjects, Seq) else ():
        if not isinstance(subject, Map):
            raise refuse("MW476", "a subject of a role binding is a map", subject.at)
        kind, namespace = subject.get("kind"), subject.get("namespace")
        if kind is None or namespace is None:
            continue
        if not _is_text(kind) or (text_of(kind) == "ServiceAccount" and not _is_text(namespace)):
            raise refuse("MW476", "kind and namespace of a subject are text", subject.at)


def _is_text(node: Node) -> bool:
    try:
        return isinstance(node, Scalar) and isinstance(value_of(node), str)
    except Misfit:
        return False


class _Follower:
    """The references of one object."""

    def __init__(self, item: Resource, renamed: dict[str, list[Resource]], everyone: Resources) -> None:
        self.item = item
        self.id = item.id
        self.renamed = renamed
        self.everyone = everyone
        self._account_namespaces: set[str] | None = None

    def field(self, spec: FieldSpec, target: Gvk) -> None:
        try:
            for slot in list(slots(self.item.body, FieldSpec(spec.path), None, self.item.at)):
                self._set(slot, spec, target)
        except Misfit as error:
            message = f"the name at `{spec.path}` of {self.id} cannot be followed: {error}"
            raise refuse("MW476", message, self.item.at) from None

    def _set(self, slot: Slot, spec: FieldSpec, target: Gvk) -> None:
        node = slot.value
        if missing(node):
            return
        if isinstance(node, Scalar):
            slot.set(self._named(node, spec, target))
        elif isinstance(node, Map):
            self._mapped(node, spec, target)
        else:
            for index, each in enumerate(node):
                if missing(each):
                    continue
                if isinstance(each, Map):
                    self._mapped(each, spec, target)
                elif isinstance(each, Scalar):
                    node[index] = self._named(each, spec, target)
                else:
                    raise Misfit(f"it holds {kind_of(each)}")

    def _named(self, node: Scalar, spec: FieldSpec, target: Gvk) -> Node:
        found = self._choose(node.text, self._visible(node.text), spec, target, lambda each: (each.name,))
        if found is None or found.name == node.text:
            return node
        return in_place_of(node, found.name, "", node.at)

    def _mapped(self, node: Map, spec: FieldSpec, target: Gvk) -> None:
        named = node.get("name")
        if named is None:
            raise Misfit("there is no `name` in it")
        name = text_of(named)
        candidates = self._visible(name)
        space = node.get("namespace")
        if space is not None:
            wanted = text_of(space)
            first = [each for each in candidates if each.original.effective == wanted]
            known = first or any(each.original.effective == wanted for each in self.everyone if self._reaches(each))
            candidates = first if known else [each for each in candidates if each.id.effective == wanted]
        found = self._choose(name, candidates, spec, target, lambda each: (each.name, each.namespace))
        if found is None or (found.name == name and not found.namespace):
            return
        put(node, "name", text_node(found.name, named.at, ""))
        if found.namespace:
            put(node, "namespace", text_node(found.namespace, node.at, ""))

    def _visible(self, name: str) -> list[Resource]:
        return [each for each in self.renamed.get(name, ()) if self._reaches(each)]

    def _reaches(self, other: Resource) -> bool:
        """Whether this object could name another at all (resmap `SubsetThatCouldBeReferencedByResource`)."""
        theirs = other.id
        if self.id.cluster or theirs.cluster or theirs.effective == self.id.effective:
            return True
        if self.item.kind != "RoleBinding":
            return False
        if self._account_namespaces is None:
            subjects = self.item.body.get("subjects")
            if isinstance(subjects, Seq) and not all(isinstance(each, Map) for each in subjects):
                raise Misfit("`subjects` holds something that is no map")
            self._account_namespaces = {
                text_of(child(each, "namespace"))
                for each in (subjects if isinstance(subjects, Seq) else ())
                if text_of(child(each, "kind")) == "ServiceAccount" and child(each, "namespace") is not None
            }
        return other.namespace in self._account_namespaces

    def _choose(
        self,
        name: str,
        candidates: list[Resource],
        spec: FieldSpec,
        target: Gvk,
        identity: Callable[[Resource], tuple[str, ...]],
    ) -> Resource | None:
        """The object a name means (nameref `selectReferral`). Raises Misfit where several different ones could be."""
        fitting = [each for each in candidates if any(old.gvk.chosen_by(target) for old in each.earlier)]
        if spec.path.endswith("roleRef/name"):
            role = self.item.body.get("roleRef")
            group, kind = child(role, "apiGroup"), child(role, "kind")
            if group is not None and kind is not None:
                wanted = Gvk(text_of(group), "", text_of(kind))
                fitting = [each for each in fitting if any(old.gvk.chosen_by(wanted) for old in each.earlier)]
        if not self.id.cluster:
            fitting = [
                each
                for each in fitting
                if each.id.cluster or each.kind == "ServiceAccount" or each.id.effective == self.id.effective
            ]
        if len(fitting) == 1:
            return fitting[0]
        fitting = [each for each in fitting if _same_context(each, self.item, lenient=True)]
        if len(fitting) > 1:
            fitting = [each for each in fitting if _same_context(each, self.item, lenient=False)]
        if not fitting:
            return None
        if len({identity(each) for each in fitting}) > 1:
            names = ", ".join(str(each.id) for each in fitting[:3])
            raise Misfit(f"`{name}` could mean {names}")
        return fitting[0]


def _same_context(one: Resource, other: Resource, *, lenient: bool) -> bool:
    """Whether two objects got the same prefixes and suffixes, as far as the shorter row goes."""
    return all(
        (lenient and (not mine or not theirs)) or _same_end(mine, theirs)
        for mine, theirs in ((one.prefixes, other.prefixes), (one.suffixes, other.suffixes))
    )


def _same_end(one: list[str], other: list[str]) -> bool:
    short, long = sorted((one, other), key=len)
    if not short:
        return not long
    return long[-len(short) :] == short
