"""What a workspace says, resolved: its clusters, environments, connections, and components per environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any, Literal

from modelwright.model import Document, Release, Variant
from modelwright.records import dataclass

Mode = Literal["knative", "standard", "modelmesh", ""]


@dataclass(frozen=True, slots=True)
class Cluster:
    """A place with versions, a distribution and facts."""

    document: Document
    release: Release
    flavour: str
    """`kubernetes` or `openshift`."""
    mode: str
    """Default deployment mode; empty where the cluster's own default is left to speak."""
    gpu_resource: str
    gpu_tolerations: tuple[Mapping[str, Any], ...]
    runtimes: frozenset[str]
    """Names of runtimes installed by the platform team, beside those the workspace brings."""

    @property
    def name(self) -> str:
        return self.document.name


@dataclass(frozen=True, slots=True)
class Environment:
    """A stage (dev, staging, prod) on a cluster."""

    document: Document
    cluster: Cluster
    sizes: Mapping[str, Mapping[str, Any]]
    defaults: Mapping[str, Mapping[str, Any]]
    """Blueprint kind -> partial spec in long form."""
    chain: tuple[Document, ...] = ()
    """The environments it extends, the furthest first, and itself."""

    @property
    def name(self) -> str:
        return self.document.name

    @property
    def spec(self) -> Mapping[str, Any]:
        spec: Mapping[str, Any] = self.document.data.get("spec") or {}
        return spec

    @property
    def manage(self) -> bool:
        """False where the platform team owns namespaces, quotas and secrets."""
        return self.spec.get("manage") is not False

    def namespace(self, project: str) -> str:
        """The namespace of `project` in this environment."""
        pattern = str(self.spec.get("namespace") or "{project}-{environment}")
        return pattern.replace("{project}", project).replace("{environment}", self.name)


@dataclass(frozen=True, slots=True)
class Use:
    """What one variant uses of the project it lives in."""

    environment: str
    project: str
    kind: str
    mode: str | None
    """Deployment mode of a model or multi-model runtime; empty for KServe's own default, None for other components."""
    connections: frozenset[str]


@dataclass(frozen=True, slots=True)
class Tenant:
    """A project in one environment, with what its components use there."""

    environment: Environment
    project: str
    connections: tuple[Document, ...] = ()
    """In the order of their names."""
    modes: frozenset[str] = frozenset()
    """Deployment modes of its models and multi-model runtimes; empty text for KServe's own default."""
    kinds: frozenset[str] = frozenset()
    """Kinds of its components."""
    connection_modes: Mapping[str, frozenset[str | None]] = field(default_factory=dict)
    """Name of a connection -> modes of the components that use it (None for other components than models)."""

    @property
    def namespace(self) -> str:
        return self.environment.namespace(self.project)


@dataclass(frozen=True, slots=True)
class Plan:
    """A component blueprint with its variants, before templates."""

    document: Document
    project: str
    base: Variant
    variants: Mapping[str, Variant]


@dataclass(frozen=True, slots=True)
class Workspace:
    """A resolved workspace."""

    name: str
    document: Document | None = None
    projects: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    clusters: Mapping[str, Cluster] = field(default_factory=dict)
    environments: Mapping[str, Environment] = field(default_factory=dict)
    """In promotion order: an environment comes after the one its `after` names."""
    connections: Mapping[str, Document] = field(default_factory=dict)
    runtimes: Mapping[tuple[str, str], Document] = field(default_factory=dict)
    """(project, name) -> blueprint; project is empty for runtimes of cluster scope."""
    models: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    """(project, name) -> environments it runs in, of the models that pipelines deploy."""
    servers: Mapping[tuple[str, str], Document] = field(default_factory=dict)
    """(project, name) -> blueprint of a pipeline server."""
    components: tuple[Document, ...] = ()
    """Blueprints that deploy something and have no error of their own."""
    unsound: frozenset[tuple[str, int]] = frozenset()
    """Documents (file, index) that already have an error: what they say is not held against others."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Path -> text of the files that blueprints name."""

    def runtime(self, project: str, name: str) -> Document | None:
        """The runtime blueprint a model of `project` sees under `name`: its own namespace first, as KServe looks."""
        return self.runtimes.get((project, name)) or self.runtimes.get(("", name))

    def mode(self, variant: Variant) -> str:
        """The deployment mode of a variant: its own word or its cluster's; of a runtime, the one it is made for.

        Empty where nothing is said, so that KServe's own default decides.
        """
        spec = variant.values["spec"]
        if variant.document.kind == "Runtime":
            return "modelmesh" if spec.get("multiModel") is not None else ""
        return str(spec.get("mode") or self.environments[variant.environment].cluster.mode)
