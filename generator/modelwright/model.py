"""The nouns that travel through the rooms. All frozen: a room returns new values, it never edits old ones."""

from __future__ import annotations

from collections.abc import Mapping

from modelwright.records import dataclass, field, replace
from modelwright.typed import Any

Path = tuple[str | int, ...]
"""Where a value sits in a document: keys and list indexes from the root, `("spec", "args", 0)`."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of text in a file. Lines and columns count from 1, in characters; the end is exclusive."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Place:
    """A value named by its path. It costs nothing to make; a report turns it into a `Mark` when it prints."""

    file: str
    document: int = 0
    """Index of the YAML document in the file, from 0."""
    path: Path = ()
    key: bool = False
    """True when the key is meant rather than the value (an unknown field, say)."""


@dataclass(frozen=True, slots=True)
class Source:
    """One text file of the workspace; `path` is relative to the workspace, with `/` between its parts."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Document:
    """One blueprint: a YAML document a person wrote, as they wrote it."""

    kind: str
    name: str
    data: Mapping[str, Any]
    file: str
    index: int = 0

    def place(self, path: Path = (), *, key: bool = False) -> Place:
        """The place of `path` in this document."""
        return Place(self.file, self.index, path, key)


@dataclass(frozen=True, slots=True)
class Layer:
    """One contribution to a variant's values: the part of `document` below `path`, in the author's own form.

    `below` is where that part lands in the values: an override at `("spec", "environments", "dev")`
    lands below `("spec",)`.
    """

    document: Document
    path: Path = ()
    below: Path = ()

    def reach(self, path: Path) -> tuple[bool, int]:
        """Whether this layer says the value at `path`, and how many steps of `path` were written in it (0: none).

        A shorthand says all that its long form holds: `replicas: 2` says `replicas.min`. A map says only what is in it.
        """
        if path[: len(self.below)] != self.below:
            return False, 0
        node: Any = self.document.data
        for step in self.path:
            if not _has(node, step):
                return False, 0
            node = node[step]
        steps = len(self.below)
        for step in path[steps:]:
            if not _has(node, step):
                break
            node = node[step]
            steps += 1
        said = steps == len(path) or not isinstance(node, Mapping)
        return (said, steps) if steps > len(self.below) else (False, 0)

    def place(self, path: Path, steps: int) -> Place:
        """The place of the first `steps` steps of the values' `path` in this layer's document."""
        return self.document.place((*self.path, *path[len(self.below) : steps]))


def _has(node: Any, step: str | int) -> bool:
    if isinstance(step, int):
        return isinstance(node, list) and -len(node) <= step < len(node)
    return isinstance(node, Mapping) and step in node


@dataclass(frozen=True, slots=True)
class Variant:
    """A component resolved for one environment.

    `values` is what templates read, in the blueprint's own words: `metadata`, `spec` (long form, overrides
    merged) and `size` (what the environment means by the named size). `layers` go from the weakest
    to the strongest and tell where a value was written.
    """

    document: Document
    environment: str
    project: str
    namespace: str
    values: Mapping[str, Any]
    layers: tuple[Layer, ...] = ()

    def place(self, path: Path) -> Place:
        """Where the value at `path` was written; the blueprint's name where no layer says any of it."""
        return self.find(path) or self.document.place(("metadata", "name"))

    def find(self, path: Path) -> Place | None:
        """As `place`: the strongest layer that says the value, else the one that reaches deepest; None for neither."""
        best: Layer | None = None
        depth = 0
        for layer in reversed(self.layers):
            said, reach = layer.reach(path)
            if said and reach >= depth:
                return layer.place(path, reach)
            if reach > depth:
                depth, best = reach, layer
        return best.place(path, depth) if best else None


@dataclass(frozen=True, slots=True)
class Manifest:
    """One Kubernetes object, and where its values came from."""

    data: Mapping[str, Any]
    origins: Mapping[Path, tuple[Path, ...]] = field(default_factory=dict)
    """Path in `data` -> paths in the variant's values that the template read for it."""
    variant: Variant | None = None
    template: str = ""
    """Name of the template file it was rendered from; empty for `extras`."""
    place: Place | None = None
    """Where the manifest itself was written, for `extras` and manifests that no blueprint made."""

    @property
    def api_version(self) -> str:
        return str(self.data.get("apiVersion", ""))

    @property
    def kind(self) -> str:
        return str(self.data.get("kind", ""))

    @property
    def name(self) -> str:
        return str(self._metadata.get("name", ""))

    @property
    def namespace(self) -> str:
        return str(self._metadata.get("namespace") or "")

    @property
    def _metadata(self) -> Mapping[str, Any]:
        found = self.data.get("metadata")
        return found if type(found) is dict or isinstance(found, Mapping) else {}

    def having(self, data: Mapping[str, Any]) -> Manifest:
        """The manifest with other data. `dataclasses.replace` does the same, and takes three times as long."""
        return self if data is self.data else Manifest(data, self.origins, self.variant, self.template, self.place)

    def origin(self, path: Path) -> Place | None:
        """The blueprint place behind `path`: the nearest hole at it, above it or below it.

        In a manifest that a person wrote, that is the very field, unless a blueprint's word lies over it.
        """
        for depth in range(len(path), 0, -1):
            sources = self.origins.get(path[:depth])
            if self.variant and sources:
                # What is below a word in the manifest was written below it in the blueprint, if under the same keys.
                places = (self.variant.find((*source, *path[depth:])) for source in sources)
                return next(filter(None, places), None) or self.variant.place(sources[0])
        if self.place is not None or self.variant is None:
            return self.place and replace(self.place, path=(*self.place.path, *path))
        below = [p for p in self.origins if p[: len(path)] == path]
        if below:
            return self.variant.place(self.origins[min(below, key=len)][0])
        return self.variant.document.place(("metadata", "name"))


@dataclass(frozen=True, slots=True)
class Named:
    """What is left of a manifest that is not kept: what tells it apart, and whose it is."""

    api_version: str
    kind: str
    name: str
    namespace: str
    place: Place | None

    def origin(self, path: Path) -> Place | None:
        """Where it was made: the blueprint, or the field at `path` where a person wrote the manifest itself."""
        return self.place and replace(self.place, path=(*self.place.path, *path))


@dataclass(frozen=True, slots=True)
class Component:
    """Everything one blueprint deploys: its manifests without overrides, and those of each environment."""

    document: Document
    project: str
    base: tuple[Manifest, ...]
    variants: Mapping[str, tuple[Manifest, ...]]
    """Environment name -> manifests rendered for it, in the order of `base` where both have them."""


@dataclass(frozen=True, slots=True)
class Lodged:
    """An object that lives in a shared folder, whoever makes it."""

    folder: str
    """Folder below `overlays/`, such as `dev/fraud/project` or `clusters/prod-a`."""
    owner: str
    """What the file header names, such as `Project/fraud` or `Runtime/mlserver`."""
    manifest: Manifest


@dataclass(frozen=True, slots=True)
class Shared:
    """Objects owned by no single component, written whole: a project's namespace, a cluster's runtimes."""

    folder: str
    """Folder below `overlays/`, such as `dev/fraud/project` or `clusters/prod-a`."""
    owner: str
    """What the file header names, such as `Project/fraud`."""
    manifests: tuple[Manifest, ...]


@dataclass(frozen=True, slots=True)
class Tree:
    """What compile writes: file texts, and what each folder builds to."""

    files: Mapping[str, str]
    """Path below `overlays/` -> text, header included."""
    built: Mapping[str, tuple[Manifest, ...]]
    """Folder below `overlays/` that kustomize can build -> the objects it yields."""
    owners: Mapping[str, str] = field(default_factory=dict)
    """Path below `overlays/` -> the blueprint its file header names, such as `Model/fraud-detector`."""
    named: Mapping[str, tuple[Named, ...]] = field(default_factory=dict)
    """Where the manifests of components are not kept: what tells apart the objects of their folders, bases left out."""


@dataclass(frozen=True, slots=True)
class Release:
    """Which cluster a manifest is judged for."""

    kubernetes: str
    """Minor version, such as `1.33`."""
    kserve: str = ""
    """Minor version, such as `0.17`; empty where KServe is not installed."""
    open_data_hub: str = ""
    """Release, such as `3.4`; empty on plain Kubernetes."""
    kubeflow_pipelines: str = ""
    """Minor version, such as `2.17`; empty where it is not known."""
    mode: str = ""
    """How models are deployed that do not say: `knative`, `standard` or `modelmesh`; empty for what the release brings."""

    @property
    def default_mode(self) -> str:
        """How the cluster deploys what says nothing, in KServe's word since 0.16; empty where it has no KServe.

        KServe brings Knative (config/configmap/inferenceservice.yaml `defaultDeploymentMode`), Open Data Hub since 3.0
        Standard, having no other.
        """
        if not (self.kserve or self.open_data_hub):
            return ""
        word = self.mode or ("standard" if self.lacks("knative") else "knative")
        return {"knative": "Knative", "standard": "Standard", "modelmesh": "ModelMesh"}.get(word, "")

    @property
    def storage_config(self) -> bool:
        """Whether the platform makes Secret `storage-config` itself, an entry for each connection Secret.

        Open Data Hub does (odh-model-controller internal/controller/core/secret_controller.go); a hand-made one
        would be overwritten.
        """
        return bool(self.open_data_hub)

    def lacks(self, mode: str) -> str:
        """Why no model can be deployed in a mode (`knative`, `standard`, `modelmesh`) here; empty where models can.

        Open Data Hub 3.0 dropped ModelMesh (opendatahub-operator 5a815512) and Knative (odh-model-controller 2d5e34c6).
        """
        dropped = mode in ("knative", "modelmesh") and self.open_data_hub and minor(self.open_data_hub) >= (3, 0)
        return f"Open Data Hub dropped it with release 3.0 (here: {self.open_data_hub})" if dropped else ""


def minor(release: str) -> tuple[int, int]:
    """`0.17` or `0.17.1` as (0, 17); beyond all where it is not a version."""
    parts = release.split(".")
    numbers = len(parts) > 1 and parts[0].isdigit() and parts[1].isdigit()
    return (int(parts[0]), int(parts[1])) if numbers else (999, 0)


def kserve_of(open_data_hub: str) -> str:
    """KServe minor that an Open Data Hub release carries (opendatahub-io/kserve release branches)."""
    if not open_data_hub:
        return ""
    major, _, minor = open_data_hub.partition(".")
    number = (int(major), int(minor.split(".")[0] or 0)) if major.isdigit() and minor[:1].isdigit() else (3, 5)
    if number >= (3, 5):
        return "0.20"
    return "0.17" if number >= (3, 4) else "0.15"
