"""Kapitan: the same models as inventory classes and targets, compiled to the same InferenceServices.

Kapitan has more than one natural way to say this, and they differ much in speed; three are measured:

- `targets`: a target per model and environment, one Jinja2 template, a file per object;
- `kadet`: a target per environment, one Kadet component (Kapitan's Python input) that loops over all models,
  a file per object;
- `loop`: a target per environment, one Jinja2 template that loops, one file of many documents each.

Each runs on the inventory backend that is fastest for it and with Kapitan's fast flags; the first of them also as
Kapitan is installed, with no flag at all. Kapitan does not judge what it writes. Its cache is off, as nothing was compiled before; it serves no Jinja2 input anyway.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent
from typing import Any

from measure import Usage, run
from workspace import ENVIRONMENTS, PROJECT, filled, shapes

Objects = Mapping[tuple[str, str], Any]  # manifests by namespace and name

VERSION = "0.36.3"
PINS = (f"kapitan[reclass-rs,rapidyaml]=={VERSION}", "reclass-rs==0.10.1", "rapidyaml==0.15.2")


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write the models for Kapitan: what it is called, and its fastest inventory backend."""

    name: str
    label: str
    backend: str
    """Empty: no flag is given at all."""


FORMS = (
    Form("targets", "no flags: Jinja2, a target per model and environment, a file per object", ""),
    Form("targets", "Jinja2, a target per model and environment, a file per object", "reclass-rs"),
    Form("kadet", "Kadet, a target per environment, a file per object", "reclass"),
    Form("loop", "Jinja2, a target per environment, one file each", "reclass"),
)

MODEL = """\
name: {name}
format: {{name: {format}, version: "{version}"}}
source: s3://models/team-{team}/{name}/
size: {size}
replicas: {{min: 2, max: {top}}}
env: {{LOG_LEVEL: info, WORKERS: "{team}"}}
tolerations: [{{key: batch, operator: Exists, effect: NoSchedule}}]
"""
OVERRIDES = {
    "dev": "replicas: {min: 1, max: 1}\nenv: {LOG_LEVEL: debug}\n",
    "staging": "replicas: {min: 1, max: 2}\n",
    "prod": "size: large\n",
}
SIZES = {
    "dev": "small: {cpu: 1, memory: 2Gi}\nlarge: {cpu: 4, memory: 8Gi}\n",
    "staging": "small: {cpu: 1, memory: 2Gi}\nlarge: {cpu: 4, memory: 8Gi}\n",
    "prod": "small: {cpu: 2, memory: 4Gi}\nlarge: {cpu: 8, memory: 16Gi}\n",
}
SERVICE = """\
{% set size = p.sizes[model.size] %}
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata:
  name: {{ model.name }}
  namespace: {{ p.namespace }}
  annotations:
    serving.kserve.io/deploymentMode: Standard
spec:
  predictor:
    minReplicas: {{ model.replicas.min }}
    maxReplicas: {{ model.replicas.max }}
    scaleMetric: cpu
    scaleTarget: 75
    tolerations:
    {% for toleration in model.tolerations %}
    - key: {{ toleration.key }}
      operator: {{ toleration.operator }}
      effect: {{ toleration.effect }}
    {% endfor %}
    model:
      modelFormat:
        name: {{ model.format.name }}
        version: "{{ model.format.version }}"
      storageUri: {{ model.source }}
      env:
      {% for name, value in model.env.items() %}
      - name: {{ name }}
        value: "{{ value }}"
      {% endfor %}
      resources:
        requests:
          cpu: "{{ size.cpu }}"
          memory: {{ size.memory }}
        limits:
          cpu: "{{ size.cpu }}"
          memory: {{ size.memory }}
"""
TEMPLATES = {
    "targets": "{% set p = inventory.parameters %}\n{% set model = p.model %}\n" + SERVICE,
    "loop": "{% set p = inventory.parameters %}\n{% for model in p.models.values() %}\n---\n"
    + SERVICE
    + "{% endfor %}\n",
}
COMPONENT = """\
from kapitan.inputs import kadet


def service(model, namespace, size):
    resources = {"cpu": str(size["cpu"]), "memory": size["memory"]}
    return {
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "metadata": {
            "name": model["name"],
            "namespace": namespace,
            "annotations": {"serving.kserve.io/deploymentMode": "Standard"},
        },
        "spec": {
            "predictor": {
                "minReplicas": model["replicas"]["min"],
                "maxReplicas": model["replicas"]["max"],
                "scaleMetric": "cpu",
                "scaleTarget": 75,
                "tolerations": model["tolerations"],
                "model": {
                    "modelFormat": model["format"],
                    "storageUri": model["source"],
                    "env": [{"name": name, "value": value} for name, value in model["env"].items()],
                    "resources": {"requests": resources, "limits": dict(resources)},
                },
            }
        },
    }


def main():
    parameters = kadet.inventory().dump()["parameters"]
    made = kadet.BaseObj()
    for name, model in parameters["models"].items():
        made.root[name] = service(model, parameters["namespace"], parameters["sizes"][model["size"]])
    return made
"""


def installed() -> Path:
    """Kapitan's program, from an environment of its own in the user's cache folder, made on first use."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    home = cache / "modelwright-bench" / f"kapitan-{VERSION}-python-{python}"
    whole = home / "installed"
    if not whole.exists():
        print(f"installing Kapitan {VERSION} into {home}", file=sys.stderr)
        shutil.rmtree(home, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        subprocess.run([str(home / "bin" / "pip"), "install", "--quiet", *PINS], check=True)
        whole.touch()
    return home / "bin" / "kapitan"


def write(root: Path, form: Form, count: int) -> None:
    """Write an inventory of `count` models, and what compiles them, below `root`."""
    classes = root / "inventory" / "classes"
    for environment, sizes in SIZES.items():
        words = f"namespace: {PROJECT}-{environment}\nsizes:\n{indent(sizes, '  ')}"
        _put(classes / "environments" / f"{environment}.yml", f"parameters:\n{indent(words, '  ')}")
    if form.name == "kadet":
        _put(root / "components" / "serving" / "__init__.py", COMPONENT)
        step = "{input_type: kadet, output_path: ., input_paths: [components/serving]}"
    else:
        _put(root / "templates" / "inferenceservice.yaml", TEMPLATES[form.name])
        step = "{input_type: jinja2, output_path: ., input_paths: [templates/inferenceservice.yaml]}"
    _put(classes / "serving.yml", f"parameters: {{kapitan: {{compile: [{step}]}}}}\n")
    if form.name == "targets":
        _write_many(root / "inventory", count)
    else:
        _write_few(root / "inventory", count)


def compiled(program: Path, root: Path, form: Form) -> Usage:
    """One `kapitan compile` of what `write` wrote."""
    if not form.backend:
        return run([str(program), "compile", "--quiet"], folder=root)
    command = [str(program), "--mp-method", "fork", "compile", "--quiet", "--yaml-use-rapidyaml"]
    command += ["--inventory-backend", form.backend, "--parallelism", str(os.cpu_count() or 1)]
    return run(command, folder=root)


def objects(root: Path) -> Objects:
    """All that Kapitan wrote, by namespace and name."""
    import yaml

    found = {}
    for file in (root / "compiled").rglob("*.y*ml"):
        for manifest in yaml.load_all(file.read_text(), Loader=yaml.CSafeLoader):
            found[manifest["metadata"]["namespace"], manifest["metadata"]["name"]] = manifest
    return found


def _write_many(inventory: Path, count: int) -> None:
    for shape in shapes(count):
        model = indent(filled(MODEL, shape), "    ")
        _put(inventory / "classes" / "models" / f"{shape.name}.yml", f"parameters:\n  model:\n{model}")
        for environment in ENVIRONMENTS:
            target = f"{environment}-{shape.name}"
            text = f"classes: [serving, environments.{environment}, models.{shape.name}]\n"
            text += f"parameters:\n  kapitan: {{vars: {{target: {target}}}}}\n"
            text += f"  model:\n{indent(OVERRIDES[environment], '    ')}"
            _put(inventory / "targets" / environment / f"{target}.yml", text)


def _write_few(inventory: Path, count: int) -> None:
    for shape in shapes(count):
        model = indent(filled(MODEL, shape), "      ")
        text = f"parameters:\n  models:\n    {shape.name}:\n{model}"
        _put(inventory / "classes" / "models" / f"{shape.name}.yml", text)
    for environment in ENVIRONMENTS:
        used = ["serving", f"environments.{environment}", *(f"models.{s.name}" for s in shapes(count))]
        override = indent(OVERRIDES[environment], "      ")
        text = "classes:\n" + "".join(f"- {name}\n" for name in used)
        text += f"parameters:\n  kapitan: {{vars: {{target: {environment}}}}}\n  models:\n"
        text += "".join(f"    {shape.name}:\n{override}" for shape in shapes(count))
        _put(inventory / "targets" / f"{environment}.yml", text)


def _put(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
