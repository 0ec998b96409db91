"""Draws pairs of objects: one as it is in the base, and one that somebody wants in an environment."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

Object = dict[str, Any]

WORDS = ("a", "b", "storageUri", "x.y/z", "til~de", "on", "1", "ключ", "value from", "null")
TEXTS = ("", "text", "1", "true", "null", "0755", "1e3", "s3://b/m", "two\nlines\n", " pad ", "y", "~", "2024-01-01", "é☃", "#", "a: b")
NUMBERS = (0, 1, -1, 80, 1.5, 0.1, 2**31, 2**53, 1e-7, 1.5e300)
HEAD = ("apiVersion", "kind", "metadata")
HUGE = (2**53 + 1, 2**63 - 1, -(2**60))


def draw(rng: Random, name: str, kind: str = "") -> tuple[Object, Object]:
    """A base and what is wanted of it, same identity."""
    make = KINDS[kind] if kind else rng.choice(list(KINDS.values()))
    base = make(rng, name)
    rate = 0.0 if rng.random() < 0.05 else rng.choice((0.05, 0.15, 0.4))
    loose = base["kind"] not in CORE_KINDS
    fields = {k: _mutated(rng, v, rate, loose) for k, v in base.items() if k not in HEAD and rng.random() > rate * 0.2}
    if loose and rng.random() < 0.05:
        fields["extra"] = tree(rng, 2)
    return base, {**{key: base[key] for key in HEAD}, "metadata": _metadata(rng, base), **fields}


def _metadata(rng: Random, base: Object) -> Object:
    metadata: Object = {"name": base["metadata"]["name"]}
    for word in ("labels", "annotations"):
        values = dict(base["metadata"].get(word, {}))
        for key in list(values):
            if rng.random() < 0.2:
                del values[key]
            elif rng.random() < 0.2:
                values[key] = rng.choice(TEXTS)
        if rng.random() < 0.2:
            values[rng.choice(("x.y/added", "new"))] = rng.choice(TEXTS)
        if values:
            metadata[word] = values
    if rng.random() < 0.5 and "finalizers" in base["metadata"]:
        metadata["finalizers"] = base["metadata"]["finalizers"]
    return metadata | _lists(rng)


def _lists(rng: Random) -> Object:
    owner = {"apiVersion": "v1", "kind": "ConfigMap", "name": rng.choice("ab"), "uid": rng.choice("uv")}
    lists: Object = {"ownerReferences": [owner]} if rng.random() < 0.1 else {}
    return lists | ({"finalizers": rng.sample(("x/a", "x/b", "x/c"), 2)} if rng.random() < 0.1 else {})


def _head(rng: Random, name: str, api_version: str, kind: str) -> Object:
    metadata: Object = {"name": name, **_lists(rng)}
    for word in ("labels", "annotations"):
        if rng.random() < 0.5:
            metadata[word] = {key: rng.choice(TEXTS) for key in rng.sample(("app", "x.y/z", "serving.io/mode"), 2)}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata}


def scalar(rng: Random) -> Any:
    return rng.choice((rng.choice(TEXTS), rng.choice(TEXTS), rng.choice(NUMBERS), rng.random() < 0.5))


def tree(rng: Random, depth: int = 3) -> Any:
    """Any JSON value."""
    sort = rng.random()
    if depth == 0 or sort < 0.4:
        return scalar(rng) if rng.random() < 0.95 else None
    if sort < 0.65:
        return {key: tree(rng, depth - 1) for key in rng.sample(WORDS, rng.randrange(4))}
    if sort < 0.75:
        return [scalar(rng) for _ in range(rng.randrange(4))]
    if sort < 0.9:
        named = rng.random() < 0.6
        return [
            ({"name": f"n{i}"} if named else {}) | {key: tree(rng, depth - 1) for key in rng.sample(WORDS, 2)}
            for i in range(rng.randrange(4))
        ]
    return [tree(rng, depth - 1) for _ in range(rng.randrange(3))]


def thing(rng: Random, name: str) -> Object:
    body = {key: tree(rng) for key in rng.sample((*WORDS, "$patch", "$retainKeys"), 4)}
    if rng.random() < 0.05:
        body["huge"] = rng.choice(HUGE)
    return {**_head(rng, name, "things.example.com/v1", "Thing"), "spec": body}


def container(rng: Random, name: str) -> Object:
    made: Object = {"name": name, "image": rng.choice(("a:1", "b:2"))}
    if rng.random() < 0.7:
        made["env"] = [
            {"name": key, "value": rng.choice(TEXTS)}
            if rng.random() < 0.7
            else {"name": key, "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}
            for key in rng.sample(("A", "B", "C", "D"), rng.randrange(1, 4))
        ]
    if rng.random() < 0.5:
        made["args"] = [rng.choice(TEXTS) for _ in range(rng.randrange(4))]
    if rng.random() < 0.5:
        made["ports"] = [{"containerPort": port, "protocol": "TCP"} for port in rng.sample((80, 81, 82), 2)]
    if rng.random() < 0.5:
        amounts = {"cpu": rng.choice(("1", "500m")), "memory": "1Gi"}
        made["resources"] = {"requests": amounts, "limits": dict(amounts)}
    if rng.random() < 0.4:
        made["volumeMounts"] = [{"name": v, "mountPath": f"/{v}"} for v in rng.sample(("v", "w"), 1)]
    return made


def volumes(rng: Random) -> list[Object]:
    kinds: list[Object] = [{"emptyDir": {}}, {"configMap": {"name": "c"}}, {"secret": {"secretName": "s"}}]
    return [{"name": name, **rng.choice(kinds)} for name in rng.sample(("v", "w", "u"), rng.randrange(1, 3))]


def inference_service(rng: Random, name: str) -> Object:
    predictor: Object = {"minReplicas": rng.randrange(3), "maxReplicas": 4, "scaleTarget": 80}
    predictor["model"] = {
        "modelFormat": {"name": "onnx"},
        "storageUri": "s3://b/m",
        "args": ["--a", "--b"],
        **{k: v for k, v in container(rng, "x").items() if k in ("env", "resources")},
    }
    if rng.random() < 0.5:
        predictor["containers"] = [container(rng, n) for n in rng.sample(("kserve-container", "side", "x"), 2)]
    if rng.random() < 0.5:
        predictor["tolerations"] = [{"key": k, "operator": "Exists"} for k in rng.sample(("gpu", "a", "b"), 2)]
    return {**_head(rng, name, "serving.kserve.io/v1beta1", "InferenceService"), "spec": {"predictor": predictor}}


def runtime(rng: Random, name: str) -> Object:
    formats = [{"name": "onnx", "version": v, "autoSelect": rng.random() < 0.5} for v in rng.sample("123", 2)]
    spec = {"supportedModelFormats": formats, "containers": [container(rng, "kserve-container")], "volumes": volumes(rng)}
    return {**_head(rng, name, "serving.kserve.io/v1alpha1", "ServingRuntime"), "spec": spec}


def deployment(rng: Random, name: str) -> Object:
    pod = {
        "containers": [container(rng, n) for n in rng.sample(("main", "side", "third"), rng.randrange(1, 4))],
        "volumes": volumes(rng),
        "nodeSelector": {"zone": "a"},
        "tolerations": [{"key": "gpu", "operator": "Exists"}],
        "imagePullSecrets": [{"name": "pull"}],
    }
    template = {"metadata": {"labels": {"app": "x"}}, "spec": pod}
    strategy: Object = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": "25%"}}
    selector = {"matchLabels": {"app": "x"}}
    spec = {"replicas": 2, "strategy": strategy, "selector": selector, "template": template}
    return {**_head(rng, name, "apps/v1", "Deployment"), "spec": spec}


def config_map(rng: Random, name: str) -> Object:
    data = {key: rng.choice(TEXTS) for key in rng.sample((*WORDS, "$patch"), rng.randrange(1, 5))}
    return {**_head(rng, name, "v1", "ConfigMap"), "data": data}


def service(rng: Random, name: str) -> Object:
    ports = [{"name": f"p{p}", "port": p, "targetPort": rng.choice((p, "http"))} for p in rng.sample((80, 443, 9090), 2)]
    spec = {"selector": {"app": "x"}, "ports": ports, "type": "ClusterIP", "externalIPs": ["10.0.0.1", "10.0.0.2"]}
    return {**_head(rng, name, "v1", "Service"), "spec": spec}


def service_account(rng: Random, name: str) -> Object:
    secrets = [{"name": n} for n in rng.sample(("a", "b", "c"), rng.randrange(1, 4))]
    return {**_head(rng, name, "v1", "ServiceAccount"), "secrets": secrets, "imagePullSecrets": secrets[:1]}


def claim(rng: Random, name: str) -> Object:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}, "storageClassName": "fast"}
    return {**_head(rng, name, "v1", "PersistentVolumeClaim"), "spec": spec}


def role(rng: Random, name: str) -> Object:
    rules = [{"apiGroups": [""], "resources": [r], "verbs": ["get", "list"]} for r in rng.sample(("pods", "secrets"), 2)]
    return {**_head(rng, name, "rbac.authorization.k8s.io/v1", "Role"), "rules": rules}


def network_policy(rng: Random, name: str) -> Object:
    ingress = [{"from": [{"podSelector": {}}], "ports": [{"port": p}]} for p in rng.sample((80, 81), 2)]
    spec = {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": ingress}
    return {**_head(rng, name, "networking.k8s.io/v1", "NetworkPolicy"), "spec": spec}


CUSTOM = (inference_service, runtime, thing)
CORE = (deployment, config_map, service, service_account, claim, role, network_policy)
CORE_KINDS = frozenset({make(Random(0), "x")["kind"] for make in CORE})
KINDS: dict[str, Callable[[Random, str], Object]] = {make.__name__: make for make in (*CUSTOM, *CORE)}


def _mutated(rng: Random, node: Any, rate: float, loose: bool) -> Any:
    """`node` with things dropped, added, moved and changed; retyped as well where `loose`.

    Kustomize itself stops at core objects of another shape (it looks for names to update in them).
    """
    if loose and rng.random() < rate * 0.2:
        return tree(rng, 2)
    if isinstance(node, dict):
        kept = {k: _mutated(rng, v, rate, loose) for k, v in node.items() if k == "name" or rng.random() > rate}
        if rng.random() < rate:
            kept[rng.choice(WORDS)] = tree(rng, 2)
        return kept
    if isinstance(node, list):
        items = [_mutated(rng, item, rate, loose) for item in node if rng.random() > rate]
        if rng.random() < rate and items:
            items.insert(rng.randrange(len(items) + 1), _like(rng, items[0]))
        if rng.random() < rate * 0.5:
            rng.shuffle(items)
        return items
    return scalar(rng) if rng.random() < rate else node


def _like(rng: Random, item: Any) -> Any:
    if isinstance(item, dict):
        return {**item, "name": f"added-{rng.randrange(9)}", "more": scalar(rng)}
    return scalar(rng)
