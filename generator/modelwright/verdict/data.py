"""A view for programs: one JSON document."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from modelwright.report.locate import located
from modelwright.verdict import Origin, View
from modelwright.verdict.pod import Container


def render(view: View, sources: Mapping[str, str]) -> str:
    """Version 1: ASCII, what is not known is null or absent from its list."""
    return json.dumps(data(view, sources), indent=2, default=str) + "\n"


def data(view: View, sources: Mapping[str, str]) -> dict[str, Any]:
    """The view as JSON values."""
    return {
        "version": 1,
        "kind": view.kind,
        "name": view.name,
        "project": view.project,
        "environment": view.environment,
        "namespace": view.namespace,
        "cluster": {"name": view.cluster, "versions": dict(view.versions)},
        "serves": view.wish or None,
        "problems": [
            {
                "code": each.problem.code,
                "severity": each.problem.severity,
                "effect": each.problem.effect,
                "message": each.problem.message,
                "hint": each.problem.hint,
                "file": each.mark.file if each.mark else None,
                "line": each.mark.line if each.mark else None,
            }
            for each in located(view.problems, sources)
        ],
        "runtime": view.choice
        and {
            "chosen": view.choice.chosen or None,
            "why": view.choice.why,
            "fix": view.choice.fix or None,
            "others": [{"name": name, "reasons": list(reasons)} for name, reasons in view.choice.others],
        },
        "pod": view.pod
        and {
            "containers": [_container(each) for each in view.pod.containers],
            "files": view.pod.files or None,
            "serviceAccount": view.pod.account,
            "placement": list(view.pod.placement),
            "scaling": view.pod.scaling,
            "address": view.pod.address,
        },
        "objects": [
            {
                "kind": thing.kind,
                "name": thing.name,
                "namespace": thing.namespace or None,
                "admission": [{"path": c.path, "before": c.before, "after": c.after} for c in thing.changes],
                "values": [{"path": v.path, "value": v.value, "from": _origin(v.origin)} for v in thing.values],
            }
            for thing in view.things
        ],
    }


def _origin(origin: Origin) -> dict[str, Any]:
    return {"kind": origin.kind, "name": origin.name or None, "file": origin.file or None, "line": origin.line or None}


def _container(container: Container) -> dict[str, Any]:
    amounts = {
        part: [{"resource": name, "amount": amount, "from": who} for name, amount, who in rows]
        for part, rows in (("requests", container.requests), ("limits", container.limits))
    }
    return {
        "name": container.name,
        "image": container.image or None,
        "imageFrom": container.image_from or None,
        "command": list(container.command),
        "args": [{"arg": word, "from": who} for word, who in container.args],
        "env": [{"name": name, "from": who} for name, who in container.env],
        **amounts,
    }
