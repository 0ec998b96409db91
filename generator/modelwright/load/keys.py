"""Names: of blueprints, and of what blueprints name."""

from __future__ import annotations

import re

LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
KEYS: dict[str, re.Pattern[str]] = {
    "name": re.compile(rf"{LABEL}\Z"),
    "variable": re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]*\Z"),
    "parameter": re.compile(r"[a-zA-Z_][-a-zA-Z0-9_]*\Z"),
    "path": re.compile(r"/[^:]*\Z"),
    "key": re.compile(r"[-._a-zA-Z0-9]+\Z"),
    "resource": re.compile(r"(?!requests\.|limits\.)[-a-z0-9.]+/[-_.A-Za-z0-9]+(/[-_.A-Za-z0-9]+)*\Z"),
    "code": re.compile(r"MW[0-9]{0,3}\Z"),
}
"""Grammars of map keys: DNS-1123 label, environment variable, mount path and Secret key as Kubernetes has them
(apimachinery pkg/util/validation, kubernetes pkg/apis/core/validation); problem codes are ours."""

RULES = {
    "name": "lower case letters, digits and dashes, a letter or digit first and last",
    "variable": "letters, digits, `_`, `-` and `.`, no digit first",
    "parameter": "letters, digits and `_`, no digit first",
    "path": "a path that starts with `/`, without `:`",
    "key": "letters, digits, `_`, `-` and `.`",
    "resource": "a resource with its domain, such as `nvidia.com/gpu`",
    "code": "a problem code such as `MW801`, or the first part of one",
}

SERVICE = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?\Z")
"""Names of models (kserve pkg/apis/serving/v1beta1/inference_service_validation.go)."""

LONGEST = 53
"""Controllers append to a name what must still fit into a label of 63 characters."""

SUBDOMAIN = re.compile(rf"{LABEL}([.]{LABEL})*\Z")
"""Names of runtimes: any object's name will do, such as `ovms-1.x`."""

RESERVED = {"Environment": ("base", "clusters", "argocd")}
"""Folders below `overlays/` that hold something else."""


def name_problem(kind: str, name: str) -> tuple[str, str] | None:
    """What is wrong with a blueprint's name, and what to write instead."""
    pattern = {"Model": SERVICE, "Runtime": SUBDOMAIN}.get(kind, KEYS["name"])
    if name in RESERVED.get(kind, ()):
        return f"no {kind.lower()} can be called `{name}`: the output has a folder of that name", "choose another name"
    if pattern.match(name) and len(name) <= LONGEST:
        return None
    rule = "lower case letters, digits and dashes, a letter first" if kind == "Model" else RULES["name"]
    fixed = re.sub(r"[^a-z0-9]+", "-", name[:500].lower()).strip("-")[:LONGEST].strip("-")
    fixed = fixed if pattern.match(fixed) else re.sub(r"\A[^a-z]+", "", fixed)
    # Without a name that would do, the message says all there is to say.
    hint = f"`{fixed}` would do" if pattern.match(fixed) else ""
    if pattern.match(name):
        return f"`{name}` is longer than {LONGEST} characters", hint
    return f"`{name}` is not a name: {rule}", hint
