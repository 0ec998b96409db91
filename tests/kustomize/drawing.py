"""Draws small trees of kustomizations: odd values, patches half of which fit, names that collide now and then."""

from __future__ import annotations

import json
from collections.abc import Mapping
from random import Random
from typing import Any

RAW = (
    "a", "b c", "$(V)", '"$(V)-$(W)"', "yes", "on", "null", "~", "true", "1", "08", "0755", "1.0", "1e3", "2024-01-01", "2024-01-01 10:00:00", "'5'",
    '"true"', "'x'", '""', "-1", "0x1f", "1_000", ".5", "12345678901234567890", '"a: b"', "!!str 7", "a-b_c.d/e", "é",
)  # fmt: skip
NAMES = ("a", "b", "web")
CORE = ["containers", "initContainers", "volumes", "env", "ports", "args", "name", "image"]


class Raw(str):
    """A scalar as it is written."""


def draw(random: Random) -> dict[str, str]:
    """Path -> text; the folder to build is `top`."""
    files: dict[str, str] = {}
    bases = [f"base{n}" for n in range(random.choice((0, 1, 1, 2)))]
    known: list[Any] = []
    for base in bases:
        known += _folder(random, files, base, [], "Kustomization", known)
    components = ["part"] if random.random() < 0.2 else []
    for component in components:
        known += _folder(random, files, component, [], "Component", known)
    _folder(random, files, "top", [f"../{base}" for base in bases], "Kustomization", known, components)
    return files


def _folder(
    random: Random,
    files: dict[str, str],
    folder: str,
    bases: list[str],
    kind: str,
    known: list[Any],
    components: list[str] = [],  # noqa: B006
) -> list[Any]:
    own = []
    for _ in range(random.choice((0, 1, 2, 3) if bases else (1, 2, 3))):
        made = resource(random)
        twin = any(each["kind"] == made["kind"] and each["metadata"]["name"] == made["metadata"]["name"] for each in known + own)
        if not twin or random.random() < 0.1:
            own.append(made)
    words: dict[str, Any] = {"resources": [*bases]}
    if own:
        files[f"{folder}/all.yaml"] = "---\n".join(dump(random, each) for each in own)
        words["resources"].append("all.yaml")
    if kind == "Component":
        words["kind"] = kind
    if components:
        words["components"] = [f"../{each}" for each in components]
    everything = known + own
    for word, make in WORDS.items():
        rare = word in ("replacements", "vars", "replicas")
        if random.random() < (0.1 if rare else 0.22):
            words[word] = make(random, everything)
    if random.random() < 0.5 and everything:
        words["patches"] = [_patch(random, everything, files, folder) for _ in range(random.choice((1, 1, 2)))]
    files[f"{folder}/kustomization.yaml"] = json.dumps(words)
    return own


def _namespace(random: Random, _: list[Any]) -> str:
    return random.choice(("n1", "default", "n2"))


def _labels(random: Random, _: list[Any]) -> Any:
    return {random.choice(("app", "tier")): random.choice(("x", "1", "true"))}


def _label_list(random: Random, _: list[Any]) -> Any:
    entry: dict[str, Any] = {"pairs": _labels(random, _)}
    for flag in ("includeSelectors", "includeTemplates"):
        if random.random() < 0.3:
            entry[flag] = True
    return [entry]


def _images(random: Random, _: list[Any]) -> Any:
    image = {"name": random.choice(("nginx", "x", "reg:5000/app"))}
    for word, values in (("newName", ("other", "r/x")), ("newTag", ("2", "v3")), ("digest", ("sha256:ab",)), ("tagSuffix", ("-s",))):
        if random.random() < 0.4:
            image[word] = random.choice(values)
    return [image]


def _generator(random: Random, _: list[Any]) -> Any:
    made: dict[str, Any] = {"name": random.choice((*NAMES, "gen", "gen2", "gen3")), "literals": [f"{k}={random.choice(('1', 'x', '<&>', 'a=b'))}" for k in ("k", "l")]}
    known = [each["metadata"]["name"] for each in _ if each["kind"] in ("ConfigMap", "Secret")]
    if random.random() < 0.3 and known:
        made["name"] = str(random.choice(known))
        made["behavior"] = random.choice(("create", "merge", "merge", "replace"))
    if random.random() < 0.3:
        made["options"] = {"disableNameSuffixHash": True, "labels": {"g": "1"}}
    return [made]


def _replicas(random: Random, known: list[Any]) -> Any:
    names = [each["metadata"]["name"] for each in known if each["kind"] in ("Deployment", "StatefulSet")]
    if not names and random.random() < 0.9:
        return []
    return [{"name": str(random.choice(names or ["web"])), "count": random.choice((0, 3))}]


def _replacements(random: Random, known: list[Any]) -> Any:
    source = random.choice(known) if known else resource(random)
    target = random.choice(known) if known else resource(random)
    path = random.choice(("metadata.name", "spec.text", "data.k", "spec.list.0", "spec.map"))
    to = random.choice(("metadata.annotations.note", "spec.text", "data.k", "spec.list.*", "spec.items.[name=a].v", "spec.fresh"))
    options: dict[str, Any] = {"create": True} if random.random() < 0.7 else {}
    if random.random() < 0.7 and source["kind"] != "Foo":
        path = "metadata.name"
    if random.random() < 0.7 and target["kind"] != "Foo":
        to, options = "metadata.annotations.note", {"create": True}
    if random.random() < 0.2:
        options |= {"delimiter": "-", "index": random.choice((0, 1, 9, -1))}
    name = str(source["metadata"]["name"])
    return [
        {
            "source": {"kind": source["kind"], "name": name, "fieldPath": path},
            "targets": [{"select": {"kind": target["kind"]}, "fieldPaths": [to], "options": options}],
        }
    ]


def _vars(random: Random, known: list[Any]) -> Any:
    target = random.choice(known) if known else resource(random)
    objref = {"kind": target["kind"], "apiVersion": str(target["apiVersion"]), "name": str(target["metadata"]["name"])}
    return [{"name": random.choice(("V", "W", "X")), "objref": objref}]


WORDS: Mapping[str, Any] = {
    "namespace": _namespace,
    "namePrefix": lambda random, _: random.choice(("p-", "1")),
    "nameSuffix": lambda random, _: "-s",
    "commonLabels": _labels,
    "labels": _label_list,
    "commonAnnotations": lambda random, _: {"note": random.choice(("x", "1"))},
    "images": _images,
    "configMapGenerator": _generator,
    "secretGenerator": _generator,
    "replicas": _replicas,
    "replacements": _replacements,
    "vars": _vars,
}


def value(random: Random) -> Raw:
    """One value, odd now and then."""
    return Raw(random.choice(RAW) if random.random() < 0.5 else random.choice(("a", "b", "'1'", "2")))


def _container(random: Random) -> dict[str, Any]:
    made: dict[str, Any] = {"name": Raw(random.choice(NAMES))}
    if random.random() < 0.8:
        made["image"] = Raw(random.choice(("nginx", '"nginx:1"', '"reg:5000/app:1@sha256:00"', "x")))
    if random.random() < 0.6:
        made["env"] = [{"name": Raw(n), "value": value(random)} for n in random.sample(("A", "B", "C"), random.choice((1, 2)))]
    if random.random() < 0.4:
        keys = [{"containerPort": Raw(p)} for p in random.sample(("80", "90"), random.choice((1, 2)))]
        made["ports"] = [{**k, **({"protocol": Raw(random.choice(("TCP", "UDP")))} if random.random() < 0.5 else {})} for k in keys]
    if random.random() < 0.3:
        made["envFrom"] = [{"configMapRef": {"name": Raw(random.choice((*NAMES, "gen")))}}]
    if random.random() < 0.3:
        made["args"] = [value(random) for _ in range(2)]
    return made


def _pod(random: Random) -> dict[str, Any]:
    made: dict[str, Any] = {"containers": [_container(random) for _ in range(random.choice((1, 2)))]}
    if random.random() < 0.4:
        ref = random.choice(({"configMap": {"name": Raw("a")}}, {"secret": {"secretName": Raw("web")}}, {"emptyDir": {}}))
        made["volumes"] = [{"name": Raw(n), **ref} for n in random.sample(("v", "w"), random.choice((1, 2)))]
    if random.random() < 0.3:
        made["serviceAccountName"] = Raw(random.choice(NAMES))
    return made


def resource(random: Random) -> dict[str, Any]:
    """One object."""
    kind = random.choice(("ConfigMap", "Secret", "Deployment", "StatefulSet", "Pod", "Foo", "Foo", "RoleBinding", "ServiceAccount", "Namespace", "CronJob", "Service"))
    versions = {"Deployment": "apps/v1", "StatefulSet": "apps/v1", "Foo": "example.com/v1", "RoleBinding": "rbac.authorization.k8s.io/v1", "CronJob": "batch/v1"}
    metadata: dict[str, Any] = {"name": Raw(random.choice(NAMES))}
    if random.random() < 0.25:
        metadata["namespace"] = Raw(random.choice(("n1", "default")))
    for word in ("labels", "annotations"):
        if random.random() < 0.3:
            metadata[word] = {k: value(random) for k in random.sample(("app", "note", "on"), random.choice((0, 1, 2)))}
    made: dict[str, Any] = {"apiVersion": Raw(versions.get(kind, "v1")), "kind": kind, "metadata": metadata}
    if kind in ("ConfigMap", "Secret"):
        made["data"] = {k: value(random) for k in random.sample(("k", "l", "m"), random.choice((0, 1, 2)))}
    elif kind in ("Deployment", "StatefulSet"):
        made["spec"] = {"replicas": value(random), "template": {"spec": _pod(random)}}
        if random.random() < 0.4:
            made["spec"]["selector"] = {"matchLabels": {"app": Raw("x")}}
    elif kind == "CronJob":
        made["spec"] = {"jobTemplate": {"spec": {"template": {"spec": _pod(random)}}}}
    elif kind == "Pod":
        made["spec"] = _pod(random)
    elif kind == "RoleBinding":
        made["roleRef"] = {"apiGroup": Raw("rbac.authorization.k8s.io"), "kind": Raw("Role"), "name": Raw("a")}
        subject = {"kind": Raw("ServiceAccount"), "name": Raw(random.choice((*NAMES, "default")))}
        made["subjects"] = [subject | ({"namespace": Raw("n1")} if random.random() < 0.4 else {})]
    elif kind == "Service":
        made["spec"] = {"ports": [{"port": Raw("80"), "name": value(random)}]}
    elif kind == "Foo":
        made["spec"] = {
            "text": value(random),
            "list": [value(random) for _ in range(random.choice((0, 2)))],
            "map": {"x": value(random), "y": {"z": value(random)}},
            "items": [{"name": Raw(n), "v": value(random)} for n in ("a", "b")],
            **({"containers": [_container(random)]} if random.random() < 0.5 else {}),
        }
    return made


def _patch(random: Random, known: list[Any], files: dict[str, str], folder: str) -> dict[str, Any]:
    target = random.choice(known)
    entry: dict[str, Any] = {}
    if random.random() < 0.4:
        entry["target"] = {"kind": target["kind"]} | ({"name": str(target["metadata"]["name"])} if random.random() < 0.5 else {})
        entry["patch"] = json.dumps([_operation(random, target) for _ in range(random.choice((1, 2)))])
        return entry
    changed = _changed(random, target, 0)
    changed = changed if isinstance(changed, dict) else {}
    name = target["metadata"]["name"] if random.random() < 0.95 else Raw("nobody")
    metadata = changed.get("metadata") if isinstance(changed.get("metadata"), dict) else {}
    kept = {k: v for k, v in (metadata or {}).items() if k not in ("name", "namespace", "$patch")}
    namespace = {"namespace": target["metadata"]["namespace"]} if "namespace" in target["metadata"] else {}
    patch = {**changed, "apiVersion": target["apiVersion"], "kind": target["kind"], "metadata": {**kept, "name": name, **namespace}}
    if random.random() < 0.2:
        entry["target"] = {"kind": target["kind"]}
    if random.random() < 0.5:
        path = f"patch{len(files)}.yaml"
        files[f"{folder}/{path}"] = dump(random, patch)
        entry["path"] = path
    else:
        entry["patch"] = dump(random, patch)
    return entry


def _changed(random: Random, node: Any, depth: int) -> Any:
    """Part of a value, with other values in it."""
    chance = random.random()
    if depth and chance < 0.04:
        return Raw("null")
    if depth and chance < 0.045:
        return random.choice(({}, [], Raw("7"), {"k": Raw("1")}))
    if isinstance(node, dict):
        made = {k: _changed(random, v, depth + 1) for k, v in node.items() if random.random() < 0.6}
        if random.random() < 0.15:
            made[random.choice(("fresh", "new"))] = random.choice((value(random), {"a": Raw("null"), "b": value(random)}, [value(random)]))
        if depth and random.random() < 0.05:
            made["$patch"] = Raw(random.choice(("delete", "replace", "merge")))
        return made
    if isinstance(node, list):
        items = [_changed(random, each, depth + 1) for each in node if random.random() < 0.7]
        for each, old in zip(items, node, strict=False):
            if isinstance(each, dict) and isinstance(old, dict) and "name" in old and random.random() < 0.8:
                each["name"] = old["name"]
        if random.random() < 0.3 and node:
            items.insert(0, {"name": Raw("fresh"), "value": value(random)} if isinstance(node[0], dict) else value(random))
        if random.random() < 0.05:
            items.append({"$patch": Raw(random.choice(("delete", "replace")))})
        return items
    return value(random) if random.random() < 0.7 else node


def _operation(random: Random, target: Any) -> dict[str, Any]:
    path, node = "", target
    for _ in range(random.choice((1, 2, 2, 3, 4))):
        if isinstance(node, dict) and node:
            key: Any = random.choice(list(node))
            node = node[key]
        elif isinstance(node, list) and node:
            key = random.randrange(len(node))
            node = node[key]
        else:
            break
        path += f"/{key}"
    if path in ("/kind", "/apiVersion", "/metadata/name"):
        path = "/metadata/labels"
    if random.random() < 0.2:
        path += "/fresh" if isinstance(node, dict) else random.choice(("/-", "/0", "/9"))
    verb = random.choice(("add", "add", "add", "remove", "replace", "replace", "test", "copy", "move"))
    step: dict[str, Any] = {"op": verb, "path": path}
    if verb in ("copy", "move"):
        step["from"] = random.choice(("/metadata/labels", "/spec/text", "/data", "/spec"))
    elif verb != "remove":
        step["value"] = random.choice(("x", 1, 1.5, True, None, {"a": 1}, ["b"], 2**60 + 1, "1"))
    return step


def dump(random: Random, node: Any, indent: int = 0) -> str:
    """YAML: blocks, or one flow collection."""
    if not indent and random.random() < 0.3:
        return flow(node) + "\n"
    pad = "  " * indent
    lines = []
    for key, item in node.items():
        if isinstance(item, dict) and item and random.random() < 0.7:
            lines.append(f"{pad}{key}:\n{dump(random, item, indent + 1)}")
        elif isinstance(item, list) and item and random.random() < 0.7:
            lines.append(f"{pad}{key}:\n" + "".join(f"{pad}- {flow(each)}\n" for each in item))
        else:
            lines.append(f"{pad}{key}: {flow(item)}\n")
    return "".join(lines)


def flow(node: Any) -> str:
    """YAML in one line."""
    if isinstance(node, dict):
        return "{" + ", ".join(f"{key}: {flow(item)}" for key, item in node.items()) + "}"
    if isinstance(node, list):
        return "[" + ", ".join(map(flow, node)) + "]"
    return str(node)
