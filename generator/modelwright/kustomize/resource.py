"""One object of a build, and the list of all of them (api/resource, api/resmap)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field

from modelwright.kustomize.ids import Gvk, Id, Selector, gvk_of
from modelwright.kustomize.labels import matches
from modelwright.kustomize.nodes import Map, Node, Scalar, child, copied, empty, put, text_node, text_of
from modelwright.kustomize.refusal import At, Misfit, refuse
from modelwright.kustomize.schema import Knowledge
from modelwright.records import dataclass

_Key = tuple[Gvk, str, str]

ORIGIN = "config.kubernetes.io/origin"
TRANSFORMATIONS = "alpha.config.kubernetes.io/transformations"
INTERNAL = "internal.config.kubernetes.io/"
_NOTES = frozenset(
    [
        *(
            INTERNAL + name
            for name in (
                "previousKinds", "previousNames", "prefixes", "suffixes", "previousNamespaces", "allowNameChange",
                "allowKindChange", "refBy", "generatorBehavior", "needsHashSuffix", "path", "index", "seqindent", "id",
                "annotations-migration-resource-id", "helm-generated",
            )
        ),
        "config.kubernetes.io/path",
        "config.kubernetes.io/index",
        "config.k8s.io/id",
    ]
)
"""Annotations kustomize keeps its own books in (api/resource/resource.go `BuildAnnotations`); no build yields them."""


@dataclass(slots=True, eq=False)
class Resource:
    """An object on its way through a build. What kustomize notes in annotations has fields of its own here."""

    node: Map | None
    """None once a patch has deleted it."""
    at: At
    knowledge: Knowledge
    previous: list[tuple[str, str, str]] = field(default_factory=list)
    """Namespace, name and kind it had before, the oldest first."""
    prefixes: list[str] = field(default_factory=list)
    suffixes: list[str] = field(default_factory=list)
    behavior: str = ""
    hashed: bool = False
    """Whether its name gets the hash of its content."""
    generated: bool = False
    variables: list[str] = field(default_factory=list)
    origin: Mapping[str, object] | None = None
    transformations: list[Mapping[str, object]] = field(default_factory=list)

    @property
    def body(self) -> Map:
        """The object; an empty one where it was deleted."""
        return self.node if self.node is not None else Map(self.at)

    @property
    def gone(self) -> bool:
        return not self.node

    @property
    def kind(self) -> str:
        return text_of(self.body.get("kind"))

    @property
    def gvk(self) -> Gvk:
        return gvk_of(text_of(self.body.get("apiVersion")), self.kind)

    @property
    def name(self) -> str:
        return self._meta("name")

    @property
    def namespace(self) -> str:
        return self._meta("namespace")

    def _meta(self, key: str) -> str:
        found = child(self.body.get("metadata"), key)
        return "" if empty(found) else text_of(found)

    @property
    def id(self) -> Id:
        """What names it now."""
        gvk = self.gvk
        return Id(gvk, self.name, self.namespace, self.knowledge.outside(gvk))

    @property
    def earlier(self) -> list[Id]:
        """What named it before, the oldest first; group and version never change."""
        gvk = self.gvk
        return [Id(Gvk(gvk.group, gvk.version, kind), name, namespace) for namespace, name, kind in self.previous]

    @property
    def ids(self) -> list[Id]:
        return [*self.earlier, self.id]

    @property
    def original(self) -> Id:
        return self.earlier[0] if self.previous else self.id

    @property
    def noted(self) -> bool:
        """Whether kustomize has notes on it, which it would keep in annotations."""
        return bool(self.previous or self.prefixes or self.suffixes or self.behavior or self.hashed)

    def remember(self) -> None:
        """Note the id before something may change it (`StorePreviousId`)."""
        now = self.id
        if not now.name or not now.gvk.kind:
            # Kustomize ends with a panic here.
            raise refuse("MW467", "a patch leaves this object without name or kind", self.at)
        self.previous.append((now.effective, now.name, now.gvk.kind))

    def metadata(self, at: At) -> Map:
        """Its metadata, made where there is none. Raises Misfit."""
        found = self.body.get("metadata")
        if isinstance(found, Map):
            return found
        if not empty(found):
            raise Misfit("`metadata` is no map")
        made = Map(at)
        self.body["metadata"] = made
        return made

    def texts(self, key: str) -> dict[str, str]:
        """Labels or annotations, as texts."""
        found = child(self.body.get("metadata"), key)
        return {name: text_of(value) for name, value in found.items()} if isinstance(found, Map) else {}

    def settle(self, key: str, at: At) -> None:
        """Make labels or annotations a map of texts, or nothing where there are none (`setMapInMetadata`)."""
        metadata = self.metadata(at)
        old = metadata.pop(key, None)
        if not isinstance(old, Map) or not old:
            return
        made = Map(old.at)
        for name in sorted(old):
            value = old[name]
            put(made, name, text_node(text_of(value), value.at))
        metadata[key] = made

    def rename(self, name: str, at: At) -> None:
        put(self.metadata(at), "name", text_node(name, at, ""))

    def copy(self) -> Resource:
        """An independent copy."""
        return Resource(
            copied(self.body) if self.node is not None else None,  # type: ignore[arg-type]
            self.at,
            self.knowledge,
            list(self.previous),
            list(self.prefixes),
            list(self.suffixes),
            self.behavior,
            self.hashed,
            self.generated,
            list(self.variables),
            self.origin,
            list(self.transformations),
        )

    def forget_notes(self) -> None:
        """Drop kustomize's own annotations; the others become texts, as in every build."""
        annotations = child(self.body.get("metadata"), "annotations")
        if isinstance(annotations, Map):
            for key in [k for k in annotations if k in _NOTES or k in (ORIGIN, TRANSFORMATIONS)]:
                del annotations[key]
        self.settle("annotations", self.at)

    def local(self) -> bool:
        """Whether it is configuration that no cluster gets."""
        found = child(child(self.body.get("metadata"), "annotations"), "config.kubernetes.io/local-config")
        return found is not None and text_of(found) != "false"


class Resources:
    """All objects of a build, in order; no two may have one id.

    Ids are indexed when first asked for. Who changes an id says so: `moved` of one object, `changed` of many.
    """

    def __init__(self, items: Iterable[Resource] = ()) -> None:
        self.items: list[Resource] = []
        self._now: dict[_Key, list[Resource]] | None = None
        self._ever: dict[str, list[Resource]] | None = None
        for item in items:
            self.append(item)

    def __iter__(self) -> Iterator[Resource]:
        return iter(list(self.items))

    def __len__(self) -> int:
        return len(self.items)

    def now(self, id_: Id) -> list[Resource]:
        """Those with this id now."""
        if self._now is None:
            self._now = {}
            for item in self.items:
                self._now.setdefault(item.id.key, []).append(item)
        return self._now.get(id_.key, [])

    def changed(self) -> None:
        """Ids may have changed."""
        self._now = self._ever = None

    def moved(self, item: Resource, before: _Key) -> None:
        """The id of one object has changed, its name has not."""
        after = item.id.key
        if self._now is not None and after != before:
            self._now[before].remove(item)
            self._now.setdefault(after, []).append(item)

    def append(self, item: Resource) -> None:
        """Add one. Raises Collision where its id is taken."""
        id_ = item.id
        taken = self.now(id_)
        if taken:
            raise Collision(id_, item, taken[0])
        self.items.append(item)
        if self._now is not None:
            self._now.setdefault(id_.key, []).append(item)
        if self._ever is not None:
            self._note(item)

    def _note(self, item: Resource) -> None:
        assert self._ever is not None
        for name in {item.name, *(name for _, name, _ in item.previous)}:
            self._ever.setdefault(name, []).append(item)

    def called(self, name: str) -> list[Resource]:
        """Those that have or had this name, in order."""
        if self._ever is None:
            self._ever = {}
            for item in self.items:
                item.knowledge.spend(1)
                self._note(item)
        return [item for item in self._ever.get(name, ()) if not item.gone]

    def ever(self, name: str, fits: Callable[[Id], bool]) -> list[Resource]:
        """Those of which an id, now or before, has this name and fits."""
        return [item for item in self.called(name) if any(id_.name == name and fits(id_) for id_ in item.ids)]

    def ever_equal(self, id_: Id) -> list[Resource]:
        """Those that have or had this id."""
        key = id_.key
        return self.ever(id_.name, lambda other: other.key == key)

    def drop_gone(self) -> None:
        """Leave out what patches deleted."""
        if any(item.gone for item in self.items):
            self.items = [item for item in self.items if not item.gone]
            self.changed()

    def select(self, selector: Selector) -> list[Resource]:
        """Those a selector chooses, by the first or the present name and namespace. Raises ValueError, Misfit."""
        selector.check()
        found = []
        for item in self.items:
            item.knowledge.spend(1)
            now, first = item.id, item.original
            if (
                (selector.fits_namespace(first.effective) or selector.fits_namespace(now.effective))
                and (selector.fits_name(first.name) or selector.fits_name(now.name))
                and selector.fits_gvk(now.gvk)
                and matches(selector.labels, item.texts("labels"))
                and matches(selector.annotations, item.texts("annotations"))
            ):
                found.append(item)
        return found


class Collision(Misfit):
    """Two objects with one id."""

    def __init__(self, id_: Id, item: Resource, other: Resource) -> None:
        super().__init__(f"{id_} is here twice")
        self.id = id_
        self.item = item
        self.other = other


def is_text(node: Node | None) -> bool:
    """A scalar that is text (kyaml `IsYNodeString`)."""
    return isinstance(node, Scalar) and node.tag in ("", "!!str")
