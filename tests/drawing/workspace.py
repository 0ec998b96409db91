"""A workspace as several people would write it: platform, connections, runtimes and models over differing clusters."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any

from modelwright.load.language import metadata_schema, override_schema, schema
from modelwright.model import Path, Source
from modelwright.pipeline import build
from modelwright.yamlio import emit
from tests.drawing.author import Author
from tests.drawing.forms import Say, shortened
from tests.drawing.words import CORE, CORE_TEMPLATE

Blueprint = dict[str, Any]
RELEASES = (
    {"kubernetes": "1.30", "kserve": "0.15"},
    {"kubernetes": "1.31", "kserve": "0.16"},
    {"kserve": "0.17.0"},
    {"kubernetes": "1.33", "kserve": "0.18"},
    {"kubernetes": "1.34", "kserve": "0.19"},
    {"kserve": "0.20"},
    {"kubernetes": "1.30", "openDataHub": "2.35"},
    {"openDataHub": "3.0"},
    {"kubernetes": "1.33", "openDataHub": "3.4"},
    {"kubernetes": "1.34", "openDataHub": "3.5"},
)
FORMATS = ("onnx", "sklearn", "vLLM")
CONNECTIONS = {
    "s3": ("endpoint", "bucket"), "gcs": ("bucket",), "azure": ("account", "container"), "pvc": ("name",), "uri": ("uri",),
    "oci": ("registry",), "hf": (),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Drawn:
    """Blueprints by file, all in long form, and the workspace's own templates."""

    blueprints: Mapping[str, tuple[Blueprint, ...]]
    templates: tuple[Source, ...] = ()

    def sources(self, say: Say | None = None) -> tuple[Source, ...]:
        """The files; with shorthands where `say` says yes."""
        return (*(Source(file, _text(many, say)) for file, many in self.blueprints.items()), *self.templates)

    def without(self, gone: set[str]) -> Drawn:
        """The workspace without some of its files."""
        return Drawn({file: many for file, many in self.blueprints.items() if file not in gone}, self.templates)

    def holds(self, file: str, index: int, path: Path) -> bool:
        """Whether there is such a word."""
        node: Any = dict(enumerate(self.blueprints.get(file, ()))).get(index)
        for step in path:
            if not isinstance(node, dict) or step not in node:
                return False
            node = node[step]
        return True

    def less(self, file: str, index: int, path: Path) -> Drawn:
        """The workspace without one word of a document."""
        documents = copy.deepcopy(self.blueprints[file])
        node: Any = documents[index]
        for step in path[:-1]:
            node = node[step]
        del node[path[-1]]
        return Drawn({**self.blueprints, file: documents}, self.templates)


def _text(documents: tuple[Blueprint, ...], say: Say | None) -> str:
    if say is not None:
        documents = tuple({**d, "spec": shortened(d["kind"], d["spec"], say)} for d in documents)
    return "---\n".join(emit(document) for document in documents)


def draw(rng: Random, number: int = 0) -> Drawn:
    """A workspace whose names end in `number`, so that many of them can share one cluster."""
    return _Workspace(rng, number).drawn()


def sound(workspace: Drawn) -> Drawn:
    """The part of a workspace that compiles: without the words that errors are about, and what then has errors in turn;
    without the whole file where it is no word of a `spec`, or where this goes on for long."""
    for turn in range(4 + len(workspace.blueprints)):
        errors = [p.place for p in build(workspace.sources()).problems if p.severity == "error" and p.place]
        if not errors:
            break
        for file, index, path in {(place.file, place.document, _word(place.path)) for place in errors}:
            if path is None or turn > 2 or not workspace.holds(file, index, path):
                workspace = workspace.without({file})
            else:
                workspace = workspace.less(file, index, path)
    return workspace


NEEDED = ("cluster", "versions", "type", "format", "formats", "source", "sources", "container")


def _word(path: Path) -> Path | None:
    """The word of a `spec`, or of one environment's part, that a place is in; None where the file cannot do without."""
    at = path[:4] if path[1:2] == ("environments",) else path[:2]
    return at if path[:1] == ("spec",) and len(at) in (2, 4) and at[-1] not in (*NEEDED, "environments") else None


class _Workspace:
    def __init__(self, rng: Random, number: int) -> None:
        self.rng = rng
        self.number = number
        self.projects = (f"risk-{number}", f"search-{number}")
        self.environments = tuple(f"{name}-{number}" for name in ("dev", "staging", "prod")[: rng.randint(2, 3)])
        self.clusters = tuple(f"{name}-{number}" for name in "ab")
        self.connections = tuple(f"store-{i}-{number}" for i in range(rng.randint(1, 2)))
        names = {
            "connection": self.connections, "size": ("small", "large"), "project": self.projects,
            "cluster": self.clusters, "environment": self.environments,
        }  # fmt: skip
        self.author = Author(rng, names)
        self.own_template = rng.random() < 0.5

    def drawn(self) -> Drawn:
        files = {"modelwright.yaml": (self._head(),), "blueprints/platform.yaml": tuple(self._clusters())}
        files |= {f"blueprints/{stage['metadata']['name']}.yaml": (stage,) for stage in self._stages()}
        files |= {f"blueprints/{name}.yaml": (self._connection(name),) for name in self.connections}
        runtimes = [f"server-{i}-{self.number}" for i in range(self.rng.randint(1, 2))]
        files |= {f"blueprints/{name}.yaml": (self._component("Runtime", name),) for name in runtimes}
        for i in range(self.rng.randint(2, 3)):
            name = f"model-{i}-{self.number}"
            files[f"blueprints/models/{name}.yaml"] = (self._component("Model", name),)
        return Drawn(files, (own_template(),) if self.own_template else ())

    def _blueprint(self, kind: str, name: str, spec: Blueprint) -> Blueprint:
        metadata = self.author.map(metadata_schema(), ("metadata",), rate=0.3)
        return {"apiVersion": "modelwright/v1", "kind": kind, "metadata": {**metadata, "name": name}, "spec": spec}

    def _head(self) -> Blueprint:
        projects = {name: self.author.map(schema("Workspace")["properties"]["projects"]["additionalProperties"], ("projects",))
                    for name in self.projects}  # fmt: skip
        return self._blueprint("Workspace", "ws", {"projects": projects})

    def _clusters(self) -> list[Blueprint]:
        made = []
        for name in self.clusters:
            spec = self.author.map(schema("Cluster"), ("Cluster",), rate=0.3)
            spec["versions"] = dict(self.rng.choice(RELEASES))
            for word in ("runtimes", "provides"):
                spec.pop(word, None)
            made.append(self._blueprint("Cluster", name, spec))
        return made

    def _stages(self) -> list[Blueprint]:
        made = []
        for index, name in enumerate(self.environments):
            spec = self.author.map(schema("Environment"), ("Environment",), rate=0.2)
            left = {word: value for word, value in spec.items() if word in ("manage", "secretStore")}
            left["cluster"] = self.clusters[index % 2]
            left["secretStore"] = left.get("secretStore") or {"name": "vault"}
            left["sizes"] = {size: self._size() for size in ("small", "large")}
            if index and self.rng.random() < 0.8:
                left["after"] = self.environments[index - 1]
            if self.rng.random() < 0.3:
                left["namespace"] = self.rng.choice(("{environment}-{project}", "ml-{project}-{environment}"))
            if self.rng.random() < 0.3:
                left["defaults"] = {kind: self._defaults(kind) for kind in ("Model", "Runtime")}
            made.append(self._blueprint("Environment", name, left))
        return made

    def _size(self) -> Blueprint:
        node = schema("Environment")["properties"]["sizes"]["additionalProperties"]
        made = self.author.map(node, ("sizes",), rate=0.3)
        words = ("tolerations", "nodeSelector", "hardwareProfile")
        return {**self.author.amounts(("sizes", "resources")), **{word: made[word] for word in words if word in made}}

    def _defaults(self, kind: str) -> Blueprint:
        words = ("env", "tolerations", "nodeSelector", "replicas", "pullSecrets", "mounts", "ports")
        node = override_schema(kind)
        kept = {**node, "properties": {w: c for w, c in node["properties"].items() if w in words}}
        return self.author.map(kept, (kind,), whole=False, rate=0.3)

    def _connection(self, name: str) -> Blueprint:
        kind = self.rng.choice(list(CONNECTIONS))
        node = schema("Connection")
        drawn = self.author.map(node, ("Connection",), rate=0.7)
        spec = {"type": kind, **{w: v for w, v in drawn.items() if w in ("secret", "from")}}
        spec |= {word: self.author.value(node["properties"][word], ("Connection", word)) for word in CONNECTIONS[kind]}
        return self._blueprint("Connection", name, spec)

    def _component(self, kind: str, name: str) -> Blueprint:
        scope = "cluster" if kind == "Runtime" and self.rng.random() < 0.25 else "namespace"
        self.author.names["makes"] = self._makes(kind, scope)
        spec = self.author.map(schema(kind), (kind,), rate=0.25)
        spec.pop("environments", None)
        if kind == "Runtime":
            self._runtime(spec, scope)
        else:
            self._model(spec)
        stages = [e for e in self.environments if self.rng.random() < 0.8] or [self.environments[0]]
        stages = stages[:1] if scope == "cluster" else stages   # said differently in two of them, it would be one object
        spec["environments"] = {stage: self._differently(kind, spec) for stage in stages}
        return self._blueprint(kind, name, spec)

    def _makes(self, kind: str, scope: str) -> tuple[str, ...]:
        if kind == "Model":
            return ("InferenceService",)
        if scope == "cluster":
            return ()
        return ("ServingRuntime", *CORE) if self.own_template else ("ServingRuntime",)

    def _runtime(self, spec: Blueprint, scope: str) -> None:
        spec["formats"] = [{"name": name, "version": "1"} for name in FORMATS]
        spec.pop("scope", None)
        if scope == "cluster":
            spec["scope"] = scope
        self._manifests(spec)

    def _model(self, spec: Blueprint) -> None:
        spec.pop("runtime", None)
        spec.pop("canary", None) if self.rng.random() < 0.7 else None
        if "container" not in spec:
            spec["format"] = {"name": self.rng.choice(FORMATS)}
            if "source" not in spec and "sources" not in spec:
                spec["source"] = self.author.value(schema("Model")["properties"]["source"], ("Model", "source"))
        self._manifests(spec)

    def _manifests(self, spec: Blueprint) -> None:
        spec.pop("manifests", None)
        if self.author.names["makes"] and self.rng.random() < 0.4:
            spec["manifests"] = self.author.patches(("manifests",))

    def _differently(self, kind: str, spec: Blueprint) -> Blueprint:
        if self.rng.random() < 0.15:
            return {}
        fixed = ("environments", "project", "scope", "format", "formats", "runtime", "container")
        node = override_schema(kind)
        loose = {**node, "properties": {w: c for w, c in node["properties"].items() if w not in fixed}}
        base = {word: value for word, value in spec.items() if word not in fixed and word != "manifests"}
        made = self.author.differently(loose, base, (kind,))
        made.pop("manifests", None)
        if self.author.names["makes"] and self.rng.random() < 0.5:
            made["manifests"] = self.author.patches(("manifests",))
        return copy.deepcopy(made)


@cache
def own_template() -> Source:
    """The packaged template of a runtime with objects of core kinds after it."""
    text = files("modelwright.targets.kserve").joinpath("templates/servingruntime.yaml.j2").read_text(encoding="utf-8")
    return Source("templates/kserve/servingruntime.yaml.j2", text + CORE_TEMPLATE.lstrip("\n"))
