"""Transformers: what the words of a kustomization do to all objects at hand (api/internal/builtins, api/filters).

Each takes the objects, its own words and their place. Raises Refused where kustomize stops.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from modelwright.kustomize.fields import FieldSpec, slots
from modelwright.kustomize.ids import Gvk, pattern
from modelwright.kustomize.nodes import (
    INT,
    STR,
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
)
from modelwright.kustomize.refusal import At, Misfit, Refused, below, refuse
from modelwright.kustomize.resource import Resource, Resources

_UNNAMED = (Gvk("", "", "CustomResourceDefinition"), Gvk("apiregistration.k8s.io", "", "APIService"), Gvk("", "", "Namespace"))
"""Kinds whose names no prefix or suffix changes."""


def unfit(what: str, item: Resource, error: Misfit, at: At) -> Refused:
    """A transformer that does not fit an object."""
    return refuse("MW478", f"{what} cannot be applied to {item.id}: {error}", at, related=[("the object", item.at)])


def chosen(spec: FieldSpec, item: Resource) -> bool:
    """Whether a field spec is about an object."""
    return item.gvk.chosen_by(spec.gvk)


def set_texts(
    resources: Resources, pairs: Mapping[str, str], specs: Sequence[FieldSpec], what: str, at: At
) -> None:
    """Labels or annotations: put texts into the maps that specs name."""
    for item in resources:
        gvk = item.gvk
        fitting = [spec for spec in specs if gvk.chosen_by(spec.gvk)]
        for key in sorted(pairs):
            # One value for all maps that lack the key: see `Scalar`.
            shared = text_node(pairs[key], (at, key))
            try:
                for spec in fitting:
                    for slot in list(slots(item.body, spec, Map, at)):
                        _put_text(slot.value, key, shared, spec)
            except Misfit as error:
                raise unfit(what, item, error, at) from None


def _put_text(node: Node, key: str, text: Scalar, spec: FieldSpec) -> None:
    if missing(node):
        return
    if not isinstance(node, Map):
        raise Misfit(f"`{spec.path}` is {kind_of(node)}, not a map")
    put(node, key, text)


def set_namespace(
    resources: Resources,
    namespace: str,
    specs: Sequence[FieldSpec],
    at: At,
    *,
    unset_only: bool = False,
    subjects: str = "defaultOnly",
) -> None:
    """`namespace:`, for all kinds but those known to live outside (api/filters/namespace)."""
    specs = [spec for spec in specs if spec.path != "metadata/namespace"]
    for item in resources:
        if item.gone:
            continue
        item.remember()
        before, name = item.id.key, item.name
        try:
            _into_namespace(item, namespace, specs, at, unset_only, subjects)
        except Misfit as error:
            raise unfit("`namespace`", item, error, at) from None
        if item.name != name:
            resources.changed()
        else:
            resources.moved(item, before)
        twins = [other for other in resources.now(item.id) if other is not item]
        if twins:
            message = f"in namespace {namespace} there would be two of {item.id.gvk.kind} {item.name}"
            raise refuse("MW468", message, at, related=[("the one", item.at), ("the other", twins[0].at)])


def _into_namespace(
    item: Resource, namespace: str, specs: Sequence[FieldSpec], at: At, unset_only: bool, subjects: str
) -> None:
    def write(node: Node) -> Node:
        if unset_only and isinstance(node, Scalar) and not missing(node) and node.text:
            return node
        return in_place_of(node, namespace, STR, at)

    def blank(where: At) -> Node:
        return text_node("", where, "")

    gvk = item.gvk
    if not item.id.cluster:
        for slot in slots(item.body, FieldSpec("metadata/namespace", create=True), blank, at):
            slot.set(write(slot.value))
    if gvk.kind in ("RoleBinding", "ClusterRoleBinding"):
        specs = [s for s in specs if not (s.gvk.kind in ("RoleBinding", "ClusterRoleBinding") and s.path == "subjects/namespace")]
        listed = item.body.get("subjects")
        if subjects != "none" and not missing(listed):
            if not isinstance(listed, Seq):
                raise Misfit(f"`subjects` is {kind_of(listed)}, not a list")
            word, wanted = ("name", "default") if subjects == "defaultOnly" else ("kind", "ServiceAccount")
            for subject in listed:
                if missing(subject):
                    continue
                if not isinstance(subject, Map):
                    raise Misfit("a subject is a map")
                if text_of(subject.get(word)) == wanted and not missing(subject.get(word)):
                    subject["namespace"] = write(subject.get("namespace") or blank(at))
    for spec in specs:
        if gvk.chosen_by(spec.gvk) and (spec.path != "metadata/name" or gvk.api_version == "v1"):
            for slot in list(slots(item.body, spec, blank, at)):
                slot.set(write(slot.value))


def affix(resources: Resources, specs: Sequence[FieldSpec], at: At, *, prefix: str = "", suffix: str = "") -> None:
    """`namePrefix:` or `nameSuffix:`, the fields of custom configurations included."""
    what = "`namePrefix`" if prefix else "`nameSuffix`"
    for item in resources:
        first = item.original.gvk
        if any(first.chosen_by(each) for each in _UNNAMED):
            continue
        for spec in specs:
            if not first.chosen_by(spec.gvk):
                continue
            if spec.path == "metadata/name":
                if prefix:
                    item.prefixes.append(prefix)
                if suffix:
                    item.suffixes.append(suffix)
                item.remember()
            if not chosen(spec, item):
                continue
            try:
                for slot in list(slots(item.body, spec, lambda where: text_node("", where, ""), at)):
                    old = slot.value
                    slot.set(in_place_of(old, prefix + text_of(old) + suffix, "", at))
            except Misfit as error:
                raise unfit(what, item, error, at) from None
    resources.changed()


def set_replicas(resources: Resources, name: str, count: int, specs: Sequence[FieldSpec], at: At) -> None:
    """`replicas:` of one name. Refused where no object of a kind that has replicas has, or had, that name."""
    found = False
    for spec in specs:
        matching = resources.ever(name, lambda each, spec=spec: each.gvk.chosen_by(spec.gvk))  # type: ignore[misc]
        found = found or bool(matching)
        for item in matching:
            if not chosen(spec, item):
                continue
            try:
                for slot in list(slots(item.body, spec, lambda where: text_node("", where, ""), at)):
                    slot.set(in_place_of(slot.value, str(count), INT, (at, "count")))
            except Misfit as error:
                raise unfit("`replicas`", item, error, at) from None
    if not found:
        kinds = ", ".join(sorted({spec.gvk.kind or "any kind" for spec in specs}))
        raise refuse("MW478", f"there is no `{name}` whose replicas could be set", (at, "name"), f"looked for: {kinds}")


def set_images(resources: Resources, image: Mapping[str, str], specs: Sequence[FieldSpec], at: At) -> None:
    """`images:` of one name: first in every list called `containers` or `initContainers`, then where specs say."""
    name = image.get("name", "")
    try:
        matcher = pattern("^" + name + r"(:[a-zA-Z0-9_.{}-]*)?(@sha256:[a-zA-Z0-9_.{}-]*)?$")
    except ValueError as error:
        raise refuse("MW462", f"`{name}` is read as a regular expression, and is none: {error}", below(at, ["name"])) from None

    def renamed(node: Node) -> Node:
        if not isinstance(node, Scalar):
            raise Misfit(f"`image` is {kind_of(node)}")
        if not matcher.search(node.text):
            return node
        return in_place_of(node, _renamed(node.text, image), "", at)

    for item in resources:
        if item.kind == "CustomResourceDefinition":
            continue
        try:
            _in_containers(item.body, renamed)
            for spec in specs:
                if chosen(spec, item):
                    for slot in list(slots(item.body, spec, None, at)):
                        slot.set(renamed(slot.value))
        except Misfit as error:
            raise unfit("`images`", item, error, at) from None


def _in_containers(node: Node, renamed: Any) -> None:
    if isinstance(node, Seq):
        for each in node:
            _in_containers(each, renamed)
    if not isinstance(node, Map):
        return
    for key, value in node.items():
        _in_containers(value, renamed)
        if key in ("containers", "initContainers") and isinstance(value, Seq):
            for container in value:
                if missing(container):
                    continue
                if not isinstance(container, Map):
                    raise Misfit(f"`{key}` holds {kind_of(container)}, not a map")
                if "image" in container:
                    container["image"] = renamed(container["image"])


def _renamed(text: str, image: Mapping[str, str]) -> str:
    name, tag, digest = split_image(text)
    name = image.get("newName") or name
    new_tag, new_digest = image.get("newTag", ""), image.get("digest", "")
    if new_tag or new_digest:
        tag, digest = new_tag, new_digest
    elif image.get("tagSuffix"):
        tag, digest = tag + image["tagSuffix"], ""
    return name + (f":{tag}" if tag else "") + (f"@{digest}" if digest else "")


def split_image(text: str) -> tuple[str, str, str]:
    """Name, tag and digest; a colon before the first slash belongs to the host (api/internal/image)."""
    slash = max(text.find("/"), 0)
    rest = text[slash:]
    at, colon = rest.find("@"), rest.find(":")
    if at < 0 and colon < 0:
        return text, "", ""
    if at >= 0 and (colon < 0 or at < colon):
        return text[: slash + at], "", text[slash + at + 1 :]
    if at >= 0:
        return text[: slash + colon], text[slash + colon + 1 : slash + at], text[slash + at + 1 :]
    return text[: slash + colon], text[slash + colon + 1 :], ""


def child_text(item: Resource, *path: str) -> str:
    """The text at a path of keys; empty where there is none."""
    node: Node | None = item.body
    for key in path:
        node = child(node, key)
    return text_of(node)
