"""What KServe's templates read: blueprint words turned into the platform's, release by release."""

from __future__ import annotations

from collections.abc import Mapping

from modelwright.expand.template import Derived
from modelwright.model import Path, Place, Release, Variant, minor
from modelwright.problems import Problem
from modelwright.quantities import written
from modelwright.resolve.workspace import Cluster, Environment, Workspace
from modelwright.targets import Piece, Pieces
from modelwright.targets.kserve.container import container, pod, volumes
from modelwright.targets.kserve.storage import storage, unread
from modelwright.targets.kserve.vain import STORAGE_URI, beside_container, fetches, idle_canary
from modelwright.typed import Any

SPEC: Path = ("spec",)
SOURCE: Path = ("spec", "source")
CANARY: Path = ("spec", "canary", "source")
LEGACY_MODES = {"knative": "Serverless", "standard": "RawDeployment"}
"""Mode words up to KServe 0.15; 0.16 renamed both (kserve pkg/constants)."""
MODES = {"knative": "Knative", "standard": "Standard"}


def pieces(variant: Variant, workspace: Workspace) -> Pieces:
    """Templates and values for one Model or Runtime variant."""
    environment = workspace.environments[variant.environment]
    if variant.document.kind == "Runtime":
        return _runtime(variant, environment)
    return _model(variant, workspace, environment)


def mode_word(mode: str, release: Release) -> str:
    """The deployment mode in the words of a KServe release."""
    words = LEGACY_MODES if minor(release.kserve) < (0, 16) else MODES
    return words.get(mode, mode)


def _model(variant: Variant, workspace: Workspace, environment: Environment) -> Pieces:
    spec: Mapping[str, Any] = variant.values["spec"]
    cluster = environment.cluster
    mode = workspace.mode(variant)
    beyond = _limits(variant, environment, mode)
    if beyond:
        return (), tuple(beyond)
    size = variant.values["size"]
    source, at = _served(spec, mode)
    place = storage(source, at, workspace, environment) if source else {}
    custom = spec.get("container")
    main = container(spec, SPEC, environment)
    if custom:
        main = {"name": "kserve-container", **main, **container(custom, ("spec", "container"), environment)}
        if fetches(spec, place):
            main["env"] = [*(main.get("env") or ()), {"name": STORAGE_URI, "value": place["uri"]}]
    main["ports"] = main.get("ports")
    values: dict[str, Any] = {
        **words(variant),
        "annotations": _annotations(spec, variant, cluster, mode) or None,
        "labels": _labels(spec, variant, mode) or None,
        "storage": place,
        "sources": _sources(spec),
        "main": _stated(main),
        "custom": _stated(main) if custom else None,
        "pod": {
            **_stated(pod(spec, cluster, size, place.get("account"), place.get("pull"))),
            "volumes": (volumes(spec, SPEC) + (volumes(custom, ("spec", "container")) if custom else [])) or None,
        },
        "podLabels": _pod_words(spec, "labels"),
        "podAnnotations": _pod_words(spec, "annotations"),
        "scaling": _scaling(spec, SPEC),
        "canary": _canary(spec, workspace, environment, mode),
        "transformer": side(spec, "transformer", environment),
        "explainer": side(spec, "explainer", environment),
        "workers": _workers(spec, environment),
    }
    problems = unread(variant, at, source, place) + _own_account(variant, place)
    problems += [*beside_container(variant, place), *idle_canary(variant, mode)]
    canary = values["canary"] or {}
    if canary.get("storage"):
        problems += unread(variant, CANARY, spec["canary"]["source"], canary["storage"])
    return (Piece("inferenceservice.yaml.j2", values),), tuple(problems)


def _own_account(variant: Variant, place: Mapping[str, Any]) -> list[Problem]:
    """MW251 where a model has an account of its own beside the one that carries its connection's Secret.

    KServe looks for credentials among the Secrets of the pod's account (kserve pkg/credentials).
    """
    own = variant.values["spec"].get("serviceAccount")
    account = place["account"].value if "account" in place else own
    if not own or own == account:
        return []
    return [
        Problem(
            "MW251",
            f"the connection's credentials come with ServiceAccount `{account}`, and the model runs as `{own}`",
            variant.place(("spec", "serviceAccount")),
            f"drop the word, or see that `{own}` lists the connection's Secret under `secrets`",
            effect="risk",
            environments=(variant.environment,),
        )
    ]


def _pod_words(spec: Mapping[str, Any], word: str) -> Derived | None:
    value = (spec.get("pod") or {}).get(word)
    return None if value is None else Derived(value, (("spec", "pod", word),))


def _served(spec: Mapping[str, Any], mode: str) -> tuple[Mapping[str, Any], Path]:
    """Which source the predictor names, and where it is said.

    With Knative it is the canary's: the stable version is the revision that runs already (kserve docs, canary rollout).
    """
    canary = (spec.get("canary") or {}).get("source")
    return (canary, CANARY) if canary and mode != "standard" else (spec.get("source") or {}, SOURCE)


def _stated(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields without empty lists and maps: the webhook drops them, which Argo CD would show as a difference."""
    return {name: value for name, value in fields.items() if not _empty(value)}


def _empty(value: Any) -> bool:
    while isinstance(value, Derived):
        value = value.value
    return isinstance(value, list | dict) and not value


def words(variant: Variant) -> dict[str, Any]:
    """The variant's own words, which templates read as they are."""
    return {word: variant.values[word] for word in ("metadata", "spec", "size")}


def own(variant: Variant, field: str) -> dict[str, Any]:
    """The author's own labels or annotations."""
    said = variant.values["metadata"].get(field) or {}
    return {key: Derived(value, (("metadata", field, key),)) for key, value in said.items()}


def _annotations(spec: Mapping[str, Any], variant: Variant, cluster: Cluster, mode: str) -> dict[str, Any]:
    found = own(variant, "annotations")
    computed: dict[str, tuple[Any, tuple[str, ...]]] = {
        "serving.kserve.io/deploymentMode": (mode and mode_word(mode, cluster.release), ("spec", "mode")),
        "serving.kserve.io/autoscalerClass": (_scaler(spec), ("spec", "autoscale")),
        "serving.kserve.io/stop": ("true" if spec.get("stopped") else None, ("spec", "stopped")),
    }
    for key, (value, word) in computed.items():
        if value and key not in found:
            found[key] = Derived(value, (word,))
    return found


def _labels(spec: Mapping[str, Any], variant: Variant, mode: str) -> dict[str, Any]:
    found = own(variant, "labels")
    key = "networking.knative.dev/visibility" if mode == "knative" else "networking.kserve.io/visibility"
    if (spec.get("access") or {}).get("visibility") == "cluster" and key not in found:
        found[key] = Derived("cluster-local", (("spec", "access", "visibility"),))
    return found


def _scaler(spec: Mapping[str, Any]) -> str | None:
    """The autoscaler class, where a word asks for another than the platform's own.

    Classes: kserve pkg/constants (hpa, external; keda since 0.15.0, none since 0.15.1).
    """
    autoscale = spec.get("autoscale") or {}
    if autoscale.get("class"):
        return str(autoscale["class"])
    parts = (autoscale, *((spec.get(word) or {}).get("autoscale") or {} for word in ("transformer", "explainer")))
    outside = [m for part in parts for m in part.get("metrics") or () if "prometheus" in m or "otel" in m]
    return "keda" if outside else None


def _scaling(spec: Mapping[str, Any], at: Path) -> dict[str, Any]:
    autoscale = spec.get("autoscale")
    words = autoscale if isinstance(autoscale, dict) else {}
    base = (*at, "autoscale")
    metrics = [Derived(_metric(m), ((*base, "metrics", i),)) for i, m in enumerate(words.get("metrics") or ())]
    found: dict[str, Any] = {
        "metric": words.get("metric") and Derived(words["metric"], ((*base, "metric"),)),
        "target": None if words.get("target") is None else Derived(words["target"], ((*base, "target"),)),
        "metrics": metrics or None,
        "behavior": words.get("behavior") and Derived(words["behavior"], ((*base, "behavior"),)),
    }
    return found


def _metric(metric: Mapping[str, Any]) -> dict[str, Any]:
    """One entry of `autoScaling.metrics` (kserve pkg/apis/serving/v1beta1/component.go MetricsSpec)."""
    if "prometheus" in metric:
        source = metric["prometheus"]
        backend = {"backend": "prometheus", "serverAddress": source.get("server"), "query": source.get("query")}
        return {
            "type": "External",
            "external": {"metric": backend, "target": {"type": "Value", "value": written(source.get("target"))}},
        }
    if "otel" in metric:
        source = metric["otel"]
        names = source.get("metrics") or [source.get("metric")]
        found = {"backend": "opentelemetry", "metricNames": names, "query": source.get("query")}
        return {
            "type": "PodMetric",
            "podmetric": {"metric": found, "target": {"type": "Value", "value": written(source.get("target"))}},
        }
    target = metric.get("target")
    wanted = target if isinstance(target, dict) else {"type": "Utilization", "averageUtilization": target}
    return {"type": "Resource", "resource": {"name": metric.get("resource"), "target": wanted}}


def _sources(spec: Mapping[str, Any]) -> Derived | None:
    sources = spec.get("sources")
    if not sources:
        return None
    # As one value: a release without the field is told at the word itself.
    return Derived([dict(source) for source in sources], (("spec", "sources"),))


def _canary(
    spec: Mapping[str, Any], workspace: Workspace, environment: Environment, mode: str
) -> dict[str, Any] | None:
    canary = spec.get("canary")
    if not isinstance(canary, dict) or (mode == "standard" and spec.get("container")):
        return None
    traffic = Derived(canary.get("traffic"), (("spec", "canary", "traffic"),))
    if mode != "standard":
        return {"percent": traffic}
    source = canary.get("source") or {}
    place = storage(source, ("spec", "canary", "source"), workspace, environment) if source else {}
    return {
        "entry": True,
        "traffic": traffic,
        "name": Derived(canary.get("name") or "canary", (("spec", "canary", "name"), ("spec", "canary"))),
        "storage": place,
    }


def side(spec: Mapping[str, Any], word: str, environment: Environment) -> dict[str, Any] | None:
    """What templates read of a transformer or explainer; None where there is none."""
    words = spec.get(word)
    if not isinstance(words, dict):
        return None
    at = ("spec", word)
    art = words.get("art")
    main = None if art else {"name": "kserve-container", **container(words, at, environment)}
    replicas = words.get("replicas") or {}
    return {
        "art": art and Derived(art, ((*at, "art"),)),
        "container": main,
        "volumes": volumes(words, at) or None,
        "min": None if replicas.get("min") is None else Derived(replicas["min"], ((*at, "replicas", "min"),)),
        "max": None if replicas.get("max") is None else Derived(replicas["max"], ((*at, "replicas", "max"),)),
        "scaling": _scaling(words, at),
    }


def _workers(spec: Mapping[str, Any], environment: Environment) -> dict[str, Any] | None:
    words = spec.get("workers")
    if not isinstance(words, dict):
        return None
    at = ("spec", "workers")
    fields = container(words, at, environment)
    return {
        "pipeline": Derived(words.get("pipeline"), ((*at, "pipeline"),)),
        "tensor": Derived(words.get("tensor"), ((*at, "tensor"),)),
        "container": {"name": "worker-container", **fields} if fields else None,
        "volumes": volumes(words, at) or None,
    }


def _limits(variant: Variant, environment: Environment, mode: str) -> list[Problem]:
    """Words that the environment's release cannot honour."""
    spec: Mapping[str, Any] = variant.values["spec"]
    problems = []
    release = environment.cluster.release
    lacking = release.lacks(mode) if mode == "knative" else ""
    if lacking:
        problems.append(
            Problem(
                "MW241",
                f"environment `{environment.name}` has no Knative mode: {lacking}",
                mode_place(variant, environment),
                "write `mode: standard`",
                effect="broken",
                environments=(environment.name,),
            )
        )
    if isinstance(spec.get("canary"), Mapping) and mode == "standard" and minor(release.kserve) < (0, 20):
        problems.append(
            Problem(
                "MW221",
                f"a canary in standard mode needs KServe 0.20; environment `{environment.name}` "
                f"runs {release.kserve or 'an unknown release'}",
                variant.place(("spec", "canary")),
                "use `mode: knative`, or drop `canary` in this environment (`canary: null`)",
                effect="ignored",
                level="error",
                environments=(environment.name,),
            )
        )
    return problems


def mode_place(variant: Variant, environment: Environment) -> Place:
    """Where a model's mode was written: in its own words, or its cluster's."""
    if variant.values["spec"].get("mode"):
        return variant.place(("spec", "mode"))
    return environment.cluster.document.place(("spec", "mode"))


def _runtime(variant: Variant, environment: Environment) -> Pieces:
    workers = _workers(variant.values["spec"], environment)
    return (runtime_piece(variant, environment, "kserve-container", workers=workers),), ()


def runtime_piece(variant: Variant, environment: Environment, container_name: Any, **more: Any) -> Piece:
    """A runtime's template with the values every kind of runtime reads, and `more`.

    `container_name` is what its server's container is called. A runtime of cluster scope lives in its cluster's folder.
    """
    spec: Mapping[str, Any] = variant.values["spec"]
    cluster = environment.cluster
    size = variant.values["size"]
    main = {"name": container_name, **container(spec, SPEC, environment)}
    sides = [
        {"name": name, **container(words or {}, ("spec", "sidecars", name), environment)}
        for name, words in (spec.get("sidecars") or {}).items()
    ]
    scope = "cluster" if spec.get("scope") == "cluster" else "namespace"
    values = {
        **words(variant),
        "kind": Derived("ClusterServingRuntime", (("spec", "scope"),)) if scope == "cluster" else "ServingRuntime",
        "annotations": own(variant, "annotations") or None,
        "labels": own(variant, "labels") or None,
        "containers": [main, *sides],
        "pod": {**pod(spec, cluster, size), "volumes": _shared_volumes(spec) or None},
        "podLabels": _pod_words(spec, "labels"),
        "podAnnotations": _pod_words(spec, "annotations"),
        "formats": _formats(spec) or None,
        **more,
    }
    if scope == "cluster":
        return Piece("servingruntime.yaml.j2", values, f"clusters/{cluster.name}", f"Runtime/{variant.document.name}")
    return Piece("servingruntime.yaml.j2", values)


def _shared_volumes(spec: Mapping[str, Any]) -> list[Any]:
    """Volumes of a runtime's containers; containers that mount the same at the same path share one."""
    known = dict(spec.get("mounts") or {})
    found = volumes(spec, SPEC)
    for name, words in (spec.get("sidecars") or {}).items():
        fresh = {path: mount for path, mount in ((words or {}).get("mounts") or {}).items() if known.get(path) != mount}
        found += volumes({"mounts": fresh}, ("spec", "sidecars", name))
        known |= fresh
    return found


def _formats(spec: Mapping[str, Any]) -> list[Any]:
    return [Derived(dict(entry), (("spec", "formats", i),)) for i, entry in enumerate(spec.get("formats") or ())]
