"""Container and pod words of a blueprint as Kubernetes fields, each value naming the word it came from."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from modelwright.expand.template import Derived
from modelwright.model import Path
from modelwright.quantities import written
from modelwright.resolve.workspace import Cluster, Environment
from modelwright.typed import Any

PROBES = {"live": "livenessProbe", "ready": "readinessProbe", "start": "startupProbe"}
VOLUMES = {"pvc": ("persistentVolumeClaim", "claimName"), "configMap": ("configMap", "name"), "secret": ("secret", "secretName")}
"""Blueprint word -> the volume source of a pod, and the field of it that names the object."""
REFERENCES = {"secret": "secretKeyRef", "configMap": "configMapKeyRef"}
"""Word of a variable -> where Kubernetes takes its value from."""
POD_WORDS = ("labels", "annotations")


def container(words: Mapping[str, Any], at: Path, environment: Environment) -> dict[str, Any]:
    """Fields of a Kubernetes container from the blueprint words found at path `at`."""
    fields: dict[str, Any] = {
        "name": _said(words, at, "name"),
        "image": _said(words, at, "image"),
        "command": _said(words, at, "command"),
        "args": _said(words, at, "args"),
        "env": _env(words, at),
        "envFrom": _said(words, at, "envFrom"),
        "ports": _ports(words, at),
        "volumeMounts": _mounts(words, at),
        "resources": _resources(words, at, environment),
        "securityContext": _said(words, at, "securityContext"),
    }
    for word, probe in PROBES.items():
        fields[probe] = _said(words.get("probes") or {}, (*at, "probes"), word)
    return {name: value for name, value in fields.items() if value is not None}


def volumes(words: Mapping[str, Any], at: Path) -> list[Any]:
    """Pod volumes behind the container's `mounts`."""
    mounts = words.get("mounts")
    if not mounts:
        return []
    found = []
    names = volume_names(mounts)
    for path, mount in mounts.items():
        source = _volume_source(mount or {}, (*at, "mounts", path))
        if source is not None:
            name = Derived(names[path], ((*at, "mounts", path, "volume"),))
            found.append({"name": name, **source})
    return found


def pod(
    spec: Mapping[str, Any], cluster: Cluster, size: Mapping[str, Any], account: Any = None, pull_secret: Any = None
) -> dict[str, Any]:
    """Pod fields from the pod words of a component, with what its connection needs."""
    extra = {k: v for k, v in (spec.get("pod") or {}).items() if k not in POD_WORDS}
    tolerations = _said(spec, ("spec",), "tolerations")
    if tolerations is None:
        source: Path = ("size", "tolerations")
        inherited = size.get("tolerations")
        if inherited is None and (size.get("gpu") or _wants_gpu(spec)):
            inherited, source = list(cluster.gpu_tolerations) or None, ("cluster", "gpu", "tolerations")
        tolerations = None if inherited is None else Derived(inherited, (source,))
    selector = _said(spec, ("spec",), "nodeSelector")
    if selector is None and size.get("nodeSelector"):
        selector = Derived(size["nodeSelector"], (("size", "nodeSelector"),))
    pull = [Derived({"name": name}, (("spec", "pullSecrets"),)) for name in spec.get("pullSecrets") or ()]
    if pull_secret is not None and pull_secret.value["name"] not in (spec.get("pullSecrets") or ()):
        pull.append(pull_secret)
    fields = {
        "tolerations": tolerations,
        "nodeSelector": selector,
        "affinity": _said(spec, ("spec",), "affinity"),
        "priorityClassName": _said(spec, ("spec",), "priorityClass"),
        "serviceAccountName": _said(spec, ("spec",), "serviceAccount") or account,
        "imagePullSecrets": pull or None,
        **{key: Derived(value, (("spec", "pod", key),)) for key, value in extra.items()},
    }
    return {name: value for name, value in fields.items() if value is not None}


def _said(words: Mapping[str, Any], at: Path, word: str) -> Derived | None:
    value = words.get(word)
    return None if value is None else Derived(value, ((*at, word),))


def _wants_gpu(spec: Mapping[str, Any]) -> bool:
    resources = spec.get("resources") or {}
    parts = (resources.get("requests"), resources.get("limits"))
    return any(isinstance(part, dict) and part.get("gpu") not in (None, 0, "none") for part in parts)


def _env(words: Mapping[str, Any], at: Path) -> list[Any] | None:
    env = words.get("env")
    if env is None:
        return None
    return [_variable(name, value, (*at, "env", name)) for name, value in env.items()]


def _variable(name: str, value: Any, where: Path) -> dict[str, Any]:
    named = {"name": Derived(name, (where,))}
    for word, reference in REFERENCES.items():
        if word in value and isinstance(value[word], Mapping):
            return {**named, "valueFrom": {reference: Derived(dict(value[word]), ((*where, word),))}}
    if "field" in value:
        return {**named, "valueFrom": {"fieldRef": {"fieldPath": Derived(value["field"], ((*where, "field"),))}}}
    return {**named, "value": Derived(value.get("value"), ((*where, "value"),))}


def _ports(words: Mapping[str, Any], at: Path) -> list[Any] | None:
    ports = words.get("ports")
    if ports is None:
        return None
    named = ({"port": p} if isinstance(p, int) else p for p in ports)
    return [
        Derived(
            {("containerPort" if k == "port" else k): v for k, v in {"protocol": "TCP", **port}.items()},
            ((*at, "ports", i),),
        )
        for i, port in enumerate(named)
    ]


def volume_names(mounts: Mapping[str, Any]) -> dict[str, str]:
    """Mount path -> its volume's name: the author's, or one made of the path (`/dev/shm` -> `dev-shm`).

    Of paths that would make one name (`/a/b` and `/a-b`), all but the first by alphabet have a digest of the path
    behind it: the order of words changes no name.
    """
    stated = {path: str(own) for path, mount in mounts.items() if (own := (mount or {}).get("volume") or (mount or {}).get("name"))}
    taken = set(stated.values())
    made = {}
    for path in sorted(mounts.keys() - stated.keys()):
        name = re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-")[:63].rstrip("-") or "root"
        if name in taken:
            name = f"{name[:54]}-{hashlib.sha256(path.encode()).hexdigest()[:8]}"
        taken.add(name)
        made[path] = name
    return stated | made


def _volume_source(mount: Mapping[str, Any], where: Path) -> dict[str, Any] | None:
    for word, (source, field) in VOLUMES.items():
        if mount.get(word) is not None:
            facts = {field: Derived(mount[word], ((*where, word),))}
            if mount.get("items") and word != "pvc":
                keys = [{"key": i, "path": i} if isinstance(i, str) else i for i in mount["items"]]
                facts["items"] = Derived(keys, ((*where, "items"),))
            return {source: facts}
    if "emptyDir" in mount:
        return {"emptyDir": Derived(mount["emptyDir"] or {}, ((*where, "emptyDir"),))}
    return None


def _mounts(words: Mapping[str, Any], at: Path) -> list[Any] | None:
    mounts = words.get("mounts")
    if mounts is None:
        return None
    made = []
    names = volume_names(mounts)
    for path, mount in mounts.items():
        mount = mount or {}
        where = (*at, "mounts", path)
        entry = {"name": Derived(names[path], ((*where, "volume"),)), "mountPath": Derived(path, (where,))}
        for word in ("readOnly", "subPath"):
            if mount.get(word) is not None:
                entry[word] = Derived(mount[word], ((*where, word),))
        made.append(entry)
    return made


def _resources(
    words: Mapping[str, Any], at: Path, environment: Environment
) -> dict[str, Any] | None:
    cluster = environment.cluster
    stated = words.get("resources")
    if stated is not None:
        requests = stated.get("requests") or {}
        own = stated.get("limits")
        source = (*at, "resources")
        named = {
            "requests": _amounts(requests, source, cluster),
            "limits": _amounts(_limits(requests, own), source, cluster, own),
        }
        return {part: amounts for part, amounts in named.items() if amounts} or None
    size = environment.sizes.get(str(words.get("size")))
    if not size:
        return None
    plain = {k: v for k, v in size.items() if k not in ("tolerations", "nodeSelector", "hardwareProfile", "limits")}
    own = size.get("limits") or {}
    source = ("sizes", str(words["size"]))
    limits = _amounts({**plain, **own}, source, cluster, own)
    return {"requests": _amounts(plain, source, cluster), "limits": limits}


def _limits(requests: Mapping[str, Any], stated: Any) -> dict[str, Any]:
    """Requests are limits too, unless a limit says otherwise; `none` means there is no limit."""
    if stated == "none":
        return {}
    limits = {**requests, **(stated or {})}
    return {name: amount for name, amount in limits.items() if amount != "none"}


def _amounts(amounts: Mapping[str, Any], at: Path, cluster: Cluster, limits: Any = ()) -> dict[str, Any]:
    """Amounts written at `at`; those named in `limits` were written as limits."""
    own = limits if isinstance(limits, Mapping) else ()
    return {
        (cluster.gpu_resource if name == "gpu" else name): Derived(
            written(amount), ((*at, "limits", name) if name in own else (*at, name),)
        )
        for name, amount in amounts.items()
        if amount is not None
    }
