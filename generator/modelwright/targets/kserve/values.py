"""What KServe's templates read: blueprint words turned into the platform's, release by release."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modelwright.expand.template import Derived
from modelwright.model import Path, Release, Variant
from modelwright.problems import Problem
from modelwright.quantities import written
from modelwright.resolve.workspace import Cluster, Environment, Workspace
from modelwright.targets import Piece, Pieces
from modelwright.targets.kserve.container import container, pod, volumes
from modelwright.targets.kserve.storage import storage

SPEC: Path = ("spec",)
SOURCE: Path = ("spec", "source")
LEGACY_MODES = {"knative": "Serverless", "standard": "RawDeployment", "modelmesh": "ModelMesh"}
"""Mode words up to KServe 0.15; 0.16 renamed two (kserve pkg/constants)."""
MODES = {"knative": "Knative", "standard": "Standard", "modelmesh": "ModelMesh"}


def pieces(variant: Variant, workspace: Workspace) -> Pieces:
    """Templates and values for one Model or Runtime variant."""
    environment = workspace.environments[variant.environment]
    if variant.document.kind == "Runtime":
        return _runtime(variant, environment)
    return _model(variant, workspace, environment)


def minor(release: str) -> tuple[int, int]:
    """`0.17` or `0.17.1` as (0, 17); the newest known where it is not a version."""
    parts = release.split(".")
    return (int(parts[0]), int(parts[1])) if len(parts) > 1 and parts[0].isdigit() and parts[1].isdigit() else (0, 20)


def mode_word(mode: str, release: Release) -> str:
    """The deployment mode in the words of a KServe release."""
    words = LEGACY_MODES if minor(release.kserve) < (0, 16) else MODES
    return words.get(mode, mode)


def _model(variant: Variant, workspace: Workspace, environment: Environment) -> Pieces:
    spec: Mapping[str, Any] = variant.values["spec"]
    cluster = environment.cluster
    mode = str(spec.get("mode") or cluster.mode)
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
    main["ports"] = main.get("ports")
    values: dict[str, Any] = {
        **_words(variant),
        "annotations": _annotations(spec, variant, cluster, mode) or None,
        "labels": _labels(spec, variant, cluster, mode) or None,
        "storage": place,
        "sources": _sources(spec),
        "main": main,
        "custom": main if custom else None,
        "pod": {
            **pod(spec, cluster, size, place.get("account")),
            "volumes": (volumes(spec, SPEC) + (volumes(custom, ("spec", "container")) if custom else [])) or None,
        },
        "podLabels": _pod_words(spec, "labels"),
        "podAnnotations": _pod_words(spec, "annotations"),
        "scaling": _scaling(spec, SPEC),
        "canary": _canary(spec, workspace, environment, mode),
        "transformer": _side(spec, "transformer", environment),
        "explainer": _side(spec, "explainer", environment),
        "workers": _workers(spec, environment),
    }
    return (Piece("inferenceservice.yaml.j2", values),), ()


def _pod_words(spec: Mapping[str, Any], word: str) -> Derived | None:
    value = (spec.get("pod") or {}).get(word)
    return None if value is None else Derived(value, (("spec", "pod", word),))


def _served(spec: Mapping[str, Any], mode: str) -> tuple[Mapping[str, Any], Path]:
    """Which source the predictor names, and where it is said.

    With Knative it is the canary's: the stable version is the revision that runs already (kserve docs, canary rollout).
    """
    canary = (spec.get("canary") or {}).get("source")
    return (canary, ("spec", "canary", "source")) if canary and mode != "standard" else (spec.get("source") or {}, SOURCE)


def _words(variant: Variant) -> dict[str, Any]:
    return {"metadata": variant.values["metadata"], "spec": variant.values["spec"], "size": variant.values["size"]}


def _annotations(spec: Mapping[str, Any], variant: Variant, cluster: Cluster, mode: str) -> dict[str, Any]:
    own = variant.values["metadata"].get("annotations") or {}
    found = {key: Derived(value, (("metadata", "annotations", key),)) for key, value in own.items()}
    computed: dict[str, tuple[Any, tuple[str, ...]]] = {
        "serving.kserve.io/deploymentMode": (mode and mode_word(mode, cluster.release), ("spec", "mode")),
        "serving.kserve.io/autoscalerClass": (_scaler(spec), ("spec", "autoscale")),
        "serving.kserve.io/stop": ("true" if spec.get("stopped") else None, ("spec", "stopped")),
    }
    access = spec.get("access") or {}
    if cluster.release.open_data_hub:
        auth = access.get("auth")
        computed["security.opendatahub.io/enable-auth"] = (
            None if auth is None else str(bool(auth)).lower(),
            ("spec", "access", "auth"),
        )
        profile = (spec.get("hardwareProfile") or {}) or variant.values["size"].get("hardwareProfile") or {}
        profile = {"name": profile} if isinstance(profile, str) else profile
        source = ("spec", "hardwareProfile") if spec.get("hardwareProfile") else ("size", "hardwareProfile")
        computed["opendatahub.io/hardware-profile-name"] = (profile.get("name"), (*source, "name"))
        computed["opendatahub.io/hardware-profile-namespace"] = (profile.get("namespace"), (*source, "namespace"))
        computed["haproxy.router.openshift.io/timeout"] = (access.get("timeout"), ("spec", "access", "timeout"))
    for key, (value, word) in computed.items():
        if value and key not in found:
            found[key] = Derived(value, (word,))
    return found


def _labels(spec: Mapping[str, Any], variant: Variant, cluster: Cluster, mode: str) -> dict[str, Any]:
    own = variant.values["metadata"].get("labels") or {}
    found = {key: Derived(value, (("metadata", "labels", key),)) for key, value in own.items()}
    visibility = (spec.get("access") or {}).get("visibility")
    key = "networking.knative.dev/visibility" if mode == "knative" else "networking.kserve.io/visibility"
    value = None
    if visibility == "cluster" and not cluster.release.open_data_hub:
        value = "cluster-local"
    elif visibility == "external" and cluster.release.open_data_hub and mode != "knative":
        # Routes are made only for services so labelled (odh-model-controller, raw route reconciler).
        value = "exposed"
    if value and key not in found:
        found[key] = Derived(value, (("spec", "access", "visibility"),))
    registry = spec.get("registry") or {}
    for word, label in (("model", "registered-model-id"), ("version", "model-version-id")):
        if registry.get(word):
            found[f"modelregistry.opendatahub.io/{label}"] = Derived(
                str(registry[word]), (("spec", "registry", word),)
            )
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


def _sources(spec: Mapping[str, Any]) -> list[Any] | None:
    sources = spec.get("sources")
    if not sources:
        return None
    return [Derived(dict(source), (("spec", "sources", i),)) for i, source in enumerate(sources)]


def _canary(
    spec: Mapping[str, Any], workspace: Workspace, environment: Environment, mode: str
) -> dict[str, Any] | None:
    canary = spec.get("canary")
    if not isinstance(canary, dict):
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


def _side(spec: Mapping[str, Any], word: str, environment: Environment) -> dict[str, Any] | None:
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


def _runtime(variant: Variant, environment: Environment) -> Pieces:
    spec: Mapping[str, Any] = variant.values["spec"]
    cluster = environment.cluster
    size = variant.values["size"]
    main = {"name": "kserve-container", **container(spec, SPEC, environment)}
    sides = [
        {"name": name, **container(words or {}, ("spec", "sidecars", name), environment)}
        for name, words in (spec.get("sidecars") or {}).items()
    ]
    own = variant.values["metadata"]
    template = spec.get("template") or {}
    annotations = {k: Derived(v, (("metadata", "annotations", k),)) for k, v in (own.get("annotations") or {}).items()}
    if cluster.release.open_data_hub:
        annotations = {**_template_annotations(own, template), **annotations}
    scope = "cluster" if spec.get("scope") == "cluster" else "namespace"
    values = {
        **_words(variant),
        "kind": "ClusterServingRuntime" if scope == "cluster" else "ServingRuntime",
        "annotations": annotations or None,
        "labels": own.get("labels") and Derived(own["labels"], (("metadata", "labels"),)),
        "containers": [main, *sides],
        "pod": {**pod(spec, cluster, size), "volumes": _shared_volumes(spec) or None},
        "podLabels": _pod_words(spec, "labels"),
        "podAnnotations": _pod_words(spec, "annotations"),
        "formats": _formats(spec) or None,
        "multiModel": bool(spec["multiModel"]) if spec.get("multiModel") is not None else None,
        "workers": _workers(spec, environment),
    }
    if scope == "cluster":
        owner = f"Runtime/{variant.document.name}"
        return (Piece("servingruntime.yaml.j2", values, f"clusters/{cluster.name}", owner),), ()
    return (Piece("servingruntime.yaml.j2", values),), ()


def _shared_volumes(spec: Mapping[str, Any]) -> list[Any]:
    """Volumes of a runtime's containers; containers that mount the same at the same path share one."""
    known = dict(spec.get("mounts") or {})
    found = volumes(spec, SPEC)
    for name, words in (spec.get("sidecars") or {}).items():
        fresh = {path: mount for path, mount in ((words or {}).get("mounts") or {}).items() if known.get(path) != mount}
        found += volumes({"mounts": fresh}, ("spec", "sidecars", name))
        known |= fresh
    return found


def _template_annotations(own: Mapping[str, Any], template: Mapping[str, Any]) -> dict[str, Any]:
    """Display marks the Open Data Hub dashboard reads from a runtime."""
    import json

    accelerators = template.get("accelerators")
    name, at = template.get("displayName"), ("spec", "template")
    title = ("metadata", "title") if own.get("title") else (*at, "displayName")
    stated = {
        "opendatahub.io/template-display-name": (name, (*at, "displayName")),
        "openshift.io/display-name": (own.get("title") or name, title),
        "opendatahub.io/recommended-accelerators": (accelerators and json.dumps(accelerators), (*at, "accelerators")),
        "opendatahub.io/apiProtocol": (template.get("apiProtocol"), (*at, "apiProtocol")),
    }
    return {key: Derived(value, (source,)) for key, (value, source) in stated.items() if value}


def _formats(spec: Mapping[str, Any]) -> list[Any]:
    return [Derived(dict(entry), (("spec", "formats", i),)) for i, entry in enumerate(spec.get("formats") or ())]
