"""A Model in an environment: its runtime and why, its pod, how it scales and where it answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from modelwright.model import minor
from modelwright.resolve.runtimes import advice, candidates, selection, wanted
from modelwright.targets.kserve import builtin
from modelwright.targets.kserve.constants import CONTAINER, LEGACY
from modelwright.targets.kserve.selection import PROTOCOLS, Runtime, Selection, Wanted
from modelwright.verdict.pod import Container, Pod, merged, plain, server_type

if TYPE_CHECKING:
    from modelwright.verdict import Choice, Subject

MODES = {"Serverless": "knative", "RawDeployment": "standard", "Knative": "knative", "Standard": "standard", "ModelMesh": "modelmesh"}


def admitted(subject: Subject) -> Mapping[str, Any]:
    """The component's InferenceService as webhooks leave it; empty where it makes none."""
    from modelwright.judge.admission import admit
    from modelwright.judge.catalog import catalog
    from modelwright.rules.engine import facts, without_nulls
    from modelwright.targets.opendatahub.defaulting import with_account

    found = next((m for m in subject.manifests() if m.kind == "InferenceService"), None)
    if found is None:
        return {}
    about = facts(catalog(subject.environment.cluster.release))
    return with_account(admit(without_nulls(found.data), about).object, about)


def mode(subject: Subject) -> str:
    """`knative`, `standard` or `modelmesh`."""
    annotations = _map(_map(admitted(subject), "metadata"), "annotations")
    stated = MODES.get(str(annotations.get("serving.kserve.io/deploymentMode")))
    return stated or MODES.get(subject.environment.cluster.release.default_mode, "")


def wish(subject: Subject) -> str:
    """What is to be served, in words."""
    wanted = _wish(subject)
    here = mode(subject)
    how = f" in {here} mode" if here else ""
    if wanted is None:
        return f"a container of its own{how}"
    version = f" {wanted.version}" if wanted.version is not None else ""
    spoken = f" by protocol {wanted.protocol}" if wanted.protocol else ""
    return f"{wanted.format}{version}{spoken}{how}"


def _wish(subject: Subject) -> Wanted | None:
    from modelwright.targets.kserve.selection import wanted_of

    made = admitted(subject)
    if made:
        return wanted_of(made, subject.environment.cluster.release)
    return wanted(subject.plan.variants[subject.environment.name], subject.build.workspace)


def choice(subject: Subject) -> Choice | None:
    """The runtime and why; None for a model that brings its own container."""
    from modelwright.verdict import Choice

    wish = _wish(subject)
    if wish is None:
        return None
    variant = subject.plan.variants[subject.environment.name]
    found = selection(wish, variant, subject.build.workspace)
    others = [(runtime.name, tuple(reason.text for reason in reasons)) for runtime, reasons in found.others]
    named = {name for name, _ in others} | {found.chosen.name if found.chosen else ""}
    others += [(name, ("is there by name only: what it serves is not known",)) for name in found.unsure if name not in named]
    if found.serves:
        return Choice(found.chosen.name if found.chosen else "", _why(wish, found, subject), tuple(others))
    if wish.runtime is not None and found.fault and found.fault.obstacle == "absent":
        why = f"the model names `{wish.runtime}`, of which nothing is known here"
        listed = subject.environment.cluster.document.data.get("spec", {}).get("runtimes") is not None
        return Choice("" if listed else wish.runtime, why, tuple(others))
    if found.chosen is not None and found.fault:
        return Choice("", f"`{found.chosen.name}` {found.fault.text}", tuple(others))
    return Choice("", "no runtime takes it", tuple(others), advice(wish, found, subject.environment.cluster))


def _why(wish: Wanted, found: Selection, subject: Subject) -> str:
    chosen = found.chosen
    assert chosen is not None
    if wish.runtime is not None:
        return f"the model names it; {_source(chosen, subject)}"
    if len(found.others) == 0 or all(reasons[0].obstacle != "later" for _, reasons in found.others):
        return f"the only one that takes the model; {_source(chosen, subject)}"
    tied = f" (if it is newer than {', '.join(found.tied)})" if found.tied and not wish.mesh else ""
    return f"the first of those that take the model{tied}; {_source(chosen, subject)}"


def _source(runtime: Runtime, subject: Subject) -> str:
    workspace, release = subject.build.workspace, subject.environment.cluster.release
    document = workspace.runtime(subject.plan.project, runtime.name)
    if document is not None:
        return f"a Runtime of this workspace ({document.file})"
    facts = builtin.facts(runtime.name, release)
    if facts is None:
        return "of it no more is known than its name"
    if release.open_data_hub and facts["kind"] == "ServingRuntime":
        return "as Open Data Hub's template of that name has it"
    if facts.get("multiModel"):
        return "as ModelMesh brings it"
    return f"as KServe {release.kserve} brings it"


def pod(subject: Subject, runtime: str) -> Pod | None:
    """What serves the model; None where nothing will, or where ModelMesh's shared pods do."""
    made = admitted(subject)
    predictor = _map(_map(made, "spec"), "predictor")
    if not predictor or mode(subject) == "modelmesh":
        return None
    name = str(_map(made, "metadata").get("name"))
    block = next((predictor[word] for word in ("model", *LEGACY) if isinstance(predictor.get(word), Mapping)), None)
    if block is not None and not runtime:
        return None
    containers: list[Container] = []
    if block is not None:
        containers += _of_runtime(subject, runtime, block, name)
    beside = _maps(predictor, "containers")
    containers += [plain(each, "model") for each in beside]
    return Pod(
        containers=tuple(containers),
        files=_files(block or {}, predictor, beside),
        account=str(predictor.get("serviceAccountName") or "default"),
        scaling=_scaling(subject, made, predictor),
        address=_address(subject, made, name) + _path(subject, block, runtime, name),
        placement=tuple(_placement(predictor)),
    )


def _of_runtime(subject: Subject, runtime: str, block: Mapping[str, Any], name: str) -> list[Container]:
    facts, server = _runtime_containers(subject, runtime)
    main = next((each for each in facts if each.get("name") == CONTAINER), {})
    stated = server if minor(subject.environment.cluster.release.kserve) >= (0, 17) else ""
    made = [merged(main, block, server_type(stated, runtime), name)]
    return made + [plain(each, "runtime", name) for each in facts if each.get("name") != CONTAINER]


def _runtime_containers(subject: Subject, runtime: str) -> tuple[list[Mapping[str, Any]], str]:
    """A runtime's containers and server type: as compiled here, else as the platform brings it."""
    stage = subject.environment
    for folder, manifests in subject.build.tree.built.items():
        if folder.startswith(subject.folder) or folder == f"clusters/{stage.cluster.name}":
            for each in manifests:
                if each.kind in ("ServingRuntime", "ClusterServingRuntime") and each.name == runtime:
                    annotations = _map(_map(each.data, "metadata"), "annotations")
                    return _maps(_map(each.data, "spec"), "containers"), str(annotations.get("serving.kserve.io/server-type") or "")
    facts = builtin.facts(runtime, stage.cluster.release)
    if facts is None:
        return [], ""
    release = stage.cluster.release.kserve
    full = release if release.count(".") > 1 else f"{release}.0"
    containers: list[Mapping[str, Any]] = [
        {**each, **({"image": each["image"].replace("{release}", full)} if "image" in each else {})} for each in facts.get("containers", ())
    ]
    return containers, str(facts.get("serverType", ""))


def _files(block: Mapping[str, Any], predictor: Mapping[str, Any], beside: list[Mapping[str, Any]]) -> str:
    uri, storage = block.get("storageUri"), _map(block, "storage")
    for each in beside:
        env = {str(row.get("name")): row.get("value") for row in _maps(each, "env")}
        uri = uri or env.get("STORAGE_URI")
    if uri:
        text = str(uri)
        if text.startswith("pvc://"):
            return f"claim `{text.removeprefix('pvc://').partition('/')[0]}` is mounted: `{text}` at /mnt/models"
        if text.startswith("oci://"):
            return f"a modelcar container brings image `{text}` to /mnt/models"
        return f"storage-initializer fetches `{text}` into /mnt/models"
    if storage:
        key = f"entry `{storage['key']}` of Secret storage-config" if storage.get("key") else "the default entry of Secret storage-config"
        return f"storage-initializer fetches `{storage.get('path', '')}` by {key} into /mnt/models"
    addresses = [str(each.get("uri")) for each in _maps(predictor, "storageUris")]
    return f"storage-initializer fetches {', '.join(f'`{each}`' for each in addresses)}" if addresses else ""


def _scaling(subject: Subject, made: Mapping[str, Any], predictor: Mapping[str, Any]) -> str:
    annotations = _map(_map(made, "metadata"), "annotations")
    low, high = predictor.get("minReplicas"), predictor.get("maxReplicas")
    metric, target = predictor.get("scaleMetric"), predictor.get("scaleTarget")
    if str(annotations.get("serving.kserve.io/stop")) == "true":
        return "stopped: no pods"
    if mode(subject) == "knative":
        least = 1 if low is None else low
        most = f" to {high}" if high else " and more"
        return f"{least}{most} pods, by Knative" + (f" on {metric} {target}" if metric else "")
    kind = str(annotations.get("serving.kserve.io/autoscalerClass") or "hpa")
    least = max(low if isinstance(low, int) else 1, 1)
    most_ = max(high if isinstance(high, int) else 0, least)
    count = f"{least} pod{'' if least == 1 else 's'}" if least == most_ else f"{least} to {most_} pods"
    if kind == "none" or predictor.get("workerSpec"):
        return f"{least} pod{'' if least == 1 else 's'}, no autoscaler"
    if kind == "external":
        return f"{least} pod{'' if least == 1 else 's'}; another autoscaler may change that"
    if predictor.get("autoScaling"):
        return f"{count}, by {'KEDA' if kind == 'keda' else 'a HorizontalPodAutoscaler'} on metrics of its own"
    if least == most_:
        return count
    reached = f"{metric or 'cpu'} at {target if target is not None else 80}%" if metric in (None, "cpu", "memory") else f"{metric}"
    return f"{count}, by a HorizontalPodAutoscaler on {reached}"


def _address(subject: Subject, made: Mapping[str, Any], name: str) -> str:
    """Where it answers inside the cluster; what is outside depends on the cluster's domain."""
    release, namespace = subject.environment.cluster.release, str(_map(made, "metadata").get("namespace") or "")
    first = "transformer" if _map(made, "spec").get("transformer") else "predictor"
    annotations = _map(_map(made, "metadata"), "annotations")
    if mode(subject) == "knative":
        return f"http://{name}.{namespace}.svc.cluster.local"
    host = f"{name}-{first}.{namespace}.svc.cluster.local"
    if not release.open_data_hub or minor(release.open_data_hub) < (3, 0):
        return f"http://{host}"
    # Services of models have no address of their own there, so the port is the pod's.
    return f"https://{host}:8443" if annotations.get("security.opendatahub.io/enable-auth") == "true" else f"http://{host}:8080"


def _path(subject: Subject, block: Mapping[str, Any] | None, runtime: str, name: str) -> str:
    """Where a predictive model takes requests, by the protocol that it states or its runtime prefers."""
    if block is None or _map(block, "modelFormat").get("name") in ("vLLM", "huggingface"):
        return ""
    spoken = block.get("protocolVersion")
    if spoken is None:
        seen = candidates(subject.plan.project, subject.environment, subject.build.workspace)
        listed = next((each.protocols for each in seen if each.name == runtime), ())
        spoken = min(listed, key=lambda each: PROTOCOLS.index(each) if each in PROTOCOLS else len(PROTOCOLS), default=None)
    return {"v1": f"/v1/models/{name}:predict", "v2": f"/v2/models/{name}/infer"}.get(str(spoken), "")


def _placement(predictor: Mapping[str, Any]) -> list[str]:
    found = [f"node label {key}={value}" for key, value in _map(predictor, "nodeSelector").items()]
    for each in _maps(predictor, "tolerations"):
        value = f"={each['value']}" if each.get("value") else ""
        found.append(f"tolerates {each.get('key', 'anything')}{value}")
    return found


def _map(node: Any, key: str) -> Mapping[str, Any]:
    found = node.get(key) if isinstance(node, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _maps(node: Any, key: str) -> list[Mapping[str, Any]]:
    found = node.get(key) if isinstance(node, Mapping) else None
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []
