"""Documents -> a resolved workspace, and each component -> its variants: names looked up, overrides merged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from modelwright.model import Document, Release, kserve_of
from modelwright.problems import Problem, did_you_mean
from modelwright.resolve.names import project_of, projects_of
from modelwright.resolve.names import spec_of as _spec
from modelwright.resolve.pipelines import deployable
from modelwright.resolve.plans import plans, tenants, uses
from modelwright.resolve.runtimes import chosen_twice
from modelwright.resolve.workspace import Cluster, Environment, Workspace

__all__ = ["COMPONENTS", "plans", "resolve", "tenants", "uses"]

COMPONENTS = frozenset({"Model", "Runtime", "Pipeline", "PipelineServer"})
"""Blueprint kinds that deploy something."""

DEFAULT_KUBERNETES = "1.33"


def resolve(
    documents: Sequence[Document],
    unsound: frozenset[tuple[str, int]] = frozenset(),
    files: Mapping[str, str] | None = None,
) -> tuple[Workspace, tuple[Problem, ...]]:
    """Resolve what components share: clusters, environments, projects and names.

    `unsound` names documents (file, index) that already have an error: others may refer to them, but
    they are not resolved themselves, so that one mistake is told once. `files` are the texts of the files
    that blueprints name.
    """
    problems: list[Problem] = []
    kinds: dict[str, list[Document]] = {}
    for document in documents:
        kinds.setdefault(document.kind, []).append(document)
    head = kinds.get("Workspace", [None])[0]
    clusters = {d.name: _cluster(d) for d in kinds.get("Cluster", ())}
    environments, found = _environments(kinds.get("Environment", ()), clusters)
    problems += found
    projects = projects_of(head)
    workspace = Workspace(
        name=head.name if head else "workspace",
        document=head,
        projects=projects,
        clusters=clusters,
        environments=environments,
        connections={d.name: d for d in kinds.get("Connection", ())},
        runtimes={(_runtime_project(d, head), d.name): d for d in kinds.get("Runtime", ())},
        models=deployable(kinds.get("Pipeline", ()), kinds.get("Model", ()), head),
        servers={(project_of(d, head), d.name): d for d in kinds.get("PipelineServer", ())},
        components=tuple(
            d for d in documents if d.kind in COMPONENTS and (d.file, d.index) not in unsound
        ),
        unsound=unsound,
        files=files or {},
    )
    return workspace, (*problems, *chosen_twice(workspace))


def _runtime_project(document: Document, head: Document | None) -> str:
    return "" if _spec(document).get("scope") == "cluster" else project_of(document, head)


def _cluster(document: Document) -> Cluster:
    spec = _spec(document)
    versions = spec.get("versions") or {}
    gpu = spec.get("gpu") or {}
    open_data_hub = str(versions.get("openDataHub") or "")
    return Cluster(
        document=document,
        release=Release(
            kubernetes=str(versions.get("kubernetes") or DEFAULT_KUBERNETES),
            kserve=str(versions.get("kserve") or "") or kserve_of(open_data_hub),
            open_data_hub=open_data_hub,
            kubeflow_pipelines=str(versions.get("kubeflowPipelines") or "") or ("2.16" if open_data_hub else ""),
            mode=str(spec.get("mode") or ""),
        ),
        # Open Data Hub runs on OpenShift only.
        flavour=str(spec.get("flavour") or ("openshift" if open_data_hub else "kubernetes")),
        mode=str(spec.get("mode") or ""),
        gpu_resource=str(gpu.get("resource") or "nvidia.com/gpu"),
        gpu_tolerations=tuple(gpu.get("tolerations") or ()),
        runtimes=frozenset(str(r) for r in spec.get("runtimes") or ()),
    )


def _environments(
    documents: Iterable[Document], clusters: Mapping[str, Cluster]
) -> tuple[dict[str, Environment], list[Problem]]:
    by_name = {d.name: d for d in documents}
    problems: list[Problem] = []
    environments: dict[str, Environment] = {}
    for name in _promotion_order(by_name, problems):
        document = by_name[name]
        chain = _extends(document, by_name, problems)
        word = next((_spec(d).get("cluster") for d in reversed(chain) if _spec(d).get("cluster")), None)
        if word not in clusters:
            if word is not None:
                problems.append(
                    Problem(
                        "MW213",
                        f"there is no cluster `{word}`",
                        document.place(("spec", "cluster")),
                        did_you_mean(str(word), list(clusters)),
                    )
                )
            continue
        problems += _unheeded(document)
        environments[name] = Environment(
            document=document,
            cluster=clusters[str(word)],
            sizes={k: v or {} for d in chain for k, v in (_spec(d).get("sizes") or {}).items()},
            defaults=_defaults(chain),
            chain=tuple(chain),
        )
    return environments, problems


def _unheeded(document: Document) -> Iterator[Problem]:
    """What an environment says in vain."""
    spec = _spec(document)
    if spec.get("quota") and spec.get("manage") is False:
        hint = "remove it, or let modelwright make namespaces (`manage: true`)"
        where = document.place(("spec", "quota"), key=True)
        what = "`quota` has no effect: with `manage: false` the platform team owns namespaces"
        yield Problem("MW228", what, where, hint, effect="ignored")
    seen: dict[str, int] = {}
    for index, mirror in enumerate(spec.get("images") or ()):
        first = seen.setdefault(str(mirror["from"]), index)
        if first != index:
            there = (("the other one", document.place(("spec", "images", first, "from"))),)
            what = f"`{mirror['from']}` has two mirrors"
            yield Problem("MW229", what, document.place(("spec", "images", index, "from")), "keep one", related=there)


def _defaults(chain: Sequence[Document]) -> dict[str, Mapping[str, Any]]:
    from modelwright.load import longform, override

    merged: dict[str, Mapping[str, Any]] = {}
    for document in chain:
        for kind, patch in (_spec(document).get("defaults") or {}).items():
            merged[kind] = override(kind, dict(merged.get(kind, {})), longform(kind, patch or {}))
    return merged


def _extends(document: Document, by_name: Mapping[str, Document], problems: list[Problem]) -> list[Document]:
    """The environment and those it extends, the furthest first."""
    chain = [document]
    while (word := _spec(chain[0]).get("extends")) is not None:
        parent = by_name.get(str(word))
        if parent is None or parent in chain:
            what = "extends itself" if parent is not None else f"there is no environment `{word}`"
            if chain[0] is document:
                hint = "" if parent is not None else did_you_mean(str(word), list(by_name))
                problems.append(Problem("MW208", what, document.place(("spec", "extends")), hint))
            break
        chain.insert(0, parent)
    return chain


def _promotion_order(by_name: Mapping[str, Document], problems: list[Problem]) -> list[str]:
    order: list[str] = []

    def visit(name: str, seen: tuple[str, ...]) -> None:
        if name in order:
            return
        document = by_name[name]
        before = _spec(document).get("after")
        if isinstance(before, str):
            if before not in by_name:
                hint = did_you_mean(before, list(by_name))
                place = document.place(("spec", "after"))
                problems.append(Problem("MW208", f"there is no environment `{before}`", place, hint))
            elif before in (*seen, name):
                place = document.place(("spec", "after"))
                circle = " after ".join((name, before))
                problems.append(Problem("MW208", f"promotion goes in a circle: {circle}", place))
            else:
                visit(before, (*seen, name))
        order.append(name)

    for name in by_name:
        visit(name, ())
    return order
