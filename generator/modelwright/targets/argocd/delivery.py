"""Which Application brings which folder of the overlays to which cluster.

One ApplicationSet lists them all, by name: a list needs no look into the repository, and what it makes is what the
workspace says (argo-cd docs/operator-manual/applicationset/Generators-List.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from modelwright.expand.template import Derived
from modelwright.model import Document, Layer, Variant
from modelwright.problems import Problem
from modelwright.records import dataclass
from modelwright.resolve.names import spec_of
from modelwright.resolve.workspace import Cluster, Tenant, Workspace
from modelwright.targets import Piece, Pieces
from modelwright.typed import Any

LOCAL = "https://kubernetes.default.svc"
"""The cluster that Argo CD itself runs in, as every Argo CD knows it (argo-cd common/common.go)."""

FOLDER = "argocd"
GITOPS = ("spec", "gitops")
FIELDS = ("name", "revision", "path", "server", "namespace")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One Application: a folder of the overlays, and where it goes."""

    name: str
    path: str
    revision: str
    server: str
    namespace: str
    place: Document
    """The blueprint to blame for its name."""


def nothing(variant: Variant, workspace: Workspace) -> Pieces:
    """No component makes an object of Argo CD."""
    return (), ()


def delivered(cluster: Cluster, workspace: Workspace) -> bool:
    """Whether the workspace says that Argo CD deploys to the cluster, and from where."""
    return bool(_gitops(workspace).get("repository")) and "argocd" in spec_of(cluster.document)


def keeper(cluster: Cluster, workspace: Workspace) -> str:
    """Namespace of the Argo CD that deploys to the cluster it runs in; empty where it does so from elsewhere."""
    if not delivered(cluster, workspace) or _server(cluster) != LOCAL:
        return ""
    instances = _instances(_delivered(workspace), [])
    return next(_namespace(served, []) for _, served in instances if cluster in served)


def shared(tenants: Sequence[Tenant], workspace: Workspace) -> Pieces:
    """An AppProject and an ApplicationSet for each Argo CD; MW750 to MW753."""
    problems = [*_half_said(workspace)]
    pieces: list[Piece] = []
    for folder, served in _instances(_delivered(workspace), problems):
        deliveries = [*_cluster_wide(served, tenants, workspace), *_projects(served, tenants, workspace)]
        problems += _alike(deliveries)
        namespace = _namespace(served, problems)
        if deliveries and namespace:
            pieces += _pieces(folder, namespace, deliveries, _cluster_kinds(served, tenants, workspace), workspace)
    return tuple(pieces), tuple(problems)


def _delivered(workspace: Workspace) -> list[Cluster]:
    return [c for c in workspace.clusters.values() if delivered(c, workspace)]


def _gitops(workspace: Workspace) -> Mapping[str, Any]:
    words = spec_of(workspace.document).get("gitops")
    return words if isinstance(words, Mapping) else {}


def _argocd(cluster: Cluster) -> Mapping[str, Any]:
    words = spec_of(cluster.document).get("argocd")
    return words if isinstance(words, Mapping) else {}


def _server(cluster: Cluster) -> str:
    return str(_argocd(cluster).get("server") or LOCAL).rstrip("/")


def _half_said(workspace: Workspace) -> Iterator[Problem]:
    """MW753: a repository that no cluster is deployed from, or a cluster that is deployed from none."""
    known = [c for c in workspace.clusters.values() if "argocd" in spec_of(c.document)]
    said = "gitops" in spec_of(workspace.document)
    if workspace.document is not None and said and workspace.clusters and not known:
        hint = "say `argocd: {}` in the Cluster that Argo CD runs in, `argocd: {server: ...}` in others it deploys to"
        place = workspace.document.place(GITOPS, key=True)
        yield Problem("MW753", "no Cluster says that Argo CD deploys to it", place, hint, "ignored")
    if not said:
        for cluster in known:
            hint = "say in modelwright.yaml where Argo CD finds the overlays: `gitops: {repository: https://...}`"
            place = cluster.document.place(("spec", "argocd"), key=True)
            yield Problem("MW753", "modelwright.yaml names no repository for Argo CD", place, hint, "ignored")


def _instances(clusters: Sequence[Cluster], problems: list[Problem]) -> list[tuple[str, list[Cluster]]]:
    """Each Argo CD's folder and the clusters it deploys to: one for all, or one in every cluster for itself.

    MW751 where several run in clusters of their own, and another cluster does not say which of them reaches it.
    """
    local = [c for c in clusters if _server(c) == LOCAL]
    if len(local) < 2:
        return [(FOLDER, list(clusters))] if clusters else []
    for cluster in clusters:
        if cluster not in local:
            names = " and ".join(f"`{c.name}`" for c in local)
            problems.append(
                Problem(
                    "MW751",
                    f"clusters {names} each have an Argo CD of their own: which of them deploys to `{cluster.name}`?",
                    cluster.document.place(("spec", "argocd", "server")),
                    "give all but the one that Argo CD runs in their `server`, or leave it out everywhere",
                )
            )
    return [(f"{FOLDER}/{c.name}", [c]) for c in local]


def _namespace(clusters: Sequence[Cluster], problems: list[Problem]) -> str:
    """Where Argo CD lives: as stated, or where its installer puts it. Empty (and MW750) where clusters disagree."""
    stated = {str(_argocd(c)["namespace"]): c for c in reversed(clusters) if _argocd(c).get("namespace")}
    if len(stated) > 1:
        first, second = sorted(stated.values(), key=lambda c: (c.document.file, c.document.index))[:2]
        path = ("spec", "argocd", "namespace")
        problems.append(
            Problem(
                "MW750",
                "one Argo CD deploys to these clusters, and it cannot live in two namespaces",
                second.document.place(path),
                f"say `{_argocd(first)['namespace']}` here as well, or nothing",
                related=(("the other one", first.document.place(path)),),
            )
        )
        return ""
    host = next((c for c in clusters if _server(c) == LOCAL), None)
    return next(iter(stated), "openshift-gitops" if host and host.flavour == "openshift" else "argocd")


def _projects(clusters: Sequence[Cluster], tenants: Iterable[Tenant], workspace: Workspace) -> Iterator[Delivery]:
    """One for each project in each environment, in the order of promotion."""
    gitops = _gitops(workspace)
    for tenant in tenants:
        environment = tenant.environment
        if environment.cluster in clusters:
            yield Delivery(
                f"{workspace.name}-{tenant.project}-{environment.name}",
                f"{gitops.get('path') or 'overlays'}/{environment.name}/{tenant.project}",
                _revision(gitops, environment.name),
                _server(environment.cluster),
                tenant.namespace,
                environment.document,
            )


def _cluster_wide(clusters: Sequence[Cluster], tenants: Sequence[Tenant], workspace: Workspace) -> Iterator[Delivery]:
    """One for each cluster that gets objects of no namespace."""
    gitops = _gitops(workspace)
    for cluster in clusters:
        stages = _stages_of_cluster_runtimes(cluster, workspace)
        if stages:
            here = [t.namespace for t in tenants if t.environment.cluster == cluster]
            yield Delivery(
                f"{workspace.name}-cluster-{cluster.name}",
                f"{gitops.get('path') or 'overlays'}/clusters/{cluster.name}",
                _revision(gitops, stages[-1]),
                _server(cluster),
                here[0] if here else "default",  # Argo CD wants one, though nothing goes there
                cluster.document,
            )


def _revision(gitops: Mapping[str, Any], environment: str) -> str:
    return str(gitops.get("branch") or "main").replace("{environment}", environment)


def _stages_of_cluster_runtimes(cluster: Cluster, workspace: Workspace) -> list[str]:
    """Environments on the cluster in which a runtime of cluster scope runs, in the order of promotion."""
    named = {
        name
        for document in workspace.components
        if spec_of(document).get("scope") == "cluster"
        for name in spec_of(document).get("environments") or {}
    }
    return [e.name for e in workspace.environments.values() if e.cluster == cluster and e.name in named]


def _cluster_kinds(
    clusters: Sequence[Cluster], tenants: Iterable[Tenant], workspace: Workspace
) -> list[dict[str, str]]:
    """Kinds without a namespace that the applications may make: those that the overlays hold."""
    kinds = []
    if any(t.environment.manage and t.environment.cluster in clusters for t in tenants):
        kinds.append({"group": "", "kind": "Namespace"})
    if any(_stages_of_cluster_runtimes(c, workspace) for c in clusters):
        kinds.append({"group": "serving.kserve.io", "kind": "ClusterServingRuntime"})
    return kinds


def _alike(deliveries: Iterable[Delivery]) -> Iterator[Problem]:
    """MW752: `a-b` in `c` and `a` in `b-c`."""
    seen: dict[str, Delivery] = {}
    for delivery in deliveries:
        first = seen.setdefault(delivery.name, delivery)
        if first is not delivery:
            yield Problem(
                "MW752",
                f"two Applications would be called `{delivery.name}`: for `{first.path}` and for `{delivery.path}`",
                delivery.place.place(("metadata", "name")),
                "rename a project or an environment",
            )


def _pieces(
    folder: str,
    namespace: str,
    deliveries: Sequence[Delivery],
    cluster_kinds: list[dict[str, str]],
    workspace: Workspace,
) -> Iterator[Piece]:
    document = workspace.document
    assert document is not None, "gitops is a word of modelwright.yaml"
    gitops = _gitops(workspace)
    targets = dict.fromkeys((d.server, d.namespace) for d in deliveries)
    argo = {
        "name": Derived(workspace.name, (("metadata", "name"),)),
        "namespace": namespace,
        "description": f"Overlays of workspace {workspace.name}",
        "repository": Derived(gitops["repository"], ((*GITOPS, "repository"),)),
        "destinations": [{"server": server, "namespace": name} for server, name in targets],
        "clusterKinds": cluster_kinds or None,
        "elements": [{word: getattr(d, word) for word in FIELDS} for d in deliveries],
        "automated": {"prune": True, "selfHeal": True} if gitops.get("sync") != "manual" else None,
    }
    words = {"metadata": document.data.get("metadata") or {}, "spec": spec_of(document), "size": {}}
    stage = next(iter(workspace.environments), "")
    subject = Variant(document, stage, "", namespace, words, (Layer(document),))
    element = {word: f"{{{{ .{word} }}}}" for word in FIELDS}
    owner = f"Workspace/{workspace.name}"
    yield Piece("appproject.yaml.j2", {**words, "argo": argo}, folder, owner, subject)
    yield Piece("applicationset.yaml.j2", {**words, "argo": argo, "element": element}, folder, owner, subject)
